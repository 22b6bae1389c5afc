"""The provider's stand-in, put together."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiohttp import web

from bot.sandbox.eachlabs import answers, fetching, wire
from bot.sandbox.eachlabs.api import Api
from bot.sandbox.eachlabs.control import Control
from bot.sandbox.eachlabs.faults import Fault, FaultBook
from bot.sandbox.eachlabs.files import Outputs, Uploads
from bot.sandbox.eachlabs.gate import PLURALS, Gate, name_request
from bot.sandbox.eachlabs.limits import Clock, RequestWindow
from bot.sandbox.eachlabs.options import Options
from bot.sandbox.eachlabs.predictions import Prediction, Predictions
from bot.sandbox.eachlabs.storage import Storage
from bot.sandbox.eachlabs.studio import Studio


class EachlabsStandIn:
    """The provider's API in memory, mounted at /eachlabs of the server at `origin`.

    Args:
        speed: predictions last 1/speed as long; their cost is that of speed 1.
        typical_seconds, sigma: median and spread of the lognormal time of a prediction with 20
            steps and one picture.
        seed: of everything that is drawn by lot.
        requests_per_minute, concurrency: the limits; 0 for none.
        pictures: "full", or "quick" for small ones that cost nothing.
        clock: seconds since 1970; the limits and every expiry go by it.
    """

    def __init__(
        self,
        *,
        api_key: str = "sandbox-key",
        speed: float = 1.0,
        typical_seconds: float = 21.0,
        sigma: float = 0.25,
        seed: int | None = None,
        requests_per_minute: int = 60,
        concurrency: int = 10,
        pictures: str = "full",
        clock: Clock = time.time,
    ) -> None:
        self.origin = ""
        self.options = Options().changed({"speed": speed, "pictures": pictures})
        self.uploads = Uploads(clock)
        self.outputs = Outputs()
        self.predictions = Predictions(
            self._draw, self._ended, clock, typical=typical_seconds, sigma=sigma, seed=seed
        )
        self._faults = FaultBook(seed)
        self._gate = Gate(api_key, RequestWindow(requests_per_minute, clock), self._faults)
        self._studio = Studio(self.uploads, self.outputs)
        self._storage = Storage(self.uploads, self.outputs, self._faults)
        self._messages: set[asyncio.Task[None]] = set()
        self._api = Api(
            predictions=self.predictions,
            uploads=self.uploads,
            faults=self._faults,
            gate=self._gate,
            clock=clock,
            concurrency=concurrency,
            options=lambda: self.options,
            base=lambda: self.base,
        )

    @property
    def base(self) -> str:
        return f"{self.origin}/eachlabs"

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([*self._operations(), *self._files(), *Control(self).routes()])
        app.router.add_route("*", "/{nothing:.*}", _nothing_there)
        app.on_response_prepare.append(name_request)
        app.cleanup_ctx.append(self._life)
        return app

    def fault(self, **fields: Any) -> None:
        """Have a fault; the fields are those of `faults.Fault`.

        Raises:
            ValueError: an unknown field, place or kind.
        """
        self._faults.add(Fault.from_json(fields))

    def clear_faults(self) -> None:
        self._faults.clear()

    def set(self, **wishes: Any) -> None:
        """Change options; the names are those of `options.Options`.

        Raises:
            ValueError: an unknown name, or a value that it can't have.
        """
        self.options = self.options.changed(wishes)

    def report(self) -> dict[str, Any]:
        """What was asked and made since the start."""
        names = ("requests", *PLURALS.values(), "429")
        return {
            "predictions": [wire.record(it) for it in self.predictions.all.values()],
            "counts": {
                **{name: self._gate.counts[name] for name in names},
                "max_in_flight": self.predictions.max_in_flight,
                "max_per_minute": self._gate.window.busiest,
            },
            "files": len(self.uploads),
        }

    def _operations(self) -> list[web.RouteDef]:
        guarded, api = self._gate.guarded, self._api
        return [
            web.post("/v1/prediction", guarded("create", api.create)),
            web.post("/v1/prediction/", guarded("create", api.create)),
            web.get("/v1/prediction/{id}", guarded("get", api.get), allow_head=False),
            web.post("/v1/prediction/{id}/cancel", guarded("cancel", api.cancel)),
            web.post("/v1/upload/presign", guarded("presign", api.presign)),
            web.delete("/v1/files/{id}", guarded("delete", api.delete)),
            web.get("/v1/executions", guarded("executions", api.list_executions), allow_head=False),
            web.get("/v1/model", guarded("model", api.show_model), allow_head=False),
        ]

    def _files(self) -> list[web.RouteDef]:
        exposed, storage = self._gate.exposed, self._storage
        return [
            web.put("/storage/{name}", exposed("put", storage.put)),
            web.get("/files/{name}", storage.public_file),
            web.get("/outputs/{name:.+}", exposed("output", storage.output)),
        ]

    async def _life(self, _app: web.Application) -> AsyncIterator[None]:
        yield
        await self.predictions.close()
        for message in self._messages:
            message.cancel()
        await asyncio.gather(*self._messages, return_exceptions=True)
        await self._studio.close()

    async def _draw(self, prediction: Prediction) -> Sequence[str]:
        return await self._studio.pictures(prediction, self.options, self.base)

    def _ended(self, prediction: Prediction) -> None:
        balance = self.options.balance
        if balance is not None:
            self.set(balance=max(0.0, balance - prediction.cost))
        wanted = prediction.webhook_url and prediction.status != "cancelled"
        if wanted and self.options.webhooks != "off":
            message = asyncio.create_task(self._tell(prediction))
            self._messages.add(message)
            message.add_done_callback(self._messages.discard)

    async def _tell(self, prediction: Prediction) -> None:
        body = wire.webhook(prediction, self.options)
        for _ in range(2 if self.options.webhooks == "twice" else 1):
            prediction.webhook_tries += await fetching.post_webhook(
                prediction.webhook_url or "", prediction.webhook_secret, body, self.options.speed
            )


async def _nothing_there(_request: web.Request) -> web.Response:
    return answers.refusal(404)
