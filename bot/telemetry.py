"""Logs that hold no secrets."""

import logging
import re
from collections.abc import Iterable
from typing import Final

# The shape of a bot's token (BotFather: digits, a colon, 35 characters), wherever it turns up.
_TOKEN: Final = re.compile(r"\d{5,}(?::|%3A)[\w-]{30,}")

# Name and password in an address, as a proxy's may have.
_PASSWORD: Final = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]*(?=@)")

# What makes an address a key: our own links to photos, and others' behind the question mark.
_SIGNED: Final = re.compile(r"(?<=/photos/)[\w.-]+|(?<=/eachlabs/)[\w.-]{20,}")
_QUERY: Final = re.compile(r"(https?://[^\s?'\"<>]+\?)[^\s'\"<>]+")


class SecretFormatter(logging.Formatter):
    """Replaces secrets in the whole line: message, arguments, traceback, stack."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        for secret_shape in (_TOKEN, _PASSWORD, _SIGNED):
            text = secret_shape.sub("***", text)
        return _QUERY.sub(r"\1***", text)


def set_up_logging(level: str, secrets: Iterable[str]) -> None:
    """Logs to standard error, a line an event."""
    handler = logging.StreamHandler()
    handler.setFormatter(SecretFormatter(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # They log every request at INFO, the one with its address.
    for noisy in ("httpx", "httpcore", "telegram", "alembic", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
