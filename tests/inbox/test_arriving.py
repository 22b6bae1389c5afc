"""Which updates are kept, and which belong together."""

import pytest

from bot.arriving import ALLOWED_UPDATES, conversation, wanted
from tests.inbox.arrivals import ME, Json, message


def tap(chat: Json, **more: Json) -> Json:
    query = {"id": "1", "from": {"id": 7}, "message": {"message_id": 3, "chat": chat} | more}
    return {"update_id": 1, "callback_query": query}


PRIVATE = {"id": 7, "type": "private"}
GROUP = {"id": -100, "type": "supergroup"}

# What every message of a topic seems to answer, here one that the bot made.
CREATED = {"from": {"id": 42}, "forum_topic_created": {"name": "Portraits"}}


@pytest.mark.parametrize(
    ("raw", "kept", "whose"),
    [
        (message(1), True, "7:0:7"),
        (message(1, message_thread_id=5), True, "7:5:7"),
        (tap(PRIVATE), True, "7:0:7"),
        (tap(PRIVATE, message_thread_id=5), True, "7:5:7"),
        ({"update_id": 1, "callback_query": {"id": "1", "from": {"id": 7}}}, True, "0:0:7"),
        ({"update_id": 1, "my_chat_member": {"chat": PRIVATE, "from": {"id": 7}}}, True, "7:0:7"),
        (message(1, chat=GROUP), False, "-100:0:7"),
        (tap(GROUP), True, "-100:0:7"),
        ({"update_id": 1, "my_chat_member": {"chat": GROUP, "from": {"id": 7}}}, True, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar@avatar_bot"), True, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar@AVATAR_BOT as"), True, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar@other_bot"), False, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar"), False, "-100:0:7"),
        (message(1, chat=GROUP, text=None, caption="/avatar", photo=[{}]), True, "-100:0:7"),
        (message(1, chat=GROUP, text=None, caption="/avatar", document={}), True, "-100:0:7"),
        (message(1, chat=GROUP, text=None, caption="/avatar", video={}), False, "-100:0:7"),
        (message(1, chat=GROUP, text=None, caption="/help", photo=[{}]), False, "-100:0:7"),
        (message(1, chat=GROUP, text=["/avatar"]), False, "-100:0:7"),
        (
            message(1, chat=GROUP, text="/avatar", reply_to_message={"photo": [{}]}),
            True,
            "-100:0:7",
        ),
        (message(1, chat=GROUP, text="/avatar", reply_to_message={"text": "a"}), False, "-100:0:7"),
        (message(1, chat=GROUP, text="/avatar", reply_to_message=CREATED), False, "-100:0:7"),
        (message(1, chat=GROUP, reply_to_message=CREATED), False, "-100:0:7"),
        (message(1, chat=GROUP, reply_to_message={"from": {"id": 42}}), True, "-100:0:7"),
        (message(1, chat=GROUP, reply_to_message={"from": {"id": 43}}), False, "-100:0:7"),
        (message(1, chat=GROUP, reply_to_message="?"), False, "-100:0:7"),
        (message(1, chat=GROUP, migrate_to_chat_id=-1001), True, "-100:0:7"),
        (message(1, chat=GROUP, left_chat_member={"id": 8}), True, "-100:0:7"),
        (message(1, chat=GROUP, new_chat_members=[{"id": 8}]), False, "-100:0:7"),
        (
            message(1, chat=GROUP | {"type": "channel"}, text="/avatar@avatar_bot"),
            False,
            "-100:0:7",
        ),
        ({"update_id": 1, "edited_message": message(1)["message"]}, False, "7:0:7"),
        ({"update_id": 1, "channel_post": {"chat": PRIVATE}}, False, "7:0:0"),
        ({"update_id": 1}, False, "0:0:0"),
        ({"update_id": 1, "message": "?"}, True, "0:0:0"),
        (message(1, chat={"id": "\ud800", "type": "private"}), True, "0:0:7"),
        (message(1, chat="?"), True, "0:0:7"),
    ],
)
def test_what_is_kept_and_whose_it_is(raw: Json, kept: bool, whose: str) -> None:
    assert wanted(raw, ME) is kept
    assert conversation(raw) == whose


def test_telegram_is_asked_for_what_is_kept() -> None:
    kept = {"message", "callback_query", "my_chat_member"}
    assert set(ALLOWED_UPDATES) == kept | {"inline_query"}
