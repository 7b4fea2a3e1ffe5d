"""Who is who: accounts, how they show that it is they, the browsers they are signed in at, and the person an account is in an area."""

from kaiteki.kit.identity.register import (
    PASSWORD_LENGTH_MIN,
    SESSION_RESIDENT_S,
    SESSION_STAFF_S,
    Identity,
    SignedIn,
    Visit,
    person_of,
    tidy_login,
    token_hash,
)

__all__ = [
    "PASSWORD_LENGTH_MIN",
    "SESSION_RESIDENT_S",
    "SESSION_STAFF_S",
    "Identity",
    "SignedIn",
    "Visit",
    "person_of",
    "tidy_login",
    "token_hash",
]
