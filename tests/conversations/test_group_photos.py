"""`/avatar` in a group without a photo, and with somebody else's."""

from io import BytesIO

from PIL import Image

from tests.conversations.groups import AVATAR, friends, reaction, spent
from tests.conversations.people import data_of, labels, soon
from tests.faults.moments import rows
from tests.world import FACE, PHOTOS, World

# Another picture than the profile photos.
OTHER = PHOTOS / "astronaut-mirrored.webp"
NOT_YOURS = "This one isn't yours. Ask for your own, and you get one."


def size(picture: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(picture)).size


async def test_alone_it_takes_the_profile_photo_by_the_tap_on_a_look(world: World) -> None:
    ana, bo, group = await friends(world)
    await ana.sends(f"{AVATAR} as a knight")
    card = await ana.card("I'll use your profile photo, unless you answer this message")
    assert card["text" if "text" in card else "caption"].startswith("Ana as a knight. Which look?")
    assert await bo.taps("Comic") == NOT_YOURS
    await ana.taps("Comic")
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 5


async def test_with_a_look_in_the_words_one_tap_is_enough(world: World) -> None:
    ana, bo, group = await friends(world)
    await ana.sends(f"{AVATAR} as a knight, comic")
    card = await ana.card("Ana as a knight.")
    assert labels(card) == ["👤 Use my profile photo", "✖️ Never mind"]
    assert await bo.taps("profile") == NOT_YOURS
    assert world.predictions == []
    await ana.taps("Use my profile photo")
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 5


async def test_a_photo_in_an_answer_takes_its_place(world: World) -> None:
    ana, bo, group = await friends(world)
    await ana.sends(f"{AVATAR} as a knight")
    card = (await ana.card("Which look?"))["message_id"]
    await bo.sends_photo(FACE, reply_to=str(card))
    [photo] = await ana.sends_photo(OTHER, reply_to=str(card))
    await reaction(ana, photo, "👀")
    await ana.taps("Comic")
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 5
    [drawn] = world.predictions
    async with world.http.get(drawn["input"]["input_image"]) as response:
        uploaded = await response.read()
    assert size(uploaded) == size(OTHER.read_bytes()) != size(FACE.read_bytes())


async def test_without_a_profile_photo_an_answer_is_asked_for(world: World) -> None:
    cleo = await world.person("Cleo", profile_photo=None)
    group = await world.group("Friends", cleo)
    await cleo.sends("/start")
    await cleo.taps("Agree · send a photo")
    cleo = cleo.there(group)
    world.forget()
    await cleo.sends(f"{AVATAR} as a knight")
    card = (await cleo.card("Answer this message with a photo of one face."))["message_id"]
    assert await cleo.taps("Comic") == "First a photo, then the look."
    [photo] = await cleo.sends_photo(FACE, reply_to=str(card))
    await reaction(cleo, photo, "👀")
    await cleo.taps("Comic")
    await cleo.gets_a_png()
    assert len(spent(world, group)) <= 5
    await cleo.sends(f"{AVATAR} as a baker, neon")
    card = (await cleo.card("Cleo as a baker."))["message_id"]
    await cleo.sends_photo(FACE, reply_to=str(card))
    await cleo.gets_a_png(2)


async def test_a_photo_that_will_not_do_is_named(world: World) -> None:
    ana, _, _ = await friends(world)
    await ana.sends_photo(("broken.png", b"no picture at all"), caption=AVATAR, kind="document")
    await ana.card("That file is not a picture that I can read.")
    assert world.predictions == []


async def test_somebody_elses_photo_waits_for_their_own_tap(world: World) -> None:
    ana, bo, group = await friends(world)
    cleo = (await world.person("Cleo")).there(group)
    await group.adds(cleo.id)
    [photo] = await bo.sends_photo(FACE)
    world.forget()
    await ana.sends(f"{AVATAR} as a knight, comic", reply_to=photo)
    card = await ana.card("Ana as a knight, from Bo's photo. Bo, may I draw you?")
    assert labels(card) == ["✅ Yes, it's fine", "✖️ No"]
    for other in (ana, cleo):
        assert await other.taps("it's fine") == "Only Bo can say that."
    for data in ("l:comic", "ok", "pp", "go"):
        await ana.invents(card["message_id"], f"{data_of(card, 'fine').partition(':')[0]}:{data}")
    assert _uploads(world) == 0
    assert world.predictions == []
    await bo.taps("Yes, it's fine")
    await ana.gets_a_png()
    assert len(world.predictions) == 1
    assert len(spent(world, group)) <= 7


