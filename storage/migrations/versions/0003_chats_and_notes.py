"""What the bot knows of groups, its own messages there, and pictures without their files."""

import sqlalchemy as sa
from alembic import op

revision = "0003_chats"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, nullable=False, unique=True),
        sa.Column("title", sa.String, nullable=False, server_default=""),
        sa.Column("is_forum", sa.Integer, nullable=False, server_default="0"),
        sa.Column("added_by", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("size", sa.Integer),
        sa.Column("hello_at", sa.Float),
        sa.Column("told_at", sa.Float),
        sa.Column("left_at", sa.Float),
        sa.Column("changed_at", sa.Float, nullable=False, server_default="0"),
        sa.Column("allowance", sa.String, nullable=False, server_default=""),
        sa.Column("settings", sa.Text, nullable=False, server_default="{}"),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("about", sa.Integer, nullable=False),
        sa.Column("place_id", sa.BigInteger, nullable=False),
        sa.Column("thread_id", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("reply_to", sa.BigInteger),
        sa.Column("text", sa.Text, nullable=False, server_default=""),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("rendered_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("render_at", sa.Float, nullable=False, server_default="0"),
        sa.Column("attempted", sa.Integer, nullable=False, server_default="0"),
        sa.Column("delete_at", sa.Float),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    behind, to_delete = sa.text("version > rendered_version"), sa.text("delete_at IS NOT NULL")
    op.create_index("notes_about", "notes", ["about"])
    op.create_index("notes_there", "notes", ["place_id", "message_id"])
    op.create_index(
        "notes_behind", "notes", ["render_at"], sqlite_where=behind, postgresql_where=behind
    )
    op.create_index(
        "notes_to_delete", "notes", ["delete_at"], sqlite_where=to_delete, postgresql_where=to_delete
    )
    wanted = sa.Column("file_wanted", sa.Integer, nullable=False, server_default="1")
    op.add_column("pictures", wanted)


def downgrade() -> None:
    op.drop_column("pictures", "file_wanted")
    op.drop_table("notes")
    op.drop_table("chats")
