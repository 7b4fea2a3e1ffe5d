"""A token as the key-encryption key of a node (ports.keys): its calls run in one thread of their own, beside the event loop.

One thread, because the library begins a module without locks, so that two calls at once would not be sound (PKCS#11 v2.40, section 5.4).
A token that takes 50 ms therefore opens about twenty keys in a second; what is opened is remembered as with a file (decision 29).
"""

from __future__ import annotations

import asyncio
import importlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, Final, TypeVar

import structlog

from kaiteki.main.hsm.settings import HsmSettings, hsm_settings
from kaiteki.ports.outage import KeysAway

Result = TypeVar("Result")
SESSION: Final = "kaiteki.main.hsm.session"
"""Needs what only kaiteki[pkcs11] brings, so it is read when a token is first asked."""
CALL_MAX_S: Final = 5.0
"""How long one call may take before others are sent away at once."""
WAIT_MAX_S: Final = 15.0
"""How long somebody waits for their turn and the answer."""
WAITING_MAX: Final = 256
"""Calls that wait; further ones are sent away."""
AT_ONCE: Final = 16
AWAY_S: Final = 2.0
"""How long a token that is away is not asked again."""


class TokenKek:
    """See ports.keys. Tokens are asked one thing after the other; who asks for more than can wait is sent away."""

    def __init__(self, settings: HsmSettings) -> None:
        self.settings: Final = settings
        self._waiting: queue.Queue[tuple[Future[Any], Callable[[Any], Any]]] = queue.Queue(WAITING_MAX)
        self._thread: threading.Thread | None = None
        self._session: Any = None
        self._since_s = 0.0
        """Since when a call is under way; 0 while none is."""
        self._away: tuple[float, str] = (0.0, "")
        self._said = ""
        self.is_told = False
        """Whether the log is told when the token goes and when it is back; a command says it itself."""

    @property
    def at_once(self) -> int:
        """As many as keep the token at work while others have their turn."""
        return AT_ONCE

    async def name(self) -> str:
        """Of the newest key in the token."""
        return await self.ask(lambda session: session.newest())

    async def wrap(self, key: bytes, bound: bytes) -> tuple[str, bytes]:
        """Wrap by the newest key in the token."""
        return await self.ask(lambda session: session.wrap(key, bound))

    async def unwrap(self, wrapped: bytes, bound: bytes, kek: str) -> bytes:
        """Unwrap by the key in the token that wrapped."""
        return await self.ask(lambda session: session.unwrap(wrapped, bound, kek))

    async def ask(self, work: Callable[[Any], Result]) -> Result:
        """Do something with the session (`TokenSession`) in the thread of the token; raises KeysAway."""
        now_s, (until_s, why) = time.monotonic(), self._away
        if now_s < until_s:
            raise KeysAway(why)
        if self._since_s and now_s - self._since_s > CALL_MAX_S:
            raise KeysAway(
                f"token {self.settings.token!r} has not answered for {now_s - self._since_s:.0f} s"
            )
        done: Future[Any] = Future()
        try:
            self._waiting.put_nowait((done, work))
        except queue.Full:
            raise KeysAway(f"{WAITING_MAX} calls wait for token {self.settings.token!r}") from None
        self._begin()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(done), WAIT_MAX_S)
        except TimeoutError:
            raise KeysAway(
                f"token {self.settings.token!r} did not answer within {WAIT_MAX_S:.0f} s"
            ) from None

    def _begin(self) -> None:
        """Have a thread that does not keep the process from ending while a token hangs."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="pkcs11", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            done, work = self._waiting.get()
            if not done.set_running_or_notify_cancel():
                continue
            self._since_s = time.monotonic()
            try:
                if self._session is None:
                    self._session = importlib.import_module(SESSION).TokenSession(self.settings)
                result = work(self._session)
                self._tell("")
                done.set_result(result)
            except KeysAway as away:
                self._away = (time.monotonic() + AWAY_S, str(away))
                self._tell(str(away))
                done.set_exception(away)
            except Exception as failure:
                # it belongs to who asked
                done.set_exception(failure)
            finally:
                self._since_s = 0.0

    def _tell(self, why: str) -> None:
        """Tell the log once that the token is away, and once that it is back (`why` is empty)."""
        if self.is_told and bool(why) != bool(self._said):
            log = structlog.get_logger("kaiteki.keys")
            if why:
                log.warning("the token is away", why=why)
            else:
                log.info("the token is back")
        self._said = why


@lru_cache(maxsize=16)
def _token_of(settings: HsmSettings) -> TokenKek:
    return TokenKek(settings)


def named_token() -> TokenKek | None:
    """The token that the environment names, one for each process; None where it names none. Raises BadParameter."""
    settings = hsm_settings()
    return _token_of(settings) if settings is not None else None


def watch_token() -> None:
    """Have the log of a node told how its token is. Raises BadParameter."""
    token = named_token()
    if token is not None:
        token.is_told = True
