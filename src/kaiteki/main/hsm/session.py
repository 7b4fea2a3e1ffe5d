"""One session with one token over PKCS#11 (v2.40): opened at its first use, opened anew when it was lost. For one thread alone.

Read only where a token is named (`main.hsm.kek`): it needs what the extra `kaiteki[pkcs11]` brings.

A wrong PIN is tried once. The token itself says whether the last try was wrong (CKF_USER_PIN_COUNT_LOW, section 3.2), so that a node
that is started again and again does not lock it; `KeysAway` says what to do.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple, TypeVar

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass, PKCS11Error, TokenFlag
from pkcs11 import exceptions as refusals

from kaiteki.main.hsm.settings import HsmSettings, NoPin, read_pin
from kaiteki.ports.keys import UnknownKek
from kaiteki.ports.outage import KeysAway

Result = TypeVar("Result")
NAMED: Final = "hsm-"
"""What names of keys in a token begin with; then comes the id (CKA_ID) in hex."""
KEYS_MAX: Final = 100
"""Keys of one label that are looked at."""
LOOKED_S: Final = 30
"""How long it is remembered which keys there are; a newer one is seen after that."""
IV_BYTES: Final = 12
TAG_BITS: Final = 128
ID_RANDOM_BYTES: Final = 4
ID_TIME_BYTES: Final = 6
"""An id begins with when it was made, in milliseconds, so that ids as numbers are in order of time."""
KEY_BITS: Final = 256
LOCKED: Final = "the token has locked its PIN; its security officer sets a new one"
LAST_WRONG: Final = (
    "the last PIN that the token was given was wrong, and it locks itself after a few. Nothing is tried by itself:"
    " set the right PIN, then run `kaiteki keys login`, which tries it once"
)
WORDS: Final[dict[type[PKCS11Error], str]] = {
    refusals.NoSuchToken: "there is no token of that label: is it plugged in, is its server reachable, is KAITEKI_PKCS11_TOKEN its label?",
    refusals.MultipleTokensReturned: "several tokens have that label; give each a label of its own",
    refusals.PinLocked: LOCKED,
    refusals.PinExpired: "the PIN has expired; set a new one with the tool of the maker",
    refusals.UserPinNotInitialized: "the token has no PIN of a user yet; set one with the tool of the maker",
    refusals.MechanismInvalid: "the token does not know AES-GCM (CKM_AES_GCM)",
    refusals.MechanismParamInvalid: "the token takes no IV from outside for AES-GCM, so it cannot wrap keys for Kaiteki",
}
"""What to do about what a token says."""


class HeldKey(NamedTuple):
    """A key in the token: when it was made, where its id says so (seconds since 1970, else 0), and whether it ever could be taken out."""

    name: str
    made_at_s: int
    never_out: bool


class TokenSession:
    """See the module. Every method may take as long as the token does, and raises KeysAway."""

    def __init__(self, settings: HsmSettings) -> None:
        self._settings = settings
        self._module: Any = None
        self._session: Any = None
        self._keys: dict[str, Any] = {}
        self._looked_s = 0.0
        self._right_pin = ""

    def wrap(self, key: bytes, bound: bytes) -> tuple[str, bytes]:
        """The name of the newest key, and IV, ciphertext and tag under it."""

        def work() -> tuple[str, bytes]:
            name = self._newest()
            iv = os.urandom(IV_BYTES)
            return name, iv + self._keys[name].encrypt(key, **_gcm(iv, bound))

        return self._do(work)

    def unwrap(self, wrapped: bytes, bound: bytes, name: str) -> bytes:
        """What was wrapped; raises UnknownKek where the key is gone from the token or the bytes were changed."""

        def work() -> bytes:
            if name not in self._known():
                self._look()
            if name not in self._keys:
                raise UnknownKek(name)
            try:
                return self._keys[name].decrypt(wrapped[IV_BYTES:], **_gcm(wrapped[:IV_BYTES], bound))
            except (refusals.EncryptedDataInvalid, refusals.EncryptedDataLenRange):
                raise UnknownKek(name) from None
            except (refusals.GeneralError, refusals.FunctionFailed):
                # some tokens say this of changed bytes as well; one that works otherwise speaks of the bytes
                self._keys[name].encrypt(bound, **_gcm(os.urandom(IV_BYTES), b""))
                raise UnknownKek(name) from None

        return self._do(work)

    def newest(self) -> str:
        """The name of the key that wraps."""
        return self._do(self._newest)

    def keys(self) -> list[HeldKey]:
        """The keys of the label, oldest first."""

        def work() -> list[HeldKey]:
            self._look()
            return [
                HeldKey(name, _made_at_s(name), bool(key[Attribute.NEVER_EXTRACTABLE]))
                for name, key in self._keys.items()
            ]

        return self._do(work)

    def make(self, now_s: float) -> str:
        """Make a key that cannot be taken out (AES-256), the newest of its label; its name."""

        def work() -> str:
            self._look()
            after = max((_number(name) for name in self._keys), default=0) >> (8 * ID_RANDOM_BYTES)
            moment = max(int(now_s * 1000), after + 1)
            made = moment.to_bytes(ID_TIME_BYTES, "big") + os.urandom(ID_RANDOM_BYTES)
            with _writing(self._token()) as writing:
                writing.generate_key(
                    KeyType.AES,
                    KEY_BITS,
                    id=made,
                    label=self._settings.key,
                    store=True,
                    mechanism=Mechanism.AES_KEY_GEN,
                    template=_TEMPLATE,
                )
            self._look()
            return NAMED + made.hex()

        return self._do(work)

    def destroy(self, name: str) -> None:
        """Destroy a key in the token. What it wraps is lost."""

        def work() -> None:
            with _writing(self._token()) as writing:
                for key in _found(writing, self._settings.key):
                    if NAMED + key.id.hex() == name:
                        key.destroy()
            self._look()

        self._do(work)

    def login(self) -> str:
        """Try the PIN once, also where the last one was wrong; what token answered."""
        self._lose()
        try:
            self._open(even_so=True)
        except PKCS11Error as refused:
            self._lose()
            raise self._away(refused) from refused
        token = self._session.token
        return (
            f"{token.label} ({token.manufacturer_id} {token.model}, {token.serial.decode(errors='replace')})"
        )

    def _do(self, work: Callable[[], Result]) -> Result:
        """Do something in a session; once more in a new one where that was lost."""
        had = self._session is not None
        try:
            return self._tried(work)
        except PKCS11Error as lost:
            self._lose()
            if not had:
                raise self._away(lost) from lost
        try:
            return self._tried(work)
        except PKCS11Error as refused:
            self._lose()
            raise self._away(refused) from refused

    def _tried(self, work: Callable[[], Result]) -> Result:
        if self._session is None:
            self._open()
        return work()

    def _open(self, *, even_so: bool = False) -> None:
        """Open a session and log in; raises KeysAway where that could lock the token."""
        if self._module is None:
            self._module = pkcs11.lib(str(self._settings.module))
        self._module.initialize()
        token = self._token()
        try:
            pin = read_pin()
        except NoPin as missing:
            raise KeysAway(str(missing)) from missing
        flags = token.flags
        if flags & TokenFlag.USER_PIN_LOCKED:
            raise self._away_for(LOCKED)
        was_wrong = bool(flags & (TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY))
        if was_wrong and not even_so and pin != self._right_pin:
            raise self._away_for(LAST_WRONG)
        try:
            self._session = token.open(user_pin=pin)
        except (refusals.PinIncorrect, refusals.PinInvalid, refusals.PinLenRange) as refused:
            self._right_pin = ""
            self._lose()
            raise self._away_for(f"the token refused the PIN. {LAST_WRONG}") from refused
        self._right_pin = pin

    def _token(self) -> Any:
        return self._module.get_token(token_label=self._settings.token)

    def _lose(self) -> None:
        """Forget the session and have the module begin anew: only then do modules find a server or a reader that was gone."""
        self._session, self._keys, self._looked_s = None, {}, 0.0
        if self._module is not None:
            # what cannot be ended is ended; the next use says what is wrong
            with suppress(PKCS11Error):
                self._module.finalize()

    def _known(self) -> dict[str, Any]:
        if not self._keys or time.monotonic() - self._looked_s > LOOKED_S:
            self._look()
        return self._keys

    def _look(self) -> None:
        found = {NAMED + key.id.hex(): key for key in _found(self._session, self._settings.key)}
        self._keys = {name: found[name] for name in sorted(found, key=_number)}
        self._looked_s = time.monotonic()

    def _newest(self) -> str:
        known = self._known()
        if not known:
            raise self._away_for(
                f"it holds no AES key of the label {self._settings.key!r} (KAITEKI_PKCS11_KEY); `kaiteki keys make` makes it"
            )
        return next(reversed(known))

    def _away(self, refused: PKCS11Error) -> KeysAway:
        said = WORDS.get(type(refused))
        return self._away_for(said or f"{type(refused).__name__} {refused}".strip())

    def _away_for(self, why: str) -> KeysAway:
        return KeysAway(f"token {self._settings.token!r} ({self._settings.module.name}): {why}")


@contextmanager
def _writing(token: Any) -> Generator[Any]:
    """A session that may change what is in a token, within the login of another one; closed in the end."""
    session = token.open(rw=True)
    try:
        yield session
    finally:
        session.close()


_TEMPLATE: Final = {
    **dict.fromkeys((Attribute.TOKEN, Attribute.PRIVATE, Attribute.SENSITIVE), True),
    **dict.fromkeys((Attribute.ENCRYPT, Attribute.DECRYPT), True),
    **dict.fromkeys((Attribute.EXTRACTABLE, Attribute.WRAP, Attribute.UNWRAP), False),
    **dict.fromkeys((Attribute.SIGN, Attribute.VERIFY, Attribute.DERIVE), False),
}
"""A key for nothing but encrypting and decrypting inside the token."""


def _gcm(iv: bytes, bound: bytes) -> dict[str, Any]:
    return {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(iv, bound, TAG_BITS)}


def _found(session: Any, label: str) -> list[Any]:
    """The AES keys of a label that have an id."""
    wanted = {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: KeyType.AES,
        Attribute.LABEL: label,
    }
    found: list[Any] = [key for key, _ in zip(session.get_objects(wanted), range(KEYS_MAX), strict=False)]
    return [key for key in found if key.id]


def _number(name: str) -> int:
    return int(name.removeprefix(NAMED), 16)


def _made_at_s(name: str) -> int:
    text = name.removeprefix(NAMED)
    if len(text) != 2 * (ID_TIME_BYTES + ID_RANDOM_BYTES):
        return 0
    return int(text[: 2 * ID_TIME_BYTES], 16) // 1000
