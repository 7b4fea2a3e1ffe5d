"""One change on its way to those whom it concerns: remembered or recalled, cut to what each may see, rendered once for equal wishes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.broker.plane import Plane
from kaiteki.broker.watching import Viewer
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.representation.rendering import encode
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.happening import Happening, happening
from kaiteki.model.watch.letter import depends_on_watch, style_of, tell
from kaiteki.model.watch.subscription import Subscription
from kaiteki.ports.entities import Change, Stamp
from kaiteki.ports.events import Event
from kaiteki.ports.history import SCOPE, Past

LOOK_S: Final = 0.02
"""How long a look at an entity is good for: letters that leave together are written from one look."""
STATES_MAX: Final = 1000
"""Kept states of an entity that are looked through to recall one."""


class Notice:
    """A change with what was made of it. It lives until the last of its deliveries is made."""

    kept: Final = b""
    """Nothing is kept with it: its event has it."""
    __slots__ = ("_bodies", "_look_at_s", "_present", "_seen", "_stamp", "change", "event")

    def __init__(self, event: Event, change: Change) -> None:
        self.event = event
        self.change = change
        self._look_at_s = 0.0
        self._stamp: Stamp | None = (-1, -1)
        self._present: Entity | None = None
        self._seen: dict[str, Happening | None] = {}
        self._bodies: dict[tuple[str, ...], bytes] = {}

    async def look(self, plane: Plane) -> None:
        """Look at how the entity is now, so that what was hidden after the change is not told any more. Asked before each attempt."""
        now_s = asyncio.get_running_loop().time()
        if now_s < self._look_at_s:
            return
        area, entity_id = self.event.area, self.event.entity_id
        stamp, row = plane.glances.seen(area, entity_id), None
        if stamp is None:
            row = plane.glances.row(area, entity_id)
            if row is None:
                row = (await plane.entities.load(area, (entity_id,))).get(entity_id)
            stamp = row.stamp if row is not None else None
        if stamp != self._stamp and stamp is not None and row is None and not self._left(stamp):
            row = (await plane.entities.load(area, (entity_id,))).get(entity_id)
        # not before: whoever asks while this one waits for the store must not go on with what was seen before
        self._look_at_s = now_s + LOOK_S
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._present = row.entity() if row is not None and not self._left(row.stamp) else None
        self._seen.clear()
        self._bodies.clear()

    def _left(self, stamp: Stamp) -> bool:
        """Whether an entity with this stamp is as the change left it."""
        after = self.change.after
        return after is not None and stamp[1] == after.version and stamp[0] <= self.event.number

    @property
    def _is_now(self) -> bool:
        """Whether nothing has come after the change."""
        return self.change.after is None if self._stamp is None else self._left(self._stamp)

    @property
    def states(self) -> list[Entity]:
        """The states that decide who sees what of it: before and after the change, and the present one."""
        known = (self.change.before, self.change.after, self._present)
        return [state for state in known if state is not None]

    def seen_by(self, viewer: Viewer) -> Happening | None:
        """What happened as somebody sees it now; None where nothing is seen."""
        level = viewer.level
        if viewer.by_consent:
            # a consent may be gone by the next attempt
            return self._cut(viewer)
        if level not in self._seen:
            self._seen[level] = self._cut(viewer)
        return self._seen[level]

    def _cut(self, viewer: Viewer) -> Happening | None:
        if self._is_now:
            return _cut(self.change, viewer)
        return _cut_past(self.change, viewer, self._present)

    def body(self, viewer: Viewer, happened: Happening, one: Subscription, how: tuple[Context, str]) -> bytes:
        """The entity of a notification as bytes: what happened, as `seen_by` this viewer. `how`: what names mean, and `wish_of` it."""
        context, wish = how
        if viewer.by_consent:
            return encode(tell(one, happened, context, self.event.at))
        key = (viewer.level, context.key, wish)
        body = self._bodies.get(key)
        if body is None:
            body = self._bodies[key] = encode(tell(one, happened, context, self.event.at))
        return body


def _cut(change: Change, viewer: Viewer) -> Happening | None:
    before = viewer.see(change.before) if change.before is not None else None
    after = viewer.see(change.after) if change.after is not None else None
    if before is None and after is None:
        return None
    # (what came into sight with this change has no value of before)
    known = viewer.see_past(before, change.after) if before is not None else None
    return happening(before, after, known)


def _cut_past(change: Change, viewer: Viewer, present: Entity | None) -> Happening | None:
    """A change to an entity that has gone on since, or is gone."""
    before = viewer.see_past(change.before, present) if change.before is not None else None
    after = viewer.see_past(change.after, present) if change.after is not None else None
    if after is None and (change.after is not None or before is None):
        return None
    return happening(before, after, before)


async def notice_of(plane: Plane, event: Event) -> Notice | None:
    """The notice of an event: its change as this process remembers it, else recalled; None when nobody knows it any more.

    A correction of the past changes nothing of what stands, and nobody is notified of it.
    """
    if event.what == "corrected":
        return None
    change = plane.events.witnessed(event.number) or await recall(plane, event)
    return None if change is None else Notice(event, change)


async def recall(plane: Plane, event: Event) -> Change | None:
    """The change of an event out of what is kept: the present state where it is the one, and history."""
    row = (await plane.entities.load(event.area, (event.entity_id,))).get(event.entity_id)
    present = row.entity() if row is not None else None
    pasts = await _pasts(plane, event)
    before = _state(event, [one for one in pasts if one.number < event.number], event.version - 1)
    if event.what == "deleted":
        return Change(before, None) if before is not None else None
    after = _state(event, [one for one in pasts if one.number <= event.number], event.version)
    is_now = present is not None and present.version == event.version
    if is_now and (not pasts or pasts[0].number <= event.number):
        after = present
    if after is None:
        return None
    return Change(None if event.what == "created" else before, after)


async def _pasts(plane: Plane, event: Event) -> list[Past]:
    """The states that changes of an entity have left, scopes among them, the newest first. What was told of the past alone is none."""
    history, area, entity_id = plane.history, event.area, event.entity_id
    values = await history.past(area, entity_id, limit=STATES_MAX, newest_first=True)
    scopes = await history.past(area, entity_id, (SCOPE,), limit=STATES_MAX, newest_first=True)
    kept = [past for past in (*values, *scopes) if past.version > 0]
    return sorted(kept, key=lambda past: past.number, reverse=True)


def _state(event: Event, pasts: Sequence[Past], version: int) -> Entity | None:
    """The state that the newest of some pasts leave; None before the first one."""
    if version < 1:
        return None
    latest: dict[tuple[str, str], Past] = {}
    for past in pasts:
        latest.setdefault((past.attribute, past.dataset_id or ""), past)
    scopes = latest.pop((SCOPE, ""), None)
    attributes: dict[str, tuple[Instance, ...]] = {}
    for (name, _), past in sorted(latest.items()):
        if past.instance is not None:
            attributes[name] = (*attributes.get(name, ()), past.instance)
    told = scopes.instance.value if scopes is not None and scopes.instance is not None else ()
    return Entity(
        event.entity_id,
        event.types,
        attributes,
        (told,) if isinstance(told, str) else tuple(told),
        created_at=min((past.at for past in pasts), default=event.at),
        modified_at=max((past.at for past in pasts), default=event.at),
        version=version,
    )


def wish_of(one: Subscription) -> str:
    """A text that is equal for subscriptions that are told the same of a change, by viewers who see the same."""
    if one.v2 is not None:
        return f"v2 {encode(msgspec.to_builtins(one.v2.shape)).decode()}"
    style = style_of(one).key.decode()
    return f"{one.id} {style}" if depends_on_watch(one) else style
