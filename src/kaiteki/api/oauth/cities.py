"""Tokens for other cities (RFC 8693): a node that an area trusts asks in the name of its users and services, and says so by its signature."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from kaiteki.api.oauth.assertions import Assertions, unproven
from kaiteki.api.oauth.refusals import OAuthRefused
from kaiteki.api.oauth.tokens import Held
from kaiteki.kit.providers.asking import Asking, ProviderFailed
from kaiteki.kit.providers.keys import Fetch, KeysOfOthers
from kaiteki.kit.providers.partners import Partner
from kaiteki.kit.providers.tokens import SUBJECT_LENGTH_MAX
from kaiteki.model.access import ANYONE, Person
from kaiteki.model.entity import is_object
from kaiteki.model.instant import Instant
from kaiteki.ports.outgoing import Outgoing

ASSURANCE: Final = 2
"""How sure it is who asks: the node vouches for them by its key."""

Partners = Mapping[str, tuple[Partner, ...]]
"""The partners of each area."""


class Cities:
    """The nodes of other cities that the areas of this node trust."""

    def __init__(self, partners: Partners, assertions: Assertions, outgoing: Outgoing, secret: bytes) -> None:
        self._partners = partners
        self._assertions = assertions
        self._secret = secret
        self._keys = {
            (area, one.name): KeysOfOthers(_fetch(one, Asking(outgoing, area)))
            for area, several in partners.items()
            for one in several
        }

    async def exchange(
        self, area: str, token: str, scope: tuple[str, ...], times: tuple[Instant, Instant]
    ) -> Held:
        """What the subject of an assertion gets in an area; `times` are now and until when. Raises OAuthRefused."""
        now, until = times
        try:
            issuer = unproven(token).get("iss")
        except ProviderFailed as failed:
            raise OAuthRefused("invalid_request", f"subject_token: {failed}") from None
        partner = next((one for one in self._partners.get(area, ()) if one.issuer == issuer), None)
        if partner is None:
            raise OAuthRefused("invalid_request", f"subject_token: {area} trusts no such issuer")
        claims = await self._assertions.partner(partner, self._keys[area, partner.name], token, now)
        return self._held(partner, claims, (area, scope), until)

    def _held(
        self, partner: Partner, claims: Mapping[str, Any], wish: tuple[str, tuple[str, ...]], until: Instant
    ) -> Held:
        area, scope = wish
        told = claims.get("purpose")
        purposes = (told,) if isinstance(told, str) and told else partner.purposes
        if any(role not in partner.roles for role in scope):
            raise OAuthRefused(
                "invalid_scope", f"{partner.name} may have {' '.join(partner.roles) or 'no role'}"
            )
        if partner.purposes and any(one not in partner.purposes for one in purposes):
            raise OAuthRefused(
                "invalid_scope", f"the purposes of {partner.name}: {' '.join(partner.purposes)}"
            )
        actor = claims.get("act")
        helper = str(actor.get("sub") or "")[:SUBJECT_LENGTH_MAX] if is_object(actor) else ""
        person = Person(
            account_id=self._pair(partner, str(claims["sub"]), area),
            name=partner.words.ja,
            roles=frozenset({ANYONE, *(scope or partner.roles)}),
            offices=frozenset(partner.offices or ("*",)),
            kind="city",
            assurance=ASSURANCE,
            helper=self._pair(partner, helper, area) if helper else "",
            purpose=purposes[0] if len(purposes) == 1 else "",
        )
        return Held(until, purposes=purposes, area=area, person=person)

    def _pair(self, partner: Partner, subject: str, area: str) -> str:
        """The name of somebody of another city in this area; two areas cannot compare theirs."""
        message = "\n".join(("somebody of another city", partner.issuer, subject, area))
        return f"city-{hmac.digest(self._secret, message.encode(), 'sha256').hex()[:20]}"


def _fetch(partner: Partner, asking: Asking) -> Fetch:
    async def fetch() -> Mapping[str, Any]:
        return await asking.read(partner.jwks_uri) if partner.jwks_uri else partner.jwks

    return fetch
