"""The tables of the archive.

An assessment is a row that names its current version; each version is a revision with all its answers.  Revisions are
only ever added, so what was saved, reviewed or published stays as it was, and the one row that changes is guarded by
its version (optimistic locking).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, DateTime, ForeignKey, MetaData, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

VERSION_TABLE = "assessments_schema"  # of our own: a team's database may hold other tables with migrations

STATUS = "status in ('draft', 'reviewed', 'published')"
BASIS = "basis in ('stated', 'derived', 'judged')"


class Moment(TypeDecorator[dt.datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it is put on and off here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """To UTC."""
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Back, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """The tables below."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {dt.datetime: Moment}  # noqa: RUF012


class ProtocolRow(Base):
    """A protocol's version, with the scales of its questions."""

    __tablename__ = "protocols"
    __table_args__ = (UniqueConstraint("name", "version", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    digest: Mapped[str]
    questions: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    outcomes: Mapped[list[str]] = mapped_column(JSON)
    repeats: Mapped[bool]


class AssessmentRow(Base):
    """An assessment: which version is current, and which assessment it succeeds (each has one successor at most)."""

    __tablename__ = "assessments"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    predecessor: Mapped[int | None] = mapped_column(ForeignKey("assessments.id"), unique=True)
    revisions: Mapped[list[RevisionRow]] = relationship(
        back_populates="assessment", order_by=lambda: RevisionRow.version
    )

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class RevisionRow(Base):
    """One version of an assessment, complete; ``status`` says what was done: saved (draft), reviewed, published."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("assessment_id", "version"), CheckConstraint(STATUS, name="status"))

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessments.id"))
    version: Mapped[int]
    status: Mapped[str]
    signed_by: Mapped[str]
    signed_at: Mapped[dt.datetime]
    protocol_id: Mapped[int] = mapped_column(ForeignKey("protocols.id"))
    subject: Mapped[str] = mapped_column(index=True)
    dependent: Mapped[str]
    provider: Mapped[str]
    technical_expert: Mapped[str]
    country_expert: Mapped[str]
    date: Mapped[dt.date]

    assessment: Mapped[AssessmentRow] = relationship(back_populates="revisions")
    protocol: Mapped[ProtocolRow] = relationship()
    challenges: Mapped[list[ChallengeRow]] = relationship()
    answers: Mapped[list[AnswerRow]] = relationship()


class ChallengeRow(Base):
    """A challenge of one revision."""

    __tablename__ = "challenges"
    __table_args__ = (UniqueConstraint("revision_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    name: Mapped[str]
    title: Mapped[str]
    outcome: Mapped[str]


class AnswerRow(Base):
    """An answer of one revision, to a question of the protocol itself or (``challenge``) of one challenge."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("revision_id", "challenge_id", "question"),
        CheckConstraint(BASIS, name="basis"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenges.id"))
    question: Mapped[str]
    levels: Mapped[list[str]] = mapped_column(JSON)
    basis: Mapped[str]
    evidence: Mapped[list[str]] = mapped_column(JSON)
    rationale: Mapped[str]

    challenge: Mapped[ChallengeRow | None] = relationship()
