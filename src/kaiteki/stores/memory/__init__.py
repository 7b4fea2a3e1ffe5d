"""The executable specification of the ports: everything in memory, nothing kept beyond the process."""

from __future__ import annotations

from kaiteki.ports.clock import Clock
from kaiteki.stores.alone import Alone
from kaiteki.stores.memory.accesses import MemoryAccesses
from kaiteki.stores.memory.credentials import MemoryCredentials
from kaiteki.stores.memory.entities import MemoryEntities
from kaiteki.stores.memory.journal import MemoryEvents, MemoryHistory
from kaiteki.stores.memory.ledger import MemoryLedger
from kaiteki.stores.memory.registers import MemoryAccounts, MemoryContexts, MemoryFiles
from kaiteki.stores.memory.ring import MemoryRing
from kaiteki.stores.memory.sources import MemorySources
from kaiteki.stores.memory.subscriptions import MemorySubscriptions
from kaiteki.stores.store import Store


def open_memory(clock: Clock) -> Store:
    """A new, empty store. The clock gives the time of deletions and audit lines."""
    history = MemoryHistory()
    events = MemoryEvents()
    entities = MemoryEntities(clock, history, events)
    accesses = MemoryAccesses(clock, events)
    ledger = MemoryLedger(events, (entities.entries, accesses.entries))
    accesses.forgotten.append(ledger.lose_salts)
    return Store(
        entities=entities,
        glances=entities,
        history=history,
        events=events,
        contexts=MemoryContexts(),
        subscriptions=MemorySubscriptions(events),
        sources=MemorySources(),
        sharing=Alone(),
        accounts=MemoryAccounts(),
        credentials=MemoryCredentials(),
        accesses=accesses,
        ledger=ledger,
        files=MemoryFiles(),
        keys=MemoryRing(),
        received=MemoryFiles(),
    )
