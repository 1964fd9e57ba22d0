"""Reviews and complaints, which come outside of conversations."""

from __future__ import annotations

from random import Random

from streams.demo.conversation import Event
from streams.demo.facts import Facts
from streams.demo.scenarios import Lines, load_reviews
from streams.demo.speech import pick

_STARS = (5,) * 62 + (4,) * 16 + (3,) * 8 + (2,) * 5 + (1,) * 9
_JOINS = ("，", "。", " ", "！")


def review(rng: Random, facts: Facts, event_id: str, base: Event, incident: bool) -> Event:
    """A product review; those of the incident have one or two stars and say why."""
    stars = 1 + (rng.random() < 0.15) if incident else pick(rng, _STARS)
    event: Event = {"event_id": event_id, "type": "review", "occurred_at": "", **base}
    event["text"] = _review_text(rng, facts, stars, incident)
    event["rating"] = stars
    if rng.random() < 0.15:
        event["reply_text"] = pick(rng, load_reviews().replies)
    return event


def complaint(rng: Random, facts: Facts, event_id: str, base: Event, incident: bool) -> Event:
    """A complaint filed on the platform."""
    texts = load_reviews()
    lines = texts.incident_complaints if incident else texts.complaints
    event: Event = {"event_id": event_id, "type": "complaint", "occurred_at": "", **base}
    event["text"] = pick(rng, lines).format_map(facts)
    if rng.random() < 0.7:
        event["category"] = "物流" if incident else pick(rng, texts.categories)
    return event


def _review_text(rng: Random, facts: Facts, stars: int, incident: bool) -> str:
    texts = load_reviews()
    general: Lines = texts.incident_one if incident else texts.stars[stars]
    parts = [pick(rng, general)]
    if not incident and stars != 3 and rng.random() < 0.55:
        special = texts.good if stars > 3 else texts.bad
        parts.insert(int(rng.random() * 2), pick(rng, special[facts.shop.trade]))
    return pick(rng, _JOINS).join(parts).format_map(facts)
