"""Every error of ours, drawn once.

A foreign error (of a library, of a service) is translated where it comes in; nothing above that
edge catches anything but what stands here.

    AvatarBotError
    ├── ConfigurationError       the operator has to change something
    │   ├── AlreadyRunning
    │   └── DatabaseUnusable
    ├── PhotoRefused             a photo that can't be used, and why
    ├── DatabaseBusy             locked or away for the moment; nothing was written
    ├── StaleState               a guarded change found its row in another state
    ├── LinkRefused              a signed link that is invented, changed, or has ended
    ├── TelegramFault            what a call to Telegram came to
    │   ├── NotSent              surely not done; may be sent again
    │   │   └── RetryLater       ... after so many seconds
    │   ├── OutcomeUnknown       may have been done; never sent again blindly
    │   ├── ChatGone             blocked, kicked, deactivated, unknown chat
    │   ├── ChatMoved            the group became a supergroup
    │   ├── TopicGone            the thread was deleted
    │   ├── MessageGone          the message to edit, delete or answer isn't there
    │   ├── MediaForbidden       no right to send photos, files or words here
    │   ├── FileGone             the file's id or link is no longer good, or it is too big
    │   ├── TokenRefused         401 or 404: the bot's token is not accepted
    │   ├── PollerConflict       409: somebody else takes the updates
    │   └── CallRejected         any other refusal; asking again would not help
    └── ProviderFault            what a call to the provider came to
        ├── ProviderNotSent      surely not done
        │   ├── RateLimited      429
        │   └── ProviderDown     5xx that surely made nothing, no connection
        ├── ProviderUnknown      may have been done
        ├── KeyRefused           401, 403
        ├── BalanceEmpty         402
        ├── InputRefused         400: the model does not take this input
        ├── NotThere             404
        └── BadAnswer            an answer that makes no sense
"""


class AvatarBotError(Exception):
    """The root. `str(error)` is a sentence for a log; people read `bot.texts`."""


class ConfigurationError(AvatarBotError):
    """Something that the operator has to change; the text is meant for their screen."""


class AlreadyRunning(ConfigurationError):
    """Another process holds this data folder."""


class DatabaseUnusable(ConfigurationError):
    """The database can't be opened, is damaged, or its disk is full or read-only."""


class PhotoRefused(AvatarBotError):
    """A photo that can't be used.

    Args:
        problem: a value of `domain.photo.PhotoProblem`.
        number: which of the order's photos, from 1, where that is known.
    """

    def __init__(self, problem: str, *, number: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.number = number


class DatabaseBusy(AvatarBotError):
    """The database is locked, full or away for the moment; nothing of the unit was written."""


class StaleState(AvatarBotError):
    """A guarded UPDATE changed no row: somebody else was first."""


class LinkRefused(AvatarBotError):
    """A signed link that is invented, changed, or has ended; the text never holds the link."""


class TelegramFault(AvatarBotError):
    """What a call to Telegram came to, if not to its result."""


class NotSent(TelegramFault):
    """The call surely had no effect: no connection, no place in the pool, 429, 5xx of a proxy."""


class RetryLater(NotSent):
    """429: wait `seconds` before anything more goes to this chat."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds:g} s")
        self.seconds = seconds


class OutcomeUnknown(TelegramFault):
    """The call left, and no answer came: it may have been done."""


class ChatGone(TelegramFault):
    """Blocked by the person, removed from the group, or no such chat."""


class ChatMoved(TelegramFault):
    """The group lives on under another id."""

    def __init__(self, new_chat_id: int) -> None:
        super().__init__("the chat has a new id")
        self.new_chat_id = new_chat_id


class TopicGone(TelegramFault):
    """The thread was deleted or closed."""


class MessageGone(TelegramFault):
    """The message to edit, delete or answer isn't there, or can't be changed any more."""


class MediaForbidden(TelegramFault):
    """Photos, files or words may not be sent to this chat; something else may."""


class FileGone(TelegramFault):
    """Telegram doesn't hand out this file: expired, unknown, or over 20 MB."""


class TokenRefused(TelegramFault):
    """401 or 404: this token belongs to no bot."""


class PollerConflict(TelegramFault):
    """409: another poller, or a webhook, takes this bot's updates."""


class CallRejected(TelegramFault):
    """Any other 400 or 403."""


class ProviderFault(AvatarBotError):
    """What a call to the provider came to, if not to its result.

    Args:
        detail: the provider's own words, for the log.
        request_id: its X-Request-Id.
        status: the HTTP status, if an answer came.
        retry_after: seconds, if the answer named them.
    """

    def __init__(
        self,
        detail: str,
        *,
        request_id: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.request_id = request_id
        self.status = status
        self.retry_after = retry_after


class ProviderNotSent(ProviderFault):
    """The request surely had no effect."""


class RateLimited(ProviderNotSent):
    """429: too many requests, or too many predictions in flight."""

    @property
    def of_slots(self) -> bool:
        """Whether it says that only more predictions are too many: others may still be asked for.

        A refusal for predictions names their cap.
        """
        told = self.detail.lower()
        return any(word in told for word in ("in flight", "in_flight", "concurren"))


class ProviderDown(ProviderNotSent):
    """5xx, or no connection: nothing was made."""


class ProviderUnknown(ProviderFault):
    """The request left and no usable answer came: it may have had its effect."""


class KeyRefused(ProviderFault):
    """401 or 403."""


class BalanceEmpty(ProviderFault):
    """402."""


class InputRefused(ProviderFault):
    """400: the model does not take this input; nothing is billed."""


class NotThere(ProviderFault):
    """404."""


class BadAnswer(ProviderFault):
    """An answer to a harmless question that makes no sense."""
