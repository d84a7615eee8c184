"""The archive of assessments: save, review, publish, and look back.

Two analysts cannot overwrite each other unseen: every save says which version it started from, and one that started
from an older version is refused with the name of who was first and what differs.  What is published stays as it is:
changing it makes a successor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload
from sqlalchemy.orm.exc import StaleDataError

from straits.assess.archive.changes import Change, StaleAssessmentError, diff
from straits.assess.archive.database import Database
from straits.assess.archive.model import (
    LARGEST,
    Answer,
    Answers,
    Assessment,
    Challenge,
    Filing,
    ProtocolVersion,
    Signature,
    Status,
    named,
    parse_status,
)
from straits.assess.archive.tables import AnswerRow, AssessmentRow, ChallengeRow, ProtocolRow, RevisionRow
from straits.casebook.records import Basis
from straits.vocabulary.errors import StraitsError

Clock = Callable[[], dt.datetime]
INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
BEFORE = {Status.reviewed: Status.draft, Status.published: Status.reviewed}


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Archive:
    """The assessments in one database.

    >>> import tempfile
    >>> protocol = ProtocolVersion("leverage", 1, "d1", {"spillover": ("low", "high")}, ("degree",))
    >>> with tempfile.TemporaryDirectory() as home, Archive.open(home) as archive:
    ...     new = Assessment(protocol, "gallium", dt.date(2026, 3, 1), answers={"spillover": Answer(("low",))})
    ...     saved = archive.save(new, by="Ana")
    ...     archive.review(saved, by="Bea").status, [found.title for found in archive.list(subject="gallium")]
    (<Status.reviewed: 'reviewed'>, ['leverage for gallium'])
    """

    def __init__(self, database: Database, now: Clock = _now) -> None:
        self._database = database
        self._now = now

    @classmethod
    def open(cls, place: str | Path | None = None, *, home: str | Path | None = None, now: Clock = _now) -> Archive:
        """Open the archive, and bring its tables up to date.

        ``place`` is a home folder (the file ``assessments.sqlite`` in it) or a database's URL
        (``postgresql://user@host/database``, ``sqlite:////folder/file.sqlite``).  Without it ``STRAITS_DATABASE`` says
        the URL, else the archive is in the folder ``home``, else in the observatory's default home.  A file that is
        not there is made by the first save.

        Raises :class:`StraitsError` when the database cannot be reached, or was written by a newer Straits.
        """
        database = Database.at(place, Path(home) if home else None)
        if database.path is None or database.path.exists():
            database.prepare()
        return cls(database, now)

    @property
    def place(self) -> str:
        """Which database this is, without its password."""
        return self._database.where

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    # -- reading ---------------------------------------------------------------------------------------------

    def get(self, ident: int) -> Assessment:
        """One assessment as it is now."""
        with self._database.reading() as session:
            return self._get(session, ident)

    def list(
        self,
        *,
        subject: str | None = None,
        protocol: str | None = None,
        status: str | None = None,
        dependent: str | None = None,
        provider: str | None = None,
    ) -> tuple[Assessment, ...]:
        """The assessments that fit, by subject, protocol, date and number."""
        wanted: list[tuple[InstrumentedAttribute[str], str | None]] = [
            (RevisionRow.subject, subject),
            (ProtocolRow.name, protocol),
            (RevisionRow.status, parse_status(status) if status is not None else None),
            (RevisionRow.dependent, dependent),
            (RevisionRow.provider, provider),
        ]
        query = _current().join(RevisionRow.protocol)
        for column, value in wanted:
            query = query if value is None else query.where(column == str(value))
        with self._database.reading() as session:
            found = [_assessment(row) for row in session.scalars(query)]
        return tuple(sorted(found, key=lambda a: (a.subject, a.protocol.id, a.date, a.id)))

    def history(self, ident: int) -> tuple[Assessment, ...]:
        """The line of an assessment: its predecessors, itself and its successors, as they are now, oldest first."""
        with self._database.reading() as session:
            line = [self._get(session, ident)]
            while (before := _filing(line[0]).predecessor) is not None:
                line.insert(0, self._get(session, before))
            while (after := _successor(session, _filing(line[-1]).id)) is not None:
                line.append(self._get(session, after))
        return tuple(line)

    def revisions(self, ident: int) -> tuple[Assessment, ...]:
        """One assessment at each save, review and publication, oldest first; the filing says whose and when."""
        with self._database.reading() as session:
            rows = session.scalars(_revisions(ident)).all()
            if not rows:
                raise self._absent(ident)
            return tuple(_assessment(row) for row in rows)

    def changes(self, ident: int) -> tuple[Change, ...]:
        """What differs from the predecessor; nothing where there is none."""
        with self._database.reading() as session:
            assessment = self._get(session, ident)
            before = _filing(assessment).predecessor
            return () if before is None else diff(self._get(session, before), assessment)

    # -- writing ---------------------------------------------------------------------------------------------

    def save(self, assessment: Assessment, *, by: str) -> Assessment:
        """Keep an assessment, new or changed, as a draft; returns it as it is kept.

        A change to a reviewed one makes it a draft again; a change to a published one makes a successor.  Without a
        change nothing is saved.

        Raises :class:`StaleAssessmentError` when somebody else was first.
        """
        who = named(by, "the name of who saves")
        with self._taking_turns(assessment) as session:
            if assessment.filing is None:
                return self._add(session, AssessmentRow(), assessment, Status.draft, who)
            stored = self._same(session, assessment)
            if not diff(stored, assessment):
                return stored
            self._refuse_other_subject(stored, assessment)
            if stored.status is Status.published:
                self._refuse_second(session, stored)
                return self._add(session, AssessmentRow(predecessor=stored.id), assessment, Status.draft, who)
            return self._add(session, _row(session, stored), assessment, Status.draft, who)

    def review(self, which: int | Assessment, *, by: str) -> Assessment:
        """Sign a draft as reviewed; given the assessment itself, only if it is still as the reviewer saw it."""
        return self._sign(which, Status.reviewed, named(by, "the name of who reviews"))

    def publish(self, which: int | Assessment, *, by: str) -> Assessment:
        """Publish a reviewed assessment: from then on it stays as it is."""
        return self._sign(which, Status.published, named(by, "the name of who publishes"))

    def _sign(self, which: int | Assessment, status: Status, who: str) -> Assessment:
        assessment = self.get(which) if isinstance(which, int) else which
        if assessment.filing is None:
            raise StraitsError(f"{assessment.title} is not in the archive: save it first")
        with self._taking_turns(assessment) as session:
            stored = self._same(session, assessment)
            if diff(stored, assessment):
                raise StraitsError(f"assessment {stored.id} ({stored.title}) has changes of yours: save them first")
            if stored.status is not BEFORE[status]:
                raise StraitsError(
                    f"assessment {stored.id} ({stored.title}) is {_told(stored)}: only a {BEFORE[status]} one can be "
                    f"{status}"
                )
            return self._add(session, _row(session, stored), stored, status, who)

    @contextmanager
    def _taking_turns(self, assessment: Assessment) -> Iterator[Session]:
        """A session to write in; when another writer was first, an error that says who and what."""
        try:
            with self._database.writing() as session:
                yield session
        except StaleDataError as error:
            raise self._beaten(assessment) from error
        except StraitsError as error:
            if isinstance(error.__cause__, IntegrityError):  # two at once made the same version or successor
                raise self._beaten(assessment) from error
            raise

    def _beaten(self, assessment: Assessment) -> StraitsError:
        with self._database.reading() as session:
            if assessment.filing is not None:
                try:
                    self._refuse_second(session, self._same(session, assessment))
                except StraitsError as error:
                    return error
        return StraitsError(f"{assessment.title} was not saved: another process was writing; try again")

    def _same(self, session: Session, assessment: Assessment) -> Assessment:
        """The stored assessment, if it is the version that this one started from."""
        filing = _filing(assessment)
        stored = self._get(session, filing.id)
        if _filing(stored).version == filing.version:
            return stored
        base = session.scalar(_revisions(filing.id).where(RevisionRow.version == filing.version))
        if base is None or _filing(_assessment(base)) != filing:
            raise StraitsError(
                f"assessment {filing.id} in {self.place} has no version {filing.version} of {filing.last}: it was "
                "opened from another archive; save it as a new one (filing=None)"
            )
        opened = _assessment(base)
        raise StaleAssessmentError(stored, theirs=diff(opened, stored), yours=diff(opened, assessment))

    def _refuse_other_subject(self, stored: Assessment, assessment: Assessment) -> None:
        if stored.title != assessment.title:
            raise StraitsError(
                f"assessment {stored.id} is {stored.title}, not {assessment.title}: save that as a new one (filing=None)"
            )

    def _refuse_second(self, session: Session, stored: Assessment) -> None:
        """Refuse a second successor."""
        after = _successor(session, _filing(stored).id)
        if after is not None:
            successor = self._get(session, after)
            raise StraitsError(
                f"assessment {stored.id} ({stored.title}) is published and has a successor, assessment {after}, "
                f"{_told(successor)}: open that one and put your changes in"
            )

    def _add(self, session: Session, row: AssessmentRow, content: Assessment, status: Status, who: str) -> Assessment:
        """Add a version to an assessment, and read it back."""
        row.version = (row.version or 0) + 1
        session.add(row)
        session.flush()  # the lock first: what comes after is ours
        revision = RevisionRow(
            assessment_id=row.id,
            version=row.version,
            status=status.value,
            signed_by=who,
            signed_at=self._now(),
            protocol_id=_protocol(session, content.protocol),
            subject=content.subject,
            dependent=content.dependent,
            provider=content.provider,
            technical_expert=content.technical_expert,
            country_expert=content.country_expert,
            date=content.date,
        )
        revision.answers = _answers(content.answers)
        for challenge in content.challenges:
            kept = ChallengeRow(name=challenge.id, title=challenge.title, outcome=challenge.outcome)
            revision.challenges.append(kept)
            revision.answers += _answers(challenge.answers, kept)
        session.add(revision)
        session.flush()
        session.expire_all()
        return self._get(session, row.id)

    def _get(self, session: Session, ident: int) -> Assessment:
        row = session.scalar(_current().where(AssessmentRow.id == _number(ident)))
        if row is None:
            raise self._absent(ident)
        return _assessment(row)

    def _absent(self, ident: int) -> StraitsError:
        return StraitsError(f"no assessment {ident} in {self.place}")


# -- queries -------------------------------------------------------------------------------------------------

Rows = Select[RevisionRow]


def _complete(query: Rows) -> Rows:
    """Revisions with all that belongs to them, in a few queries for any number."""
    return query.options(
        joinedload(RevisionRow.protocol),
        joinedload(RevisionRow.assessment).selectinload(AssessmentRow.revisions),
        selectinload(RevisionRow.challenges),
        selectinload(RevisionRow.answers).joinedload(AnswerRow.challenge),
    )


def _current() -> Rows:
    """The current revision of every assessment."""
    query = select(RevisionRow).join(RevisionRow.assessment).where(RevisionRow.version == AssessmentRow.version)
    return _complete(query)


def _revisions(ident: int) -> Rows:
    """All revisions of one assessment, oldest first."""
    query = select(RevisionRow).where(RevisionRow.assessment_id == _number(ident)).order_by(RevisionRow.version)
    return _complete(query)


def _number(ident: int) -> int:
    """A number that every database can look for; 0 is nobody's."""
    return ident if 0 < ident <= LARGEST else 0


def _successor(session: Session, ident: int) -> int | None:
    return session.scalar(select(AssessmentRow.id).where(AssessmentRow.predecessor == ident))


def _row(session: Session, stored: Assessment) -> AssessmentRow:
    """The row of an assessment, as it was read in this session: its version is the lock."""
    return session.get_one(AssessmentRow, _filing(stored).id)


def _protocol(session: Session, protocol: ProtocolVersion) -> int:
    """The key of a protocol's version; two savers of a new one at once get the same."""
    key = {"name": protocol.id, "version": protocol.version, "digest": protocol.digest}
    content = {
        "questions": {question: list(scale) for question, scale in protocol.questions.items()},
        "outcomes": list(protocol.outcomes),
        "repeats": protocol.repeats,
    }
    insert = INSERT[session.get_bind().dialect.name]
    session.execute(insert(ProtocolRow).values(**key, **content).on_conflict_do_nothing())
    row = session.scalars(select(ProtocolRow).filter_by(**key)).one()
    if {name: getattr(row, name) for name in content} != content:
        raise StraitsError(f"the protocol {protocol} is in the archive with other questions: its digest must differ")
    return row.id


# -- rows to records, and back -------------------------------------------------------------------------------


def _answers(answers: Answers, challenge: ChallengeRow | None = None) -> list[AnswerRow]:
    return [
        AnswerRow(
            challenge=challenge,
            question=question,
            levels=list(answer.levels),
            basis=answer.basis.value,
            evidence=list(answer.evidence),
            rationale=answer.rationale,
        )
        for question, answer in answers.items()
    ]


def _read(rows: Sequence[AnswerRow], challenge: ChallengeRow | None = None) -> dict[str, Answer]:
    return {
        row.question: Answer(tuple(row.levels), Basis(row.basis), tuple(row.evidence), row.rationale)
        for row in rows
        if row.challenge is challenge
    }


def _assessment(row: RevisionRow) -> Assessment:
    """The record of a revision."""
    return Assessment(
        protocol=ProtocolVersion(
            row.protocol.name,
            row.protocol.version,
            row.protocol.digest,
            {question: tuple(scale) for question, scale in row.protocol.questions.items()},
            tuple(row.protocol.outcomes),
            row.protocol.repeats,
        ),
        subject=row.subject,
        date=row.date,
        dependent=row.dependent,
        provider=row.provider,
        technical_expert=row.technical_expert,
        country_expert=row.country_expert,
        answers=_read(row.answers),
        challenges=tuple(Challenge(c.name, c.title, c.outcome, _read(row.answers, c)) for c in row.challenges),
        filing=_filed(row),
    )


def _filed(row: RevisionRow) -> Filing:
    """The filing of an assessment when this revision was its last."""
    signed: dict[Status, Signature] = {}
    for revision in row.assessment.revisions:
        if revision.version <= row.version:
            status = parse_status(revision.status)
            signed = {} if status is Status.draft else signed
            signed[status] = Signature(revision.signed_by, revision.signed_at)
    return Filing(
        id=row.assessment_id,
        version=row.version,
        status=parse_status(row.status),
        saved=signed[Status.draft],
        reviewed=signed.get(Status.reviewed),
        published=signed.get(Status.published),
        predecessor=row.assessment.predecessor,
    )


def _filing(assessment: Assessment) -> Filing:
    assert assessment.filing is not None, "read from the archive"
    return assessment.filing


def _told(assessment: Assessment) -> str:
    """What was last done with an assessment, by whom, when."""
    filing = _filing(assessment)
    return f"{'a draft saved' if filing.status is Status.draft else filing.status} by {filing.last}"
