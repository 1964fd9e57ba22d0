"""The broker's jars and the Java that runs them: found, or fetched once, or named as missing."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POM = ROOT / "deploy" / "kafka" / "pom.xml"
TARGET = POM.parent / "target"
COMMAND = ("mvn", "-B", "-q", "-f", "deploy/kafka/pom.xml", "dependency:copy-dependencies")
# Kafka 4's broker is compiled for Java 17.
OLDEST_JAVA = 17
DOWNLOAD_SECONDS = 600


class KafkaUnavailable(RuntimeError):
    """This machine cannot run the broker; the message names the next step."""


@functools.cache
def java() -> str:
    """The path of a Java that runs the broker."""
    home = os.environ.get("JAVA_HOME")
    path = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if path is None:
        raise KafkaUnavailable(f"no java {OLDEST_JAVA}+ here; install one: make system-packages")
    said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < OLDEST_JAVA:
        raise KafkaUnavailable(f"{path} is not Java {OLDEST_JAVA} or newer; set JAVA_HOME to one that is")
    return path


def broker_libs() -> Path:
    """The folder of the broker's jars, fetched by Maven where they are absent or another version's."""
    libs, stamp = TARGET / "libs", TARGET / "libs.sha256"
    wanted = hashlib.sha256(POM.read_bytes()).hexdigest()
    TARGET.mkdir(exist_ok=True)
    with _locked(TARGET / "libs.lock"):
        if not libs.is_dir() or not stamp.is_file() or stamp.read_text() != wanted:
            # Two versions on one class path would run as neither.
            shutil.rmtree(libs, ignore_errors=True)
            _fetch()
            stamp.write_text(wanted)
    return libs


def _fetch() -> None:
    typed = " ".join(COMMAND)
    if shutil.which(COMMAND[0]) is None:
        raise KafkaUnavailable(f"no mvn to fetch the broker; make system-packages, or elsewhere: {typed}")
    try:
        done = subprocess.run(
            COMMAND, cwd=ROOT, capture_output=True, text=True, check=False, timeout=DOWNLOAD_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise KafkaUnavailable(f"after {DOWNLOAD_SECONDS} s Maven still downloads; run it: {typed}") from None
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise KafkaUnavailable(f"Maven could not fetch the broker; run it and read why: {typed}\n{said}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
