"""What is sealed in the store of a node, with the keys that open it: for the node, and for the commands beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kaiteki.broker.sealed_accounts import SealedAccounts
from kaiteki.broker.sealing import SealedEntities, Seals
from kaiteki.kit.engine import KIT, KIT_TYPES
from kaiteki.kit.sealing import sealed_types
from kaiteki.main.kek import open_keys
from kaiteki.main.parts import SERVICES
from kaiteki.main.stores import open_store
from kaiteki.ports.clock import Clock
from kaiteki.stores.sqlite.schema import PAGES_BYTES
from kaiteki.stores.store import Store


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
