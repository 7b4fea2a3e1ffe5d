"""Keys for programs that read what is public: anybody with an account makes them. A key opens nothing; it gives a quota of its own.

A key is told once and kept as a hash. It has a name, so that whoever made it knows which program to change when it is taken away.
How often it was used on which day (UTC, as its quota counts) is kept with it, for its owner alone: `used` counts in memory, `keep_uses`
writes down what was counted.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.decision import Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.words import Words
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

KIND: Final = "api_key"
MARK: Final = "kaiteki_key_"
KEYS_MAX: Final = 10
"""Keys of one account."""
NAME_LENGTH_MAX: Final = 60
KEY_LENGTH_MAX: Final = 100
SHOWN_SIGNS: Final = 5
"""Signs of a key by which its owner knows it again."""
REMEMBERED_S: Final = 30
"""How long a key that was taken away may still be believed."""
REMEMBERED_MAX: Final = 10_000
USED_EVERY_S: Final = 3600
"""The last use is written down so often."""
DAYS_KEPT: Final = 62
"""Days of which the uses of a key are kept."""
_SECOND: Final = 1_000_000
_NAME: Final = Words("名前", "Name", "名前（なまえ）")


class ApiKey(msgspec.Struct, frozen=True):
    """A key as its owner sees it. `value` is its hash, `shown` how it begins; `used_at` is 0 for one that was never used.

    `days` are the requests of each day (`2026-11-23`, UTC) on which there were some, the latest last, those of this minute too.
    """

    value: str
    name: str
    shown: str
    created_at: Instant
    used_at: Instant
    days: Mapping[str, int] = {}


class Body(msgspec.Struct, frozen=True):
    """What is kept beside the hash."""

    name: str
    shown: str
    days: dict[str, int] = {}


class ApiKeys:
    """The register of these keys."""

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self._credentials = credentials
        self._clock = clock
        self._known: OrderedDict[str, tuple[str, Instant]] = OrderedDict()
        self._uses: dict[str, dict[str, int]] = {}

    async def make(self, account_id: str, name: str) -> tuple[str, ApiKey] | Refused:
        """A new key and its text, which is told this once."""
        name = " ".join(name.split())
        if not name:
            return refuse_field("missing", "name", _NAME)
        if len(name) > NAME_LENGTH_MAX:
            return refuse_field("too_long", "name", _NAME, NAME_LENGTH_MAX)
        if not name.isprintable():
            return refuse_field("characters", "name", _NAME)
        if len(await self._credentials.of(account_id, KIND)) >= KEYS_MAX:
            return Refused("too_many")
        key, now = MARK + secrets.token_urlsafe(24), self._clock.now()
        body = Body(name, key[: len(MARK) + SHOWN_SIGNS])
        credential = Credential(KIND, hash_of(key), account_id, msgspec.json.encode(body), now)
        await self._credentials.put(credential)
        return key, _shown(credential)

    async def of(self, account_id: str) -> Sequence[ApiKey]:
        """The keys of an account, newest first."""
        kept = [
            _shown(one, self._uses.get(one.value, {})) for one in await self._credentials.of(account_id, KIND)
        ]
        return sorted(kept, key=lambda one: one.created_at, reverse=True)

    async def revoke(self, account_id: str, value: str) -> bool:
        """Take a key of an account away; whether there was one. Elsewhere it may count for REMEMBERED_S more."""
        kept = await self._credentials.get(KIND, value)
        if kept is None or kept.account_id != account_id:
            return False
        self._known.pop(value, None)
        return await self._credentials.remove(KIND, value)

    def used(self, value: str) -> None:
        """Count one request with a key that is known, by its hash."""
        days, today = self._uses.setdefault(value, {}), day_of(self._clock.now())
        days[today] = days.get(today, 0) + 1

    async def keep_uses(self) -> int:
        """Write down what was counted since the last time; of how many keys. What cannot be written now counts on.

        Two nodes that write the uses of one key down in the same moment may lose those of one of them.
        """
        kept = 0
        for value in list(self._uses):
            credential = await self._credentials.get(KIND, value)
            days = self._uses.pop(value)
            if credential is None:
                continue
            body = msgspec.json.decode(credential.body, type=Body)
            body = msgspec.structs.replace(body, days=_added(body.days, days))
            try:
                await self._credentials.put(
                    msgspec.structs.replace(credential, body=msgspec.json.encode(body))
                )
            except BaseException:
                self._uses[value] = _added(days, self._uses.get(value, {}))
                raise
            kept += 1
        return kept

    async def known(self, key: str) -> str | None:
        """The hash of a key that there is, else None. What is known is remembered for REMEMBERED_S."""
        if not key.startswith(MARK) or len(key) > KEY_LENGTH_MAX:
            return None
        value, now = hash_of(key), self._clock.now()
        remembered = self._known.get(value)
        if remembered is not None and now - remembered[1] < REMEMBERED_S * _SECOND:
            return value
        kept = await self._credentials.get(KIND, value)
        if kept is None:
            self._known.pop(value, None)
            return None
        if now - kept.used_at >= USED_EVERY_S * _SECOND:
            await self._credentials.put(msgspec.structs.replace(kept, used_at=now))
        self._known[value] = (kept.account_id, now)
        if len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)
        return value


def hash_of(key: str) -> str:
    """Under what a key is kept."""
    return hashlib.sha256(key.encode()).hexdigest()


def day_of(at: Instant) -> str:
    """The day of an instant in UTC, as quotas count it."""
    return format_instant(at)[:10]


def _added(days: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Both counts together, of the latest DAYS_KEPT days."""
    both = {day: days.get(day, 0) + more.get(day, 0) for day in sorted({*days, *more})}
    return dict(list(both.items())[-DAYS_KEPT:])


def _shown(credential: Credential, counted: Mapping[str, int] | None = None) -> ApiKey:
    body = msgspec.json.decode(credential.body, type=Body)
    days = _added(body.days, counted or {})
    return ApiKey(credential.value, body.name, body.shown, credential.created_at, credential.used_at, days)
