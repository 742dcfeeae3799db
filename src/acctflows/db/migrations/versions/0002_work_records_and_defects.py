"""Work records, the defects a client names, and matters of a whole project."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "work_record",
        sa.Column("id", _ID, nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("service_id", _ID, nullable=True),
        sa.Column("milestone_id", _ID, nullable=True),
        sa.Column("specialist_id", _ID, nullable=True),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "hour",
                "day",
                "month",
                "piece",
                "lump_sum",
                name="unit_values",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("billable", sa.Boolean(), nullable=False),
        sa.Column("document_id", _ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_work_record_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestone.id"], name=op.f("fk_work_record_milestone_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_work_record_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_work_record_service_id")
        ),
        sa.ForeignKeyConstraint(
            ["specialist_id"], ["specialist.id"], name=op.f("fk_work_record_specialist_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_record")),
        sa.UniqueConstraint("reference", name=op.f("uq_work_record_reference")),
    )
    for column in ("project_id", "done_on", "document_id"):
        op.create_index(op.f(f"ix_work_record_{column}"), "work_record", [column], unique=False)

    op.create_table(
        "defect",
        sa.Column("id", _ID, nullable=False),
        sa.Column("decision_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("cured_on", sa.Date(), nullable=True),
        sa.Column("cured_note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["client_decision.id"], name=op.f("fk_defect_decision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defect")),
        sa.UniqueConstraint("decision_id", "position", name=op.f("uq_defect_decision_id_position")),
    )
    op.create_index(op.f("ix_defect_decision_id"), "defect", ["decision_id"], unique=False)

    # SQLite adds no foreign key to a table that is there, so batch mode copies it; nothing refers
    # to it, and it has no triggers or checks that a copy could lose.
    with op.batch_alter_table("work_item") as batch:
        batch.add_column(sa.Column("project_id", _ID, nullable=True))
        batch.create_foreign_key(op.f("fk_work_item_project_id"), "project", ["project_id"], ["id"])
        batch.create_index(op.f("ix_work_item_project_id"), ["project_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("work_item") as batch:
        batch.drop_index(op.f("ix_work_item_project_id"))
        batch.drop_constraint(op.f("fk_work_item_project_id"), type_="foreignkey")
        batch.drop_column("project_id")
    op.drop_index(op.f("ix_defect_decision_id"), "defect")
    op.drop_table("defect")
    for column in ("document_id", "done_on", "project_id"):
        op.drop_index(op.f(f"ix_work_record_{column}"), "work_record")
    op.drop_table("work_record")
