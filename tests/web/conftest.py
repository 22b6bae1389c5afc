"""The bot's server over an empty database."""

from collections.abc import AsyncIterator

import pytest

from storage.database import Database

from .site import Shelf, Site, a_site


@pytest.fixture
def shelf() -> Shelf:
    return Shelf({"face": b"a face"})


@pytest.fixture
async def site(database: Database, shelf: Shelf) -> AsyncIterator[Site]:
    async with a_site(database, shelf) as site:
        yield site
