"""Each variable, read from the environment as an operator sets it."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.access import Caps
from bot.errors import ConfigurationError
from bot.settings import Settings, load

README = Path(__file__).parents[1] / "README.md"
SECRET = "xyz-secret-7"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)


def test_nothing_has_to_be_set_to_read_the_settings() -> None:
    settings = load()
    assert settings.caps == Caps()
    assert settings.database_path == Path("data/bot.db")
    with pytest.raises(ConfigurationError, match=r"TELEGRAM_BOT_TOKEN is not set.*@BotFather"):
        settings.token()
    with pytest.raises(ConfigurationError, match=r"EACHLABS_API_KEY is not set.*eachlabs\.ai"):
        settings.api_key()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("TELEGRAM_API_URL", "http://127.0.0.1:8081/telegram/", "http://127.0.0.1:8081/telegram"),
        ("TELEGRAM_MESSAGES_PER_SECOND", "0", 0.0),
        ("TELEGRAM_MESSAGES_PER_SECOND", "2.5", 2.5),
        ("EACHLABS_API_URL", "https://api.example.com", "https://api.example.com"),
        ("EACHLABS_REQUESTS_PER_MINUTE", "0", 0),
        ("EACHLABS_CONCURRENCY", "3", 3),
        ("EACHLABS_TYPICAL_SECONDS", "0.5", 0.5),
        ("DATA_DIR", "/var/lib/bot", Path("/var/lib/bot")),
        ("PUBLIC_URL", "https://Avatars.example.com/", "https://avatars.example.com"),
        ("PUBLIC_URL", "https://example.com:8443/bot/", "https://example.com:8443/bot"),
        ("PUBLIC_URL", "http://127.0.0.1:8090", "http://127.0.0.1:8090"),
        ("PUBLIC_URL", "http://[::1]:8090", "http://[::1]:8090"),
        ("PUBLIC_URL", "http://localhost:8090/", "http://localhost:8090"),
        ("PORT", "10000", 10000),
        ("ADMIN_IDS", "7", {7}),
        ("ADMIN_IDS", "7, 8,9 10", {7, 8, 9, 10}),
        ("OPERATOR_CONTACT", "@anna", "@anna"),
        ("ALLOWED_CHATS", "-1001234567890", {-1001234567890}),
        ("ALLOWED_CHATS", "7,-100", {7, -100}),
        ("ALLOWED_CHATS", ",", set()),
        ("DAILY_CREDITS_PER_USER", "none", None),
        ("DAILY_CREDITS_PER_USER", " None ", None),
        ("DAILY_CREDITS_PER_USER", "0", 0),
        ("DAILY_CREDITS_PER_CHAT", "none", None),
        ("DAILY_CREDITS_PER_CHAT", "0", 0),
        ("DAILY_BUDGET_USD", "none", None),
        ("DAILY_BUDGET_USD", "0", 0.0),
        ("DAILY_BUDGET_USD", "1.5", 1.5),
        ("HTTPS_PROXY", "http://user:pass@proxy:3128/", "http://user:pass@proxy:3128"),
        ("LOG_LEVEL", "debug", "DEBUG"),
    ],
)
def test_good_values(monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any) -> None:
    monkeypatch.setenv(name, text)
    assert getattr(load(), name.lower()) == value


@pytest.mark.parametrize("name", ["TELEGRAM_BOT_TOKEN", "EACHLABS_API_KEY"])
def test_secrets_show_only_when_asked_for(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, SECRET)
    settings = load()
    assert (settings.token if "TOKEN" in name else settings.api_key)() == SECRET
    assert SECRET not in repr(settings) + str(settings)


def test_the_webhooks_secret_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for secret in ("a-Secret_of-16-x", "x" * 256):
        monkeypatch.setenv("WEBHOOK_SECRET", secret)
        settings = load()
        assert settings.signing_secret() == secret
        assert secret not in repr(settings) + str(settings)


def test_without_one_it_comes_from_the_token() -> None:
    with pytest.raises(ConfigurationError, match="TELEGRAM_BOT_TOKEN is not set"):
        load().signing_secret()
    found = {load(telegram_bot_token=token).signing_secret() for token in ("42:AAA", "42:AAB")}
    assert len(found) == 2
    assert load(telegram_bot_token="42:AAA").signing_secret() in found
    for secret in found:
        # What Telegram takes (Bot API, setWebhook).
        assert re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret)


@pytest.mark.parametrize("name", sorted(name.upper() for name in Settings.model_fields))
def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    assert load() == Settings.model_construct()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TELEGRAM_API_URL", SECRET),
        ("TELEGRAM_API_URL", f"ftp://{SECRET}"),
        ("TELEGRAM_MESSAGES_PER_SECOND", SECRET),
        ("TELEGRAM_MESSAGES_PER_SECOND", "-1"),
        ("EACHLABS_API_URL", f"http://user:{SECRET}@:0"),
        ("EACHLABS_REQUESTS_PER_MINUTE", SECRET),
        ("EACHLABS_REQUESTS_PER_MINUTE", "-1"),
        ("EACHLABS_REQUESTS_PER_MINUTE", "1.5"),
        ("EACHLABS_CONCURRENCY", "none"),
        ("EACHLABS_TYPICAL_SECONDS", "0"),
        ("PUBLIC_URL", SECRET),
        ("PUBLIC_URL", f"ftp://{SECRET}"),
        ("PUBLIC_URL", f"http://{SECRET}.example.com"),
        ("PUBLIC_URL", f"http://10.0.0.1/{SECRET}"),
        ("PUBLIC_URL", f"http://localhost.{SECRET}.com"),
        ("PUBLIC_URL", f"http://127.0.0.1@{SECRET}.com"),
        ("PUBLIC_URL", f"https://user:{SECRET}@example.com"),
        ("PUBLIC_URL", f"https://example.com?{SECRET}"),
        ("PUBLIC_URL", f"https://example.com#{SECRET}"),
        ("PUBLIC_URL", "https://example.com?"),
        ("WEBHOOK_SECRET", SECRET),
        ("WEBHOOK_SECRET", f"{SECRET} with spaces"),
        ("WEBHOOK_SECRET", f"{SECRET}-with-ümlauts"),
        ("WEBHOOK_SECRET", f"{SECRET}-and-a-newline\n"),
        ("WEBHOOK_SECRET", SECRET * 30),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", SECRET),
        ("ADMIN_IDS", f"7,{SECRET}"),
        ("ALLOWED_CHATS", SECRET),
        ("DAILY_CREDITS_PER_USER", "-1"),
        ("DAILY_CREDITS_PER_USER", SECRET),
        ("DAILY_CREDITS_PER_CHAT", "1.5"),
        ("DAILY_BUDGET_USD", "nan"),
        ("DAILY_BUDGET_USD", SECRET),
        ("HTTPS_PROXY", SECRET),
        ("LOG_LEVEL", SECRET),
        ("OPERATOR_CONTACT", SECRET * 10),
    ],
)
def test_a_bad_value_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ConfigurationError) as refused:
        load()
    sentence = str(refused.value)
    assert f"{name}: " in sentence
    assert SECRET not in sentence
    assert refused.value.__cause__ is None  # no traceback that would hold it
    assert refused.value.__suppress_context__


def test_all_bad_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EACHLABS_CONCURRENCY", "many")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    with pytest.raises(ConfigurationError, match=r"(?s)EACHLABS_CONCURRENCY: .*LOG_LEVEL: "):
        load()


def test_caps_come_from_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAILY_CREDITS_PER_USER", "none")
    monkeypatch.setenv("DAILY_CREDITS_PER_CHAT", "0")
    monkeypatch.setenv("DAILY_BUDGET_USD", "7")
    monkeypatch.setenv("ALLOWED_CHATS", "1,2")
    caps = load().caps
    assert caps == Caps(None, 0, 7.0, frozenset({1, 2}))
    assert {field.name for field in fields(caps)} >= {"credits_per_person", "budget_usd"}


def test_settings_dont_change_once_they_are_read() -> None:
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.eachlabs_concurrency = 99  # type: ignore[misc]


def _documented() -> dict[str, str]:
    """Variable and default of each row between the README's two marks."""
    table = README.read_text().split("<!-- environment -->")[1].split("<!-- /environment -->")[0]
    rows = [line.strip("| ").split("|") for line in table.splitlines() if line.startswith("| `")]
    return {name.strip(" `"): default.strip(" `") for name, default, *_ in rows}


def test_the_readme_names_every_variable_and_its_default() -> None:
    documented = _documented()
    assert list(documented) == [name.upper() for name in Settings.model_fields]
    for name, field in Settings.model_fields.items():
        assert documented[name.upper()] == _as_documented(field.default), name


def _as_documented(default: object) -> str:
    if default in (None, "", frozenset()):
        return "–"
    return re.sub(r"\.0$", "", str(default))


def test_the_readmes_defaults_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, default in _documented().items():
        if default != "–":
            monkeypatch.setenv(name, default)
    assert load() == Settings.model_construct()
    assert isinstance(load(telegram_bot_token="x").telegram_bot_token, SecretStr)
