"""The database's file under a shorter name."""

from pathlib import Path

import pytest


@pytest.fixture
def path(database_file: Path) -> Path:
    return database_file
