"""Who is told of what was kept, and by what: subscribers by notifications, at once, by periods, of sources and of snapshots.

Every further way to tell somebody (push to a browser, mail) is one more part of `Telling`, built here over the same watchers.
"""

from __future__ import annotations

from typing import Final

import msgspec
import structlog

from kaiteki.api.owners import PersonOf, eyes_of_owners
from kaiteki.api.trust import Trust
from kaiteki.broker.dispatching import Dispatcher
from kaiteki.broker.inquiring import Inquirer
from kaiteki.broker.mailing import Mailing
from kaiteki.broker.notifying import Notifier
from kaiteki.broker.passing import Passing
from kaiteki.broker.periods import Periods
from kaiteki.broker.picturing import Picturing
from kaiteki.broker.registry import Registry
from kaiteki.broker.watching import Owners, Watchers
from kaiteki.main.log import say_failure
from kaiteki.main.settings import Settings

LOG: Final = "kaiteki.node"


class Telling(msgspec.Struct, frozen=True):
    """What watches the writes of a node, and what tells of them."""

    watchers: Watchers
    inquirer: Inquirer
    notifier: Notifier
    periods: Periods
    picturing: Picturing
    passing: Passing


def telling_over(settings: Settings, registry: Registry, trust: Trust, persons: PersonOf) -> Telling:
    """All that tells of the writes of a plane; `persons` knows who the owners of subscriptions are."""
    watchers = Watchers(registry.plane)
    watchers.deciding = trust.deciding(trust.rulings.types)
    inquirer = Inquirer(registry, watchers.contexts)
    notifier = make_notifier(watchers, eyes_of_owners(trust, persons))
    return Telling(
        watchers=watchers,
        inquirer=inquirer,
        notifier=notifier,
        periods=Periods(watchers, notifier.mailing, notifier.dispatcher, fell_behind),
        picturing=Picturing(watchers, registry, fell_behind),
        passing=Passing(watchers, inquirer, settings.address_for_sources, fell_behind),
    )


def make_notifier(watchers: Watchers, owners: Owners) -> Notifier:
    """What tells subscribers of changes."""

    def failed(subscription_id: str, reason: str) -> None:
        structlog.get_logger(LOG).info(
            "a notification was not taken", subscription=subscription_id, reason=reason
        )

    mailing = Mailing(watchers, owners)
    return Notifier(
        watchers,
        mailing,
        Dispatcher(watchers, mailing, failed),
        fell_behind,
    )


def fell_behind(failure: BaseException) -> None:
    """Log that the store failed who notifies; it is tried again."""
    say_failure(LOG, "notifications wait for the store", failure)
