"""Decides whether a question was answered, and why not, with the ids that show it.

The seven reasons are those of `REASONS`. Reasons are independent witnesses, so
the score is 1 - product(1 - weight): two weak signs together are a strong one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import NamedTuple

from processors import customer_words as word
from processors import reply_words as kinds
from processors.cases import MOST_COMPARED, Case, different_aim, nearness, related
from processors.customer_words import CustomerReading
from processors.dialogue import Episode, Replied, Turn
from processors.reply_words import ReplyReading
from processors.rows import MessageRow
from processors.verdict_model import VerdictModel
from processors.wording import SAME_ANSWER, figures, overlap

REASONS = ("fallback", "low_confidence", "no_reply", "handoff", "rephrased", "rejected", "human_corrected")
"""Every reason, in the order in which a verdict lists them."""

_WEIGHTS = {
    "fallback": 0.92,
    "low_confidence": 0.7,
    "no_reply": 0.97,
    "handoff": 0.85,
    "rephrased": 0.75,
    "rejected": 0.85,
    "human_corrected": 0.8,
}
_SAME_QUESTION = 0.5
_SURE_QUESTION = 0.8
_NEAR_QUESTION = 0.15
LEAST_AGAIN, FOR_GOOD = 0.4, 0.35
PLAIN, SHARES, SHOWS = 0.9, 0.5, 0.45
"""Chances from which words that would fit any question are a fallback even of an unsure bot; from which a
human stepped in for the question before, too; from which a message is shown as one that rejects."""
_OBJECTIONS = word.REJECT | word.FAIL | word.WEAK
"""What is said in nothing but listed words is read by the lists alone."""


class Verdict(NamedTuple):
    """`state`, the evidence of each reason, `score` in [0, 1], the answer judged, `due` if open (ms)."""

    state: str
    evidence: dict[str, list[str]]
    score: float
    answer: MessageRow | None
    due: int | None


def judge(
    episodes: list[Episode], horizon: int, closed_at: int, no_reply_ms: int, model: VerdictModel | None = None
) -> list[tuple[Turn, Verdict]]:
    """Verdicts of all turns in order.

    `horizon` is how far time has come, `closed_at` when the conversation was last
    closed (-1: never), both epoch milliseconds; without a `model`, rules alone decide.
    """
    cases = weigh(episodes, model)
    clock = _Clock(horizon, closed_at, no_reply_ms)
    return [(case.turn, _conclude(case, clock)) for group in cases for case in group]


def weigh(episodes: list[Episode], model: VerdictModel | None = None) -> list[list[Case]]:
    """All questions by episode, with the evidence that what was said shows; time has not been heard yet."""
    groups = [[Case(turn) for turn in episode.turns] for episode in episodes]
    for before, group in pairwise(groups):
        _link(before, group, model)
    said: set[str] = set()
    for case in chain.from_iterable(groups):
        _collect(case, said, model)
    for before, group in pairwise(groups):
        _share(before, group)
    return groups


class _Clock(NamedTuple):
    horizon: int
    closed_at: int
    no_reply_ms: int

    def passed(self, due: int, since: int) -> bool:
        return self.horizon >= due or self.closed_at >= since


# --- the same question again --------------------------------------------------------------


def _link(before: list[Case], group: list[Case], model: VerdictModel | None) -> None:
    for old in before[-MOST_COMPARED:]:
        for new in group[:MOST_COMPARED]:
            if old.answer is not None and _again(old, new.turn, model):
                _connect(old, new)
                break


def _connect(old: Case, new: Case) -> None:
    episode = old.turn.episode
    if old.by_bot and episode.agents:
        # Said again to the human who took over: the human's answer corrects the bot's.
        episode.agents.extend(new.turn.episode.attempt[:MOST_COMPARED])
        return
    old.evidence["rephrased"] = [new.turn.asks[0].event_id]
    if old.by_bot and old.reading is not None and old.answer is not None:
        counts = old.kind in (kinds.ANSWER, kinds.POINTER)
        new.chain = (old.answer, old.reading) if counts else old.chain


def _share(before: list[Case], group: list[Case]) -> None:
    """A human who steps in at a question said again does so because of the first time, too."""
    new = group[-1]
    if not before or len(group) > 1 or any(row.sender == "bot" for row, _ in new.turn.episode.attempt):
        return
    old = before[-1]
    if "rephrased" in old.evidence and old.by_bot and new.turn.chance("rejects", "rephrases") >= SHARES:
        for reason in ("handoff", "human_corrected"):
            if reason in new.evidence:
                old.evidence.setdefault(reason, new.evidence[reason])


def _again(old: Case, new: Turn, model: VerdictModel | None) -> bool:
    """Whether `new` asks what `old` asked; the poorer the answer was, the sooner."""
    if model is not None and old.is_last:
        return model.asks_again(old, new)
    near = nearness(old.turn, new)
    if different_aim(old.turn, new):
        near = min(near, _NEAR_QUESTION)
    if old.accepted or new.changed:
        return not old.accepted and near >= _SAME_QUESTION
    return _said_again(old, new, near) if old.is_last else _says_the_same(new, near)


def _said_again(old: Case, new: Turn, near: float) -> bool:
    """The same of the question that the reply was to."""
    if _protested(old, new, near):
        return True
    if new.chance("rephrases"):
        return _weighed_again(old, new, near)
    if old.poor:
        return not new.follows and _close_enough(old, new, near)
    return _says_the_same(new, near)


def _says_the_same(new: Turn, near: float) -> bool:
    if new.flags & word.CONFIRM or new.follows:
        return near >= _SURE_QUESTION and not new.flags & word.CONFIRM
    return near >= _SAME_QUESTION


def _weighed_again(old: Case, new: Turn, near: float) -> bool:
    """The better the answer seems, the surer the models must be that it is asked again."""
    good = old.reading.chance("answers") if old.reading is not None else 0.0
    again = new.chance("rephrases", "rejects", "asks_human")
    if not old.by_bot:
        # With a human one talks step by step: what comes next is mostly the next step.
        return near >= _SAME_QUESTION or (again >= _SURE_QUESTION and near > _NEAR_QUESTION)
    if old.turn.episode.last_word:
        # The customer has had their say on the answer before; what comes then is seldom the same again.
        return again >= _SURE_QUESTION or near >= _SAME_QUESTION
    return again >= LEAST_AGAIN + FOR_GOOD * good or (near >= _SURE_QUESTION and good < _SURE_QUESTION)


def _close_enough(old: Case, new: Turn, near: float) -> bool:
    """After no answer at all the same subject is the same question; after an unsure one it takes words."""
    if old.kind != kinds.ANSWER:
        return near > 0 or related(old.turn.head, new.asks[0])
    return near > _NEAR_QUESTION


def _protested(old: Case, new: Turn, near: float) -> bool:
    """The new question itself says that the old one was not answered."""
    first, episode = new.asks[0], old.turn.episode
    if first.event_id in episode.rejected:
        return True
    alike = near > 0 or related(old.turn.head, first)
    if new.flags & word.INSIST:
        return alike or old.poor
    if first.event_id in episode.failed_again:
        return alike
    return bool(old.by_bot and new.flags & word.DOUBT and near > 0)


# --- what the replies and the customer show --------------------------------------------------


def _collect(case: Case, said: set[str], model: VerdictModel | None) -> None:
    answer, reading, evidence = case.answer, case.reading, case.evidence
    repeated = reading is not None and case.by_bot and reading.bare in said
    if answer is not None and reading is not None:
        _judge_answer(case, answer, model)
        if case.by_bot and reading.bare:
            said.add(reading.bare)
    if not case.is_last:
        return
    episode = case.turn.episode
    asked_for_human = [*episode.human, *episode.handed]
    if asked_for_human and not episode.agent_on:
        evidence["handoff"] = asked_for_human
    rejected = _rejections(case, repeated, model)
    if rejected and (answer is not None or episode.late is not None):
        evidence["rejected"] = rejected
    corrected = _correction(case)
    if corrected:
        evidence["human_corrected"] = corrected


def _judge_answer(case: Case, answer: MessageRow, model: VerdictModel | None) -> None:
    episode = case.turn.episode
    # An unsure bot that speaks of something else is unsure; only what is plainly no answer is a fallback too.
    reading = case.reading
    plain = not case.unsure or reading is None or not reading.supposed or reading.chance("generic") >= PLAIN
    if case.kind != kinds.ANSWER and plain and not _did_help(case) and episode.late is None:
        case.evidence["fallback"] = [answer.event_id]
    if case.unsure and not _helped(case, model):
        case.evidence["low_confidence"] = [answer.event_id]


def _helped(case: Case, model: VerdictModel | None) -> bool:
    """Whether something shows that an unsure answer helped: a rating, thanks, or what all words say."""
    words = case.turn.episode.words
    if model is None or not words or not case.is_last:
        return case.accepted
    if case.accepted and any(said.pure and said.flags & word.ACCEPT for _, said in words):
        return True
    return model.took(case)


def _did_help(case: Case) -> bool:
    """A non-answer that served: the page had it, or a human took the request on."""
    episode = case.turn.episode
    if case.by_bot:
        return case.kind == kinds.POINTER and episode.thanked
    taken_on = case.kind == kinds.STALL and case.turn.head.nature == "request"
    return case.kind != kinds.LOST and (bool(episode.accepted) or taken_on)


def _rejections(case: Case, repeated: bool, model: VerdictModel | None) -> list[str]:
    episode = case.turn.episode
    ids = [*episode.rejected, *episode.failed]
    if "rephrased" in case.evidence:
        ids += episode.failed_again
    if case.poor or repeated:
        ids += episode.weak
    if model is not None and not any(said.pure and said.flags & _OBJECTIONS for _, said in episode.words):
        worded = [said for said in episode.words if not said[1].pure]
        if worded and not model.objects(case):
            ids = []
        elif worded:
            most = max(worded, key=_against)
            ids = ids or ([most[0]] if _against(most) >= SHOWS else [])
    return [*ids, *episode.low_scores]


def _against(said: tuple[str, CustomerReading]) -> float:
    """How much a message is against the answer: what asks again, or for a human, says no more than that."""
    reading = said[1]
    if reading.flags & word.HUMAN and not reading.flags & _OBJECTIONS:
        return 0.0
    return reading.chance("rejects") if reading.asking else reading.chance("rejects", "rephrases")


def _correction(case: Case) -> list[str]:
    """The bot's answer and the first answer of a human that says something else."""
    episode = case.turn.episode
    counts = case.by_bot and case.kind in (kinds.ANSWER, kinds.POINTER)
    base = (case.answer, case.reading) if counts else case.chain
    if base is None or base[0] is None or base[1] is None:
        return []
    for row, reading in _human_answers(episode):
        if case.by_bot and episode.accepted and not reading.corrects:
            continue
        if reading.corrects or differs(base[1], reading):
            return [base[0].event_id, row.event_id]
    return []


