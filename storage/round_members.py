"""Who is in a round, was asked, or left."""

from typing import Any, Final, NamedTuple

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.domain.order import Failure, Hold, OrderState
from bot.domain.round import Member, MemberState
from storage.connection import Connection
from storage.tables import MEMBERS_ASKED_FOR_SELFIE, MEMBERS_DRAWING, MEMBERS_WAITING
from storage.tables import orders as o
from storage.tables import round_members as m

_MEMBER: Final = tuple(m.c[name] for name in Member.__dataclass_fields__)
_MEMBERS: Final = (
    select(*_MEMBER)
    .where(m.c.round_id == bindparam("of_round"))
    .order_by(m.c.joined_at, m.c.user_id)
)
_OF_ORDER: Final = tuple(o.c[name].label(f"order_{name}") for name in ("state", "hold", "failure"))
_PROGRESS: Final = (
    select(*_MEMBER, *_OF_ORDER)
    .join(o, o.c.id == m.c.order_id)
    .where(m.c.round_id == bindparam("of_round"), m.c.state == MemberState.DRAWING)
)
_AWAITING_SELFIE: Final = (
    select(*_MEMBER)
    .where(MEMBERS_ASKED_FOR_SELFIE, m.c.user_id == bindparam("of_user"))
    .where(m.c.selfie_until > bindparam("now"))
    .order_by(m.c.selfie_until.desc())
    .limit(1)
)
_FORGET_SELFIE: Final = (
    update(m)
    .where(MEMBERS_ASKED_FOR_SELFIE, m.c.user_id == bindparam("of_user"))
    .values(selfie_until=0)
)
_NEW_MEMBER: Final = upsert(m)
_PUT_MEMBER: Final = _NEW_MEMBER.on_conflict_do_update(
    index_elements=[m.c.round_id, m.c.user_id],
    set_={
        name: _NEW_MEMBER.excluded[name]
        for name in Member.__dataclass_fields__
        if name not in {"round_id", "user_id"}
    },
)


class Progress(NamedTuple):
    """Somebody who is being drawn, how far that is, and what stands or stood in its way."""

    member: Member
    order: OrderState
    hold: Hold
    failure: Failure | None


async def of_round(connection: Connection, round_id: int) -> list[Member]:
    """Everybody who was ever asked, oldest first."""
    found = await connection.execute(_MEMBERS, {"of_round": round_id})
    return [_member(row) for row in found]


async def put(connection: Connection, member: Member) -> None:
    """Writes all about a member."""
    values = {name: getattr(member, name) for name in Member.__dataclass_fields__}
    truths = {"told": int(member.told), "wants_file": int(member.wants_file)}
    await connection.execute(_PUT_MEMBER, values | truths)


async def note(connection: Connection, member: Member, **values: object) -> bool:
    """Keeps something about a member; false if they are in another state by now, or left and
    joined again.
    """
    changed = await connection.execute(
        update(m)
        .where(
            m.c.round_id == member.round_id,
            m.c.user_id == member.user_id,
            m.c.state == member.state,
            m.c.order_id.is_not_distinct_from(member.order_id),
        )
        .values(**values)
    )
    return changed.rowcount == 1


async def drawing(connection: Connection) -> list[Member]:
    """Everybody who waits for their face."""
    found = await connection.execute(select(*_MEMBER).where(MEMBERS_DRAWING))
    return [_member(row) for row in found]


async def progress(connection: Connection, round_id: int) -> list[Progress]:
    """Of everybody in a round who waits for their face."""
    found = await connection.execute(_PROGRESS, {"of_round": round_id})
    return [
        Progress(
            _member(row),
            OrderState(row.order_state),
            Hold(row.order_hold),
            _failure(row.order_failure),
        )
        for row in found
    ]


async def with_files_to_send(connection: Connection) -> list[int]:
    """Rounds of which somebody waits for their own PNG."""
    found = await connection.execute(select(m.c.round_id).where(MEMBERS_WAITING).distinct())
    return list(found.scalars())


async def awaiting_selfie(connection: Connection, user_id: int, now: float) -> Member | None:
    """As what the person's next photo is, by the newest link that they followed."""
    row = (await connection.execute(_AWAITING_SELFIE, {"of_user": user_id, "now": now})).first()
    return _member(row) if row else None


async def forget_selfie(connection: Connection, user_id: int) -> bool:
    """The person's next photo is their own affair again; whether it wasn't."""
    return (await connection.execute(_FORGET_SELFIE, {"of_user": user_id})).rowcount > 0


def _member(row: Row[Any]) -> Member:
    values = {name: row._mapping[name] for name in Member.__dataclass_fields__}  # noqa: SLF001
    values |= {
        "state": MemberState(values["state"]),
        "failure": _failure(values["failure"]),
        "told": bool(values["told"]),
        "wants_file": bool(values["wants_file"]),
    }
    return Member(**values)


def _failure(stored: str | None) -> Failure | None:
    return Failure(stored) if stored else None
