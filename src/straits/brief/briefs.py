"""Which brief a name asks for: a material's, measured in trade, or a technology's, told from the casebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from straits.brief.document import Document
from straits.brief.material import material_brief
from straits.brief.technology import technology_brief
from straits.casebook import questions
from straits.casebook.casebook import Casebook
from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.materials import material, materials

if TYPE_CHECKING:
    from straits.observatory import Observatory


def brief_on(
    observatory: Observatory, book: Casebook, name: str, of: str, on: str, year: int | None = None
) -> Document:
    """The brief on a material or on a subject of the casebook.

    A material is told by its trade and production; a name that is both is a material.  Raises
    :class:`StraitsError` with the nearest names of either kind.
    """
    if is_material(name):
        return material_brief(observatory, book, name, of, on, year)
    try:
        subject = questions.subject_of(book, name)
    except StraitsError as error:
        if "did you mean" not in str(error) and "several" in str(error):
            raise
        known = {
            *materials(),
            *(n for item in materials().values() for n in (item.name, *item.names)),
            *book.subjects,
        }
        raise nearest(name, sorted(known), "material or technology") from error
    return technology_brief(book, subject, of, on)


def is_material(name: str) -> bool:
    """Whether a name is a material's."""
    try:
        material(name)
    except StraitsError:
        return False
    return True
