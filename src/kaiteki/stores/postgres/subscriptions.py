"""Subscriptions and what is owed to them, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.subscription import Subscription
from kaiteki.ports.subscriptions import (
    PARCELS_FROM,
    Backlog,
    Delivery,
    KeptSubscription,
    Settlement,
    SubscriptionKey,
)
from kaiteki.stores.postgres.journal import ADVANCE
from kaiteki.stores.postgres.pool import Pool
from kaiteki.stores.postgres.revisions import REVISION, moved

_encode = msgspec.json.Encoder().encode
_subscription = msgspec.json.Decoder(Subscription)
_standing = msgspec.json.Decoder(Standing)

SETTLING: Final = 0x4B414955
"""The advisory lock of what changes deliveries."""
_PUT: Final = f"""
{moved("subscription")}
INSERT INTO subscription VALUES($1, $2, $3, $4, $5, $6) ON CONFLICT (area, id) DO UPDATE SET
owner=excluded.owner, since=excluded.since, body=excluded.body, standing=excluded.standing
"""
_FORGET: Final = """
DELETE FROM delivery d USING unnest($1::text[], $2::text[], $3::bigint[]) u(area, subscription, number)
WHERE d.area=u.area AND d.subscription=u.subscription AND d.number=u.number
"""
_OWE: Final = """
INSERT INTO delivery SELECT u.* FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bool[], $5::text[], $6::bigint[], $7::int[], $8::text[])
u(area, subscription, number, dead, entity, at, attempts, reason)
WHERE EXISTS(SELECT 1 FROM subscription s WHERE s.area=u.area AND s.id=u.subscription)
"""
_STAND: Final = """
UPDATE subscription s SET standing=u.standing FROM unnest($1::bytea[], $2::text[], $3::text[]) u(standing, area, id)
WHERE s.area=u.area AND s.id=u.id
"""
_PACK: Final = """
INSERT INTO parcel SELECT u.* FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[]) u(area, subscription, number, body)
WHERE EXISTS(SELECT 1 FROM delivery d WHERE d.area=u.area AND d.subscription=u.subscription AND d.number=u.number)
ON CONFLICT (area, subscription, number) DO UPDATE SET body=excluded.body
"""
_UNPACK: Final = """
DELETE FROM parcel p USING unnest($1::text[], $2::text[], $3::bigint[]) u(area, subscription, number)
WHERE p.area=u.area AND p.subscription=u.subscription AND p.number=u.number
"""
_ALONE: Final = "SELECT pg_advisory_xact_lock($1)"
"""Settlements and removals touch subscriptions and deliveries in opposite orders, so they take turns."""


class PostgresSubscriptions:
    """Subscriptions by key, deliveries by key; see ports.subscriptions."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, kept: KeptSubscription) -> None:
        """Keep a subscription, in place of one with its area and id."""
        one = kept.subscription
        body, standing = _encode(one), _encode(kept.standing)
        await self._pool.execute(_PUT, kept.area, one.id, kept.owner, kept.since, body, standing)

    async def remove(self, key: SubscriptionKey) -> bool:
        """Forget a subscription and all that is owed to it; whether there was one."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_ALONE, SETTLING)
            gone = await connection.execute(
                f"{moved('subscription')} DELETE FROM subscription WHERE area=$1 AND id=$2", *key
            )
            await connection.execute("DELETE FROM delivery WHERE area=$1 AND subscription=$2", *key)
            await connection.execute("DELETE FROM parcel WHERE area=$1 AND subscription=$2", *key)
        return gone == "DELETE 1"

    async def revision(self) -> int | None:
        """How often something was kept or forgotten."""
        return await self._pool.fetchval(REVISION, "subscription")

    async def list(self, after: SubscriptionKey = ("", ""), limit: int = 1000) -> Sequence[KeptSubscription]:
        """Subscriptions behind a key, by area and id, with their standings."""
        rows = await self._pool.fetch(
            "SELECT area, owner, since, body, standing FROM subscription WHERE (area, id) > ($1, $2)"
            " ORDER BY area, id LIMIT $3",
            *after,
            limit,
        )
        return [
            KeptSubscription(area, owner, _subscription.decode(body), since, _standing.decode(standing))
            for area, owner, since, body, standing in rows
        ]

    async def settle(self, settlement: Settlement) -> None:
        """Keep all parts of a settlement in one transaction."""
        owed = settlement.owed
        gone = [*settlement.done, *(one.key for one in owed)]
        unpacked = [key for key in gone if key[2] >= PARCELS_FROM]
        parcels = [(*one.key, one.parcel) for one in owed if one.parcel]
        standings = [(_encode(standing), *key) for key, standing in settlement.standings.items()]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_ALONE, SETTLING)
            if settlement.cursor is not None:
                await connection.execute(ADVANCE, *settlement.cursor)
            if gone:
                await connection.execute(_FORGET, *zip(*gone, strict=True))
            if unpacked:
                await connection.execute(_UNPACK, *zip(*unpacked, strict=True))
            if owed:
                await connection.execute(_OWE, *zip(*map(_row, owed), strict=True))
            if parcels:
                await connection.execute(_PACK, *zip(*parcels, strict=True))
            if standings:
                await connection.execute(_STAND, *zip(*standings, strict=True))

    async def owed(
        self, key: SubscriptionKey, after: int = 0, limit: int = 500, dead: bool = False
    ) -> Sequence[Delivery]:
        """Deliveries of a subscription behind the number of an event, in order of events."""
        rows = await self._pool.fetch(
            "SELECT number, entity, at, attempts, reason, body FROM delivery"
            " LEFT JOIN parcel USING(area, subscription, number)"
            " WHERE area=$1 AND subscription=$2 AND dead=$3 AND number>$4 ORDER BY number LIMIT $5",
            *key,
            dead,
            after,
            limit,
        )
        return [
            Delivery(*key, number, entity, Instant(at), attempts, reason, dead, parcel or b"")
            for number, entity, at, attempts, reason, parcel in rows
        ]

    async def backlogs(self) -> Sequence[Backlog]:
        """The subscriptions to which anything is owed, by area and id."""
        rows = await self._pool.fetch(
            "SELECT area, subscription, count(*) FILTER (WHERE NOT dead), count(*) FILTER (WHERE dead) FROM delivery"
            " GROUP BY area, subscription ORDER BY area, subscription"
        )
        return [Backlog(*row) for row in rows]


def _row(one: Delivery) -> tuple[str | int, ...]:
    return (
        one.area,
        one.subscription_id,
        one.number,
        one.dead,
        one.entity_id,
        one.at,
        one.attempts,
        one.reason,
    )
