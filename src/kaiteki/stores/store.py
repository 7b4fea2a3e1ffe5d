"""What a store hands to `main`: one implementation of each port over one place where things are kept."""

from __future__ import annotations

from dataclasses import dataclass

from kaiteki.ports.accesses import Accesses
from kaiteki.ports.accounts import Accounts
from kaiteki.ports.contexts import Contexts
from kaiteki.ports.credentials import Credentials
from kaiteki.ports.entities import Entities
from kaiteki.ports.events import Events
from kaiteki.ports.files import Files
from kaiteki.ports.glances import Glances
from kaiteki.ports.history import History
from kaiteki.ports.keys import KeyRing
from kaiteki.ports.ledger import Ledger
from kaiteki.ports.measures import MeasureStore, nothing_measured
from kaiteki.ports.sharing import Sharing
from kaiteki.ports.sources import Sources
from kaiteki.ports.subscriptions import Subscriptions


class UnusableStore(Exception):
    """What was named as a store cannot be worked with; the message says why, and what to do."""


@dataclass(frozen=True)
class Store:
    """The ports of one store. `entities.close()` finishes what was accepted and lets go of everything."""

    entities: Entities
    glances: Glances
    history: History
    events: Events
    contexts: Contexts
    subscriptions: Subscriptions
    sources: Sources
    sharing: Sharing
    accounts: Accounts
    credentials: Credentials
    accesses: Accesses
    ledger: Ledger
    files: Files
    keys: KeyRing
    received: Files
    """Files that were sent and are not made ready yet; nothing serves them."""
    measures: MeasureStore = nothing_measured
    """How the store is doing."""
