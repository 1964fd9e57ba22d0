"""When things happen: the day's rhythm, versions, promotions, the regression, the incident."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate

from msgspec import Struct

from processors.rows import ReleaseRow
from streams.demo.model import MINUTE_MS, DemoConfig, Incident, Regression
from streams.demo.scenarios import Family, Language, Shop, World

CHINA_OFFSET_MS = 8 * 3_600_000
# Relative traffic by hour of the Chinese day: peaks before lunch and after dinner.
_BY_HOUR = (
    60,
    35,
    22,
    16,
    14,
    16,
    28,
    50,
    85,
    120,
    150,
    155,
    125,
    115,
    120,
    125,
    120,
    105,
    105,
    125,
    165,
    185,
    170,
    115,
)
_HOUR_MEAN = sum(_BY_HOUR) / 24
_WEEKEND, _WEEKDAY = 1.12, 0.952
_PROMOTION_LIFT = 1.12


class Pool(Struct, frozen=True):
    """Families with their cumulative weights, to draw from."""

    families: tuple[Family, ...]
    cumulative: tuple[float, ...]

    def draw(self, roll: float) -> Family:
        """The family at `roll` in [0, 1)."""
        return self.families[bisect(self.cumulative, roll * self.cumulative[-1])]


class Pools(Struct, frozen=True):
    """What a shop's customers ask about on a plain day, under a promotion, in the incident."""

    plain: Pool
    promotion: Pool
    incident: Pool


def rhythm(ms: int) -> float:
    """Traffic at `ms` relative to the weekly mean, interpolated between hours, in Chinese time."""
    local = ms + CHINA_OFFSET_MS
    hour, rest = divmod(local % 86_400_000, 3_600_000)
    level = _BY_HOUR[hour] + (_BY_HOUR[(hour + 1) % 24] - _BY_HOUR[hour]) * rest / 3_600_000
    # 1970-01-01 was a Thursday, so days 2 and 3 of each week since then are the weekend.
    weekend = local // 86_400_000 % 7 in (2, 3)
    return level / _HOUR_MEAN * (_WEEKEND if weekend else _WEEKDAY)


def pools(world: World, language: Language) -> dict[str, Pools]:
    """The family pools of each shop."""
    return {shop.id: _shop_pools(shop, language, world.incident.topic) for shop in world.shops}


def _shop_pools(shop: Shop, language: Language, incident_topic: str) -> Pools:
    known = [f for f in language.families.values() if not f.trades or shop.trade in f.trades]
    usual = [f for f in known if not f.incident_only]
    hit = [f for f in known if (f.upset and f.topic in (incident_topic, "quality")) or f.incident_only]
    # A shop is asked about its own trade more than about what all shops have in common.
    own = [f.weight * (2.5 if f.trades else 1) for f in usual]
    return Pools(
        plain=_pool(usual, own),
        promotion=_pool(usual, [w * (2.2 if f.promo else 1) for f, w in zip(usual, own, strict=True)]),
        incident=_pool(hit, [f.weight for f in hit]),
    )


def _pool(families: list[Family], weights: list[float]) -> Pool:
    return Pool(tuple(families), tuple(accumulate(weights)))


def bot_version(shop: Shop, minute: float) -> str:
    """The version that answers `minute` minutes after the start."""
    return [v.version for v in shop.versions if v.at <= minute][-1]


def promoted(world: World, shop: Shop, minute: float) -> bool:
    """Whether a promotion of this shop's own runs (the one of all shops is the plain day)."""
    return any(p.shop == shop.id and p.at <= minute < p.until for p in world.promotions)


def in_incident(world: World, shop: Shop, minute: float) -> bool:
    """Whether the incident hits this shop now."""
    plan = world.incident
    return shop.id == plan.shop and plan.at <= minute < plan.until


def arrivals_per_minute(config: DemoConfig, world: World, shop: Shop, ms: int, events_each: float) -> float:
    """Conversations, reviews and complaints that begin in this shop in the minute at `ms`."""
    minute = (ms - config.start_ms) / MINUTE_MS
    share = shop.weight / sum(s.weight for s in world.shops)
    lift = _PROMOTION_LIFT if promoted(world, shop, minute) else 1.0
    if in_incident(world, shop, minute):
        lift *= world.incident.rate
    return config.events_per_minute * share * rhythm(ms) * lift / events_each


def releases(config: DemoConfig, world: World) -> list[ReleaseRow]:
    """Bot versions and promotions, oldest first, including those announced for the future."""

    def at(minute: int) -> int:
        return config.start_ms + minute * MINUTE_MS

    rows = [
        ReleaseRow(release_id=f"demo-{p.id}", kind="promotion", starts_at=at(p.at), ends_at=at(p.until),
                   shop_id=p.shop, title=p.title, detail=p.detail)
        for p in world.promotions
    ] + [
        ReleaseRow(release_id=f"demo-{s.id}-{v.version}", kind="bot_version", starts_at=at(v.at),
                   shop_id=s.id, title=f"机器人 {v.version} 上线", detail=f"{s.name}（{s.bot}）")
        for s in world.shops for v in s.versions[1:]
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.starts_at, row.release_id))


def incident(config: DemoConfig, world: World) -> Incident:
    """The incident in epoch milliseconds."""
    plan = world.incident
    begin, end = (config.start_ms + m * MINUTE_MS for m in (plan.at, plan.until))
    return Incident(plan.shop, plan.topic, begin, end, plan.title, plan.detail)


def regression(config: DemoConfig, world: World) -> Regression:
    """The bad release in epoch milliseconds."""
    plan = world.regression
    begin, end = (config.start_ms + m * MINUTE_MS for m in (plan.at, plan.until))
    return Regression(plan.shop, plan.version, plan.intents, begin, end)


def in_regression(world: World, shop: Shop, minute: float) -> bool:
    """Whether the bad release answers in this shop now."""
    plan = world.regression
    return shop.id == plan.shop and plan.at <= minute < plan.until
