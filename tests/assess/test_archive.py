"""Assessments as records, on SQLite and on PostgreSQL alike: kept whole, signed, and never overwritten unseen."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from children import Child, as_nobody, at_once, killed_at
from postgres import Server, binaries

from straits.assess.archive import (
    Answer,
    Archive,
    Assessment,
    Basis,
    Challenge,
    Change,
    Filing,
    ProtocolVersion,
    Signature,
    StaleAssessmentError,
    Status,
    diff,
)
from straits.assess.archive import database as database_module
from straits.assess.archive.changes import listed
from straits.assess.archive.database import known
from straits.assess.archive.tables import VERSION_TABLE, Base
from straits.vocabulary.errors import StraitsError

GRADE = ("low", "medium", "high")
LEVERAGE = ProtocolVersion(
    "leverage",
    1,
    "0a1b2c3d4e5f",
    {"substitutability": GRADE, "spillover": GRADE, "partner": ("ally", "rival")},
    ("degree",),
)
DIMENSIONS = ProtocolVersion(
    "four_dimensions",
    2,
    "ffee00112233",
    {"severity": ("1", "2", "3", "4")},
    ("supply_resilience", "competitiveness"),
    True,
)
DAY = dt.date(2026, 3, 1)
GALLIUM = Assessment(
    LEVERAGE, "gallium", DAY, "EU27", "CHN", "Ines Ferro", "",
    {
        "spillover": Answer(("low",), Basis.derived, ("e2",), "It hurts both."),
        "substitutability": Answer({"medium", "low"}, "stated", ["e7", "e1"], "Ten years at least — „kaum“ 替代."),
    },
)  # fmt: skip


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs = binaries()
    if programs is None:
        pytest.skip("needs a PostgreSQL server: apt-get install postgresql")
    pytest.importorskip("psycopg")
    running = Server(programs)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRAITS_DATABASE", raising=False)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place for assessments: a home folder that is not there yet, or the URL of an empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "home")
    return request.getfixturevalue("server").new_database()


@pytest.fixture
def archive(place: str) -> Iterator[Archive]:
    with Archive.open(place) as opened:
        yield opened


def raw(place: str) -> sa.Engine:
    """The database itself, past the archive."""
    if "://" in place:
        return sa.create_engine(place.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    return sa.create_engine(f"sqlite:///{place}/assessments.sqlite", poolclass=sa.NullPool)


def run(place: str, statement: str) -> None:
    with raw(place).begin() as connection:
        connection.execute(sa.text(statement))


def count(place: str, table: str) -> int:
    with raw(place).connect() as connection:
        return connection.execute(sa.text(f"select count(*) from {table}")).scalar_one()


def with_rationale(assessment: Assessment, words: str, question: str = "spillover") -> Assessment:
    answer = replace(assessment.answers[question], rationale=words)
    return replace(assessment, answers={**assessment.answers, question: answer})


def saving(place: str, assessment: Assessment, by: str) -> Callable[[], object]:
    """What another process does: open the archive, and save."""

    def act() -> None:
        with Archive.open(place) as archive:
            archive.save(assessment, by=by)

    return act


# -- keeping -------------------------------------------------------------------------------------------------


def test_an_assessment_comes_back_as_it_was_saved(archive: Archive, place: str) -> None:
    saved = archive.save(GALLIUM, by="Ana")
    assert replace(saved, filing=None) == GALLIUM
    with Archive.open(place) as again:
        assert again.get(saved.id) == saved
        assert again.list() == (saved,)
    assert saved.answers["substitutability"] == Answer(
        ("low", "medium"), Basis.stated, ("e7", "e1"), "Ten years at least — „kaum“ 替代."
    )
    assert list(saved.answers) == ["substitutability", "spillover"], "in the protocol's order"
    assert "partner" not in saved.answers, "unknown stays unknown"
    assert (saved.technical_expert, saved.country_expert) == ("Ines Ferro", "")


def test_who_saved_it_and_when_is_noted_in_utc(place: str) -> None:
    noon_in_tokyo = dt.datetime(2026, 3, 2, 12, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    with Archive.open(place, now=lambda: noon_in_tokyo) as archive:
        saved = archive.save(GALLIUM, by="  Ana ")
    signature = Signature("Ana", dt.datetime(2026, 3, 2, 3, tzinfo=dt.UTC))
    assert saved.filing == Filing(1, 1, Status.draft, signature)
    assert saved.filing.saved.at.utcoffset() == dt.timedelta(0)


def test_answers_of_a_protocol_that_repeats_are_grouped_by_challenge(archive: Archive) -> None:
    several = Assessment(
        DIMENSIONS, "gallium", DAY,
        challenges=(
            Challenge("price", "Prices jump", "competitiveness", {"severity": Answer(("2",))}),
            Challenge("halt", "Exports stop", "supply_resilience", {"severity": Answer(("3", "4"), rationale="Soon.")}),
            Challenge("alone", "One refiner", "supply_resilience", {}),
        ),
    )  # fmt: skip
    saved = archive.save(several, by="Ana")
    assert replace(saved, filing=None) == several
    assert [c.id for c in saved.challenges] == ["alone", "halt", "price"], "by outcome, then id"


def test_records_are_plain_and_cannot_be_changed(archive: Archive) -> None:
    saved = archive.save(GALLIUM, by="Ana")
    with pytest.raises(FrozenInstanceError):
        saved.subject = "indium"  # type: ignore[misc]
    parts = [saved, saved.filing, saved.protocol, *saved.answers.values()]
    assert {type(part).__module__ for part in parts} == {"straits.assess.archive.model"}
    assert len({saved, archive.get(saved.id)}) == 1


def test_the_list_is_narrowed_and_ordered(archive: Archive) -> None:
    other = Assessment(DIMENSIONS, "gallium", DAY, "JPN")
    for assessment in (replace(GALLIUM, subject="indium"), GALLIUM, other):
        archive.save(assessment, by="Ana")
    archive.review(2, by="Bea")

    def ids(**wanted: str) -> list[int | None]:
        return [assessment.id for assessment in archive.list(**wanted)]

    assert ids() == [3, 2, 1]
    assert ids(subject="gallium") == [3, 2]
    assert ids(protocol="leverage") == [2, 1]
    assert ids(status="reviewed") == ids(status=Status.reviewed) == [2]
    assert ids(subject="gallium", dependent="JPN") == [3]
    assert ids(provider="CHN", status="draft") == [1]
    assert ids(subject="tin") == []
    with pytest.raises(StraitsError, match=r"^no status 'finished': known are draft, reviewed, published$"):
        archive.list(status="finished")


def test_a_save_without_a_change_saves_nothing(archive: Archive) -> None:
    saved = archive.save(GALLIUM, by="Ana")
    assert archive.save(saved, by="Bea") == saved
    assert archive.revisions(saved.id) == (saved,)


@pytest.mark.parametrize("ident", [99, 0, -1, 10**30])
def test_an_assessment_that_is_not_there_is_told(archive: Archive, ident: int) -> None:
    archive.save(GALLIUM, by="Ana")
    for ask in (archive.get, archive.history, archive.revisions, archive.changes):
        with pytest.raises(StraitsError, match=rf"^no assessment {ident} in "):
            ask(ident)


def test_the_same_protocol_is_kept_once(archive: Archive, place: str) -> None:
    archive.save(archive.save(GALLIUM, by="Ana"), by="Ana")
    archive.save(with_rationale(archive.get(1), "Other words."), by="Ana")
    assert count(place, "protocols") == 1
    forged = replace(LEVERAGE, questions={**LEVERAGE.questions, "partner": ("friend", "foe")})
    with pytest.raises(StraitsError, match=r"with other questions: its digest must differ$"):
        archive.save(replace(GALLIUM, protocol=forged), by="Ana")


# -- steps ---------------------------------------------------------------------------------------------------


def test_a_draft_is_reviewed_then_published_and_each_step_is_signed(archive: Archive) -> None:
    draft = archive.save(GALLIUM, by="Ana")
    reviewed = archive.review(draft, by="Bea")
    published = archive.publish(reviewed.id, by="Cem")
    assert [a.status for a in (draft, reviewed, published)] == ["draft", "reviewed", "published"]
    filing = published.filing
    assert (filing.saved.by, filing.reviewed.by, filing.published.by) == ("Ana", "Bea", "Cem")
    assert diff(draft, published) == ()
    assert archive.revisions(draft.id) == (draft, reviewed, published)


def test_steps_are_not_skipped_or_repeated(archive: Archive) -> None:
    draft = archive.save(GALLIUM, by="Ana")
    with pytest.raises(StraitsError, match=r"is a draft saved by Ana on .*: only a reviewed one can be published$"):
        archive.publish(draft.id, by="Bea")
    archive.review(draft.id, by="Bea")
    with pytest.raises(StraitsError, match=r"is reviewed by Bea on .*: only a draft one can be reviewed$"):
        archive.review(draft.id, by="Cem")
    archive.publish(draft.id, by="Bea")
    with pytest.raises(StraitsError, match=r"is published by Bea on .*: only a reviewed one can be published$"):
        archive.publish(draft.id, by="Cem")


def test_a_change_after_the_review_needs_a_new_review(archive: Archive) -> None:
    reviewed = archive.review(archive.save(GALLIUM, by="Ana"), by="Bea")
    changed = archive.save(with_rationale(reviewed, "Other words."), by="Cem")
    assert (changed.id, changed.status, changed.filing.reviewed) == (reviewed.id, "draft", None)
    assert changed.filing.saved.by == "Cem"


def test_only_what_is_saved_can_be_reviewed(archive: Archive) -> None:
    with pytest.raises(
        StraitsError, match=r"^leverage for gallium of EU27 on CHN is not in the archive: save it first$"
    ):
        archive.review(GALLIUM, by="Bea")
    saved = archive.save(GALLIUM, by="Ana")
    with pytest.raises(StraitsError, match=r"has changes of yours: save them first$"):
        archive.review(with_rationale(saved, "Mine."), by="Bea")


@pytest.mark.parametrize("name", ["", "  ", None])
def test_everything_is_signed(archive: Archive, name: Any) -> None:
    for act in (archive.save, archive.review, archive.publish):
        with pytest.raises(StraitsError, match=r"^the name of who .* is empty: give a name$"):
            act(GALLIUM, by=name)
    assert archive.list() == ()


# -- successors ----------------------------------------------------------------------------------------------


def published(archive: Archive) -> Assessment:
    return archive.publish(archive.review(archive.save(GALLIUM, by="Ana"), by="Bea"), by="Cem")


def test_changing_what_is_published_makes_a_successor(archive: Archive) -> None:
    first = published(archive)
    assert archive.save(first, by="Dana") == first
    second = archive.save(with_rationale(first, "New words."), by="Dana")
    assert (second.status, second.filing.version, second.filing.predecessor) == ("draft", 1, first.id)
    assert second.id != first.id
    assert archive.get(first.id) == first, "what is published stays as it is"
    third = archive.save(with_rationale(second, "Newer words."), by="Dana")
    assert third.id == second.id
    assert archive.history(first.id) == archive.history(second.id) == (first, third)
    assert archive.changes(second.id) == (Change("rationale", "It hurts both.", "Newer words.", "spillover"),)
    assert archive.changes(first.id) == ()


def test_a_published_assessment_has_one_successor(archive: Archive) -> None:
    first = published(archive)
    archive.save(with_rationale(first, "New words."), by="Dana")
    with pytest.raises(
        StraitsError,
        match=r"is published and has a successor, assessment 2, a draft saved by Dana on .*: open that one",
    ):
        archive.save(with_rationale(first, "My words."), by="Eli")
    assert len(archive.list()) == 2


def test_a_successor_may_answer_a_newer_protocol(archive: Archive) -> None:
    first = published(archive)
    newer = replace(LEVERAGE, version=2, digest="1111", questions={"spillover": ("none", *GRADE)})
    second = archive.save(
        replace(first, protocol=newer, answers={"spillover": Answer(("none", "low"))}, date=dt.date(2027, 1, 1)),
        by="Dana",
    )
    assert archive.get(first.id) == first
    assert listed(archive.changes(second.id)[:3]) == (
        "protocol: leverage 1 (0a1b2c3d4e5f) -> leverage 2 (1111); date: 2026-03-01 -> 2027-01-01; "
        "spillover: low -> none or low"
    )


def test_an_assessment_keeps_its_subject(archive: Archive) -> None:
    saved = archive.save(GALLIUM, by="Ana")
    with pytest.raises(StraitsError, match=r"^assessment 1 is leverage for gallium .*, not leverage for indium"):
        archive.save(replace(saved, subject="indium"), by="Ana")
    assert archive.save(replace(saved, subject="indium", filing=None), by="Ana").id == 2


# -- two analysts --------------------------------------------------------------------------------------------


def test_a_stale_save_names_who_saved_when_and_what_differs(place: str) -> None:
    clock = iter(dt.datetime(2026, 3, 1, hour, 5, tzinfo=dt.UTC) for hour in range(9, 20))
    with Archive.open(place, now=lambda: next(clock)) as one, Archive.open(place, now=lambda: next(clock)) as two:
        opened = one.save(GALLIUM, by="Ana")
        theirs = two.save(replace(opened, answers={**opened.answers, "partner": Answer(("rival",))}), by="Bea")
        with pytest.raises(StaleAssessmentError) as refused:
            one.save(with_rationale(opened, "My words."), by="Ana")
        assert str(refused.value) == (
            "assessment 1 (leverage for gallium of EU27 on CHN) was saved by Bea on 2026-03-01 at 10:05 UTC after you "
            "opened it, so nothing was saved. Changed since: partner: unknown -> rival; partner, basis: none -> judged. "
            "You changed: spillover, rationale: It hurts both. -> My words. Open it again and put your changes in"
        )
        assert isinstance(refused.value, StraitsError)
        assert refused.value.stored == theirs == one.get(1)
        assert [change.question for change in refused.value.theirs] == ["partner", "partner"]
        assert refused.value.yours == (Change("rationale", "It hurts both.", "My words.", "spillover"),)
        assert one.save(with_rationale(theirs, "My words."), by="Ana").filing.version == 3


@pytest.mark.parametrize("step", ["reviewed", "published"])
def test_a_save_over_a_step_is_stale_too(archive: Archive, step: str) -> None:
    opened = archive.save(GALLIUM, by="Ana")
    last = archive.review(opened, by="Bea")
    if step == "published":
        last = archive.publish(last, by="Bea")
    with pytest.raises(StaleAssessmentError, match=rf"was {step} by Bea on .*Changed since: no answer"):
        archive.save(with_rationale(opened, "My words."), by="Ana")
    assert archive.list() == (last,)


def test_what_changed_under_the_reviewers_eyes_is_not_signed(archive: Archive) -> None:
    seen = archive.save(GALLIUM, by="Ana")
    archive.save(with_rationale(seen, "Other words."), by="Ana")
    for sign in (archive.review, archive.publish):
        with pytest.raises(StaleAssessmentError, match=r"was saved by Ana on"):
            sign(seen, by="Bea")
    assert archive.get(1).status == "draft"


def test_a_save_that_waits_for_another_session_is_caught(place: str) -> None:
    """The first has taken the lock and not yet committed when the second comes: it waits, and is then refused."""
    holds, go_on = threading.Event(), threading.Event()

    def slow() -> dt.datetime:
        holds.set()
        assert go_on.wait(20)
        return dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    with Archive.open(place) as archive, Archive.open(place, now=slow) as slow_archive:
        opened = archive.save(GALLIUM, by="Ana")
        ends: dict[str, object] = {}

        def save(which: Archive, who: str) -> None:
            try:
                ends[who] = which.save(with_rationale(opened, f"Words of {who}."), by=who)
            except StaleAssessmentError as error:
                ends[who] = error

        first = threading.Thread(target=save, args=(slow_archive, "Bea"))
        first.start()
        assert holds.wait(20)
        second = threading.Thread(target=save, args=(archive, "Ana"))
        second.start()
        second.join(0.5)
        assert second.is_alive(), "it waits"
        go_on.set()
        first.join()
        second.join()
        assert isinstance(ends["Bea"], Assessment)
        assert "was saved by Bea on" in str(ends["Ana"])
        assert archive.get(1).answers["spillover"].rationale == "Words of Bea."


def test_of_two_processes_that_save_at_once_one_is_refused(archive: Archive, place: str) -> None:
    now = archive.save(GALLIUM, by="Ana")
    for n in range(10):
        ends = at_once(*(saving(place, with_rationale(now, f"{who} {n}."), who) for who in ("Bea", "Cem")))
        winner = archive.get(now.id)
        loser = {"Bea": "Cem", "Cem": "Bea"}[winner.filing.saved.by]
        assert sorted(ends)[0] == "done"
        assert f"was saved by {winner.filing.saved.by} on" in sorted(ends)[1]
        assert (
            f"You changed: spillover, rationale: {now.answers['spillover'].rationale} -> {loser} {n}."
            in sorted(ends)[1]
        )
        assert winner.filing.version == now.filing.version + 1
        now = winner


def test_of_two_processes_that_make_a_successor_at_once_one_is_refused(archive: Archive, place: str) -> None:
    now = published(archive)
    for n in range(5):
        ends = sorted(at_once(*(saving(place, with_rationale(now, f"{who} {n}."), who) for who in ("Bea", "Cem"))))
        successor = archive.history(now.id)[-1]
        assert ends[0] == "done"
        assert f"has a successor, assessment {successor.id}, a draft saved by {successor.filing.saved.by}" in ends[1]
        now = archive.publish(archive.review(successor, by="Bea"), by="Cem")


def test_processes_that_save_other_things_at_once_all_succeed(archive: Archive, place: str) -> None:
    archive.list()
    subjects = [f"subject-{n}" for n in range(6)]
    acts = [saving(place, replace(GALLIUM, subject=subject), "Ana") for subject in subjects]
    assert at_once(*acts) == ["done"] * 6
    assert [assessment.subject for assessment in archive.list()] == subjects
    assert count(place, "protocols") == 1


def test_an_assessment_of_another_archive_is_not_taken_for_ours(archive: Archive, tmp_path: Path) -> None:
    with Archive.open(tmp_path / "other") as other:
        theirs = other.save(with_rationale(other.save(GALLIUM, by="Zoe"), "First."), by="Zoe")
    archive.save(GALLIUM, by="Ana")
    with pytest.raises(StraitsError, match=r"has no version 2 of Zoe on .*: it was opened from another archive"):
        archive.save(with_rationale(theirs, "Second."), by="Zoe")


# -- crashes -------------------------------------------------------------------------------------------------


def test_a_save_that_is_killed_at_any_moment_leaves_the_last_good_state(archive: Archive, place: str) -> None:
    good = archive.save(GALLIUM, by="Ana")
    act = saving(place, with_rationale(good, "After."), "Bea")
    kills = 0
    while killed_at(kills + 1, act):
        kills += 1
        assert archive.get(good.id) == good, f"killed at {kills}"
        assert archive.revisions(good.id) == (good,)
    assert kills > 8, "every statement and the commit"
    after = archive.get(good.id)
    assert (after.answers["spillover"].rationale, after.filing.version) == ("After.", 2)
    assert count(place, "answers") == 4, "nothing half written is left"


def test_a_first_save_that_is_killed_at_any_moment_leaves_an_archive_that_opens(place: str) -> None:
    kills = 0
    while killed_at(kills + 1, saving(place, GALLIUM, "Ana")):
        kills += 1
        with Archive.open(place) as archive:
            assert archive.list() == ()
        if "://" not in place:
            shutil.rmtree(place, ignore_errors=True)
        else:
            for table in (*reversed(Base.metadata.sorted_tables), VERSION_TABLE):
                run(place, f"drop table if exists {table}")
    assert kills > 12, "tables are made and filled"
    with Archive.open(place) as archive:
        assert [found.subject for found in archive.list()] == ["gallium"]


@pytest.mark.slow
def test_a_process_that_saves_and_saves_may_be_killed_any_time(archive: Archive, place: str) -> None:
    now = archive.save(with_rationale(GALLIUM, "1"), by="Ana")
    chance = random.Random(20_260_101)
    for _ in range(6):

        def on_and_on() -> None:
            with Archive.open(place) as own:
                current = own.get(1)
                while True:
                    current = own.save(with_rationale(current, str(current.filing.version + 1)), by="Ana")

        child = Child(on_and_on)
        patience = time.monotonic() + 60
        while archive.get(1).filing.version < now.filing.version + 2 and time.monotonic() < patience:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.2))
        child.kill()
        before, now = now, archive.get(1)
        assert now.filing.version >= before.filing.version
        assert [a.answers["spillover"].rationale for a in archive.revisions(1)] == [
            str(n) for n in range(1, now.filing.version + 1)
        ]
    assert now.filing.version > 10


# -- tables --------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_expects(archive: Archive, place: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    archive.save(GALLIUM, by="Ana")
    with raw(place).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == known()[-1]
    script = ScriptDirectory(str(database_module.MIGRATIONS))
    assert [revision.revision for revision in script.walk_revisions()][::-1] == known()


def test_opening_again_changes_nothing(archive: Archive, place: str) -> None:
    saved = archive.save(GALLIUM, by="Ana")
    for _ in range(3):
        with Archive.open(place) as again:
            assert again.list() == (saved,)
    assert count(place, VERSION_TABLE) == 1


def test_processes_that_first_open_an_archive_at_once_make_its_tables_once(place: str) -> None:
    acts = [saving(place, replace(GALLIUM, subject=f"s{n}"), "Ana") for n in range(4)]
    assert at_once(*acts) == ["done"] * 4
    assert count(place, VERSION_TABLE) == 1
    with Archive.open(place) as archive:
        assert len(archive.list()) == 4


def test_tables_of_a_newer_straits_are_refused(archive: Archive, place: str) -> None:
    archive.save(GALLIUM, by="Ana")
    run(place, f"update {VERSION_TABLE} set version_num = '0999'")
    with pytest.raises(StraitsError) as refused:
        Archive.open(place)
    assert str(refused.value) == (
        f"the assessments in {archive.place} were written by a newer Straits (tables 0999; this one knows them up to "
        f"{known()[-1]}): update Straits"
    )
    assert count(place, "assessments") == 1


def test_other_tables_in_the_database_are_left_alone(place: str) -> None:
    if "://" not in place:
        Path(place).mkdir()
    run(place, "create table alembic_version (version_num varchar)")
    run(place, "insert into alembic_version values ('of another application')")
    with Archive.open(place) as archive:
        archive.save(GALLIUM, by="Ana")
    assert count(place, "alembic_version") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "update revisions set status = 'finished'",
        "update answers set basis = 'guessed'",
        "update revisions set assessment_id = 77",
        "update assessments set predecessor = 77",
    ],
)
def test_the_database_itself_refuses_what_cannot_be(archive: Archive, place: str, statement: str) -> None:
    archive.save(GALLIUM, by="Ana")
    with raw(place).connect() as connection:
        if "://" not in place:
            connection.execute(sa.text("pragma foreign_keys = on"))
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.text(statement))


def test_sqlite_keeps_a_write_ahead_log_and_checks_foreign_keys(tmp_path: Path) -> None:
    with Archive.open(tmp_path) as archive:
        archive.save(GALLIUM, by="Ana")
        with archive._database.writing() as session:
            asked = [
                session.scalar(sa.text(f"pragma {name}")) for name in ("journal_mode", "foreign_keys", "synchronous")
            ]
    assert asked == ["wal", 1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["assessments.sqlite"], "at rest it is one file"


def test_connections_that_switch_to_the_write_ahead_log_at_once_wait_for_each_other(tmp_path: Path) -> None:
    """SQLite itself says 'locked' at once here, about one time in fifty."""
    ends: list[str] = []

    def switch(path: Path, barrier: threading.Barrier) -> None:
        connection = database_module._opened(path, "mode=rwc")
        barrier.wait()
        database_module._write_ahead(connection)
        ends.append(database_module._journal(connection, "pragma journal_mode"))
        connection.close()

    for n in range(100):
        barrier = threading.Barrier(6)
        threads = [threading.Thread(target=switch, args=(tmp_path / f"{n}.sqlite", barrier)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ends == ["wal"] * 600


# -- places --------------------------------------------------------------------------------------------------


def test_reading_an_absent_home_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "home") as archive:
        assert archive.list() == ()
        with pytest.raises(StraitsError, match=r"^no assessment 1 in "):
            archive.get(1)
    assert not (tmp_path / "home").exists()


def test_the_setting_goes_before_the_home_and_the_argument_before_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team, mine, home = (tmp_path / name for name in ("team.sqlite", "mine", "home"))
    monkeypatch.setenv("STRAITS_DATABASE", f"sqlite:///{team}")
    assert Archive.open().place == Archive.open(home=home).place == str(team)
    assert Archive.open(mine).place == str(mine / "assessments.sqlite")
    monkeypatch.delenv("STRAITS_DATABASE")
    assert Archive.open(home=home).place == str(home / "assessments.sqlite")
    monkeypatch.setenv("STRAITS_HOME", str(tmp_path))
    assert Archive.open().place == str(tmp_path / "assessments.sqlite")


def test_a_home_may_have_any_name(tmp_path: Path) -> None:
    for name in ("with space", "50% off?mode=ro#x", "ümlaut"):
        with Archive.open(tmp_path / name) as archive:
            assert archive.save(GALLIUM, by="Ana") == archive.get(1)
        assert (tmp_path / name / "assessments.sqlite").exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://ana:geheim@host/db", "assessments are kept in SQLite or PostgreSQL, not in mysql"),
        ("sqlite://", "sqlite:// names no file, and assessments are to be kept: write postgresql://"),
        ("://geheim", "the address of the database cannot be read: write postgresql://user@host/database"),
    ],
)
def test_an_address_that_cannot_be_used_is_told(address: str, said: str) -> None:
    with pytest.raises(StraitsError) as refused:
        Archive.open(address)
    assert str(refused.value).startswith(said)
    assert "geheim" not in str(refused.value)


def test_a_setting_that_is_no_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRAITS_DATABASE", "team-db")
    with pytest.raises(StraitsError, match=r"^STRAITS_DATABASE is no address of a database: write postgresql://"):
        Archive.open()


def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StraitsError) as refused:
        Archive.open(f"postgresql://ana:geheim@/db?host={tmp_path}")
    assert str(refused.value).startswith("the database postgresql")
    assert "connection" in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_a_server_without_a_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StraitsError, match=r"^PostgreSQL needs its driver: pip install 'straits\[postgres\]'$"):
        Archive.open("postgresql://ana@/db")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "assessments.sqlite").write_text("This is a letter, and not a short one. " * 100)
    with pytest.raises(StraitsError, match=r"assessments.sqlite is not a database of assessments, or is damaged"):
        Archive.open(tmp_path)


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with Archive.open(tmp_path / "home") as archive, pytest.raises(StraitsError, match=r"^cannot use .*home: "):
        archive.save(GALLIUM, by="Ana")


def test_a_file_that_another_process_holds_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Archive.open(tmp_path) as archive:
        saved = archive.save(GALLIUM, by="Ana")
        monkeypatch.setattr(database_module, "WAIT", 0.1)
        other = sqlite3.connect(tmp_path / "assessments.sqlite", isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(StraitsError, match=r"is being written by another process: nothing was saved; try again$"):
            archive.save(with_rationale(saved, "Mine."), by="Ana")
        assert archive.get(1) == saved, "reading goes on"
        other.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, as pytest's own may not."""
    folder = Path(tempfile.mkdtemp(prefix="straits-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("folder_too", [True, False])
def test_a_file_that_may_only_be_read_is_read_and_not_written(open_folder: Path, folder_too: bool) -> None:
    with Archive.open(open_folder) as archive:
        saved = archive.save(GALLIUM, by="Ana")
    (open_folder / "assessments.sqlite").chmod(0o444)
    open_folder.chmod(0o555 if folder_too else 0o777)

    def read() -> None:
        with Archive.open(open_folder) as own:
            assert own.get(1) == saved
            assert own.list() == own.history(1) == (saved,)

    told = [as_nobody(act) for act in (read, saving(str(open_folder), with_rationale(saved, "Mine."), "Bea"), read)]
    open_folder.chmod(0o755)
    assert told[0] == told[2] == "done"
    assert told[1].startswith(f"refused: {open_folder}/assessments.sqlite may only be read: nothing was saved; ")
    with Archive.open(open_folder) as archive:
        assert archive.list() == (saved,)


def test_a_folder_that_may_only_be_read_is_told(open_folder: Path) -> None:
    home = open_folder / "home"
    open_folder.chmod(0o555)
    told = as_nobody(saving(str(home), GALLIUM, "Bea"))
    open_folder.chmod(0o755)
    assert told == f"refused: cannot use {home}: Permission denied"


@pytest.mark.postgres
def test_a_server_that_may_only_be_read_is_read_and_not_written(server: Server) -> None:
    url = server.new_database()
    with Archive.open(url) as archive:
        saved = archive.save(GALLIUM, by="Ana")
    with Archive.open(f"{url}&options=-c%20default_transaction_read_only%3Don") as archive:
        assert archive.get(1) == saved
        with pytest.raises(StraitsError, match=r"^postgresql.* may only be read: nothing was saved"):
            archive.save(with_rationale(saved, "Mine."), by="Bea")


# -- what is refused -----------------------------------------------------------------------------------------


def wrong_level() -> object:
    return replace(GALLIUM, answers={"spillover": Answer(("low", "hihg"))})


def level_of_another_scale() -> object:
    return replace(GALLIUM, answers={"partner": Answer(("low",))})


def no_level() -> object:
    return replace(GALLIUM, answers={"spillover": Answer(())})


def levels_as_text() -> object:
    return Answer("low")  # type: ignore[arg-type]


def unknown_question() -> object:
    return replace(GALLIUM, answers={"spilover": Answer(("low",))})


def unknown_basis() -> object:
    return Answer(("low",), "guess")  # type: ignore[arg-type]


def unknown_status() -> object:
    return Filing(1, 1, "publishd", Signature("Ana", dt.datetime.now(dt.UTC)))  # type: ignore[arg-type]


def no_subject() -> object:
    return replace(GALLIUM, subject=" ")


def number_for_a_text() -> object:
    return replace(GALLIUM, dependent=27)


def moment_for_a_day() -> object:
    return replace(GALLIUM, date=dt.datetime(2026, 3, 1, 12))


def challenge_without_repeats() -> object:
    return replace(GALLIUM, challenges=(Challenge("a", "A", "degree", {}),))


def unknown_outcome() -> object:
    return Assessment(DIMENSIONS, "gallium", DAY, challenges=(Challenge("a", "A", "suply_resilience", {}),))


def same_challenge_twice() -> object:
    return Assessment(DIMENSIONS, "gallium", DAY, challenges=(Challenge("a", "A", "competitiveness", {}),) * 2)


def wrong_level_in_a_challenge() -> object:
    challenge = Challenge("a", "A", "competitiveness", {"severity": Answer(("5",))})
    return Assessment(DIMENSIONS, "gallium", DAY, challenges=(challenge,))


def protocol_version_zero() -> object:
    return replace(LEVERAGE, version=0)


def null_character() -> object:
    return Answer(("low",), rationale="a\0b")


def half_a_character() -> object:
    return replace(GALLIUM, technical_expert="\ud800")


TITLE = "leverage for gallium of EU27 on CHN"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (wrong_level, f"{TITLE}: no level of spillover 'hihg': did you mean high?"),
        (level_of_another_scale, f"{TITLE}: no level of partner 'low': known are ally, rival"),
        (no_level, f"{TITLE}: spillover has no level left: an unknown answer has all of them"),
        (levels_as_text, "levels is 'low': give a list"),
        (unknown_question, f"{TITLE}: no question 'spilover': did you mean spillover?"),
        (unknown_basis, "no basis 'guess': known are stated, derived, judged"),
        (unknown_status, "no status 'publishd': did you mean published?"),
        (no_subject, "the subject is empty: give a name"),
        (number_for_a_text, "the dependent is 27: write a text"),
        (moment_for_a_day, f"{TITLE}: the date is datetime.datetime(2026, 3, 1, 12, 0): give a calendar day"),
        (challenge_without_repeats, f"{TITLE}: this protocol has no challenges: give its answers themselves"),
        (
            unknown_outcome,
            "four_dimensions for gallium, challenge 'a': no outcome 'suply_resilience': did you mean supply_resilience?",
        ),
        (same_challenge_twice, "four_dimensions for gallium, challenge 'a' is there twice"),
        (
            wrong_level_in_a_challenge,
            "four_dimensions for gallium, challenge 'a': no level of severity '5': known are 1, 2, 3, 4",
        ),
        (protocol_version_zero, "leverage: the protocol's version is 0: write a whole number from 1"),
        (null_character, "the rationale has a character that is no text: 'a\\x00b'"),
        (half_a_character, "the technical expert has a character that is no text: '\\ud800'"),
    ],
)
def test_what_cannot_be_is_refused_with_one_clear_error(make: Callable[[], object], said: str) -> None:
    with pytest.raises(StraitsError) as refused:
        make()
    assert str(refused.value) == said


