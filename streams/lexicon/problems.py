"""What is wrong with a lexicon, in a form for a table and in one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from streams.errors import InputError

ERROR, WARNING = "error", "warning"


class Problem(NamedTuple):
    """One finding: an `error` keeps the files from being used, a `warning` does not.

    `line` counts from 1, None where it is the file as a whole; `key` is the way to the place
    (`logistics / 驿站`), empty at the top.
    """

    level: str
    file: str
    line: int | None
    key: str
    problem: str
    advice: str

    def in_words(self) -> str:
        """One line: where, what, what to do."""
        place = f"{self.file}:" if self.line is None else f"{self.file} line {self.line}:"
        key = f" {self.key}:" if self.key else ""
        return f"{place}{key} {self.problem}; {self.advice}"


def refuse_first(problems: Iterable[Problem]) -> None:
    """Raise InputError for the first error; it says how many more there are."""
    errors = [problem for problem in problems if problem.level == ERROR]
    if errors:
        more = f" (另有 {len(errors) - 1} 处 · {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise InputError(errors[0].in_words() + more)
