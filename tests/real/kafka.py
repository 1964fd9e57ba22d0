"""Apache Kafka itself for a test: KRaft nodes on loopback that can be killed, paused and restarted.

    with Cluster.start(tmp_path, brokers=3) as cluster:
        KafkaProducer(bootstrap_servers=cluster.addresses, acks="all")

Nodes are numbered from 1. Each is broker and controller in one; three of them
are a quorum that loses one and goes on.
"""

from __future__ import annotations

import atexit
import contextlib
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.real.jars import KafkaUnavailable, broker_libs, java

__all__ = ["Cluster", "KafkaUnavailable", "broker_libs", "java"]

HOST = "127.0.0.1"
# The tool wants 16 bytes in URL-safe base64; the name of a test's cluster tells nothing.
CLUSTER_ID = "a2VmdS1wdWxzZS10ZXN0cw"
# Below Linux's ephemeral range: else a client that calls a killed broker may be given the
# broker's own port, speak to itself, and keep the broker from coming back.
PORTS = range(15_000, 30_000)
READY_SECONDS = 60.0
# A combined node that lost its quorum waits minutes for a controller before it stops.
STOP_SECONDS = 3.0
# The kernel counts the thread that started a child as its parent: all start from one that stays,
# so that a test may restart a broker from a thread of its own.
STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka-starter")
# A test's broker starts often and lives briefly: quick compilation, small heap.
JVM = (
    "-Xms64m",
    "-Xmx320m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
    # Each restart would print four hundred settings, several times.
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn",
)


@dataclass(slots=True)
class Node:
    """One broker and controller: where it listens, where it keeps its data, and its process."""

    number: int
    folder: Path
    port: int
    controller_port: int
    process: subprocess.Popen[bytes] | None = None
    paused: bool = False

    @property
    def address(self) -> str:
        """The address that clients use."""
        return f"{HOST}:{self.port}"

    @property
    def settings(self) -> Path:
        """Its properties file."""
        return self.folder / "server.properties"

    @property
    def log(self) -> Path:
        """What it prints, restarts appended."""
        return self.folder / "broker.log"

    @property
    def running(self) -> bool:
        """Whether its process lives; a paused one does."""
        return self.process is not None and self.process.poll() is None


