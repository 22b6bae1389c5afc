"""Commands of the private chat, given in a group; and one that the menu offers without a name."""

from tests.conversations.groups import AVATAR, friends, reaction
from tests.conversations.people import soon
from tests.world import FACE, World


async def test_help_and_privacy(world: World) -> None:
    ana, _, _ = await friends(world)
    for command, says in (
        ("help", "/avatar@sandbox_bot and some words"),
        ("start", "/avatar@sandbox_bot and some words"),
        ("privacy", "goes to Each Labs"),
    ):
        number = await ana.sends(f"/{command}@sandbox_bot")
        assert (await ana.card(says))["reply_to"] == number


async def test_cancel_ends_what_one_has_asked_there(world: World) -> None:
    ana, bo, _ = await friends(world)
    nothing = await ana.sends("/cancel@sandbox_bot")
    await reaction(ana, nothing, "🤔")
    await bo.sends(f"{AVATAR} as a baker")
    his = await bo.card("Bo as a baker. Which look?")
    await ana.sends(f"{AVATAR} as a knight")
    hers = await ana.card("Ana as a knight. Which look?")
    await ana.sends("/cancel@sandbox_bot")
    await ana.until(lambda sees: hers not in sees, "no card")
    assert his in await ana.sees()
    world.stand_ins.eachlabs.set(stuck=True)
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.hears("Drawing")
    await soon(lambda: world.predictions)
    await ana.sends("/cancel@sandbox_bot")
    await ana.hears("no picture was made")
    world.stand_ins.eachlabs.set(stuck=False)


async def test_cancel_ends_what_is_only_about_to_be_asked(world: World) -> None:
    ana, _, _ = await friends(world)
    telegram = world.stand_ins.telegram
    telegram.add_fault(method="sendPhoto", kind="late", seconds=0.5)
    await ana.sends(f"{AVATAR} as a knight")
    await ana.card("Which look?")
    await ana.sends("/cancel@sandbox_bot")
    await ana.until(lambda sees: "Which look?" not in str(sees), "no card")


async def test_the_round_without_the_bots_name(world: World) -> None:
    ana, _, _ = await friends(world)
    await ana.sends("/groupavatar as pirates")
    await ana.card("which look?")


async def test_cancel_leaves_the_face_in_a_round(world: World) -> None:
    ana, _, _ = await friends(world)
    await ana.sends("/groupavatar comic")
    world.stand_ins.eachlabs.set(speed=8.0)
    await ana.taps("Put me in")
    await ana.taps("Put me in")
    await soon(lambda: world.predictions)
    nothing = await ana.sends("/cancel@sandbox_bot")
    await reaction(ana, nothing, "🤔")
    await ana.hears("In it: Ana")
