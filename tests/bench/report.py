"""Prints the figures of `python -m tests.bench` as tables."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)

TAGGING_AIM = 30.0
EVENTS_AIM = 8_000.0
GROWTH_AIM = 1.25
"""Peak memory of the largest import over that of the one a tenth of its size: flat, but for noise."""


def report(result: dict[str, Any]) -> None:
    """Print everything."""
    _tagging(result["tagging"])
    _end_to_end(result["growth"][-1], result["naive"])
    _growth(result["growth"])
    console.print(f"\nload average before {result['load'][0]:.1f}, after {result['load'][1]:.1f}")


def _tagging(rates: dict[str, float]) -> None:
    table = _table("", "ours", "baseline", "ratio", "aim")
    for name, key in (("all tags", "ours"), ("personal data masked, all tags", "ours_masked")):
        ratio = rates[key] / rates["naive"]
        table.add_row(name, *_numbers(rates[key], rates["naive"]), *_judged(ratio, TAGGING_AIM, " ×"))
    _print(
        "tagging: messages per CPU second of one core",
        table,
        f"Ours: {rates['messages']:,} demo messages. Baseline: jieba.lcut, keyword lists and SnowNLP's",
        f"sentiment; same core, every {rates['share']}th of the same messages. Neither caches by text.",
    )


def _end_to_end(mine: dict[str, float], naive: dict[str, float]) -> None:
    per_cpu = [row["events"] / row["cpu"] for row in (mine, naive)]
    rates = {"events per second": (mine["rate"], naive["rate"]), "events per CPU second": tuple(per_cpu)}
    table = _table("", "ours", "baseline", "ratio", "aim")
    for name, (ours, theirs) in rates.items():
        _, verdict = _judged(ours, EVENTS_AIM, "/s")
        table.add_row(name, *_numbers(ours, theirs), f"{ours / theirs:.1f} ×", verdict)
    table.add_row("peak memory, MiB", *_numbers(mine["peak"], naive["peak"]), "", "")
    _print(
        "end to end: a file of events into the warehouse, one core, start-up included",
        table,
        f"Ours: `kefu-pulse import` of {mine['events']:,} events. Baseline: the first {naive['events']:,} by",
        "json.loads, the baseline's tags and inserts of 1,000 rows; same core, same embedded engine,",
        "no masking, no verdicts, no duplicates, no recovery.",
    )


def _growth(rows: list[dict[str, float]]) -> None:
    columns = ("events", "seconds", "CPU s", "events/s", "events/CPU s", "MiB halfway", "MiB peak")
    table = _table(*columns)
    for row in rows:
        times = [f"{row[name]:.1f}" for name in ("seconds", "cpu")]
        rates = _numbers(row["rate"], row["events"] / row["cpu"])
        table.add_row(f"{row['events']:,}", *times, *rates, *_numbers(row["halfway"], row["peak"]))
    notes = ["Resident memory of the process, of which about 230 MiB are the engine's code."]
    if len(rows) > 1:
        notes.append(_flatness(*rows[-2:]))
    _print("growth: imports of more and more events, one core", table, *notes)


def _flatness(before: dict[str, float], last: dict[str, float]) -> str:
    ratio = last["peak"] / before["peak"]
    verdict = "met" if ratio <= GROWTH_AIM else "missed"
    events = last["events"] / before["events"]
    return f"{events:.0f} times the events, {ratio:.2f} times the memory (aim ≤ {GROWTH_AIM}: {verdict})"


def _table(*columns: str) -> Table:
    table = Table(*columns)
    for column in table.columns[1 if not columns[0] else 0 :]:
        column.justify = "right"
    return table


def _print(title: str, table: Table, *notes: str) -> None:
    console.print(f"\n{title}", table, *notes, sep="\n")


def _judged(value: float, aim: float, unit: str) -> tuple[str, str]:
    verdict = "met" if value >= aim else "missed"
    return f"{value:.1f}{unit}", f"≥ {aim:,.0f}{unit}: {verdict}"


def _numbers(*values: float) -> list[str]:
    return [f"{value:,.0f}" for value in values]