def _human_answers(episode: Episode) -> Iterator[Replied]:
    for row, reading in (episode.agents or episode.attempt)[:MOST_COMPARED]:
        if row.sender == "agent" and reading.kind == kinds.ANSWER:
            yield row, reading


def differs(bot: ReplyReading, human: ReplyReading) -> bool:
    """Whether a human's answer says materially something else than the bot's."""
    if human.agrees or not human.bare:
        return False
    if overlap(bot.grams, human.grams) < SAME_ANSWER:
        return True
    ours, theirs = figures(bot.bare), figures(human.bare)
    return bool(ours and theirs) and not (ours & theirs)


# --- the verdict ------------------------------------------------------------------------------


def _conclude(case: Case, clock: _Clock) -> Verdict:
    turn, episode = case.turn, case.turn.episode
    asked, first = turn.asks[0].occurred_at, episode.first
    due = asked + clock.no_reply_ms
    if first is None or first.occurred_at > due:
        if first is None and not clock.passed(due, turn.head.occurred_at):
            return Verdict("open", {}, 0.0, None, due)
        shown = [part.event_id for part in turn.asks[:MOST_COMPARED]]
        case.evidence["no_reply"] = [*shown, first.event_id] if first else shown
    elif case.answer is None and episode.late is None:
        waiting = _await(case, clock)
        if waiting is not None and not case.evidence:
            return Verdict("open", {}, 0.0, None, waiting)
    return _close(case)


