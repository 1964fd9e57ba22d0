"""Rollups equal the facts, whatever batches, replays, late facts and crashes came before."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pytest

from processors.rows import ConversationRow, DirtyMinuteRow, MessageRow, RatingRow, TurnRow
from streams.warehouse.client import Warehouse, open_warehouse
from streams.warehouse.rollups import LOST_MS, WRITING, WRITTEN, refresh, touched_minutes

NOON = 1_795_406_400_000
Fact = MessageRow | TurnRow | RatingRow
Counts = dict[tuple[Any, ...], tuple[int, ...]]


@pytest.fixture
def warehouse(tmp_path: Any) -> Iterator[Warehouse]:
    with open_warehouse(str(tmp_path), timezone="Asia/Shanghai") as opened:
        yield opened


def mark(
    warehouse: Warehouse, facts: Sequence[Fact], version: int, state: int = WRITTEN, writer: str = ""
) -> None:
    minutes = touched_minutes(facts)
    rows = [DirtyMinuteRow(minute=m, dirty=state, version=version, writer=writer) for m in minutes]
    warehouse.insert("dirty_minutes", rows)


class Shop:
    """A seeded maker of facts; later batches change turns and conversations of earlier ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.facts: dict[str, Fact] = {}
        self.conversations: dict[str, ConversationRow] = {}

    def batch(self, version: int) -> list[Fact]:
        made = [self._fact(version) for _ in range(40)]
        replayed = self.random.sample(sorted(self.facts), min(5, len(self.facts)))
        facts = made + [self._changed(self.facts[key], version) for key in replayed]
        self.facts.update({f"{type(fact).__name__}{fact.event_id}": fact for fact in facts})
        return facts

    def _fact(self, version: int) -> Fact:
        pick = self.random.choice
        number = self.random.randrange(20)
        stream: dict[str, Any] = {
            "shop_id": f"s{number % 2}",
            "channel": pick(["jd"]),
            "conversation_id": f"c{number}",
        }
        self.conversations[f"c{number}"] = ConversationRow(
            bot_version=pick(["v1", "v2"]),
            topic=pick(["order", "logistics"]),
            product_id="p9",
            version=version,
            **stream,
        )
        event_id = f"e{self.random.getrandbits(48)}"
        at = NOON + self.random.randrange(-200, 200) * 37_000
        product = pick(["", "p1"])
        kind = pick(["message", "message", "turn", "rating"])
        if kind == "rating":
            return RatingRow(
                event_id=event_id, occurred_at=at, product_id=product, satisfied=pick([True, False]), **stream
            )
        if kind == "turn":
            turn = TurnRow(event_id=event_id, occurred_at=at, topics=("order",), product_id=product, **stream)
            return self._changed(turn, version)
        sender = pick(["customer", "customer", "bot", "agent", "system"])
        return MessageRow(
            event_id=event_id,
            type="chat.message",
            occurred_at=at,
            sender=sender,
            product_id=product,
            bot_version="v1" if sender == "bot" else "",
            sentiment=pick(["negative", "neutral", "positive"]) if sender == "customer" else "",
            topics=pick([("order", "payment"), ("logistics",), ()]) if sender == "customer" else (),
            **stream,
        )

    def _changed(self, fact: Fact, version: int) -> Fact:
        if not isinstance(fact, TurnRow):
            return fact
        pick = self.random.choice
        return msgspec.structs.replace(
            fact,
            state=pick(["open", "answered", "unanswered"]),
            bot_version=pick(["v1", "v2"]),
            responder=pick(["bot", "agent"]),
            response_ms=pick([None, 1000, 60_000]),
            is_deleted=pick([0, 0, 0, 1]),
            version=version,
        )


def _store(warehouse: Warehouse, shop: Shop, facts: list[Fact], version: int) -> None:
    # A conversation changes by a message of its own, as it does in the pipeline.
    touched = {fact.conversation_id for fact in facts}
    changed = [row for key, row in shop.conversations.items() if key in touched]
    nudges = [
        MessageRow(
            event_id=f"n{version}{row.conversation_id}",
            type="chat.message",
            occurred_at=NOON,
            shop_id=row.shop_id,
            channel=row.channel,
            conversation_id=row.conversation_id,
            sender="system",
        )
        for row in changed
    ]
    facts = [*facts, *nudges]
    mark(warehouse, facts, 10 * version)
    for table, kind in (("messages", MessageRow), ("turns", TurnRow), ("ratings", RatingRow)):
        warehouse.insert(table, [fact for fact in facts if isinstance(fact, kind)])
    warehouse.insert("conversations", changed)


