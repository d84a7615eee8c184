"""Coverage: counts by kind, dependencies in reverse, and the share of the notes' records."""

from __future__ import annotations

from casebook.made_up import HEAD
from straits.casebook.coverage import coverage


def test_the_totals_meet_the_goals_of_the_casebook(shipped):
    totals = coverage(shipped)["totals"]
    assert list(totals) == ["evidence", "edges", "reverse_edges", "actors", "events", "published_judgements", "lost"]
    assert totals["evidence"] >= 600
    assert totals["edges"] >= 200
    assert totals["reverse_edges"] >= totals["edges"] / 4
    assert totals["actors"] >= 150
    assert totals["events"] >= 150


def test_the_totals_are_the_sums_of_the_ecosystems_and_of_the_tables(shipped):
    found = coverage(shipped)
    for kind, total in found["totals"].items():
        assert total == sum(row[kind] for row in found["ecosystems"])
    assert found["totals"]["evidence"] == len(shipped.tables["evidence"])
    assert found["totals"]["edges"] == len(shipped.tables["dependencies"])
    assert [row["id"] for row in found["ecosystems"]] == list(shipped.ecosystems)


def test_a_reverse_edge_is_china_or_its_firms_on_others(book_of):
    edges = [
        {"dependent": "CHN", "provider": "EU27"},
        {"dependent": "actor:smic", "provider": "NLD"},
        {"dependent": "CHN", "provider": "actor:asml", "presence": "unknown"},
        {"dependent": "EU27", "provider": "CHN"},
        {"dependent": "CHN", "provider": "actor:smic"},
        {"dependent": "world", "provider": "EU27"},
    ]
    actors = [{"name": "SMIC", "home": "CHN"}, {"name": "ASML", "home": "NLD"}]
    assert coverage(book_of(dependencies=edges, actors=actors))["totals"]["reverse_edges"] == 3


def test_the_share_of_the_notes_counts_each_kind_up_to_what_they_hold(book_of):
    head = {**HEAD, "notes_records": {"evidence": 1, "events": 4, "instruments": 0}}
    (row,) = coverage(book_of(head=head, evidence=[{}, {}, {}], events=[{}]))["ecosystems"]
    assert row["notes"] == {
        "evidence": {"have": 3, "of": 1, "share": 1.0},
        "events": {"have": 1, "of": 4, "share": 0.25},
        "instruments": {"have": 0, "of": 0, "share": None},
    }
    assert row["share_of_notes"] == 0.4


def test_without_a_count_of_the_notes_the_share_is_unknown(book_of):
    (row,) = coverage(book_of(evidence=[{}]))["ecosystems"]
    assert row["share_of_notes"] is None
