"""Every sentence that a person reads, in their language.

`Texts` speaks one language through gettext; where a catalogue has no sentence, it is English.
Sentences are short, warm and plain, and name no exception, id or internal word.
"""

import gettext
from functools import lru_cache
from pathlib import Path
from typing import Final

from bot.texts.group import GroupTexts
from bot.texts.inline import InlineTexts
from bot.texts.operator import OperatorTexts
from bot.texts.private import PrivateTexts
from bot.texts.round import RoundTexts
from bot.texts.settings import SettingsTexts

_CATALOGUES: Final = Path(__file__).parent / "locales"


class Texts(PrivateTexts, GroupTexts, InlineTexts, RoundTexts, SettingsTexts, OperatorTexts):
    """The sentences in one language (an IETF tag, as Telegram gives it)."""

    def __init__(self, language: str) -> None:
        translation = gettext.translation("bot", _CATALOGUES, [language], fallback=True)
        self._ = translation.gettext
        self._n = translation.ngettext


@lru_cache(maxsize=64)
def texts(language: str) -> Texts:
    """The sentences for a person whose Telegram speaks this language."""
    return Texts(language)
