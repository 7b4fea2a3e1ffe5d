"""Who is who: accounts with passwords, sessions of browsers, keys of machines, and the person an account is in an area.

Passwords are kept as argon2id, tokens as SHA-256. Signing in takes as long for an unknown login as for a wrong password.
Wrong attempts slow down the address they come from, never the owner of the account at another address.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

import msgspec
from argon2 import PasswordHasher

from kaiteki.kit.identity.browsers import Browsers
from kaiteki.kit.identity.counter import Counter
from kaiteki.kit.identity.gate import Gate, Quota
from kaiteki.kit.identity.idle import TOUCHED_EVERY_S, Idle, is_staff
from kaiteki.kit.identity.logins import (
    ACCOUNT_PREFIX,
    LOGIN,
    LOGIN_LENGTH_MAX,
    chose_login,
    refuse_login,
    tidy_login,
)
from kaiteki.kit.identity.passkeys import Answer, Passkeys, named_in
from kaiteki.kit.identity.passwords import PASSWORD, PASSWORD_LENGTH_MAX, Passwords
from kaiteki.kit.identity.person import Persons
from kaiteki.kit.identity.second import SecondFactors
from kaiteki.kit.identity.tickets import Tickets
from kaiteki.kit.identity.ways import Ways
from kaiteki.kit.identity.witness import Witness
from kaiteki.model.access import Kind
from kaiteki.model.decision import Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import MACHINE_PREFIX, Account, Accounts, Grant, Method, Session
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credentials

SESSION_STAFF_S: Final = 12 * 3600
SESSION_RESIDENT_S: Final = 30 * 24 * 3600
FRESH_S: Final = 600
SESSION_RECOVERY_S: Final = 3600
"""How long whoever came by a code of the counter may take to make a new way in."""
_BY_PASSKEY: Final = "passkey "
_BY_CODE: Final = "code "
_HALF_WAY: Final = "password was right"
_SECOND: Final = 1_000_000
_KEY_MARK: Final = "kaiteki_"
_KEY_HASH: Final = "$sha256$"
FAILED: Final = "a sign-in failed"


class SignedIn(msgspec.Struct, frozen=True):
    """A session just opened. `token` is the cookie; only its hash is kept."""

    token: str
    session: Session
    account: Account


class HalfWay(msgspec.Struct, frozen=True):
    """The password was right and a code is asked for. `ticket` is what the browser comes back with."""

    ticket: str


class Visit(msgspec.Struct, frozen=True):
    """A signed-in browser that came again."""

    session: Session
    account: Account


def token_hash(token: str) -> str:
    """Under which a session cookie is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


