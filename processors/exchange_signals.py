"""What stands out in an exchange, as numbers: the features of its models that explain themselves.

The cue lists judge first; the models weigh their judgements against the wording, so a phrase
that a trainer adds to `answers.yaml` counts at once, with the weight its list has earned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from processors import customer_words as word
from processors import reply_words as kinds
from processors.customer_words import CustomerReading
from processors.exchange_kinds import REPLY_KINDS
from processors.exchange_text import Said, likeness, likeness_both_ways
from processors.nature import ORDER as NATURES
from processors.reply_words import ReplyReading

_LONG = 40
_LEXICON_KINDS = (
    *(kinds.ANSWER, kinds.LOST, kinds.POINTER, kinds.STALL, kinds.HOLD),
    *(kinds.HELLO, kinds.BYE, kinds.CLARIFY, kinds.TRANSFER),
)
_FLAGS = {
    "accept": word.ACCEPT,
    "accept_lead": word.ACCEPT_LEAD,
    "reject": word.REJECT,
    "fail": word.FAIL,
    "weak": word.WEAK,
    "human": word.HUMAN,
    "nudge": word.NUDGE,
    "greet": word.GREET,
    "opener": word.OPENER,
    "change": word.CHANGE,
    "insist": word.INSIST,
    "doubt": word.DOUBT,
    "bare_question": word.BARE_QUESTION,
    "empty": word.EMPTY,
    "thanks": word.THANKS,
    "confirm": word.CONFIRM,
}
_ASKS = {
    "whether": r"(.)[不没]\1|[吗么不没嘛伐]([ ,.?!~]|$)|能否|可否|是否|没有([ ,.?!~]|$)",
    "which of": r"还是",
    "when": r"什么时候|啥时候|几时|多久|几天|哪天|几点|好久|几号",
    "where": r"在哪|哪里|哪儿|去哪|到哪|地址",
    "how": r"怎么|咋|如何|怎样",
    "why": r"为什么|为啥|怎么.{0,6}[又还没不]|咋.{0,6}[又还没不]|凭什么|凭啥|怎么回事|原因",
    "how much": r"多少|多大|多重|多长|多高|多宽|几[^乎]",
    "price": r"多少钱|什么价|便宜|优惠|多钱",
    "what": r"哪|什么|啥|谁",
}
_TELLS = {
    "yes": r"^(亲+|您好|你好|亲爱的|老铁|姐|哥|[ ,~!])*(可以|能|有|会|支持|是|行|对|没问题|包|送|用|要|在)",
    "no": r"不|没|无法|暂|抱歉|停",
    "figure": r"\d|[一二两三四五六七八九十半]",
    "time": r"天|小时|分钟|秒|日|月|点|周|年|今|明|后天|当|晚",
    "money": r"元|块|钱|免费|折|费",
    "steps": r"点击|点|打开|进|设置|选|按|长按|里|订单|页|再|先|拔|插|装|拆|填",
    "cause": r"因为|由于|是因|导致|造成|原因|可能|一般|正常|所以",
    "deed": r"给您|帮您|为您|补发|补寄|重发|安排|换|退|寄|赔|发您|登记",
    "condition": r"的话|如果|要是|以内|以上|以下|超过|内",
    "pitch": r"采用|舒适|品质|呵护|口感|匠心|放心|首选|精选|尽享|欢迎|祝|愿|感谢|陪|守护"
    r"|美好|幸福|快乐|好物|甄选|品味|生活",
    "vague": r"为准|关注|咨询|参考|具体|敬请|期待|耐心|尽快|反馈|移步|详见",
    "question": r"\?|请问|呢$",
}
_ASK_PATTERNS = [(name, re.compile(pattern)) for name, pattern in _ASKS.items()]
_TELL_PATTERNS = [(name, re.compile(pattern)) for name, pattern in _TELLS.items()]
_NO_TELLS = [0.0] * len(_TELLS)
_FORMS = (*_ASKS, "told")

_PAIRED = ("meaning", "pairs", "kept", "met", "missed")
_REPLY_OWN = (
    *("agent", "agrees", "corrects", "asks_back", "closes"),
    *("length", "question length", "shared figure", "new figure", "no figure"),
    *(f"kind={kind}" for kind in _LEXICON_KINDS),
    *(f"question->{name}" for name in _PAIRED),
    *(f"reply->{name}" for name in _PAIRED),
)
REPLY_SIGNALS: tuple[str, ...] = (
    *_REPLY_OWN,
    *(f"asks {ask}" for ask in _FORMS),
    *(f"tells {tell}" for tell in _TELLS),
    *(f"asks {ask}, tells {tell}" for ask in _FORMS for tell in _TELLS),
)
"""Names of the signals of a reply, in the order of `ReplyCase.signals`."""

REACTION_SIGNALS: tuple[str, ...] = (
    *("agent", "length", "question length", "shorter than question", "question mark", "dots", "exclamation"),
    *("asking", "openly", "pure", "follows", "is_question", "echo", "no content"),
    *("same asked", "other asked", "asks_back", "shared figure", "figure of the reply", "new figure"),
    *(f"flag {name}" for name in _FLAGS),
    *(f"nature={name}" for name in NATURES),
    *(f"kind={kind}" for kind in _LEXICON_KINDS),
    *(f"reply {kind}" for kind in REPLY_KINDS),
    *(f"question<-{name}" for name in _PAIRED),
    *(f"reply<-{name}" for name in _PAIRED),
    *("nearer to the question", "nothing of either"),
    *(f"asks {ask}" for ask in _FORMS),
    *(f"{kind} and asking" for kind in REPLY_KINDS),
    *(f"{kind} and near the question" for kind in REPLY_KINDS),
)
"""Names of the signals of a reaction, in the order of `ReactionCase.signals`."""


class ReplyCase(NamedTuple):
    """A reply and what it replies to; `by_agent`: a human wrote it."""

    question: Said
    said: Said
    reading: ReplyReading
    by_agent: bool

    def signals(self) -> list[float]:
        """Values of `REPLY_SIGNALS`."""
        question, said, reading = self.question, self.said, self.reading
        flags = (self.by_agent, reading.agrees, reading.corrects, reading.asks_back, reading.closes)
        shared = bool(question.figures & said.figures)
        asks, tells = asked(question.text), _found(_TELL_PATTERNS, said.text)
        there, back = likeness_both_ways(question, said)
        return [
            *map(float, flags),
            _share(said.bare),
            _share(question.bare),
            float(shared),
            float(bool(said.figures - question.figures)),
            float(not said.figures),
            *(float(reading.kind == kind) for kind in _LEXICON_KINDS),
            *there,
            *back,
            *asks,
            *tells,
            *chain.from_iterable(tells if ask else _NO_TELLS for ask in asks),
        ]


class ReactionCase(NamedTuple):
    """A customer's words after a reply; `reply_chances` are those of `REPLY_KINDS`."""

    reply: ReplyCase
    reply_chances: tuple[float, ...]
    said: Said
    reading: CustomerReading
    question_reading: CustomerReading
    is_question: bool
    nature: str

    def signals(self) -> list[float]:
        """Values of `REACTION_SIGNALS`."""
        question, reply, said, reading = self.reply.question, self.reply.said, self.said, self.reading
        to_question, to_reply = likeness(said, question), likeness(said, reply)
        asking = float(self.is_question or reading.openly)
        near = max(to_question.pairs, to_question.meaning, 0.0)
        return [
            float(self.reply.by_agent),
            *self._form(),
            *self._against(),
            *(float(bool(reading.flags & bit)) for bit in _FLAGS.values()),
            *(float(self.nature == name) for name in NATURES),
            *(float(self.reply.reading.kind == kind) for kind in _LEXICON_KINDS),
            *self.reply_chances,
            *to_question,
            *to_reply,
            to_question.met - to_reply.met,
            float(to_question.pairs == 0 and to_reply.pairs == 0),
            *asked(said.text),
            *(chance * asking for chance in self.reply_chances),
            *(chance * near for chance in self.reply_chances),
        ]

    def _form(self) -> list[float]:
        said, reading, question = self.said, self.reading, self.reply.question
        return [
            _share(said.bare),
            _share(question.bare),
            float(len(said.bare) < len(question.bare)),
            float("?" in said.text),
            float("…" in said.text or "..." in said.text),
            float("!" in said.text),
            float(reading.asking),
            float(reading.openly),
            float(reading.pure),
            float(reading.follows),
            float(self.is_question),
            float(bool(reading.echo)),
            float(len(reading.content) < 2),
        ]

    def _against(self) -> list[float]:
        said, question, reply = self.said, self.reply.question, self.reply.said
        mine, theirs = self.reading.asks, self.question_reading.asks
        return [
            float(bool(mine & theirs)),
            float(bool(mine and theirs and not mine & theirs)),
            float(self.reply.reading.asks_back),
            float(bool(said.figures & question.figures)),
            float(bool(said.figures & reply.figures)),
            float(bool(said.figures - question.figures - reply.figures)),
        ]


def asked(text: str) -> list[float]:
    """Which forms of asking a folded text has, the last entry: none."""
    found = _found(_ASK_PATTERNS, text)
    return [*found, float(not any(found))]


def _found(patterns: Iterable[tuple[str, re.Pattern[str]]], text: str) -> list[float]:
    return [float(pattern.search(text) is not None) for _, pattern in patterns]


def _share(bare: str) -> float:
    return min(len(bare), _LONG) / _LONG
