"""Guards cover shorter words, so that these do not count: which cover nothing, and what is covered unseen?"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from processors.language_model import GUARD
from streams.language import expanded
from streams.lexicon.cues import Entry, Lexicon
from streams.lexicon.problems import WARNING, Problem


def guard_problems(own: Lexicon, below: list[Entry]) -> Iterator[Problem]:
    """Own guards without effect, and own words that a packaged guard covers.

    A guard that repeats an own word is told elsewhere; one that repeats a packaged word silences it.
    """
    mine = {entry.wording for entry in own.entries}
    known = {entry.wording for entry in (*own.entries, *below) if entry.label != GUARD}
    cues = (e.wording for e in (*own.entries, *below) if e.label != GUARD and "~" not in e.wording)
    words = {form for cue in cues for form in expanded(cue)}
    guards = {e.wording for e in below if e.label == GUARD} - mine
    for entry in own.entries:
        if entry.label == GUARD:
            if entry.wording not in known and not any(
                _inside(form, words) for form in expanded(entry.wording)
            ):
                yield _problem(
                    own,
                    entry,
                    "没有盖住任何词，不起作用 · covers no wording of this file: no effect",
                    "检查写法，或删去 · check its spelling or remove it",
                )
        elif "~" not in entry.wording:
            yield from _covered(own, entry, guards)


def _covered(own: Lexicon, entry: Entry, guards: Collection[str]) -> Iterator[Problem]:
    over = sorted(guard for guard in guards if entry.wording in guard and entry.wording != guard)
    if over:
        yield _problem(
            own,
            entry,
            f"在这些词里不算 · does not count inside {' '.join(over[:5])} (guard)",
            "要算，就把它们也写到这里 · to count it there, write those here too",
        )


def _inside(guard: str, words: Collection[str]) -> bool:
    """Whether any wording stands within `guard`."""
    size = len(guard)
    parts = (guard[start:end] for start in range(size) for end in range(start + 1, size + 1))
    return any(part in words for part in parts if part != guard)


def _problem(own: Lexicon, entry: Entry, problem: str, advice: str) -> Problem:
    return Problem(WARNING, own.file, entry.line, entry.key, f"{entry.wording!r} {problem}", advice)
