"""Bad files of a register: one error that names file, line, field and what to do; nothing is half loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from straits.casebook.casebook import Casebook
from straits.controls.load import load
from straits.controls.register import Register
from straits.vocabulary.errors import StraitsError

Make = Callable[..., Register]

BAD = [
    (("kind: licence", "kind: tariff"), "measures.yaml, line 13, measures[1].kind: Input should be 'ban', 'licence'"),
    (("in_force: 2021-07-01", "in_force: 2021-13"), "in_force: '2021-13' is not a date of the calendar"),
    (("in_force: 2021-07-01", "in_force: July 2021"), "'July 2021' is no date: write YYYY, YYYY-MM or YYYY-MM-DD"),
    (("in_force: 2021-07-01", "in_force: 2019"), "in_force: 2019 lies before announced 2020-05"),
    (('codes: ["HS2012:999910"]', 'codes: ["9999101"]'), "'9999101' has 7 digits, not 2 or 4 or 6"),
    (('codes: ["HS2012:999910"]', 'codes: ["999910"]'), "'999910' has no revision: write HS2022:999910"),
    (('codes: ["HS2012:999910"]', 'codes: ["HS2013:999910"]'), "no nomenclature 'HS2013': did you mean"),
    ((', whole: ["HS2012:999910"]', ', whole: ["HS2012:250410"]'), "whole: HS2012:250410 is not among the codes"),
    (('codes: ["HS2012:999910"], whole: ["HS2012:999910"]', "materials: [graphite]"), "need codes_unknown with the reason"),
    (("targets: world", "targets: Narnia"), "'Narnia': write world, an economy's three letters"),
    (("targets: world", "events: [xc-v48]\n    targets: world"), "no event of the casebook 'xc-v48': did you mean xc-v048?"),
    (("instrument: cn-made-up", "instrument: cn-madeup"), "no instrument 'cn-madeup': did you mean cn-made-up?"),
    (("source: made-up-law, locator: \"Article 1\"}]\n    confirmed", "source: made-up-lore, locator: \"Article 1\"}]\n    confirmed"), "CN-MADE-UP, sources: no source 'made-up-lore'"),
    (("    as_of: 2030\n", ""), "as_of: is missing"),
    (("    as_of: 2030\n", "    as_of: 2030\n    enforced: yes\n"), "enforced: is no field of this file"),
    (("measures:\n", "measure:\n"), "line 8, measure: is no part of a register: did you mean measures?"),
    (("    announced: 2020-05\n    in_force: 2021-07-01\n", ""), "a measure needs announced, in_force or ended"),
    (("six_digits:\n", "six_digit:\n"), "did you mean six_digits?"),
    (('codes: ["HS2012:999910"]', 'codes: ["HS2012:999910", "CHN2014:2504101000"]'), "HS2012:250410 is not in six_digits"),
    (("    confirmed: no", "    answers: [{measure: CN-MADE-UP, basis: judged, source: made-up-law, locator: here}]\n    confirmed: no"), "cannot answer, replace or amend itself"),
]  # fmt: skip


@pytest.mark.parametrize(("replaced", "said"), BAD)
def test_a_bad_file_gets_one_clear_error(made_up: Make, replaced: tuple[str, str], said: str) -> None:
    with pytest.raises(StraitsError) as error:
        made_up(replaced)
    assert said in str(error.value)
    assert "measures.yaml" in str(error.value)


def test_all_faults_are_told_at_once(made_up: Make) -> None:
    with pytest.raises(StraitsError, match=r"2 faults") as error:
        made_up(("kind: licence", "kind: tariff"), ("in_force: 2021-07-01", "in_force: 2021-13"))
    assert "line 13" in str(error.value) and "2021-13" in str(error.value)


def test_an_id_used_twice_names_the_other_file(tmp_path: Path, made_up: Make, book: Casebook) -> None:
    made_up()
    (tmp_path / "register" / "again.yaml").write_text(
        "sources:\n  - {id: made-up-law, title: Another, publisher: Nobody, issued: 2021}\n", encoding="utf-8"
    )
    with pytest.raises(StraitsError, match=r"measures\.yaml, line 3, made-up-law: is already in again\.yaml"):
        load(tmp_path / "register", book=book, shipped=False)


def test_a_file_that_is_no_yaml_names_its_line(tmp_path: Path, book: Casebook) -> None:
    (tmp_path / "broken.yaml").write_text("measures:\n  - {id: CN-1\n", encoding="utf-8")
    with pytest.raises(StraitsError, match=r"broken\.yaml, line \d: not YAML"):
        load(tmp_path, book=book)


def test_a_folder_without_files_says_what_it_should_hold(tmp_path: Path, book: Casebook) -> None:
    with pytest.raises(StraitsError, match=r"no \.yaml file of a register"):
        load(tmp_path, book=book)
    with pytest.raises(StraitsError, match="no such folder"):
        load(tmp_path / "absent", book=book)


def test_the_file_that_the_bad_ones_differ_from_is_good(made_up: Make) -> None:
    assert made_up().measure("CN-MADE-UP").in_force == "2021-07-01"
