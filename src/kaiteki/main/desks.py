"""The desk of a node: what its bindings work with. Each binding that is built apart has one over the same parts."""

from __future__ import annotations

from kaiteki.api.ngsi_ld.desk import Beside, Desk
from kaiteki.main.parts import Joined


def desk_of(joined: Joined) -> Desk:
    """A desk over the parts of a node."""
    return Desk(
        joined.plane,
        joined.trust,
        joined.who,
        tuple(joined.areas),
        joined.settings.open,
        Beside(joined.notifier.mailing, joined.inquirer),
    )
