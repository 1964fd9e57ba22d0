"""The checks of `doctor` on Kafka: brokers, topics, clocks, lag."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from streams.commands.checks import CLOCK_DRIFT_MS, Check, guarded
from streams.errors import KefuError
from streams.kafka.admin import Wish, broker_versions, look
from streams.kafka.client import Admin, admin_client, worded
from streams.kafka.lag import Progress, committed, find_group, lag, newest_records
from streams.runtimes.clock import wall_clock_ms
from streams.settings import Settings
from streams.sources.topics import group_of


def kafka_checks(settings: Settings, stored: Mapping[str, Progress] | None) -> Iterator[Check]:
    """The checks, against what is `stored` by source; None when the warehouse does not say."""
    prefix = settings.topic_prefix
    checks: dict[str, Callable[[Admin], Check]] = {
        "kafka": _brokers,
        "topics": partial(_topics, prefix=prefix),
        "records": partial(_clock, prefix=prefix),
        "lag": partial(_lag, prefix=prefix, stored=stored),
    }
    try:
        with admin_client(settings.kafka) as client:
            for name, check in checks.items():
                yield guarded(name, partial(_worded, settings.kafka, check, client))
    except KefuError as error:
        yield Check("kafka", False, settings.kafka, str(error))


def _worded(brokers: str, check: Callable[[Admin], Check], client: Admin) -> Check:
    with worded(brokers):
        return check(client)


def _brokers(client: Admin) -> Check:
    versions = broker_versions(client)
    return Check("kafka", True, f"brokers {len(versions)}, Kafka {', '.join(sorted(set(versions)))}")


def _topics(client: Admin, prefix: str) -> Check:
    state = look(client, prefix, Wish())
    wrong = [f"{name}: {what}" for name, differs in state.differs.items() for what in differs]
    found = f"{len(state.found)} of {len(state.differs)} as they should be"
    if not wrong:
        return Check("topics", True, found)
    return Check(
        "topics", False, "; ".join(wrong), "kefu-pulse topics describe; topics create for what is missing"
    )


def _clock(client: Admin, prefix: str) -> Check:
    """A record from the future has a wrong clock, and retention goes by it; an old one is a quiet shop's."""
    newest = newest_records(client, prefix)
    if not newest:
        return Check("records", True, "none yet")
    now = wall_clock_ms()
    found = ", ".join(f"{topic} {(now - at) / 1000:.0f} s ago" for topic, at in newest.items())
    ahead = [topic for topic, at in newest.items() if at - now > CLOCK_DRIFT_MS]
    advice = "set the clocks of those who send by NTP; retention goes by them" if ahead else ""
    return Check("records", not ahead, found, advice)


def _lag(client: Admin, prefix: str, stored: Mapping[str, Progress] | None) -> Check:
    group = find_group(client, group_of(prefix))
    rows = lag(client, prefix, committed(client, prefix) if stored is None else stored, group)
    waiting, lost = sum(row.lag for row in rows), sum(row.lost for row in rows)
    found = f"lag={waiting} lost={lost} group={group_of(prefix)} {group.state} members={group.members}"
    if lost:
        return Check(
            "lag", False, found, "records expired before they were stored: keep more days, send them again"
        )
    if waiting and not group.members:
        return Check("lag", False, found, "records wait and nobody reads them: start a worker")
    return Check("lag", True, found)
