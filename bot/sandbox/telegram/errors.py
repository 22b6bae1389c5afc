"""How the Bot API says no."""

from typing import Any


class ApiError(Exception):
    """An answer with ok = false.

    `code` is the HTTP status and `error_code` at once; `parameters` are the Bot API's
    ResponseParameters, such as {"retry_after": 5}.
    """

    def __init__(
        self, code: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters or {}


class Refused(ApiError):
    """A call that no state of the chats could make right: unknown, missing or ill-formed."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, f"Bad Request: {reason}")


class Flooded(ApiError):
    """Too many messages; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        description = f"Too Many Requests: retry after {retry_after}"
        super().__init__(429, description, {"retry_after": retry_after})


class PersonError(Exception):
    """What a phone can't do; answered as {"error": sentence}."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


def bad_request(reason: str) -> ApiError:
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    return ApiError(403, f"Forbidden: {reason}")
