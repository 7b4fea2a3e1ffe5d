"""What becomes of mandates when one side of them is erased: they end, name the erased side no more, and the other side is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kaiteki.kit.engine import KIT, Asking, Engine, Work
from kaiteki.kit.identity.mandates import Mandate, Mandates
from kaiteki.kit.identity.pairwise import Pairwise
from kaiteki.kit.identity.person import person_of
from kaiteki.kit.letters import joined, read_letters
from kaiteki.kit.views import expand_name, where
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Message, digest_of
from kaiteki.model.entity import Entity
from kaiteki.model.query import Query, TypeIs
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Account, Accounts
from kaiteki.ports.credentials import Credentials

LETTERS: Final = read_letters("kaiteki.kit")

CAUSE: Final = "kit.mandate_ended"
HERE: Final = "my/mandates"


class Parting:
    """Ends the mandates of who is erased. `by` ordered the erasure."""

    def __init__(self, engine: Engine, accounts: Accounts, credentials: Credentials, by: str) -> None:
        self._engine = engine
        self._accounts = accounts
        self._book = Mandates(accounts, credentials, engine.clock)
        self._pairwise = Pairwise(accounts, credentials, engine.clock)
        self._by = by

    async def part(self, account_id: str, areas: Sequence[str]) -> int:
        """End all mandates that an account gave or holds and tell the other sides, each once; how many there were. May be done twice."""
        known = await self._book.of(account_id)
        for one in known:
            # told before it is ended, so that one that was stopped in between is told the next time, and no more than once
            if one.helper and not one.is_over(self._engine.clock.now()):
                helped = one.giver == account_id
                account = await self._accounts.by_id(one.helper if helped else one.giver)
                if account is not None:
                    await self._tell(account, one, "ended_for_helper" if helped else "ended_for_giver", areas)
            await self._book.part(one, account_id)
        return len(known)

    async def _tell(self, to: Account, one: Mandate, letter: str, areas: Sequence[str]) -> None:
        """In the areas in which something is kept of them; where nothing is anywhere, in all."""
        title, body = LETTERS[letter].told(services=joined(self._services_of(one)))
        at_home = [area for area in areas if await self._is_known(to, area)]
        for area in at_home or areas:
            person = person_of(to, area)
            await self._pairwise.note(person, KIT.name)
            message = Message(person.seen_by(KIT.name).account_id, title, body, HERE)

            def rule(
                _loaded: Mapping[str, Entity], _state: Mapping[str, Any], message: Message = message
            ) -> Accepted:
                return Accepted(messages=(message,))

            asked = self._engine.asked(KIT, Asking(area, Person(self._by)))
            work = Work(KIT, CAUSE, (), rule, once=digest_of(CAUSE, area, one.id))
            await self._engine.decide(work, asked)

    async def _is_known(self, account: Account, area: str) -> bool:
        """Whether anything is kept in an area of which somebody is the holder."""
        owned = tuple(sorted(person_of(account, area).owned))
        for declared in self._engine.types.values():
            if declared.personal and declared.holder:
                held = where(declared.view, declared.holder, "==", owned)
                wanted = Query(types=TypeIs(expand_name(declared.name)), q=held, limit=1)
                if (await self._engine.entities.find(area, wanted)).rows:
                    return True
        return False

    def _services_of(self, one: Mandate) -> list[Words]:
        """The services that a mandate covers, in their words."""
        names = dict.fromkeys(cover.partition(".")[0] for cover in one.covers)
        return [self._engine.services[name].words for name in names if name in self._engine.services]
