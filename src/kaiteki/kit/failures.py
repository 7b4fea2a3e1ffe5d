"""Work of reactions and jobs whose rule has a bug: how often it is tried again, and how much of it waits for people."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.manifest import EntityType
from kaiteki.kit.views import expand_name
from kaiteki.model.access import ADMIN
from kaiteki.model.instant import Instant
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import Query, TypeIs
from kaiteki.model.words import Words
from kaiteki.ports.entities import Entities

ATTEMPTS_MAX: Final = 6
"""How often the work of a reaction or job is tried before it is set aside."""
RETRY_FIRST_S: Final = 10
RETRY_FACTOR: Final = 4


class Failure(msgspec.Struct, frozen=True):
    """Work of a reaction or job whose rule has a bug: tried again when `due_at` has come, in the end set aside for people.

    `cause` is `<service>:<reaction or job>`, `number` the event it answers (0 for a job), `version` that of the entity.
    """

    id: str
    cause: str
    about: str
    number: int = 0
    version: int = 0
    attempts: int = 0
    error: str = ""
    due_at: Instant | None = None
    set_aside: bool = False

    def once_more(self, error: Exception, now: Instant) -> Failure:
        """The same after one more attempt in vain; only the kind of error is kept, its words may hold what is personal."""
        wait_s = RETRY_FIRST_S * RETRY_FACTOR**self.attempts
        attempts = self.attempts + 1
        return msgspec.structs.replace(
            self,
            attempts=attempts,
            error=type(error).__name__,
            due_at=Instant(now + wait_s * 1_000_000),
            set_aside=attempts >= ATTEMPTS_MAX,
        )


FAILURES: Final = EntityType(
    name="Failure", view=Failure,
    words=Words("できなかった自動処理", "Work that failed", "できなかった しごと"),
    title="cause",
    columns=("due_at", "cause", "about", "attempts", "set_aside"), roles=(ADMIN,),
    labels={
        "cause": Words("処理", "Work", "しごと"), "about": Words("対象", "About", "なにの"), "number": Words("出来事の番号", "Event", "ばんごう"),
        "version": Words("対象の版", "Version", "はん"), "attempts": Words("試した回数", "Attempts", "ためした かず"),
        "error": Words("誤りの種類", "Error", "まちがいの しゅるい"), "due_at": Words("次に試す日時", "Next attempt", "つぎに ためす とき"),
        "set_aside": Words("人の確認待ち", "Waits for people", "ひとが 見（み）る"),
    },
)  # fmt: skip


async def set_aside(entities: Entities) -> dict[str, int]:
    """How much work of reactions and jobs waits for people, by area; areas without any are left out."""
    wanted = Query(
        types=TypeIs(expand_name(FAILURES.name)),
        q=parse_q("setAside==true", expand_name),
        limit=0,
        total=True,
    )
    counts = {area: (await entities.find(area, wanted)).total or 0 for area in await entities.areas()}
    return {area: count for area, count in counts.items() if count}
