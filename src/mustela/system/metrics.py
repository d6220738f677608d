"""What a server process has counted, in the words of Prometheus.

Numbers of this process carry the label ``process`` (its id): of several server processes another
one may answer each time. Numbers of the catalog and of its jobs are the same whoever answers.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

import mustela
from mustela.collection import CollectionStats, Services
from mustela.http.request_figures import BOUNDS, RequestFigures
from mustela.jobs.working import WorkingQueue
from mustela.system.checkup import STATES, ServiceStatus
from mustela.system.queue_figures import QueueFigures

#: What is counted of the cache that several servers share.
SHARED = {
    "hits": "Answers found in the shared cache.",
    "misses": "Answers that were not in it.",
    "errors": "Questions that it did not answer rightly, or in time.",
    "stored": "Answers handed over to it.",
    "not_stored": "Answers that were not: too large, too many at once, no cache.",
}


class Shared(NamedTuple):
    """What is read for one exposition: the same in every server process."""

    collections: Mapping[str, CollectionStats]
    queue: QueueFigures
    waiting_seconds: float
    last_event: int
    services: Sequence[ServiceStatus]


class Metrics(Collector):
    """The metrics of one server, in a registry of its own. Others may register more there."""

    def __init__(self, services: Services, requests: RequestFigures) -> None:
        self._services = services
        self._requests = requests
        self._process = str(os.getpid())
        self._of_process = ProcessCollector(registry=None)
        self._shared: Shared | None = None
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked at registration: the store is not open yet."""
        return ()

    def exposition(self, shared: Shared) -> bytes:
        """Everything, as text."""
        self._shared = shared
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """Every family of metrics."""
        yield _gauge(
            "mustela_build_info",
            "The version that runs.",
            ("version", "python"),
            {(mustela.__version__, platform.python_version()): 1},
        )
        yield from self._own()
        for family in self._of_process.collect():
            family.samples = [
                sample._replace(labels={"process": self._process, **sample.labels})
                for sample in family.samples
            ]
            yield family
        yield from _requests(self._requests, self._process)
        if self._shared is not None:
            yield from _of_jobs(self._shared)
            yield from _of_catalog(self._shared)

    def _own(self) -> Iterator[Metric]:
        answers, queue = self._services.answers, self._services.queue
        gauges = {
            ("http_requests_active", "Requests being answered."): self._requests.active(),
            ("http_streams_active", "Streams of events that are open."): self._requests.streaming(),
            ("answers_kept", "Answers kept to be given again."): len(answers),
            ("answers_kept_bytes", "Memory that they take."): answers.bytes,
            ("answers_kept_limit_bytes", "Memory that they may take."): answers.limit,
        }
        counters: dict[tuple[str, str], float] = {
            ("answers_hits", "Requests answered with a kept answer."): answers.hits,
            ("answers_misses", "Answers that were not kept, or not any more."): answers.misses,
        }
        if (shared := answers.shared) is not None:
            gauges["shared_answers_asked", "1 while the shared cache is asked."] = shared.asked
            for what, text in SHARED.items():
                counters[f"shared_answers_{what}", text] = getattr(shared.figures, what)
        if isinstance(queue, WorkingQueue):
            gauges["queue_slots", "Jobs that may run at once."] = queue.slots
            gauges["queue_active", "Jobs that run."] = queue.active
        written = self._services.store.figures()
        if written is not None:
            counters["store_units", "Units of work written in groups."] = written.units
            counters["store_commits", "Commits of such groups."] = written.commits
            counters["store_commit_seconds", "Time they took."] = written.commit_seconds
        for kind, figures in ((GaugeMetricFamily, gauges), (CounterMetricFamily, counters)):
            for (name, text), value in figures.items():
                family = kind(f"mustela_{name}", text, labels=["process"])
                family.add_metric([self._process], value)
                yield family


def _requests(figures: RequestFigures, process: str) -> Iterator[Metric]:
    counted = CounterMetricFamily(
        "mustela_http_requests",
        "Requests, by the template of their route; status 0: the client went away.",
        labels=["process", "method", "route", "status"],
    )
    durations: dict[tuple[str, str], tuple[list[int], float]] = {}
    for one in figures.series():
        counted.add_metric([process, one.method, one.route, str(one.status)], sum(one.counts))
        counts, seconds = durations.get((one.method, one.route), ([0] * len(one.counts), 0.0))
        durations[one.method, one.route] = (
            [a + b for a, b in zip(counts, one.counts, strict=True)],
            seconds + one.seconds,
        )
    yield counted
    family = HistogramMetricFamily(
        "mustela_http_request_duration_seconds",
        "How long requests took, to the last byte.",
        labels=["process", "method", "route"],
    )
    bounds = [*map(str, BOUNDS), "+Inf"]
    for (method, route), (counts, seconds) in durations.items():
        buckets = list(zip(bounds, map(float, accumulate(counts)), strict=True))
        family.add_metric([process, method, route], buckets, sum_value=seconds)
    yield family


def _of_jobs(shared: Shared) -> Iterator[Metric]:
    queue = shared.queue
    statuses: dict[tuple[str, ...], float] = {
        (status,): number for status, number in queue.statuses.items()
    }
    yield _gauge("mustela_jobs", "Jobs, counted to 10,001.", ("status",), statuses)
    yield _gauge("mustela_jobs_kept", "All jobs that are kept.", (), {(): queue.total})
    yield _gauge(
        "mustela_jobs_oldest_waiting_seconds",
        "How long the oldest job that could run has waited.",
        (),
        {(): shared.waiting_seconds},
    )


def _of_catalog(shared: Shared) -> Iterator[Metric]:
    items: dict[tuple[str, ...], float] = {}
    sizes: dict[tuple[str, ...], float] = {}
    for name, stats in shared.collections.items():
        for status, number in (stats.by_status or {"present": stats.count}).items():
            items[name, status] = number
        for status, size in stats.bytes_by_status.items():
            sizes[name, status] = size
    labels = ("collection", "status")
    yield _gauge("mustela_items", "Items of a collection.", labels, items)
    yield _gauge("mustela_items_bytes", "Bytes of their files.", labels, sizes)
    events = CounterMetricFamily("mustela_events", "Changes announced since the first.")
    events.add_metric([], shared.last_event)
    yield events
    yield _gauge(
        "mustela_service_state",
        "1 for the state that a part of the server, or a listed service, is in.",
        ("service", "state"),
        {
            (one.name, state): float(one.state == state)
            for one in shared.services
            for state in STATES
        },
    )


def _gauge(
    name: str, text: str, labels: Sequence[str], values: Mapping[tuple[str, ...], float]
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=list(labels))
    for of, value in values.items():
        family.add_metric(list(of), value)
    return family
