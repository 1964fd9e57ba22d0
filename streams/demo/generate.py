"""Lets conversations, reviews and complaints begin minute by minute, and puts their events in order.

Each shop has its own random numbers for each minute, seeded by a stable hash of
seed, shop and minute. So nothing that happens in one minute or shop shifts another,
and what is held in memory is what has begun and not ended.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import msgspec

from streams.demo import timeline
from streams.demo.conversation import Conversation, Event, Setting, Timed
from streams.demo.facts import Facts
from streams.demo.model import MINUTE_MS, DemoConfig, Truth, TruthQuestion
from streams.demo.opinions import complaint, review
from streams.demo.scenarios import Family, Shop, load_language, load_world
from streams.demo.session import converse
from streams.demo.speech import Speaker, pick
from streams.demo.timeline import Pool

T = TypeVar("T")

EVENTS_PER_ARRIVAL = 5.73
"""Mean number of events that one conversation, review or complaint has; a test compares it."""
_REVIEW_SHARE, _COMPLAINT_SHARE = 0.11, 0.012
_CUSTOMERS_PER_SHOP = 6_000
_ORDER_TOPICS = frozenset({"order", "logistics", "after_sales", "quality", "invoice", "payment"})
_CHINA = timezone(timedelta(hours=8))


def stream(config: DemoConfig) -> Iterator[Event]:
    """Events as plain dicts by docs/events.md, ordered by (`occurred_at`, `event_id`), lazily.

    `occurred_at` is RFC 3339 with milliseconds at +08:00. Endless without `end_ms`.
    """
    stamp = _Stamp()
    batches = (events for events, _ in _ticks(config))
    for ms, _, event in _in_order(config, batches):
        event["occurred_at"] = stamp(ms)
        yield event


def truth(config: DemoConfig) -> Truth:
    """What is true of `stream(config)`, from the same seed; no event is needed to know it."""
    world = load_world()
    batches = ([(q.asked_ms, q.event_id, q) for q in questions] for _, questions in _ticks(config))
    return Truth(
        releases=timeline.releases(config, world),
        incident=timeline.incident(config, world),
        regression=timeline.regression(config, world),
        questions=(question for _, _, question in _in_order(config, batches)),
    )


def disorder(
    events: Iterable[Event],
    seed: int,
    late_share: float = 0.02,
    late_ms: int = 90_000,
    repeat_share: float = 0.002,
) -> Iterator[Event]:
    """`events` in a plausible order of arrival: some up to `late_ms` late, a few delivered twice."""
    rng = Random(seed)  # noqa: S311 - a reproducible simulation, not a secret
    waiting: list[tuple[int, int, Event]] = []
    serial = count()
    for event in events:
        now = int(datetime.fromisoformat(event["occurred_at"]).timestamp() * 1000)
        late = int(rng.random() * late_ms) if rng.random() < late_share else 0
        heapq.heappush(waiting, (now + late, next(serial), event))
        if rng.random() < repeat_share:
            heapq.heappush(waiting, (now + int(rng.random() * late_ms), next(serial), event))
        while waiting and waiting[0][0] <= now:
            yield heapq.heappop(waiting)[2]
    yield from (heapq.heappop(waiting)[2] for _ in range(len(waiting)))


def write_jsonl(path: Path, n_events: int, config: DemoConfig) -> None:
    """Write the first `n_events` events of `stream(config)` to `path`, one JSON object a line."""
    encoder = msgspec.json.Encoder()
    events = islice(stream(config), n_events)
    with path.open("wb") as file:
        while chunk := list(islice(events, 4_096)):
            file.write(encoder.encode_lines(chunk))


class _Stamp:
    """Epoch milliseconds to RFC 3339; the part up to the minute is computed once a minute."""

    def __init__(self) -> None:
        self._minute = -1
        self._head = ""

    def __call__(self, ms: int) -> str:
        minute, rest = divmod(ms, MINUTE_MS)
        if minute != self._minute:
            self._minute = minute
            self._head = (
                datetime.fromtimestamp(minute * 60, UTC).astimezone(_CHINA).strftime("%Y-%m-%dT%H:%M:")
            )
        return f"{self._head}{rest // 1000:02d}.{rest % 1000:03d}+08:00"


def _in_order(
    config: DemoConfig, batches: Iterable[list[tuple[int, str, T]]]
) -> Iterator[tuple[int, str, T]]:
    """Items of all ticks by time: what tick n begins never lies before minute n."""
    waiting: dict[int, list[tuple[int, str, T]]] = {}
    for tick, batch in enumerate(batches):
        for item in batch:
            waiting.setdefault((item[0] - config.start_ms) // MINUTE_MS, []).append(item)
        due = sorted(waiting.pop(tick, ()), key=_time_and_id)
        if config.end_ms is not None and config.start_ms + (tick + 1) * MINUTE_MS > config.end_ms:
            due = [item for item in due if item[0] < config.end_ms]
        yield from due


def _time_and_id(item: tuple[int, str, Any]) -> tuple[int, str]:
    return item[0], item[1]


def _ticks(config: DemoConfig) -> Iterator[tuple[list[Timed], list[TruthQuestion]]]:
    """What begins in each minute from `start_ms` on."""
    factory = _Factory(config)
    for tick in count():
        begin = config.start_ms + tick * MINUTE_MS
        if config.end_ms is not None and begin >= config.end_ms:
            return
        events: list[Timed] = []
        questions: list[TruthQuestion] = []
        for shop in factory.world.shops:
            factory.begin_minute(shop, tick, begin, events, questions)
        yield events, questions


class _Factory:
    """Makes what begins in one shop in one minute."""

    def __init__(self, config: DemoConfig) -> None:
        self.config = config
        self.world = load_world()
        self.language = load_language()
        self.pools = timeline.pools(self.world, self.language)
        self.rng = Random()  # noqa: S311 - seeded in begin_minute
        # Streams of different seeds or starts can share a warehouse: their ids differ.
        self.run = _digest(f"{config.seed}/{config.start_ms}/{config.events_per_minute}").hex()[:5]

    def begin_minute(
        self, shop: Shop, tick: int, begin: int, events: list[Timed], questions: list[TruthQuestion]
    ) -> None:
        """Add the events and questions of all that begins in `shop` in the minute from `begin`."""
        rng = self.rng
        rng.seed(int.from_bytes(_digest(f"{self.config.seed}/{shop.id}/{tick}")))
        rate = timeline.arrivals_per_minute(self.config, self.world, shop, begin, EVENTS_PER_ARRIVAL)
        offset = rng.expovariate(rate)
        serial = 0
        while offset < 1.0:
            name = f"{self.run}{shop.mark}{tick:x}.{serial:x}"
            self._begin(shop, begin + int(offset * MINUTE_MS), name, events, questions)
            serial += 1
            offset += rng.expovariate(rate)

    def _begin(
        self, shop: Shop, ms: int, name: str, events: list[Timed], questions: list[TruthQuestion]
    ) -> None:
        roll = self.rng.random()
        minute = (ms - self.config.start_ms) / MINUTE_MS
        hit = timeline.in_incident(self.world, shop, minute) and self.rng.random() < self.world.incident.share
        base, facts = self._who(shop)
        if roll < _REVIEW_SHARE:
            events.append((ms, name, review(self.rng, facts, name, base, hit)))
        elif roll < _REVIEW_SHARE + _COMPLAINT_SHARE:
            events.append((ms, name, complaint(self.rng, facts, name, base, hit)))
        else:
            base["conversation_id"] = name
            talk = self._conversation(shop, ms, base, facts, hit)
            events.extend(talk.events)
            questions.extend(talk.questions)

    def _who(self, shop: Shop) -> tuple[Event, Facts]:
        """The fields that all events of one arrival share."""
        rng = self.rng
        customer = int(rng.random() * _CUSTOMERS_PER_SHOP)
        # Squaring the roll makes the first products the best sellers.
        product = list(shop.products)[int(rng.random() ** 2 * len(shop.products))]
        base: Event = {
            "shop_id": shop.id,
            "channel": self._channel(shop),
            "customer_id": f"c_{shop.mark}{customer:x}",
        }
        if rng.random() < 0.9:
            base["customer_segment"] = self.language.segments[customer % len(self.language.segments)]
        if rng.random() < 0.85:
            base["product_id"], base["product_name"] = product, shop.products[product]
        return base, Facts(rng, self.world, shop, shop.products[product])

    def _channel(self, shop: Shop) -> str:
        if len(shop.channels) == 1:
            return next(iter(shop.channels))
        return self.rng.choices(list(shop.channels), list(shop.channels.values()))[0]

    def _conversation(self, shop: Shop, ms: int, base: Event, facts: Facts, hit: bool) -> Conversation:
        world, minute = self.world, (ms - self.config.start_ms) / MINUTE_MS
        pool = self._pool(shop, minute, hit)
        family = pool.draw(self.rng.random())
        setting = Setting(
            shop=shop,
            conversation_id=base["conversation_id"],
            started_ms=ms,
            bot_version=timeline.bot_version(shop, minute),
            base={**base, **self._order_id(family, facts)},
            families=pool,
            incident=world.incident if hit else None,
            regression=world.regression if timeline.in_regression(world, shop, minute) else None,
        )
        voice = self.language.voices[base.get("customer_segment", "new")]
        talk = Conversation(self.rng, self.language, setting, Speaker(self.rng, self.language, voice, facts))
        if self.rng.random() > shop.bot_share:
            talk.agent_id = pick(self.rng, shop.agents)
        converse(talk, family)
        return talk

    def _pool(self, shop: Shop, minute: float, hit: bool) -> Pool:
        pools = self.pools[shop.id]
        if hit:
            return pools.incident
        return pools.promotion if timeline.promoted(self.world, shop, minute) else pools.plain

    def _order_id(self, family: Family, facts: Facts) -> Event:
        known = self.rng.random() < (0.7 if family.topic in _ORDER_TOPICS else 0.1)
        return {"order_id": facts["o"]} if known else {}


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()
