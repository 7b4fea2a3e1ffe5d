"""What is sealed in the store of a node, with the keys that open it: for the node, and for the commands beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from kaiteki.broker.sealed_accounts import SealedAccounts
from kaiteki.broker.sealing import SealedEntities, Seals
from kaiteki.broker.sealing_up import seal_up
from kaiteki.kit.engine import KIT, KIT_TYPES
from kaiteki.kit.sealing import sealed_types
from kaiteki.main.kek import open_keys
from kaiteki.main.parts import SERVICES
from kaiteki.main.stores import open_store
from kaiteki.model.sealed import SealedType
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential
from kaiteki.stores.sqlite.schema import PAGES_BYTES
from kaiteki.stores.store import Store

SEALED_UP: Final = "sealed_up"
"""The kind of the mark that everything of the sealed types is sealed: its value is a digest of what of them is."""
_NOBODY: Final = "sealing"
"""Whose the mark is: no account's."""


async def open_sealed(
    data: Path, clock: Clock, address: str, pages_bytes: int = PAGES_BYTES
) -> tuple[Store, Seals]:
    """The store at an address (empty: of the data folder) whose entities and accounts are sealed, and the seals."""
    store = await open_store(data, clock, address, pages_bytes)
    seals = await open_seals(data, store, clock, address)
    sealed = SealedEntities(store.entities, seals)
    accounts = SealedAccounts(store.accounts, seals.keys, [one.name for one in (*SERVICES, KIT)])
    return replace(store, entities=sealed, accounts=accounts), seals


async def open_seals(data: Path, store: Store, clock: Clock, address: str) -> Seals:
    """The seals of all services over a store, which is at an address or, where that is empty, in the data folder."""
    declared = (*KIT_TYPES, *(one for service in SERVICES for one in service.types))
    return Seals(sealed_types(declared), await open_keys(data, store, clock, in_database=bool(address)))


async def seal_what_is_left(store: Store, entities: SealedEntities) -> tuple[int, int]:
    """Seal what was kept in clear before its type, or more of it, was sealed; how many entities and states of their past.

    Done once for what the manifests of now seal: a mark in the store says so. It may be stopped and begun again.
    """
    digest = _digest_of(entities.seals.types.values())
    if await store.credentials.get(SEALED_UP, digest) is not None:
        return 0, 0
    done = await seal_up(entities, store.history)
    await store.credentials.put(Credential(SEALED_UP, digest, _NOBODY))
    return done


def _digest_of(types: Iterable[SealedType]) -> str:
    """What is sealed of which type and by what it is found, told in one word."""
    told = sorted((one.type, sorted(one.names), sorted(one.sought.items())) for one in types)
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()
