"""Subscriptions and what is owed to them, in the file."""

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
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.reader import Reader
from kaiteki.stores.sqlite.writer import Writer

_encode = msgspec.json.Encoder().encode
_subscription = msgspec.json.Decoder(Subscription)
_standing = msgspec.json.Decoder(Standing)

ADVANCE: Final = "INSERT INTO cursor VALUES(?,?) ON CONFLICT DO UPDATE SET number=excluded.number"
OWE: Final = """
INSERT INTO delivery(area, subscription, dead, number, entity, at, attempts, reason) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE EXISTS(SELECT 1 FROM subscription WHERE area=?1 AND id=?2)
"""
FORGET: Final = "DELETE FROM delivery WHERE area=? AND subscription=? AND number=?"
PACK: Final = """
INSERT OR REPLACE INTO parcel SELECT ?1, ?2, ?3, ?4
WHERE EXISTS(SELECT 1 FROM delivery WHERE area=?1 AND subscription=?2 AND dead IN (0, 1) AND number=?3)
"""
UNPACK: Final = "DELETE FROM parcel WHERE area=? AND subscription=? AND number=?"


class SqliteSubscriptions:
    """Subscriptions by key, deliveries by key; see ports.subscriptions."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def put(self, kept: KeptSubscription) -> None:
        """Keep a subscription, in place of one with its area and id."""
        row = (
            kept.area,
            kept.subscription.id,
            kept.owner,
            kept.since,
            _encode(kept.subscription),
            _encode(kept.standing),
        )
        await self._writer.work(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO subscription VALUES(?,?,?,?,?,?)", row
            ).fetchall()
        )

    async def remove(self, key: SubscriptionKey) -> bool:
        """Forget a subscription and all that is owed to it; whether there was one."""

        def forget(connection: Connection) -> bool:
            connection.execute("DELETE FROM delivery WHERE area=? AND subscription=?", key)
            connection.execute("DELETE FROM parcel WHERE area=? AND subscription=?", key)
            gone = connection.execute("DELETE FROM subscription WHERE area=? AND id=? RETURNING id", key)
            return bool(gone.fetchall())

        return await self._writer.work(forget)

    async def revision(self) -> int | None:
        """One node alone writes it."""
        return None

    async def list(self, after: SubscriptionKey = ("", ""), limit: int = 1000) -> Sequence[KeptSubscription]:
        """Subscriptions behind a key, by area and id, with their standings."""
        rows = self._reader.connection.execute(
            "SELECT area, owner, since, body, standing FROM subscription WHERE (area, id) > (?,?)"
            " ORDER BY area, id LIMIT ?",
            (*after, limit),
        )
        return [
            KeptSubscription(area, owner, _subscription.decode(body), since, _standing.decode(standing))
            for area, owner, since, body, standing in rows
        ]

    async def settle(self, settlement: Settlement) -> None:
        """Keep all parts of a settlement in one transaction."""

        def keep(connection: Connection) -> None:
            if settlement.cursor is not None:
                connection.execute(ADVANCE, settlement.cursor)
            owed = settlement.owed
            gone = [*settlement.done, *(one.key for one in owed)]
            if gone:
                connection.executemany(FORGET, gone)
                connection.executemany(UNPACK, [key for key in gone if key[2] >= PARCELS_FROM])
            if owed:
                connection.executemany(OWE, [_row(one) for one in owed])
                connection.executemany(PACK, [(*one.key, one.parcel) for one in owed if one.parcel])
            if settlement.standings:
                connection.executemany(
                    "UPDATE subscription SET standing=? WHERE area=? AND id=?",
                    [(_encode(standing), *key) for key, standing in settlement.standings.items()],
                )

        await self._writer.work(keep)

    async def owed(
        self, key: SubscriptionKey, after: int = 0, limit: int = 500, dead: bool = False
    ) -> Sequence[Delivery]:
        """Deliveries of a subscription behind the number of an event, in order of events."""
        rows = self._reader.connection.execute(
            "SELECT number, entity, at, attempts, reason, body FROM delivery"
            " LEFT JOIN parcel USING(area, subscription, number)"
            " WHERE area=? AND subscription=? AND dead=? AND number>? ORDER BY number LIMIT ?",
            (*key, int(dead), after, limit),
        )
        return [
            Delivery(*key, number, entity, Instant(at), attempts, reason, dead, parcel or b"")
            for number, entity, at, attempts, reason, parcel in rows
        ]

    async def backlogs(self) -> Sequence[Backlog]:
        """The subscriptions to which anything is owed, by area and id."""
        rows = self._reader.connection.execute(
            "SELECT area, subscription, sum(dead=0), sum(dead=1) FROM delivery"
            " GROUP BY area, subscription ORDER BY area, subscription"
        )
        return [Backlog(*row) for row in rows]


def _row(one: Delivery) -> tuple[str | int, ...]:
    return (
        one.area,
        one.subscription_id,
        int(one.dead),
        one.number,
        one.entity_id,
        one.at,
        one.attempts,
        one.reason,
    )
