"""The two ceremonies of WebAuthn Level 3 with the library `webauthn`: what a browser is asked, and whether its answer holds.

This module is read late (main/late), because the library takes longer to read than a page to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kaiteki.kit.identity.passkey import Asked, Passkey, Place

TIMEOUT_MS: Final = 120_000
ALWAYS: Final = UserVerificationRequirement.REQUIRED
_NO_ANSWER: Final = (
    WebAuthnException,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
)
"""What the library raises for an answer that does not hold, or that is none at all."""


def creation_options(asked: Asked, known: Sequence[str]) -> str:
    """What `navigator.credentials.create` is asked with, as JSON: a discoverable passkey that verifies its owner.

    `known` are the ids of passkeys that the account has: an authenticator that holds one makes no second.
    """
    options = generate_registration_options(
        rp_id=asked.place.rp_id,
        rp_name=asked.place.name,
        user_name=asked.name,
        user_display_name=asked.name,
        user_id=asked.account_id.encode(),
        challenge=asked.challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=ALWAYS
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
    )
    return options_to_json(options)


def request_options(place: Place, challenge: bytes, known: Sequence[str]) -> str:
    """What `navigator.credentials.get` is asked with, as JSON. Without `known` the person chooses among the passkeys of this site."""
    options = generate_authentication_options(
        rp_id=place.rp_id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
        user_verification=ALWAYS,
    )
    return options_to_json(options)


def made(asked: Asked, answer: str) -> tuple[str, Passkey] | None:
    """The passkey that a browser made, with its id in base64url; None where the answer does not hold."""
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=asked.challenge,
            expected_rp_id=asked.place.rp_id,
            expected_origin=asked.place.origin,
            require_user_verification=True,
        )
    except _NO_ANSWER:
        return None
    passkey = Passkey(
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        rp_id=asked.place.rp_id,
        backed_up=found.credential_backed_up,
    )
    return bytes_to_base64url(found.credential_id), passkey


def shown(place: Place, challenge: bytes, answer: str, passkey: Passkey) -> int | None:
    """The count of signatures that an authenticator tells; None where its answer does not hold.

    The count is compared by whoever asks: here any one is right, so that a copied key can be told from a wrong answer.
    """
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=-1,
            require_user_verification=True,
        )
    except _NO_ANSWER:
        return None
    return found.new_sign_count
