"""What is read where one's own pictures are offered in any chat."""

from collections.abc import Callable


class InlineTexts:
    """The part of `Texts` that inline queries need."""

    _: Callable[[str], str]

    def inline_none(self) -> str:
        return self._("✨ Make your avatar first")