class Cluster:
    """A running Kafka cluster; stopped at the end of `with`, and with the process that started it."""

    def __init__(self, folder: Path, nodes: list[Node], config: dict[str, object]) -> None:
        self.folder = folder
        self.nodes = nodes
        self._config = config
        self._class_path = ":".join(map(str, sorted(broker_libs().glob("*.jar"))))

    @classmethod
    def start(cls, folder: Path, brokers: int = 1, **config: object) -> Self:
        """Format and start `brokers` nodes in `folder`, and wait until they are ready.

        A keyword is a broker setting with `_` for `.`: `num_partitions=4`.
        """
        ports = _free_ports(2 * brokers)
        nodes = [
            Node(number, folder / f"node-{number}", ports.pop(), ports.pop())
            for number in range(1, brokers + 1)
        ]
        cluster = cls(folder, nodes, {name.replace("_", "."): value for name, value in config.items()})
        atexit.register(cluster.stop)
        try:
            cluster._format()
            for node in nodes:
                cluster._launch(node)
            cluster.wait_ready()
        except BaseException:
            cluster.stop()
            raise
        return cluster

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def addresses(self) -> str:
        """What a client takes as its bootstrap servers, killed nodes included."""
        return ",".join(node.address for node in self.nodes)

    def node(self, number: int) -> Node:
        """Node `number`, from 1."""
        return self.nodes[number - 1]

    def kill(self, number: int) -> None:
        """SIGKILL: the node has no time to flush, to hand over or to say goodbye."""
        process = self._process(number)
        process.kill()
        process.wait()
        self.node(number).paused = False

    def pause(self, number: int) -> None:
        """SIGSTOP: connections stay open and nobody answers, as on a machine that hangs."""
        self._process(number).send_signal(signal.SIGSTOP)
        self.node(number).paused = True

    def resume(self, number: int) -> None:
        """SIGCONT after `pause`."""
        self._process(number).send_signal(signal.SIGCONT)
        self.node(number).paused = False

    def restart(self, number: int, wait: bool = True) -> None:
        """Start the node again on its data and ports, killing it first where it runs."""
        if self.node(number).running:
            self.kill(number)
        self._launch(self.node(number))
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Return when each node that runs answers, and counts all that run as in service."""
        deadline = time.monotonic() + seconds
        awake = [node for node in self.nodes if node.running and not node.paused]
        wanted = {node.number for node in awake}
        for node in awake:
            while not wanted <= _in_service(node):
                if not node.running or time.monotonic() > deadline:
                    raise RuntimeError(f"Kafka node {node.number} is not ready; it said:\n{_tail(node.log)}")
                time.sleep(0.05)

    def stop(self) -> None:
        """SIGTERM to all, SIGKILL to what is left; a second call does nothing."""
        running = [node for node in self.nodes if node.running]
        for node in running:
            if node.paused:
                self.resume(node.number)
            self._process(node.number).terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for node in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process(node.number).wait(max(0.0, deadline - time.monotonic()))
        for node in running:
            if node.running:
                self.kill(node.number)
        atexit.unregister(self.stop)

    def _process(self, number: int) -> subprocess.Popen[bytes]:
        process = self.node(number).process
        if process is None:
            raise RuntimeError(f"Kafka node {number} was not started")
        return process

    def _format(self) -> None:
        """Write each node's settings and format its storage, all at once."""
        tools = []
        for node in self.nodes:
            node.folder.mkdir(parents=True)
            settings = {**_settings(node, self.nodes), **self._config}
            node.settings.write_text("".join(f"{name}={_text(value)}\n" for name, value in settings.items()))
            tools.append(self._spawn(node, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"))
        for node, tool in zip(self.nodes, tools, strict=True):
            if tool.wait():
                raise RuntimeError(f"Kafka's storage was not formatted; it said:\n{_tail(node.log)}")

    def _launch(self, node: Node) -> None:
        node.process = self._spawn(node, "kafka.Kafka")
        node.paused = False

    def _spawn(self, node: Node, *main: str) -> subprocess.Popen[bytes]:
        """Run a main class of Kafka's on the node's settings, its words appended to the node's log."""
        command = [*_dies_with_parent(), java(), *JVM, "-cp", self._class_path, *main, str(node.settings)]
        with node.log.open("ab") as log:
            return STARTER.submit(
                subprocess.Popen,
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ).result()


def _settings(node: Node, nodes: list[Node]) -> dict[str, object]:
    """The node's settings: a static quorum, as many copies as nodes (at most 3), small and quick."""
    copies = min(3, len(nodes))
    in_sync = min(2, copies)
    return {
        "process.roles": "broker,controller",
        "node.id": node.number,
        "controller.quorum.voters": ",".join(f"{n.number}@{HOST}:{n.controller_port}" for n in nodes),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listeners": f"PLAINTEXT://{node.address},CONTROLLER://{HOST}:{node.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{node.address}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": node.folder / "data",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1_000,
        # A killed node is missed, and may come back, after this long; 9 s unless told.
        "broker.session.timeout.ms": 3_000,
        "broker.heartbeat.interval.ms": 500,
        # A third of the heap unless told.
        "log.cleaner.dedupe.buffer.size": 2_097_152,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, held together so that none is given twice."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        for port in random.sample(PORTS, len(PORTS)):
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind((HOST, port))
                found.append(port)
            if len(found) == count:
                return found
    raise RuntimeError(f"no {count} free ports in {PORTS}")


def _in_service(node: Node) -> set[int]:
    """The numbers of the brokers that `node` counts as in service; none while it is silent."""
    with contextlib.suppress(OSError, KafkaError):
        # A client that cannot connect leaves its thread behind: knock first.
        socket.create_connection((HOST, node.port), timeout=1).close()
        with contextlib.closing(
            KafkaAdminClient(
                bootstrap_servers=node.address, bootstrap_timeout_ms=2_000, request_timeout_ms=2_000
            )
        ) as admin:
            brokers: Iterable[dict[str, Any]] = admin.describe_cluster()["brokers"]
            return {broker["broker_id"] for broker in brokers if not broker.get("is_fenced")}
    return set()


def _tail(path: Path, size: int = 3_000) -> str:
    return path.read_text(errors="replace")[-size:] if path.is_file() else f"nothing in {path}"


def _dies_with_parent() -> list[str]:
    """A prefix that has the kernel kill the child with us, where util-linux is at hand."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
