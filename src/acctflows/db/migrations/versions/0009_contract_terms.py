"""Terms of concluded contracts, notices of either side, framework contracts and change orders."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    # SQLite adds no foreign key or check to a table that is there, so batch mode copies it.
    kind = _one_of("agreement_values", "single", "framework", "order", "change")
    with op.batch_alter_table("contract") as batch:
        batch.add_column(sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("agreement", kind, nullable=False, server_default="single"))
        batch.add_column(sa.Column("refers_to_id", _ID, nullable=True))
        batch.create_foreign_key(
            op.f("fk_contract_refers_to_id"), "contract", ["refers_to_id"], ["id"]
        )
        batch.create_index(op.f("ix_contract_refers_to_id"), ["refers_to_id"], unique=False)
    op.create_table(
        "contract_term",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contract_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_term_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_term")),
        sa.UniqueConstraint(
            "contract_id", "number", name=op.f("uq_contract_term_contract_id_number")
        ),
    )
    op.create_table(
        "contract_notice",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contract_id", _ID, nullable=False),
        sa.Column("party", _one_of("noticeparty_values", "agency", "client"), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column(
            "channel",
            _one_of("noticechannel_values", "email", "letter", "handed_over", "other"),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_notice_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_notice")),
    )
    op.create_index(op.f("ix_contract_notice_contract_id"), "contract_notice", ["contract_id"])
    op.create_index(
        op.f("uq_contract_notice_standing"),
        "contract_notice",
        ["contract_id", "party", "received_on"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at is null"),
        postgresql_where=sa.text("withdrawn_at is null"),
    )


def downgrade() -> None:
    op.drop_table("contract_notice")
    op.drop_table("contract_term")
    with op.batch_alter_table("contract") as batch:
        batch.drop_index(op.f("ix_contract_refers_to_id"))
        batch.drop_constraint(op.f("fk_contract_refers_to_id"), type_="foreignkey")
        batch.drop_constraint(op.f("ck_contract_agreement_values"), type_="check")
        for column in ("refers_to_id", "agreement", "concluded_at"):
            batch.drop_column(column)
