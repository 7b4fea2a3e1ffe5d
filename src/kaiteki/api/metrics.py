"""The counts of a node in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import monotonic

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from kaiteki.api.exchange import Reply
from kaiteki.api.tally import Tally
from kaiteki.broker.inquiring import SourceMeasure
from kaiteki.broker.notifying import Measures


class Metrics(Collector):
    """Shows what a tally has counted."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._set_aside: Mapping[str, int] = {}
        self._told: Measures | None = None
        self._sources: Sequence[SourceMeasure] = ()
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def collect(self) -> Iterator[Metric]:
        """The counters as metrics, for the registry."""
        answers = CounterMetricFamily(
            "kaiteki_answers", "Answers over HTTP", labels=("surface", "method", "status")
        )
        for (surface, method, status), count in sorted(self._tally.answers.items()):
            answers.add_metric((surface, method, str(status)), count)
        yield answers
        waiting = GaugeMetricFamily(
            "kaiteki_set_aside", "Work of reactions and jobs that waits for people", labels=("area",)
        )
        for area, count in sorted(self._set_aside.items()):
            waiting.add_metric((area,), count)
        yield waiting
        if self._told is not None:
            yield from _of_notifications(self._told)
        yield from _of_sources(self._sources)
        up_s = monotonic() - self._tally.started_s
        yield GaugeMetricFamily("kaiteki_up_seconds", "Time since the start", up_s)

    def exposition(
        self, set_aside: Mapping[str, int], told: Measures, sources: Sequence[SourceMeasure] = ()
    ) -> Reply:
        """All metrics of the process as one page.

        `set_aside` is the work that waits for people, by area, `told` that of notifying, `sources` how asking others went.
        """
        self._set_aside = set_aside
        self._told = told
        self._sources = sources
        return Reply(200, [("content-type", CONTENT_TYPE_LATEST)], generate_latest(self._registry))


def _of_sources(sources: Sequence[SourceMeasure]) -> Iterator[Metric]:
    """How asking the context sources went, source by source."""
    labels = ("area", "registration")
    asked = CounterMetricFamily(
        "kaiteki_source_requests", "Requests to context sources", labels=(*labels, "result")
    )
    seconds = CounterMetricFamily("kaiteki_source_seconds", "Time that context sources took", labels=labels)
    resting = GaugeMetricFamily(
        "kaiteki_source_resting", "Whether a silent source is left alone", labels=labels
    )
    for one in sources:
        names = (one.area, one.registration_id)
        asked.add_metric((*names, "ok"), one.times - one.in_vain)
        asked.add_metric((*names, "failed"), one.in_vain)
        seconds.add_metric(names, one.seconds)
        resting.add_metric(names, one.rests)
    yield from (asked, seconds, resting)


def _of_notifications(told: Measures) -> Iterator[Metric]:
    """What is told to subscribers, and what waits."""
    attempts = CounterMetricFamily("kaiteki_notifications", "Attempts to notify", labels=("result",))
    attempts.add_metric(("sent",), told.sent)
    attempts.add_metric(("failed",), told.in_vain)
    yield attempts
    yield CounterMetricFamily(
        "kaiteki_subscriptions_looked_at",
        "Subscriptions asked whether a change concerns them",
        told.looked_at,
    )
    yield GaugeMetricFamily("kaiteki_subscriptions", "Subscriptions of all areas", told.subscriptions)
    yield GaugeMetricFamily(
        "kaiteki_endpoints_pausing", "Endpoints that failed and are left alone", told.pausing
    )
    for name, words, counts in (
        ("waiting", "Notifications that are written down and wait", told.waiting),
        ("dead", "Notifications that could not be sent", told.dead),
    ):
        gauge = GaugeMetricFamily(f"kaiteki_notifications_{name}", words, labels=("area",))
        for area, count in sorted(counts.items()):
            gauge.add_metric((area,), count)
        yield gauge
