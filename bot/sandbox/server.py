"""The stand-ins as one HTTP server: Telegram, the provider, people's phones and the chat page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.eachlabs import EachlabsStandIn
from bot.sandbox.telegram import TelegramStandIn

HERE = Path(__file__).parent
PAGE, SAMPLES = HERE / "page", HERE / "samples"

# A document of 50 MB (Bot API) with the form around it; what is bigger is refused unread.
LARGEST_BODY = 51 * 1024 * 1024


@dataclass(frozen=True)
class Options:
    """Where the server listens and how the two services behave.

    `speed` divides how long predictions take; `sigma` is the spread of their lognormal durations;
    latencies are in seconds; 0 for one of the provider's limits lifts it. `pictures` is "full" for
    real style filters or "quick" for small cheap ones.
    """

    host: str = "127.0.0.1"
    port: int = 0
    token: str = "42:SANDBOX"  # noqa: S105 - it opens nothing but this stand-in
    api_key: str = "sandbox-key"
    speed: float = 1.0
    typical_seconds: float = 21.0
    sigma: float = 0.25
    seed: int | None = None
    requests_per_minute: int = 60
    concurrency: int = 10
    flood_limits: bool = True
    telegram_latency: float = 0.0
    download_latency: float = 0.0
    pictures: str = "full"


@dataclass(frozen=True)
class StandIns:
    """The running server: its addresses, and the stand-ins themselves for tests in one process."""

    origin: str
    telegram: TelegramStandIn
    eachlabs: EachlabsStandIn

    @property
    def telegram_url(self) -> str:
        return f"{self.origin}/telegram"

    @property
    def eachlabs_url(self) -> str:
        return f"{self.origin}/eachlabs"


@asynccontextmanager
async def serve(options: Options) -> AsyncIterator[StandIns]:
    """Run the stand-ins until the block ends; port 0 takes a free one."""
    telegram, eachlabs = _telegram(options), _eachlabs(options)
    runner = web.AppRunner(_app(telegram, eachlabs), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port, backlog=1024).start()
        origin = _origin(options.host, runner.addresses[0][1])
        eachlabs.origin = origin
        yield StandIns(origin, telegram, eachlabs)
    finally:
        await runner.cleanup()


def _telegram(options: Options) -> TelegramStandIn:
    return TelegramStandIn(
        options.token,
        flood_limits=options.flood_limits,
        telegram_latency=options.telegram_latency,
        download_latency=options.download_latency,
        samples=SAMPLES,
    )


def _eachlabs(options: Options) -> EachlabsStandIn:
    return EachlabsStandIn(
        api_key=options.api_key,
        speed=options.speed,
        typical_seconds=options.typical_seconds,
        sigma=options.sigma,
        seed=options.seed,
        requests_per_minute=options.requests_per_minute,
        concurrency=options.concurrency,
        pictures=options.pictures,
    )


def _app(telegram: TelegramStandIn, eachlabs: EachlabsStandIn) -> web.Application:
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_subapp("/telegram", telegram.app())
    app.add_subapp("/people", telegram.people_app())
    app.add_subapp("/eachlabs", eachlabs.app())
    app.router.add_static("/samples", SAMPLES)
    if PAGE.is_dir():
        app.router.add_get("/", _index)
        app.router.add_static("/", PAGE)
        app.middlewares.append(_fresh)
    return app


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


@web.middleware
async def _fresh(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have the browser ask each time: a new version of the page must not meet an old script."""
    response = await handler(request)
    if isinstance(response, web.FileResponse):
        response.headers["Cache-Control"] = "no-cache"
    return response


def _origin(host: str, port: int) -> str:
    reachable = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared only
    return f"http://{reachable}:{port}"
