"""Slows down guessing and floods, without a lock that others could turn against the owner of an account."""

from __future__ import annotations

from typing import Final

from kaiteki.model.instant import Instant

_SECOND: Final = 1_000_000
FREE_ATTEMPTS: Final = 5
"""Wrong attempts of one address at one login before it has to wait; each further one doubles the wait."""
WAIT_S_MAX: Final = 900
ADDRESS_ATTEMPTS_MAX: Final = 60
"""Wrong attempts of one address at all logins in WAIT_S_MAX, for addresses that many people share."""
GATE_ENTRIES_MAX: Final = 20_000


class Gate:
    """Slows down guessing: by login and address, and by address. What succeeded from an address is forgotten at once."""

    def __init__(self, address_max: int = ADDRESS_ATTEMPTS_MAX) -> None:
        self._most = address_max
        self._wrong: dict[tuple[str, str], tuple[int, Instant]] = {}

    def is_open(self, login: str, address: str, now: Instant) -> bool:
        """Whether an attempt may be made now."""
        count, since = self._wrong.get((login, address), (0, Instant(0)))
        # who began to ask before another one was counted may be earlier than `since`: below the free attempts no time is compared
        if count >= FREE_ATTEMPTS:
            wait_s = min(2.0 ** (count - FREE_ATTEMPTS), WAIT_S_MAX)
            if now < since + wait_s * _SECOND:
                return False
        total, since = self._wrong.get(("", address), (0, Instant(0)))
        return total < self._most or now >= since + WAIT_S_MAX * _SECOND

    def failed(self, login: str, address: str, now: Instant) -> None:
        """Count a wrong attempt."""
        for key in ((login, address), ("", address)):
            count, since = self._wrong.pop(key, (0, now))
            over = now >= since + WAIT_S_MAX * _SECOND
            self._wrong[key] = (1 if over else count + 1, now if key[0] or over or count == 0 else since)
        while len(self._wrong) > GATE_ENTRIES_MAX:
            self._wrong.pop(next(iter(self._wrong)))

    def succeeded(self, login: str, address: str) -> None:
        """Forget the wrong attempts of this address at this login, and take the right one out of the address's count."""
        self._wrong.pop((login, address), None)
        total, since = self._wrong.get(("", address), (0, Instant(0)))
        if total:
            self._wrong[("", address)] = (total - 1, since)


OPENED_MAX: Final = 30
"""Accounts that one address may open in OPENED_WITHIN_S: a class of a school behind one address gets in, a flood does not."""
OPENED_WITHIN_S: Final = 3600


class Quota:
    """Counts what an address did in a while that begins with its first deed; the oldest addresses are forgotten."""

    def __init__(self, most: int = OPENED_MAX, within_s: int = OPENED_WITHIN_S) -> None:
        self._most = most
        self._within = within_s * _SECOND
        self._done: dict[str, tuple[int, Instant]] = {}

    def passes(self, address: str, now: Instant) -> bool:
        """Whether the address may do it once more; counted if so."""
        count, since = self._done.pop(address, (0, now))
        if now >= since + self._within:
            count, since = 0, now
        may = count < self._most
        self._done[address] = (count + may, since)
        while len(self._done) > GATE_ENTRIES_MAX:
            self._done.pop(next(iter(self._done)))
        return may
