"""Connections to the brokers, and what goes wrong with them in one line."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailedError,
    UnsupportedVersionError,
)

from streams.errors import BrokerError, SettingsError
from streams.sources.topics import LARGEST_RECORD

KNOCK_SECONDS: Final = 3.0
"""How long a broker may take to accept a connection."""
BOOTSTRAP_MS: Final = 10_000
REQUEST_MS: Final = 15_000
CLOSE_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 15.0
"""How long a cluster may take to get over a lost broker, or to find the coordinator of a group."""
_LINGER_MS: Final = 20
_BATCH_BYTES: Final = 256 << 10

T = TypeVar("T")
P = ParamSpec("P")
Admin: TypeAlias = KafkaAdminClient

# The driver logs what it raises as well; one line a failure is enough.
logging.getLogger("kafka").addHandler(logging.NullHandler())


def named_brokers(brokers: str) -> str:
    """`brokers` as the settings have them; SettingsError when there are none."""
    if not brokers:
        raise SettingsError(
            "没有 Kafka 地址 · no Kafka brokers: give --kafka host:9092 or set KEFU_PULSE_KAFKA"
        )
    return brokers


@contextmanager
def admin_client(brokers: str) -> Iterator[Admin]:
    """An administrator's connection. Raises BrokerError for whatever the brokers refuse, in the body too."""
    with worded(brokers):
        _knock(brokers)
        client = KafkaAdminClient(
            bootstrap_servers=brokers.split(","),
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            request_timeout_ms=REQUEST_MS,
        )
        try:
            yield client
        finally:
            _close(client.close)


@contextmanager
def producer_client(brokers: str, delivery_ms: int) -> Iterator[KafkaProducer]:
    """A producer whose every record is acknowledged by all in-sync replicas, or fails after `delivery_ms`."""
    with worded(brokers):
        _knock(brokers)
        producer = KafkaProducer(
            bootstrap_servers=brokers.split(","),
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=delivery_ms,
            request_timeout_ms=min(REQUEST_MS, delivery_ms - _LINGER_MS),
            max_block_ms=delivery_ms,
            linger_ms=_LINGER_MS,
            batch_size=_BATCH_BYTES,
            max_request_size=LARGEST_RECORD,
            # Any consumer unpacks gzip; lz4, zstd and snappy want libraries that not everybody has.
            compression_type="gzip",
            # A topic that a broker makes up has one partition and forgets after a week.
            allow_auto_create_topics=False,
        )
        patience = CLOSE_SECONDS
        try:
            yield producer
        except BaseException:
            patience = 0.0
            raise
        finally:
            _close(lambda: _end(producer, patience))


def ask(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `call` gives, asked again for a while where the next broker may know better.

    Just after a broker died others still name it, and a fresh cluster has no coordinator of groups yet.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return call(*args, **kwargs)
        except KafkaError as error:
            if not error.retriable or time.monotonic() > deadline:
                raise
            time.sleep(0.3)


@contextmanager
def worded(brokers: str) -> Iterator[None]:
    """Turn the driver's errors into a BrokerError each, which says what to do."""
    try:
        yield
    except KafkaError as error:
        raise BrokerError(f"Kafka {brokers}: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """What an error of the driver means, and what to do about it."""
    if isinstance(error, KafkaTimeoutError) and "bootstrap" in str(error):
        return (
            "端口通了，但没有作 Kafka 应答 · it accepts connections and does not answer as Kafka: "
            "is it the plaintext listener (no TLS or SASL), and is the broker healthy?"
        )
    words = next((words for kind, words in _REASONS.items() if isinstance(error, kind)), "{}")
    return words.format(_short(error))


_REASONS: Final[dict[type[KafkaError], str]] = {
    SaslAuthenticationFailedError: "认证失败 · authentication failed ({}): check the listener's credentials",
    AuthorizationError: "没有权限 · not authorized ({}): grant this client the ACL",
    UnsupportedVersionError: "版本太旧 · the broker is too old ({}): Kafka 2.4 or newer is needed",
    MessageSizeTooLargeError: "记录太大 · a record is too large for its topic: kefu-pulse topics describe",
    KafkaTimeoutError: "没有及时应答 · no answer in time: are the brokers healthy? try kefu-pulse doctor",
}


def _short(error: BaseException) -> str:
    """The first words of an error without the request that it quotes."""
    text = str(error).partition("Request '")[0].strip(" :") or type(error).__name__
    return " ".join(text.split())[:200]


def _knock(brokers: str) -> None:
    """Raise BrokerError unless one broker accepts a connection: the driver would leave a thread behind."""
    problems = []
    for broker in brokers.split(","):
        host, _, port = broker.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_SECONDS).close()
        except (OSError, OverflowError) as error:
            problems.append(f"{broker} ({getattr(error, 'strerror', None) or error})")
        else:
            return
    raise BrokerError(
        f"连不上 Kafka · cannot reach Kafka at {', '.join(problems)}: is it running, is the address right?"
    )


def _end(producer: KafkaProducer, seconds: float) -> None:
    try:
        producer.close(timeout=seconds)
    except KafkaTimeoutError:
        # It stopped half-way, and at exit would wait again and print why.
        producer._closed = True


def _close(close: Callable[[], Any]) -> None:
    """Close on a thread of its own: with a broker that hangs, closing may wait for ever."""

    def quietly() -> None:
        try:
            close()
        except KafkaError:
            logging.getLogger("kafka").debug("closing failed", exc_info=True)

    closing = threading.Thread(target=quietly, daemon=True)
    closing.start()
    closing.join(CLOSE_SECONDS + 1)
