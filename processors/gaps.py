"""The weekly gap list: which questions went unanswered, and what each costs.

Pure: decided questions of two weeks in, ranked gaps out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from processors.question_bank import cluster_texts
from processors.question_features import MASK, Wordings, wording_key

REASON_WORDS = {
    "fallback": "机器人没听懂或答非所问",
    "low_confidence": "机器人没把握",
    "no_reply": "没人回复",
    "handoff": "顾客转了人工",
    "rephrased": "顾客换了说法再问",
    "rejected": "顾客说没解决",
    "human_corrected": "人工更正了机器人",
}
"""What a reason means, in a trainer's words."""

URGENCY_COST = {"low": 0.4, "normal": 1.0, "high": 2.0, "critical": 4.0}
"""Cost of one customer left without an answer, by urgency; normal is 1. Judgement, not measurement."""

_URGENCIES = tuple(URGENCY_COST)
_URGENT_SHARE = 0.2
_URGENCY_WORDS = {"high": "其中有急事", "critical": "其中有人身、法律或媒体风险"}
_STALLING = re.compile(
    r"稍等|请等|查询中|正在(?:为您)?(?:查|核实)|为您查|帮您查|马上为您|转接|很高兴为您|请问(?:还)?有什么|"
    r"提供(?:一下)?订单|订单号(?:发|是)|感谢您的|祝您|再见"
)
_CLOSING = re.compile(r"请问(?:您)?还有(?:什么|其他|其它|别的).*", re.S)
_LEAST_ANSWER = 8
_MOST_ANSWERS = 50


class QuestionFact(Struct, kw_only=True):
    """One decided question. `previous`: asked in the week before; `answer`: what a human agent then said."""

    event_id: str
    conversation_id: str
    customer_id: str
    text: str
    occurred_at: int
    unanswered: bool
    reasons: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    nature: str = ""
    urgency: str = ""
    channel: str = ""
    product_id: str = ""
    product_name: str = ""
    answer: str = ""
    previous: bool = False
    wording: int = 0


class Known(NamedTuple):
    """What the question database says of a wording; `is_new`: its cluster was first asked about this week."""

    cluster_id: str
    canonical: str
    keywords: tuple[str, ...]
    is_new: bool


class Gap(Struct, kw_only=True):
    """A question that went unanswered this week.

    `count` unanswered questions of the week, `share` of all of them; `customers`
    they left without an answer; `unanswered_rate` of all the week's questions in
    the group; `previous_count` as `count`, of the week before; `is_new`: no such
    question is known from before, also where there is no data from before at all. `reasons`,
    `channels` and `products` count unanswered questions.
    """

    rank: int
    cluster_id: str
    canonical: str
    keywords: tuple[str, ...]
    count: int
    share: float
    customers: int
    unanswered_rate: float
    previous_count: int
    is_new: bool
    topic: str
    nature: str
    urgency: str
    reasons: dict[str, int]
    channels: dict[str, int]
    products: dict[str, int]
    samples: list[dict[str, str]]
    draft_answer: str
    why: str


def rank_gaps(
    facts: Sequence[QuestionFact],
    wordings: Wordings,
    known: Mapping[int, Known] | None = None,
    limit: int = 50,
    samples: int = 5,
) -> list[Gap]:
    """At most `limit` gaps, the costliest first, each with up to `samples` questions.

    `known` gives the cluster of a wording; the wordings without one are grouped among themselves.
    """
    asked = sorted((fact for fact in facts if fact.nature != "chitchat"), key=lambda fact: fact.event_id)
    total = sum(fact.unanswered and not fact.previous for fact in asked)
    compared = any(fact.previous for fact in asked)
    found = []
    for group, members in _groups(asked, wordings, known or {}):
        if any(fact.unanswered and not fact.previous for fact in members):
            found.append((_gap(group, members, total, samples, compared), members))
    found.sort(key=lambda pair: (-_cost(*pair), -pair[0].count, pair[0].cluster_id))
    gaps = [gap for gap, _ in found[:limit]]
    for rank, gap in enumerate(gaps, 1):
        gap.rank = rank
    return gaps


def _groups(
    asked: Sequence[QuestionFact], wordings: Wordings, known: Mapping[int, Known]
) -> list[tuple[Known, list[QuestionFact]]]:
    """The questions by their cluster."""
    stored: dict[str, list[QuestionFact]] = defaultdict(list)
    names: dict[str, Known] = {}
    rest = []
    for fact in asked:
        group = known.get(fact.wording)
        if group is None:
            rest.append(fact)
        else:
            names[group.cluster_id] = group
            stored[group.cluster_id].append(fact)
    groups = [(names[name], members) for name, members in stored.items()]
    for cluster in cluster_texts([fact.text for fact in rest], wordings):
        members = [rest[index] for index in cluster.members]
        is_new = not any(fact.previous for fact in members)
        groups.append((Known(cluster.cluster_id, cluster.canonical, cluster.keywords, is_new), members))
    return groups


