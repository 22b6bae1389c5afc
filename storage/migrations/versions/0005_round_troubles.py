"""Rounds: why drawings wait, why somebody's failed, and what who joins was told."""

import sqlalchemy as sa
from alembic import op

revision = "0005_round_troubles"
down_revision = "0004_rounds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rounds", sa.Column("hold", sa.String, nullable=False, server_default=""))
    op.add_column("round_members", sa.Column("failure", sa.String))
    told = sa.Column("told", sa.Integer, nullable=False, server_default="0")
    op.add_column("round_members", told)


def downgrade() -> None:
    op.drop_column("round_members", "told")
    op.drop_column("round_members", "failure")
    op.drop_column("rounds", "hold")
