"""Subscriptions, to entities and to registrations: create, update, retrieve, query, delete (ETSI GS CIM 009 V1.9.1 clauses 5.8.1 to 5.8.5, 5.11.2 to 5.11.6).

A subscription belongs to the account that made it: others see nothing of it, but for those who run the node. To registrations those may subscribe who may see them: the town hall, and who runs the node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.broker.passing import sources_of
from kaiteki.broker.picturing import stretched
from kaiteki.broker.reaching import check_reach
from kaiteki.broker.watching import Watchers
from kaiteki.model.access import ADMIN, STAFF, Person
from kaiteki.model.entity import Json, is_object
from kaiteki.model.problem import Problem
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.document import Standing, subscription_document
from kaiteki.model.watch.of_sources import parse_source_subscription, patch_source_subscription
from kaiteki.model.watch.parsing import parse_subscription, patch_subscription
from kaiteki.model.watch.subscription import Subscription, Terms
from kaiteki.model.watch.v2.document import v2_document
from kaiteki.ports.subscriptions import Backlog, Delivery, KeptSubscription, Settlement

AREA_MAX: Final = 100_000
"""Subscriptions of one area."""
OWNER_MAX: Final = 100
"""Subscriptions of one account in one area, unless it belongs to the town hall."""
DEAD_LETTERS_MAX: Final = 1000
"""Dead letters that are shown, or sent again, at once."""


class Holder(msgspec.Struct, frozen=True):
    """Who asks: the account and area, whether it runs the node, and whether it belongs to the town hall.

    `of_sources`: it asks for subscriptions to registrations of context sources.
    """

    area: str
    account: str
    runs: bool = False
    staff: bool = False
    of_sources: bool = False
    via: tuple[str, ...] = ()
    """The nodes that the request has passed."""
    terms: Terms = Terms()
    """What is open to who asks, and for what they ask: what they word is told no more."""


def holder_of(area: str, person: Person) -> Holder:
    """Somebody who is signed in, as subscriptions see them."""
    roles = person.roles
    terms = Terms(person.purpose, roles, person.offices)
    return Holder(area, person.account_id, ADMIN in roles, bool({ADMIN, STAFF} & roles), terms=terms)


async def create_subscription(watchers: Watchers, holder: Holder, document: Json, context: Context) -> str:
    """Create a subscription (clauses 5.8.1, 5.11.2); its id. Raises BadRequestData, AlreadyExists, Forbidden."""
    _need_eyes(holder)
    await watchers.ready()
    clock = watchers.plane.clock
    fresh = f"urn:ngsi-ld:Subscription:{clock.seed():016x}"
    parse = parse_source_subscription if holder.of_sources else parse_subscription
    one = msgspec.structs.replace(parse(document, context, fresh, clock.now()), via=holder.via)
    stretched(one)
    if one.jsonld_context:
        await watchers.contexts.understand(one.jsonld_context)
    await add_subscription(watchers, holder, one)
    return one.id


async def add_subscription(watchers: Watchers, holder: Holder, one: Subscription) -> None:
    """Keep a new subscription of somebody. Raises AlreadyExists, Forbidden."""
    check_reach(watchers.plane, holder.area, one.telling.endpoint.uri, _field_of(one))
    await watchers.ready()
    standing = watchers.of(holder.area)
    if one.id in standing:
        raise Problem("AlreadyExists", f"there is a subscription {one.id} already", "id")
    if len(standing) >= AREA_MAX:
        raise Problem("Forbidden", f"an area has up to {AREA_MAX} subscriptions", "id")
    own = sum(kept.owner == holder.account for kept in standing.values()) if not holder.staff else 0
    if own >= OWNER_MAX:
        raise Problem("Forbidden", f"an account has up to {OWNER_MAX} subscriptions", "id")
    since = await watchers.plane.events.last()
    one = msgspec.structs.replace(one, terms=holder.terms)
    await watchers.put(KeptSubscription(holder.area, holder.account, one, since))


async def update_subscription(
    watchers: Watchers, holder: Holder, subscription_id: str, document: Json, context: Context
) -> None:
    """Put members of a fragment in the place of those of a subscription (clauses 5.8.2, 5.11.3). Raises BadRequestData, ResourceNotFound."""
    kept = await _own(watchers, holder, subscription_id)
    patch = patch_source_subscription if holder.of_sources else patch_subscription
    one = patch(kept.subscription, document, context, watchers.plane.clock.now())
    stretched(one)
    if one.jsonld_context and one.jsonld_context != kept.subscription.jsonld_context:
        await watchers.contexts.understand(one.jsonld_context)
    await change_subscription(watchers, holder, kept, one)


async def change_subscription(
    watchers: Watchers, holder: Holder, kept: KeptSubscription, one: Subscription
) -> None:
    """Keep another wording of a subscription that stands; what happened while it was paused concerns it no more.

    Its terms are those of its owner who words it now; one who states no purpose leaves that as it is.
    """
    if holder.account == kept.owner:
        purpose = holder.terms.purpose or kept.subscription.terms.purpose
        one = msgspec.structs.replace(one, terms=msgspec.structs.replace(holder.terms, purpose=purpose))
    if one.telling.endpoint.uri != kept.subscription.telling.endpoint.uri:
        check_reach(watchers.plane, kept.area, one.telling.endpoint.uri, _field_of(one))
    woken = one.is_active and not kept.subscription.is_active
    since = await watchers.plane.events.last() if woken else kept.since
    await watchers.put(msgspec.structs.replace(kept, subscription=one, since=since))


def _field_of(one: Subscription) -> str:
    """The member that says where notifications go."""
    if one.v2 is None:
        return "notification.endpoint.uri"
    name = next((name for name in one.v2.notification if name.startswith(("http", "mqtt"))), "http")
    return f"notification.{name}.url"


async def retrieve_subscription(watchers: Watchers, holder: Holder, subscription_id: str) -> KeptSubscription:
    """Find a subscription by its id (clauses 5.8.3, 5.11.4). Raises BadRequestData, ResourceNotFound."""
    return await _own(watchers, holder, subscription_id)


async def query_subscriptions(
    watchers: Watchers, holder: Holder, limit: int, offset: int
) -> tuple[Sequence[KeptSubscription], int]:
    """A page of the subscriptions of an area that somebody may see, by id, and how many there are (clauses 5.8.4, 5.11.5)."""
    _need_eyes(holder)
    await watchers.ready()
    own = [kept for kept in watchers.of(holder.area).values() if _is_shown(kept, holder)]
    own.sort(key=lambda kept: kept.subscription.id)
    return own[offset : offset + limit], len(own)


async def delete_subscription(watchers: Watchers, holder: Holder, subscription_id: str) -> None:
    """Delete a subscription and all that is owed to it (clauses 5.8.5, 5.11.6). Raises BadRequestData, ResourceNotFound."""
    kept = await _own(watchers, holder, subscription_id)
    await watchers.remove(kept.key)
    address = kept.subscription.jsonld_context
    if address and not any(other.subscription.jsonld_context == address for other in watchers.all()):
        await watchers.contexts.forget_implicit(address)


def described(
    watchers: Watchers, kept: KeptSubscription, context: Context, sys_attrs: bool = False
) -> dict[str, Json]:
    """The document of a subscription with how its sending went so far (clause 5.2.12)."""
    standing = watchers.standings.get(kept.key, Standing())
    now = watchers.plane.clock.now()
    document = subscription_document(kept.subscription, standing, context, now, sys_attrs)
    sources = sources_of(watchers, kept)
    if sources:
        document["contextSources"] = sources
    return document if kept.subscription.v2 is None else {**document, "ngsiV2": described_v2(watchers, kept)}


def described_v2(watchers: Watchers, kept: KeptSubscription) -> dict[str, Json]:
    """The document of a subscription as NGSI v2 shows it."""
    standing = watchers.standings.get(kept.key, Standing())
    return v2_document(kept.subscription, standing, watchers.plane.clock.now())


async def dead_letters(
    watchers: Watchers, holder: Holder, subscription_id: str, after: int, limit: int
) -> Sequence[Delivery]:
    """Notifications of a subscription that could not be sent, in the order of events (an extension). Raises ResourceNotFound."""
    kept = await _own(watchers, holder, subscription_id)
    return await watchers.plane.subscriptions.owed(kept.key, after, min(limit, DEAD_LETTERS_MAX), dead=True)


async def resend_dead_letters(watchers: Watchers, holder: Holder, subscription_id: str) -> int:
    """Let the first dead letters of a subscription wait to be sent again (an extension); how many. Raises ResourceNotFound."""
    kept = await _own(watchers, holder, subscription_id)
    register = watchers.plane.subscriptions
    dead = await register.owed(kept.key, limit=DEAD_LETTERS_MAX, dead=True)
    await register.settle(
        Settlement(owed=[msgspec.structs.replace(one, attempts=0, dead=False) for one in dead])
    )
    watchers.owing(kept.key)
    return len(dead)


async def forget_dead_letters(watchers: Watchers, holder: Holder, subscription_id: str) -> int:
    """Forget the first dead letters of a subscription for good (an extension); how many. Raises ResourceNotFound."""
    kept = await _own(watchers, holder, subscription_id)
    register = watchers.plane.subscriptions
    dead = await register.owed(kept.key, limit=DEAD_LETTERS_MAX, dead=True)
    await register.settle(Settlement(done=[one.key for one in dead]))
    return len(dead)


async def backlogs_of(watchers: Watchers, area: str) -> Mapping[str, Backlog]:
    """What is owed to the subscriptions of an area and written down, by their ids."""
    owed = await watchers.plane.subscriptions.backlogs()
    return {one.subscription_id: one for one in owed if one.area == area}


def document_of_letter(letter: Delivery) -> dict[str, Json]:
    """A dead letter as it is shown: the number of its event, the entity, how often it was tried and why in vain."""
    return {
        "number": letter.number,
        "entityId": letter.entity_id,
        "attempts": letter.attempts,
        "reason": letter.reason,
    }


async def _own(watchers: Watchers, holder: Holder, subscription_id: str) -> KeptSubscription:
    """A subscription that somebody may see."""
    _need_eyes(holder)
    check_uri(subscription_id, "id")
    await watchers.ready()
    kept = watchers.get((holder.area, subscription_id))
    if kept is None or not _is_shown(kept, holder):
        raise Problem("ResourceNotFound", f"there is no subscription {subscription_id}", "id")
    return kept


def _is_shown(kept: KeptSubscription, holder: Holder) -> bool:
    """Whether a subscription is of the kind that is asked for, and is shown to who asks."""
    one = kept.subscription
    if one.of_sources != holder.of_sources or one.passed is not None:
        return False
    return holder.runs or kept.owner == holder.account


def _need_eyes(holder: Holder) -> None:
    if holder.of_sources and not (holder.staff or holder.runs):
        raise Problem("Forbidden", "context sources are seen by the town hall", "Authorization")


def needs_address(document: Json, context: Context) -> bool:
    """Whether the @context of a subscription stands in its document alone, so that it must be hosted to have an address."""
    told = document.get("jsonldContext") if is_object(document) else None
    return told is None and context.source is not None and not isinstance(context.source, str)
