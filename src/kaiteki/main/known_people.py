"""What knows the people of a node over its store: who erases them, and whose a number is that somebody types."""

from __future__ import annotations

from kaiteki.broker.sealing import Seals
from kaiteki.kit.engine import Engine
from kaiteki.kit.erasing import Erasing, Registers
from kaiteki.kit.identity.numbers import Numbers
from kaiteki.stores.store import Store


def erasing_over(engine: Engine, seals: Seals, store: Store) -> Erasing:
    """Who erases people at a node."""
    registers = Registers(store.accounts, store.credentials, store.subscriptions, store.files, store.received)
    return Erasing(engine, seals, registers)


def numbers_over(engine: Engine, seals: Seals, store: Store) -> Numbers:
    """Whose the numbers are that staff type."""
    return Numbers(store.accounts, store.credentials, erasing_over(engine, seals, store).knows)
