"""A seeded, endless customer-service stream of seven shops whose truth is known.

`stream` gives the events of docs/events.md in order of event time, `truth` what
really happened in it: releases, the bot's regression, the incident, and for
each customer question whether it went unanswered and why. The same
`DemoConfig` gives the same stream on every machine: no wall clock, no global
randomness. `kefu-pulse demo`, the benchmarks and the tests feed on it.
The language is in `scenarios/*.yaml`, written for this product.
"""

from __future__ import annotations

from streams.demo.generate import disorder, stream, truth, write_jsonl
from streams.demo.model import DemoConfig, Incident, Regression, Truth, TruthQuestion

__all__ = [
    "DemoConfig",
    "Incident",
    "Regression",
    "Truth",
    "TruthQuestion",
    "disorder",
    "stream",
    "truth",
    "write_jsonl",
]
