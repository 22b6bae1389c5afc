"""Tables of answers: what each comes to, and what was sent to get it."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest

from bot.eachlabs.answers import retry_after
from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import State, Upload
from bot.errors import (
    BadAnswer,
    BalanceEmpty,
    ConfigurationError,
    InputRefused,
    KeyRefused,
    NotThere,
    ProviderDown,
    ProviderFault,
    ProviderNotSent,
    ProviderUnknown,
    RateLimited,
)
from tests.eachlabs.answers import API, KEY, Recorder, answering

MADE = {"status": "success", "message": "Prediction created", "predictionID": "p-1"}
INPUT = {"prompt": "a man img", "num_steps": 20}
UPLOAD = Upload(
    id="f-1",
    presigned_url=f"{API}/storage/f-1?X-Amz-Signature=abc",
    public_url="https://cdn.example.com/f-1.jpg",
    required_headers={"X-Amz-Meta-File-Id": "f-1", "Host": "elsewhere", "Content-Length": "3"},
)

Call = Callable[[EachlabsClient], Awaitable[object]]
HARMLESS: dict[str, Call] = {
    "get": lambda client: client.get("p-1"),
    "cancel": lambda client: client.cancel("p-1"),
    "presign": lambda client: client.presign("image/jpeg", 3600),
    "executions": lambda client: client.executions(datetime.now(UTC)),
    "probe": lambda client: client.probe(),
}


def create(client: EachlabsClient) -> Awaitable[object]:
    return client.create(INPUT)


async def fault_of(answers: Recorder, call: Call) -> ProviderFault:
    with pytest.raises(ProviderFault) as raised:
        await call(answers.client())
    return raised.value


class TestRequests:
    async def test_create(self) -> None:
        api = answering(MADE)
        assert await api.client().create(INPUT) == "p-1"
        assert (api.request.method, str(api.request.url)) == ("POST", f"{API}/v1/prediction/")
        assert api.sent == {"model": "photomaker-style", "version": "0.0.1", "input": INPUT}

    async def test_create_with_a_webhook(self) -> None:
        api = answering(MADE)
        await api.client().create(INPUT, webhook_url="https://bot/w", webhook_secret="s")
        assert (api.sent["webhook_url"], api.sent["webhook_secret"]) == ("https://bot/w", "s")

    async def test_words_that_are_no_utf_8(self) -> None:
        api = answering(MADE)
        await api.client().create({"prompt": "half \ud83d img"})
        assert api.sent["input"]["prompt"] == "half \ud83d img"

    async def test_both_keys_go_with_every_call(self) -> None:
        for call in [create, *HARMLESS.values()]:
            api = answering(
                {"predictionID": "p", "id": "p", "executions": []} | UPLOAD.model_dump()
            )
            await call(api.client())
            assert api.request.headers["X-API-Key"] == KEY
            assert api.request.headers["Authorization"] == f"Bearer {KEY}"

    async def test_get(self) -> None:
        api = answering({"status": "processing"}, headers={"Retry-After": "3"})
        found = await api.client().get("p/../1?x")
        assert api.request.url.raw_path == b"/v1/prediction/p%2F..%2F1%3Fx"
        assert (found.id, found.state, found.retry_after) == ("p/../1?x", State.RUNNING, 3)

    @pytest.mark.parametrize("nothing", ["", ".", ".."])
    async def test_an_id_that_is_none_is_not_asked_for(self, nothing: str) -> None:
        api = answering({})
        with pytest.raises(NotThere):
            await api.client().get(nothing)
        assert not api.requests

    async def test_cancel(self) -> None:
        api = answering({"status": "cancelled"})
        await api.client().cancel("p-1")
        assert (api.request.method, api.request.url.path) == ("POST", "/v1/prediction/p-1/cancel")

    async def test_presign(self) -> None:
        api = answering(UPLOAD.model_dump())
        assert await api.client().presign("image/jpeg", 3600) == UPLOAD
        assert api.request.url.path == "/v1/upload/presign"
        assert api.sent == {
            "content_type": "image/jpeg",
            "file_type": "image",
            "expires_in_seconds": 3600,
        }

    async def test_put_sends_the_required_headers_and_no_key(self) -> None:
        api = answering(b"")
        await api.client().put(UPLOAD, b"picture", "image/jpeg")
        headers = api.request.headers
        assert (api.request.method, api.request.content) == ("PUT", b"picture")
        assert headers["x-amz-meta-file-id"] == "f-1"
        assert headers["content-type"] == "image/jpeg"
        assert (headers["host"], headers["content-length"]) == ("api.example.com", "7")
        assert KEY not in repr(headers.raw)

    async def test_a_content_type_that_the_upload_requires_wins(self) -> None:
        api = answering(b"")
        upload = UPLOAD.model_copy(update={"required_headers": {"Content-Type": "image/jpg"}})
        await api.client().put(upload, b"picture", "image/jpeg")
        assert api.request.headers.get_list("content-type") == ["image/jpg"]

    async def test_delete(self) -> None:
        api = answering(b"", 204)
        await api.client().delete("f-1")
        assert (api.request.method, api.request.url.path) == ("DELETE", "/v1/files/f-1")

    async def test_what_is_deleted_already_is_deleted(self) -> None:
        await answering({"error": "File not found"}, 404).client().delete("f-1")

    async def test_executions(self) -> None:
        api = answering({"executions": [{"id": "e"}], "total_count": 1})
        since = datetime(2026, 1, 1, 2, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
        page = await api.client().executions(since, offset=50, limit=50)
        assert [one.id for one in page.executions] == ["e"]
        assert dict(api.request.url.params) == {
            "model": "photomaker-style",
            "from": "2026-01-01T00:00:00Z",
            "offset": "50",
            "limit": "50",
        }

    async def test_probe_tells_the_servers_clock(self) -> None:
        api = answering({"executions": []}, headers={"Date": "Thu, 01 Jan 2026 00:00:00 GMT"})
        assert (await api.client().probe()).date == datetime(2026, 1, 1, tzinfo=UTC)
        assert dict(api.request.url.params) == {"limit": "1"}
        assert (await answering({"executions": []}).client().probe()).date is None


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


class TestTheKey:
    async def test_is_in_no_log_and_no_exception(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        echo = {"error": f"Invalid API key {KEY}", "details": {"key": KEY}}
        faults = [
            await fault_of(answering(echo, 401, {"X-Request-Id": "r-3"}), create),
            await fault_of(answering({"message": KEY}), create),
            await fault_of(Recorder(httpx.ReadTimeout("slow")), create),
        ]
        for fault in faults:
            assert KEY not in f"{fault!r} {fault.__context__!r} {fault.__cause__!r}"
            assert fault.__context__ is None
        assert KEY not in caplog.text
        assert "r-3" in caplog.text

    async def test_of_a_request_that_went_well_only_the_id_is_logged(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "bot")
        await answering(MADE, headers={"X-Request-Id": "r-4"}).client().create(INPUT)
        assert "r-4" in caplog.text
        assert "a man img" not in caplog.text

    @pytest.mark.parametrize("key", ["", "  ", "a b", "naïve", "line\nbreak"])
    def test_one_that_cannot_be_is_refused_at_once(self, key: str) -> None:
        with pytest.raises(ConfigurationError) as error:
            EachlabsClient(API, key)
        assert not key.strip() or key not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https://u:p@a.example.com",
        "https://a/?x=1",
        "http://[::1",
    ],
)
def test_an_address_that_cannot_be_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigurationError, match="EACHLABS_API_URL"):
        EachlabsClient(url, KEY)


async def test_a_client_that_was_given_stays_open() -> None:
    async with httpx.AsyncClient() as http:
        async with EachlabsClient(API, KEY, http=http):
            pass
        assert not http.is_closed
