"""Tables of refusals, of nonsense and of silence: what each comes to."""

from datetime import UTC, datetime

import httpx
import pytest

from bot.eachlabs.answers import retry_after
from bot.errors import (
    BadAnswer,
    BalanceEmpty,
    InputRefused,
    KeyRefused,
    NotThere,
    ProviderDown,
    ProviderFault,
    ProviderNotSent,
    ProviderUnknown,
    RateLimited,
)
from tests.eachlabs.answers import Recorder, answering
from tests.eachlabs.calls import HARMLESS, UPLOAD, create, fault_of


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (301, BadAnswer),
            (308, BadAnswer),
            (307, BadAnswer),
            (400, InputRefused),
            (401, KeyRefused),
            (402, BalanceEmpty),
            (403, KeyRefused),
            (404, NotThere),
            (408, ProviderUnknown),
            (409, ProviderDown),
            (413, InputRefused),
            (422, InputRefused),
            (429, RateLimited),
            (500, ProviderUnknown),
            (502, ProviderUnknown),
            (503, ProviderDown),
            (504, ProviderUnknown),
            (599, ProviderUnknown),
        ],
    )
    async def test_create(self, status: int, kind: type[ProviderFault]) -> None:
        fault = await fault_of(answering({"error": "no"}, status), create)
        assert type(fault) is kind
        assert fault.status == status

    @pytest.mark.parametrize("name", HARMLESS)
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (302, BadAnswer),
            (400, InputRefused),
            (401, KeyRefused),
            (404, NotThere),
            (408, ProviderDown),
            (429, RateLimited),
            (500, ProviderDown),
            (502, ProviderDown),
            (503, ProviderDown),
            (504, ProviderDown),
        ],
    )
    async def test_harmless_calls(self, name: str, status: int, kind: type[ProviderFault]) -> None:
        fault = await fault_of(answering({"error": "no"}, status), HARMLESS[name])
        assert type(fault) is kind

    async def test_a_redirect_is_not_followed(self) -> None:
        api = answering(b"", 307, {"Location": "https://evil.example.com/"})
        await fault_of(api, create)
        assert len(api.requests) == 1

    async def test_a_file_that_is_still_read_can_be_deleted_later(self) -> None:
        fault = await fault_of(answering({"error": "busy"}, 409), lambda c: c.delete("f"))
        assert (type(fault), fault.status) == (ProviderDown, 409)

    @pytest.mark.parametrize("status", [400, 403, 412, 429, 500, 503])
    async def test_put(self, status: int) -> None:
        """An upload's refusal says nothing about the key: presign again, that is all."""
        xml = b"<Error><Code>AccessDenied</Code></Error>"
        fault = await fault_of(answering(xml, status), lambda c: c.put(UPLOAD, b"x", "image/png"))
        assert type(fault) is ProviderDown
        assert "AccessDenied" in fault.detail
        assert "Signature" not in fault.detail

    async def test_put_redirected(self) -> None:
        api = answering(b"", 307, {"Location": "https://evil.example.com/"})
        fault = await fault_of(api, lambda c: c.put(UPLOAD, b"x", "image/png"))
        assert type(fault) is BadAnswer
        assert len(api.requests) == 1


