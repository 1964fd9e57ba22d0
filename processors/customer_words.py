"""Judges what a customer's message says of the conversation, not of the goods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from processors.answer_lexicon import TAIL, AnswerCues, Lexicon, clauses, fold, whole_clauses
from processors.exchange_kinds import REACTION_KINDS
from processors.wording import Grams, grams

# What a customer's message says, as bits.
ACCEPT = 1
ACCEPT_LEAD = 2
REJECT = 4
FAIL = 8
WEAK = 16
HUMAN = 32
NUDGE = 64
GREET = 128
OPENER = 256
CHANGE = 512
INSIST = 1024
DOUBT = 2048
BARE_QUESTION = 4096
EMPTY = 8192
THANKS = 16384
"""Acceptance in so many words (懂了, 解决了), not a mere 好的."""

_FOLLOW_STARTS = ("那", "然后")


CONFIRM = 32768
"""Seeks confirmation of an answer (是吗, 你确定)."""
_FLAG_MASK = 0xFFFF

ACKS = ACCEPT | REJECT | FAIL | WEAK | HUMAN
"""Flags of messages that react to a reply."""


class CustomerReading(Struct, frozen=True):
    """A customer's message.

    `flags`: the bits above. `content`: what remains without cues and particles.
    `asks`: bits of what is asked for (when, where …). `asking`: it has the form of a
    question, `openly` beyond doubt. `pure`: nothing but cues. `follows`: opens like a follow-up (那…).
    `echo`: first clause if that is a short counter-question (不会少?), else empty. `chances`: of
    `exchange_signals.REACTION_KINDS`, where it was weighed against what was said before it.
    """

    flags: int
    bare: str
    content: str
    grams: Grams
    asks: int = 0
    asking: bool = False
    openly: bool = False
    pure: bool = False
    follows: bool = False
    echo: str = ""
    chances: tuple[float, ...] = ()

    def chance(self, *kinds: str) -> float:
        """The chance that it is one of these reactions; 0 where it was not weighed."""
        return sum(self.chances[REACTION_KINDS.index(kind)] for kind in kinds) if self.chances else 0.0


_STICKER = re.compile(r"\[[^\[\]\dx]{1,6}\]")
_QUESTION_TAIL = ("吗", "么", "不", "没", "呢", "嘛", "没有", "伐", "不咯", "不啊")
_INTERROGATIVE = re.compile(r"(.)[不没]\1|吗|什么|啥|怎|咋|多少|几[^个天次乎]|哪|谁|为何|如何|是否|可否|能否")
_NOT_ASKING = re.compile(r"没什么|没啥|什么都|啥都|怎么都|谁都|哪都|多少都|不怎么|没怎么|怎么说呢|什么的$")
_SOFT_TAIL = re.compile(r"(有|能|可以|会|是|要|行|用|包)[^吧]{0,10}([么不没伐]$|嘛)|^那?[^是好谢行]{2,12}呢$")
_CONFIRMING = re.compile(r"(是吗|是么|是吧|对吗|对吧|对不对|是不是|没错吧)$|^(你|您)?确定")
_HESITATES = re.compile(r"[嗯恩哦噢喔额]+ *(\.{2,}|。{2,}|~{2,})$")
_LONGEST_CALL = 5
_NEGATIONS = frozenset("没不未别")
_AFTER_ACCEPT = frozenset("吗么不没嘛")


class CustomerReader:
    """Judges what a customer's message says of the conversation, not of the goods."""

    def __init__(self, cues: AnswerCues) -> None:
        self._asks = {kind: 1 << (20 + place) for place, kind in enumerate(sorted(cues.asks))}
        self._ask_mask = sum(self._asks.values())
        self._guard = 1 << 19
        self._lexicon = Lexicon(self._anywhere(cues))
        self._whole = whole_clauses(
            (
                (ACCEPT, cues.accept_whole),
                (WEAK, cues.reject_weak),
                (FAIL, cues.fail),
                (REJECT, cues.reject),
                (HUMAN, cues.human_whole),
                (HUMAN, cues.human),
                (NUDGE, cues.nudge),
                (GREET, cues.greet),
                (OPENER, cues.opener),
                (CHANGE, cues.change),
                (BARE_QUESTION, cues.bare_question),
                (ACCEPT | THANKS, cues.accept_any),
            )
        )
        self._signs = [(sign, ACCEPT) for sign in cues.accept_signs]
        self._signs += [(sign, WEAK) for sign in cues.reject_signs]
        self._sign_automaton = AhoCorasick([fold(sign) for sign, _ in self._signs])
        self._particles = re.compile(f"[{re.escape(cues.particles)}]")

    def _anywhere(self, cues: AnswerCues) -> list[tuple[int, Iterable[str]]]:
        asks: Mapping[str, Iterable[str]] = cues.asks
        return [
            (ACCEPT_LEAD, cues.accept_lead),
            (ACCEPT | THANKS, cues.accept_any),
            (REJECT, cues.reject),
            (FAIL, cues.fail),
            (HUMAN, cues.human),
            (OPENER, cues.opener),
            (CHANGE, cues.change),
            (INSIST, cues.insist),
            (DOUBT, cues.doubt),
            (self._guard, cues.guard),
            *((bit, asks[kind]) for kind, bit in self._asks.items()),
        ]

    def read(self, text: str) -> CustomerReading:
        """The reading of a customer's words."""
        folded = fold(text)
        signs = self._read_signs(folded)
        parts = clauses(_STICKER.sub(" ", folded) if "[" in folded else folded)
        if not parts:
            return CustomerReading(signs or EMPTY, "", "", frozenset(), pure=True)
        whole = [self._read_whole(part) for part in parts]
        bare = "".join(parts).replace("?", "")
        flags, content = self._read_phrases(bare, parts)
        for bits in whole:
            flags |= bits
        flags |= ACCEPT_LEAD if whole[0] & ACCEPT else 0
        asks = flags & self._ask_mask
        if _CONFIRMING.search(bare):
            flags |= CONFIRM
        if _HESITATES.match(folded):
            flags &= ~(ACCEPT | ACCEPT_LEAD)
        openly = "?" in folded or _asks_openly(bare, parts)
        return CustomerReading(
            flags & _FLAG_MASK | signs,
            bare,
            content,
            grams(content),
            asks,
            asking=openly or bool(asks) or _ends_asking(parts),
            openly=openly,
            pure=all(whole),
            follows=bare.startswith(_FOLLOW_STARTS),
            echo=_echo(parts),
        )

    def _read_signs(self, folded: str) -> int:
        bits = 0
        for index, _, _ in self._sign_automaton.find_matches_as_indexes(folded):
            bits |= self._signs[index][1]
        return bits

    def _read_whole(self, part: str) -> int:
        if part[-1] == "?":
            return self._whole.get(part[:-1], 0) & (NUDGE | GREET | OPENER | HUMAN | BARE_QUESTION | REJECT)
        return self._whole.get(part, 0) or self._whole.get(part.rstrip(TAIL), 0) or self._called(part)

    def _called(self, part: str) -> int:
        """姑娘在不在: who is called, and whether they are there."""
        for end in range(2, min(len(part), _LONGEST_CALL)):
            if self._whole.get(part[:end], 0) & GREET:
                return self._whole.get(part[end:], 0) & NUDGE
        return 0

    def _read_phrases(self, bare: str, parts: list[str]) -> tuple[int, str]:
        flags, rest, at = 0, [], 0
        starts = _starts(parts)
        for bits, start, end in self._lexicon.find(bare):
            flags |= _in_place(bits, bare, start, end, starts)
            if not bits & (self._guard | FAIL):
                rest.append(bare[at:start])
                at = end
        rest.append(bare[at:])
        return flags, self._particles.sub("", "".join(rest))


