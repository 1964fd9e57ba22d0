"""`python -m tests.eval`: every quality figure in one table.

Options: `--json FILE` also writes it, `--only NAME` runs one module. The data folder
is KEFU_PULSE_DATA, by default `../shared/data`. An interval is the module's own
bootstrap, or Wilson's where the figure is a share of n.
"""

from __future__ import annotations

import argparse
import importlib
import json
import operator
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HELPERS = {"__init__", "__main__", "figure", "metrics", "baseline", "ablation"}
_TARGET = re.compile(r"\s*(>=|<=|>|<|==|=)?\s*([\d.]+)\s*$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "=": operator.eq,
    "": operator.ge,
}
_SHARE = re.compile(r"\b(right|found|called|recall|precision|accuracy|exact)\b")


def main() -> int:
    """Print the table; 0 even where a target is missed: the table says so."""
    options = _options()
    sys.path.insert(0, str(HERE))
    rows: list[dict[str, Any]] = []
    absent: list[str] = []
    for module in _modules(options.only):
        missing = [name for name in module.NEEDS if not (options.data / name).is_file()]
        absent += [f"{module.__name__}: {options.data / name}" for name in missing]
        if not missing:
            rows += [_row(module.__name__, figure) for figure in module.figures(options.data)]
    _print(rows, absent)
    if options.json:
        options.json.write_text(
            json.dumps({"figures": rows, "absent": absent}, ensure_ascii=False, indent=1), "utf-8"
        )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.eval", description="Every quality figure in one table."
    )
    data = Path(os.environ.get("KEFU_PULSE_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="data folder [env KEFU_PULSE_DATA]")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument("--only", metavar="NAME", help="run one module, such as clusters")
    return parser.parse_args()


def _modules(only: str | None) -> Iterator[ModuleType]:
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS)
    if only and only not in names:
        sys.exit(f"no eval module {only!r}; there are {', '.join(names)}")
    for name in names if only is None else [only]:
        yield importlib.import_module(name)


def _row(module: str, figure: Any) -> dict[str, Any]:
    interval = getattr(figure, "interval", None)
    if interval is None and _SHARE.search(figure.metric) and 0 <= figure.value <= 1:
        interval = importlib.import_module("metrics").wilson(figure.value, figure.n)
    return {
        "module": module,
        "task": figure.task,
        "metric": figure.metric,
        "value": round(float(figure.value), 4),
        "interval": None if interval is None else [round(float(end), 4) for end in interval],
        "baseline": getattr(figure, "baseline", None),
        "target": figure.target,
        "met": met(figure.value, figure.target),
        "n": figure.n,
    }


def met(value: float, target: str) -> bool | None:
    """Whether `value` meets a target such as `>= .80`; None when the target is not a number."""
    match = _TARGET.match(target.replace(",", ""))
    return None if match is None else _COMPARE[match[1] or ""](value, float(match[2]))


def _print(rows: list[dict[str, Any]], absent: list[str]) -> None:
    table = Table(title="kefu-pulse quality")
    for name in ("task", "metric"):
        table.add_column(name, overflow="fold")
    for name in ("value", "95 %", "baseline", "target", "met", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row["task"], row["metric"], *_cells(row))
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    missed = sum(row["met"] is False for row in rows)
    console.print(f"{len(rows)} figures, {missed} below target", highlight=False)
    for name in absent:
        console.print(f"absent, not measured: {name}", highlight=False, soft_wrap=True)


def _cells(row: dict[str, Any]) -> list[str]:
    low_high = row["interval"]
    return [
        _number(row["value"]),
        "" if low_high is None else f"{_number(low_high[0])}–{_number(low_high[1])}",
        "" if row["baseline"] is None else _number(row["baseline"]),
        row["target"],
        {True: "yes", False: "NO", None: "-"}[row["met"]],
        f"{row['n']:,}",
    ]


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
