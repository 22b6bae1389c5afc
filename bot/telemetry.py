"""Logs that hold no secrets."""

import logging
import re
from collections.abc import Iterable
from typing import Final

# The shape of a bot's token (BotFather: digits, a colon, 35 characters), wherever it turns up.
_TOKEN: Final = re.compile(r"\d{5,}:[\w-]{30,}")


class SecretFilter(logging.Filter):
    """Replaces secrets in messages and tracebacks."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if secret]

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self._clean(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._clean(record.exc_text)
        return True

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _TOKEN.sub("***", text)


def set_up_logging(level: str, secrets: Iterable[str]) -> None:
    """Logs to standard error, a line an event."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(SecretFilter(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # They log every request at INFO, the one with its address.
    for noisy in ("httpx", "httpcore", "telegram", "alembic", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
