"""What the person wants to see: typed, by an idea, replaced, taken away; and what is drawn then."""

import asyncio
import re
from itertools import pairwise

import pytest

from bot.ideas import IDEAS
from tests.conversations import unusual
from tests.conversations.people import LOOKS, a_newer_card, labels, with_a_photo
from tests.world import Person, World

COMICS_OWN = "a person img as a comic book hero, bold ink, dynamic light"
ENGLISH_IS_BEST = "I'll draw that. English words work best, by the way."
TRIGGER = re.compile(r"img", re.IGNORECASE)


async def draws(person: Person, world: World, look: str = "Comic") -> str:
    """Taps a look; the prompt that reached the provider."""
    before = len(world.predictions)
    await person.taps(look)
    await person.gets_a_png()
    (prediction,) = world.predictions[before:]
    return str(prediction["input"]["prompt"])


async def test_without_words_each_look_has_its_own(world: World) -> None:
    anna = await with_a_photo(world)
    assert await draws(anna, world) == COMICS_OWN


async def test_words_are_shown_and_drawn(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.sends("as a knight")
    card = await anna.card("✏️ as a knight\n\nLovely, clear face. Tap a look and I'll draw.")
    assert "Or first write" not in card["caption"]
    assert await draws(anna, world) == "a person img as a knight"


async def test_new_words_take_the_place_of_the_old(world: World) -> None:
    anna = await with_a_photo(world)
    for words in ("as a knight", "as a king"):
        await anna.sends(words)
    await anna.card("✏️ as a king")
    assert await draws(anna, world) == "a person img as a king"


async def test_an_idea_by_a_tap_and_no_words_by_another(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.taps("✏️ Words")
    card = await anna.card("Write what you want to see, or take an idea. A few words are enough.")
    assert labels(card) == [*(idea.label for idea in IDEAS), "🎲 Surprise me", "‹ Back"]
    await anna.taps("🏴‍☠️ Pirate")
    await anna.card("✏️ as a pirate captain on deck, stormy sea, dramatic sky\n\nLovely")
    await anna.taps("✏️ Words")
    await anna.taps("🧽 No words")
    assert "✏️" not in (await anna.card("Or first write what you want to see"))["caption"]
    assert await draws(anna, world) == COMICS_OWN


async def test_a_surprise_is_one_of_the_ideas_and_never_the_same_twice(world: World) -> None:
    anna = await with_a_photo(world)
    seen = []
    for _ in range(4):
        await anna.taps("✏️ Words")
        await anna.taps("🎲 Surprise me")
        card = await anna.card("Lovely, clear face")
        seen.append(card["caption"].partition("\n")[0].removeprefix("✏️ "))
    assert set(seen) <= {idea.words for idea in IDEAS}
    assert all(one != following for one, following in pairwise(seen))
    assert (await draws(anna, world)).endswith(seen[-1])


async def test_typing_while_the_ideas_lie_there_is_words_all_the_same(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.taps("✏️ Words")
    await anna.sends("as a knight")
    assert "Comic" in labels(await anna.card("✏️ as a knight\n\nLovely"))


@pytest.mark.parametrize(
    "words",
    [
        "в доспехах рыцаря",
        "zırhlı bir şövalye, karlı dağlar",
        "穿着盔甲的骑士",
        "ملك على عرش ذهبي",
        "אביר בשריון",
    ],
)
async def test_other_languages_are_told_before_anything_is_spent_and_drawn(
    words: str, world: World
) -> None:
    anna = await with_a_photo(world)
    await anna.sends(words)
    await anna.card(f"{ENGLISH_IS_BEST}\n\n✏️ {words}\n\nLovely")
    assert world.predictions == []
    assert await draws(anna, world) == f"a person img, {words}"


async def test_english_with_an_accent_is_english(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.sends("in a café in Zürich, reading a newspaper")
    card = await anna.card("✏️ in a café in Zürich")
    assert "English" not in card["caption"]


# What is typed, and what of it the picture's description has to hold.
ODD = {
    "bold": ("<b>bold</b> king", "<b>bold</b> king"),
    "markdown": ("*_[king](x) `y` ~z~ ||w||", "*_[king](x) `y` ~z~ ||w||"),
    "emoji": ("👑🦁 as a king 👨‍👩‍👧", "👑🦁 as a king"),
    "lines": ("as a king\n\n\tin a hall", "as a king in a hall"),
    "trigger": ("img", "as a comic book hero"),
    "triggers": ("img img as IMG a king img", "as a king"),
    "inside": ("my imgur avatar", "avatar"),
    "glued": ("as a king,img.", "as a king"),
    "underlined": ("img_1 as a king", "as a king"),
    "woman": ("a woman img in red", "a woman img in red"),
    "man": ("An old MAN with a hat", "An old MAN img with a hat"),
    "late": ("a castle above the clouds where dragons fly around for ever and ever with a man",
             "a castle above the clouds"),
    "spaces": ("\u200b \u2060 ", "as a comic book hero"),
}  # fmt: skip


async def test_however_odd_the_words_the_trigger_stands_once_and_early(world: World) -> None:
    """All of these people at once, as they would come."""
    people = await asyncio.gather(*(with_a_photo(world, name) for name in ODD))
    for person in people:
        shown = (await person.card())["message_id"]
        unusual.sends(world, person, text=ODD[person.first_name][0])
        await a_newer_card(person, shown)
    await asyncio.gather(*(person.taps("Comic") for person in people))
    await asyncio.gather(*(person.gets_a_png() for person in people))

    prompts = [str(prediction["input"]["prompt"]) for prediction in world.predictions]
    assert len(prompts) == len(ODD)
    for prompt in prompts:
        assert len(TRIGGER.findall(prompt)) == 1, prompt
        assert len(prompt.partition("img")[0].split()) <= 12, prompt
    for typed, expected in ODD.values():
        assert [prompt for prompt in prompts if expected in prompt], typed


async def test_words_are_shown_as_they_were_typed(world: World) -> None:
    anna = await with_a_photo(world)
    for typed in (
        "<b>bold</b> &amp; king",
        "*_[king](tg://user?id=1) `z`",
        "ملك على عرش",
        "img img",
    ):
        await anna.sends(typed)
        card = await anna.card(f"✏️ {typed}\n\nLovely")
        bold = [e for e in card.get("entities", []) if e["type"] not in {"url", "text_link"}]
        assert bold == []


async def test_4096_emoji_are_cut_and_that_is_said(world: World) -> None:
    anna = await with_a_photo(world)
    unusual.sends(world, anna, text="🎃" * 4096)
    card = await anna.card("That's a lot of words: the picture follows about the first sixty.")
    assert f"✏️ {'🎃' * 149}…" in card["caption"]
    prompt = await draws(anna, world)
    assert prompt.startswith("a person img, 🎃")
    assert len(prompt) <= 400


async def test_4096_letters(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.sends("as a king " * 409)
    await anna.card("That's a lot of words")
    prompt = await draws(anna, world)
    assert prompt.startswith("a person img as a king as a king")
    assert len(prompt) <= 400


@pytest.mark.parametrize(
    "typed", ["as a \x00knight", "as a \ud83d knight", "\udc00as a knight", "as a knight\ud800"]
)
async def test_characters_that_are_none(typed: str, world: World) -> None:
    anna = await with_a_photo(world)
    shown = (await anna.card())["message_id"]
    unusual.sends(world, anna, text=typed)
    card = await a_newer_card(anna, shown)
    assert re.match(r"✏️ \W?as a\W+knight\W?\n\n", card["caption"])
    prompt = await draws(anna, world)
    assert re.fullmatch(r"a person img,? \W?as a\W+knight\W?", prompt), prompt


async def test_a_name_of_characters_that_are_none(world: World) -> None:
    anna = await world.person("Anna")
    await anna.sends("/start")
    await anna.card("Hi Anna")
    who = {"id": anna.id, "is_bot": False, "first_name": "Zo\ud83d\x00e"}
    unusual.sends(world, anna, text="as a knight", **{"from": who})
    card = await anna.card("✏️ as a knight\n\nHi Zo")
    assert "👋" in card["caption"]


# The word for the person


async def test_the_word_for_the_person_is_chosen_by_a_tap_and_remembered(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.taps("🙂 I'm: person")
    card = await anna.card("Who is in the photo? This word goes into the picture's description.")
    assert labels(card) == ["Woman", "Man", "Girl", "Boy", "Person", "✍️ Own word…", "‹ Back"]
    await anna.taps("Woman")
    assert "🙂 I'm: woman" in labels(await anna.card("🙂 Drawn as: woman\n\nLovely"))
    await anna.sends("as a knight")
    await anna.card("✏️ as a knight\n🙂 Drawn as: woman\n\nLovely")
    assert await draws(anna, world) == "a woman img as a knight"

    await anna.sends("/start")
    await anna.taps("Same photo as last time")
    assert "🙂 I'm: woman" in labels(await anna.card("🙂 Drawn as: woman"))
    await anna.taps("Neon")
    await anna.gets_a_png(2)
    assert world.predictions[1]["input"]["prompt"].startswith("a woman img ")


async def test_an_own_word_for_the_person(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.sends("as a knight")
    await anna.taps("I'm: person", on=await anna.card("✏️ as a knight"))
    await anna.taps("✍️ Own word…")
    await anna.card("Write the word for the person, like: old man")
    await anna.sends("old man")
    await anna.card("✏️ as a knight\n🙂 Drawn as: old man\n\nLovely")
    assert await draws(anna, world) == "an old man img as a knight"

    await anna.sends_photo(("again.jpg", b"%PDF"), kind="document")
    await anna.sends("/start")
    await anna.taps("Same photo as last time")
    await anna.card("🙂 Drawn as: old man")


async def test_a_word_in_the_words_goes_before_the_one_that_was_chosen(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.taps("I'm: person")
    await anna.taps("Man")
    await anna.sends("as a woman from the future")
    await anna.card("✏️ as a woman from the future")
    assert await draws(anna, world) == "as a woman img from the future"


@pytest.mark.parametrize(
    ("typed", "word"), [("img", "person"), ("<b>king</b>", "<b>king</b>"), ("x" * 80, "x" * 30)]
)
async def test_an_odd_own_word(typed: str, word: str, world: World) -> None:
    anna = await with_a_photo(world)
    await anna.taps("I'm: person")
    await anna.taps("Own word")
    await anna.sends(typed)
    await anna.until(lambda sees: "Comic" in labels(sees[-1]))
    prompt = await draws(anna, world)
    assert f"{word} img" in prompt
    assert len(TRIGGER.findall(prompt)) == 1


async def test_a_foreign_own_word_is_told_too(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.taps("I'm: person")
    await anna.taps("Own word")
    await anna.sends("старик")
    await anna.card(f"{ENGLISH_IS_BEST}\n\n🙂 Drawn as: старик")
    assert (await draws(anna, world)).startswith("a старик img")


async def test_asked_for_a_word_one_may_go_back_or_send_a_photo(world: World) -> None:
    anna = await with_a_photo(world)
    await anna.taps("I'm: person")
    await anna.taps("Own word")
    await anna.taps("‹ Back")
    await anna.card("Lovely")
    await anna.sends("old man")
    await anna.card("✏️ old man\n\nLovely")


# The looks


async def test_all_eleven_looks_reach_the_provider(world: World) -> None:
    """Eleven people at once, each with a look of their own."""
    people = await asyncio.gather(*(with_a_photo(world, look) for look in LOOKS))
    for person in people:
        await person.sends(f"as number {len(person.first_name)} {person.first_name}")
    for person in people:
        await person.card(f"{person.first_name}\n\nLovely")
    await asyncio.gather(*(person.taps(person.first_name) for person in people))
    await asyncio.gather(*(person.gets_a_png() for person in people))

    given = [prediction["input"] for prediction in world.predictions]
    reached = {
        look: [each["style_name"] for each in given if each["prompt"].endswith(f" {look}")]
        for look in LOOKS
    }
    assert reached == {look: [style] for look, style in LOOKS.items()}
    for each in given:
        numbers = {name: each[name] for name in each if name[:5] not in {"input", "promp", "style"}}
        assert numbers.pop("seed") in range(2**31)
        assert numbers == {"guidance_scale": 5.0, "num_steps": 20, "num_outputs": 1}
        assert each["style_strength_ratio"] == 20
    assert len({each["seed"] for each in given}) == len(LOOKS)
