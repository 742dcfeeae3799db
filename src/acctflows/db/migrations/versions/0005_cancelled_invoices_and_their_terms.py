"""Invoices can be cancelled, charge deposits, and carry what clients and services agree."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("client", _text("buyer_reference", 100))
    op.add_column("client", sa.Column("discount_percent", sa.BigInteger(), nullable=True))
    op.add_column("client", sa.Column("discount_days", sa.Integer(), nullable=True))
    op.add_column("project", _text("buyer_reference", 100))
    op.add_column("service", _text("exemption", 200))
    op.add_column("invoice", sa.Column("cancelled_on", sa.Date(), nullable=True))
    # Tables of their own: on SQLite a foreign key is added only by copying a table, and others
    # refer to the invoices.
    op.create_table(
        "cancellation",
        sa.Column("invoice_id", _ID, nullable=False),
        sa.Column("cancelled_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["cancelled_id"], ["invoice.id"], name=op.f("fk_cancellation_cancelled_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_cancellation_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_cancellation")),
        sa.UniqueConstraint("cancelled_id", name=op.f("uq_cancellation_cancelled_id")),
    )
    op.create_table(
        "deposit",
        sa.Column("invoice_id", _ID, nullable=False),
        sa.Column("contract_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["document.id"], name=op.f("fk_deposit_contract_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_deposit_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_deposit")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_deposit_contract_id")),
    )


def downgrade() -> None:
    op.drop_table("deposit")
    op.drop_table("cancellation")
    op.drop_column("invoice", "cancelled_on")
    op.drop_column("service", "exemption")
    op.drop_column("project", "buyer_reference")
    for column in ("discount_days", "discount_percent", "buyer_reference"):
        op.drop_column("client", column)


def _text(name: str, length: int) -> sa.Column[str]:
    # The rows that are there get the empty text; new ones get it from the model.
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")
