"""Files and tools that the tests of the deployments share."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.settings import SETTINGS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
ENVIRONMENT = {name for setting in SETTINGS for name in (setting.env, f"{setting.env}_FILE")}
DEFAULTS = {setting.env: setting.default for setting in SETTINGS}


def documents(path: Path) -> list[Any]:
    """The documents of a YAML file."""
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def run(*command: str | Path) -> str:
    """What a checker prints; the test fails with it when the checker is not content."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def packaged(name: str) -> str:
    """A tool that `make system-packages` installs; skipped aloud without it, or failed where CI=true."""
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed: run make system-packages"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def optional(name: str) -> str:
    """A tool that no package of the distribution brings; skipped aloud without it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def values(node: Any, key: str) -> Iterator[Any]:
    """All values of `key`, however deep in `node`."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(node, list):
        for item in node:
            yield from values(item, key)
