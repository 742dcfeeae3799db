"""A survey keeps the questions it was sent with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("survey", sa.Column("questions", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("survey", "questions")
