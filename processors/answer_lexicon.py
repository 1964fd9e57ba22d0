"""The lexicon of answers: its phrases, and how text is matched against them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct

MAX_READ = 2_000
"""Characters of a message that are read for cues; what decides stands at the beginning."""


class AnswerCues(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lexicon of `language/answers.yaml`; each field is explained there."""

    lost: tuple[str, ...]
    pointer: tuple[str, ...]
    stall: tuple[str, ...]
    hold: tuple[str, ...]
    hello: tuple[str, ...]
    bye: tuple[str, ...]
    filler: tuple[str, ...]
    clarify: tuple[str, ...]
    offer: tuple[str, ...]
    transfer: tuple[str, ...]
    agree: tuple[str, ...]
    correct: tuple[str, ...]
    fallback_intents: tuple[str, ...]
    accept_whole: tuple[str, ...]
    accept_lead: tuple[str, ...]
    accept_any: tuple[str, ...]
    reject: tuple[str, ...]
    fail: tuple[str, ...]
    reject_weak: tuple[str, ...]
    accept_signs: tuple[str, ...]
    reject_signs: tuple[str, ...]
    human: tuple[str, ...]
    human_whole: tuple[str, ...]
    guard: tuple[str, ...]
    nudge: tuple[str, ...]
    greet: tuple[str, ...]
    opener: tuple[str, ...]
    change: tuple[str, ...]
    insist: tuple[str, ...]
    doubt: tuple[str, ...]
    bare_question: tuple[str, ...]
    particles: str
    asks: dict[str, tuple[str, ...]]


_CLAUSE = re.compile(r"[^\W_]+\??")
TAIL = "呢吧呀啊哦噢喔哈嘞咧啦诶欸哎呗嘛了的滴哒撒噻亲宝哟喽咯哇么~"


def fold(text: str) -> str:
    """Width and case folded, lone surrogates dropped, cut to `MAX_READ` characters."""
    return unicodedata.normalize("NFKC", text[:MAX_READ].encode("utf-8", "ignore").decode()).lower()


def clauses(folded: str) -> list[str]:
    """Runs of letters and digits; a question mark stays with the run that it ends."""
    found: list[str] = _CLAUSE.findall(folded)
    return found


def bare_of(phrase: str) -> str:
    return "".join(clauses(fold(phrase))).replace("?", "")


class Lexicon:
    """Phrases with a bit each, matched longest first; a phrase in several lists has all their bits."""

    def __init__(self, lists: Iterable[tuple[int, Iterable[str]]]) -> None:
        bits: dict[str, int] = {}
        for bit, phrases in lists:
            for phrase in map(bare_of, phrases):
                if phrase:
                    bits[phrase] = bits.get(phrase, 0) | bit
        self.bits = list(bits.values())
        self._automaton = AhoCorasick(list(bits), matchkind=MatchKind.LeftmostLongest)

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(bits, start, end) of each match, left to right, not overlapping."""
        found = self._automaton.find_matches_as_indexes(text)
        return [(self.bits[index], start, end) for index, start, end in found]


def whole_clauses(lists: Iterable[tuple[int, Iterable[str]]]) -> dict[str, int]:
    table: dict[str, int] = {}
    for bit, phrases in lists:
        for phrase in map(bare_of, phrases):
            table[phrase] = table.get(phrase, 0) | bit
    table.pop("", None)
    return table
