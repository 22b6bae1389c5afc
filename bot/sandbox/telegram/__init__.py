"""Telegram's Bot API and the phones of the people who talk to the bot."""

from bot.sandbox.telegram.standin import TelegramStandIn

__all__ = ["TelegramStandIn"]
