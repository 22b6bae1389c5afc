"""Links to the bot, and what is read from the /start that they become."""

import pytest

from bot.deep_links import Start, group_right, private


def test_what_a_link_says_is_read_again() -> None:
    link = private("the_bot", Start.SELFIE, 12)
    assert link == "https://t.me/the_bot?start=selfie-12"
    argument = link.partition("start=")[2]
    assert [start for start in Start if start.of(argument) is not None] == [Start.SELFIE]
    assert Start.SELFIE.number(argument) == 12


def test_a_right_in_a_group() -> None:
    link = group_right("the_bot", Start.PHOTO, 12, "change_info")
    assert link == "https://t.me/the_bot?startgroup=photo-12&admin=change_info"


@pytest.mark.parametrize("what", ["", "-1", "1.0", " 1", "٣", "9" * 19, "one"])
def test_what_is_no_row(what: str) -> None:
    assert Start.MINE.number(f"mine-{what}") is None
    assert Start.MINE.number("12") is None
