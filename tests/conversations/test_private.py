"""The private chat, as people live it."""

from tests.world import FACE, World


async def test_three_taps_from_start_to_a_picture_with_ones_profile_photo(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start")  # the first tap: START
    await anna.taps("use my profile photo")  # the second
    await anna.taps("Comic")  # the third

    png = await anna.gets_a_png()

    assert png == await world.drawn()
    assert png.startswith(b"\x89PNG")
    assert world.predictions[0]["input"]["style_name"] == "Comic book"


async def test_a_sentence_and_a_look(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.taps("send a photo")
    await anna.sends_photo(FACE)
    await anna.card("Lovely, clear face")
    await anna.sends("as a knight")
    await anna.taps("Neon", on=await anna.card("✏️ as a knight"))

    await anna.gets_a_png()

    assert world.predictions[0]["input"]["prompt"] == "a person img as a knight"
