"""A table for a terminal: it fits the width, wraps Chinese as Chinese, and no cell is a wall of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rich.cells import cell_len, split_graphemes

Row = Mapping[str, Any]
GAP = "  "
MOST_LINES = 3
"""A longer cell is cut; the other formats have all of it."""
LEAST_WIDTH = 8
"""Narrower than this a column of text is not readable: leave columns out instead."""

# Words and numbers stay whole, a closing mark stays with what it closes; CJK may break anywhere else.
_PIECES = re.compile(r"\s+|[（“《【]*(?:[\w.:/%#@+-]+|\S)[，。！？；：、）”》】…,.!?;:)]*", re.ASCII)
_NUMBER = re.compile(r"[-+]?[\d.,]+%?")


class Column(NamedTuple):
    """A column: `title` (a line each in Chinese and English), what it shows of a row, and how it may shrink.

    `most` cells wide at most; `lines` a cell at most; `whole`: never narrower than its content.
    """

    title: str
    show: Callable[[Row], str]
    most: int = 1_000
    lines: int = MOST_LINES
    whole: bool = False


def plain_columns(names: Sequence[str]) -> list[Column]:
    """The values of a row by name, as they are."""
    return [Column(name, lambda row, name=name: shown(row.get(name))) for name in names]  # type: ignore[misc]


def shown(value: Any) -> str:
    """A value in words: numbers without noise, lists and objects without brackets, no control characters."""
    if value is None:
        return ""
    if isinstance(value, float):
        return _rounded(value)
    if isinstance(value, Mapping):
        return " ".join(f"{shown(key)}:{shown(item)}" for key, item in value.items())
    if isinstance(value, list | tuple | set):
        return " ".join(shown(item) for item in value)
    return printable(str(value))


def printable(text: str) -> str:
    """`text` on one line; control characters in a customer's words must not steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def percent(share: float) -> str:
    """24% for 0.24, one decimal below 10 %."""
    return f"{share:.0%}" if share >= 0.0995 or share == 0 else f"{share:.1%}"


def render(rows: Sequence[Row], columns: Sequence[Column], width: int) -> tuple[list[str], int]:
    """The lines of a table at most `width` cells wide, and how many columns found no room in it."""
    # By column. A cell shows a few lines at most: what lies beyond is not worth measuring.
    cells = [[column.show(row)[: column.lines * width] for row in rows] for column in columns]
    natural = [_natural(column, texts) for column, texts in zip(columns, cells, strict=True)]
    widths = _fitted(columns, natural, width)
    shape = list(zip(columns, widths, strict=False))
    right = [_is_numeric(texts) for texts in cells[: len(widths)]]
    titles = [_title(column.title, space) for column, space in shape]
    tallest = max(map(len, titles))
    lines = list(_joined([[""] * (tallest - len(title)) + title for title in titles], widths, right))
    lines.append(GAP.join("─" * space for space in widths))
    for texts in zip(*cells[: len(widths)], strict=True):
        wrapped = [
            wrap(text, space, column.lines) for text, (column, space) in zip(texts, shape, strict=True)
        ]
        lines += _joined(wrapped, widths, right)
    return lines, len(columns) - len(widths)


def wrap(text: str, width: int, most_lines: int) -> list[str]:
    """`text` in lines of at most `width` cells; what is beyond `most_lines` is an ellipsis."""
    lines, line, used = [], "", 0
    for piece in _pieces(text, width):
        if used + cell_len(piece) > width:
            lines.append(line.rstrip())
            line, used = "", 0
            if len(lines) == most_lines:
                return [*lines[:-1], _cut(lines[-1], width)]
        fresh = piece if line else piece.lstrip()
        line, used = line + fresh, used + cell_len(fresh)
    return [*lines, line.rstrip()]


def _pieces(text: str, width: int) -> Iterator[str]:
    for piece in _PIECES.findall(text):
        if cell_len(piece) <= width:
            yield piece
        else:
            yield from (piece[start:end] for start, end, _ in split_graphemes(piece)[0])


def _cut(line: str, width: int) -> str:
    while line and cell_len(line) >= width:
        line = line[:-1]
    return f"{line}…"


def _title(title: str, width: int) -> list[str]:
    return [line for part in title.split("\n") for line in wrap(part, width, MOST_LINES)]


def _natural(column: Column, cells: Sequence[str]) -> int:
    """The width at which nothing in the column is wrapped, within its `most`."""
    titles = max(cell_len(line) for line in column.title.split("\n"))
    return max(titles, min(column.most, max(map(cell_len, cells), default=0)), 1)


def _fitted(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    """Widths of as many leading columns as have room: the widest ones give way first."""
    for count in range(len(columns), 1, -1):
        room = width - len(GAP) * (count - 1)
        fixed = sum(space for column, space in zip(columns, natural[:count], strict=False) if column.whole)
        soft = [space for column, space in zip(columns, natural[:count], strict=False) if not column.whole]
        cap = _cap(soft, room - fixed)
        if cap >= min(LEAST_WIDTH, max(soft, default=0)):
            return [
                space if column.whole else min(space, cap)
                for column, space in zip(columns, natural[:count], strict=False)
            ]
    return [min(space, max(width, 1)) for space in natural[:1]]


def _cap(widths: Sequence[int], room: int) -> int:
    """The largest cap under which `widths` fit into `room`; negative when none does."""
    left = sorted(widths)
    while left:
        share = room // len(left)
        if left[0] > share:
            return share
        room -= left.pop(0)
    return -1 if room < 0 else max(widths, default=0)


def _is_numeric(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.fullmatch(cell) for cell in filled)


def _joined(cells: Sequence[Sequence[str]], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    for at in range(max(map(len, cells), default=0)):
        parts = []
        for lines, width, to_right in zip(cells, widths, right, strict=True):
            text = lines[at] if at < len(lines) else ""
            pad = " " * (width - cell_len(text))
            parts.append(pad + text if to_right else text + pad)
        yield GAP.join(parts).rstrip()


def _rounded(value: float) -> str:
    if value == 0 or 0.001 <= abs(value) < 1e15:
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return f"{value:.3g}"
