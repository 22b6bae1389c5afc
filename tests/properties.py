"""How properties are tried: the same examples each time, and enough of them."""

from hypothesis import settings
from hypothesis import strategies as st

PROPERTY = settings(max_examples=200, deadline=None, derandomize=True, database=None)

# What people type, and what they had better not: joined at random.
_PIECES = (
    "img", "IMG", "imgur", "simg", "img_1", "2img", "im", "g", "ｉｍｇ", "i\u200bmg", "፩img",
    "man", "a woman", "as a knight", "old person", "'s", "it's", " ", "  ", "\n", "\x00", "_",
    "-", ",", ".", "7", "<b>", "*_[", "👋", "👨‍👩‍👧", "рыцарь", "騎士", "شخص", "\ud800", "ﷺ",
)  # fmt: skip
typed = st.lists(st.sampled_from(_PIECES) | st.text(max_size=8), max_size=30).map("".join)
