"""Surveys with their links, and the day a project closed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("id", _ID, nullable=False),
        sa.Column("questionnaire", sa.String(length=40), nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("basis_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_survey_contact_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_survey_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
        sa.UniqueConstraint(
            "questionnaire",
            "project_id",
            "contact_id",
            name=op.f("uq_survey_questionnaire_project_id_contact_id"),
        ),
    )
    for column in ("answered_at", "contact_id", "expires_at", "invited_at", "project_id"):
        op.create_index(op.f(f"ix_survey_{column}"), "survey", [column], unique=False)

    op.create_table(
        "survey_link",
        sa.Column("id", _ID, nullable=False),
        sa.Column("survey_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_survey_link_survey_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_link")),
        sa.UniqueConstraint("survey_id", "number", name=op.f("uq_survey_link_survey_id_number")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_survey_link_token_sha256")),
    )

    op.add_column("project", sa.Column("closed_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_project_closed_on"), "project", ["closed_on"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_project_closed_on"), "project")
    op.drop_column("project", "closed_on")
    op.drop_table("survey_link")
    for column in ("answered_at", "contact_id", "expires_at", "invited_at", "project_id"):
        op.drop_index(op.f(f"ix_survey_{column}"), "survey")
    op.drop_table("survey")
