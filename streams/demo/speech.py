"""Turns a written line into what one customer would type."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from streams.demo.facts import Facts
from streams.demo.scenarios import Language, Voice

T = TypeVar("T")
_ENDS = "？?！!。，,～~…）]」"
_PARTICLES = "吗呢吧啊呀哦嘛不没么了哈"
_FINAL_PARTICLES = "呀鸭捏叭哦哈呢啊"


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of `options`; four times as fast as `rng.choice`, which draws bits until they fit."""
    return options[int(rng.random() * len(options))]


class Speaker:
    """One customer's way of talking."""

    __slots__ = ("anger", "facts", "language", "rng", "voice")

    def __init__(self, rng: Random, language: Language, voice: Voice, facts: Facts) -> None:
        self.rng = rng
        self.language = language
        self.voice = voice
        self.facts = facts
        self.anger = 0.0

    def fill(self, line: str) -> str:
        """`line` with its slots filled."""
        return line.format_map(self.facts) if "{" in line else line

    def parts(self, lines: Sequence[str]) -> list[str]:
        """The messages of one question: the head goes on the first, the tail on the last."""
        texts = [self._habits(line) for line in lines]
        texts[0] = self._head() + texts[0]
        texts[-1] = self._tail(texts[-1])
        return texts

    def _habits(self, line: str) -> str:
        roll = self.rng.random()
        if roll < 0.5:
            old, new = pick(self.rng, self.voice.swaps)
            line = line.replace(old, new)
        elif roll < 0.53:
            line = _mistype(line, self.language.typos, self.rng)
        return self.fill(line)

    def _head(self) -> str:
        roll = self.rng.random()
        if roll < self.anger * 0.4:
            return self.fill(pick(self.rng, self.language.angry_heads))
        return pick(self.rng, self.voice.heads) if roll > 0.88 and not self.anger else ""

    def _tail(self, text: str) -> str:
        roll = self.rng.random()
        if roll < self.anger * 0.5:
            return text + pick(self.rng, self.language.angry_tails)
        last = text[-1]
        if roll > 0.86 and not self.anger and last not in _ENDS:
            tail = pick(self.rng, self.voice.tails)
            return text if tail[0] in _FINAL_PARTICLES and last in _PARTICLES else text + tail
        if roll > 0.72 and last in self.language.question_ends:
            return text + pick(self.rng, ("？", "?", "??"))
        return text


def _mistype(line: str, typos: Sequence[tuple[str, str]], rng: Random) -> str:
    """`line` with one of the typos that fit it, if any does."""
    fitting = [pair for pair in typos if pair[0] in line]
    if not fitting:
        return line
    right, wrong = pick(rng, fitting)
    return line.replace(right, wrong, 1)
