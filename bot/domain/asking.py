"""The steps of a draft in a group, from the command to the order."""

from dataclasses import replace

from bot.domain.draft import Draft, DraftPhoto, accept_doubtful, set_words
from bot.domain.group import PICTURE, Ask, Need, look_named, needed
from bot.domain.photomaker import Style


def asked(before: Draft, ask: Ask, words: str, photo: DraftPhoto | None) -> Draft:
    """A new draft; only the word for the person stays from the one before."""
    look, rest = look_named(words)
    draft = set_words(Draft(person=before.person), rest)
    photos = (photo,) if photo else ()
    return replace(draft, photos=photos, notice=None, ask=replace(ask, look=look))


def needs(draft: Draft, *, consented: bool) -> Need:
    return needed(_ask_of(draft), photo=bool(draft.photos), consented=consented)


def answered(draft: Draft, photo: DraftPhoto) -> Draft:
    """A photo in reply to the card takes the place of any other, and of whose that was."""
    ask = replace(_ask_of(draft), profile=False, subject=0, subject_name="", subject_agreed=False)
    return replace(draft, photos=(photo,), notice=None, ask=ask)


def worded(draft: Draft, words: str) -> Draft:
    """Words in reply to the card; a look named in them is chosen.

    Somebody whose photo it is has agreed to other words, if at all.
    """
    ask, (look, rest) = _ask_of(draft), look_named(words)
    return replace(
        set_words(draft, rest), ask=replace(ask, look=look or ask.look, subject_agreed=ask.vouched)
    )


def said(draft: Draft, text: str) -> Draft | None:
    """What an answer says: the words, where there are none yet, or the look; None for neither."""
    if not draft.words:
        return worded(draft, text)
    look, _ = look_named(text)
    return with_look(draft, look) if look is not None and _ask_of(draft).look is None else None


def owned_by(draft: Draft, user_id: int) -> Draft:
    return replace(draft, ask=replace(_ask_of(draft), owner=user_id))


def owner_agrees(draft: Draft) -> Draft:
    return replace(draft, ask=replace(_ask_of(draft), consent=True))


def subject_agrees(draft: Draft) -> Draft:
    ask = _ask_of(draft)
    agreed = replace(ask, subject_agreed=True, vouched=ask.subject_gone, consent=True)
    return replace(draft, ask=agreed)


def with_card(draft: Draft) -> Draft:
    """The card is about to be sent or edited; only what was asked in a group counts that."""
    ask = draft.ask
    return draft if ask is None else replace(draft, ask=replace(ask, cards=ask.cards + 1))


def remarks(draft: Draft) -> tuple[object, ...]:
    """What the card has to say against a photo, to be compared."""
    return draft.notice, *(photo.problem for photo in draft.doubtful_photos)


def has_room_for_remark(draft: Draft) -> bool:
    """Whether the card may be edited only to say what is wrong with an answer, or no longer is."""
    ask = draft.ask
    if ask is None:
        return True
    # Words may still come to which somebody has to say yes: a question, and the next one.
    questions = 2 if ask.subject and not draft.words else 0
    return ask.messages_left > questions + PICTURE


def subject_leaves(draft: Draft, user_id: int) -> Draft:
    """Whoever has left the group can't be asked any more."""
    ask = draft.ask
    if ask is None or ask.subject != user_id:
        return draft
    return replace(draft, ask=replace(ask, subject_gone=True))


def use_profile(draft: Draft) -> Draft:
    return replace(draft, ask=replace(_ask_of(draft), profile=False))


def with_look(draft: Draft, look: Style) -> Draft:
    """A tap on a look says yes to the photo that is there, too."""
    ask = replace(_ask_of(draft), look=look, profile=False)
    return accept_doubtful(replace(draft, ask=ask))


def _ask_of(draft: Draft) -> Ask:
    assert draft.ask is not None
    return draft.ask
