"""The whole bot with a public address: nothing is polled for, and no photo is uploaded."""

import socket
from pathlib import Path

from tests.faults.moments import calls
from tests.world import FACE, World, a_world


def public() -> dict[str, object]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    return {"public_url": f"http://127.0.0.1:{port}", "port": port}


async def draws(world: World, name: str) -> None:
    person = await world.person(name)
    await person.sends("/start")
    await person.taps("send a photo")
    await person.card("Send me a photo of one face")
    await person.sends_photo(FACE)
    await person.taps("Comic")
    assert await person.gets_a_png() == await world.drawn(-1)


async def test_a_picture_by_webhooks_and_links(tmp_path: Path) -> None:
    async with a_world(tmp_path, **public()) as world:
        await world.start()
        await draws(world, "Anna")
        assert calls(world, "getUpdates") == 0
        assert world.counts["presigns"] == 0
        [drawn] = world.predictions
        assert str(drawn["input"]["input_image"]).startswith(f"{world.settings.public_url}/photos/")
        assert drawn["webhook_tries"] == 1


async def test_the_address_comes_and_goes(tmp_path: Path) -> None:
    """Each start takes updates as its settings say, whatever the last one left behind."""
    async with a_world(tmp_path, **public()) as world:
        with_address = world.settings
        for settings in (
            with_address,
            with_address.model_copy(update={"public_url": None}),
            with_address,
        ):
            world.settings = settings
            await world.start()
            await draws(world, "Anna")
            await world.end()
        assert calls(world, "getUpdates") > 0
        assert world.counts["presigns"] == 1


async def test_killed_with_the_webhook_set_it_goes_on(tmp_path: Path) -> None:
    address = public()
    environment = {"PUBLIC_URL": str(address["public_url"]), "PORT": str(address["port"])}
    async with a_world(tmp_path, **address) as world:
        await world.start_process(**environment)
        anna = await world.person()
        await anna.sends("/start")
        await anna.taps("send a photo")
        await anna.card("Send me a photo of one face")
        await world.kill()
        await anna.sends_photo(FACE)
        await world.start_process(**environment)
        await anna.taps("Comic")
        assert await anna.gets_a_png() == await world.drawn()
