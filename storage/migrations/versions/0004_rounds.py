"""Rounds: the avatar of a whole group."""

import sqlalchemy as sa
from alembic import op

revision = "0004_rounds"
down_revision = "0003_chats"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("round_id", sa.Integer))
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("thread_id", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("look", sa.String),
        sa.Column("state", sa.String, nullable=False, server_default="asking"),
        sa.Column("question", sa.String, nullable=False, server_default=""),
        sa.Column("composed", sa.Text, nullable=False, server_default=""),
        sa.Column("file_id", sa.String),
        sa.Column("command", sa.BigInteger),
        sa.Column("card_message_id", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("rendered_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("urgent_version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("shown_at", sa.Float, nullable=False, server_default="0"),
        sa.Column("opened_at", sa.Float, nullable=False),
        sa.Column("closes_at", sa.Float, nullable=False),
    )
    _index("rounds_under_way", "rounds", "chat_id", "state IN ('asking', 'open')", unique=True)
    _index("rounds_behind", "rounds", "id", "version > rendered_version")
    op.create_table(
        "round_members",
        sa.Column("round_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("order_id", sa.Integer),
        sa.Column("joined_at", sa.Float, nullable=False, server_default="0"),
        sa.Column("selfie_until", sa.Float, nullable=False, server_default="0"),
        sa.Column("wants_file", sa.Integer, nullable=False, server_default="0"),
        sa.Column("file_message_id", sa.BigInteger),
    )
    _index("round_members_drawing", "round_members", "round_id", "state = 'drawing'")
    _index("round_members_waiting", "round_members", "round_id", "wants_file = 1")
    _index("round_members_selfies", "round_members", "user_id", "selfie_until > 0")


def _index(name: str, table: str, column: str, where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, [column], unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def downgrade() -> None:
    op.drop_table("round_members")
    op.drop_table("rounds")
    op.drop_column("orders", "round_id")
