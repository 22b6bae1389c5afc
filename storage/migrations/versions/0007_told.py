"""Orders: what their group has read of them while they are under way."""

import sqlalchemy as sa
from alembic import op

revision = "0007_told"
down_revision = "0006_messages_left"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("told", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("orders", "told")