def _gap(cluster: Known, members: Sequence[QuestionFact], total: int, samples: int, compared: bool) -> Gap:
    week = [fact for fact in members if not fact.previous]
    missed = [fact for fact in week if fact.unanswered]
    gap = Gap(
        rank=0,
        cluster_id=cluster.cluster_id,
        canonical=cluster.canonical,
        keywords=cluster.keywords,
        count=len(missed),
        share=round(len(missed) / total, 4),
        customers=_customers(missed),
        unanswered_rate=round(len(missed) / len(week), 4),
        previous_count=sum(fact.previous and fact.unanswered for fact in members),
        is_new=cluster.is_new,
        topic=_commonest(topic for fact in missed for topic in fact.topics[:1]) or "other",
        nature=_commonest(fact.nature for fact in missed),
        urgency=_urgency(missed),
        reasons=_counts(reason for fact in missed for reason in fact.reasons),
        channels=_counts(fact.channel for fact in missed),
        products=_counts(fact.product_name or fact.product_id for fact in missed),
        samples=_samples(missed, samples),
        draft_answer=best_answer(fact.answer for fact in members),
        why="",
    )
    gap.why = _why(gap, len(week), compared)
    return gap


def _cost(gap: Gap, members: Iterable[QuestionFact]) -> float:
    """Customers, times urgency, times how rarely it is answered, times growth (shrunk by five questions)."""
    missed = [fact for fact in members if fact.unanswered and not fact.previous]
    urgency = sum(URGENCY_COST.get(fact.urgency, 1.0) for fact in missed) / len(missed)
    growth = (gap.count - gap.previous_count) / (gap.count + gap.previous_count + 5)
    return gap.customers * urgency * (0.5 + 0.5 * gap.unanswered_rate) * (1 + 0.5 * max(0.0, growth))


def _customers(facts: Iterable[QuestionFact]) -> int:
    """Distinct customers; an anonymous one counts once a conversation."""
    return len({(fact.customer_id, "" if fact.customer_id else fact.conversation_id) for fact in facts})


def _counts(names: Iterable[str]) -> dict[str, int]:
    """Counts of the names that are not empty, largest first."""
    counted = Counter(name for name in names if name)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _commonest(names: Iterable[str]) -> str:
    return next(iter(_counts(names)), "")


def _urgency(facts: Sequence[QuestionFact]) -> str:
    """The highest urgency that a fifth of the questions reach: one odd tag does not colour a group."""
    levels = [_URGENCIES.index(fact.urgency) if fact.urgency in URGENCY_COST else 1 for fact in facts]
    needed = _URGENT_SHARE * len(levels)
    highest = max(n for n in range(len(_URGENCIES)) if sum(level >= n for level in levels) >= needed)
    return _URGENCIES[highest]


def _samples(facts: Iterable[QuestionFact], most: int) -> list[dict[str, str]]:
    """The newest question of each wording first, then more of the same."""
    newest = sorted(facts, key=lambda fact: (-fact.occurred_at, fact.event_id))
    first: dict[str, QuestionFact] = {}
    for fact in newest:
        first.setdefault(wording_key(fact.text), fact)
    chosen = {id(fact) for fact in first.values()}
    ordered = [*first.values(), *(fact for fact in newest if id(fact) not in chosen)]
    return [
        {"event_id": f.event_id, "conversation_id": f.conversation_id, "text": f.text} for f in ordered[:most]
    ]


def best_answer(answers: Iterable[str]) -> str:
    """The agents' answer that agrees most with the others; '' when none says anything."""
    bare = (_CLOSING.sub("", answer).strip() for answer in answers)
    useful = Counter(a for a in bare if len(a) >= _LEAST_ANSWER and not _STALLING.search(a))
    # What holds for every customer names no order, number or person.
    useful = Counter({a: n for a, n in useful.items() if not MASK.search(a)}) or useful
    ranked = sorted(useful, key=lambda answer: (-useful[answer], -len(answer), answer))[:_MOST_ANSWERS]
    grams = {answer: {answer[i : i + 2] for i in range(len(answer) - 1)} for answer in ranked}
    support: dict[str, float] = defaultdict(float)
    for one in ranked:
        for other in ranked:
            shared = len(grams[one] & grams[other])
            support[one] += useful[other] * 2 * shared / (len(grams[one]) + len(grams[other]))
    return max(ranked, key=lambda answer: support[answer], default="")


def _why(gap: Gap, asked: int, compared: bool) -> str:
    """One plain sentence that says why this gap stands where it does."""
    rate = f"{gap.unanswered_rate:.0%}"
    parts = [f"本周 {gap.customers} 位顾客没得到答案：问了 {asked} 次，{gap.count} 次没答上（{rate}）"]
    parts.append(_trend(gap) if compared else "没有上周的数据可比")
    reason = next(iter(gap.reasons), "")
    if reason:
        parts.append(f"多因{REASON_WORDS.get(reason, reason)}（{gap.reasons[reason]} 次）")
    if gap.urgency in _URGENCY_WORDS:
        parts.append(_URGENCY_WORDS[gap.urgency])
    return "，".join(parts) + "。"


def _trend(gap: Gap) -> str:
    if gap.is_new:
        return "以前没人问过"
    if gap.count == gap.previous_count:
        return "与上周持平"
    direction = "多" if gap.count > gap.previous_count else "少"
    return f"没答上的比上周{direction} {abs(gap.count - gap.previous_count)} 次"
