"""The outbox when Telegram says 429, or doesn't answer at all."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from bot.errors import (
    NotSent,
    OutcomeUnknown,
    RetryLater,
)
from bot.outbox import Outbox, Priority
from tests.telegram.script import (
    ANNA,
    BEN,
    GROUP,
    NO_ANSWER,
    NO_CONNECTION,
    Answer,
    Telegram,
    _result,
    fails,
    flood,
    refusal,
    with_outbox,
)

from .virtual import now


class TestFlood:
    def test_a_short_delay_is_sat_out_in_order_and_by_its_chat_only(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            first = asyncio.create_task(outbox.send_text(ANNA, "first"))
            await asyncio.sleep(0.05)
            second = asyncio.create_task(outbox.send_text(ANNA, "second"))
            await asyncio.sleep(0.1)
            await outbox.send_text(BEN, "other")
            await asyncio.gather(first, second)
            texts = [(call.params["text"], round(call.at)) for call in telegram.calls]
            assert texts == [("first", 0), ("other", 0), ("first", 5), ("second", 5)]

        with_outbox(script, flood(5))

    def test_without_a_number_it_is_five_seconds(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await outbox.send_text(ANNA, "hi")
            assert [round(call.at) for call in telegram.calls] == [0, 5]

        with_outbox(script, (429, b"<html>slow down</html>"))

    def test_a_long_one_is_for_a_database(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            fault = await fails(outbox.send_text(ANNA, "hi"), RetryLater)
            assert isinstance(fault, RetryLater)
            assert fault.seconds == 3600
            await asyncio.sleep(600)
            with pytest.raises(RetryLater) as caught:
                await outbox.edit_text(ANNA, 7, "hi")
            assert caught.value.seconds == pytest.approx(3000, abs=0.2)
            with pytest.raises(RetryLater):
                await outbox.delete(ANNA, 7)
            assert len(telegram.calls) == 1
            await outbox.send_text(BEN, "hi")
            await asyncio.sleep(3000)
            await outbox.send_text(ANNA, "hi")
            assert len(telegram.calls) == 3

        with_outbox(script, flood(3600))

    def test_in_slow_mode_a_groups_edits_go_out(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            first, second, edited = await asyncio.gather(
                outbox.send_text(GROUP, "first"),
                outbox.send_text(GROUP, "second"),
                outbox.edit_caption(GROUP, 7, "hi"),
                return_exceptions=True,
            )
            assert isinstance(first, RetryLater)
            assert isinstance(second, RetryLater)
            assert edited is True
            assert await outbox.edit_to_photo(GROUP, 7, b"bytes")
            await outbox.delete(GROUP, 8)
            with pytest.raises(RetryLater):
                await outbox.send_text(GROUP, "third")
            assert telegram.methods == [
                "sendMessage",
                "editMessageCaption",
                "editMessageMedia",
                "deleteMessage",
            ]
            # A flood holds back everything.
            telegram.prepared = [flood(600)]
            await fails(outbox.edit_text(GROUP, 7, "hi"), RetryLater)
            with pytest.raises(RetryLater):
                await outbox.edit_text(GROUP, 9, "hi")
            assert len(telegram.calls) == 5

        with_outbox(script, flood(3600))

    def test_short_ones_do_not_add_up_for_ever(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await fails(outbox.send_text(ANNA, "hi"), RetryLater)
            assert len(telegram.calls) == 4
            assert 30 < now() < 32

        with_outbox(script, *[flood(10)] * 9)

    def test_of_a_call_that_no_limit_counts(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            deleting = asyncio.create_task(outbox.delete(ANNA, 7))
            await asyncio.sleep(0.5)
            await asyncio.gather(outbox.send_text(ANNA, "hi"), outbox.send_text(BEN, "hi"))
            assert await deleting
            assert [(call.method, round(call.at)) for call in telegram.calls[1:2]] == [
                ("sendMessage", 0)
            ]
            assert sorted(round(call.at) for call in telegram.calls) == [0, 0, 5, 5]

        with_outbox(script, flood(5))

    def test_a_long_one_of_such_a_call_is_its_own_affair(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            with pytest.raises(RetryLater, match="3600"):
                await outbox.react(GROUP, 7, "👀")
            assert await outbox.send_text(GROUP, "hi") == 77
            assert now() < 1

        with_outbox(script, flood(3600))

    def test_of_a_call_without_a_chat(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await outbox.open_file("f")
            assert [round(call.at) for call in telegram.calls] == [0, 5]
            with pytest.raises(RetryLater, match="3600"):
                await outbox.answer("q")

        with_outbox(script, flood(5), (200, _result("getFile")), flood(3600))


class TestTrouble:
    def test_what_was_not_sent_is_sent_again(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            assert await outbox.send_text(ANNA, "hi") == 77
            assert len(telegram.calls) == 4

        with_outbox(script, *[NO_CONNECTION] * 3)

    def test_but_not_for_ever(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await fails(outbox.send_text(ANNA, "hi"), NotSent)
            assert 5 <= len(telegram.calls) <= 6
            assert 12 < now() < 21

        with_outbox(script, *[NO_CONNECTION] * 99)

    def test_nothing_else_of_the_chat_overtakes_it(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await asyncio.gather(
                outbox.send_text(ANNA, "first", priority=Priority.PROGRESS),
                outbox.send_text(ANNA, "second"),
            )
            texts = [call.params["text"] for call in telegram.calls]
            assert texts == ["first", "first", "second"]

        with_outbox(script, NO_CONNECTION)

    def test_a_send_whose_outcome_is_unknown_is_not_repeated(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            await fails(outbox.send_document(ANNA, "file"), OutcomeUnknown)
            assert len(telegram.calls) == 1

        with_outbox(script, NO_ANSWER)

    @pytest.mark.parametrize("trouble", [NO_ANSWER, refusal(502, "Bad Gateway"), (200, b"<html>")])
    def test_harmless_calls_are(self, trouble: Answer) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            calls: list[Coroutine[Any, Any, object]] = [
                outbox.edit_text(ANNA, 7, "hi"),
                outbox.edit_to_photo(ANNA, 7, b"bytes"),
                outbox.delete(ANNA, 7),
                outbox.action(ANNA, None, "typing"),
                outbox.answer("q"),
                outbox.react(ANNA, 7, "👀"),
                outbox.open_file("f"),
            ]
            for number, call in enumerate(calls, start=1):
                telegram.prepared = [trouble]
                await call
                assert len(telegram.calls) == 2 * number

        with_outbox(script)

    def test_a_repeated_edit_that_had_worked_is_fine(self) -> None:
        async def script(outbox: Outbox, _: Telegram) -> None:
            assert await outbox.edit_text(ANNA, 7, "hi")

        with_outbox(script, NO_ANSWER, refusal(400, "Bad Request: message is not modified"))

    def test_a_lost_connection_frees_the_place_it_had(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            telegram.latency = 0
            failing = [asyncio.create_task(outbox.send_text(i, "hi")) for i in range(1, 6)]
            await asyncio.sleep(0.1)
            await outbox.send_text(99, "hi")
            assert now() == pytest.approx(0.1)
            await asyncio.gather(*failing)

        with_outbox(script, *[NO_CONNECTION] * 5, messages_per_second=1)

    def test_closing_ends_the_repeats(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            telegram.latency = 0  # what is on its way at the close would end a little later
            sending = asyncio.create_task(outbox.send_text(ANNA, "hi"))
            deleting = asyncio.create_task(outbox.delete(BEN, 7))
            await asyncio.sleep(4)
            await outbox.close()
            await fails(sending, NotSent)
            await fails(deleting, NotSent)
            assert now() == pytest.approx(4)
            await fails(outbox.send_text(BEN, "hi"), NotSent)

        with_outbox(script, *[NO_CONNECTION] * 99)

    def test_closing_waits_for_what_is_on_its_way(self) -> None:
        async def script(outbox: Outbox, telegram: Telegram) -> None:
            telegram.latency = 5
            sending = asyncio.create_task(outbox.send_text(ANNA, "hi"))
            await asyncio.sleep(1)
            await outbox.close()
            assert now() == 5
            assert await sending == 77

        with_outbox(script)
