import httpx
import pytest

from tests.sandbox.eachlabs.conftest import KEY, Caller

PATH = "/v1/executions"


async def answered(provider: Caller, headers: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(base_url=provider.standin.base) as http:
        return await http.get(PATH, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": KEY},
        {"Authorization": f"Bearer {KEY}"},
        {"X-API-Key": KEY, "Authorization": f"Bearer {KEY}"},
    ],
)
async def test_a_key_in_either_header_or_both(provider: Caller, headers: dict[str, str]) -> None:
    assert (await answered(provider, headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": "wrong"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": KEY},
        {"X-API-Key": KEY, "Authorization": "Bearer wrong"},
        {"X-API-Key": "wrong", "Authorization": f"Bearer {KEY}"},
    ],
)
async def test_no_key_a_wrong_one_or_two_that_disagree(
    provider: Caller, headers: dict[str, str]
) -> None:
    answer = await answered(provider, headers)
    assert answer.status_code == 401
    assert answer.json()["error"] == "Invalid or missing API key"


async def test_the_request_id_is_echoed_or_invented(provider: Caller) -> None:
    echoed = await answered(provider, {"X-API-Key": KEY, "X-Request-Id": "mine"})
    invented = await answered(provider, {})
    elsewhere = await provider.http.get("/nowhere")
    assert echoed.headers["X-Request-Id"] == "mine"
    assert len(invented.headers["X-Request-Id"]) == 36
    assert elsewhere.status_code == 404
    assert "X-Request-Id" in elsewhere.headers
