"""Signed links under PUBLIC_URL: photos that expire, and the address that a webhook comes to.

None of them shows Telegram's token, and none can be made by whoever doesn't hold the secret.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer

from bot.errors import LinkRefused

# As long as a copy at the provider lives: /privacy promises two hours.
PHOTO_SECONDS: Final = int(timedelta(hours=2).total_seconds())


@dataclass(frozen=True, slots=True)
class PhotoLink:
    """What a photo's link names: Telegram's ids."""

    file_id: str
    unique_id: str


class Links:
    """Makes links and reads them.

    Args:
        public_url: the bot's address from outside, without a slash at its end.
        secret: what they are signed with, WEBHOOK_SECRET.
        now: seconds since 1970.
    """

    def __init__(self, public_url: str, secret: str, now: Callable[[], float] = time.time) -> None:
        self._public_url = public_url
        self._now = now
        # A salt for each kind, so that no link is good for anything but its own purpose.
        self._photos = _signer(secret, "photo")
        self._webhooks = _signer(secret, "webhook")
        self._secrets = _signer(secret, "webhook's secret")

    @property
    def telegram(self) -> str:
        """Where Telegram's updates come to."""
        return f"{self._public_url}/telegram"

    def photo(self, file_id: str, unique_id: str) -> str:
        """The address of a photo for the next two hours."""
        # When it ends, not when it began: a clock that is set back leaves it good.
        ends = int(self._now()) + PHOTO_SECONDS
        return f"{self._public_url}/photos/{_signed(self._photos, [file_id, unique_id, ends])}"

    def read_photo(self, signed: str) -> PhotoLink:
        """What the end of such an address stands for.

        Raises:
            LinkRefused: invented, changed, or older than two hours.
        """
        file_id, unique_id, ends = _read(self._photos, signed)
        if self._now() >= ends:
            raise LinkRefused("a photo's link that has ended")
        return PhotoLink(file_id, unique_id)

    def webhook(self, order_id: int) -> str:
        """Where the provider tells that this order's prediction has ended."""
        return f"{self._public_url}/eachlabs/{_signed(self._webhooks, order_id)}"

    def read_webhook(self, signed: str) -> int:
        """The order's id.

        Raises:
            LinkRefused: invented or changed.
        """
        return int(_read(self._webhooks, signed))

    def webhook_secret(self, order_id: int) -> str:
        """What comes back in X-Webhook-Secret: this order's alone, so that no other's fits."""
        return _signed(self._secrets, order_id)


def _signer(secret: str, salt: str) -> URLSafeSerializer:
    kwargs = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(secret, salt=salt, signer_kwargs=kwargs)


def _signed(signer: URLSafeSerializer, value: object) -> str:
    signed = signer.dumps(value)
    return signed if isinstance(signed, str) else signed.decode()


def _read(signer: URLSafeSerializer, signed: str) -> Any:
    try:
        value = signer.loads(signed)
    except (BadData, UnicodeError) as error:
        raise LinkRefused(type(error).__name__) from None
    # Base64 is read leniently (strange characters and spare bits are passed over), and a link has
    # one spelling only.
    if _signed(signer, value) != signed:
        raise LinkRefused("a link in another spelling")
    return value
