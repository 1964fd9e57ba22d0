"""The gap list: what is counted, what comes first, and what it says."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pytest

from processors.gaps import Gap, QuestionFact, best_answer, rank_gaps
from processors.question_features import Wordings
from streams.errors import UsageError
from streams.language import load_language
from streams.synonyms import load_wordings
from streams.warehouse.gap_queries import parse_week


@cache
def wordings() -> Wordings:
    return load_wordings(load_language())


def fact(number: int, text: str, **fields: Any) -> QuestionFact:
    values = {
        "customer_id": f"c{number}",
        "unanswered": True,
        "nature": "inquiry",
        "urgency": "normal",
        **fields,
    }
    return QuestionFact(
        event_id=f"e{number}", conversation_id=f"k{number}", text=text, occurred_at=1_000 + number, **values
    )


def ranked(*facts: QuestionFact, **options: int) -> list[Gap]:
    return rank_gaps(facts, wordings(), **options)


def test_counts_of_one_gap() -> None:
    (gap,) = ranked(
        fact(
            1,
            "怎么退货",
            reasons=("fallback", "handoff"),
            topics=("after_sales",),
            channel="jd",
            product_name="锅",
        ),
        fact(
            2,
            "如何退货",
            reasons=("fallback",),
            topics=("after_sales", "order"),
            channel="jd",
            customer_id="c1",
        ),
        fact(3, "退货流程", unanswered=False, channel="web"),
        fact(4, "退货怎么弄", previous=True),
        fact(5, "怎么退货呀", previous=True, unanswered=False),
    )
    assert (gap.rank, gap.count, gap.customers, gap.previous_count, gap.is_new) == (1, 2, 1, 1, False)
    assert (gap.share, gap.unanswered_rate) == (1.0, 0.6667)
    assert gap.reasons == {"fallback": 2, "handoff": 1}
    assert (gap.topic, gap.nature, gap.urgency) == ("after_sales", "inquiry", "normal")
    assert (gap.channels, gap.products) == ({"jd": 2}, {"锅": 1})
    assert [sample["event_id"] for sample in gap.samples] == ["e2", "e1"]
    assert gap.why == (
        "本周 1 位顾客没得到答案：问了 3 次，2 次没答上（67%），"
        "没答上的比上周多 1 次，多因机器人没听懂或答非所问（2 次）。"
    )


def test_shares_add_up_and_answered_questions_are_no_gap() -> None:
    gaps = ranked(
        fact(1, "怎么退货"), fact(2, "发票怎么开"), fact(3, "怎么开票"),
        fact(4, "保修几年", unanswered=False),
        fact(5, "能便宜点吗", previous=True),
    )  # fmt: skip
    assert {gap.canonical for gap in gaps} & {"保修几年", "能便宜点吗"} == set()
    assert sum(gap.share for gap in gaps) == pytest.approx(1, abs=0.001)
    assert all(gap.is_new for gap in gaps)
    assert "以前没人问过" in gaps[0].why


def test_a_first_week_does_not_claim_to_know_the_one_before() -> None:
    (gap,) = ranked(fact(1, "怎么退货"))
    assert gap.is_new
    assert "没有上周的数据可比" in gap.why


def test_more_customers_come_first() -> None:
    many = [fact(n, "发票怎么开") for n in range(5)]
    again = [fact(10 + n, "怎么退货", customer_id="same") for n in range(8)]
    assert [gap.canonical for gap in ranked(*again, *many)] == ["发票怎么开", "怎么退货"]


def test_urgent_comes_before_frequent() -> None:
    calm = [fact(n, "有没有蓝色的") for n in range(3)]
    urgent = [fact(10 + n, "充电器冒烟了怎么办", urgency="critical") for n in range(2)]
    first = ranked(*calm, *urgent)[0]
    assert first.urgency == "critical"
    assert first.why.endswith("其中有人身、法律或媒体风险。")


def test_rising_comes_before_steady() -> None:
    rising = [fact(n, "怎么退货") for n in range(4)]
    steady = [fact(10 + n, "发票怎么开", previous=n >= 4) for n in range(8)]
    assert [gap.previous_count for gap in ranked(*steady, *rising)] == [0, 4]


def test_chitchat_is_no_gap_and_nothing_gives_nothing() -> None:
    assert ranked(fact(1, "你吃饭了吗", nature="chitchat")) == []
    assert ranked() == []


def test_limit_and_samples() -> None:
    gaps = ranked(
        *[fact(n, text) for n, text in enumerate(["怎么退货", "怎么退货", "保修几年", "发票怎么开"])],
        limit=2,
        samples=1,
    )
    assert [gap.rank for gap in gaps] == [1, 2]
    assert all(len(gap.samples) == 1 for gap in gaps)


def test_order_of_facts_does_not_matter() -> None:
    facts = [
        fact(n, text) for n, text in enumerate(["怎么退货", "如何退货", "保修几年", "发票怎么开", "开票"])
    ]
    assert ranked(*facts) == ranked(*reversed(facts))


def test_best_answer_is_what_agents_agree_on() -> None:
    agreed = "在订单页点申请售后，选七天无理由退货，快递会上门取件"
    answers = [
        "请稍等，正在为您查询这个问题",
        agreed,
        "在订单页申请售后选退货就可以",
        "订单页点申请售后退货",
        "好的",
        "今天天气不错适合出门走走呢",
    ]
    assert best_answer(answers) in answers[1:4]
    assert best_answer(["好的", "", "亲，请稍等一下马上为您查询"]) == ""


def test_best_answer_prefers_what_holds_for_everyone() -> None:
    general = "签收后七天内都可以申请退货的"
    assert (
        best_answer(["您的订单[订单号#0a1b2c3d]已经退货", general + " 请问还有其他可以帮您的吗"]) == general
    )
    assert best_answer(["您的订单[订单号#0a1b2c3d]已经退货"]) == "您的订单[订单号#0a1b2c3d]已经退货"


def test_week_is_monday_to_sunday_in_the_shops_time_zone() -> None:
    start, end = parse_week("2026-W45", "Asia/Shanghai")
    zone = dt.timezone(dt.timedelta(hours=8))
    assert dt.datetime.fromtimestamp(start / 1000, zone) == dt.datetime(2026, 11, 2, tzinfo=zone)
    assert end - start == 7 * 86_400_000
    assert parse_week("2026-w45", "Asia/Shanghai") == (start, end)


def test_week_with_a_clock_change_is_not_168_hours() -> None:
    start, end = parse_week("2026-W13", "Europe/Berlin")
    assert end - start == 167 * 3_600_000


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "2026-11-02", "W45", "", "2026-W4", "二〇二六"])
def test_a_week_that_is_none(week: str) -> None:
    with pytest.raises(UsageError, match="2026-W45"):
        parse_week(week, "Asia/Shanghai")
