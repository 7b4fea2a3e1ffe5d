"""What this distribution consists of: its services, one line each. Nothing else names them; the adapters stand in `site`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kaiteki.api.limits import Pace
from kaiteki.api.oauth.tokens import AccessTokens
from kaiteki.api.persons import WhoAsks
from kaiteki.api.trust import Trust
from kaiteki.broker.lasting import LastingEntities
from kaiteki.broker.notary import Notary
from kaiteki.broker.opening import Opener
from kaiteki.broker.plane import Plane
from kaiteki.kit.api_keys import ApiKeys
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Engine
from kaiteki.kit.identity import Identity
from kaiteki.kit.joining import joined
from kaiteki.kit.manifest import Service
from kaiteki.kit.providers.federation import Federation
from kaiteki.main.channels import Ways
from kaiteki.main.cities import load_service_settings
from kaiteki.main.federations import Named
from kaiteki.main.outgoing import GuardedClient
from kaiteki.main.settings import Settings
from kaiteki.main.telling import Telling
from kaiteki.model.area import Area
from kaiteki.model.words import Words
from kaiteki.ports.clock import Clock
from kaiteki.services.budgets.manifest import service as budgets
from kaiteki.services.consultations.manifest import service as consultations
from kaiteki.services.counter.manifest import service as counter
from kaiteki.services.earning.manifest import service as earning
from kaiteki.services.environment.manifest import service as environment
from kaiteki.services.exchange.manifest import service as exchange
from kaiteki.services.maps.manifest import service as maps
from kaiteki.services.opendata.manifest import service as opendata
from kaiteki.services.points.manifest import service as points
from kaiteki.services.proposals.manifest import service as proposals
from kaiteki.services.reports.manifest import service as reports
from kaiteki.services.trust.manifest import service as trust
from kaiteki.stores.store import Store


class Joined(msgspec.Struct, frozen=True):
    """What is joined when the edges are built: everything an adapter or the portal may be handed."""

    settings: Settings
    areas: Mapping[str, Area]
    store: Store
    lasting: LastingEntities
    opener: Opener
    plane: Plane
    clock: Clock
    engine: Engine
    cities: Cities
    trust: Trust
    telling: Telling
    client: GuardedClient
    who: WhoAsks
    identity: Identity
    tokens: AccessTokens
    api_keys: ApiKeys
    pace: Pace | None
    named: Named
    federation: Federation
    secret: bytes
    notary: Notary
    ways: Ways


PARTICIPATION = joined(
    Words("市民参画", "Taking part", "まちづくりに さんか"),
    Words(
        "市の案に意見を出し、自分でも提案し、市の答えとその後の動きを読めます。",
        "Comment on drafts of the town, propose something of your own, and read its answers and what becomes of it.",
        "市（し）の 案（あん）に 意見（いけん）を 言（い）ったり、提案（ていあん）したり できます。",
    ),
    (consultations, budgets, proposals),
)
"""市民参画: several services under the name by which what is kept knows them."""
POINTS = joined(
    Words("シティポイント", "City points", "シティポイント"),
    Words(
        "ボランティアや健康づくりでポイントをもらい、残高と期限を確かめられます。",
        "Earn points for volunteering and health, and see what you have and until when.",
        "ボランティアなどで ポイントが もらえます。いくつ あるか わかります。",
    ),
    (earning, points, exchange),
)
"""シティポイント: several services under one name, with one ledger."""
SERVICES: tuple[Service, ...] = (reports, counter, opendata, maps, PARTICIPATION, environment, POINTS, trust)
"""The city services, in the order of the menus."""


def settings_of_services(areas: Mapping[str, Area]) -> dict[str, dict[str, Any]]:
    """What each area decides about each service, by area and service name."""
    return {
        area: {
            service.name: load_service_settings(area, service.name, service.settings)
            for service in SERVICES
            if service.settings is not None
        }
        for area in areas
    }
