"""One Aho-Corasick pass over a text finds every cue of every family at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import itemgetter
from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation
from msgspec import Struct

from processors.language_model import GUARD, LABELS, Cue, Language
from processors.normalise import normalise

TextKind = Literal["chat", "review", "complaint"]

FAMILIES = tuple(LABELS)
_FAMILY_INDEX = {family: index for index, family in enumerate(FAMILIES)}

_NUMBER_MASK = re.compile(r"\[(?:数字|金额|日期|时间)x\]")
_MASK = re.compile(r"\[[^\[\]]{1,8}(?:#[0-9a-f]{4,16}|x)\]")
_BLANK = re.compile(r"[\s\W_]+")


class Hit(Struct, frozen=True, gc=False):
    """A cue found: what it speaks for and where (code points of the plain text)."""

    label: str
    weight: float
    start: int
    end: int
    group: str


class Reading(Struct, frozen=True):
    """A text as the taggers see it.

    `hits` holds one list per family, in text order, without cues that lie inside
    a longer cue of their family. `bare` is the text without blanks and marks, `raw`
    the text as it came: folding makes one mark of many (又降价!!!).
    """

    raw: str
    text: str
    bare: str
    kind: TextKind
    hits: tuple[list[Hit], ...]

    def of(self, family: str) -> list[Hit]:
        """Hits of one family."""
        return self.hits[_FAMILY_INDEX[family]]


def without_masks(text: str) -> str:
    """Replace masks of personal data and placeholders: numbers by `0`, others by a blank.

    The words inside a mask (`[手机#7f3a9c2e]`) are ours, not the customer's.
    """
    if "[" not in text:
        return text
    return _MASK.sub(" ", _NUMBER_MASK.sub("0", text))


_Sign = tuple[str, float, str]
"""Label, weight and group of a cue."""


class _Special(NamedTuple):
    """What a few patterns do besides: the pairs they begin or end; numbers must not stand inside others."""

    begins: tuple[int, ...]
    ends: tuple[int, ...]
    is_number: bool


_Entry = tuple[tuple[tuple[int, tuple[_Sign, ...]], ...], _Special | None]
"""What one automaton pattern does: signs by family, and what only few do."""


def _inside_number(text: str, start: int, end: int) -> bool:
    """110 within an order number is no call to the police."""
    return text[end : end + 1].isdecimal() or (start > 0 and text[start - 1].isdecimal())


_start = itemgetter(1)


def _families(cues: Iterable[Cue]) -> tuple[tuple[int, tuple[_Sign, ...]], ...]:
    grouped: dict[int, list[_Sign]] = {}
    for cue in cues:
        signs = grouped.setdefault(_FAMILY_INDEX[cue.family], [])
        # A guard keeps its place, to cover shorter cues, and says nothing.
        if cue.label != GUARD:
            signs.append((cue.label, cue.weight, cue.group))
    return tuple((family, tuple(signs)) for family, signs in grouped.items())


class CueReader:
    """Finds cues; built once from a `Language`, then pure and thread-safe."""

    def __init__(self, language: Language) -> None:
        self._pairs = language.pairs
        parts = {part for pair in language.pairs for part in (pair.first, pair.then)}
        patterns = sorted(language.cues.keys() | parts)
        begins: dict[str, list[int]] = {}
        ends: dict[str, list[int]] = {}
        for index, pair in enumerate(language.pairs):
            begins.setdefault(pair.first, []).append(index)
            ends.setdefault(pair.then, []).append(index)
        self._entries: list[_Entry] = []
        for pattern in patterns:
            special = _Special(
                tuple(begins.get(pattern, ())), tuple(ends.get(pattern, ())), pattern.isdecimal()
            )
            signs = _families(language.cues.get(pattern, ()))
            self._entries.append((signs, special if any(special) else None))
        self._automaton = AhoCorasick(patterns, implementation=Implementation.ContiguousNFA)

    def read(self, text: str, kind: TextKind) -> Reading:
        """Fold a text and find its cues; time grows with its length and its cues."""
        plain = without_masks(normalise(text))
        bare = plain if plain.isalnum() else _BLANK.sub("", plain)
        return Reading(text, plain, bare, kind, self._scan(plain))

    def _scan(self, text: str) -> tuple[list[Hit], ...]:
        found: tuple[list[Hit], ...] = tuple([[] for _ in FAMILIES])
        reach = [0] * len(FAMILIES)
        open_pairs: dict[int, int] = {}
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        # They come by where they end; a stable sort leaves the longest first where several begin.
        matches.reverse()
        matches.sort(key=_start)
        entries = self._entries
        for pattern, start, end in matches:
            families, special = entries[pattern]
            if special and special.is_number and _inside_number(text, start, end):
                continue
            for family, signs in families:
                if end > reach[family]:
                    reach[family] = end
                    for label, weight, group in signs:
                        found[family].append(Hit(label, weight, start, end, group))
            if special:
                self._close_pairs(special.ends, start, end, open_pairs, found)
                for pair in special.begins:
                    open_pairs[pair] = end
        return found

    def _close_pairs(
        self,
        ends: tuple[int, ...],
        start: int,
        end: int,
        open_pairs: dict[int, int],
        found: tuple[list[Hit], ...],
    ) -> None:
        for index in ends:
            begun = open_pairs.get(index)
            if begun is None or not 0 <= start - begun <= self._pairs[index].gap:
                continue
            # A pair speaks once per beginning: a list of complaints is not one hundred complaints.
            del open_pairs[index]
            for cue in self._pairs[index].cues:
                found[_FAMILY_INDEX[cue.family]].append(Hit(cue.label, cue.weight, start, end, cue.group))


def covered(hits: Iterable[Hit]) -> int:
    """Number of characters that the hits cover; hits come in text order."""
    total, reach = 0, 0
    for hit in hits:
        total += max(0, hit.end - max(hit.start, reach))
        reach = max(reach, hit.end)
    return total
