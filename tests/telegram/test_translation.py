"""What Telegram refuses with, in the words of `bot.errors`."""

import pytest
from telegram.error import RetryAfter, TelegramError

from bot import errors
from bot.errors import (
    CallRejected,
    ChatGone,
    ChatMoved,
    FileGone,
    MediaForbidden,
    MessageGone,
    NotSent,
    OutcomeUnknown,
    PollerConflict,
    RetryLater,
    TelegramFault,
    TokenRefused,
    TopicGone,
)
from bot.outbox import Outbox, translated
from tests.telegram.script import ANNA, GROUP, Telegram, fails, refusal, with_outbox

# What Telegram says: status, words, and what they mean to a send.
SAID: list[tuple[int, str, type[TelegramFault]]] = [
    (403, "Forbidden: bot was blocked by the user", ChatGone),
    (403, "Forbidden: user is deactivated", ChatGone),
    (403, "Forbidden: bot was kicked from the group chat", ChatGone),
    (403, "Forbidden: bot was kicked from the supergroup chat", ChatGone),
    (403, "Forbidden: bot is not a member of the supergroup chat", ChatGone),
    (403, "Forbidden: bot is not a member of the group chat", ChatGone),
    (403, "Forbidden: the group chat was deleted", ChatGone),
    (403, "Forbidden: bot can't initiate conversation with a user", ChatGone),
    (403, "Forbidden: bot can't send messages to bots", ChatGone),
    (400, "Bad Request: chat not found", ChatGone),
    (400, "Bad Request: private chat not found", ChatGone),
    (400, "Bad Request: PEER_ID_INVALID", ChatGone),
    (400, "Bad Request: user is deactivated", ChatGone),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", ChatGone),
    (400, "Bad Request: CHAT_RESTRICTED", ChatGone),
    (400, "Bad Request: CHANNEL_PRIVATE", ChatGone),
    (400, "Bad Request: have no write access to the chat", ChatGone),
    (400, "Bad Request: message to edit not found", MessageGone),
    (400, "Bad Request: message can't be edited", MessageGone),
    (400, "Bad Request: message media can't be edited", MessageGone),
    (400, "Bad Request: message to be replied not found", MessageGone),
    (400, "Bad Request: replied message not found", MessageGone),
    (400, "Bad Request: message to react not found", MessageGone),
    (400, "Bad Request: MESSAGE_ID_INVALID", MessageGone),
    (400, "Bad Request: REPLY_MESSAGE_ID_INVALID", MessageGone),
    (400, "Bad Request: message thread not found", TopicGone),
    (400, "Bad Request: TOPIC_CLOSED", TopicGone),
    (400, "Bad Request: TOPIC_DELETED", TopicGone),
    (400, "Bad Request: not enough rights to send photos to the chat", MediaForbidden),
    (400, "Bad Request: not enough rights to send documents to the chat", MediaForbidden),
    (400, "Bad Request: not enough rights to send text messages to the chat", MediaForbidden),
    (400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", MediaForbidden),
    (400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", MediaForbidden),
    (400, "Bad Request: CHAT_SEND_DOCS_FORBIDDEN", MediaForbidden),
    (400, "Bad Request: CHAT_SEND_MEDIA_FORBIDDEN", MediaForbidden),
    (400, "Bad Request: wrong file_id or the file is temporarily unavailable", FileGone),
    (400, "Bad Request: invalid file_id", FileGone),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", FileGone),
    (400, "Bad Request: wrong remote file identifier specified: can't unserialize it", FileGone),
    (400, "Bad Request: file is too big", FileGone),
    (400, "Bad Request: FILE_REFERENCE_EXPIRED", FileGone),
    (401, "Unauthorized", TokenRefused),
    (404, "Not Found", TokenRefused),
    (404, "Not Found: method not found", CallRejected),
    (409, "Conflict: terminated by other getUpdates request", PollerConflict),
    (400, "Bad Request: message text is empty", CallRejected),
    (400, "Bad Request: there is no text in the message to edit", CallRejected),
    (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", CallRejected),
    (403, "Forbidden: something new", CallRejected),
    (413, "Request Entity Too Large", CallRejected),
    (302, "Found", CallRejected),
    (500, "Internal Server Error: restart", OutcomeUnknown),
    (502, "Bad Gateway", OutcomeUnknown),
]


class TestTranslation:
    @pytest.mark.parametrize(("status", "words", "kind"), SAID)
    def test_what_telegram_says(self, status: int, words: str, kind: type[TelegramFault]) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await fails(outbox.send_text(ANNA, "hello"), kind)
            assert len(telegram.calls) == 1

        with_outbox(script, refusal(status, words))

    def test_a_group_that_became_a_supergroup(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            fault = await fails(outbox.send_text(GROUP, "hello"), ChatMoved)
            assert isinstance(fault, ChatMoved)
            assert fault.new_chat_id == -1009

        words = "Bad Request: group chat was upgraded to a supergroup chat"
        with_outbox(script, refusal(400, words, migrate_to_chat_id=-1009))

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_ptbs_own_way_to_say_429(self) -> None:
        fault = translated(RetryAfter(8))
        assert isinstance(fault, RetryLater)
        assert fault.seconds == 8

    def test_anything_else_is_unknown(self) -> None:
        assert type(translated(TelegramError("Invalid server response"))) is OutcomeUnknown

    @pytest.mark.parametrize("result", [True, None, 5, [], {}, {"message_id": "x"}])
    def test_a_result_that_makes_no_sense(self, result: object) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            await fails(outbox.send_photo(ANNA, "photo-id"), OutcomeUnknown)

        with_outbox(script, (200, {"ok": True, "result": result}))

    def test_every_kind_of_fault_is_told(self) -> None:
        told = {kind for _, _, kind in SAID} | {ChatMoved, RetryLater, NotSent}
        tree = {
            it
            for it in vars(errors).values()
            if isinstance(it, type) and issubclass(it, TelegramFault)
        }
        assert told == tree - {TelegramFault}
