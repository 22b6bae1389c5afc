"""Drafts: versions, and which card shows which of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.draft import (
    Draft,
    DraftKey,
    DraftPhoto,
    DraftRow,
    Notice,
    NoticeKind,
    Page,
)
from bot.domain.photomaker import Style
from bot.errors import StaleState
from storage import drafts
from storage.database import Database
from tests.properties import PROPERTY, typed

KEY = DraftKey(7, 0, 7)
NOW = 1_000.0
FULL = Draft(
    photos=(
        DraftPhoto("f1", "u1", checked=True),
        DraftPhoto("f2", "u2", checked=True, problem="blurred", accepted=True),
        DraftPhoto("f3", "u3"),
    ),
    words="as a <b>knight</b> 👋",
    person="old man",
    strength=15,
    look=Style.ANIMATED,
    page=Page.PHOTOS,
    typing_person=True,
    notice=Notice(NoticeKind.PHOTO_REFUSED, "too_dark"),
    album_id="42",
)


async def begun(database: Database, key: DraftKey = KEY, draft: Draft | None = None) -> DraftRow:
    async with database.writing() as connection:
        return await drafts.begin(connection, key, draft or Draft(), NOW)


async def saved(
    database: Database, row: DraftRow, *, render_at: float = 0.0, silent: bool = False
) -> DraftRow:
    async with database.writing() as connection:
        await drafts.save(connection, row, NOW, render_at=render_at, silent=silent)
    return await loaded(database, row)


async def loaded(database: Database, row: DraftRow) -> DraftRow:
    async with database.reading() as connection:
        found = await drafts.load(connection, row.id)
    assert found is not None
    return found


async def shown(database: Database, row: DraftRow, card: int) -> DraftRow:
    async with database.writing() as connection:
        await drafts.shown(connection, row, card)
    return await loaded(database, row)


async def behind(database: Database) -> list[tuple[int, float]]:
    async with database.reading() as connection:
        return await drafts.behind(connection)


async def test_a_conversation_begins_once(database: Database) -> None:
    first = await begun(database, draft=Draft(person="woman"))
    again = await begun(database, draft=Draft(person="man"))
    assert again == first
    assert (first.version, first.rendered_version, first.key) == (0, 0, KEY)
    assert first.draft == Draft(person="woman")
    assert await behind(database) == []


async def test_chat_topic_and_person_are_a_conversation_each(database: Database) -> None:
    keys = [KEY, DraftKey(-100, 0, 7), DraftKey(-100, 5, 7), DraftKey(-100, 5, 8)]
    rows = [await begun(database, key) for key in keys]
    assert len({row.id for row in rows}) == 4
    assert [row.key for row in rows] == keys


async def test_all_of_a_draft_comes_back(database: Database) -> None:
    row = await begun(database)
    row = replace(row, card_message_id=11, stale_cards=(5, 6), newest_message=10)
    kept = await saved(database, row.with_draft(FULL), render_at=NOW + 1)
    assert kept.draft == FULL
    assert (kept.card_message_id, kept.stale_cards, kept.newest_message) == (11, (5, 6), 10)
    assert (kept.version, kept.rendered_version, kept.render_at) == (1, 0, NOW + 1)
    assert await behind(database) == [(row.id, NOW + 1)]


@PROPERTY
@given(words=typed, person=typed, strength=st.integers(15, 50), look=st.sampled_from(Style))
def test_whatever_was_typed_can_be_kept(
    words: str, person: str, strength: int, look: Style
) -> None:
    # What a database can't hold is taken out where updates come in.
    words, person = (text.encode("utf-8", "replace").decode() for text in (words, person))
    draft = Draft(words=words, person=person, strength=strength, look=look)
    assert drafts._BODY.validate_json(drafts.dump(draft)) == draft


async def test_a_silent_change_needs_no_card(database: Database) -> None:
    row = await saved(database, await begun(database), silent=True)
    assert (row.version, row.rendered_version) == (1, 1)
    assert await behind(database) == []


async def test_of_two_who_change_the_same_version_one_is_told(database: Database) -> None:
    row = await begun(database)
    await saved(database, row.with_draft(Draft(words="first")))
    with pytest.raises(StaleState):
        await saved(database, row.with_draft(Draft(words="second")))
    assert (await loaded(database, row)).draft.words == "first"


async def test_a_card_that_shows_the_newest_version(database: Database) -> None:
    row = await saved(database, await begun(database))
    row = await shown(database, row, 21)
    assert (row.card_message_id, row.rendered_version) == (21, 1)
    assert await behind(database) == []


async def test_a_card_sent_for_an_older_version_is_adopted(database: Database) -> None:
    read = await saved(database, (await begun(database)).below(20))
    newer = await saved(database, read.with_draft(Draft(words="more")))  # by a tap, say
    after = await shown(database, read, 21)
    assert (after.card_message_id, after.stale_cards) == (21, ())
    assert (after.rendered_version, after.version) == (0, newer.version)
    assert await behind(database) == [(read.id, 0.0)]


async def test_a_card_that_lies_above_the_newest_message_is_swept_away(database: Database) -> None:
    read = await saved(database, (await begun(database)).below(20))
    await saved(database, read.below(22))
    after = await shown(database, read, 21)
    assert (after.card_message_id, after.stale_cards) == (None, (21,))


async def test_of_two_cards_for_one_draft_the_second_is_swept_away(database: Database) -> None:
    read = await saved(database, (await begun(database)).below(20))
    newer = await saved(database, read.with_draft(Draft(words="more")))
    await shown(database, newer, 22)
    after = await shown(database, read, 21)
    assert (after.card_message_id, after.stale_cards) == (22, (21,))


async def test_an_edit_that_was_overtaken_changes_no_card(database: Database) -> None:
    read = await saved(database, replace(await begun(database), card_message_id=21))
    await saved(database, read.below(22))
    after = await shown(database, read, 21)
    assert (after.card_message_id, after.stale_cards) == (None, (21,))
    assert after.rendered_version == 0


async def test_after_an_order_took_the_card_an_overtaken_edit_brings_it_not_back(
    database: Database,
) -> None:
    read = await saved(database, replace(await begun(database), card_message_id=21))
    await saved(database, read.without_card(), silent=True)
    after = await shown(database, read, 21)
    assert (after.card_message_id, after.stale_cards) == (None, ())


async def test_a_card_of_a_draft_that_is_gone_changes_nothing(database: Database) -> None:
    row = await begun(database)
    async with database.writing() as connection:
        await drafts.shown(connection, replace(row, id=999), 21)
        assert await drafts.load(connection, 999) is None
    assert await loaded(database, row) == row


async def test_a_card_that_the_person_deleted_is_forgotten_and_no_other(
    database: Database,
) -> None:
    row = await saved(database, replace(await begun(database), card_message_id=21))
    async with database.writing() as connection:
        await drafts.card_lost(connection, row)
    assert (await loaded(database, row)).card_message_id is None
    fresh = await shown(database, row, 30)
    async with database.writing() as connection:
        await drafts.card_lost(connection, row)  # told late about the first one
    assert (await loaded(database, row)).card_message_id == fresh.card_message_id == 30


async def test_swept_cards_are_struck_off_and_newer_ones_stay(database: Database) -> None:
    row = await saved(database, replace(await begun(database), stale_cards=(1, 2, 3)))
    async with database.writing() as connection:
        await drafts.swept(connection, row.id, (1, 3))
        await drafts.swept(connection, 999, (1,))
    assert (await loaded(database, row)).stale_cards == (2,)


async def test_putting_off_and_giving_up(database: Database) -> None:
    row = await saved(database, await begun(database))
    async with database.writing() as connection:
        await drafts.postpone(connection, row.id, NOW + 60)
    assert await behind(database) == [(row.id, NOW + 60)]
    async with database.writing() as connection:
        await drafts.give_up(connection, row)
    assert await behind(database) == []


async def test_giving_up_an_older_version_leaves_the_newer_one_to_show(database: Database) -> None:
    row = await saved(database, await begun(database))
    newer = await saved(database, row)
    async with database.writing() as connection:
        await drafts.give_up(connection, row)
    assert await behind(database) == [(newer.id, 0.0)]


async def test_drafts_with_photos_to_look_at(database: Database) -> None:
    plain = await begun(database)
    full = await saved(database, (await begun(database, DraftKey(8, 0, 8))).with_draft(FULL))
    async with database.reading() as connection:
        assert await drafts.unchecked(connection) == [full.id]
        assert await drafts.load(connection, 999) is None
    checked = tuple(replace(photo, checked=True) for photo in FULL.photos)
    await saved(database, full.with_draft(replace(FULL, photos=checked)))
    await saved(database, plain)
    async with database.reading() as connection:
        assert await drafts.unchecked(connection) == []