def test_nobody_named_is_the_empty_text() -> None:
    assert replace(GALLIUM, provider=None, country_expert=None) == replace(GALLIUM, provider="", country_expert="")


# -- differences ---------------------------------------------------------------------------------------------


def test_the_same_content_does_not_differ_whoever_filed_it(archive: Archive) -> None:
    saved = archive.save(GALLIUM, by="Ana")
    assert diff(GALLIUM, saved) == diff(saved, archive.review(saved, by="Bea")) == ()


def test_each_fact_that_differs_is_one_change() -> None:
    old = replace(GALLIUM, technical_expert="")
    new = replace(
        GALLIUM,
        date=dt.date(2026, 4, 1),
        answers={
            "partner": Answer(("rival",), "derived"),
            "substitutability": Answer(("medium",), "stated", ("e1",), GALLIUM.answers["substitutability"].rationale),
        },
    )
    assert diff(old, new) == (
        Change("date", "2026-03-01", "2026-04-01"),
        Change("technical_expert", None, "Ines Ferro"),
        Change("levels", ("low", "medium"), ("medium",), "substitutability"),
        Change("evidence", ("e7", "e1"), ("e1",), "substitutability"),
        Change("levels", None, ("rival",), "partner"),
        Change("basis", None, "derived", "partner"),
        Change("levels", ("low",), None, "spillover"),
        Change("basis", "derived", None, "spillover"),
        Change("evidence", ("e2",), None, "spillover"),
        Change("rationale", "It hurts both.", None, "spillover"),
    )
    assert {(c.challenge, c.question, c.what, c.after, c.before) for c in diff(old, new)} == {
        (c.challenge, c.question, c.what, c.before, c.after) for c in diff(new, old)
    }


