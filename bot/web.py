"""What comes in from outside, with PUBLIC_URL set: webhooks, photos for the provider, health.

Nothing here decides anything. An update is stored before it is answered; the provider's webhook
makes a driver ask sooner, and what the provider answers then is what counts, so that a late or
repeated one does no harm. Whoever can't show a link or a secret is sent away before a byte of
what they send is read.
"""

import hmac
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bot.engine.photos import Photos
from bot.errors import (
    ConfigurationError,
    DatabaseBusy,
    FileGone,
    LinkRefused,
    PhotoRefused,
    TelegramFault,
)
from bot.intake import Intake
from bot.links import Links

log = logging.getLogger(__name__)

# An update is some kilobytes; the provider's webhook holds an id, a state and a few links.
MAX_BODY: Final = 1024 * 1024
# A header longer than aiohttp allows is answered by aiohttp, with a 400; a secret wants a 403.
MAX_HEADER: Final = 64 * 1024
# How long a stop waits for answers under way; Telegram and the provider ask again.
STOP_SECONDS: Final = 2.0
# Until somebody who was told 503 may come back.
RETRY: Final = {"Retry-After": "2"}
# Nobody between the bot and the provider is to keep a person's photo.
PHOTO_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
}


class Web:
    """The bot's own addresses.

    Args:
        intake: stores Telegram's updates.
        told: called with an order's id when the provider says that its prediction has ended; the
            order may be unknown or over by now.
        secret: what Telegram was given as `secret_token`.
    """

    def __init__(
        self,
        links: Links,
        photos: Photos,
        intake: Intake,
        told: Callable[[int], None],
        secret: str,
    ) -> None:
        self._links = links
        self._photos = photos
        self._intake = intake
        self._told = told
        self._secret = secret

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        app.add_routes(
            [
                web.get("/health", healthy),
                web.get("/photos/{signed}", self._photo),
                web.post("/eachlabs/{signed}", self._ended),
                web.post("/telegram", self._update),
            ]
        )
        return app

    @asynccontextmanager
    async def serving(self, port: int, host: str | None = None) -> AsyncIterator[int]:
        """As the function of this name."""
        async with serving(self.app(), port, host) as listening:
            yield listening

    async def _photo(self, request: web.Request) -> web.Response:
        """A prepared photo; the link is all that is needed."""
        try:
            link = self._links.read_photo(request.match_info["signed"])
        except LinkRefused as refused:
            log.info("no photo for a link that is not good: %s", refused)
            raise web.HTTPForbidden from None
        try:
            prepared = await self._photos.prepared(link.file_id, link.unique_id)
        except (PhotoRefused, FileGone) as error:
            log.warning("a photo can't be handed out any more: %s", error)
            raise web.HTTPNotFound from None
        except TelegramFault as fault:
            log.warning("a photo can't be handed out for the moment: %s", fault)
            raise web.HTTPServiceUnavailable(headers=RETRY) from None
        return web.Response(
            body=prepared.data, content_type=prepared.content_type, headers=PHOTO_HEADERS
        )

    async def _ended(self, request: web.Request) -> web.Response:
        """The provider's webhook; of its body nothing is believed."""
        try:
            order_id = self._links.read_webhook(request.match_info["signed"])
        except LinkRefused as refused:
            log.info("a forged webhook: %s", refused)
            raise web.HTTPForbidden from None
        _check(request, "X-Webhook-Secret", self._links.webhook_secret(order_id))
        if not _names_an_execution(await request.read()):
            raise web.HTTPBadRequest
        self._told(order_id)
        return web.json_response({"ok": True})

    async def _update(self, request: web.Request) -> web.Response:
        """Telegram's webhook: the answer says that the update is committed."""
        _check(request, "X-Telegram-Bot-Api-Secret-Token", self._secret)
        try:
            stored = await self._intake.take(await request.read())
        except DatabaseBusy as busy:
            log.warning("an update can't be stored for the moment: %s", busy)
            raise web.HTTPServiceUnavailable(headers=RETRY) from None
        if not stored:
            raise web.HTTPBadRequest
        return web.json_response({"ok": True})


async def healthy(_request: web.Request) -> web.Response:
    """For a hosting platform: the process answers."""
    return web.json_response({"ok": True})


@asynccontextmanager
async def serving(app: web.Application, port: int, host: str | None = None) -> AsyncIterator[int]:
    """Serves an application; gives the port.

    Args:
        app: what it is answering when this ends gets two seconds more.
        port: 0: any free one.
        host: an address of this machine; None: all of them, as a hosting platform wants it.

    Raises:
        ConfigurationError: the port can't be used.
    """
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=STOP_SECONDS, max_field_size=MAX_HEADER
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ConfigurationError(
                f"Port {port} can't be used ({error.strerror}). Set PORT to a free one."
            ) from None
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _check(request: web.Request, header: str, secret: str) -> None:
    """Raises HTTPForbidden unless the header holds the secret; takes the same time either way."""
    # aiohttp reads what is no UTF-8 as surrogates.
    given = request.headers.get(header, "").encode(errors="surrogateescape")
    if not hmac.compare_digest(given, secret.encode()):
        log.info("%s without the right %s", request.path.split("/")[1], header)
        raise web.HTTPForbidden


def _names_an_execution(body: bytes) -> bool:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return False
    execution = told.get("exec_id") if isinstance(told, dict) else None
    return isinstance(execution, str) and bool(execution)
