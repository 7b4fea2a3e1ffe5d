"""`kaiteki token`: asks the node of another city for a token, in the name of this one and of somebody here."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from typing import Annotated

import typer

from kaiteki.kit.providers.asking import Asking, ProviderFailed
from kaiteki.kit.providers.own_keys import epoch_of, signing_key
from kaiteki.kit.providers.partners import Partner
from kaiteki.main.cities import BadCity, load_partners
from kaiteki.main.clock import SystemClock
from kaiteki.main.federations import load_named, networks_of
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.outgoing import GuardedClient
from kaiteki.main.secret import proposed_secret
from kaiteki.main.stores import open_store
from kaiteki.model.instant import Instant

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
ASSERTION_LIFE_S = 60


def token(
    partner: Annotated[str, typer.Argument(help="The name of the other city in partners.toml.")],
    city: Annotated[str, typer.Option("--city", help="The area here that asks.")],
    public_url: Annotated[
        str,
        typer.Option(
            "--public-url", envvar="KAITEKI_PUBLIC_URL", help="By which address this node is known."
        ),
    ],
    subject: Annotated[str, typer.Option("--for", help="Account or service in whose name.")] = "node",
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Ask the node of another city for a token, and print it. What it may do is said there."""
    try:
        known = next((one for one in load_partners(city).partners if one.name == partner), None)
        if known is None or not known.token_endpoint:
            raise BadCity(f"{city} knows no partner {partner} with a token_endpoint")
        typer.echo(asyncio.run(_ask(known, city, (public_url.rstrip("/"), subject), data)))
    except (BadCity, ProviderFailed) as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from wrong


async def _ask(partner: Partner, here: str, says: tuple[str, str], data: DataOption) -> str:
    """The token. `here` is the area that asks, `says` this issuer and the subject. Raises ProviderFailed."""
    clock = SystemClock()
    store = await open_store(data, clock)
    try:
        secret = await store.sharing.secret(proposed_secret(data))
    finally:
        await store.entities.close()
    client = GuardedClient(receivers=networks_of(load_named((here,))))
    form = [
        ("grant_type", EXCHANGE),
        ("subject_token_type", JWT_TYPE),
        ("subject_token", sign_for(partner, secret, says, clock.now())),
        ("audience", partner.area),
    ]
    try:
        status, told = await Asking(client, here).send(partner.token_endpoint, form)
    finally:
        await client.close()
    if status != 200 or not isinstance(told.get("access_token"), str):
        raise ProviderFailed(
            f"{partner.name} said no ({status}): {told.get('error_description') or told.get('error')}"
        )
    return str(told["access_token"])


def sign_for(partner: Partner, secret: bytes, says: tuple[str, str], now: Instant) -> str:
    """An assertion for a partner. The subject is told by another name to each partner, so that they cannot compare whom they know."""
    issuer, subject = says
    pair = hmac.digest(secret, f"subject {partner.issuer} {subject}".encode(), "sha256").hex()[:32]
    issued = now // 1_000_000
    return signing_key(secret, epoch_of(now)).sign(
        {
            "iss": issuer,
            "sub": pair,
            "aud": partner.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": issued,
            "exp": issued + ASSERTION_LIFE_S,
        }
    )
