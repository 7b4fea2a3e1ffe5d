"""Subscriptions passed on to context sources, and kept in step with those here (ETSI GS CIM 009 V1.9.1 clauses 5.8.1.4, 5.8.2.4, 5.8.5.4).

What should stand at each source follows from the subscriptions and registrations of now; what stands there is written down before the
source is asked for the first time, and forgotten after it was asked for the last time. So whatever is broken off goes on later, and nothing is left behind.
A source forgets by itself what is not renewed for a day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from kaiteki.broker.inquiring import Errand, Inquirer, Outcome, coded
from kaiteki.broker.watching import Watchers
from kaiteki.model.entity import Json, is_object
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.model.sources.matching import types_in
from kaiteki.model.sources.passage import Passage
from kaiteki.model.sources.passing import is_passed, is_split, reduced
from kaiteki.model.sources.registration import Registration
from kaiteki.model.sources.watching import plain_form
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.subscription import PASSED_URI, Endpoint, Passed, Subscription, Telling, microseconds
from kaiteki.ports.sources import KeptSource
from kaiteki.ports.subscriptions import KeptSubscription, SubscriptionKey

LOOK_S: Final = 1.0
"""How soon it is seen that something has expired, or that a source may be asked again."""
GATHER_S: Final = 0.05
LOOKS_PART: Final = 10
"""So many times as long as a look took the next one is waited for."""
LEASE_S: Final = 86_400.0
"""How long a source keeps a subscription that is not renewed."""
RENEW_S: Final = 3600.0
"""How often it is renewed; a source that has lost it gets it again then."""
PAUSE_S: Final = 1.0
PAUSE_MAX_S: Final = 300.0
"""How long a source is left alone that did not do what it was asked: each failure doubles it, up to this."""
AT_ONCE: Final = 16
"""Sources that are asked at the same time."""
RETRY_S: Final = 5.0
"""How long a store that fails is left alone."""
NOTIFIED: Final = "/ngsi-ld/v1/sourceNotifications/"
"""Where sources send their notifications, with a token behind it."""
_encode: Final = msgspec.json.Encoder(order="sorted").encode


class Wanted(NamedTuple):
    """What should stand at a source: the document without id, endpoint and lease, and the @context that its names are written with.

    `text` is equal for what needs no update.
    """

    registration: Registration
    document: dict[str, Json]
    context: Context
    text: str = ""


class Stamp(NamedTuple):
    """What it was worked out from what should stand at sources."""

    generation: int
    wording: Instant
    is_over: bool


class Passing:
    """Keeps subscriptions at sources in step. One node of all does it at a time. `address` is where sources find this node."""

    def __init__(
        self, watchers: Watchers, inquirer: Inquirer, address: str, failed: Callable[[BaseException], None]
    ) -> None:
        self._watchers = watchers
        self._inquirer = inquirer
        self._registry = inquirer.registry
        self._address = address.rstrip("/")
        self._failed = failed
        self._clock = watchers.plane.clock
        self._stamps: dict[SubscriptionKey, Stamp] = {}
        self._wanted: dict[SubscriptionKey, dict[str, Wanted]] = {}
        self._asking: dict[SubscriptionKey, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._fails: dict[SubscriptionKey, int] = {}
        self._rest_until_s: dict[SubscriptionKey, float] = {}

    async def run(self) -> None:
        """Keep in step until cancelled; a store that fails is tried again."""
        try:
            while True:
                try:
                    await self._watchers.ready()
                    await self._registry.ready()
                    # what comes while a look is taken is looked at again
                    news = (self._watchers.news, self._registry.news)
                    began_s = asyncio.get_running_loop().time()
                    await self.look()
                    # what comes together is worked out together; a look over many is taken less often
                    took_s = asyncio.get_running_loop().time() - began_s
                    await asyncio.sleep(max(GATHER_S, LOOKS_PART * took_s))
                    await self._wait(*news)
                except Exception as failure:
                    # whatever the store says, what is not passed on yet is looked for again
                    self._failed(failure)
                    await asyncio.sleep(RETRY_S)
        finally:
            for task in self._asking.values():
                task.cancel()
            await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _wait(self, *news: asyncio.Event) -> None:
        """Until something is new; for a while at most, unless no source is registered and nothing stands at one."""
        idle = not (self._watchers.passed or self._registry.counts() or self._watchers.is_shared)
        waiting = [asyncio.create_task(one.wait()) for one in news]
        try:
            await asyncio.wait(waiting, timeout=None if idle else LOOK_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def look(self) -> None:
        """Begin to ask every source where something else stands than should."""
        await self._work_out()
        for key, sources in list(self._wanted.items()):
            standing = {one.source_id for one in self._passed(key)}
            for source_id in sources.keys() - standing:
                await self._begin(key, sources[source_id])
        now_s = asyncio.get_running_loop().time()
        for kept in [
            kept
            for keys in self._watchers.passed.values()
            for key in keys
            if (kept := self._watchers.get(key))
        ]:
            key, passed = kept.key, kept.subscription.passed
            if passed is None or key in self._asking or self._rest_until_s.get(key, 0) > now_s:
                continue
            wanted = self._wanted.get((kept.area, passed.of), {}).get(passed.source_id)
            if wanted is not None and not _is_there(passed, wanted.registration):
                wanted = None
            if wanted is None or self._is_stale(passed, wanted):
                task = asyncio.create_task(self._step(kept, passed, wanted))
                self._asking[key] = task
                task.add_done_callback(lambda _, key=key: self._asking.pop(key, None))

    def _passed(self, key: SubscriptionKey) -> list[Passed]:
        kept = [self._watchers.get(one) for one in self._watchers.passed.get(key, ())]
        return [one.subscription.passed for one in kept if one is not None and one.subscription.passed]

    def _is_stale(self, passed: Passed, wanted: Wanted) -> bool:
        renewed = (passed.lease or 0) - microseconds(LEASE_S) + microseconds(RENEW_S)
        return passed.sent != wanted.text or (
            "updateSubscription" in wanted.registration.meant and renewed <= self._clock.now()
        )

    # What should stand ------------------------------------------------------------------------------------------------

    async def _work_out(self) -> None:
        """Work out anew what should stand at sources for each subscription that has changed, or whose sources may have."""
        watchers, registry, now = self._watchers, self._registry, self._clock.now()
        known = set(self._wanted) | set(watchers.passed)
        for kept in list(watchers.all()):
            one = kept.subscription
            if not one.watches_entities or (registry.is_alone(kept.area) and kept.key not in known):
                continue
            stamp = Stamp(registry.generation, one.modified_at, one.is_over(now))
            if self._stamps.get(kept.key) != stamp:
                self._wanted[kept.key] = await self._copies(kept)
                self._stamps[kept.key] = stamp
        for key in [key for key in self._wanted if watchers.get(key) is None]:
            del self._wanted[key]
            self._stamps.pop(key, None)

    async def _copies(self, kept: KeptSubscription) -> dict[str, Wanted]:
        one, found = kept.subscription, dict[str, Wanted]()
        passage = self._passage(kept, await self._context(one))
        now = self._clock.now()
        if one.local_only or one.v2 is not None or one.is_streamed or one.is_over(now):
            return found
        if passage.is_loop or not self._address:
            return found
        for source in self._registry.about(kept.area, types_in(Query(selectors=one.selectors))):
            registration = source.registration
            if registration.is_over(now) or not is_passed(registration, one):
                continue
            try:
                context = await self._inquirer.context_for(registration, passage)
            except Problem:
                context = core_context()
            whole = context is passage.context and not is_split(registration, one)
            document = reduced(registration, one, context, whole)
            if document is not None:
                text = f"{context.url or ''} {_encode(document).decode()}"
                found[registration.id] = Wanted(registration, document, context, text)
        return found

    async def _context(self, one: Subscription) -> Context:
        """The @context that a subscription was written with; one that is not to be had travels nowhere."""
        try:
            return await self._watchers.contexts.understand(one.context) if one.context else core_context()
        except Problem:
            return core_context()

    def _passage(self, kept: KeptSubscription, context: Context) -> Passage:
        return Passage(kept.area, self._registry.alias(kept.area), context, kept.subscription.via)

    # What stands ------------------------------------------------------------------------------------------------------

    async def _begin(self, key: SubscriptionKey, wanted: Wanted) -> None:
        """Write down that something is to stand at a source, before the source is asked."""
        token = f"{self._clock.seed():016x}{self._clock.seed():016x}"
        remote = f"urn:ngsi-ld:Subscription:{self._clock.seed():016x}{self._clock.seed():016x}"
        passed = Passed(key[1], _source(wanted.registration), token, remote)
        one = Subscription(
            f"{PASSED_URI}:{remote.rpartition(':')[2]}", Telling(Endpoint(PASSED_URI)), passed=passed
        )
        since = await self._watchers.plane.events.last()
        await self._watchers.put(KeptSubscription(key[0], "", one, since))

    async def _step(self, kept: KeptSubscription, passed: Passed, wanted: Wanted | None) -> None:
        """Ask a source once."""
        async with self._slots:
            try:
                if wanted is None:
                    await self._end(kept, passed)
                else:
                    await self._match(kept, passed, wanted)
            except Exception as failure:
                # one subscription that cannot be passed on rests, the others go on
                self._failed(failure)
                self._rest(kept.key)

    async def _match(self, kept: KeptSubscription, passed: Passed, wanted: Wanted) -> None:
        """Have stand at a source what should."""
        outer, now = self._watchers.get((kept.area, passed.of)), self._clock.now()
        if outer is None:
            return
        lease = Instant(now + microseconds(LEASE_S))
        if outer.subscription.expires_at is not None:
            lease = min(lease, outer.subscription.expires_at)
        outcome = await self._put(kept, passed, wanted, self._body(passed, wanted, lease))
        if self._watchers.get(kept.key) is None:
            return
        if not outcome.went_well:
            self._regret(kept, outcome)
            return
        self._note(kept, "")
        told = msgspec.structs.replace(
            passed, source=_source(wanted.registration), sent=wanted.text, lease=lease
        )
        one = msgspec.structs.replace(kept.subscription, passed=told)
        await self._watchers.put(msgspec.structs.replace(kept, subscription=one))

    def _body(self, passed: Passed, wanted: Wanted, lease: Instant) -> dict[str, Json]:
        document = dict(wanted.document)
        telling = document["notification"]
        endpoint: Json = {"uri": f"{self._address}{NOTIFIED}{passed.token}", "accept": "application/json"}
        document["notification"] = {**(telling if is_object(telling) else {}), "endpoint": endpoint}
        document["expiresAt"] = format_instant(lease)
        if wanted.context.url is not None and wanted.context is not core_context():
            document["jsonldContext"] = wanted.context.url
        return document

    async def _put(
        self, kept: KeptSubscription, passed: Passed, wanted: Wanted, body: dict[str, Json]
    ) -> Outcome:
        """Create what may not stand there yet, or update what does; where that turns out wrong, the other."""
        created = {"id": passed.remote, **body}
        may_update = "updateSubscription" in wanted.registration.meant
        if passed.sent and may_update:
            before = msgspec.json.decode(passed.sent.partition(" ")[2])
            gone = {name: None for name in before if name not in body}
            outcome = await self._ask(kept, wanted, "PATCH", {**gone, **body})
            if outcome.status not in (404, 410):
                return outcome
        elif passed.sent:
            await self._ask(kept, wanted, "DELETE", None)
        outcome = await self._ask(kept, wanted, "POST", created)
        if outcome.status != 409:
            return outcome
        if may_update:
            return await self._ask(kept, wanted, "PATCH", body)
        # what a request left there whose answer was lost
        await self._ask(kept, wanted, "DELETE", None)
        return await self._ask(kept, wanted, "POST", created)

    async def _end(self, kept: KeptSubscription, passed: Passed) -> None:
        """Have nothing stand at a source any more, and then forget that anything did."""
        registration = msgspec.convert(passed.source, Registration)
        gone = "deleteSubscription" not in registration.meant
        if not gone:
            wanted = Wanted(registration, {}, core_context())
            outcome = await self._ask(kept, wanted, "DELETE", None)
            gone = outcome.went_well or outcome.status in (404, 410)
            if not gone:
                self._regret(kept, outcome)
        if gone or (passed.lease or kept.subscription.created_at) <= self._clock.now():
            await self._watchers.remove(kept.key)
            self._fails.pop(kept.key, None)
            self._rest_until_s.pop(kept.key, None)

    async def _ask(self, kept: KeptSubscription, wanted: Wanted, method: str, body: Json) -> Outcome:
        passed = kept.subscription.passed
        path = "subscriptions"
        if passed is not None and method != "POST":
            path = f"subscriptions/{coded(passed.remote)}"
        outer = self._watchers.get((kept.area, passed.of)) if passed is not None else None
        passage = self._passage(outer or kept, wanted.context)
        source = KeptSource(kept.area, kept.owner, wanted.registration)
        return await self._inquirer.ask(source, Errand(method, path, wanted.context, {}, body), passage)

    def _regret(self, kept: KeptSubscription, outcome: Outcome) -> None:
        self._note(
            kept, f"the source answered {outcome.status}" if outcome.status else "the source did not answer"
        )
        self._rest(kept.key)

    def _rest(self, key: SubscriptionKey) -> None:
        """Leave a source alone for a while."""
        fails = self._fails[key] = min(self._fails.get(key, 0) + 1, 16)
        pause_s = min(PAUSE_S * 2.0 ** (fails - 1), PAUSE_MAX_S)
        self._rest_until_s[key] = asyncio.get_running_loop().time() + pause_s

    def _note(self, kept: KeptSubscription, reason: str) -> None:
        """Take down how asking went, for those who look at the subscription."""
        stood, now = self._watchers.standings.get(kept.key, Standing()), self._clock.now()
        if not reason:
            self._fails.pop(kept.key, None)
            self._rest_until_s.pop(kept.key, None)
        self._watchers.note(
            kept.key,
            Standing(
                stood.times_sent + 1,
                stood.times_failed + bool(reason),
                now,
                stood.last_success if reason else now,
                now if reason else stood.last_failure,
                last_reason=reason,
            ),
        )


def sources_of(watchers: Watchers, kept: KeptSubscription) -> list[Json]:
    """The sources that a subscription was passed on to, and how it stands there (an extension)."""
    told: list[Json] = []
    for key in sorted(watchers.passed.get(kept.key, ())):
        one = watchers.get(key)
        passed = one.subscription.passed if one is not None else None
        if passed is None:
            continue
        standing = watchers.standings.get(key, Standing())
        status = "failed" if standing.last_reason else "ok" if passed.sent else "waiting"
        row: dict[str, Json] = {"registrationId": passed.source_id, "status": status}
        told.append({**row, "reason": standing.last_reason} if standing.last_reason else row)
    return told


def _source(one: Registration) -> dict[str, Json]:
    plain = plain_form(one)
    return plain if is_object(plain) else {}


def _is_there(passed: Passed, one: Registration) -> bool:
    """Whether a registration still names the place where a subscription stands."""
    was: Mapping[str, Json] = passed.source
    return (was.get("endpoint"), was.get("tenant", "")) == (one.endpoint, one.tenant)