class Identity:
    """The register of who is who at work. One per node; `hasher` is weaker in tests only."""

    def __init__(
        self,
        accounts: Accounts,
        credentials: Credentials,
        clock: Clock,
        secret: bytes,
        hasher: PasswordHasher | None = None,
    ) -> None:
        """`secret` is that of the node: it signs what browsers hold between two steps of signing in."""
        self.accounts = accounts
        self.credentials = credentials
        self.tickets = Tickets(credentials, clock, secret)
        self.passkeys = Passkeys(credentials, clock, self.tickets)
        self.passwords = Passwords(secret, hasher)
        self.second = SecondFactors(credentials, clock, self.tickets, (secret, self.passwords.mark))
        self.counter = Counter(accounts, credentials, clock, self.passwords.mark)
        self.witness = Witness(secret, clock)
        self.ways = Ways(accounts, credentials, self.second)
        self.browsers = Browsers(accounts, credentials, clock)
        self.persons = Persons()
        self._clock = clock
        self._gate = Gate()
        self._opened = Quota()
        self.idle = Idle()

    async def register(
        self, login: str, name: str, password: str, grants: Sequence[Grant] = (), sample: bool = False
    ) -> Account | Refused:
        """A new account; refused where the login is taken or the password too short."""
        login = tidy_login(login)
        refused = refuse_login(login) or (None if sample else self.passwords.refusal(password, (login, name)))
        if refused is not None:
            return refused
        account = Account(
            id=new_account_id(),
            login=login,
            name=name,
            password_hash=await self.passwords.hash(password),
            grants=tuple(grants),
            created_at=self._clock.now(),
            sample=sample,
        )
        return await self._put_new(account)

    def may_register(self, address: str) -> bool:
        """Whether one more account may be opened from an address now; counted if so."""
        return self._opened.passes(address, self._clock.now())

    async def register_by_passkey(self, answer: Answer, name: str) -> SignedIn | Refused:
        """A new account that is known by a passkey alone, and its first session. Its login is its id, which nobody needs to type."""
        made = await self.passkeys.make(answer, "")
        if isinstance(made, Refused):
            return made
        asked, credential = made
        if await self.accounts.by_id(asked.account_id) is not None:
            return Refused("not_allowed")
        account = Account(asked.account_id, asked.account_id, name, "", created_at=self._clock.now())
        refused = await self.passkeys.keep(credential)
        if refused is not None:
            return refused
        kept = await self._put_new(account)
        return kept if isinstance(kept, Refused) else await self.open_session(kept, 2, "passkey")

    async def sign_in_by_passkey(self, answer: Answer, address: str) -> SignedIn | Refused:
        """Open a session for whoever shows a passkey of theirs."""
        now, named = self._clock.now(), _BY_PASSKEY + named_in(answer.said)[:LOGIN_LENGTH_MAX]
        if not self._gate.is_open(named, address, now):
            self.witness.doubt("sign-in has to wait", address, way="passkey")
            return Refused("too_many")
        self._gate.failed(named, address, now)
        shown = await self.passkeys.show(answer)
        if isinstance(shown, Refused):
            self.witness.doubt(FAILED, address, way="passkey")
            return shown
        account = await self.accounts.by_id(shown)
        if account is None or account.disabled:
            return Refused("not_allowed")
        self._gate.succeeded(named, address)
        return await self.open_session(account, 2, "passkey")

    async def add_passkey(self, account: Account, answer: Answer, title: str) -> Refused | None:
        """Another passkey for an account. Refused for a sample account (not_allowed): many share it."""
        if account.sample:
            return Refused("not_allowed")
        made = await self.passkeys.make(answer, title)
        if isinstance(made, Refused):
            return made
        asked, credential = made
        if asked.account_id != account.id:
            return Refused("not_allowed")
        return await self.passkeys.keep(credential)

    async def sign_in(
        self, login: str, password: str, address: str, holder: str = ""
    ) -> SignedIn | HalfWay | Refused:
        """Open a session, or ask for the code of an account that has a second factor (`sign_in_by_code`, same `holder`).

        `not_allowed` tells nothing of whether the login exists; `too_many` asks for patience.
        """
        login, now = tidy_login(login)[:LOGIN_LENGTH_MAX], self._clock.now()
        account = await self.accounts.by_login(login)
        place = await self.browsers.place(account.id if account is not None else "", holder, address)
        if not self._gate.is_open(login, place, now):
            self.witness.doubt("sign-in has to wait", address, way="password", login=self.witness.mark(login))
            return Refused("too_many")
        # Taken before the slow part, so that attempts in parallel count as well.
        self._gate.failed(login, place, now)
        nobody = await self.passwords.of_nobody()
        may = account is not None and not account.disabled and not login.startswith(MACHINE_PREFIX)
        known = account.password_hash if account is not None and may else ""
        right = await self.passwords.verify(known or nobody, password[: PASSWORD_LENGTH_MAX + 1])
        if account is None or not known or not right:
            named = account.id if account is not None else ""
            self.witness.doubt(FAILED, address, way="password", account=named, login=self.witness.mark(login))
            return Refused("not_allowed")
        self._gate.succeeded(login, place)
        if self.passwords.is_old(account.password_hash):
            account = msgspec.structs.replace(account, password_hash=await self.passwords.hash(password))
            await self.accounts.put(account)
        if await self.second.is_on(account.id):
            return HalfWay(self.tickets.issue(_HALF_WAY, holder, account.id.encode()))
        return await self.open_session(account)

    async def sign_in_by_code(self, ticket: str, code: str, holder: str, address: str) -> SignedIn | Refused:
        """Open a session for whoever gave the password before and gives the code now. `expired` where that was too long ago."""
        read, now = self.tickets.read(_HALF_WAY, holder, ticket), self._clock.now()
        account = await self.accounts.by_id(read.decode()) if read is not None else None
        if account is None or account.disabled:
            return Refused("expired")
        # counted from wherever as well: who comes here knows the password, so no stranger can lock out the owner by it
        named, wherefroms = _BY_CODE + account.id, (address, f"anywhere {account.id}")
        if not all(self._gate.is_open(named, wherefrom, now) for wherefrom in wherefroms):
            self.witness.doubt("sign-in has to wait", address, way="two_factors", account=account.id)
            return Refused("too_many")
        for wherefrom in wherefroms:
            self._gate.failed(named, wherefrom, now)
        if not await self.second.holds(account.id, code):
            self.witness.doubt(FAILED, address, way="two_factors", account=account.id)
            return Refused("invalid")
        if await self.tickets.take(_HALF_WAY, holder, ticket) is None:
            return Refused("expired")
        for wherefrom in wherefroms:
            self._gate.succeeded(named, wherefrom)
        return await self.open_session(account, 2, "two_factors")

    async def visit(self, token: str) -> Visit | None:
        """Whose session a cookie is; None when it is unknown, over, unused for too long, or of a disabled account."""
        now = self._clock.now()
        session = await self.accounts.session(token_hash(token), now)
        account = await self.accounts.by_id(session.account_id) if session is not None else None
        if session is None or account is None or account.disabled:
            return None
        if self.idle.is_over(session, account, now):
            await self.accounts.end(session.token_hash)
            return None
        if now >= session.used_at + TOUCHED_EVERY_S * _SECOND:
            await self.accounts.touch(session.token_hash, now)
            session = msgspec.structs.replace(session, used_at=now)
        return Visit(session, account)

    def is_fresh(self, session: Session) -> bool:
        """Whether somebody signed in just now, as changes of the ways in want it: a browser that was left open is not enough."""
        shown_at = session.opened_at if session.shown_at is None else min(session.shown_at, session.opened_at)
        return session.method == "recovery" or self._clock.now() < shown_at + FRESH_S * _SECOND

    async def sign_out(self, token: str) -> None:
        """End the session of a cookie."""
        await self.accounts.end(token_hash(token))

    async def sessions(self, account_id: str) -> Sequence[Session]:
        """Where somebody is signed in, newest first."""
        now, account = self._clock.now(), await self.accounts.by_id(account_id)
        found = await self.accounts.sessions(account_id, now)
        if account is not None:
            found = [session for session in found if not self.idle.is_over(session, account, now)]
        return sorted(found, key=lambda session: session.opened_at, reverse=True)

    async def end_session(self, account_id: str, hashed: str) -> bool:
        """End one of one's own sessions; whether there was such a one."""
        own = {session.token_hash for session in await self.sessions(account_id)}
        if hashed in own:
            await self.accounts.end(hashed)
        return hashed in own

    async def change_password(self, visit: Visit, old: str, new: str, address: str) -> Refused | None:
        """A new password; all other sessions of the account end. None when it is done.

        Refused for a sample account (not_allowed): many share it.
        """
        account, now = visit.account, self._clock.now()
        if account.sample:
            return Refused("not_allowed")
        refused = self.passwords.refusal(new, (account.login, account.name))
        if refused is not None:
            return refused
        if not self._gate.is_open(account.login, address, now):
            return Refused("too_many")
        self._gate.failed(account.login, address, now)
        if not await self.passwords.verify(account.password_hash, old[: PASSWORD_LENGTH_MAX + 1]):
            self.witness.doubt(FAILED, address, way="change of the password", account=account.id)
            return refuse_field("invalid", "old", PASSWORD)
        self._gate.succeeded(account.login, address)
        await self.accounts.put(
            msgspec.structs.replace(account, password_hash=await self.passwords.hash(new))
        )
        for session in await self.sessions(account.id):
            if session.token_hash != visit.session.token_hash:
                await self.accounts.end(session.token_hash)
        return None

    async def add_password(self, account: Account, login: str, password: str) -> Account | Refused:
        """A password for an account that has none, and a login where its owner never chose one (`chose_login`).

        Refused (not_allowed) where there is one, and for a sample account: many share it.
        """
        if account.password_hash or account.sample:
            return Refused("not_allowed")
        chosen = account.login if chose_login(account) else tidy_login(login)
        refused = None if chose_login(account) else refuse_login(chosen)
        refused = refused or self.passwords.refusal(password, (chosen, account.name))
        if refused is not None:
            return refused
        hashed = await self.passwords.hash(password)
        return await self._put_new(msgspec.structs.replace(account, login=chosen, password_hash=hashed))

    async def has_password(self, account: Account, password: str) -> bool:
        """Whether this is the password of an account; for those who run the node, so nothing slows it down."""
        return await self.passwords.verify(account.password_hash, password)

    async def set_password(self, account: Account, password: str) -> Account | Refused:
        """A password set by those who run the node; all sessions of the account end. Sample accounts have a published one."""
        refused = None if account.sample else self.passwords.refusal(password, (account.login, account.name))
        if refused is not None:
            return refused
        changed = msgspec.structs.replace(account, password_hash=await self.passwords.hash(password))
        await self.accounts.put(changed)
        for session in await self.sessions(account.id):
            await self.accounts.end(session.token_hash)
        return changed

    async def register_machine(
        self, name: str, grants: Sequence[Grant], kind: Kind = "machine"
    ) -> tuple[Account, str] | Refused:
        """An account of a program (or a device, or the node of a city) and its bearer token, which is shown this once and kept only as a hash."""
        account_id, secret = f"mac-{secrets.token_hex(10)}", secrets.token_urlsafe(32)
        account = Account(
            id=account_id,
            login=MACHINE_PREFIX + account_id,
            name=name,
            password_hash=_KEY_HASH + token_hash(secret),
            grants=tuple(grants),
            created_at=self._clock.now(),
            kind=kind,
        )
        kept = await self._put_new(account)
        return kept if isinstance(kept, Refused) else (kept, f"{_KEY_MARK}{account_id}_{secret}")

    async def renew_machine(self, account: Account) -> str:
        """Another bearer token for an account of a program, which may act again; the token before it is void."""
        secret = secrets.token_urlsafe(32)
        key = _KEY_HASH + token_hash(secret)
        await self.accounts.put(msgspec.structs.replace(account, password_hash=key, disabled=False))
        return f"{_KEY_MARK}{account.id}_{secret}"

    async def machine(self, bearer: str) -> Account | None:
        """Whose bearer token this is; None when it is none, or of a disabled account."""
        account_id, _, secret = bearer.removeprefix(_KEY_MARK).partition("_")
        account = await self.accounts.by_id(account_id) if secret else None
        if account is None or account.disabled or not account.password_hash.startswith(_KEY_HASH):
            return None
        is_right = hmac.compare_digest(account.password_hash, _KEY_HASH + token_hash(secret))
        return account if is_right else None

    async def open_session(
        self, account: Account, assurance: int = 1, method: Method = "password"
    ) -> SignedIn:
        """A session for somebody who showed that the account is theirs."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        life_s = SESSION_STAFF_S if is_staff(account) else SESSION_RESIDENT_S
        life_s = SESSION_RECOVERY_S if method == "recovery" else life_s
        expires = Instant(now + life_s * _SECOND)
        session = Session(token_hash(token), account.id, now, expires, assurance, method, used_at=now)
        await self.accounts.open(session)
        mark = self.witness.mark(token)
        self.witness.fact("signed in", "", way=method, account=account.id, session=mark)
        return SignedIn(token, session, account)

    async def _put_new(self, account: Account) -> Account | Refused:
        try:
            await self.accounts.put(account)
        except ValueError:
            return refuse_field("taken", "login", LOGIN)
        # as it was kept: with what makes the ids by which services know it
        return await self.accounts.by_id(account.id) or account


def new_account_id() -> str:
    """An id that no account had before."""
    return f"{ACCOUNT_PREFIX}{secrets.token_hex(10)}"
