"""A handler of updates, and no pauses between tries."""

import pytest

from storage.database import Database
from tests.inbox.arrivals import Steps


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are no part of these tests."""
    for where in ("bot.inbox.backoff", "bot.intake.backoff", "storage.surely.backoff"):
        monkeypatch.setattr(where, lambda *_given, **_more: 0.001)


@pytest.fixture
def steps(database: Database) -> Steps:
    return Steps(database)
