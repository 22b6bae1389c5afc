"""The clock of what lives in memory only."""

import asyncio


def ticks() -> float:
    """Seconds that nobody can set: no step of the wall clock makes a pause longer or shorter."""
    return asyncio.get_running_loop().time()
