"""For what data are asked: programs say it in a header, and only what the register of purposes knows and their roles allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.api.exchange import HeaderMap
from kaiteki.api.persons import WhoAsks
from kaiteki.kit.rulings.schema import Use
from kaiteki.model.access import Person
from kaiteki.model.problem import Problem

HEADER: Final = "kaiteki-purpose"
PURPOSE_LENGTH_MAX: Final = 100


def for_a_purpose(who: WhoAsks, uses: Mapping[str, Use]) -> WhoAsks:
    """Who asks, with the purpose of the header `Kaiteki-Purpose: <service>.<purpose>`.

    Raises BadRequestData for a purpose that no service declares, Forbidden for one that the person may not pursue. Whoever is not
    signed in sees what is public, for whatever purpose: nothing is read of the header.
    """

    async def person(headers: HeaderMap, area: str) -> Person:
        asking = await who(headers, area)
        stated = headers.get(HEADER)
        return asking if stated is None or not asking.signed_in else pursuing(asking, stated, uses)

    return person


def pursuing(person: Person, stated: str, uses: Mapping[str, Use]) -> Person:
    """The person with a purpose. Raises BadRequestData, Forbidden."""
    use = uses.get(stated)
    if use is None:
        told = stated[:PURPOSE_LENGTH_MAX].encode("ascii", "backslashreplace").decode()
        raise Problem("BadRequestData", f"no service declares the purpose {told}", "Kaiteki-Purpose")
    if not person.holds(use.roles):
        raise Problem("Forbidden", f"this account has no role for the purpose {stated}", "Kaiteki-Purpose")
    return msgspec.structs.replace(person, purpose=stated)
