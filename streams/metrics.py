"""Prometheus metrics of a running process, on a registry of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

STAGES = ("read", "decode", "dedupe", "tag", "judge", "insert", "rollup", "questions")
RELOADS = ("ok", "refused")
OUTCOMES = ("stored", "refused")
_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """received = stored + duplicate + dead-lettered, per source; the tests hold it to that."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        source = ["source"]
        self.received = self._counter("events_received", "Records read from a source", source)
        self.stored = self._counter("events_stored", "Events stored as facts", source)
        self.duplicates = self._counter(
            "events_duplicate", "Events dropped because their id is known", source
        )
        self.dead_letters = self._counter(
            "events_dead_lettered", "Records that could not be taken", ["source", "reason"]
        )
        self.judging_failed = self._counter(
            "judging_failed", "Conversations that a defect kept from being judged", []
        )
        self.language_reloads = self._counter(
            "language_reloads", "Changes of a trainer's own words, by outcome", ["outcome"]
        )
        for outcome in RELOADS:
            self.language_reloads.labels(outcome)
        self.releases = self._counter("releases", "Releases told over their topic, by outcome", ["outcome"])
        for outcome in OUTCOMES:
            self.releases.labels(outcome)
        self.rerouted = self._counter("kafka_rerouted", "Events passed on to the partition of their key", [])
        self.rebalances = self._counter("rebalances", "Times that partitions were taken away", [])
        self.sink_retries = self._counter("sink_retries", "Commits and reads that are tried again", [])
        self.offset_commits_failed = self._counter(
            "kafka_offset_commits_failed", "Offsets that Kafka did not note; checkpoints are stored", []
        )
        self.kafka_lag = Gauge(
            "kefu_pulse_kafka_lag_records",
            "Records of a partition not yet read",
            ["topic", "partition"],
            registry=self.registry,
        )
        self.requests = self._counter("ingest_requests", "Ingest requests by HTTP status", ["status"])
        self.backlog = self._gauge("spool_backlog_events", "Acknowledged events not yet in the warehouse")
        self.lag = self._gauge("event_time_lag_seconds", "Wall clock minus the newest event time")
        self.watermark = self._gauge("watermark_seconds", "Newest event time, epoch seconds")
        self.last_commit = self._gauge("last_commit_seconds", "Wall clock of the last commit, epoch seconds")
        self.open_conversations = self._gauge("conversations_held", "Conversations held in memory")
        self.stage_seconds = Histogram(
            "kefu_pulse_stage_seconds",
            "Time a batch spends in a stage",
            ["stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        for stage in STAGES:
            self.stage_seconds.labels(stage)

    def _counter(self, name: str, text: str, labels: list[str]) -> Counter:
        return Counter(f"kefu_pulse_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"kefu_pulse_{name}", text, registry=self.registry)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body as one batch's stay in stage `name`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stage_seconds.labels(name).observe(time.perf_counter() - start)
