"""Inline queries: what a person types behind the bot's name, and what the bot offers for it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.telegram.chats import Chat, User
from bot.sandbox.telegram.errors import PersonError, bad_request

Json = dict[str, Any]

# Nowhere documented; as long as a tap may wait for its answer.
INLINE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Offer:
    """One result: `parts` are fields of its Message, `shown` is how phones list it."""

    result_id: str
    parts: Json
    shown: Json


@dataclass(frozen=True, slots=True)
class Answer:
    offers: tuple[Offer, ...]
    next_offset: str = ""
    button: Json | None = None

    def view(self) -> Json:
        return {
            "results": [offer.shown for offer in self.offers],
            "next_offset": self.next_offset,
            "button": self.button,
        }


@dataclass(slots=True)
class InlineQuery:
    id: str
    person: User
    chat: Chat
    text: str
    offset: str
    expires_at: float
    answer: Answer | None = None


@dataclass(slots=True)
class _Cached:
    answer: Answer
    expires_at: float


@dataclass(slots=True)
class InlineDesk:
    """Open queries, and answers kept for whoever asks the same.

    An answer that isn't personal is given to everybody: that is how one person gets to see what
    was meant for another.
    """

    clock: Callable[[], float]
    _queries: dict[str, InlineQuery] = field(default_factory=dict)
    _cache: dict[tuple[int | None, str, str], _Cached] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(9_000_000_000_001))

    def ask(self, person: User, chat: Chat, text: str, offset: str) -> InlineQuery:
        """A query; its answer is there already if somebody's was kept."""
        number, now = str(next(self._ids)), self.clock()
        query = InlineQuery(number, person, chat, text, offset, now + INLINE_SECONDS)
        for owner in (person.id, None):
            kept = self._cache.get((owner, text, offset))
            if kept is not None and kept.expires_at > now:
                query.answer = kept.answer
        self._queries[number] = query
        return query

    def answer(
        self, query_id: str, answer: Answer, cache_seconds: float, *, is_personal: bool
    ) -> InlineQuery:
        """Raises ApiError 400 for a query that is too old, or answered already."""
        query = self._queries.get(query_id)
        if query is None or query.answer is not None or query.expires_at < self.clock():
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        query.answer = answer
        owner = query.person.id if is_personal else None
        kept = _Cached(answer, self.clock() + cache_seconds)
        self._cache[owner, query.text, query.offset] = kept
        return query

    def chosen(self, person: User, query_id: str, result_id: str) -> tuple[InlineQuery, Offer]:
        """Raises PersonError."""
        query = self._queries.get(query_id)
        if query is None or query.person is not person or query.answer is None:
            raise PersonError("there is no such answer", 404)
        for offer in query.answer.offers:
            if offer.result_id == result_id:
                return query, offer
        raise PersonError("there is no such result", 404)
