"""The environment, read once into a frozen value."""

import hashlib
import hmac
import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, HttpUrl, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.domain.access import Caps
from bot.errors import ConfigurationError

TELEGRAM: Final = "https://api.telegram.org"
_URL: Final = TypeAdapter(HttpUrl)


def _origin(value: str) -> str:
    try:
        _URL.validate_python(value)
    except ValidationError:
        # pydantic's own words would hold the value, and a URL may hold a password.
        raise ValueError("should be an http or https address") from None
    return value.rstrip("/")


def _public(value: str) -> str:
    """https, since Telegram's and the provider's secrets come by it; http only to ourselves."""
    try:
        url = _URL.validate_python(value)
    except ValidationError:
        raise ValueError("should be an https address") from None
    if url.username or url.password or url.query is not None or url.fragment is not None:
        raise ValueError("should be an address without user, question mark or hash")
    if url.scheme != "https" and not is_loopback(url.host or ""):
        raise ValueError("should begin with https:// (http:// only for this machine itself)")
    return str(url).rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a URL's host can't be anything but this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _webhook_secret(value: object) -> object:
    # What Telegram takes as a secret_token (Bot API, setWebhook), and not too short to be guessed.
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value):
        raise ValueError("should be 16 to 256 characters of A-Z, a-z, 0-9, _ and -")
    return value


def _ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return frozenset(int(part) for part in value.replace(",", " ").split())
    except ValueError:
        raise ValueError("should be numbers with commas between them") from None


def _cap(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() == "none" else value


Url = Annotated[str, BeforeValidator(_origin)]
PublicUrl = Annotated[str, BeforeValidator(_public)]
WebhookSecret = Annotated[SecretStr, BeforeValidator(_webhook_secret)]
Ids = Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)]
Credits = Annotated[Annotated[int, Field(ge=0)] | None, BeforeValidator(_cap)]
Usd = Annotated[Annotated[float, Field(ge=0)] | None, BeforeValidator(_cap)]


class Settings(BaseSettings):
    """What the operator sets. Each field is an environment variable of the same name."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    telegram_bot_token: SecretStr | None = None
    telegram_api_url: Url = TELEGRAM
    telegram_messages_per_second: float = Field(default=30, ge=0)
    eachlabs_api_key: SecretStr | None = None
    eachlabs_api_url: Url = "https://api.eachlabs.ai"
    eachlabs_requests_per_minute: int = Field(default=60, ge=0)
    eachlabs_concurrency: int = Field(default=10, ge=0)
    eachlabs_typical_seconds: float = Field(default=21, gt=0)
    data_dir: Path = Path("data")
    public_url: PublicUrl | None = None
    webhook_secret: WebhookSecret | None = None
    # What hosting platforms set; without PUBLIC_URL nothing is served.
    port: int = Field(default=8080, ge=1, le=65535)
    admin_ids: Ids = frozenset()
    # It stands in pop-ups too (Bot API: 200 characters).
    operator_contact: str = Field(default="", max_length=100)
    allowed_chats: Annotated[frozenset[int] | None, NoDecode, BeforeValidator(_ids)] = None
    daily_credits_per_user: Credits = 5
    daily_credits_per_chat: Credits = 30
    daily_budget_usd: Usd = 2.0
    https_proxy: Url | None = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)
    ] = "INFO"

    @property
    def caps(self) -> Caps:
        return Caps(
            credits_per_person=self.daily_credits_per_user,
            credits_per_chat=self.daily_credits_per_chat,
            budget_usd=self.daily_budget_usd,
            allowed_chats=self.allowed_chats,
        )

    @property
    def database_path(self) -> Path:
        return self.data_dir / "bot.db"

    def token(self) -> str:
        """Raises ConfigurationError where there is none."""
        if self.telegram_bot_token is None:
            raise ConfigurationError(
                "TELEGRAM_BOT_TOKEN is not set. Talk to @BotFather on Telegram, send /newbot, "
                "and put the token that it gives you into this variable."
            )
        return self.telegram_bot_token.get_secret_value()

    def api_key(self) -> str:
        """Raises ConfigurationError where there is none."""
        if self.eachlabs_api_key is None:
            raise ConfigurationError(
                "EACHLABS_API_KEY is not set. Sign in at eachlabs.ai, make a key under "
                "API Keys, and put it into this variable."
            )
        return self.eachlabs_api_key.get_secret_value()

    def signing_secret(self) -> str:
        """What links are signed with, and what Telegram's updates come with.

        Where WEBHOOK_SECRET is not set it is derived from the token: by HMAC, which leads from the
        token to the secret and not back.

        Raises:
            ConfigurationError: there is neither.
        """
        if self.webhook_secret is not None:
            return self.webhook_secret.get_secret_value()
        purpose = b"avatar-bot: webhook secret"
        return hmac.new(self.token().encode(), purpose, hashlib.sha256).hexdigest()


class _Given(Settings):
    """Without the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings names them
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def given(**values: Any) -> Settings:
    """These alone, and defaults: nothing that an operator has set for the live bot."""
    return _Given(**values)


def load(**overrides: Any) -> Settings:
    """Reads the environment.

    Raises:
        ConfigurationError: names every variable that can't be read, and never its value.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [
            f"{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}."
            for problem in error.errors()
        ]
        raise ConfigurationError("These settings can't be read. " + " ".join(lines)) from None
