"""What becomes of a question: each function writes one course of events and its truth.

The verdicts follow the rules of docs/unanswered.md. A course leaves no room for
two readings; where the rules do, the reason is marked as optional.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from random import Random

from streams.demo.conversation import Conversation, mark
from streams.demo.model import TruthQuestion
from streams.demo.scenarios import Family, Wording
from streams.demo.speech import pick

Course = Callable[[Conversation, Family, Wording], None]


def _answer(talk: Conversation, line: str) -> str:
    return talk.setting.shop.tone + talk.speaker.fill(line)


def _again(talk: Conversation, family: Family, wording: Wording) -> TruthQuestion:
    """The same question in other words."""
    talk.wait(12, 50)
    if wording.again and talk.chance(0.55):
        return talk.ask(family, (pick(talk.rng, wording.again),))
    asked = " ".join(wording.parts).rstrip("？?！!。")
    return talk.ask(family, (pick(talk.rng, talk.language.talk["again_frames"]).replace("{q}", asked),))


def _bot_good(talk: Conversation, family: Family, wording: Wording, unsure: bool = False) -> str:
    confidence = 0.3 + 0.19 * talk.rng.random() if unsure else 0.6 + 0.37 * talk.rng.random()
    return talk.bot(_answer(talk, pick(talk.rng, wording.good)), family.intent, confidence)


def _bot_wrong(talk: Conversation, family: Family) -> str:
    confidence = 0.55 + 0.35 * talk.rng.random()
    return talk.bot(_answer(talk, pick(talk.rng, family.wrong)), family.intent, confidence)


def _bot_fallback(talk: Conversation, family: Family, question: TruthQuestion) -> None:
    """Did not understand, or a non-answer; marks the question."""
    if talk.setting.incident and talk.chance(0.75):
        confidence = 0.4 + 0.35 * talk.rng.random()
        talk.bot(
            _answer(talk, pick(talk.rng, talk.language.talk["incident_nonanswer"])), family.intent, confidence
        )
    elif talk.chance(0.65):
        confidence = 0.08 + 0.47 * talk.rng.random()
        talk.bot(talk.talk("fallback"), "unknown", confidence, fallback=True if talk.chance(0.8) else None)
    else:
        confidence = 0.4 + 0.3 * talk.rng.random()
        talk.bot(_answer(talk, pick(talk.rng, talk.language.talk["nonanswer"])), family.intent, confidence)
    mark(question, "fallback", *(("low_confidence",) if round(confidence, 2) < 0.5 else ()))


def _say_thanks(talk: Conversation, kind: str = "thanks", share: float = 0.6) -> None:
    if talk.chance(share):
        talk.wait(6, 45)
        talk.customer(talk.talk(kind))


def _handoff(talk: Conversation, reason: str) -> None:
    talk.wait(0.5, 2)
    talk.status("handoff", reason)
    if talk.chance(0.5):
        talk.wait(0.3, 2)
        talk.system(talk.talk("queue"))


def _agent_solves(talk: Conversation, wording: Wording) -> bool:
    """The agent's own answer, unless the customer has left the queue; whether it came."""
    if talk.chance(0.12):
        return False
    talk.agent_wait()
    talk.agent(talk.talk("agent_lead") + talk.speaker.fill(pick(talk.rng, wording.agent)))
    talk.resolved = True
    _say_thanks(talk, "agent_thanks", 0.65)
    return True


def good(talk: Conversation, family: Family, wording: Wording) -> None:
    """A right answer."""
    talk.ask(family, wording.parts)
    answer = _bot_good(talk, family, wording)
    if talk.chance(0.08):
        talk.wait(3, 15)
        talk.rating(1, 1, about_event_id=answer)
    _say_thanks(talk)


def unsure_but_right(talk: Conversation, family: Family, wording: Wording) -> None:
    """A right answer of low confidence that the customer accepts: answered."""
    talk.ask(family, wording.parts)
    _bot_good(talk, family, wording, unsure=True)
    _say_thanks(talk, "accept", 1.0)


