"""No secret gets into a log, by whichever way."""

import io
import logging
from collections.abc import Iterator

import pytest

from bot.telemetry import SecretFormatter, set_up_logging

TOKEN = "123456789:AAExampleExampleExampleExampleExam1"
KEY = "key/with+signs=="


@pytest.fixture
def line() -> Iterator[io.StringIO]:
    """What is written to the log of a logger of its own."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SecretFormatter([KEY, ""]))
    LOG.addHandler(handler)
    LOG.propagate = False
    yield stream
    LOG.removeHandler(handler)


LOG = logging.getLogger("tests.telemetry")


def test_in_the_message(line: io.StringIO) -> None:
    LOG.warning(f"GET https://api.telegram.org/bot{TOKEN}/getMe with {KEY}")  # noqa: G004
    assert "GET https://api.telegram.org/bot***/getMe with ***" in line.getvalue()


def test_a_proxys_password(line: io.StringIO) -> None:
    LOG.warning("no connection to http://me:s3cret@proxy.example:3128/ at 12:30")
    assert "to http://***@proxy.example:3128/ at 12:30" in line.getvalue()


def test_what_makes_an_address_a_key(line: io.StringIO) -> None:
    """Whoever reads a log can't open somebody's photo with what stands there."""
    for words in (
        "could not download https://bot.example/photos/WyJmIiwidSJd.Xy-z_1, sorry",
        "POST https://bot.example/eachlabs/MTIz.Q2hhbGxlbmdlLWFuZC1yZXNwb25zZQ",
        "GET https://cdn.example/a.png?X-Signature=abc&Expires=1 took 3 s",
    ):
        LOG.warning("%s", words)
    assert [told.split(": ", 1)[1] for told in line.getvalue().splitlines()] == [
        "could not download https://bot.example/photos/***, sorry",
        "POST https://bot.example/eachlabs/***",
        "GET https://cdn.example/a.png?*** took 3 s",
    ]


def test_in_the_arguments(line: io.StringIO) -> None:
    LOG.warning("%s and %r", KEY, {"url": f"/bot{TOKEN}/x"})
    assert "*** and {'url': '/bot***/x'}" in line.getvalue()


def test_quoted_as_in_a_url(line: io.StringIO) -> None:
    LOG.warning("/bot%s/getMe", TOKEN.replace(":", "%3A"))
    assert "/bot***/getMe" in line.getvalue()


def test_in_a_traceback_and_its_causes(line: io.StringIO) -> None:
    def connect() -> None:
        raise ValueError(f"connecting to /bot{TOKEN}/getMe")

    try:
        try:
            connect()
        except ValueError as cause:
            raise RuntimeError(KEY) from cause
    except RuntimeError:
        LOG.exception("it failed")
    written = line.getvalue()
    assert "it failed" in written
    assert "ValueError: connecting to /bot***/getMe" in written
    assert "RuntimeError: ***" in written
    assert TOKEN not in written
    assert KEY not in written


def test_in_the_stack(line: io.StringIO) -> None:
    LOG.warning("here", stack_info=True)
    assert "Stack (most recent call last)" in line.getvalue()


def test_another_handler_sees_the_record_as_it_was(line: io.StringIO) -> None:
    seen: list[logging.LogRecord] = []

    class Other(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    other = Other()
    LOG.addHandler(other)
    LOG.warning("%s", KEY)
    LOG.removeHandler(other)
    assert seen[0].args == (KEY,)


def test_what_is_no_secret_stays(line: io.StringIO) -> None:
    LOG.warning("at 12:30:45 order 12345:67 of %s", "anna")
    assert "at 12:30:45 order 12345:67 of anna" in line.getvalue()


def test_the_whole_log_is_set_up_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr(root, "handlers", [])
    try:
        set_up_logging("INFO", [KEY])
        logging.getLogger("anything").info("key %s", KEY)
        logging.getLogger("httpx").info("GET /bot%s", TOKEN)
        logging.getLogger("anything").debug("too much")
    finally:
        root.handlers[:], root.level = before, level
    written = capsys.readouterr().err
    assert "INFO anything: key ***" in written
    assert "GET" not in written
    assert "too much" not in written
