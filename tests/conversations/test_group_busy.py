"""A busy group: eight people, topics, a round, a migration, and a bot that is thrown out."""

from itertools import pairwise
from typing import Any

import pytest

from tests.conversations.conftest import OpenWorld
from tests.conversations.groups import AVATAR
from tests.conversations.hellos import BOT
from tests.conversations.people import labels, soon, who_agreed
from tests.conversations.rounds import ROUND, grown, joins
from tests.sandbox.company import Group
from tests.world import FACE, Person, World

JOBS = {
    "Ana": "knight",
    "Bo": "baker",
    "Cleo": "diver",
    "Dora": "farmer",
    "Emil": "sailor",
    "Finn": "wizard",
    "Gul": "pilot",
    "Hugo": "clown",
}
# Telegram's minute, in which a group takes twenty messages, is as short for both sides.
MINUTE = 4.0
SO_MANY = 20


@pytest.fixture
def short_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbox.limits.GROUP_SECONDS", MINUTE)
    monkeypatch.setattr("bot.sandbox.telegram.limits.MINUTE", MINUTE)


class Busy:
    """The group and what everybody did in it."""

    def __init__(self, world: World, group: Group, people: dict[str, Person]) -> None:
        self.world = world
        self.group = group
        self.people = people
        self.commands: dict[str, tuple[int | None, int | None]] = {}
        self.chatter: list[int] = []

    def person(self, name: str) -> Person:
        return self.people[name].there(self.group)

    async def chats(self, *names: str, thread: int | None = None) -> None:
        """What people say to each other, and to other bots."""
        for name in names:
            for words in (f"{JOBS[name]}?", "/avatar@other_bot as a cat", "/help@other_bot"):
                said = await self.person(name).says(words, chat=self.group, thread=thread)
                self.chatter.append(said)

    async def orders(self, name: str) -> None:
        """With a photo, in no topic."""
        caption = f"{AVATAR} as a {JOBS[name]}, comic"
        [command] = await self.person(name).sends_photo(FACE, caption=caption)
        self.commands[name] = command, None

    async def orders_in(self, name: str, thread: int) -> None:
        """With words alone, in a topic; the photo is one's profile photo."""
        person = self.person(name)
        words = f"{AVATAR} as a {JOBS[name]}, comic"
        command = await person.says(words, chat=self.group, thread=thread)
        card = await person.hears(f"{name} as a {JOBS[name]}")
        await person.taps("Use my profile photo", on=card)
        self.commands[name] = command, thread

    async def picture_of(self, name: str) -> Any:
        """The one picture with this person's words, whose file is the one that was drawn."""
        person, words = self.person(name), f"as a {JOBS[name]}"

        def both(sees: list[Any]) -> Any:
            shown = [m for m in sees if "photo" in m and words in (m.get("caption") or "")]
            # A card that was left behind when the bot was thrown out is no picture.
            found = [m for m in shown if "Again" in str(labels(m))]
            ids = {m["message_id"] for m in found}
            files = [m for m in sees if "document" in m and m.get("reply_to") in ids]
            return (found, files) if files else None

        [picture], [file] = await person.until(both, f"the {JOBS[name]} and the file")
        [number] = [
            number
            for number, one in enumerate(self.world.predictions)
            if words in one["input"]["prompt"] and one["status"] == "success"
        ]
        assert await person.opens(file["document"]["url"]) == await self.world.drawn(number)
        assert file.get("thread_id") == picture.get("thread_id")
        return picture


async def test_every_picture_once_in_its_place_and_never_too_many(
    open_world: OpenWorld, short_minute: None
) -> None:
    world = await open_world(options={"flood_limits": True}, telegram_messages_per_second=30)
    world.stand_ins.eachlabs.set(speed=15.0)
    people = {name: await who_agreed(world, name) for name in JOBS}
    group = await world.group("Friends", *people.values(), kind="group")
    busy = Busy(world, group, people)
    world.expects("upgraded to a supergroup", "bot was kicked")

    # Three order, and the group becomes a supergroup while they are drawn.
    for name in ("Ana", "Bo", "Cleo"):
        await busy.orders(name)
        await busy.chats(name)
    await soon(lambda: world.predictions)
    old = await group.upgrade()
    busy.chatter.clear()
    for name in ("Ana", "Bo", "Cleo"):
        await busy.picture_of(name)

    # A round, and three orders in two topics beside it.
    await group.does("forum")
    knights, bakers = await group.topic("Knights"), await group.topic("Bakers")
    await busy.person("Hugo").sends(f"{ROUND} as pirates, comic")
    await busy.person("Hugo").hears("All of us as pirates")
    await busy.orders_in("Dora", knights)
    await busy.orders_in("Emil", bakers)
    await busy.chats("Ana", "Bo", thread=knights)
    await joins(busy.person("Ana"), busy.person("Hugo"), busy.person("Bo"))
    await busy.orders_in("Finn", knights)
    for name in ("Dora", "Emil", "Finn"):
        picture, (command, thread) = await busy.picture_of(name), busy.commands[name]
        assert (picture["reply_to"], picture.get("thread_id")) == (command, thread)
    await grown(busy.person("Ana"), "Ana, Hugo, Bo")

    # The bot is thrown out of an order, comes back, and is asked again.
    world.stand_ins.eachlabs.set(stuck=True)
    await busy.orders("Gul")
    await busy.person("Gul").hears("Drawing")
    await soon(lambda: "pilot" in str(world.predictions))
    await group.removes(BOT)
    await soon(lambda: world.predictions[-1]["status"] == "cancelled")
    world.stand_ins.eachlabs.set(stuck=False)
    await group.adds(BOT)
    await busy.orders("Gul")
    await busy.chats("Dora")
    await busy.orders("Hugo")
    for name in ("Gul", "Hugo"):
        assert (await busy.picture_of(name))["reply_to"] == busy.commands[name][0]

    # Each once, to the end.
    for name in JOBS:
        await busy.picture_of(name)
    sees = await busy.person("Ana").sees()
    answered = {m.get("reply_to") for m in sees if m["from"]["is_bot"]}
    assert not answered & set(busy.chatter)
    assert not [m for m in sees if m["message_id"] in busy.chatter and m.get("reactions")]
    for chat_id in (old, group.id):
        assert never_too_many(world, chat_id)
    assert world.stand_ins.telegram.calls.flood_429 == 0


def never_too_many(world: World, chat_id: int) -> bool:
    """Whether no minute had more than twenty messages and edits."""
    times = [
        call.at
        for call in world.stand_ins.telegram.calls
        if call.method.startswith(("send", "edit"))
        and call.method != "sendChatAction"
        and call.params.get("chat_id") == chat_id
    ]
    spans = zip(times, times[SO_MANY:], strict=False)
    assert len(times) > 3
    assert all(later >= sooner for sooner, later in pairwise(times))
    # What is on its way for a moment may arrive a little closer together than it was sent.
    return all(later - sooner > MINUTE - 0.1 for sooner, later in spans)
