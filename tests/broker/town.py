"""The outside of the data plane in these tests: a clock and a web."""

from dataclasses import dataclass

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.ports.outgoing import Answered, Question, Unreachable

NOON = parse_instant("2026-05-01T12:00:00Z") or Instant(0)


@dataclass
class StandingClock:
    """Stands still until it is put forward."""

    at: Instant = NOON
    seeds: int = 0

    def now(self) -> Instant:
        return self.at

    def seed(self) -> int:
        self.seeds += 1
        return self.seeds

    def forward(self, seconds: int) -> None:
        self.at = Instant(self.at + seconds * 1_000_000)


@dataclass
class Web:
    """Documents by address; `asked` are the addresses that were fetched."""

    documents: dict[str, Json]
    asked: list[str] | None = None

    def forbids(self, area: str, url: str) -> bool:
        """Everything may be reached but one network."""
        return "//10." in url

    async def fetch_json(self, url: str) -> Json:
        self.asked = [*(self.asked or []), url]
        if url not in self.documents:
            raise Unreachable(url)
        return self.documents[url]

    async def ask(self, question: Question) -> Answered:
        """Nobody else answers."""
        raise Unreachable(question.url)
