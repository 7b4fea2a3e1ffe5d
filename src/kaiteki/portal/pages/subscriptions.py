"""The subscriptions of an area as those who run it see them: where change notices arrive, where not and why, and what can be done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.responses import Response

from kaiteki.broker.subscriptions import (
    AREA_MAX,
    Holder,
    backlogs_of,
    dead_letters,
    forget_dead_letters,
    query_subscriptions,
    resend_dead_letters,
    retrieve_subscription,
)
from kaiteki.broker.watching import Watchers
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.watch.document import Standing
from kaiteki.portal import saying
from kaiteki.portal.answers import Stop, move, show
from kaiteki.portal.pages.desk_frame import SUBSCRIPTIONS, desk_of, nav_of
from kaiteki.portal.visit import Visit
from kaiteki.ports.subscriptions import Backlog, KeptSubscription

ROWS_PER_PAGE: Final = 50
LETTERS_SHOWN_MAX: Final = 50
NOTHING_OWED: Final = (0, 0)

_REASONS: Final = (
    (re.compile(r"answered (?:401|403)$"), "refused_us"),
    (re.compile(r"answered (?:404|410)$"), "gone"),
    (re.compile(r"answered 413$"), "too_large"),
    (re.compile(r"answered 4\d\d$"), "refused"),
    (re.compile(r"answered \d+$"), "broken"),
    (re.compile(r"took longer than"), "slow"),
    (re.compile(r"not on the public network$"), "not_public"),
    (re.compile(r"cannot be reached|ended the connection|is not there$"), "away"),
)
"""What the reason of a failure means, by how it is written down; the first that fits counts (words: subscriptions.toml)."""


async def listing(visit: Visit) -> Response:
    """`/{area}/desk/subscriptions`: the subscriptions that this person may see, those with dead letters first."""
    watchers, holder = _holder(visit)
    kept, total = await query_subscriptions(watchers, holder, AREA_MAX, 0)
    owed = await backlogs_of(watchers, holder.area)
    asked = visit.query.get("page", "1")
    page = min(int(asked), total // ROWS_PER_PAGE + 1) if asked.isdecimal() and asked != "0" else 1
    first = (page - 1) * ROWS_PER_PAGE + 1
    kept = sorted(kept, key=lambda one: -_owed(owed, one)[1])[first - 1 : first - 1 + ROWS_PER_PAGE]
    values: dict[str, Any] = {
        "title": visit.say("subscriptions.title"),
        "nav": nav_of(visit, desk_of(visit)),
        "rows": [await _row(visit, watchers, one, owed) for one in kept],
        "all": holder.runs,
        "first": first if kept else 0,
        "last": first + len(kept) - 1 if kept else 0,
        "total": total,
        "before": visit.href(SUBSCRIPTIONS, page=page - 1) if page > 1 else None,
        "after": visit.href(SUBSCRIPTIONS, page=page + 1) if total > first + len(kept) - 1 else None,
    }
    return show(visit, "subscriptions.html", values)


async def one(visit: Visit) -> Response:
    """`/{area}/desk/subscriptions/{id}`: one subscription and its dead letters; POST sends them again or throws them away."""
    watchers, holder = _holder(visit)
    subscription_id = visit.request.path_params["id"]
    try:
        kept = await retrieve_subscription(watchers, holder, subscription_id)
    except Problem:
        raise Stop(404) from None
    if visit.request.method == "POST":
        return await _act(visit, watchers, holder, kept)
    letters = await dead_letters(watchers, holder, subscription_id, 0, LETTERS_SHOWN_MAX)
    owed = await backlogs_of(watchers, holder.area)
    waiting, dead = _owed(owed, kept)
    values: dict[str, Any] = {
        "title": _name(kept),
        "nav": nav_of(visit, desk_of(visit)),
        "list_href": visit.href(SUBSCRIPTIONS),
        "subscription_id": subscription_id,
        "facts": await _facts(visit, watchers, kept, waiting),
        "letters": [
            [
                {"text": saying.say_number(letter.number), "number": True},
                letter.entity_id,
                saying.say_moment(letter.at, visit.language),
                _why(visit, letter.reason),
            ]
            for letter in letters
        ],
        "dead": dead,
        "asks": visit.query.get("throw") == "1" and dead > 0,
        "throw_href": visit.href(f"{SUBSCRIPTIONS}/{subscription_id}", throw=1),
        "here_href": visit.href(f"{SUBSCRIPTIONS}/{subscription_id}"),
    }
    return show(visit, "subscription.html", values)


async def failing(visit: Visit) -> int:
    """How many subscriptions of the area have dead letters; 0 for who does not run it."""
    watchers = visit.site.parts.watchers
    if watchers is None or visit.area is None or not visit.person.holds((ADMIN,)):
        return 0
    return sum(one.dead > 0 for one in (await backlogs_of(watchers, visit.area.name)).values())


async def backlog(visit: Visit) -> tuple[int, int]:
    """How many notifications of the subscriptions that this person may see wait, and how many are dead."""
    watchers, holder = _holder(visit)
    kept, _ = await query_subscriptions(watchers, holder, AREA_MAX, 0)
    owed = await backlogs_of(watchers, holder.area)
    each = [_owed(owed, one) for one in kept]
    return sum(waiting for waiting, _ in each), sum(dead for _, dead in each)


async def _act(visit: Visit, watchers: Watchers, holder: Holder, kept: KeptSubscription) -> Response:
    wanted = (visit.posted.fields.get("act") or [""])[0]
    subscription_id = kept.subscription.id
    if wanted == "resend":
        count = await resend_dead_letters(watchers, holder, subscription_id)
        note = visit.say("subscriptions.resent", count=count)
    elif wanted == "throw":
        count = await forget_dead_letters(watchers, holder, subscription_id)
        note = visit.say("subscriptions.thrown", count=count)
    else:
        raise Stop(400)
    return move(visit, f"{SUBSCRIPTIONS}/{subscription_id}", note)


def _holder(visit: Visit) -> tuple[Watchers, Holder]:
    """The subscriptions of the node, and what this person may see of them; others than staff are told so."""
    watchers = visit.site.parts.watchers
    if watchers is None or visit.area is None:
        raise Stop(404)
    if not visit.person.holds((STAFF,)):
        raise Stop(403 if visit.person.signed_in else 401)
    runs = ADMIN in visit.person.roles
    return watchers, Holder(visit.area.name, visit.person.account_id, runs, staff=True)


async def _row(
    visit: Visit, watchers: Watchers, kept: KeptSubscription, owed: Mapping[str, Backlog]
) -> list[Any]:
    waiting, dead = _owed(owed, kept)
    state, colour = _state(visit, watchers, kept, dead)
    standing = watchers.standings.get(kept.key, Standing())
    return [
        {
            "text": _name(kept),
            "href": visit.href(f"{SUBSCRIPTIONS}/{kept.subscription.id}"),
            "sub": _address(kept),
        },
        {"text": state, "tag": colour},
        {"text": saying.say_number(dead), "number": True},
        {"text": saying.say_number(waiting), "number": True},
        _moment(visit, standing.last_success),
    ]


async def _facts(
    visit: Visit, watchers: Watchers, kept: KeptSubscription, waiting: int
) -> list[tuple[str, Any]]:
    """What is known of a subscription, as pairs of words."""
    one, standing = kept.subscription, watchers.standings.get(kept.key, Standing())
    owner = await visit.site.parts.identity.accounts.by_id(kept.owner)
    state, colour = _state(visit, watchers, kept, 0)
    told = [
        ("state", {"text": state, "tag": colour}),
        ("description", one.description),
        ("address", _address(kept)),
        ("owner", owner.name if owner is not None else visit.say("subscriptions.no_owner")),
        ("sent", saying.say_number(standing.times_sent)),
        ("failed", saying.say_number(standing.times_failed)),
        ("last_success", _moment(visit, standing.last_success)),
        ("last_failure", _moment(visit, standing.last_failure)),
        ("waiting", saying.say_number(waiting)),
    ]
    return [(visit.say(f"subscriptions.{name}"), value) for name, value in told if value]


def _state(visit: Visit, watchers: Watchers, kept: KeptSubscription, dead: int) -> tuple[str, str]:
    """How a subscription does, in words and as a colour."""
    one, standing = kept.subscription, watchers.standings.get(kept.key, Standing())
    if one.expires_at is not None and one.expires_at <= visit.now:
        said = ("expired", "plain")
    elif not one.is_active:
        said = ("paused", "plain")
    elif standing.status == "failed":
        said = ("failing", "bad")
    elif dead:
        said = ("some_dead", "warn")
    else:
        said = ("fine", "good") if standing.status == "ok" else ("unused", "plain")
    return visit.say(f"subscriptions.{said[0]}"), said[1]


def _why(visit: Visit, reason: str) -> dict[str, str]:
    """The reason of a failure in the words of the reader, as it was written down below it."""
    known = next((name for form, name in _REASONS if form.search(reason)), "unknown")
    return {"text": visit.say(f"subscriptions.why_{known}"), "sub": reason}


def _name(kept: KeptSubscription) -> str:
    one = kept.subscription
    return one.name or one.id.rpartition(":")[2]


def _address(kept: KeptSubscription) -> str:
    """Where its notifications go, without what may be secret of it: user names, queries."""
    parts = urlsplit(kept.subscription.telling.endpoint.uri)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _owed(owed: Mapping[str, Backlog], kept: KeptSubscription) -> tuple[int, int]:
    """How many deliveries of a subscription wait, and how many are dead."""
    found = owed.get(kept.subscription.id)
    return (found.waiting, found.dead) if found is not None else NOTHING_OWED


def _moment(visit: Visit, at: Instant | None) -> str:
    return saying.say_moment(at, visit.language) if at is not None else "—"