def clarified(talk: Conversation, family: Family, wording: Wording) -> None:
    """The bot asks back, then answers rightly."""
    talk.ask(family, wording.parts)
    if wording.clarify:
        question, reply = pick(talk.rng, wording.clarify)
        talk.bot(_answer(talk, question), family.intent, 0.5 + 0.2 * talk.rng.random())
        talk.wait(5, 30)
        talk.customer(talk.speaker.fill(reply))
    _bot_good(talk, family, wording)
    _say_thanks(talk)


def slow_repeated(talk: Conversation, family: Family, wording: Wording) -> None:
    """The bot is slow, the customer says it again; one question, answered within the limit."""
    question = talk.ask(family, wording.parts)
    text = talk.last_text()
    talk.wait(45, 80)
    repeat = talk.customer(pick(talk.rng, ("", "", "在吗 ")) + text)
    question.group_event_ids += (repeat,)
    question.event_id, question.asked_ms = repeat, talk.now
    talk.wait(8, 40)
    _bot_good(talk, family, wording)
    _say_thanks(talk)


def fallback_given_up(talk: Conversation, family: Family, wording: Wording) -> None:
    """No usable answer, and the customer leaves."""
    question = talk.ask(family, wording.parts)
    _bot_fallback(talk, family, question)
    talk.resolved = False
    if talk.chance(0.5):
        mark(question, maybe=("rejected",))
        _say_thanks(talk, "giveup", 1.0)


def fallback_then_right(talk: Conversation, family: Family, wording: Wording) -> None:
    """No usable answer; the same in other words is answered."""
    question = talk.ask(family, wording.parts)
    _bot_fallback(talk, family, question)
    mark(question, "rephrased", maybe=("rejected",))
    _again(talk, family, wording)
    _bot_good(talk, family, wording)
    _say_thanks(talk)


def fallback_twice(talk: Conversation, family: Family, wording: Wording) -> None:
    """No usable answer twice, then the bot hands over."""
    first = talk.ask(family, wording.parts)
    _bot_fallback(talk, family, first)
    mark(first, "rephrased", maybe=("rejected", "handoff", "human_corrected"))
    second = _again(talk, family, wording)
    _bot_fallback(talk, family, second)
    mark(second, "handoff", maybe=("human_corrected",))
    _handoff(talk, talk.talk("handoff_reasons"))
    talk.resolved = False
    _agent_solves(talk, wording)


def fallback_human_wanted(talk: Conversation, family: Family, wording: Wording) -> None:
    """No usable answer; the customer asks for a human."""
    question = talk.ask(family, wording.parts)
    _bot_fallback(talk, family, question)
    talk.wait(5, 30)
    talk.customer(talk.talk("human"))
    mark(question, "handoff", maybe=("rejected", "human_corrected"))
    _handoff(talk, "user_request")
    talk.resolved = False
    _agent_solves(talk, wording)


def irrelevant(talk: Conversation, family: Family, wording: Wording) -> None:
    """An unsure answer to something else, and no sign that it helped."""
    question = talk.ask(family, wording.parts)
    other = talk.setting.families.draw(talk.rng.random())
    line = pick(talk.rng, other.wrong)
    talk.bot(_answer(talk, line), family.intent, 0.18 + 0.3 * talk.rng.random())
    mark(question, "low_confidence", maybe=("fallback",))
    talk.resolved = False
    if talk.chance(0.35):
        mark(question, maybe=("rejected",))
        _say_thanks(talk, "giveup", 1.0)


def wrong_then_human(talk: Conversation, family: Family, wording: Wording) -> None:
    """A confident wrong answer, rejected; a human answers otherwise."""
    question = talk.ask(family, wording.parts)
    _bot_wrong(talk, family)
    talk.wait(8, 40)
    talk.customer(talk.talk("reject"))
    mark(question, "rejected", "handoff")
    asked_for = talk.chance(0.5)
    if asked_for:
        talk.wait(2, 10)
        talk.customer(talk.talk("human"))
    _handoff(talk, "user_request" if asked_for else "negative_sentiment")
    talk.resolved = False
    if _agent_solves(talk, wording):
        mark(question, "human_corrected")


def wrong_then_right(talk: Conversation, family: Family, wording: Wording) -> None:
    """A confident wrong answer; the same in other words is answered."""
    question = talk.ask(family, wording.parts)
    _bot_wrong(talk, family)
    mark(question, "rephrased", maybe=("rejected",))
    _again(talk, family, wording)
    _bot_good(talk, family, wording)
    _say_thanks(talk)


