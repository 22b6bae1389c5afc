"""The conversation: what a person has put together so far, and every step from there.

A draft is a value. Each step takes one and returns the next; nothing here waits or writes.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bot.domain.group import Ask, Errand
from bot.domain.photomaker import (
    MAX_PHOTOS,
    Recipe,
    Style,
    build_prompt,
    person_word,
    reads_as_english,
)

# Bot API: a message's text has 1 to 4096 characters.
MAX_WORDS: Final = 4096


class Page(StrEnum):
    """Which sheet of buttons lies on the card."""

    LOOKS = "looks"
    WORDS = "words"
    PERSON = "person"
    PHOTOS = "photos"


class NoticeKind(StrEnum):
    """What the card says about the last step, once."""

    PHOTO_REFUSED = "photo_refused"
    TOO_MANY_PHOTOS = "too_many_photos"
    NOT_A_PHOTO = "not_a_photo"
    NO_PROFILE_PHOTO = "no_profile_photo"
    NOT_ENGLISH = "not_english"
    SHORTENED = "shortened"
    TYPE_PERSON = "type_person"
    MORE_LIKE_ME = "more_like_me"
    OTHER_LOOK = "other_look"
    NEW_WORDS = "new_words"
    STARTED_OVER = "started_over"
    NOTHING_TO_CANCEL = "nothing_to_cancel"
    NO_PHOTO = "no_photo"
    WENT_WRONG = "went_wrong"
    BROUGHT = "brought"


@dataclass(frozen=True, slots=True)
class Notice:
    """`detail` is a PhotoProblem's value, or what else the sentence needs."""

    kind: NoticeKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DraftPhoto:
    """A photo by Telegram's ids; the bot keeps no picture.

    `problem` is a `PhotoProblem`'s value that somebody may overrule (`accepted`).
    """

    file_id: str
    unique_id: str
    checked: bool = False
    problem: str | None = None
    accepted: bool = False

    @property
    def usable(self) -> bool:
        return self.problem is None or self.accepted


@dataclass(frozen=True, slots=True)
class Draft:
    """What will be drawn, and what the card shows of it.

    `look` is the style of the picture that this draft goes on from; `strength` is the model's
    style_strength_ratio. `album_id` is the media group whose parts may still come in.
    `ask` is there where the draft began with a command in a group, an `errand` where the next photo
    in private is for one.
    """

    photos: tuple[DraftPhoto, ...] = ()
    words: str = ""
    person: str = "person"
    strength: int = 20
    look: Style | None = None
    page: Page = Page.LOOKS
    typing_person: bool = False
    notice: Notice | None = None
    album_id: str | None = None
    ask: Ask | None = None
    errand: Errand | None = None

    @property
    def usable_photos(self) -> tuple[DraftPhoto, ...]:
        return tuple(photo for photo in self.photos if photo.usable)

    @property
    def doubtful_photos(self) -> tuple[DraftPhoto, ...]:
        return tuple(photo for photo in self.photos if not photo.usable)

    @property
    def unchecked(self) -> tuple[DraftPhoto, ...]:
        return tuple(photo for photo in self.photos if not photo.checked)


