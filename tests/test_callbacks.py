"""Callback data: what a tap says comes back as it was, and what nobody made means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callbacks import DraftAction, DraftTap, OrderAction, OrderTap, unpack
from tests.properties import PROPERTY

ids = st.integers(0, 10**18 - 1)
arguments = st.from_regex(r"[A-Za-z0-9_-]{0,30}", fullmatch=True)


@PROPERTY
@given(number=ids, action=st.sampled_from(DraftAction), argument=arguments)
def test_a_tap_on_a_draft_comes_back(number: int, action: DraftAction, argument: str) -> None:
    tap = DraftTap(number, action, argument)
    assert unpack(tap.pack()) == tap
    assert len(tap.pack().encode()) <= 64


@PROPERTY
@given(number=ids, action=st.sampled_from(OrderAction), argument=arguments)
def test_a_tap_on_an_order_comes_back(number: int, action: OrderAction, argument: str) -> None:
    tap = OrderTap(number, action, argument)
    assert unpack(tap.pack()) == tap
    assert len(tap.pack().encode()) <= 64


@pytest.mark.parametrize(
    "data",
    [
        "", "d", "d1", "d1:", "d1:nope", "o1:okp", "d1:4", "x1:ok", "d-1:ok", "d1:ok:" + "a" * 31,
        "d" + "9" * 19 + ":ok", "d1:ok:a b", "d1:ok:ä", "d١:ok", "d1:ok\n", " d1:ok", "d1:ok:a:b",
        "D1:OK", "\x00", "🎲" * 16, "d1:l:\ud800",
    ],
)  # fmt: skip
def test_data_that_nobody_made_means_nothing(data: str) -> None:
    assert unpack(data) is None


@PROPERTY
@given(data=st.text(max_size=64) | st.from_regex(r"[do][0-9]{1,20}:[a-z0-9]{1,5}(:.{0,40})?"))
def test_whatever_comes_is_understood_the_same_way_again_or_means_nothing(data: str) -> None:
    tap = unpack(data)
    assert tap is None or unpack(tap.pack()) == tap