def thumbed_down(talk: Conversation, family: Family, wording: Wording) -> None:
    """A confident wrong answer, answered by a thumb down."""
    question = talk.ask(family, wording.parts)
    answer = _bot_wrong(talk, family)
    talk.wait(3, 20)
    talk.rating(0, 1, about_event_id=answer)
    mark(question, "rejected")
    talk.resolved = False


def human_steps_in(talk: Conversation, family: Family, wording: Wording) -> None:
    """An agent who watches corrects a confident wrong answer."""
    question = talk.ask(family, wording.parts)
    _bot_wrong(talk, family)
    talk.wait(15, 60)
    talk.agent(talk.talk("correct_lead") + talk.speaker.fill(pick(talk.rng, wording.agent)))
    mark(question, "human_corrected", maybe=("handoff",))
    _say_thanks(talk, "agent_thanks", 0.6)


def silence(talk: Conversation, family: Family, wording: Wording) -> None:
    """Nobody replies in time; perhaps an agent much later."""
    question = talk.ask(family, wording.parts)
    mark(question, "no_reply")
    talk.resolved = False
    if talk.chance(0.55):
        talk.wait(40, 100)
        talk.customer(talk.talk("nudge"))
    if talk.chance(0.6):
        talk.late_wait()
        talk.agent(talk.talk("late_lead") + talk.speaker.fill(pick(talk.rng, wording.agent)))
        _say_thanks(talk, "still_angry" if talk.speaker.anger else "agent_thanks", 0.4)


def agent_good(talk: Conversation, family: Family, wording: Wording) -> None:
    """An agent is on duty and answers."""
    talk.ask(family, wording.parts)
    talk.agent_wait()
    lines = wording.good if talk.chance(0.5) else wording.agent
    talk.agent(talk.speaker.fill(pick(talk.rng, lines)))
    talk.resolved = True
    _say_thanks(talk, "agent_thanks")


_RIGHT: tuple[tuple[Course, int], ...] = (
    (good, 80),
    (unsure_but_right, 6),
    (clarified, 10),
    (slow_repeated, 4),
)
_WRONG: tuple[tuple[Course, int], ...] = (
    (fallback_given_up, 16), (fallback_then_right, 14), (fallback_twice, 15), (fallback_human_wanted, 12),
    (irrelevant, 12), (wrong_then_human, 13), (wrong_then_right, 9), (thumbed_down, 8), (human_steps_in, 6),
    (silence, 5),
)  # fmt: skip
_REGRESSED: tuple[tuple[Course, int], ...] = (
    (fallback_given_up, 30), (fallback_then_right, 6), (fallback_twice, 32), (fallback_human_wanted, 26),
    (irrelevant, 6),
)  # fmt: skip
_INCIDENT: tuple[tuple[Course, int], ...] = (
    (fallback_given_up, 24), (fallback_twice, 22), (fallback_human_wanted, 18), (wrong_then_human, 8),
    (thumbed_down, 4), (silence, 24),
)  # fmt: skip


class _Mix:
    """Courses with their shares."""

    def __init__(self, shares: tuple[tuple[Course, int], ...]) -> None:
        self._courses = tuple(course for course, _ in shares)
        self._cumulative = tuple(accumulate(share for _, share in shares))

    def draw(self, rng: Random) -> Course:
        return rng.choices(self._courses, cum_weights=self._cumulative)[0]


_RIGHT_MIX, _WRONG_MIX, _REGRESSED_MIX, _INCIDENT_MIX = map(_Mix, (_RIGHT, _WRONG, _REGRESSED, _INCIDENT))


def choose(talk: Conversation, family: Family) -> Course:
    """The course that the question of `family` takes, by who is on duty and how able the bot is."""
    incident, regression = talk.setting.incident, talk.setting.regression
    if talk.agent_id:
        return silence if talk.chance(0.4 if incident else 0.08) else agent_good
    skill, wrong = family.skill, _WRONG_MIX
    if incident:
        skill, wrong = incident.skill, _INCIDENT_MIX
    elif regression and family.intent in regression.intents:
        skill, wrong = regression.skill, _REGRESSED_MIX
    return (_RIGHT_MIX if talk.chance(skill) else wrong).draw(talk.rng)
