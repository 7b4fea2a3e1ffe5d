"""Joins the providers of identity that the areas name: their secrets, from the environment or from files, and the addresses to come back to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from kaiteki.kit.identity import Identity
from kaiteki.kit.providers.asking import Asking, network_of
from kaiteki.kit.providers.client_proof import BadSecret, ClientProof
from kaiteki.kit.providers.configuration import IdentityOfArea, secret_variable
from kaiteki.kit.providers.federation import Federation
from kaiteki.kit.providers.flow import RelyingParty
from kaiteki.kit.providers.partners import PartnersOfArea
from kaiteki.main.cities import BadCity, load_identity, load_partners
from kaiteki.main.clock import SystemClock
from kaiteki.main.settings import Settings
from kaiteki.ports.outgoing import Outgoing
from kaiteki.stores.store import Store

SECRET_SIZE_MAX_BYTES = 16_000


class Named(msgspec.Struct, frozen=True):
    """What the areas of a node say of the providers and of the other cities that they trust."""

    providers: Mapping[str, IdentityOfArea]
    partners: Mapping[str, PartnersOfArea]


def load_named(areas: Iterable[str]) -> Named:
    """What each area says. Raises BadCity."""
    names = tuple(areas)
    return Named({area: load_identity(area) for area in names}, {area: load_partners(area) for area in names})


def required_of(named: Named) -> dict[str, frozenset[str]]:
    """The roles of each area whose holders must show two factors."""
    return {area: frozenset(told.second_factor.required_for) for area, told in named.providers.items()}


def networks_of(named: Named) -> dict[str, frozenset[str]]:
    """The hosts of the own network at which each area asks its providers and partners; nothing else may be sent there."""
    return {
        network_of(area): frozenset(
            host for one in (*told.providers, *named.partners[area].partners) for host in one.own_hosts
        )
        for area, told in named.providers.items()
    }


def open_federation(
    settings: Settings,
    named: Named,
    identity: Identity,
    store: Store,
    joined: tuple[Outgoing, bytes],
) -> Federation:
    """The providers at work, and the second factors that areas want; `joined` is the guarded client and the secret of the node. Raises BadCity where a secret is missing."""
    outgoing, secret = joined
    identity.persons.required = required_of(named)
    here = settings.issuer
    parties: dict[str, dict[str, RelyingParty]] = {}
    for area, told in named.providers.items():
        asking = Asking(outgoing, area)
        parties[area] = {}
        for one in told.providers:
            variable = secret_variable(area, one.name)
            try:
                proof = ClientProof(one, read_secret(variable))
            except BadSecret as bad:
                raise BadCity(f"{area}: the provider {one.name}: {variable}: {bad}") from None
            callback = f"{here}/{area}/sign-in/from/{one.name}"
            parties[area][one.name] = RelyingParty(one, asking, proof, callback)
    return Federation(parties, identity, store.credentials, SystemClock(), secret)


def read_secret(variable: str) -> str:
    """A secret that is a variable of the environment, or stands in the file that `<variable>_FILE` names. Raises BadSecret."""
    told = os.environ.get(variable, "")
    named = os.environ.get(f"{variable}_FILE", "")
    if told or not named:
        return told
    try:
        content = Path(named).read_bytes()
        if len(content) > SECRET_SIZE_MAX_BYTES:
            raise BadSecret("the file is too large for a secret")
        return content.decode().strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise BadSecret(f"the file cannot be read: {type(wrong).__name__}") from None
