"""Judges what a bot's or an agent's message is worth as an answer."""

from __future__ import annotations

from msgspec import Struct

from processors.answer_lexicon import AnswerCues, Lexicon, clauses, fold
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


class ReplyReading(Struct, frozen=True):
    """A bot's or agent's message: its `kind`, its words, and what else it does.

    `agrees` with or `corrects` another answer; `asks_back`; `closes` the conversation politely.
    """

    kind: str
    bare: str
    grams: Grams
    agrees: bool = False
    corrects: bool = False
    asks_back: bool = False
    closes: bool = False


_R_LOST, _R_POINTER, _R_STALL, _R_HOLD, _R_HELLO, _R_BYE, _R_FILL = 1, 2, 4, 8, 16, 32, 64
_R_CLARIFY, _R_OFFER, _R_TRANSFER, _R_AGREE, _R_CORRECT = 128, 256, 512, 1024, 2048
_R_ORDER = ((_R_STALL, STALL), (_R_POINTER, POINTER), (_R_CLARIFY, CLARIFY), (_R_HOLD, HOLD))


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
        self._drop = {ord(letter): None for letter in cues.particles}

    def read(self, text: str, *, intent: str = "", is_fallback: bool | None = None) -> ReplyReading:
        """`is_fallback` and `intent` are the bot's own word; False does not vouch for an answer."""
        folded = fold(text)
        parts = [(part, self._clause(part)) for part in clauses(folded)]
        bits = 0
        for _, bit in parts:
            bits |= bit
        kind = self._kind(parts, bits)
        if is_fallback or (intent.lower() in self._fallback_intents and kind in (ANSWER, BYE)):
            kind = kind if kind in (POINTER, STALL, TRANSFER) else LOST
        bare = "".join(part for part, bit in parts if not bit & (_R_HELLO | _R_BYE)).replace("?", "")
        return ReplyReading(
            kind,
            bare,
            grams(bare),
            agrees=bool(parts and parts[0][1] & _R_AGREE),
            corrects=bool(bits & _R_CORRECT),
            asks_back=kind in (ANSWER, CLARIFY) and bool(bits & _R_CLARIFY) and not _only_hello(parts),
            closes=bool(bits & _R_BYE),
        )

    def _clause(self, part: str) -> int:
        """Bits of a clause; 0 says that it has content of its own."""
        found = self._lexicon.find(part)
        bits, rest, at = 0, [], 0
        for bit, start, end in found:
            bits |= bit
            rest.append(part[at:start])
            at = end
        rest.append(part[at:])
        own = "".join(rest).translate(self._drop)
        if part.endswith("?") and ("您" in part or part.startswith("是")) and not bits & _R_OFFER:
            bits |= _R_CLARIFY
        if bits & _R_POINTER and any(letter.isdigit() for letter in own):
            return bits & (_R_AGREE | _R_CORRECT)
        if bits & ~(_R_FILL | _R_AGREE | _R_CORRECT | _R_OFFER):
            return bits
        if not own.strip("?") and bits & _R_FILL:
            return _R_FILL
        return bits & (_R_AGREE | _R_CORRECT)

    @staticmethod
    def _kind(parts: list[tuple[str, int]], bits: int) -> str:
        if bits & _R_LOST:
            return LOST
        if bits & _R_TRANSFER:
            return TRANSFER
        if not parts or any(not bit & ~(_R_AGREE | _R_CORRECT) for _, bit in parts):
            return ANSWER
        for bit, kind in _R_ORDER:
            if bits & bit:
                return HELLO if kind == CLARIFY and _only_hello(parts) else kind
        return BYE if bits & _R_BYE else HELLO


def _only_hello(parts: list[tuple[str, int]]) -> bool:
    """请问有什么可以帮您 asks nothing about the question."""
    return all(bit & _R_HELLO for _, bit in parts if bit & _R_CLARIFY)
