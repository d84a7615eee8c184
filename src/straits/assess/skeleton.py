"""A protocol to start from: a commented file that loads, made by ``straits new protocol``."""

from __future__ import annotations

import re
from pathlib import Path

from straits.casebook.load import load
from straits.casebook.questions import subject_of
from straits.vocabulary.errors import StraitsError

_TEXT = """\
# A protocol: a questionnaire with scales and rules.  Try it:
#   straits assess {subject} --protocol {name} --assessments {folder}
# All levels are text; scales run from the lowest level to the highest.
id: {name}
name: {title}
about: In one or two sentences, what this judges and of whom.
version: 1
sides: provider                 # whose position is judged: dependent, provider, both or none
sources: [your-source]          # ids of what you formalise; those in the casebook are cited in full

scales:
  grade: [low, medium, high]
  # classes without an order:  partner: {{unordered: [ally, partner, rival]}}

questions:
- id: reliance
  ask: How much of what the dependent uses comes from the provider?
  scale: grade
  guidance:                     # one entry a level: what would an analyst see?
    low: less than a third
    medium: between a third and two thirds
    high: more than two thirds
  passage: {{source: your-source, locator: page 1}}
- id: substitutes
  ask: How easily could others stand in for the provider?
  scale: grade
  guidance:
    low: nobody could within ten years
    medium: somebody could within some years
    high: somebody does already
  passage: {{source: your-source, locator: page 2}}

outcomes:
- id: exposure
  name: Exposure to the provider
  scale: grade
  passage: {{source: your-source, locator: page 3}}

# A rule bounds one outcome.  when: all conditions (a list of mappings: any of them).
# Words: at least X, at most X, X, X or Y, not X.  Over all rules a question pushes an outcome one way only;
# what does not is an exception (exception: true) and may take other rules out of force (overrides: [rule-id]).
rules:
- id: little-used
  when: {{reliance: at most low}}
  then: {{exposure: at most low}}
  because: What is hardly used cannot be missed.
  passage: {{source: your-source, locator: page 3}}
- id: easily-replaced
  when: {{substitutes: at least high}}
  then: {{exposure: at most medium}}
  because: Where others stand ready a stop is a nuisance, not a danger.
  passage: {{source: your-source, locator: page 3}}
- id: relied-on-and-alone
  when: {{reliance: at least high, substitutes: at most low}}
  then: {{exposure: at least high}}
  because: Much use and nobody else leaves no way out.
  passage: {{source: your-source, locator: page 4}}
"""

_SHEET = """\
# The answers to {name} for one subject: the folder is named after the subject.
protocol: {name}
subject: {subject}
dependent: EU27
provider: CHN
technical:                      # who answered for the technology (may stay empty)
country:                        # who answered for the countries (may stay empty)
answers:
  reliance:
    levels: at least medium     # the levels that are still possible
    basis: judged               # stated (a source says so), derived (computed), judged (you say so)
    evidence: []                # ids of casebook records: straits evidence {subject}
    because: Say in one sentence why.
  substitutes:
    unknown: Say why it is not known, and who could tell.
"""


def new_protocol(name: str, folder: Path, subject: str = "graphite") -> Path:
    """Write a protocol that loads and a sheet that answers it; refuses to overwrite.

    ``subject`` is a name or id of the casebook, or an id of the reader's own casebook.
    """
    if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name):
        raise StraitsError(
            f"'{name}' is no name of a protocol: lower case letters, digits and underscores, as in my_test"
        )
    subject = _subject(subject)
    path = folder / "protocols" / f"{name}.yaml"
    sheet = folder / "answers" / subject / f"{name}.yaml"
    for file in (path, sheet):
        if file.exists():
            raise StraitsError(f"{file} is there already: choose another name or remove it")
    title = name.replace("_", " ").capitalize()
    for file, text in ((path, _TEXT), (sheet, _SHEET)):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.format(name=name, title=title, folder=folder, subject=subject), encoding="utf-8")
        except OSError as error:
            raise StraitsError(f"{file} cannot be written: {error.strerror or error}") from error
    return path


def _subject(name: str) -> str:
    """The id under which the sheet is found again."""
    try:
        return subject_of(load(), name)
    except StraitsError:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*", name):
            raise
        return name  # of the reader's own casebook, which nobody has named here
