"""What wraps the keys of persons: where it is, how many keys each key-encryption key wraps, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import time
from typing import Any, Final

import msgspec

from kaiteki.broker.keyring import wrapped_by
from kaiteki.main.hsm.kek import named_token
from kaiteki.main.kek import BY_TOKEN, IN_TOKEN, KEK_NAME, TOKEN, given_kek, read_kek
from kaiteki.model.instant import Instant, format_instant
from kaiteki.ports.keys import KeyRing
from kaiteki.ports.outage import KeysAway

DAY_S: Final = 86_400
KEY_AGE_MAX_DAYS: Final = 400
"""A key-encryption key is changed once a year."""


class KekState(msgspec.Struct, frozen=True):
    """`place` says where the key is that wraps, `newest` its name (empty while the token is away, `away` then says why).

    `wraps` counts the keys of persons by the key-encryption key, `known` are those at hand with when they were made (seconds since
    1970, 0 where that is not known), `open_keys` those in the token that could be taken out of it.
    """

    place: str
    newest: str
    wraps: Mapping[str, int]
    known: Mapping[str, int] = {}
    open_keys: Sequence[str] = ()
    away: str = ""

    def faults(self) -> list[str]:
        """What keeps personal data shut, one line each."""
        if self.away:
            return [f"what seals personal data is away: {self.away}"]
        return [
            f"{count} keys of persons are wrapped by {name}, which is neither in the file nor in the token: their data stay shut"
            for name, count in self.wraps.items()
            if name not in self.known
        ]

    def notes(self) -> list[str]:
        """What should be better."""
        others = sum(
            count for name, count in self.wraps.items() if name != self.newest and name in self.known
        )
        where = "token" if self.newest.startswith(IN_TOKEN) else "file"
        age = int((time() - self.known.get(self.newest, 0)) / DAY_S) if self.known.get(self.newest) else 0
        return [
            *(
                [
                    f"{others} keys are wrapped by an older key; `kaiteki keys move --to {where}` wraps them anew."
                ]
                if others
                else []
            ),
            *[f"{name} could be taken out of the token; make another one." for name in self.open_keys],
            *(
                [f"{self.newest} is {age} days old; once a year: `kaiteki keys rotate`."]
                if age > KEY_AGE_MAX_DAYS
                else []
            ),
        ]

    def lines(self) -> list[str]:
        """The state in words, one line for each key."""
        names = [*self.known, *(name for name in self.wraps if name not in self.known)]
        return [f"Keys of persons are wrapped by {self.place}.", *map(self._line, names)]

    def _line(self, name: str) -> str:
        made = self.known.get(name, 0)
        told = f", made {format_instant(Instant(made * 1_000_000))}" if made else ""
        role = "wraps" if name == self.newest else "unwraps" if name in self.known else "MISSING:"
        return f"  {name}  {role} {self.wraps.get(name, 0)} keys{told}"


def kek_file(data: Path, in_database: bool) -> Path | None:
    """The file with the key-encryption key of a node, or where it would be; None for one in a database that was given none."""
    return given_kek() or (None if in_database else data / KEK_NAME)


async def kek_state(data: Path, ring: KeyRing, in_database: bool) -> KekState:
    """The state of the node on a data folder or a database; changes nothing. Raises BadParameter."""
    token, path = named_token(), kek_file(data, in_database)
    held = dict(await ring.shared_kek({})) if in_database else {}
    if path is not None and path.is_file():
        held |= read_kek(path)
    elif token is not None:
        held |= BY_TOKEN
    newest, wraps = next(reversed(held), ""), await wrapped_by(ring)
    by_token = newest == TOKEN
    uses_token = by_token or any(name.startswith(IN_TOKEN) for name in wraps)
    place = str(path) if path is not None else "a key beside the ring in the database"
    known, open_keys = {name: 0 for name in held if name != TOKEN}, list[str]()
    if token is None or not uses_token:
        away = "a token is to be asked, and KAITEKI_PKCS11_MODULE names none" if uses_token else ""
        return KekState(place, "" if by_token else newest, wraps, known, away=away)
    if by_token:
        place = f"token {token.settings.token!r} ({token.settings.module}), keys of the label {token.settings.key!r}"
    try:
        found: list[Any] = await token.ask(lambda session: session.keys())
        newest = await token.name() if by_token else newest
    except KeysAway as away:
        return KekState(place, "" if by_token else newest, wraps, known, away=str(away))
    open_keys = [one.name for one in found if not one.never_out]
    return KekState(place, newest, wraps, known | {one.name: one.made_at_s for one in found}, open_keys)
