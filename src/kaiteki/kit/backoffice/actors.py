"""Who wrote, in words: people of the town hall by name, residents without, programs as what they are."""

from __future__ import annotations

from typing import Final

from kaiteki.model.access import RESIDENT
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Account, Accounts, kind_of

NOBODY: Final = Words("ログインしていない人", "Somebody without an account", "ログインして いない 人（ひと）")
_PLACES: Final = {
    "": NOBODY,
    "anonymous": NOBODY,
    "system": Words("自動処理", "Automatic", "じどう"),
    "kaiteki": Words("自動処理", "Automatic", "じどう"),
    "import": Words("取り込み", "Import", "とりこみ"),
}
"""Who acts without an account."""
_A_RESIDENT: Final = Words("市民", "A resident", "市民（しみん）")
_A_PROGRAM: Final = Words("市民のアプリ", "A resident’s app", "市民（しみん）の アプリ")


class Actors:
    """Says who an actor of the history is, in an area; each account is looked up once."""

    def __init__(self, accounts: Accounts | None, area: str) -> None:
        self._accounts = accounts
        self._area = area
        self._known: dict[str, Words] = dict(_PLACES)

    async def words(self, actor: str) -> Words:
        """The words for an account id; of an account that is not known any more its id."""
        if actor not in self._known:
            account = await self._accounts.by_id(actor) if self._accounts is not None else None
            self._known[actor] = self._of(account) if account is not None else Words(actor, actor)
        return self._known[actor]

    def _of(self, account: Account) -> Words:
        here = [grant for grant in account.grants if grant.area in (self._area, "*")]
        if any(grant.role != RESIDENT for grant in here):
            return Words(account.name, account.name)
        return _A_PROGRAM if kind_of(account) == "machine" else _A_RESIDENT
