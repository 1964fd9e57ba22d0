"""The two protocols that every processor meets.

A *tagger* judges one text by itself: no state, no time. A *keyed processor*
holds the facts of one key (a conversation) and derives rows from them. Its rows
are a function of the set of facts and of how far time has come, never of the
order or the batches in which the facts arrived: late, repeated and replayed
facts need no special case, and the state can be rebuilt from stored facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

Input_contra = TypeVar("Input_contra", contravariant=True)
Value_co = TypeVar("Value_co", covariant=True)
Fact = TypeVar("Fact")
Rows_co = TypeVar("Rows_co", covariant=True)


class Tagger(Protocol[Input_contra, Value_co]):
    """Judges one text; the same input gives the same value on every machine."""

    def __call__(self, text: Input_contra, /) -> Value_co: ...


class KeyedProcessor(Protocol[Fact, Rows_co]):
    """Facts of one key in, rows out."""

    def on_event(self, fact: Fact, /) -> None:
        """Take one fact; a fact whose `event_id` is known replaces the known one."""

    def on_watermark(self, now_ms: int, /) -> Rows_co:
        """Rows as of event time `now_ms`; time never runs backwards for a key."""

    def snapshot(self) -> Sequence[Fact]:
        """The facts held, enough to restore this processor."""

    def restore(self, facts: Iterable[Fact], /) -> None:
        """Take back what `snapshot` gave, or the same facts read from storage."""
