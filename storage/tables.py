"""The tables. Times are Unix seconds; JSON is text, so that every database stores it alike."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)

from bot.domain.order import UNFINISHED, OrderState

METADATA: Final = MetaData()

# What has to be shown: the message that stands for a row is older than the row.
_BEHIND: Final = "version > rendered_version"


def _partial(
    name: str, where: str | TextClause, *columns: Column[Any], unique: bool = False
) -> None:
    """An index over the rows that meet a condition.

    It is used only where a question holds the condition word for word.
    """
    condition = text(where) if isinstance(where, str) else where
    Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


updates: Final = Table(
    "updates",
    METADATA,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("conversation", String, nullable=False),
    # Purged when handled; the id stays for as long as Telegram may send the update again.
    Column("body", Text),
    Column("state", String, nullable=False, server_default="waiting"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("due_at", Float, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("lease", String),
    Column("leased_until", Float, nullable=False, server_default="0"),
)
_partial("updates_waiting", "state = 'waiting'", updates.c.conversation, updates.c.update_id)
_partial("updates_in_order", "state = 'waiting'", updates.c.update_id)
Index("updates_received", updates.c.received_at)

people: Final = Table(
    "people",
    METADATA,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("first_name", String, nullable=False, server_default=""),
    Column("language", String, nullable=False, server_default="en"),
    Column("person", String, nullable=False, server_default="person"),
    Column("consented_at", Float),
    Column("blocked_at", Float),
    Column("is_admin", Integer, nullable=False, server_default="0"),
    Column("seen_at", Float, nullable=False),
)

drafts: Final = Table(
    "drafts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    # 0 stands for no thread: NULLs would not be unique.
    Column("thread_id", BigInteger, nullable=False, server_default="0"),
    Column("user_id", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("rendered_version", Integer, nullable=False, server_default="0"),
    Column("render_at", Float, nullable=False, server_default="0"),
    Column("unchecked", Integer, nullable=False, server_default="0"),
    Column("card_message_id", BigInteger),
    Column("stale_cards", Text, nullable=False, server_default="[]"),
    # The person's newest message: a card with a smaller id lies above it.
    Column("newest_message", BigInteger, nullable=False, server_default="0"),
    Column("updated_at", Float, nullable=False),
    UniqueConstraint("chat_id", "thread_id", "user_id", name="drafts_whose"),
)
_partial("drafts_behind", _BEHIND, drafts.c.render_at)
_partial("drafts_unchecked", "unchecked > 0", drafts.c.id)

orders: Final = Table(
    "orders",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False, server_default="0"),
    Column("user_id", BigInteger, nullable=False),
    Column("photos", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("credits", Integer, nullable=False),
    Column("usd", Float, nullable=False),
    Column("state", String, nullable=False, server_default="queued"),
    Column("hold", String, nullable=False, server_default=""),
    Column("failure", String),
    Column("detail", String),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Float, nullable=False, server_default="0"),
    Column("photo_urls", Text),
    Column("prediction_id", String, unique=True),
    Column("cancel_requested", Integer, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
    Column("submitted_at", Float),
    Column("drawn_at", Float),
    Column("ended_at", Float),
    # What the provider says and bills; what it took as this side saw it, from which is learned.
    Column("predict_seconds", Float),
    Column("seconds", Float),
    Column("work", Float, nullable=False),
    Column("shown_picture", Integer, nullable=False, server_default="0"),
    Column("page", String, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("rendered_version", Integer, nullable=False, server_default="0"),
    Column("render_at", Float, nullable=False, server_default="0"),
    Column("card_message_id", BigInteger),
    Column("reply_to", BigInteger),
    # Its picture is a face of a round, which shows it.
    Column("round_id", Integer),
    # What it might cost a group, in messages and edits (bot.domain.group), when it was made.
    Column("messages_left", Integer, nullable=False, server_default="5"),
    # What the group has read of it while it is under way (bot.domain.order.Told).
    Column("told", Integer, nullable=False, server_default="0"),
    Column("claim", String),
    Column("claimed_until", Float, nullable=False, server_default="0"),
)
_STATES: Final = ", ".join(f"'{state}'" for state in OrderState if state in UNFINISHED)
UNFINISHED_ROWS: Final = text(f"state IN ({_STATES})")
_partial("orders_unfinished", UNFINISHED_ROWS, orders.c.id)
_partial("orders_behind", _BEHIND, orders.c.render_at)
Index("orders_of_person", orders.c.user_id, orders.c.created_at)
Index("orders_of_chat", orders.c.chat_id, orders.c.created_at)
Index("orders_of_card", orders.c.chat_id, orders.c.card_message_id)
Index("orders_created", orders.c.created_at)
_partial("orders_drawn", "drawn_at IS NOT NULL", orders.c.drawn_at)

pictures: Final = Table(
    "pictures",
    METADATA,
    Column("order_id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
    # Telegram's ids: of the picture shown, and of the untouched file.
    Column("photo_file_id", String),
    Column("reply_message_id", BigInteger),
    Column("document_file_id", String),
    # 0 where a group's admins want pictures without their files, until somebody asks for it.
    Column("file_wanted", Integer, nullable=False, server_default="1"),
)
Index("pictures_of_file", pictures.c.reply_message_id)

chats: Final = Table(
    "chats",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False, unique=True),
    Column("title", String, nullable=False, server_default=""),
    Column("is_forum", Integer, nullable=False, server_default="0"),
    Column("added_by", BigInteger, nullable=False, server_default="0"),
    Column("size", Integer),
    Column("hello_at", Float),
    Column("told_at", Float),
    Column("left_at", Float),
    # When the bot came or went, as Telegram dates it.
    Column("changed_at", Float, nullable=False, server_default="0"),
    Column("allowance", String, nullable=False, server_default=""),
    Column("settings", Text, nullable=False, server_default="{}"),
)

notes: Final = Table(
    "notes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("about", Integer, nullable=False),
    Column("place_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False, server_default="0"),
    Column("user_id", BigInteger, nullable=False),
    Column("reply_to", BigInteger),
    Column("text", Text, nullable=False, server_default=""),
    Column("message_id", BigInteger),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("rendered_version", Integer, nullable=False, server_default="0"),
    Column("render_at", Float, nullable=False, server_default="0"),
    Column("attempted", Integer, nullable=False, server_default="0"),
    Column("delete_at", Float),
    Column("created_at", Float, nullable=False),
)
Index("notes_about", notes.c.about)
Index("notes_there", notes.c.place_id, notes.c.message_id)
_partial("notes_behind", _BEHIND, notes.c.render_at)
_partial("notes_to_delete", "delete_at IS NOT NULL", notes.c.delete_at)

rounds: Final = Table(
    "rounds",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False, server_default="0"),
    # 0 stands for an anonymous administrator.
    Column("user_id", BigInteger, nullable=False),
    Column("name", String, nullable=False),
    Column("title", String, nullable=False),
    Column("words", Text, nullable=False),
    Column("look", String),
    Column("state", String, nullable=False, server_default="asking"),
    Column("question", String, nullable=False, server_default=""),
    Column("hold", String, nullable=False, server_default=""),
    Column("composed", Text, nullable=False, server_default=""),
    Column("file_id", String),
    Column("command", BigInteger),
    Column("card_message_id", BigInteger),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("rendered_version", Integer, nullable=False, server_default="0"),
    # Of the newest change for which somebody waits.
    Column("urgent_version", Integer, nullable=False, server_default="1"),
    Column("shown_at", Float, nullable=False, server_default="0"),
    Column("opened_at", Float, nullable=False),
    Column("closes_at", Float, nullable=False),
)
ROUNDS_UNDER_WAY: Final = text("state IN ('asking', 'open')")
_partial("rounds_under_way", ROUNDS_UNDER_WAY, rounds.c.chat_id, unique=True)
_partial("rounds_behind", _BEHIND, rounds.c.id)

round_members: Final = Table(
    "round_members",
    METADATA,
    Column("round_id", Integer, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("told", Integer, nullable=False, server_default="0"),
    Column("order_id", Integer),
    Column("failure", String),
    Column("joined_at", Float, nullable=False, server_default="0"),
    # Until when a photo in the private chat is for the round.
    Column("selfie_until", Float, nullable=False, server_default="0"),
    # The person's own PNG, on its way into their private chat.
    Column("wants_file", Integer, nullable=False, server_default="0"),
    Column("file_message_id", BigInteger),
)
MEMBERS_DRAWING: Final = text("state = 'drawing'")
MEMBERS_WAITING: Final = text("wants_file = 1")
MEMBERS_ASKED_FOR_SELFIE: Final = text("selfie_until > 0")
_partial("round_members_drawing", MEMBERS_DRAWING, round_members.c.round_id)
_partial("round_members_waiting", MEMBERS_WAITING, round_members.c.round_id)
_partial("round_members_selfies", MEMBERS_ASKED_FOR_SELFIE, round_members.c.user_id)

hosted: Final = Table(
    "hosted",
    METADATA,
    Column("unique_id", String, primary_key=True),
    Column("upload_id", String, nullable=False),
    Column("public_url", Text, nullable=False),
    Column("expires_at", Float, nullable=False),
)
Index("hosted_expires", hosted.c.expires_at)

requests: Final = Table(
    "requests",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
)
Index("requests_at", requests.c.at)

facts: Final = Table(
    "facts",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
