"""Tagging speed of ours and of the naive baseline on the same seeded demo messages, one process.

`python tests/bench/tagging.py MESSAGES` prints messages a second as JSON. The two
take turns, and the median round counts, so that a busy machine slows both alike.
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
from processors.tags import Tagger  # noqa: E402
from streams.demo import DemoConfig, stream  # noqa: E402
from streams.language import load_language  # noqa: E402

START_MS = 1_793_548_800_000
NAIVE_SHARE = 20
"""The baseline gets every so many-th message: it needs no more to show its speed."""
ROUNDS = 3


def main() -> None:
    """Measure and print."""
    texts = list(messages(int(sys.argv[1])))
    few = texts[::NAIVE_SHARE]
    tagger, redactor = Tagger(load_language()), Redactor(b"benchmark")
    for text in few[:100]:
        tagger.tag(text)
        naive_tag(text)
    rounds = [
        (
            rate(tagger.tag, texts),
            rate(lambda text: tagger.tag(redactor.redact(text)), texts),
            rate(naive_tag, few),
        )
        for _ in range(ROUNDS)
    ]
    ours, masked, naive = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(json.dumps({"messages": len(texts), "ours": ours, "ours_masked": masked, "naive": naive}))


def messages(count: int) -> Iterator[str]:
    """The first `count` customer texts of the demo."""
    for event in stream(DemoConfig(start_ms=START_MS)):
        if event.get("text") and event.get("sender", "customer") == "customer":
            yield event["text"]
            count -= 1
        if count <= 0:
            return


def rate(function: Callable[[str], object], texts: Sequence[str]) -> float:
    """Calls a second."""
    start = time.perf_counter()
    for text in texts:
        function(text)
    return len(texts) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
