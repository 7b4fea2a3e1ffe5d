"""The counts of a node in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import monotonic

import msgspec
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from kaiteki.api.exchange import Reply
from kaiteki.api.tally import Tally
from kaiteki.broker.inquiring import SourceMeasure
from kaiteki.broker.notifying import CONSUMER, Measures
from kaiteki.ports.measures import DatabaseMeasures, StoreMeasures


class Figures(msgspec.Struct, frozen=True):
    """What the parts of a node say of themselves at one moment.

    `set_aside` is the work that waits for people, by area, `told` that of notifying (neither is known while the store is away),
    `sources` how asking others went.
    """

    set_aside: Mapping[str, int]
    told: Measures | None
    sources: Sequence[SourceMeasure]
    store: StoreMeasures


class Metrics(Collector):
    """Shows what a tally has counted, beside the figures of the parts."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._figures: Figures | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def collect(self) -> Iterator[Metric]:
        """The counters as metrics, for the registry."""
        yield from _of_answers(self._tally)
        if self._figures is not None:
            waiting = GaugeMetricFamily(
                "kaiteki_set_aside", "Work of reactions and jobs that waits for people", labels=("area",)
            )
            for area, count in sorted(self._figures.set_aside.items()):
                waiting.add_metric((area,), count)
            yield waiting
            told = self._figures.told
            if told is not None:
                yield from _of_notifications(told)
            yield from _of_sources(self._figures.sources)
            yield _of_memories({**self._tally.remembered(), **self._figures.store.remembered})
            yield from _of_store(self._figures.store, told is not None and told.subscriptions > 0)

    def exposition(self, figures: Figures) -> Reply:
        """All metrics of the process as one page."""
        self._figures = figures
        return Reply(200, [("content-type", CONTENT_TYPE_LATEST)], generate_latest(self._registry))


def _of_answers(tally: Tally) -> Iterator[Metric]:
    """Answers over HTTP, and the forms of entities that are kept for them."""
    answers = CounterMetricFamily(
        "kaiteki_answers", "Answers over HTTP", labels=("surface", "method", "status")
    )
    for (surface, method, status), count in sorted(tally.answers.items()):
        answers.add_metric((surface, method, str(status)), count)
    yield answers
    forms = tally.forms
    yield GaugeMetricFamily("kaiteki_forms", "Rendered entities that are kept", forms.kept)
    yield GaugeMetricFamily("kaiteki_forms_bytes", "What rendered entities take in memory", forms.size_bytes)
    yield CounterMetricFamily("kaiteki_forms_made", "Entities rendered because no form was kept", forms.made)
    yield CounterMetricFamily("kaiteki_forms_let_go", "Rendered entities that had to make room", forms.let_go)
    yield GaugeMetricFamily("kaiteki_up_seconds", "Time since the start", monotonic() - tally.started_s)


def _of_memories(remembered: Mapping[str, int]) -> Metric:
    """What stands in each memory beside the forms; each of them has its limit."""
    gauge = GaugeMetricFamily(
        "kaiteki_remembered", "Things that are remembered instead of read or asked again", labels=("what",)
    )
    for what, count in sorted(remembered.items()):
        gauge.add_metric((what,), count)
    return gauge


def _of_store(store: StoreMeasures, notifies: bool) -> Iterator[Metric]:
    """Commits, packing, the event log and who reads it; nobody reads it to notify as long as nobody subscribes."""
    for name, words, count in (
        ("commits", "Groups of decisions that were committed", store.groups),
        ("decisions", "Decisions in these groups", store.decisions),
        ("staging_seconds", "Time for deciding and writing before commits", store.staging_s),
        ("commit_seconds", "Time for commits, with writing to disk", store.commit_s),
        ("blocks", "Blocks that measurements were packed into", store.blocks),
        ("packing_seconds", "Time for packing", store.packing_s),
    ):
        yield CounterMetricFamily(f"kaiteki_store_{name}", words, count)
    yield GaugeMetricFamily(
        "kaiteki_store_commit_seconds_max", "The longest commit since the start", store.commit_max_s
    )
    yield GaugeMetricFamily("kaiteki_store_waiting", "Decisions that wait for their group", store.waiting)
    yield GaugeMetricFamily("kaiteki_events", "The number of the newest event", store.events)
    behind = GaugeMetricFamily(
        "kaiteki_events_behind", "Events that a consumer has not noted as read", labels=("consumer",)
    )
    for consumer, count in sorted(store.behind.items()):
        if notifies or consumer != CONSUMER:
            behind.add_metric((consumer,), count)
    yield behind
    if store.database is not None:
        yield from of_database(store.database)


def of_database(told: DatabaseMeasures) -> Iterator[Metric]:
    """Connections, waiting and waking of a node whose store is behind a network, and the state of the server."""
    for name, words, count in (
        ("lost", "Connections that were lost, and attempts to get one in vain", told.lost),
        ("again", "Groups of decisions that were tried again because of that", told.again),
        ("connection_seconds", "Time that tasks have waited for connections", told.waited_s),
        ("turn_seconds", "Time that groups have waited for other nodes that wrote", told.turn_s),
        ("wakes", "Notices of newest events that were heard", told.wakes),
        ("late", "How often news was found by asking, because no notice had come", told.late),
    ):
        yield CounterMetricFamily(f"kaiteki_database_{name}", words, count)
    for name, words, count in (
        ("away", "Whether the database cannot be reached", told.away),
        ("listening", "Whether this node hears at once of what others keep", told.listening),
        ("connections_busy", "Connections that are in use", told.connections_busy),
        ("connections_waiting", "Tasks that wait for a connection", told.connections_waiting),
        ("transaction_seconds", "How long the oldest transaction is open", told.transaction_s),
        ("lock_waits", "Sessions that wait for locks", told.lock_waits),
        ("dead_rows", "Rows that are no more and not yet cleared away", told.dead_rows),
    ):
        yield GaugeMetricFamily(f"kaiteki_database_{name}", words, count)


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
    yield GaugeMetricFamily("kaiteki_endpoints", "Endpoints that were sent to lately", told.endpoints)
    yield GaugeMetricFamily(
        "kaiteki_notifications_in_memory", "Notifications that wait in front of endpoints", told.in_memory
    )
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
