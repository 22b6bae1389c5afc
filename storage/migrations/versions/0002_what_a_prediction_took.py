"""What a prediction took, as this side saw it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("seconds", sa.Float))
    op.execute("UPDATE orders SET seconds = predict_seconds")


def downgrade() -> None:
    op.drop_column("orders", "seconds")
