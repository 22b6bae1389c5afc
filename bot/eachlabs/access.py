"""Where the API is, and the key that opens it."""

from collections.abc import Generator
from ipaddress import ip_address

import httpx

from bot.errors import ConfigurationError


class Key(httpx.Auth):
    """The key as the model's page wants it and as the reference does.

    It goes with the calls that name it, and stands in no headers that a traceback could show.

    Raises:
        ConfigurationError: no key looks like this.
    """

    def __init__(self, key: str) -> None:
        key = key.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigurationError(
                "EACHLABS_API_KEY is empty or holds characters that no key has"
            )
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["X-API-Key"] = self._key
        request.headers["Authorization"] = f"Bearer {self._key}"
        yield request

    def hidden(self, text: str) -> str:
        """The text without the key: an answer may quote it."""
        return text.replace(self._key, "[key]")


def base_of(api_url: str) -> httpx.URL:
    """The API's address, without a slash at its end.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        url = httpx.URL(api_url.strip().rstrip("/"))
    except httpx.InvalidURL:
        url = httpx.URL("")
    extra = url.userinfo or url.query or url.fragment
    if url.scheme not in {"https", "http"} or not url.host or extra:
        raise ConfigurationError(
            "EACHLABS_API_URL has to be an address like https://api.eachlabs.ai"
        )
    return url


def is_on_this_machine(url: httpx.URL) -> bool:
    try:
        return ip_address(url.host).is_loopback
    except ValueError:
        return url.host == "localhost"
