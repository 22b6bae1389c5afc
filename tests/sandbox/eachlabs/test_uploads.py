import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest

from tests.sandbox.eachlabs.conftest import FACE, Caller, Clock, Start


async def test_a_photo_is_hosted_under_its_public_address(provider: Caller) -> None:
    photo = FACE.read_bytes()
    address = await provider.uploads(photo)
    async with httpx.AsyncClient() as anybody:
        shown = await anybody.get(address)
    assert shown.content == photo
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert provider.standin.report()["files"] == 1


async def test_the_required_header_must_come_along(provider: Caller) -> None:
    place = await provider.presigns()
    (name,) = place["required_headers"]
    for value in ("", "another"):
        refused = await provider.puts(place, b"photo", **{name: value})
        assert refused.status_code == 403
        assert "SignatureDoesNotMatch" in refused.text
    assert (await provider.http.get(place["public_url"])).status_code == 404


@pytest.mark.parametrize("content_type", ["", "image/png", "image/jpeg; charset=x"])
async def test_the_content_type_must_be_the_presigned_one(
    provider: Caller, content_type: str
) -> None:
    place = await provider.presigns()
    refused = await provider.puts(place, b"photo", Content_Type=content_type)
    assert refused.status_code == 403


async def test_a_forged_signature(provider: Caller) -> None:
    place = await provider.presigns()
    place["presigned_url"] += "0"
    assert (await provider.puts(place, b"photo")).status_code == 403


async def test_the_link_lives_for_15_minutes(start: Start, clock: Clock) -> None:
    provider = await start(clock=clock)
    place = await provider.presigns()
    clock.passes(15 * 60 - 1)
    assert (await provider.puts(place, b"photo")).status_code == 200
    clock.passes(1)
    late = await provider.puts(place, b"photo")
    assert (late.status_code, "Request has expired" in late.text) == (403, True)


async def test_more_than_100_mb(provider: Caller) -> None:
    place = await provider.presigns()
    address = httpx.URL(place["presigned_url"])
    reader, writer = await asyncio.open_connection(address.host, address.port)
    headers = {"Content-Type": "image/jpeg", **place["required_headers"]}
    headers |= {"Host": "storage", "Content-Length": str(100 * 1024 * 1024 + 1)}
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    start_line = f"PUT {address.raw_path.decode()} HTTP/1.1\r\n"
    writer.write("".join([start_line, *lines, "\r\n"]).encode())
    assert b" 400 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_a_body_of_unknown_length(provider: Caller) -> None:
    place = await provider.presigns()

    async def photo() -> AsyncIterator[bytes]:
        yield b"photo"

    headers = {"Content-Type": "image/jpeg", **place["required_headers"]}
    refused = await provider.http.put(place["presigned_url"], content=photo(), headers=headers)
    assert refused.status_code == 411


@pytest.mark.parametrize(
    ("wanted", "kept"), [(3600, 3600), (1, 60), (10**9, 365 * 86400), (None, 180 * 86400)]
)
async def test_how_long_a_file_is_kept(
    start: Start, clock: Clock, wanted: int | None, kept: int
) -> None:
    provider = await start(clock=clock)
    place = await provider.presigns(**({} if wanted is None else {"expires_in_seconds": wanted}))
    assert datetime.fromisoformat(place["expires_at"]).timestamp() == clock.now + kept
    await provider.puts(place, b"photo")
    clock.passes(kept - 1)
    assert (await provider.http.get(place["public_url"])).status_code == 200
    clock.passes(1)
    assert (await provider.http.get(place["public_url"])).status_code == 404
    assert provider.standin.report()["files"] == 0


@pytest.mark.parametrize(
    "wishes",
    [
        {"content_type": None},
        {"content_type": "jpeg"},
        {"file_type": "picture"},
        {"expires_in_seconds": "3600"},
    ],
)
async def test_presigning_what_cannot_be(provider: Caller, wishes: dict[str, object]) -> None:
    body = {"content_type": "image/jpeg"} | wishes
    assert (await provider.http.post("/v1/upload/presign", json=body)).status_code == 400


async def test_a_file_is_deleted_once_and_may_be_deleted_again(provider: Caller) -> None:
    place = await provider.presigns()
    await provider.puts(place, b"photo")
    for _ in range(2):
        answer = await provider.http.delete(f"/v1/files/{place['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert "X-Request-Id" in answer.headers
    assert (await provider.http.get(place["public_url"])).status_code == 404


async def test_deleting_what_never_was(provider: Caller) -> None:
    unknown = "0dce0f44-b8a5-4f30-91d4-5f6b0c221bf0"
    assert (await provider.http.delete(f"/v1/files/{unknown}")).status_code == 404
    assert (await provider.http.delete("/v1/files/photo")).status_code == 400


async def test_a_file_in_use_cannot_be_deleted(start: Start) -> None:
    provider = await start(speed=1.0)
    place = await provider.presigns()
    await provider.puts(place, b"photo")
    id_ = await provider.orders(input_image=place["public_url"])
    assert (await provider.http.delete(f"/v1/files/{place['id']}")).status_code == 409
    await provider.http.post(f"/v1/prediction/{id_}/cancel")
    assert (await provider.http.delete(f"/v1/files/{place['id']}")).status_code == 204
