"""The only way to Telegram: limits, order, repeats, and its errors translated."""

from .client import Outbox, SentMedia
from .faults import translated
from .lane import Priority

__all__ = ["Outbox", "Priority", "SentMedia", "translated"]
