"""Pictures are decoded, judged and composed here, in processes of their own."""

from bot.imaging.pool import Imaging

__all__ = ["Imaging"]
