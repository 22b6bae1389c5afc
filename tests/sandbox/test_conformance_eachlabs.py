"""The stand-in's answers against the provider's own OpenAPI, which lies beside the checkout."""

import json
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from bot.sandbox.eachlabs import EachlabsStandIn
from tests.sandbox.eachlabs.conftest import Caller, serving

SPEC = Path(__file__).resolve().parents[2].parent / "shared" / "specs" / "eachlabs-openapi.json"

if not SPEC.is_file():
    reason = f"NOT CHECKED against the provider's OpenAPI: {SPEC} is not there"
    warnings.filterwarnings("default", message="NOT CHECKED")
    warnings.warn(reason, stacklevel=1)
    pytest.skip(reason, allow_module_level=True)


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(SPEC.read_text())
    return read


@pytest.fixture(params=["page", "reference"])
async def provider(request: pytest.FixtureRequest) -> AsyncIterator[Caller]:
    standin = EachlabsStandIn(
        speed=1000, sigma=0, seed=1, requests_per_minute=0, concurrency=3, pictures="quick"
    )
    standin.set(dialect=request.param)
    async with serving(standin) as caller:
        yield caller


def resolved(spec: dict[str, Any], it: Any) -> Any:
    """With every $ref in its place, and `nullable` in JSON Schema's words."""
    if isinstance(it, list):
        return [resolved(spec, part) for part in it]
    if not isinstance(it, dict):
        return it
    if "$ref" in it:
        target = spec
        for step in it["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return resolved(spec, target)
    whole = {name: resolved(spec, part) for name, part in it.items()}
    if whole.pop("nullable", False) and "type" in whole:
        whole["type"] = [whole["type"], "null"]
    return whole


def known_words(schema: dict[str, Any], dialect: str) -> dict[str, Any]:
    """The model's page adds words and a null output to what the reference knows."""
    if dialect == "page" and "metrics" in schema.get("properties", {}):
        schema["properties"]["status"]["enum"] += ["created", "error"]
        schema["properties"]["output"]["oneOf"].append({"type": "null"})
    return schema


def fits(
    spec: dict[str, Any], caller: Caller, path: str, answer: httpx.Response, method: str = "get"
) -> None:
    """Checks the answer against the operation's response of its status."""
    responses = spec["paths"][path][method]["responses"]
    response = resolved(spec, responses[str(answer.status_code)])
    assert "X-Request-Id" in answer.headers
    if "content" not in response:
        assert answer.content == b""
        return
    schema = response["content"]["application/json"]["schema"]
    schema = known_words(schema, caller.standin.options.dialect)
    validate(schema, answer.json())
    # jsonschema lets fields through that no page names
    unnamed = set(answer.json()) - set(schema["properties"])
    assert not unnamed


def validate(schema: dict[str, Any], body: Any) -> None:
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    jsonschema.Draft7Validator(schema, format_checker=checker).validate(body)


PREDICTION = "/v1/prediction/{id}"


async def test_create_poll_and_cancel(spec: dict[str, Any], provider: Caller) -> None:
    created = await provider.creates(num_outputs=2)
    fits(spec, provider, "/v1/prediction", created, "post")
    id_ = created.json()["predictionID"]
    early = await provider.http.get(f"/v1/prediction/{id_}")
    fits(spec, provider, PREDICTION, early)
    await provider.ended(id_)
    fits(spec, provider, PREDICTION, await provider.http.get(f"/v1/prediction/{id_}"))
    cancelled = await provider.http.post(f"/v1/prediction/{id_}/cancel")
    fits(spec, provider, f"{PREDICTION}/cancel", cancelled, "post")


async def test_a_prediction_that_fails_and_one_that_is_cancelled(
    spec: dict[str, Any], provider: Caller
) -> None:
    failed = await provider.makes(prompt="nobody")
    fits(spec, provider, PREDICTION, await provider.http.get(f"/v1/prediction/{failed['id']}"))
    provider.standin.set(stuck=True)
    id_ = await provider.orders()
    await provider.http.post(f"/v1/prediction/{id_}/cancel")
    cancelled = await provider.http.get(f"/v1/prediction/{id_}")
    assert cancelled.json()["status"] == "cancelled"
    fits(spec, provider, PREDICTION, cancelled)


async def test_refusals(spec: dict[str, Any], provider: Caller) -> None:
    http = provider.http
    fits(spec, provider, "/v1/prediction", await provider.creates(num_steps=0), "post")
    fits(spec, provider, PREDICTION, await http.get("/v1/prediction/nobody"))
    nobody = await http.post("/v1/prediction/nobody/cancel")
    fits(spec, provider, f"{PREDICTION}/cancel", nobody, "post")
    fits(spec, provider, "/v1/executions", await http.get("/v1/executions?limit=0"))
    fits(spec, provider, "/v1/model", await http.get("/v1/model"))
    fits(spec, provider, "/v1/model", await http.get("/v1/model?slug=none"))
    nothing = await http.post("/v1/upload/presign", json={})
    fits(spec, provider, "/v1/upload/presign", nothing, "post")
    no_key = await http.get("/v1/executions", headers={"X-API-Key": "", "Authorization": ""})
    fits(spec, provider, "/v1/executions", no_key)


async def test_429_and_402_have_the_shape_of_errors(spec: dict[str, Any], provider: Caller) -> None:
    error = resolved(spec, spec["components"]["schemas"]["Error"])
    provider.standin.set(slots_taken=3)
    crowded = await provider.creates()
    provider.standin.set(balance=0)
    poor = await provider.creates()
    assert [crowded.status_code, poor.status_code] == [429, 402]
    for answer in (crowded, poor):
        validate(error, answer.json())


async def test_files(spec: dict[str, Any], provider: Caller) -> None:
    wish = {"content_type": "image/png", "file_type": "image", "expires_in_seconds": 3600}
    validate(resolved(spec, spec["components"]["schemas"]["PresignUploadRequest"]), wish)
    place = await provider.http.post("/v1/upload/presign", json=wish)
    fits(spec, provider, "/v1/upload/presign", place, "post")
    file = f"/v1/files/{place.json()['id']}"
    fits(spec, provider, "/v1/files/{id}", await provider.http.delete(file), "delete")
    fits(spec, provider, "/v1/files/{id}", await provider.http.delete("/v1/files/x"), "delete")
    unknown = "/v1/files/0dce0f44-b8a5-4f30-91d4-5f6b0c221bf0"
    fits(spec, provider, "/v1/files/{id}", await provider.http.delete(unknown), "delete")


async def test_executions(spec: dict[str, Any], provider: Caller) -> None:
    await provider.makes()
    await provider.makes(prompt="nobody")
    provider.standin.set(stuck=True)
    await provider.orders()
    listed = await provider.http.get("/v1/executions")
    assert len(listed.json()["executions"]) == 3
    fits(spec, provider, "/v1/executions", listed)
    row = spec["components"]["schemas"]["ExecutionSummary"]["properties"]
    assert set(listed.json()["executions"][0]) == set(row)


async def test_the_model(spec: dict[str, Any], provider: Caller) -> None:
    shown = await provider.http.get("/v1/model?slug=photomaker-style")
    fits(spec, provider, "/v1/model", shown)
    jsonschema.Draft7Validator.check_schema(shown.json()["request_schema"])


async def test_every_operation_of_the_reference_is_there(
    spec: dict[str, Any], provider: Caller
) -> None:
    for path, operations in spec["paths"].items():
        for method in operations:
            address = path.replace("{id}", "0dce0f44-b8a5-4f30-91d4-5f6b0c221bf0")
            before = provider.counts["requests"]
            await provider.http.request(method, address)
            assert provider.counts["requests"] == before + 1, (method, path)


@pytest.mark.parametrize("name", ["limit", "offset", "from", "to", "status", "model"])
def test_queries_are_those_of_the_reference(spec: dict[str, Any], name: str) -> None:
    known = {it["name"] for it in spec["paths"]["/v1/executions"]["get"]["parameters"]}
    assert name in known
