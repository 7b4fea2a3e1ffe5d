"""The desk of a node: what its bindings work with. Each binding that is built apart has one over the same parts."""

from __future__ import annotations

from functools import partial

import msgspec

from kaiteki.api.ngsi_ld.desk import Beside, Desk
from kaiteki.broker.plane import Plane
from kaiteki.main.parts import Joined
from kaiteki.stores.memory import open_memory


def desk_of(joined: Joined) -> Desk:
    """A desk over the parts of a node."""
    return Desk(
        joined.plane,
        joined.trust,
        joined.who,
        tuple(joined.areas),
        joined.settings.open,
        Beside(
            joined.telling.notifier.mailing,
            joined.telling.inquirer,
            partial(plane_apart, joined.plane),
            joined.settings.forms_bytes,
            joined.pace,
        ),
    )


def plane_apart(plane: Plane) -> Plane:
    """A plane with the clock and the way out of another one, and a store of its own in memory."""
    store = open_memory(plane.clock)
    return msgspec.structs.replace(
        plane,
        entities=store.entities,
        history=store.history,
        events=store.events,
        glances=store.glances,
        subscriptions=store.subscriptions,
        sources=store.sources,
    )