@dataclass(frozen=True, slots=True)
class DraftKey:
    """Whose conversation, and where. Thread 0 stands for none.

    All anonymous administrators of a group write from one account: `anonymous` keeps each of their
    commands apart, by its message.
    """

    chat_id: int
    thread_id: int
    user_id: int

    def anonymous(self, message_id: int) -> "DraftKey":
        # Bot API: people's ids are positive.
        return replace(self, user_id=-message_id)

    @property
    def is_anonymous(self) -> bool:
        return self.user_id < 0


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft and its card.

    `card_message_id` shows `rendered_version`; `stale_cards` lie above it and have to go;
    `newest_message` is the person's.
    """

    id: int
    key: DraftKey
    draft: Draft
    version: int
    rendered_version: int
    render_at: float
    card_message_id: int | None
    stale_cards: tuple[int, ...]
    newest_message: int

    @property
    def owner(self) -> int:
        """Whose card it is; in a group an anonymous administrator's may become somebody's."""
        return (self.draft.ask.owner if self.draft.ask else 0) or self.key.user_id

    def with_draft(self, draft: Draft) -> "DraftRow":
        return replace(self, draft=draft)

    def below(self, message_id: int) -> "DraftRow":
        """The next card comes anew, below what the person has just sent."""
        row = replace(self, newest_message=max(message_id, self.newest_message))
        if self.card_message_id is None:
            return row
        stale = (*self.stale_cards, self.card_message_id)
        return replace(row, card_message_id=None, stale_cards=stale)

    def without_card(self) -> "DraftRow":
        """The card belongs to an order from now on."""
        return replace(self, card_message_id=None)


def add_photo(draft: Draft, photo: DraftPhoto, album_id: str | None = None) -> Draft:
    """The photo joins; a fifth is declined, one that is there already changes nothing."""
    # What the last part of the same album had to be told is still to be read.
    notice = draft.notice if album_id is not None and album_id == draft.album_id else None
    draft = replace(draft, page=Page.LOOKS, typing_person=False, notice=notice, album_id=album_id)
    if any(known.unique_id == photo.unique_id for known in draft.photos):
        return draft
    if len(draft.photos) >= MAX_PHOTOS:
        # A doubtful photo makes room for a new one: that is what the person sends it for.
        doubtful = draft.doubtful_photos
        if not doubtful:
            return replace(draft, notice=Notice(NoticeKind.TOO_MANY_PHOTOS))
        draft = without_photo(draft, doubtful[0].unique_id)
    return replace(draft, photos=(*draft.photos, photo))


def without_photo(draft: Draft, unique_id: str) -> Draft:
    return replace(draft, photos=tuple(p for p in draft.photos if p.unique_id != unique_id))


def check_photo(draft: Draft, unique_id: str, problem: str | None, *, blocking: bool) -> Draft:
    """What looking at a photo found: nothing, a doubt, or that it can't be used at all."""
    if blocking and problem is not None:
        return refuse_photo(without_photo(draft, unique_id), problem)
    photos = tuple(
        replace(p, checked=True, problem=problem) if p.unique_id == unique_id else p
        for p in draft.photos
    )
    return replace(draft, photos=photos)


def refuse_photo(draft: Draft, problem: str) -> Draft:
    return replace(draft, notice=Notice(NoticeKind.PHOTO_REFUSED, problem))


def accept_doubtful(draft: Draft) -> Draft:
    """`Use it anyway`."""
    photos = tuple(p if p.usable else replace(p, accepted=True) for p in draft.photos)
    return replace(draft, photos=photos, notice=None, page=Page.LOOKS)


def drop_photos(draft: Draft) -> Draft:
    return replace(draft, photos=(), notice=None, page=Page.LOOKS, album_id=None)


def write(draft: Draft, text: str) -> Draft:
    """Text is the words, unless the bot has just asked for a word for the person."""
    if draft.typing_person:
        return choose_person(draft, text)
    return set_words(draft, text)


def set_words(draft: Draft, text: str) -> Draft:
    words = text.strip()[:MAX_WORDS]
    draft = replace(draft, words=words, page=Page.LOOKS, notice=None, typing_person=False)
    if build_prompt(words, draft.person, draft.look or Style.NATURAL).shortened:
        return replace(draft, notice=Notice(NoticeKind.SHORTENED))
    if not reads_as_english(words):
        return replace(draft, notice=Notice(NoticeKind.NOT_ENGLISH))
    return draft


def choose_person(draft: Draft, word: str) -> Draft:
    notice = None if reads_as_english(word) else Notice(NoticeKind.NOT_ENGLISH)
    chosen = person_word(word)
    return replace(draft, person=chosen, page=Page.LOOKS, typing_person=False, notice=notice)


def ask_person(draft: Draft) -> Draft:
    """`Own word…`: the next text is the word for the person."""
    return replace(draft, typing_person=True, notice=Notice(NoticeKind.TYPE_PERSON))


def turn_to(draft: Draft, page: Page) -> Draft:
    return replace(draft, page=page, notice=None, typing_person=False, errand=None)


def notify(draft: Draft, kind: NoticeKind, detail: str = "") -> Draft:
    return replace(draft, notice=Notice(kind, detail))


def start_over(draft: Draft) -> Draft:
    """Everything away but the word for the person, which hardly ever changes."""
    return Draft(person=draft.person, notice=Notice(NoticeKind.STARTED_OVER))


def after_order(draft: Draft) -> Draft:
    """An order took the card with it; only the word for the person stays."""
    return Draft(person=draft.person)


def again_from(photos: tuple[DraftPhoto, ...], recipe: Recipe, kind: NoticeKind) -> Draft:
    """A draft that goes on from a picture: same photos, words and person."""
    return Draft(
        photos=photos,
        words=recipe.words,
        person=recipe.person,
        strength=recipe.strength,
        look=recipe.style,
        notice=Notice(kind),
    )


def recipe_for(draft: Draft, style: Style, seed: int) -> Recipe:
    """What a tap on a look draws."""
    return Recipe(
        words=draft.words,
        person=draft.person,
        style=style,
        seed=seed,
        strength=draft.strength,
    )
