"""Quality on the development data does not fall: floors a little below what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = {
    ("pii", "recall, strong kinds"): 1.0,
    ("pii, blind", "recall, strong kinds"): 1.0,
    ("pii, blind", "recall, span covered"): 0.92,
    ("sentiment, JD messages", "macro-F1"): 0.9,
    ("sentiment, own messages", "macro-F1"): 0.86,
    ("topics, own messages", "main topic right"): 0.8,
    ("topics, JD messages", "main topic right"): 0.88,
    ("nature, own messages", "macro-F1"): 0.84,
    ("urgency, own messages", "macro-F1"): 0.88,
    ("question, own messages", "F1"): 0.92,
    ("sentiment, held-out corpus", "macro-F1"): 0.76,
    ("topics, held-out corpus", "main topic right"): 0.7,
    ("review polarity, waimai", "macro-F1"): 0.86,
    ("review polarity, online shopping", "macro-F1"): 0.925,
    ("unanswered", "F1"): 0.95,
    ("unanswered reasons", "micro F1"): 0.92,
    ("unanswered, blind", "F1"): 0.79,
    ("unanswered reasons, blind", "micro F1"): 0.7,
    ("unanswered, chats of other hands, unread third", "F1"): 0.88,
    ("unanswered reasons, chats of other hands, unread third", "micro F1"): 0.8,
    ("clusters, golden intents, unseen wordings", "B-cubed F1"): 0.88,
    ("clusters, LCQMC, 1,000 components", "B-cubed F1"): 0.94,
    ("clusters, BQ, labelled pairs", "pair F1"): 0.42,
    ("satisfaction, STC-3 dissatisfied", "AUC"): 0.91,
}


@pytest.mark.slow
def test_no_figure_falls_below_its_floor(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "eval.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.eval", "--json", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(file.read_text(encoding="utf-8"))["figures"]
    found = {(figure["task"], figure["metric"]): figure["value"] for figure in figures}
    low = {key: found.get(key) for key, floor in FLOORS.items() if found.get(key, 0.0) < floor}
    assert not low
