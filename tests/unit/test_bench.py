"""The benchmark runs and prints what it promises; how fast is for `make bench` to say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.slow
def test_prints_every_line_for_tiny_sizes(tmp_path: Path) -> None:
    """One run of all parts: the tables are there, and the figures are those of the sizes asked for."""
    figures = tmp_path / "figures.json"
    command = ["-m", "tests.bench", "--events", "60", "120", "--messages", "40", "--json", str(figures)]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for line in (
        "all tags",
        "personal data masked",
        "events per CPU second",
        "peak memory",
        "2 times the events",
    ):
        assert line in done.stdout
    result = json.loads(figures.read_text(encoding="utf-8"))
    assert [row["events"] for row in result["growth"]] == [60, 120]
    assert all(row["peak"] >= row["halfway"] > 0 for row in result["growth"])
    assert result["tagging"]["messages"] == 40
    assert result["naive"]["events"] == 60
