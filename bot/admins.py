"""What the bot's admins hear, once each."""

import hashlib
import logging
import secrets
from collections.abc import Callable
from typing import Final

from bot.errors import BalanceEmpty, ChatGone, KeyRefused, ProviderFault, TelegramFault
from bot.outbox import Outbox, Priority
from bot.settings import Settings
from bot.texts import Texts, texts
from storage import facts, people
from storage.database import Database

log = logging.getLogger(__name__)

_RESTING: Final = facts.TOLD + "resting"


class Admins:
    """ADMIN_IDS, and whoever claimed the bot."""

    def __init__(self, settings: Settings, database: Database, outbox: Outbox) -> None:
        self._settings = settings
        self._database = database
        self._outbox = outbox

    async def claim_code(self) -> str | None:
        """A code for the claim link, at the first start of a bot that has no admin; else None.

        Only its hash is stored: the link is printed once.
        """
        code = secrets.token_urlsafe(16)
        async with self._database.writing() as connection:
            if self._settings.admin_ids or await people.admins(connection):
                return None
            digest = hashlib.sha256(code.encode()).hexdigest()
            first = await facts.put_first(connection, facts.CLAIM, digest)
        return code if first else None

    async def provider_changed(self, fault: ProviderFault | None) -> bool:
        """The provider takes no orders (fault), or takes them again (None).

        Returns:
            Whether the admins know; else whoever sees the same again has to say so again.
        """
        async with self._database.reading() as connection:
            resting = await facts.get(connection, _RESTING) is not None
        if resting is (fault is not None):
            return True
        if not await self._tell(_sentence(fault)):
            return False
        # After it is said: a process that ends in between says it twice rather than never.
        async with self._database.writing() as connection:
            if fault is None:
                await facts.forget(connection, _RESTING)
            else:
                await facts.put(connection, _RESTING, type(fault).__name__)
        return True

    async def _tell(self, sentence: Callable[[Texts], str]) -> bool:
        """False where nobody could be told, and trying again may help."""
        async with self._database.reading() as connection:
            ids = self._settings.admin_ids | set(await people.admins(connection))
            known = {admin: await people.find(connection, admin) for admin in ids}
        told = missed = 0
        for admin, person in known.items():
            text = sentence(texts(person.language if person else "en"))
            try:
                await self._outbox.send_text(admin, text, priority=Priority.DELIVERY)
                told += 1
            except TelegramFault as fault:
                log.warning("an admin could not be told: %s", fault)
                missed += not isinstance(fault, ChatGone)
        return bool(told) or not missed


def _sentence(fault: ProviderFault | None) -> Callable[[Texts], str]:
    if fault is None:
        return Texts.admin_provider_back
    if isinstance(fault, BalanceEmpty):
        return Texts.admin_balance_empty
    if isinstance(fault, KeyRefused):
        return Texts.admin_key_refused
    return Texts.admin_provider_down
