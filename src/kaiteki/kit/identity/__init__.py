"""Who is who: accounts, how they show that it is they, the browsers they are signed in at, and the person an account is in an area."""

from kaiteki.kit.identity.logins import chose_login, tidy_login
from kaiteki.kit.identity.mandates import Acting, Mandate, Mandates
from kaiteki.kit.identity.passkey import Place, place_of
from kaiteki.kit.identity.passkeys import Answer, Challenge
from kaiteki.kit.identity.passwords import PASSWORD_LENGTH_MIN
from kaiteki.kit.identity.person import person_of
from kaiteki.kit.identity.register import (
    SESSION_RESIDENT_S,
    SESSION_STAFF_S,
    HalfWay,
    Identity,
    SignedIn,
    Visit,
    new_account_id,
    token_hash,
)

__all__ = [
    "PASSWORD_LENGTH_MIN",
    "SESSION_RESIDENT_S",
    "SESSION_STAFF_S",
    "Acting",
    "Answer",
    "Challenge",
    "HalfWay",
    "Identity",
    "Mandate",
    "Mandates",
    "Place",
    "SignedIn",
    "Visit",
    "chose_login",
    "new_account_id",
    "person_of",
    "place_of",
    "tidy_login",
    "token_hash",
]
