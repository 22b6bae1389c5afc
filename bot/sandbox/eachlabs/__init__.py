"""A stand-in for the provider: its API, its limits and moods, and pictures of its own."""

from bot.sandbox.eachlabs.standin import EachlabsStandIn

__all__ = ["EachlabsStandIn"]
