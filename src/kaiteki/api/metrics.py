"""What the node counts of its own work, in the text format of Prometheus. Counting costs one dictionary step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from time import monotonic

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from kaiteki.api.exchange import Reply


class Tally(Collector):
    """Answers by surface (`ngsi-ld`, `pages` …), method and status since the start."""

    def __init__(self) -> None:
        self.answers: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self._started_s = monotonic()
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def collect(self) -> Iterator[Metric]:
        """The counters as metrics, for the registry."""
        answers = CounterMetricFamily(
            "kaiteki_answers", "Answers over HTTP", labels=("surface", "method", "status")
        )
        for (surface, method, status), count in sorted(self.answers.items()):
            answers.add_metric((surface, method, str(status)), count)
        yield answers
        yield GaugeMetricFamily("kaiteki_up_seconds", "Time since the start", monotonic() - self._started_s)

    def exposition(self) -> Reply:
        """All metrics of the process as one page."""
        return Reply(200, [("content-type", CONTENT_TYPE_LATEST)], generate_latest(self._registry))
