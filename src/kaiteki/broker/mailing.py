"""One attempt to send a notification: seen with the eyes of its owner, written, posted (ETSI GS CIM 009 V1.9.1 clauses 5.8.6 and 6.3.9)."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache, partial
from typing import Final, Literal

import msgspec

from kaiteki.broker.asking import Join
from kaiteki.broker.links import links_to, load_here, load_linked
from kaiteki.broker.mailing_v2 import Told, letters_of, timeout_of
from kaiteki.broker.notices import Notice, wish_of
from kaiteki.broker.opening import recorded
from kaiteki.broker.outlets import Entry
from kaiteki.broker.parcels import Heard, Parcel, Piece
from kaiteki.broker.watching import Owners, Viewer, Watchers, context_address
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.problem import Problem
from kaiteki.model.representation.rendering import encode, render
from kaiteki.model.sources.watching import source_notification
from kaiteki.model.terms.context import Context
from kaiteki.model.terms.core import CORE_URL
from kaiteki.model.watch.happening import Happening
from kaiteki.model.watch.letter import LD_JSON, notification, style_of, tell
from kaiteki.model.watch.subscription import Terms
from kaiteki.ports.outgoing import Letter, Unreachable
from kaiteki.ports.subscriptions import KeptSubscription

CONTEXT_REL: Final = "http://www.w3.org/ns/json-ld#context"
JOINED: Final = ("flat", "inline")
RETRIED: Final = frozenset({408, 425, 429})
"""Refusals that mean: later."""


class Outcome(msgspec.Struct, frozen=True):
    """How an attempt went: sent; nothing to be told; the endpoint failed; or it refused this notification.

    `code` is the answer to one that was sent.
    """

    what: Literal["sent", "nothing", "failed", "refused"]
    reason: str = ""
    code: int = 0


NOTHING: Final = Outcome("nothing")


class Mailing:
    """Makes letters out of notices and posts them."""

    def __init__(self, watchers: Watchers, owners: Owners) -> None:
        self.watchers: Final = watchers
        self._owners = owners
        self._plane = watchers.plane

    def viewer(self, kept: KeptSubscription, terms: Terms | None = None) -> Awaitable[Viewer | None]:
        """With whose eyes its notifications are seen now, by somebody who comes with further terms."""
        own = kept.subscription.terms
        return self._owners(kept.area, kept.owner, own if terms is None else own.within(terms))

    async def seen(self, notice: Notice | Heard, viewer: Viewer) -> Happening | None:
        """What happened as somebody sees it now, by what the holders agree to now; within a reading where that decides."""
        if viewer.by_consent:
            await viewer.meet(notice.states)
        return notice.seen_by(viewer)

    async def attempt(self, kept: KeptSubscription, entry: Entry) -> Outcome:
        """Send a notification once."""
        viewer = await self.viewer(kept)
        if viewer is None:
            return NOTHING
        async with viewer.reading():
            return await self._attempt(kept, entry, viewer)

    async def _attempt(self, kept: KeptSubscription, entry: Entry, viewer: Viewer) -> Outcome:
        try:
            context = await self.watchers.context(kept)
        except Problem as problem:
            return Outcome("failed", problem.detail)
        numbers = "-".join(str(notice.event.number) for notice in entry.notices[:1])
        named = notification_id(kept, numbers)
        if kept.subscription.of_sources:
            return await self._attempt_sources(kept, entry.notices, viewer, (context, named))
        notices = tuple(piece for piece in entry.notices if not isinstance(piece, Parcel))
        if kept.subscription.v2 is not None:
            return await self._attempt_v2(kept, notices, viewer, (context, named))
        bodies = await self.bodies(kept, notices, viewer, context)
        if not bodies:
            return NOTHING
        return await self.post(kept, context, (named, self._plane.clock.now()), bodies)

    async def _attempt_v2(
        self,
        kept: KeptSubscription,
        notices: tuple[Notice | Heard, ...],
        viewer: Viewer,
        how: tuple[Context, str],
    ) -> Outcome:
        """Send a notification of NGSI v2 once: one letter, or one for each entity where its form has room for one."""
        context, named = how
        told: list[Told] = []
        for notice in notices:
            await notice.look(self._plane)
            happened = await self.seen(notice, viewer)
            if happened is not None:
                body, happened = await self._body(kept, notice, (viewer, happened), context)
                told.append(Told(happened, body))
        outcome = NOTHING
        for letter in letters_of(kept, told, named):
            outcome = await self._post(letter)
            if outcome.what != "sent":
                break
        return outcome

    async def _attempt_sources(
        self, kept: KeptSubscription, pieces: tuple[Piece, ...], viewer: Viewer, how: tuple[Context, str]
    ) -> Outcome:
        """Send a notification of registrations once, to somebody who may see registrations (clause 5.11.7)."""
        context, named = how
        outcome, one, endpoint = NOTHING, kept.subscription, kept.subscription.telling.endpoint
        for piece in pieces:
            if isinstance(piece, Parcel) and viewer.hall:
                head = (named, one.id, _moment(self._plane.clock.now() // 1000))
                body = encode(source_notification(head, piece.tidings, one, context))
                timeout_s, settings = timeout_of(endpoint), endpoint.notifier_info
                letter = Letter(kept.area, endpoint.uri, headers_of(kept), body, timeout_s, settings)
                outcome = await self._post(letter)
        return outcome

    async def bodies(
        self, kept: KeptSubscription, notices: tuple[Notice | Heard, ...], viewer: Viewer, context: Context
    ) -> list[bytes]:
        """The entities of a notification as the owner sees them now; those that are not seen any more are left out."""
        bodies: list[bytes] = []
        for notice in notices:
            await notice.look(self._plane)
            happened = await self.seen(notice, viewer)
            if happened is not None and kept.subscription.telling.join in JOINED:
                opened = await viewer.opened(kept.area, happened)
                bodies += await self._joined(kept, opened, viewer, (context, notice.event.at))
            elif happened is not None:
                bodies.append((await self._body(kept, notice, (viewer, happened), context))[0])
        return bodies

    async def _body(
        self,
        kept: KeptSubscription,
        notice: Notice | Heard,
        seen: tuple[Viewer, Happening],
        context: Context,
    ) -> tuple[bytes, Happening]:
        """What a notification says of one change, and the change; what was sealed is written for each who is told, with a record."""
        viewer, happened = seen
        opened = await viewer.opened(kept.area, happened)
        if opened is not happened:
            return encode(tell(kept.subscription, opened, context, notice.event.at)), opened
        return notice.body(viewer, happened, kept.subscription, (context, self._wish(kept))), happened

    def _headers(self, kept: KeptSubscription) -> tuple[tuple[str, str], ...]:
        headers = self.watchers.headers.get(kept.key)
        if headers is None:
            headers = self.watchers.headers[kept.key] = headers_of(kept)
        return headers

    def _wish(self, kept: KeptSubscription) -> str:
        wish = self.watchers.wishes.get(kept.key)
        if wish is None:
            wish = self.watchers.wishes[kept.key] = wish_of(kept.subscription)
        return wish

    async def present(
        self, kept: KeptSubscription, entity: Entity, viewer: Viewer, context: Context
    ) -> list[bytes]:
        """An entity as it is now, already as the owner sees it, for a notification; linked ones behind it where they come along."""
        unchanged = await viewer.opened(kept.area, Happening(entity, entity, ()))
        return await self._joined(kept, unchanged, viewer, (context, entity.modified_at))

    async def _joined(
        self, kept: KeptSubscription, happened: Happening, viewer: Viewer, how: tuple[Context, Instant]
    ) -> list[bytes]:
        """The entity of a notification with those it is linked to, as far as the owner sees them (clause 4.5.23)."""
        one, (context, at) = kept.subscription, how
        telling, after = one.telling, happened.after
        if after is None or telling.join not in JOINED:
            return [encode(tell(one, happened, context, at))]
        join, style = Join(telling.join, telling.join_level), style_of(one)
        load = partial(load_here, self._plane, kept.area)
        linked = await load_linked(load, partial(viewer.show, kept.area), [after], join, style)
        if join.mode == "inline":
            links = links_to(context, style, linked, join.level, frozenset({after.id}))
            return [encode(tell(one, happened, context, at, links))]
        plain = msgspec.structs.replace(style, pick=None, omit=None, attrs=(), dataset_ids=())
        behind = [encode(render(entity, context, plain)) for key, entity in linked.items() if key != after.id]
        return [encode(tell(one, happened, context, at)), *behind]

    async def post(
        self, kept: KeptSubscription, context: Context, named: tuple[str, Instant], bodies: list[bytes]
    ) -> Outcome:
        """Post a notification that is written."""
        one, endpoint = kept.subscription, kept.subscription.telling.endpoint
        body = notification((named[0], one.id, _moment(named[1] // 1000)), bodies, one, context)
        timeout_s = timeout_of(endpoint)
        letter = Letter(kept.area, endpoint.uri, self._headers(kept), body, timeout_s, endpoint.notifier_info)
        return await self._post(letter)

    async def _post(self, letter: Letter) -> Outcome:
        await recorded()
        try:
            status = await self._plane.outgoing.send(letter)
        except Unreachable as reason:
            return Outcome("failed", str(reason))
        if 200 <= status < 300:
            return Outcome("sent", code=status)
        what = "refused" if 400 <= status < 500 and status not in RETRIED else "failed"
        return Outcome(what, f"the receiver answered {status}")


def notification_id(kept: KeptSubscription, numbers: str) -> str:
    """The id of a notification: the same when it is sent again, so that a receiver can tell."""
    return (
        f"urn:ngsi-ld:Notification:{kept.area}:{numbers}:{kept.subscription.id.removeprefix('urn:ngsi-ld:')}"
    )


def headers_of(kept: KeptSubscription) -> tuple[tuple[str, str], ...]:
    """The headers of its notifications: media type, @context link, tenant, and what is for the receiver (clause 6.3.9)."""
    endpoint = kept.subscription.telling.endpoint
    headers = [("content-type", endpoint.accept), ("ngsild-tenant", kept.area)]
    if endpoint.accept == "application/json":
        url: Json = context_address(kept) or CORE_URL
        headers.append(("link", f'<{url}>; rel="{CONTEXT_REL}"; type="{LD_JSON}"'))
    return (*headers, *endpoint.receiver_info)


@lru_cache(maxsize=64)
def _moment(milliseconds: int) -> str:
    return format_instant(Instant(milliseconds * 1000))


async def nobody_sees(_area: str, _account: str, _terms: Terms) -> Viewer | None:
    """The eyes of a data plane that notifies nobody."""
    return None