class TestDetails:
    @pytest.mark.parametrize(
        ("body", "detail"),
        [
            ({"error": "insufficient balance"}, "400 insufficient balance"),
            (
                {
                    "error": "Too many",
                    "details": {"max_concurrent_predictions": 10, "in_flight": 10},
                },
                "400 Too many: max_concurrent_predictions 10, in_flight 10",
            ),
            (
                {"error": "invalid", "details": [{"field": "prompt", "message": "too long"}]},
                "400 invalid: field prompt, message too long",
            ),
            (
                {"detail": [{"loc": ["input", "seed"], "msg": "int"}]},
                "400 loc input; seed, msg int",
            ),
            ({"message": "plain"}, "400 plain"),
            (["a", "b"], "400 a; b"),
            ({"error": None, "details": None}, "400"),
            (b"<html>Bad\n  Gateway</html>", "400 <html>Bad Gateway</html>"),
            (b"", "400"),
            (b"\xff\xfe", "400 \ufffd\ufffd"),
        ],
        ids=repr,
    )
    async def test_in_plain_words(self, body: object, detail: str) -> None:
        assert (await fault_of(answering(body, 400), create)).detail == detail

    async def test_they_are_bounded(self) -> None:
        fault = await fault_of(answering({"error": "x" * 10_000}, 400), create)
        assert len(fault.detail) < 600

    async def test_request_id_and_retry_after_are_carried(self) -> None:
        headers = {"X-Request-Id": "r-1", "Retry-After": "7"}
        fault = await fault_of(answering({"error": "slow down"}, 429, headers), create)
        assert isinstance(fault, ProviderNotSent)
        assert (fault.request_id, fault.retry_after, fault.status) == ("r-1", 7, 429)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"Retry-After": "0"}, 0),
            ({"Retry-After": "1.5"}, 1.5),
            ({"Retry-After": "-5"}, 0),
            ({"Retry-After": "soon"}, None),
            ({"Retry-After": "1e999"}, None),
            ({"Retry-After": "Thu, 01 Jan 2026 00:01:30 GMT"}, 90),
            ({"Retry-After": "Thu, 01 Jan 2026 00:01:30 -0000"}, 90),
            ({"Retry-After": "Wed, 31 Dec 2025 00:00:00 GMT"}, 0),
            # A server whose clock is an hour ahead means 30 seconds all the same.
            (
                {
                    "Retry-After": "Thu, 01 Jan 2026 01:00:30 GMT",
                    "Date": "Thu, 01 Jan 2026 01:00:00 GMT",
                },
                30,
            ),
        ],
    )
    def test_retry_after(self, headers: dict[str, str], seconds: float | None) -> None:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        assert retry_after(httpx.Headers(headers), now) == seconds


class TestAnswersThatMakeNoSense:
    BODIES = pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>502 Bad Gateway</html>",
            b"[" * 100_000,
            [],
            {"status": "success", "message": "ok"},
            {"predictionID": None, "id": ""},
            {"predictionID": ""},
        ],
        ids=lambda body: repr(body)[:40],
    )

    @BODIES
    async def test_a_create_may_have_been_made(self, body: object) -> None:
        answers = answering(body, headers={"X-Request-Id": "r-2"})
        fault = await fault_of(answers, create)
        assert (type(fault), fault.request_id) == (ProviderUnknown, "r-2")

    @BODIES
    @pytest.mark.parametrize("name", ["presign", "executions", "probe"])
    async def test_harmless_calls(self, name: str, body: object) -> None:
        assert type(await fault_of(answering(body), HARMLESS[name])) is BadAnswer

    async def test_get(self) -> None:
        assert type(await fault_of(answering(b"<html>"), HARMLESS["get"])) is BadAnswer

    async def test_cancel_asks_for_no_answer(self) -> None:
        await answering(b"<html>").client().cancel("p-1")

    async def test_what_failed_is_told(self) -> None:
        fault = await fault_of(answering({"status": "error", "message": "no credit"}), create)
        assert "no credit" in fault.detail

    async def test_an_answer_without_end(self) -> None:
        fault = await fault_of(answering(bytes(5 * 1024 * 1024)), create)
        assert type(fault) is ProviderUnknown


class TestNoAnswer:
    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (httpx.ConnectError("refused"), ProviderDown),
            (httpx.ConnectTimeout("slow"), ProviderDown),
            (httpx.PoolTimeout("full"), ProviderDown),
            (httpx.ProxyError("407"), ProviderDown),
            (httpx.ReadTimeout("slow"), ProviderUnknown),
            (httpx.WriteTimeout("slow"), ProviderUnknown),
            (httpx.ReadError("cut"), ProviderUnknown),
            (httpx.WriteError("cut"), ProviderUnknown),
            (httpx.RemoteProtocolError("cut"), ProviderUnknown),
            (httpx.DecodingError("gzip"), ProviderUnknown),
            (OSError("tls"), ProviderUnknown),
        ],
        ids=repr,
    )
    async def test_create(self, error: Exception, kind: type[ProviderFault]) -> None:
        fault = await fault_of(Recorder(error), create)
        assert type(fault) is kind
        assert str(error) in fault.detail

    @pytest.mark.parametrize("name", HARMLESS)
    @pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ReadTimeout("x")], ids=repr)
    async def test_harmless_calls(self, name: str, error: Exception) -> None:
        assert type(await fault_of(Recorder(error), HARMLESS[name])) is ProviderDown
