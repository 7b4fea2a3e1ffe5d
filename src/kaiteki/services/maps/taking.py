"""Looks whether the folder of the area says something of its layers that is not kept yet: at the start, and now and then."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import PageAsk
from kaiteki.model.query import Query
from kaiteki.services.maps.model import HeldMapLayer, MapLayer
from kaiteki.services.maps.rules import AT_ONCE_MAX, TakeOver, is_behind
from kaiteki.services.maps.settings import LAYERS_MAX, Settings

EVERY_S: Final = 3600
"""The folder is read when the node starts: a turn later is for what could not be kept in the first one."""


async def survey(ask: PageAsk) -> TakeOver | None:
    """The names of the layers that are to be taken over; None while there are none."""
    settings: Settings = ask.settings
    rows = {one.name: one for one in settings.every}
    there: dict[str, Any] = {}
    for view in (HeldMapLayer, MapLayer):
        found = await ask.city.find(view, Query(limit=2 * LAYERS_MAX))
        there |= {one.name: one for one in found.items}
    behind = [name for name, row in rows.items() if name not in there or is_behind(there[name], row)]
    gone = [
        name
        for name, one in there.items()
        if name not in rows
        and one.told
        and not one.edited
        and isinstance(one, MapLayer)
        and not isinstance(one, HeldMapLayer)
    ]
    names = tuple([*behind, *gone][:AT_ONCE_MAX])
    return TakeOver(names) if names else None
