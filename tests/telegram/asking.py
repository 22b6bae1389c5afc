"""Requests as PTB makes them, and what came of them."""

import traceback
from collections.abc import Awaitable

import pytest
from telegram.error import TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from .wire import TOKEN, Line

OK = b'{"ok":true,"result":true}'


def params(**values: object) -> RequestData:
    return RequestData([RequestParameter.from_input(key, value) for key, value in values.items()])


async def fault(call: Awaitable[object]) -> TelegramError:
    """The error that a call ends in, which never and nowhere mentions the token."""
    with pytest.raises(TelegramError) as caught:
        await call
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    link: BaseException | None = caught.value
    while link is not None:
        told += str(link) + repr(link)
        link = link.__cause__ or link.__context__
    assert TOKEN not in told
    return caught.value


async def answer_ok(line: Line) -> None:
    while True:
        await line.request()
        await line.answers(OK)
