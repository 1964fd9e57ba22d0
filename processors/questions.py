"""Does a text ask for information or for an action?"""

from __future__ import annotations

from typing import NamedTuple

from processors.cues import Hit, Reading, covered

THRESHOLD = 1.0
_MARK = 1.0
_PARTICLE = 1.0
_KIND_BIAS = {"chat": 0.0, "review": -2.0, "complaint": -1.4}
"""Reviews and filed complaints state; their questions are mostly rhetorical."""
_PARTICLES = ("吗", "么", "嘛", "呢", "不", "没", "没有", "伐", "不呢", "不啊", "没啊", "不呀", "吧")
_MILD_PARTICLES = frozenset({"呢", "嘛", "吧"})
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


def _particle(text: str) -> float:
    """Points for a sentence that ends in a question particle (好用不, 发了没)."""
    best = 0.0
    for particle in _PARTICLES:
        at = text.find(particle)
        while at >= 0:
            end = at + len(particle)
            if at > 0 and (end == len(text) or text[end] in _AFTER_CLAUSE):
                best = max(best, 0.4 if particle in _MILD_PARTICLES else _PARTICLE)
                break
            at = text.find(particle, end)
    return best


def _real_marks(reading: Reading) -> float:
    if "?" not in reading.text:
        return 0.0
    return _MARK


def _total(hits: list[Hit], label: str) -> float:
    return sum(hit.weight for hit in hits if hit.label == label)


def judge(reading: Reading) -> Question:
    """Add up what speaks for and against a question."""
    chatter = small_talk(reading)
    if chatter:
        return Question(False, 0.0, 0.0, True)
    hits = reading.of("questions")
    ask = min(_total(hits, "ask"), 3.0) + _real_marks(reading) + _particle(reading.text)
    request = min(_total(hits, "request"), 3.0)
    against = _total(hits, "rhetorical") + _total(hits, "quoted")
    score = ask + request - against + _KIND_BIAS[reading.kind]
    return Question(score >= THRESHOLD, ask - against, request, False)