def _starts(parts: list[str]) -> set[int]:
    places, at = set(), 0
    for part in parts:
        places.add(at)
        at += len(part) - part.count("?")
    return places


def _in_place(bits: int, bare: str, start: int, end: int, starts: set[int]) -> int:
    """The bits that count at this place: negated thanks are a failure, leads must lead."""
    if bits & ACCEPT:
        if start and bare[start - 1] in _NEGATIONS:
            return FAIL
        if bare[end : end + 1] in _AFTER_ACCEPT and end < len(bare):
            bits &= ~(ACCEPT | THANKS)
    if start not in starts:
        bits &= ~(ACCEPT_LEAD | CHANGE | OPENER)
    if bits & ACCEPT_LEAD:
        bits |= ACCEPT
    return bits


def _asks_openly(bare: str, parts: list[str]) -> bool:
    if _INTERROGATIVE.search(bare) and _INTERROGATIVE.search(_NOT_ASKING.sub("", bare)):
        return True
    return any(_SOFT_TAIL.search(part) for part in parts)


def _ends_asking(parts: list[str]) -> bool:
    return any(part.rstrip("哦啊呀").endswith(_QUESTION_TAIL) for part in parts)


def _echo(parts: list[str]) -> str:
    first = parts[0]
    return first[:-1] if first[-1] == "?" and 3 <= len(first) <= 9 and len(parts) > 1 else ""
