"""By which ways the messages of this node reach people: pushes always, mail and a gateway where the operator names them.

KAITEKI_MAIL_SERVER is the address of the mail server, KAITEKI_MAIL_FROM who mails come from; KAITEKI_GATEWAY the address of a gateway for
SMS and LINE, KAITEKI_GATEWAY_KEY the key that signs what it gets, KAITEKI_GATEWAY_FOR what it carries. KAITEKI_CONTACT is how push services
reach whoever runs the node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from kaiteki.kit.channels import push
from kaiteki.kit.channels.carrying import Carrier
from kaiteki.kit.channels.gateway import Gateway
from kaiteki.kit.channels.mail import Postmark, is_mail_address
from kaiteki.kit.channels.mailing import Mailing
from kaiteki.kit.channels.pushing import Pushing
from kaiteki.main.clock import SystemClock
from kaiteki.main.mailing import SmtpMailer
from kaiteki.model.area import Area
from kaiteki.model.words import Words
from kaiteki.ports.outgoing import Outgoing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kaiteki.kit.manifest import Service

KEY_LENGTH_MIN: Final = 32
"""Characters of the key that signs what a gateway gets."""
CARRIED: Final = ("sms", "line")
"""What a gateway may carry."""
FROM_TOWN: Final = Words("お知らせ", "Messages", "お知（し）らせ")
"""What the title of a push says of a message that no service sent."""


class BadChannel(ValueError):
    """A setting of mail or of the gateway cannot be used; the message names it and says what it should be."""


class Ways(msgspec.Struct, frozen=True, dict=True):
    """The ways of a node. `sealing` are the secret of its key for pushes and how its operator is reached; `gateway` its address and its key."""

    sealing: tuple[bytes, str]
    postmarks: Mapping[str, Postmark]
    mailer: SmtpMailer | None = None
    gateway: tuple[str, bytes] | None = None
    carried: tuple[str, ...] = ()

    @cached_property
    def sender(self) -> push.Sender:
        """Who sends pushes: made when the first one is asked for, so that a start does not wait for it."""
        return push.Sender(*self.sealing)

    @property
    def others(self) -> tuple[str, ...]:
        """The channels beside pushes."""
        return (*(("mail",) if self.mailer is not None else ()), *self.carried)


def ways_of(secret: bytes, base_url: str, areas: Iterable[Area], environ: Mapping[str, str]) -> Ways:
    """The ways that the settings name. Raises BadChannel."""
    server, sender = environ.get("KAITEKI_MAIL_SERVER", ""), environ.get("KAITEKI_MAIL_FROM", "")
    if server and not is_mail_address(sender):
        raise BadChannel("KAITEKI_MAIL_FROM must be a mail address (oshirase@city.example)")
    try:
        mailer = SmtpMailer(server) if server else None
    except ValueError as wrong:
        raise BadChannel(f"KAITEKI_MAIL_SERVER: {wrong}") from None
    contact = environ.get("KAITEKI_CONTACT", "") or (f"mailto:{sender}" if sender else base_url)
    return Ways(
        sealing=(secret, contact),
        postmarks={area.name: Postmark(sender, area.words, base_url) for area in areas},
        mailer=mailer,
        gateway=_gateway(environ),
        carried=_carried(environ),
    )


def carriers_of(
    ways: Ways, outgoing: Outgoing, services: Sequence[Service], secret: bytes
) -> dict[str, Carrier]:
    """What carries messages, by channel."""
    names = {"kit": FROM_TOWN, **{one.name: one.words for one in services}}
    clock = SystemClock()
    carriers: dict[str, Carrier] = {"push": Pushing(outgoing, lambda: ways.sender, names, clock)}
    if ways.mailer is not None:
        carriers["mail"] = Mailing(ways.mailer, ways.postmarks, names, clock, secret)
    if ways.gateway is not None:
        gateway = Gateway(outgoing, ways.gateway, ways.postmarks, names, clock)
        carriers |= dict.fromkeys(ways.carried, gateway)
    return carriers


def _gateway(environ: Mapping[str, str]) -> tuple[str, bytes] | None:
    url, key = environ.get("KAITEKI_GATEWAY", ""), environ.get("KAITEKI_GATEWAY_KEY", "")
    if not url:
        return None
    if not url.startswith(("https://", "http://")):
        raise BadChannel("KAITEKI_GATEWAY must be a http or https address")
    if len(key) < KEY_LENGTH_MIN:
        raise BadChannel(f"KAITEKI_GATEWAY_KEY needs at least {KEY_LENGTH_MIN} characters")
    return url, key.encode()


def _carried(environ: Mapping[str, str]) -> tuple[str, ...]:
    if not environ.get("KAITEKI_GATEWAY", ""):
        return ()
    carried = tuple(environ.get("KAITEKI_GATEWAY_FOR", "sms").split())
    if not carried or not set(carried) <= set(CARRIED):
        raise BadChannel(f"KAITEKI_GATEWAY_FOR names some of: {' '.join(CARRIED)}")
    return carried
