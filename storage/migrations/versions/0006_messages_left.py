"""Orders: how many messages and edits each may cost its group."""

import sqlalchemy as sa
from alembic import op

revision = "0006_messages_left"
down_revision = "0005_round_troubles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    left = sa.Column("messages_left", sa.Integer, nullable=False, server_default="5")
    op.add_column("orders", left)


def downgrade() -> None:
    op.drop_column("orders", "messages_left")
