"""Stand-ins for Telegram and the provider, over HTTP only, and the page to chat with the bot."""