async def test_the_asker_still_taps_the_look_of_somebody_elses_photo(world: World) -> None:
    ana, bo, group = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    world.forget()
    await ana.sends(f"{AVATAR} as a knight", reply_to=photo)
    await bo.taps("Yes, it's fine")
    await ana.card("Ana as a knight. Which look?")
    assert await bo.taps("Comic") == NOT_YOURS
    await ana.taps("Comic")
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 7


async def test_an_answer_does_not_get_around_the_other_persons_yes(world: World) -> None:
    ana, bo, _ = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    await ana.sends(f"{AVATAR} comic", reply_to=photo)
    card = await ana.card("Bo, may I draw you?")
    await ana.sends_photo(FACE, reply_to=str(card["message_id"]))
    await ana.sends("/avatar@sandbox_bot neon")
    await ana.card("Ana.")
    assert world.predictions == []


def _uploads(world: World) -> int:
    return sum(count for asked, count in world.counts.items() if "upload" in asked.lower())


async def test_an_anonymous_admin_orders_and_the_tap_is_their_own(world: World) -> None:
    ana, bo, group = await friends(world)
    await group.promotes(bo.id, "can_change_info", anonymous=True)
    cleo = (await world.person("Cleo")).there(group)
    await group.adds(cleo.id)
    world.forget()
    await bo.sends_photo(FACE, caption=f"{AVATAR} as a knight")
    await bo.card("Friends as a knight. Which look?")
    assert await cleo.taps("Comic") == "Only the admin who asked can do that."
    await bo.taps("Comic")
    await bo.gets_a_png()
    assert len(world.predictions) == 1
    assert len(spent(world, group)) <= 5
    picture = await bo.until(
        lambda sees: next((m for m in sees if "🔁 Again" in labels(m)), None), "the picture"
    )
    assert await ana.invents(picture["message_id"], data_of(picture, "Again")) == NOT_YOURS


async def test_an_anonymous_admin_who_has_not_agreed_does_so_by_their_own_tap(
    world: World,
) -> None:
    ana, _, group = await friends(world)
    dora = (await world.person("Dora")).there(group)
    await group.adds(dora.id)
    await group.promotes(dora.id, "can_change_info", anonymous=True)
    world.forget()
    await dora.sends_photo(FACE, caption=f"{AVATAR} comic")
    card = await dora.card("Friends.")
    assert labels(card) == ["🎨 Draw it", "✖️ Never mind"]
    await dora.taps("Draw it")
    await dora.card("one tap first")
    assert await ana.taps("Agree") == NOT_YOURS
    await dora.taps("Agree")
    await dora.gets_a_png()
    assert len(spent(world, group)) <= 7


async def test_a_channel_that_speaks_in_the_group_is_told_in_one_sentence(world: World) -> None:
    ana, _, group = await friends(world)
    channel = await ana.channel("Ana's news")
    number = await ana.says(f"{AVATAR} comic", chat=group, as_chat=channel)
    told = await ana.hears("I draw for people, not for channels.")
    assert told["reply_to"] == number
    for _ in range(3):
        await ana.says(f"{AVATAR} comic", chat=group, as_chat=channel)
    handled = f"SELECT 1 FROM updates WHERE state = 'handled' AND conversation LIKE '{group.id}:%'"
    there = len(rows(world, handled))
    await soon(lambda: len(rows(world, handled)) >= there + 3 or len(spent(world, group)) > 1)
    assert len(spent(world, group)) == 1


async def test_a_linked_channels_post_asks_nothing(world: World) -> None:
    ana, _, group = await friends(world)
    channel = await ana.channel("News", group=group)
    await ana.there(channel).sends(f"{AVATAR} comic")
    await ana.sends_photo(FACE, caption=f"{AVATAR} comic")
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 4


