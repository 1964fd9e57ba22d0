"""Judges what a bot's or an agent's message is worth as an answer."""

from __future__ import annotations

import re

from processors.answer_lexicon import AnswerCues, Lexicon, clauses, fold
from processors.exchange_kinds import REPLY_KINDS
from processors.wording import Grams, grams

# Kinds of a reply, from "no answer at all" to "an answer".
ANSWER = "answer"
LOST = "lost"
POINTER = "pointer"
STALL = "stall"
HOLD = "hold"
HELLO = "hello"
BYE = "bye"
CLARIFY = "clarify"
TRANSFER = "transfer"

SOFT_KINDS = frozenset({HOLD, HELLO, CLARIFY, TRANSFER})
"""Replies after which the answer is still to come."""


class ReplyReading:
    """A bot's or agent's message: its `kind`, its words, and what else it does.

    `agrees` with or `corrects` another answer; `asks_back`; `closes` the conversation politely.
    `chances`: of `exchange_kinds.REPLY_KINDS`, where it was weighed against its question; `supposed`:
    `kind` comes from those, not from cues.
    """

    __slots__ = ("_grams", "agrees", "asks_back", "bare", "chances", "closes", "corrects", "kind", "supposed")

    def __init__(
        self,
        kind: str,
        bare: str,
        *,
        agrees: bool,
        corrects: bool,
        asks_back: bool,
        closes: bool,
        chances: tuple[float, ...] = (),
    ) -> None:
        self.kind = kind
        self.bare = bare
        self.agrees = agrees
        self.corrects = corrects
        self.asks_back = asks_back
        self.closes = closes
        self.chances = chances
        self.supposed = False
        self._grams: Grams | None = None

    @property
    def grams(self) -> Grams:
        """Character pairs; most replies are never compared, so they are made when asked for."""
        if self._grams is None:
            self._grams = grams(self.bare)
        return self._grams

    def chance(self, kind: str) -> float:
        """The chance that it is such a reply to its question; 0 where it was not weighed."""
        return self.chances[REPLY_KINDS.index(kind)] if self.chances else 0.0

    def weighed(self, kind: str, chances: tuple[float, ...]) -> ReplyReading:
        """The reading once it was weighed against its question."""
        reading = ReplyReading(
            kind,
            self.bare,
            agrees=self.agrees,
            corrects=self.corrects,
            asks_back=self.asks_back or kind == CLARIFY,
            closes=self.closes,
            chances=chances,
        )
        reading.supposed = kind != self.kind
        return reading


_R_LOST, _R_POINTER, _R_STALL, _R_HOLD, _R_HELLO, _R_BYE, _R_FILL = 1, 2, 4, 8, 16, 32, 64
_R_CLARIFY, _R_OFFER, _R_TRANSFER, _R_AGREE, _R_CORRECT = 128, 256, 512, 1024, 2048
_R_ORDER = ((_R_HOLD, HOLD), (_R_STALL, STALL), (_R_POINTER, POINTER), (_R_CLARIFY, CLARIFY))
_PARTICLES = re.compile(r"[的了吗嘛呢吧呀啊哦噢喔哈啦哎嗯您你我请就也都是?]")


class ReplyReader:
    """Judges what a bot's or agent's message is worth as an answer."""

    def __init__(self, cues: AnswerCues) -> None:
        self._lexicon = Lexicon(
            (
                (_R_LOST, cues.lost),
                (_R_POINTER, cues.pointer),
                (_R_STALL, cues.stall),
                (_R_HOLD, cues.hold),
                (_R_HELLO, cues.hello),
                (_R_BYE, cues.bye),
                (_R_FILL, cues.filler),
                (_R_CLARIFY, cues.clarify),
                (_R_OFFER, cues.offer),
                (_R_TRANSFER, cues.transfer),
                (_R_AGREE, cues.agree),
                (_R_CORRECT, cues.correct),
            )
        )
        self._fallback_intents = frozenset(cues.fallback_intents)

    def read(self, text: str, *, intent: str = "", is_fallback: bool | None = None) -> ReplyReading:
        """`is_fallback` and `intent` are the bot's own word; False does not vouch for an answer."""
        parts = clauses(fold(text))
        judged = self._judge(parts)
        bits = 0
        for bit in judged:
            bits |= bit
        hello_only = _only_hello(judged)
        kind = _kind(judged, bits, hello_only)
        if is_fallback or (intent.lower() in self._fallback_intents and kind in (ANSWER, BYE)):
            kind = kind if kind in (POINTER, STALL, TRANSFER) else LOST
        return ReplyReading(
            kind,
            "".join(
                [part for part, bit in zip(parts, judged, strict=True) if not bit & (_R_HELLO | _R_BYE)]
            ).replace("?", ""),
            agrees=bool(judged and judged[0] & _R_AGREE),
            corrects=bool(bits & _R_CORRECT),
            asks_back=kind in (ANSWER, CLARIFY) and bool(bits & _R_CLARIFY) and not hello_only,
            closes=bool(bits & _R_BYE),
        )

    def _judge(self, parts: list[str]) -> list[int]:
        """Bits of each clause; 0 says that it has content of its own."""
        found = self._lexicon.find(" ".join(parts))
        judged, at, place = [], 0, 0
        for part in parts:
            end = at + len(part)
            first = place
            while place < len(found) and found[place][1] < end:
                place += 1
            judged.append(_clause(part, found[first:place], at))
            at = end + 1
        return judged


def _clause(part: str, found: list[tuple[int, int, int]], offset: int) -> int:
    bits = 0
    for bit, _, _ in found:
        bits |= bit
    if part[-1] == "?" and ("您" in part or part[0] == "是") and not bits & _R_OFFER:
        bits |= _R_CLARIFY
    if bits & _R_POINTER and any(map(str.isdigit, _own(part, found, offset))):
        return bits & (_R_AGREE | _R_CORRECT)
    if bits & ~(_R_FILL | _R_AGREE | _R_CORRECT | _R_OFFER):
        return bits
    filler = _R_FILL if bits & _R_FILL and not _PARTICLES.sub("", _own(part, found, offset)) else 0
    return filler | bits & (_R_AGREE | _R_CORRECT)


def _own(part: str, found: list[tuple[int, int, int]], offset: int) -> str:
    """What remains of a clause without the phrases found in it."""
    rest, at = [], 0
    for _, start, end in found:
        rest.append(part[at : start - offset])
        at = end - offset
    return "".join(rest) + part[at:]


def _kind(judged: list[int], bits: int, hello_only: bool) -> str:
    if bits & _R_LOST:
        return LOST
    if bits & _R_TRANSFER:
        return TRANSFER
    if not judged or any(not bit & ~(_R_AGREE | _R_CORRECT) for bit in judged):
        return ANSWER
    for bit, kind in _R_ORDER:
        if bits & bit:
            return HELLO if kind == CLARIFY and hello_only else kind
    return BYE if bits & _R_BYE else HELLO


def _only_hello(judged: list[int]) -> bool:
    """请问有什么可以帮您 asks nothing about the question."""
    return all(bit & _R_HELLO for bit in judged if bit & _R_CLARIFY)
