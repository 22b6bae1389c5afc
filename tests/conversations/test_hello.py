"""START, the consent, commands, links, and what stands on the bot's profile."""

from functools import partial

import pytest

from tests.conversations import unusual
from tests.conversations.conftest import OpenWorld
from tests.conversations.people import cards, labels, soon, who_agreed, with_a_photo
from tests.world import FACE, World


def calls(world: World, method: str) -> int:
    return len(world.stand_ins.telegram.calls.made(method))


async def test_start_says_hello_under_the_looks_with_two_ways_to_agree(world: World) -> None:
    ana = await world.person("Ana")
    await ana.sends("/start")

    card = await ana.card("Hi Ana 👋")

    assert card["caption"] == (
        "Hi Ana 👋 One photo → you, in ten looks. Free.\n\n"
        "I'm 18 or older, and it's me or I have their OK. Each Labs draws it; our uploaded copy "
        "is deleted afterwards. /privacy"
    )
    assert labels(card) == ["✅ Agree · send a photo", "✅ Agree · use my profile photo"]
    assert "photo" in card


async def test_the_consent_is_asked_once(world: World) -> None:
    anna = await who_agreed(world)
    await anna.sends("/start")
    card = await anna.card("Send me a photo of one face")
    assert not [label for label in labels(card) if "Agree" in label]


async def test_the_consent_outlives_a_restart(open_world: OpenWorld) -> None:
    world = await open_world()
    anna = await who_agreed(world)
    await world.end()
    await world.start()
    await anna.sends("/start")
    assert "👤 Use my profile photo" in labels(await anna.card("Send me a photo"))


async def test_a_photo_sent_before_the_consent_waits_and_one_tap_goes_on(world: World) -> None:
    presigned = world.counts["presigns"]
    anna = await world.person("Anna")
    await anna.sends_photo(FACE)
    card = await anna.card("Your photo is here already: one tap and we go on.")
    assert labels(card) == ["✅ Agree · go on"]
    assert calls(world, "getFile") == 0
    assert world.counts["presigns"] == presigned

    await anna.taps("Agree · go on")
    card = await anna.card("Lovely, clear face. Tap a look and I'll draw.")
    assert "Comic" in labels(card)
    assert calls(world, "getFile") == 1


async def test_a_photo_waits_for_the_consent_across_a_restart_too(open_world: OpenWorld) -> None:
    world = await open_world()
    anna = await world.person("Anna")
    await anna.sends_photo(FACE)
    await anna.card("Your photo is here already")
    await world.end()
    await world.start()
    await anna.sends("as a knight")
    await anna.card("✏️ as a knight\n\nYour photo is here already")
    assert calls(world, "getFile") == 0
    await anna.taps("Agree · go on")
    await anna.card("✏️ as a knight\n\nLovely, clear face")


