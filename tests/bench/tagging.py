"""Tagging speed of ours and of the naive baseline on the same seeded demo messages, one process.

`python tests/bench/tagging.py MESSAGES` prints messages per CPU second as JSON. Ours
runs as the pipeline runs it: a batch at a time. The three take turns, and the median
round counts, so that a busy machine slows all alike.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent.parent), str(HERE.parent / "eval")]

from baseline import naive_tag  # noqa: E402 - found through the line above

from processors.redact import Redactor  # noqa: E402
from processors.tags import Tagger, TextKind  # noqa: E402
from streams.demo import DemoConfig, stream  # noqa: E402
from streams.language import load_language  # noqa: E402
from streams.tag_weights import load_tag_model  # noqa: E402

START_MS = 1_793_548_800_000
NAIVE_SHARE = 20
"""The baseline gets every so many-th message: it needs no more to show its speed."""
ROUNDS = 5


def main(count: int) -> None:
    """Measure and print."""
    texts = list(messages(count))
    few = texts[::NAIVE_SHARE]
    kinds: list[TextKind] = ["chat"] * len(texts)
    tagger, redactor = Tagger(load_language(), load_tag_model()), Redactor(b"benchmark")
    for text in few[:100]:
        naive_tag(text)
    rounds = [
        (
            rate(lambda batch: tagger.tag_many(batch, kinds), texts),
            rate(lambda batch: tagger.tag_many(list(map(redactor.redact, batch)), kinds), texts),
            rate(lambda batch: [naive_tag(text) for text in batch], few),
        )
        for _ in range(ROUNDS)
    ]
    ours, masked, naive = (statistics.median(column) for column in zip(*rounds, strict=True))
    result = {"messages": len(texts), "share": NAIVE_SHARE}
    print(json.dumps(result | {"ours": ours, "ours_masked": masked, "naive": naive}))


def messages(count: int) -> Iterator[str]:
    """The first `count` customer texts of the demo."""
    for event in stream(DemoConfig(start_ms=START_MS)):
        if event.get("text") and event.get("sender", "customer") == "customer":
            yield event["text"]
            count -= 1
        if count <= 0:
            return


def rate(function: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """Texts per second of this process's processor time."""
    start = time.process_time()
    function(texts)
    return len(texts) / (time.process_time() - start)


if __name__ == "__main__":
    main(int(sys.argv[1]))
