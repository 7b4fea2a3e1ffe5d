"""What knows the people of a node over its store: who erases them, and whose a number is that somebody types."""

from __future__ import annotations

from functools import partial

from kaiteki.broker.sealing import Seals
from kaiteki.kit.consents import Known
from kaiteki.kit.engine import KIT, Engine
from kaiteki.kit.erasing import Erasing, Registers
from kaiteki.kit.identity.numbers import Numbers
from kaiteki.kit.identity.pairwise import Pairwise
from kaiteki.main.clock import SystemClock
from kaiteki.stores.store import Store


def erasing_over(engine: Engine, seals: Seals, store: Store) -> Erasing:
    """Who erases people at a node."""
    registers = Registers(store.accounts, store.credentials, store.subscriptions, store.files, store.received)
    return Erasing(engine, seals, registers)


def known_to_kit(store: Store) -> Known:
    """What leads from the ids by which services know people to those by which messages do."""
    return partial(Pairwise(store.accounts, store.credentials, SystemClock()).in_service, KIT.name)


def know_people(engine: Engine, seals: Seals, store: Store) -> None:
    """Let each service of an engine know people by ids of its own, and find whom forms and consents name by any of them."""
    pairwise = Pairwise(store.accounts, store.credentials, SystemClock())
    engine.introduce, engine.lead = pairwise.note, pairwise.lead
    engine.consents.known = partial(pairwise.in_service, engine.keeps_consents)
    engine.consents.opened = seals.plained
    keeps = erasing_over(engine, seals, store).knows
    engine.named = Numbers(store.accounts, store.credentials, pairwise.note, keeps).named