async def test_an_album_before_the_consent_waits_too(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends_photo(FACE, FACE, kind="album", caption="as a knight")
    card = await anna.card("Your 2 photos are here already")
    assert card["caption"].startswith("✏️ as a knight\n\n")
    assert calls(world, "getFile") == 0
    await anna.taps("Agree · go on")
    await anna.card("2 photos: more angles, more likeness.")


async def test_words_before_the_consent_are_kept(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("as a knight")
    card = await anna.card("✏️ as a knight\n\nHi Anna")
    assert "Agree" in labels(card)[0]
    await anna.taps("use my profile photo")
    await anna.card("✏️ as a knight\n\nLovely, clear face")


async def test_nothing_can_be_done_before_the_consent(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends_photo(FACE)
    card = await anna.card("Hi Anna")
    draft = card["keyboard"][0][0]["data"].partition(":")[0]
    for data in ("l:comic", "pp", "lp", "pg:words", "a", "x", "p:woman"):
        popup = await anna.invents(card["message_id"], f"{draft}:{data}")
        assert popup == "First tap one of the “Agree” buttons."
    assert calls(world, "getFile") == 0
    assert (await anna.card("Hi Anna"))["message_id"] == card["message_id"]
    assert world.predictions == []


async def test_a_name_is_never_parsed_as_markup(world: World) -> None:
    person = await world.person("<b>Bob</b> *_[x](y) & co")
    await person.sends("/start")
    await person.card("Hi <b>Bob</b> *_[x](y) & co 👋 One photo")


async def test_help_tells_how_it_works_and_brings_the_card_below(world: World) -> None:
    anna = await with_a_photo(world)
    before = await anna.card("Lovely")
    await anna.sends("/help")
    await anna.hears("1. Send a photo of one face")
    card = await anna.card("Lovely, clear face")
    assert card["message_id"] != before["message_id"]
    await anna.until(lambda sees: len(cards(sees)) == 1, "one card only")


async def test_help_and_privacy_work_before_anything_else(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/help")
    await anna.card("3. Tap a look. Half a minute later the picture is here")
    await anna.sends("/privacy")
    card = await anna.card("Your photo stays with Telegram")
    assert "copy deletes itself within two hours" in card["text"]
    assert "Questions" not in card["text"]


async def test_an_unknown_command_gets_help(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/avatarize me")
    await anna.card("1. Send a photo of one face")


async def test_whom_to_ask_stands_in_help_and_privacy(open_world: OpenWorld) -> None:
    world = await open_world(operator_contact="@anab or ana@example.org")
    anna = await world.person("Anna")
    for command in ("/help", "/privacy"):
        await anna.sends(command)
        await anna.card("Questions: @anab or ana@example.org")


async def test_a_friends_link_brings_the_look_along(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start look-comic")
    await anna.taps("use my profile photo")
    card = await anna.card("Lovely, clear face")
    assert [label for label in labels(card) if label.startswith("•")] == ["• Comic"]
    await anna.taps("• Comic")
    await anna.gets_a_png()
    assert world.predictions[0]["input"]["style_name"] == "Comic book"


async def test_a_friends_link_leaves_the_photo_and_the_words(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.sends("as a knight")
    await anna.card("✏️ as a knight")
    await anna.sends("/start look-neon")
    assert "• Neon" in labels(await anna.card("✏️ as a knight\n\nLovely"))


@pytest.mark.parametrize("argument", ["look-", "look-nosuch", "look-COMIC", "x" * 64, "💥"])
async def test_a_link_that_means_nothing_is_a_start(argument: str, world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends(f"/start {argument}")
    await anna.card("Hi Anna 👋")


async def test_the_claim_link_makes_one_admin_once(
    open_world: OpenWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world = await open_world(start=False)
    await world.start(announce=True)
    printed: list[str] = []

    def link() -> str:
        printed.append(capsys.readouterr().out)
        return "".join(printed).partition("?start=claim-")[2]

    await soon(link)
    argument = f"claim-{link().split()[0]}"

    anna, ben = await world.person("Anna"), await world.person("Ben")
    await world.group("Before", ben)
    await ben.sends("/start claim-invented")
    await ben.card("That link has been used already, or it isn't mine.")
    await anna.sends(f"/start {argument}")
    await anna.hears("This bot is yours now: you're its admin")
    # Of a group that it came into before.
    await anna.hears("I'm in a new group: Before")
    await ben.sends(f"/start {argument}")
    await ben.until(lambda sees: len([m for m in sees if "isn't mine" in m.get("text", "")]) == 2)

    world.stand_ins.eachlabs.set(balance=0.0)
    await ben.sends("/start")
    await ben.taps("use my profile photo")
    await ben.taps("Comic")
    await ben.hears("😴 I'm resting for now. Your order is kept")
    await anna.card("⚠️ The balance at Each Labs is empty.")
    await ben.taps("Cancel")


async def test_the_profile_is_set_at_the_start_and_left_alone_after(open_world: OpenWorld) -> None:
    world = await open_world(start=False)
    texts = {"description", "short_description", "commands"}
    for _ in range(2):
        asked = calls(world, "getMyShortDescription")
        await world.start()
        await soon(partial(_is_described, world, asked))
        await world.end()

    async with world.http.get(f"{world.stand_ins.origin}/people/bot") as response:
        about = {name: value for name, value in (await response.json()).items() if name in texts}
    assert about == {
        "description": "Send a selfie, tap a look, get your avatar in half a minute.",
        "short_description": "A selfie in, an avatar out: ten looks, private chats and groups.",
        "commands": [
            {"command": "start", "description": "Make an avatar"},
            {"command": "cancel", "description": "Stop what is going on"},
            {"command": "help", "description": "How it works"},
            {"command": "privacy", "description": "What happens to your photos"},
        ],
    }
    # Three menus: for everybody, for groups, for their admins.
    assert calls(world, "setMyCommands") == 3
    for method in ("setMyDescription", "setMyShortDescription"):
        assert calls(world, method) == 1, method


def _is_described(world: World, asked_before: int) -> bool:
    """The last of three questions has been answered, and what was missing has been set."""
    asked = calls(world, "getMyShortDescription") > asked_before
    return asked and calls(world, "setMyShortDescription") > 0


async def test_a_message_of_telegrams_own_is_no_reason_to_speak(world: World) -> None:
    """A pinned message, a changed timer: nobody has said anything."""
    anna = await who_agreed(world)
    card = await anna.card("Send me a photo")
    unusual.sends(world, anna, message_auto_delete_timer_changed={"message_auto_delete_time": 60})
    await anna.sends("as a knight")
    after = await anna.card("✏️ as a knight")
    sent = [c.params.get("caption", "") for c in world.stand_ins.telegram.calls.made("sendPhoto")]
    assert not [caption for caption in sent if "I can only work with" in caption]
    assert after["message_id"] != card["message_id"]
