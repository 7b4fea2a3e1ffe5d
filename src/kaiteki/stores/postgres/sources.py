"""Registrations of context sources, in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.sources.registration import Registration, SourceStanding
from kaiteki.ports.sources import KeptSource, SourceKey
from kaiteki.stores.postgres.pool import Pool
from kaiteki.stores.postgres.revisions import REVISION, moved

_encode = msgspec.json.Encoder().encode
_registration = msgspec.json.Decoder(Registration)
_standing = msgspec.json.Decoder(SourceStanding)

_PUT: Final = f"""
{moved("source")}
INSERT INTO source VALUES($1, $2, $3, $4, $5)
ON CONFLICT (area, id) DO UPDATE SET owner=excluded.owner, body=excluded.body, standing=excluded.standing
"""
_STAND: Final = """
UPDATE source s SET standing=u.standing FROM unnest($1::bytea[], $2::text[], $3::text[]) u(standing, area, id)
WHERE s.area=u.area AND s.id=u.id
"""


class PostgresSources:
    """Registrations by key; see ports.sources."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, kept: KeptSource) -> None:
        """Keep a registration, in place of one with its area and id."""
        await self._pool.execute(
            _PUT, *kept.key, kept.owner, _encode(kept.registration), _encode(kept.standing)
        )

    async def remove(self, key: SourceKey) -> bool:
        """Forget a registration; whether there was one."""
        return (
            await self._pool.execute(f"{moved('source')} DELETE FROM source WHERE area=$1 AND id=$2", *key)
            == "DELETE 1"
        )

    async def revision(self) -> int | None:
        """How often something was kept or forgotten."""
        return await self._pool.fetchval(REVISION, "source")

    async def list(self, after: SourceKey = ("", ""), limit: int = 1000) -> Sequence[KeptSource]:
        """Registrations behind a key, by area and id, with their standings."""
        rows = await self._pool.fetch(
            "SELECT area, owner, body, standing FROM source WHERE (area, id) > ($1, $2) ORDER BY area, id LIMIT $3",
            *after,
            limit,
        )
        return [
            KeptSource(area, owner, _registration.decode(body), _standing.decode(standing))
            for area, owner, body, standing in rows
        ]

    async def note(self, standings: Mapping[SourceKey, SourceStanding]) -> None:
        """Keep how asking sources went, in one transaction."""
        rows = [(_encode(standing), *key) for key, standing in standings.items()]
        if rows:
            await self._pool.execute(_STAND, *zip(*rows, strict=True))