def _await(case: Case, clock: _Clock) -> int | None:
    """When patience ends with a reply that was no answer yet; None once it has ended or needs none."""
    episode = case.turn.episode
    row, reading = episode.attempt[-1]
    told_off = episode.last_word == word.ACCEPT
    if told_off or (reading.kind == kinds.CLARIFY and episode.data is None):
        return None
    since = episode.data.occurred_at if episode.data is not None else row.occurred_at
    due = since + clock.no_reply_ms
    if not clock.passed(due, since):
        return due
    if not case.evidence:
        told = [] if episode.data is None else [episode.data.event_id]
        reason = "no_reply" if told and reading.kind == kinds.CLARIFY else "fallback"
        case.evidence[reason] = [row.event_id, *told]
    return None


def _close(case: Case) -> Verdict:
    evidence = {reason: case.evidence[reason] for reason in REASONS if reason in case.evidence}
    if not evidence:
        return Verdict("answered", {}, _doubt(case), case.answer, None)
    miss = 1.0
    for reason in evidence:
        miss *= 1.0 - _WEIGHTS[reason]
    return Verdict("unanswered", evidence, round(1.0 - miss, 3), case.answer, None)


def _doubt(case: Case) -> float:
    """How unsure "answered" is, below 0.5: silence after a hesitant bot is less than thanks."""
    if case.accepted:
        return 0.02
    if case.answer is None:
        return 0.3
    confidence = case.answer.bot_confidence
    return round(0.1 + 0.3 * (1.0 - confidence), 3) if confidence is not None else 0.1
