"""Who acted for somebody and is erased stands in the other person's records no more; that somebody acted, stays."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.consents import Consent
from kaiteki.model.decision import Asked
from kaiteki.services.trust.request_model import DataRequest

GONE: Final = "erased"
"""What stands in place of an account that is no more."""


def unnamed_in_consent(consent: Consent, ids: frozenset[str], asked: Asked) -> Consent:
    """The record without the accounts that are erased."""
    events = tuple(msgspec.structs.replace(one, by=GONE) if one.by in ids else one for one in consent.events)
    helpers = tuple(one for one in consent.helpers if one not in ids)
    return msgspec.structs.replace(consent, events=events, helpers=helpers)


def unnamed_in_request(request: DataRequest, ids: frozenset[str], asked: Asked) -> DataRequest:
    """The request without the account of whoever asked in the person's name."""
    log = tuple(msgspec.structs.replace(one, who=GONE) if one.who in ids else one for one in request.log)
    return msgspec.structs.replace(request, helper=GONE if request.helper in ids else request.helper, log=log)
