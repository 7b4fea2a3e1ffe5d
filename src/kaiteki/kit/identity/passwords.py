"""Passwords: how they are kept, which are too easy to guess, and the slow marks under which codes on paper are kept.

Refused are the 30,000 commonest (`common/`, digests alone), with a few signs before or behind them or several times over, the words of the city, the
login and name of the account, and what stands in the operator's own list.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

from kaiteki.kit.identity.codes import tidy_code
from kaiteki.model.decision import Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words

PASSWORD_LENGTH_MIN: Final = 10
PASSWORD_LENGTH_MAX: Final = 200
HASHES_AT_ONCE: Final = 2
MARK_BYTES: Final = 5
SPARE_MAX: Final = 5
"""Signs around a word that do not make it hard to guess."""
OWN_LENGTH_MIN: Final = 3
SIGNS_MIN: Final = 4
"""Different signs that a password has at least."""
LIST: Final = Path(__file__).parent / "common" / "passwords.bin"
SALT_BYTES: Final = 16
PASSWORD: Final = Words("パスワード", "Password")


def _nothing(_password: str) -> bool:
    return False


class Passwords:
    """The passwords of a node. `secret` is that of the node; `hasher` is weaker in tests only.

    `city` are the words of the city, `is_listed` says what the operator's own list holds.
    """

    def __init__(self, secret: bytes, hasher: PasswordHasher | None = None) -> None:
        # The second recommended choice of OWASP for argon2id: 19 MiB, 2 passes, 1 lane.
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._key = hmac.digest(secret, b"codes on paper", "sha256")
        self._slots = asyncio.Semaphore(HASHES_AT_ONCE)
        self._nobody: str | None = None
        self.city: frozenset[str] = frozenset()
        self.is_listed: Callable[[str], bool] = _nothing

    def refusal(self, password: str, own: Iterable[str] = ()) -> Refused | None:
        """Why a password cannot be taken; `own` are the login and the name of its account."""
        if len(password) < PASSWORD_LENGTH_MIN:
            return refuse_field("too_short", "password", PASSWORD, PASSWORD_LENGTH_MIN)
        if len(password) > PASSWORD_LENGTH_MAX:
            return refuse_field("too_long", "password", PASSWORD, PASSWORD_LENGTH_MAX)
        words = self.city | {word for one in own for word in words_of(one)}
        if is_guessable(password, words) or self.is_listed(_normal(password)):
            return refuse_field("guessable", "password", PASSWORD)
        return None

    async def hash(self, password: str) -> str:
        """As what a password is kept (argon2id, PHC form)."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def of_nobody(self) -> str:
        """The hash of a password that nobody has."""
        if self._nobody is None:
            self._nobody = await self.hash(secrets.token_urlsafe(16))
        return self._nobody

    async def verify(self, known: str, password: str) -> bool:
        """Whether a password is the one of a hash; takes as long for a wrong one."""
        async with self._slots:
            return await asyncio.to_thread(self._is_right, known, _normal(password))

    def is_old(self, known: str) -> bool:
        """Whether a hash was made with another cost than that of now."""
        return self._hasher.check_needs_rehash(known)

    async def mark(self, scope: str, code: str) -> str:
        """Under which a code on paper is kept: argon2id over it, with a salt of its scope that only this node can compute."""
        salt = hmac.digest(self._key, scope.encode(), "sha256")[:SALT_BYTES]
        async with self._slots:
            return await asyncio.to_thread(self._slowly, tidy_code(code), salt)

    def _slowly(self, code: str, salt: bytes) -> str:
        cost = self._hasher
        raw = hash_secret_raw(
            code.encode(), salt, cost.time_cost, cost.memory_cost, cost.parallelism, 32, Type.ID
        )
        return f"slow:{raw.hex()}"

    def _is_right(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False


def is_guessable(password: str, words: frozenset[str] = frozenset()) -> bool:
    """Whether a password is a common one or one of these words, several times over or with up to SPARE_MAX digits and signs around it."""
    folded = fold(password)
    bare = _bare(folded)
    tries = {folded, _once(folded)} | (
        {bare, _once(bare)} if len(folded) - len(bare) <= SPARE_MAX else set[str]()
    )
    if len(set(folded)) < SIGNS_MIN or any(is_common(one) for one in tries):
        return True
    rest = folded
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return sum(sign.isalnum() for sign in rest) <= SPARE_MAX and rest != folded


def is_common(password: str) -> bool:
    """Whether a password stands in the list of the commonest."""
    marks, mark = _marks(), sha256(password.encode()).digest()[:MARK_BYTES]
    place = bisect_left(range(len(marks) // MARK_BYTES), mark, key=lambda at: _mark_at(marks, at))
    return _mark_at(marks, place) == mark


def _mark_at(marks: bytes, place: int) -> bytes:
    return marks[place * MARK_BYTES : (place + 1) * MARK_BYTES]


def words_of(text: str) -> set[str]:
    """The words of a name that a password may not be made of: the whole and its parts, folded."""
    folded = fold(text)
    parts = {"".join(sign for sign in part if sign.isalnum()) for part in folded.replace("-", " ").split()}
    return {one for one in (*parts, "".join(folded.split())) if len(one) >= OWN_LENGTH_MIN}


def fold(text: str) -> str:
    """A text without differences that make nothing harder to guess: wide signs, capitals."""
    return unicodedata.normalize("NFKC", text).casefold()


def _bare(text: str) -> str:
    """A text without digits and signs before and behind it."""
    letters = [place for place, sign in enumerate(text) if sign.isalpha()]
    return text[letters[0] : letters[-1] + 1] if letters else text


def _once(text: str) -> str:
    """What a text repeats, else itself."""
    place = (text + text).find(text, 1)
    return text[:place]


@cache
def _marks() -> bytes:
    return LIST.read_bytes()


def _normal(password: str) -> str:
    """One form for a password however it was typed (RFC 8265: NFC)."""
    return unicodedata.normalize("NFC", password)
