"""Joins the addresses of OAuth: tokens for programs and for the nodes of other cities."""

from __future__ import annotations

import time

from kaiteki.api.oauth.assertions import Assertions
from kaiteki.api.oauth.cities import Cities
from kaiteki.api.oauth.endpoints import Parts
from kaiteki.api.oauth.gate import TokenGate
from kaiteki.main.clock import SystemClock
from kaiteki.main.limits import sizes
from kaiteki.main.parts import SERVICES, Joined
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF


def oauth_parts(joined: Joined) -> Parts:
    """What the addresses work with."""
    issuer = joined.settings.issuer
    assertions = Assertions(
        joined.identity, joined.store.credentials, (issuer, f"{issuer}/oauth/token", f"{issuer}/oauth/revoke")
    )
    partners = {area: told.partners for area, told in joined.named.partners.items()}
    return Parts(
        issuer=issuer,
        areas=tuple(joined.areas),
        roles=frozenset(
            {ADMIN, ANYONE, RESIDENT, STAFF, *(one for service in SERVICES for one in service.roles)}
        ),
        identity=joined.identity,
        tokens=joined.tokens,
        assertions=assertions,
        cities=Cities(partners, assertions, joined.client, joined.secret),
        clock=SystemClock(),
        secret=joined.secret,
        gate=TokenGate(sizes().tokens_per_minute, time.time),
    )
