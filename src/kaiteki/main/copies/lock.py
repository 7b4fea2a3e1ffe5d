"""The key of a repository, locked with a passphrase (argon2id); another passphrase locks the same key anew."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

import msgspec
from argon2.low_level import Type, hash_secret_raw

from kaiteki.main.copies.chest import KEY_LENGTH_BYTES, Chest, Damaged

PASSPHRASE_LENGTH_MIN: Final = 12
SALT_LENGTH_BYTES: Final = 16
PLACE: Final = b"key of the repository"


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a guess at the passphrase costs: the second choice of RFC 9106, section 4 (64 MiB, three passes, four lanes), some 0.2 s."""

    memory_kib: Annotated[int, msgspec.Meta(ge=8, le=1 << 21)] = 65_536
    passes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 3
    lanes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4


COST: Final = Cost()


class WrongPassphrase(Exception):
    """The passphrase opens nothing here."""


class Locked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key of a repository as it lies there."""

    salt: bytes
    key: bytes
    cost: Cost


def new_key() -> bytes:
    """A key that nobody had before."""
    return secrets.token_bytes(KEY_LENGTH_BYTES)


def lock(key: bytes, passphrase: bytes, cost: Cost = COST) -> Locked:
    """The key, for who knows the passphrase."""
    locked = Locked(secrets.token_bytes(SALT_LENGTH_BYTES), b"", cost)
    return msgspec.structs.replace(locked, key=_stretched(locked, passphrase).seal(key, PLACE))


def unlock(locked: Locked, passphrase: bytes) -> bytes:
    """The key; raises WrongPassphrase."""
    try:
        return _stretched(locked, passphrase).open(locked.key, PLACE)
    except Damaged as wrong:
        raise WrongPassphrase from wrong


def _stretched(locked: Locked, passphrase: bytes) -> Chest:
    return Chest(
        hash_secret_raw(
            passphrase,
            locked.salt,
            locked.cost.passes,
            locked.cost.memory_kib,
            locked.cost.lanes,
            KEY_LENGTH_BYTES,
            Type.ID,
        )
    )
