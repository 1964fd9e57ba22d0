"""Does a text ask for information or for an action?"""

from __future__ import annotations

from typing import NamedTuple

from processors.cues import Hit, Reading, covered

THRESHOLD = 1.0
_MARK = 1.0
_PARTICLE = 1.0
_KIND_BIAS = {"chat": 0.0, "review": -2.0, "complaint": -1.4}
"""Reviews and filed complaints state; their questions are mostly rhetorical."""
_PARTICLES = ("吗", "么", "不", "没", "没有", "伐", "不呢", "不啊", "没啊", "不呀", "呗", "呢", "嘛", "吧")
_MILD_PARTICLES = frozenset({"呢", "嘛", "吧", "呗"})
_MILD = 0.4
_TOPIC_PARTICLE = 12
"""A text of at most so many characters that ends in 呢 asks of what it names (那16寸的呢)."""
_SETTLED_BEFORE_NE = "着的了好行是在等我哦嗯"
_AFTER_CLAUSE = " ,.?!~;:\n"
_SMALL_TALK = 0.85


class Question(NamedTuple):
    """Points for asking (information) and requesting (an action), and the verdict."""

    is_question: bool
    ask: float
    request: float
    small_talk: bool


def small_talk(reading: Reading) -> bool:
    """Greetings, thanks, assent and the like cover (nearly) all of the text."""
    if not reading.bare:
        return True
    return covered(reading.of("filler")) >= _SMALL_TALK * len(reading.bare)


def _ends_clause(text: str, end: int) -> bool:
    return end == len(text) or text[end] in _AFTER_CLAUSE


def _particle(text: str) -> float:
    """Points for a clause that ends in a question particle (好用不, 发了没)."""
    best = 0.0
    for particle in _PARTICLES:
        at = text.find(particle)
        while at >= 0:
            end = at + len(particle)
            if at > 0 and _ends_clause(text, end):
                best = max(best, _MILD if particle in _MILD_PARTICLES else _PARTICLE)
                break
            at = text.find(particle, end)
    return best


def _names_and_asks(reading: Reading) -> bool:
    bare = reading.bare
    return 1 < len(bare) <= _TOPIC_PARTICLE and bare[-1] == "呢" and bare[-2] not in _SETTLED_BEFORE_NE


def _a_not_a(text: str) -> bool:
    """X不X, X没X, XY不XY: the question form that needs no particle (能拆不能拆)."""
    for mark in "不没":
        at = text.find(mark, 1)
        while at > 0:
            if text[at - 1] == text[at + 1 : at + 2] and text[at - 1].isalpha():
                return True
            if at > 1 and text[at - 2 : at] == text[at + 1 : at + 3]:
                return True
            at = text.find(mark, at + 1)
    return False


def _form(reading: Reading) -> float:
    """Points for the form of the text: mark, particle, A-not-A."""
    points = _MARK if "?" in reading.text else 0.0
    points += _particle(reading.text)
    if _names_and_asks(reading):
        points += _PARTICLE
    return points + (_PARTICLE if _a_not_a(reading.text) else 0.0)


def _total(hits: list[Hit], label: str) -> float:
    return sum(hit.weight for hit in hits if hit.label == label)


def judge(reading: Reading) -> Question:
    """Add up what speaks for and against a question."""
    chatter = small_talk(reading)
    if chatter:
        return Question(False, 0.0, 0.0, True)
    hits = reading.of("questions")
    ask = min(_total(hits, "ask"), 3.0) + _form(reading)
    request = min(_total(hits, "request"), 3.0)
    against = _total(hits, "rhetorical") + _total(hits, "quoted")
    score = ask + request - against + _KIND_BIAS[reading.kind]
    return Question(score >= THRESHOLD, ask - against, request, False)
