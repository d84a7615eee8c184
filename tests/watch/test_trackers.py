"""Targets and risks: every reference holds, and a target's standing follows from the records."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from straits.casebook.load import load
from straits.casebook.records import Value
from straits.vocabulary.errors import StraitsError
from straits.watch import risks, targets
from straits.watch.ledger import Ledger
from straits.watch.run import NEW_SIGNALS, NOTHING_NEW, run
from straits.watch.watches import read


@pytest.fixture(scope="module")
def book():
    return load()


@pytest.fixture(scope="module")
def standing(book):
    return {item.target.id: item for item in targets.progress(targets.shipped(), book)}


class Book:
    """A casebook of a few records."""

    def __init__(self, **records):
        self.records = records
        self.sources = {"a": {"issued": {"date-parts": [[2024, 8]]}}}

    def get(self, name):
        return self.records.get(name)


def event(in_force):
    return "events", SimpleNamespace(in_force=in_force, ended=None, announced=None)


def evidence(value, period, unit="%"):
    return "evidence", SimpleNamespace(id="e", value=Value.parse(value), period=period, unit=unit, statement="said")


def one(book, **fields):
    target = targets.Target(**{"id": "t", "technology": "x", "title": "A target", "who": "CHN", **fields})
    return targets.progress([target], book)[0]


def test_every_record_of_the_targets_and_risks_is_in_the_casebook(book):
    assert targets.check(targets.shipped(), book) == []
    assert risks.check(risks.shipped(), book) == []


def test_the_first_set_covers_the_five_fields():
    assert {item.technology for item in targets.shipped()} >= {
        "electric vehicles",
        "solar",
        "batteries",
        "third-generation semiconductors",
        "quantum communication",
    }


def test_a_promise_put_off_twice_slipped_by_two_years(standing):
    item = standing["litho-ssa800"]
    assert (item.status, item.slipped_months, item.due) == ("overdue", 24, "2023")


def test_the_pace_that_saic_needs_follows_from_goal_and_last_rate(standing):
    item = standing["ev-saic-chips"]
    assert (item.status, item.goal, item.due) == ("open", 30, "2025")
    assert item.needed == pytest.approx((30 - 7) / (31 / 12), abs=0.01)


def test_where_no_target_is_known_the_standing_is_unknown_and_the_observation_told(standing):
    assert standing["quantum-network"].status == "unknown"
    assert standing["ev-world-production"].last == "~60 % (2022)"


@pytest.mark.parametrize(
    ("observed", "due", "status"),
    [
        (evidence("55", "2022"), "2023", "met"),
        (evidence(">=50", "2022"), "2023", "met"),
        (evidence("40", "2023"), "2023", "missed"),
        (evidence("<50", "2023"), "2023", "missed"),
        (evidence(">40", "2023"), "2023", "overdue"),  # may or may not have been reached
        (evidence("40", "2021"), "2023", "overdue"),
        (evidence("40", "2023"), "2025", "open"),
        (evidence("unknown:figure lost", "2023"), "2025", "open"),
    ],
)
def test_a_standing_follows_from_date_goal_and_observation(observed, due, status):
    book = Book(p=event(due), g=evidence("50", due), o=observed)
    assert one(book, promises=("p",), goal="g", observations=("o",)).status == status


def test_a_lower_number_can_be_the_better_one():
    book = Book(p=event("2025"), g=evidence("5", "2025", "nm"), o=evidence("4", "2023", "nm"))
    assert one(book, promises=("p",), goal="g", observations=("o",), better="lower").status == "met"


def test_a_date_moved_before_it_passed_is_a_slippage():
    book = Book(a=event("2025"), b=event("2027"))
    item = one(book, promises=("a", "b"))
    assert (item.status, item.slipped_months) == ("slipped", 24)
    assert "24 months later than first announced" in item.text


def test_a_reference_to_nothing_is_named(book):
    with pytest.raises(StraitsError, match="t: the casebook has no record 'nope-e001'"):
        one(book, observations=("nope-e001",))


def test_a_slip_in_the_file_is_named_with_its_line(tmp_path):
    path = tmp_path / "targets.yaml"
    item = "  - {id: ID, technology: x, title: A target, who: CHN, observations: [e]}\n"
    path.write_text("targets:\n" + item.replace("ID", "a") + item.replace("ID", "b").replace("observ", "obsrev"))
    with pytest.raises(StraitsError) as error:
        targets.shipped(path)
    assert "targets.yaml, line 3, targets[2].obsrevations: is no field of this file" in str(error.value)
    twice = tmp_path / "twice.yaml"
    twice.write_text("targets:\n" + 2 * item.replace("ID", "a"))
    with pytest.raises(StraitsError, match=r"twice\.yaml, line 3, targets\[2\]\.id: 'a' is used twice"):
        targets.shipped(twice)


def test_what_is_newly_at_risk_comes_first(book):
    found = risks.standing(risks.shipped(), book, since="2023")
    news = [item.new for item in found]
    assert news == sorted(news, reverse=True)
    assert any(news)
    assert not all(news)
    assert all(item.statements for item in found)


def test_a_risk_that_was_not_there_before_is_new(book):
    known = {item.id for item in risks.shipped()} - {"wireless-grants"}
    found = risks.standing(risks.shipped(), book, known=known)
    assert [item.risk.id for item in found if item.new] == ["wireless-grants"]


def test_risks_are_counted_by_technology_and_route(book):
    table = risks.by_technology(risks.standing(risks.shipped(), book))
    assert table["lithography"] == {"trade": 2, "investment": 0, "people": 1, "research": 0, "standards": 0}


def watching(home, what):
    (home / "watches").mkdir(parents=True)
    (home / "watches" / "w.yaml").write_text(f"watches:\n  - id: w\n    what: {what}\n", encoding="utf-8")
    from straits.store.store import Store

    return lambda book: run(Store(home), read(home / "watches"), book=book)


def test_a_watch_on_events_raises_each_event_once(tmp_path, book):
    go = watching(tmp_path, "{technologies: [graphite, automotive-chips], kinds: [control, law]}")
    assert go(book).exit_code == NEW_SIGNALS
    found = Ledger(tmp_path).signals()
    assert {s["detector"] for s in found} == {"event"}
    assert go(book).exit_code == NOTHING_NEW


def test_a_watch_on_targets_raises_those_that_are_past_or_put_off(tmp_path, book):
    go = watching(tmp_path, "{targets: [all]}")
    assert go(book).exit_code == NEW_SIGNALS
    found = {s["subject"]: s["detector"] for s in Ledger(tmp_path).signals()}
    assert found["litho-ssa800"] == "target_overdue"
    assert "ev-world-production" not in found


def test_a_watch_on_the_casebook_says_that_it_needs_it(tmp_path):
    report = watching(tmp_path, "{targets: [all]}")(None)
    assert "needs the casebook" in report.faults["w"]


def test_trackers_show_each_target_and_risk_with_its_records(book):
    from straits.watch import telling

    told = "\n".join(telling.targets(targets.progress(targets.shipped(), book)))
    for item in targets.shipped():
        assert f"records: {', '.join(item.records)}" in told
    for technology in ("electric vehicles", "solar", "batteries", "third-generation semiconductors"):
        assert f"\n\n{technology}\n" in told
    assert "not known (named as a factor to watch) (2019)" in told
    found = risks.standing(risks.shipped(), book, since="2023")
    told = "\n".join(telling.risks(found))
    for item in risks.shipped():
        assert item.title in told
        assert all(f"({name})" in told for name in item.records)
    assert told.startswith("2024       new: ")


def test_each_of_the_five_fields_has_a_target_whose_records_are_evidence_or_dated_promises(book):
    for technology in (
        "electric vehicles",
        "solar",
        "batteries",
        "third-generation semiconductors",
        "quantum communication",
    ):
        items = [item for item in targets.shipped() if item.technology == technology]
        tables = {book.get(name)[0] for item in items for name in item.records}
        assert tables <= {"evidence", "events"}
        assert "evidence" in tables