async def test_two_anonymous_admins_at_once_keep_both_questions(world: World) -> None:
    ana, bo, group = await friends(world)
    for person in (ana, bo):
        await group.promotes(person.id, "can_change_info", anonymous=True)
    await ana.sends(f"{AVATAR} as a knight")
    hers = await ana.card("Friends as a knight. Which look?")
    await bo.sends_photo(FACE, caption=f"{AVATAR} as a baker")
    his = await bo.card("Friends as a baker. Which look?")
    # Each answer is for the card that it answers.
    await ana.sends_photo(FACE, reply_to=str(hers["message_id"]))
    await reaction(ana, [m for m in await ana.sees() if m["outgoing"]][-1]["message_id"], "👀")
    await bo.taps("Neon", on=his)
    await ana.taps("Comic", on=hers)
    await ana.gets_a_png(2)
    drawn = {p["input"]["style_name"]: p["input"]["prompt"] for p in world.predictions}
    assert "knight" in drawn["Comic book"]
    assert "baker" in drawn["Neonpunk"]
    ordered = f"SELECT user_id, recipe FROM orders WHERE chat_id = {group.id} ORDER BY id"
    [(first, baker), (second, knight)] = rows(world, ordered)
    assert (first, second, "baker" in baker, "knight" in knight) == (bo.id, ana.id, True, True)


async def test_whose_photo_it_is_has_left_the_group(world: World) -> None:
    ana, bo, group = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    cleo = (await world.person("Cleo")).there(group)
    await group.adds(cleo.id)
    await group.removes(bo.id)
    await ana.sends(f"{AVATAR} as a knight, comic", reply_to=photo)
    card = await ana.card("I can't ask Bo here: do you have their OK?")
    assert labels(card) == ["✅ I have their OK", "✖️ Never mind"]
    assert await cleo.taps("I have their OK") == NOT_YOURS
    assert _uploads(world) == 0
    await ana.taps("I have their OK")
    await ana.gets_a_png()


async def test_whose_photo_it_is_leaves_before_saying_yes(world: World) -> None:
    ana, bo, group = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    world.forget()
    await ana.sends(AVATAR, reply_to=photo)
    await ana.card("Bo, may I draw you?")
    assert await ana.taps("it's fine") == "Only Bo can say that."
    await group.removes(bo.id)
    await ana.taps("I have their OK")
    card = (await ana.hears("Ana. Which look?"))["message_id"]
    # It is the asker's word by now, and holds for what she adds.
    await ana.sends("as a knight, comic", reply_to=card)
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 7


async def test_the_photo_of_who_cant_be_asked_needs_the_askers_word(world: World) -> None:
    """An anonymous admin's, and a linked channel's."""
    ana, bo, group = await friends(world)
    channel = await ana.channel("News", group=group)
    await ana.there(channel).sends_photo(FACE)
    post = (await bo.sees())[-1]["message_id"]
    await group.promotes(ana.id, "can_change_info", anonymous=True)
    [photo] = await ana.sends_photo(FACE)
    for theirs, name in ((post, "News"), (photo, "Friends")):
        await bo.sends(f"{AVATAR} as a knight, comic", reply_to=theirs)
        card = await bo.card(f"I can't ask {name} here: do you have their OK?")
        assert labels(card) == ["✅ I have their OK", "✖️ Never mind"]
    assert (_uploads(world), world.predictions) == (0, [])
    await bo.taps("I have their OK")
    await bo.gets_a_png()


async def test_whoever_asked_hears_of_a_no(world: World) -> None:
    ana, bo, _ = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    command = await ana.sends(f"{AVATAR} as a knight, comic", reply_to=photo)
    await bo.taps("✖️ No")
    told = await ana.card("Bo would rather not be drawn.")
    assert told["reply_to"] == command
    assert world.predictions == []


async def test_whose_photo_it_is_leaves_after_saying_yes(world: World) -> None:
    ana, bo, group = await friends(world)
    [photo] = await bo.sends_photo(FACE)
    world.forget()
    await ana.sends(AVATAR, reply_to=photo)
    await bo.taps("it's fine")
    card = (await ana.hears("Ana. Which look?"))["message_id"]
    await group.removes(bo.id)
    # Bo hasn't read these words, and can't any more.
    await ana.sends("as a knight, comic", reply_to=card)
    await ana.taps("I have their OK")
    await ana.gets_a_png()
    assert len(spent(world, group)) <= 7


async def test_a_forwarded_photo_is_not_the_forwarders(world: World) -> None:
    ana, _, _ = await friends(world)
    [photo] = await ana.sends_photo(FACE, forwarded="1")
    world.forget()
    asks = "I can't ask Hidden account here: do you have their OK?"
    await ana.sends(f"{AVATAR} as a knight, comic", reply_to=photo)
    await ana.card(asks)
    await ana.sends_photo(FACE, caption=f"{AVATAR} as a baker, comic", forwarded="1")
    await ana.card(f"Ana as a baker, from Hidden account's photo. {asks}")
    assert (_uploads(world), world.predictions) == (0, [])
    await ana.taps("I have their OK")
    await ana.gets_a_png()