def test_changes_in_a_challenge_say_which() -> None:
    def with_severity(level: str) -> Assessment:
        challenge = Challenge("halt", "Exports stop", "supply_resilience", {"severity": Answer((level,))})
        return Assessment(DIMENSIONS, "gallium", DAY, challenges=(challenge,))

    (change,) = diff(with_severity("3"), with_severity("4"))
    assert str(change) == "challenge 'halt', severity: 3 -> 4"
    gone = diff(with_severity("3"), Assessment(DIMENSIONS, "gallium", DAY))
    assert [str(change) for change in gone] == [
        "challenge 'halt', title: Exports stop -> none",
        "challenge 'halt', outcome: supply_resilience -> none",
        "challenge 'halt', severity: 3 -> unknown",
        "challenge 'halt', severity, basis: judged -> none",
    ]


def test_many_changes_are_told_in_one_line() -> None:
    changes = tuple(Change("date", str(n), str(n + 1)) for n in range(8))
    assert listed(changes).endswith("date: 5 -> 6; and 2 more")
    long = Change("rationale", "First\nsecond. " * 40, None, "spillover")
    assert str(long).startswith("spillover, rationale: First second. First")
    assert len(str(long)) < 160


# -- neighbours ----------------------------------------------------------------------------------------------


def test_sqlalchemy_is_imported_only_when_the_archive_is_asked_for() -> None:
    script = (
        "import sys; from straits.assess.archive import Assessment, diff; print('sqlalchemy' in sys.modules);"
        "from straits.assess.archive import Archive; print('sqlalchemy' in sys.modules, 'alembic' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert said.stdout.split() == ["False", "True", "False"]


def test_the_version_of_a_loaded_protocol_is_what_its_file_says() -> None:
    from straits.assess.protocols import Outcome, Passage, Protocol, Question
    from straits.assess.scales import Scale

    passage = Passage(source="somewhere", locator="text line 1")
    scale = Scale(GRADE)
    loaded = Protocol(
        id="leverage", name="Leverage", about="", version=3, sides="provider", sources=("somewhere",),
        questions=(Question("spillover", "?", scale, {}, passage),), outcomes=(Outcome("degree", "Degree", scale, passage),),
        rules=(), repeats="challenge", digest="abc",
    )  # fmt: skip
    assert ProtocolVersion.of(loaded) == ProtocolVersion(
        "leverage", 3, "abc", {"spillover": GRADE}, ("degree",), True
    )
