"""A whole conversation: from the first hello over its questions to the rating and the end."""

from __future__ import annotations

from streams.demo.conversation import Conversation, mark
from streams.demo.outcomes import agent_good, choose
from streams.demo.scenarios import Family
from streams.demo.speech import pick

_SCORES_GOOD = (5,) * 62 + (4,) * 28 + (3,) * 10
_SCORES_MENDED = (5,) * 14 + (4,) * 36 + (3,) * 50
_SCORES_BAD = (1,) * 45 + (2,) * 30 + (3,) * 20 + (4,) * 5


def converse(talk: Conversation, family: Family) -> None:
    """Write the conversation that begins with a question of `family`."""
    if talk.chance(0.85):
        talk.status("opened")
        talk.wait(0.3, 2)
    if _prelude(talk):
        _questions(talk, family)
        _rate(talk)
    _close(talk)
    talk.finish()


def _prelude(talk: Conversation) -> bool:
    """What comes before the question; False where no question comes at all."""
    roll = talk.rng.random()
    if not talk.agent_id and roll < 0.025:
        _human_first(talk)
    elif roll < 0.12:
        talk.customer(talk.talk("greeting"))
        _hello(talk)
    elif not talk.agent_id and roll < 0.18:
        _chat(talk)
        return talk.chance(0.4)
    return True


def _hello(talk: Conversation) -> None:
    if talk.agent_id:
        talk.agent_wait()
        talk.agent(talk.talk("hello_agent"))
    else:
        talk.bot(talk.talk("greeting_bot"), "greeting", 0.9 + 0.09 * talk.rng.random())
    talk.wait(5, 30)


def _human_first(talk: Conversation) -> None:
    """A bare wish for a human, which is no question."""
    talk.customer(talk.talk("human"))
    talk.wait(0.5, 2)
    talk.status("handoff", "user_request")
    talk.agent_wait()
    talk.agent(talk.talk("hello_agent"))
    talk.wait(5, 30)


def _chat(talk: Conversation) -> None:
    """Small talk; a fallback to it is no gap."""
    said, answer = pick(talk.rng, talk.language.chat)
    talk.customer(said)
    if talk.chance(0.3):
        talk.bot(talk.talk("chat_fallback"), "unknown", 0.1 + 0.3 * talk.rng.random(), fallback=True)
    else:
        talk.bot(talk.speaker.fill(answer), "chitchat", 0.6 + 0.35 * talk.rng.random())
    talk.wait(8, 40)


def _questions(talk: Conversation, family: Family) -> None:
    while True:
        talk.speaker.anger = _anger(talk, family)
        choose(talk, family)(talk, family, pick(talk.rng, family.ask))
        # Whoever was left without an answer does not go on to the next question.
        if not talk.resolved or not talk.chance(0.34):
            return
        talk.wait(8, 70)
        if family.follow and talk.chance(0.6):
            _follow_up(talk, family)
            return
        family = talk.setting.families.draw(talk.rng.random())


def _anger(talk: Conversation, family: Family) -> float:
    if talk.setting.incident:
        return 1.0 if talk.chance(0.65) else 0.0
    return 0.8 if family.upset and talk.chance(0.4) else 0.0


def _follow_up(talk: Conversation, family: Family) -> None:
    """A second question that hangs on the first answer."""
    asked, answer = pick(talk.rng, family.follow)
    if talk.agent_id:
        agent_good(talk, family, pick(talk.rng, family.ask))
        return
    talk.ask(family, (asked,))
    talk.bot(
        talk.setting.shop.tone + talk.speaker.fill(answer), family.intent, 0.55 + 0.4 * talk.rng.random()
    )
    if talk.chance(0.6):
        talk.wait(6, 40)
        talk.customer(talk.talk("thanks"))


def _rate(talk: Conversation) -> None:
    """CSAT on a 5-point scale in about one conversation of seven, more of the angry ones."""
    if not talk.chance(0.28 if talk.setting.incident else 0.15):
        return
    score = pick(talk.rng, _scores(talk))
    if score <= 2:
        _reject(talk)
    talk.wait(8, 60)
    name = "comment_low" if score <= 2 else "comment_mid" if score == 3 else "comment_high"
    comment = {"comment": talk.talk(name)} if talk.chance(0.35) else {}
    talk.rating(score, 5, **comment)


def _scores(talk: Conversation) -> tuple[int, ...]:
    if not any(q.unanswered for q in talk.questions):
        return _SCORES_GOOD
    return _SCORES_MENDED if talk.resolved else _SCORES_BAD


def _reject(talk: Conversation) -> None:
    """A CSAT of 2 or less rejects the bot's answer before it; after silence or a handoff it is arguable."""
    last = talk.questions[-1]
    if talk.agent_id or not {"no_reply", "handoff"}.isdisjoint(last.reasons):
        mark(last, maybe=("rejected",))
    else:
        last.reasons_optional = tuple(r for r in last.reasons_optional if r != "rejected")
        mark(last, "rejected")


def _close(talk: Conversation) -> None:
    if talk.chance(0.78):
        reason = talk.talk("closed_reasons")
        if reason == "agent_closed" and not talk.agent_id:
            reason = "customer_left"
        talk.now += 300_000 if reason == "idle_timeout" else 0
        talk.wait(2, 60)
        talk.status("closed", reason)
