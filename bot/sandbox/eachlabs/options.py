"""What the stand-in can be told to do differently while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

CHOICES: Mapping[str, tuple[str, ...]] = {
    "dialect": ("page", "reference"),
    "output_type": ("png", "jpeg", "webp"),
    "flagged": ("all", "first", "none"),
    "webhooks": ("once", "twice", "off"),
    "pictures": ("full", "quick"),
}
NUMBERS = (
    "speed",
    "balance",
    "slots_taken",
    "long_poll",
    "executions_lag",
    "quick_width",
    "quick_height",
    "quick_padding",
)


@dataclass(frozen=True)
class Options:
    """The knobs of `POST /eachlabs/control/options`; seconds are real ones.

    dialect: "page" answers as the model's page says (states `created` and `error`, the reason of
        a failure in `logs`), "reference" as the current reference does (`starting` and `failed`,
        an envelope as `output`, an `output` only once there is one, and no cap on predictions in
        flight while the balance is over $10).
    speed: predictions last 1/speed as long.
    balance: USD left, None for plenty.
    slots_taken: slots of the same account that somebody else uses.
    stuck: predictions made from now on stay `created` for ever.
    cancel_ignored: a cancel is answered, and nothing else.
    long_poll: how long a GET may be held while nothing changes.
    executions_lag: how old a prediction is before the list of executions shows it.
    flagged: which pictures the safety checker leaves out.
    quick_width, quick_height: of quick pictures.
    quick_padding: bytes that say nothing, in each quick PNG.
    """

    dialect: str = "page"
    speed: float = 1.0
    balance: float | None = None
    slots_taken: int = 0
    stuck: bool = False
    cancel_ignored: bool = False
    long_poll: float = 0.0
    executions_lag: float = 0.0
    output_type: str = "png"
    flagged: str = "none"
    webhooks: str = "once"
    pictures: str = "full"
    quick_width: int = 64
    quick_height: int = 64
    quick_padding: int = 0

    def changed(self, wishes: Mapping[str, Any]) -> "Options":
        """The options with `wishes` applied.

        Raises:
            ValueError: an unknown name, or a value that it can't have.
        """
        for name, value in wishes.items():
            _check(name, value)
        return replace(self, **wishes)


def _check(name: str, value: Any) -> None:
    if name not in {field.name for field in fields(Options)}:
        raise ValueError(f"no such option: {name}")
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}")
    if name in NUMBERS:
        _check_number(name, value)
    if name in ("stuck", "cancel_ignored") and not isinstance(value, bool):
        raise ValueError(f"{name} is true or false")


def _check_number(name: str, value: Any) -> None:
    if name == "balance" and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} is a number of at least 0")
    if name == "speed" and value == 0:
        raise ValueError("speed is more than 0")
