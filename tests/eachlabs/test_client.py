"""What is sent, what comes of a good answer, and that the key stays here."""

import logging
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest

from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.wire import State
from bot.errors import (
    ConfigurationError,
    NotThere,
)
from tests.eachlabs.answers import API, KEY, Recorder, answering
from tests.eachlabs.calls import HARMLESS, INPUT, MADE, UPLOAD, create, fault_of


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
