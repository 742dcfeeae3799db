"""Credits can be paid back to the client."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "payout",
        sa.Column("payment_id", _ID, nullable=False),
        sa.Column("credit_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["credit_id"], ["payment.id"], name=op.f("fk_payout_credit_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payout_payment_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payout")),
    )
    op.create_index(op.f("ix_payout_credit_id"), "payout", ["credit_id"])


def downgrade() -> None:
    op.drop_table("payout")