def _minute_facts(shop: Shop) -> Counts:
    counts: dict[tuple[Any, ...], Counter[str]] = {}
    for fact in shop.facts.values():
        about = shop.conversations[fact.conversation_id]
        version = about.bot_version if isinstance(fact, RatingRow) else fact.bot_version
        key = (fact.occurred_at // 60_000 * 60, fact.shop_id, fact.channel, version)
        counts.setdefault(key, Counter()).update(_counted(fact))
    return _tuples(counts, MINUTE_COLUMNS)


def _hour_facts(shop: Shop) -> Counts:
    counts: dict[tuple[Any, ...], Counter[str]] = {}
    for fact in shop.facts.values():
        about = shop.conversations[fact.conversation_id]
        rated = isinstance(fact, RatingRow)
        topic = about.topic if isinstance(fact, RatingRow) else (fact.topics or ("",))[0]
        product = (fact.product_id or about.product_id) if rated else fact.product_id
        key = (fact.occurred_at // 3_600_000 * 3600, fact.shop_id, fact.channel, topic, product)
        counts.setdefault(key, Counter()).update(_counted(fact))
    return _tuples(counts, HOUR_COLUMNS)


def _counted(fact: Fact) -> dict[str, int]:
    if isinstance(fact, RatingRow):
        return {"ratings": 1, "satisfied": int(fact.satisfied)}
    if isinstance(fact, TurnRow):
        seen = fact.state != "open" and not fact.is_deleted
        return {"questions": int(seen), "unanswered": int(seen and fact.state == "unanswered")}
    return {f"{fact.sender}_messages": 1, **({fact.sentiment: 1} if fact.sentiment else {})}


MINUTE_COLUMNS = (
    "customer_messages", "bot_messages", "agent_messages", "negative", "neutral", "positive",
    "questions", "unanswered", "ratings", "satisfied",
)  # fmt: skip
HOUR_COLUMNS = tuple(name for name in MINUTE_COLUMNS if name not in ("bot_messages", "agent_messages"))


def _tuples(counts: dict[tuple[Any, ...], Counter[str]], columns: tuple[str, ...]) -> Counts:
    rows = {key: tuple(counter[name] for name in columns) for key, counter in counts.items()}
    return {key: row for key, row in rows.items() if any(row)}


def _stored(warehouse: Warehouse, table: str, keys: str, columns: tuple[str, ...]) -> Counts:
    rows = warehouse.query(f"SELECT {keys}, {', '.join(columns)} FROM {table}").rows
    width = len(keys.split(", "))
    return {tuple(row[:width]): tuple(row[width:]) for row in rows if any(row[width:])}


def _minutes(warehouse: Warehouse) -> Counts:
    keys = "toUnixTimestamp(minute), shop_id, channel, bot_version"
    return _stored(warehouse, "rollup_minute", keys, MINUTE_COLUMNS)


def _hours(warehouse: Warehouse) -> Counts:
    keys = "toUnixTimestamp(hour), shop_id, channel, topic, product_id"
    return _stored(warehouse, "rollup_hour", keys, HOUR_COLUMNS)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rollups_equal_the_facts_after_batches_and_replays(warehouse: Warehouse, seed: int) -> None:
    shop = Shop(seed)
    for commit in range(1, 7):
        facts = shop.batch(2 * commit)
        _store(warehouse, shop, facts, 2 * commit)
        if shop.random.random() < 0.3:  # died after the facts, before the rollups
            continue
        if shop.random.random() < 0.3:  # died after the rollups, before the marks were cleared
            refresh(warehouse, 0)
            mark(warehouse, facts, 20 * commit + 5)
        refresh(warehouse, 0)
    refresh(warehouse, 0)
    assert _minutes(warehouse) == _minute_facts(shop)
    assert _hours(warehouse) == _hour_facts(shop)
    assert refresh(warehouse, 0) == 0


def test_response_times_are_those_of_the_turns(warehouse: Warehouse) -> None:
    stream: dict[str, Any] = {
        "shop_id": "s",
        "channel": "jd",
        "conversation_id": "c",
        "state": "answered",
        "version": 1,
    }
    turns = [
        TurnRow(event_id=f"{who}{i}", occurred_at=NOON, responder=who, response_ms=base * i, **stream)
        for who, base in (("bot", 10), ("agent", 1000))
        for i in range(1, 102)
    ]
    turns.append(TurnRow(event_id="none", occurred_at=NOON, responder="", response_ms=None, **stream))
    for commit in (1, 2):  # the second time over existing keys, which add no sample
        mark(warehouse, turns, 2 * commit)
        warehouse.insert("turns", turns)
        assert refresh(warehouse, 0) == 1
    sql = "SELECT quantilesTDigestMerge(0.5, 0.9, 0.99)({}_response) FROM rollup_minute"
    for who, base in (("bot", 10), ("agent", 1000)):
        p50, p90, p99 = warehouse.query(sql.format(who)).rows[0][0]
        assert (round(p50 / base), round(p90 / base), round(p99 / base)) == (51, 91, 100)


def _fact(number: int) -> MessageRow:
    return MessageRow(event_id=f"e{number}", type="chat.message", occurred_at=NOON, shop_id="s", channel="jd")


class Meanwhile:
    """A warehouse in which something happens just before the marks are cleared."""

    def __init__(self, warehouse: Warehouse, happens: Callable[[], None]) -> None:
        self.query = warehouse.query
        self._command, self._happens = warehouse.command, happens

    def command(self, sql: str, parameters: Mapping[str, Any]) -> None:
        if "INTO dirty_minutes" in sql:
            self._happens()
        self._command(sql, parameters)


@pytest.mark.parametrize("writer", ["", "another"])
def test_what_is_marked_meanwhile_is_computed_again(warehouse: Warehouse, writer: str) -> None:
    def happens() -> None:
        mark(warehouse, [_fact(2)], 4, writer=writer)
        warehouse.insert("messages", [_fact(2)])

    mark(warehouse, [_fact(1)], 2)
    warehouse.insert("messages", [_fact(1)])
    assert refresh(Meanwhile(warehouse, happens), 0) == 1
    assert refresh(warehouse, 0) == 1
    assert [row[0] for row in _minutes(warehouse).values()] == [2]
    assert refresh(warehouse, 0) == 0


def test_what_is_being_written_waits_for_its_writer_or_until_it_is_lost(warehouse: Warehouse) -> None:
    now = NOON + LOST_MS
    mark(warehouse, [_fact(1)], now * 1000, WRITING, "w1")
    mark(warehouse, [_fact(1)], now * 1000, WRITING, "w2")
    assert refresh(warehouse, now) == 0
    warehouse.insert("messages", [_fact(1)])
    mark(warehouse, [_fact(1)], now * 1000 + 2, WRITTEN, "w1")
    assert refresh(warehouse, now) == 1
    assert [row[0] for row in _minutes(warehouse).values()] == [1]
    assert refresh(warehouse, now + LOST_MS) == 0
    # The second one died on the way, its facts written.
    warehouse.insert("messages", [_fact(2)])
    assert refresh(warehouse, now + LOST_MS + 1) == 1
    assert [row[0] for row in _minutes(warehouse).values()] == [2]
    assert refresh(warehouse, now + LOST_MS + 1) == 0


def test_a_clock_set_back_does_not_make_old_sums_win(warehouse: Warehouse) -> None:
    for number, now in ((1, NOON), (2, NOON - 86_400_000)):
        mark(warehouse, [_fact(number)], 2 * number)
        warehouse.insert("messages", [_fact(number)])
        assert refresh(warehouse, now) == 1
        assert [row[0] for row in _minutes(warehouse).values()] == [number]


def test_marks_far_apart_are_recomputed_in_spans(warehouse: Warehouse) -> None:
    month = 30 * 86_400_000
    facts = [
        MessageRow(
            event_id=f"e{i}", type="chat.message", occurred_at=NOON - i * month, shop_id="s", channel="jd"
        )
        for i in range(4)
    ]
    mark(warehouse, facts, 2)
    warehouse.insert("messages", facts)
    assert refresh(warehouse, 0) == 4
    assert sum(row[0] for row in _minutes(warehouse).values()) == 4
