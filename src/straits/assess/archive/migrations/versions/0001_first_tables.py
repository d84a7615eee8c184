"""The first tables: protocols, assessments, their revisions, challenges and answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "protocols",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("questions", sa.JSON, nullable=False),
        sa.Column("outcomes", sa.JSON, nullable=False),
        sa.Column("repeats", sa.Boolean, nullable=False),
        sa.UniqueConstraint("name", "version", "digest"),
    )
    op.create_table(
        "assessments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("predecessor", sa.Integer, sa.ForeignKey("assessments.id"), unique=True),
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("assessment_id", sa.Integer, sa.ForeignKey("assessments.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("signed_by", sa.String, nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("protocol_id", sa.Integer, sa.ForeignKey("protocols.id"), nullable=False),
        sa.Column("subject", sa.String, nullable=False, index=True),
        sa.Column("dependent", sa.String, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("technical_expert", sa.String, nullable=False),
        sa.Column("country_expert", sa.String, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.UniqueConstraint("assessment_id", "version"),
        sa.CheckConstraint("status in ('draft', 'reviewed', 'published')", name="status"),
    )
    op.create_table(
        "challenges",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("revision_id", sa.Integer, sa.ForeignKey("revisions.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.UniqueConstraint("revision_id", "name"),
    )
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("revision_id", sa.Integer, sa.ForeignKey("revisions.id"), nullable=False),
        sa.Column("challenge_id", sa.Integer, sa.ForeignKey("challenges.id")),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("levels", sa.JSON, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("rationale", sa.String, nullable=False),
        sa.UniqueConstraint("revision_id", "challenge_id", "question"),
        sa.CheckConstraint("basis in ('stated', 'derived', 'judged')", name="basis"),
    )
