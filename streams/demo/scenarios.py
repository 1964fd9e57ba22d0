"""Loads `scenarios/*.yaml`: the shops, and what their customers, bots and agents say."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct, field

FOLDER = Path(__file__).parent / "scenarios"
FAMILY_FILES = (
    "product_wear_tech",
    "product_life",
    "order_logistics",
    "money",
    "after_sales",
    "trouble",
    "misc",
    "incident",
)

Lines = tuple[str, ...]
Pairs = tuple[tuple[str, str], ...]


class Wording(Struct, frozen=True):
    """One way to ask, over `parts` messages, with the rephrasings and answers that fit just this."""

    parts: Lines
    again: Lines
    good: Lines
    agent: Lines
    clarify: Pairs


class Family(Struct, frozen=True):
    """One thing that customers want, in many words, with right and wrong answers."""

    name: str
    topic: str
    intent: str
    ask: tuple[Wording, ...]
    wrong: Lines
    follow: Pairs = ()
    trades: tuple[str, ...] = ()
    nature: str = "inquiry"
    upset: bool = False
    skill: float = 0.92
    weight: float = 1.0
    promo: bool = False
    incident_only: bool = False


class Voice(Struct, frozen=True):
    """How a customer segment talks: word swaps, heads and tails."""

    weight: int
    swaps: Pairs
    heads: Lines
    tails: Lines


class Version(Struct, frozen=True):
    """A bot version from `at` minutes after the start."""

    at: int
    version: str


class Shop(Struct, frozen=True):
    """A merchant: `mark` is its letter in ids, `bot_share` the share of chats that a bot opens."""

    id: str
    mark: str
    name: str
    trade: str
    channels: dict[str, int]
    weight: float
    bot: str
    tone: str
    agents: Lines
    versions: tuple[Version, ...]
    bot_share: float
    products: dict[str, str]
    colors: Lines
    sizes: Lines


class PromotionPlan(Struct, frozen=True):
    """A promotion in minutes after the start; an empty shop means all."""

    id: str
    at: int
    until: int
    shop: str
    title: str
    detail: str


class RegressionPlan(Struct, frozen=True):
    """The release that makes `intents` of one shop succeed with chance `skill` only."""

    shop: str
    version: str
    at: int
    until: int
    intents: Lines
    skill: float


class IncidentPlan(Struct, frozen=True):
    """`rate` multiplies the shop's conversations, of which `share` are about the incident
    and are answered well with chance `skill`.
    """

    shop: str
    topic: str
    at: int
    until: int
    title: str
    detail: str
    rate: float
    share: float
    skill: float


class World(Struct, frozen=True):
    """Shops, the timeline, and the stock that slots are filled from."""

    shops: tuple[Shop, ...]
    regression: RegressionPlan
    promotions: tuple[PromotionPlan, ...]
    incident: IncidentPlan
    cities: Lines
    streets: Lines
    districts: Lines
    estates: Lines
    names: Lines
    carriers: Lines
    days: Lines


class Reviews(Struct, frozen=True):
    """Review and complaint texts; `stars[k]` holds those of k stars."""

    stars: dict[int, Lines]
    good: dict[str, Lines]
    bad: dict[str, Lines]
    replies: Lines
    complaints: Lines
    categories: Lines
    incident_one: Lines
    incident_complaints: Lines


class Language(Struct, frozen=True):
    """Everything that is said in the demo."""

    families: dict[str, Family]
    talk: dict[str, Lines]
    chat: Pairs
    voices: dict[str, Voice]
    segments: Lines = field(default_factory=tuple)
    typos: Pairs = ()
    angry_heads: Lines = ()
    angry_tails: Lines = ()
    question_ends: str = ""


@cache
def load_world() -> World:
    """The shops and the timeline."""
    return msgspec.convert(_read("world"), World)


@cache
def load_language() -> Language:
    """All families, shared lines and voices."""
    raw = _read("voices")
    talk = _read("talk")
    voices = {name: _voice(raw[name]) for name in ("young", "senior", "new", "vip")}
    return Language(
        families={n: _family(n, d) for file in FAMILY_FILES for n, d in _read(file).items()},
        talk={name: _lines(text) for name, text in talk.items() if name != "chat"},
        chat=_pairs(talk["chat"], "=>"),
        voices=voices,
        segments=tuple(name for name, voice in voices.items() for _ in range(voice.weight)),
        typos=_pairs(raw["typos"], " "),
        angry_heads=_heads(raw["angry_heads"]),
        angry_tails=_lines(raw["angry_tails"]),
        question_ends=str(raw["questions"]),
    )


@cache
def load_reviews() -> Reviews:
    """Reviews and complaints."""
    raw = _read("reviews")
    names = {5: "five", 4: "four", 3: "three", 2: "two", 1: "one"}
    trades = raw["trades"]
    return Reviews(
        stars={stars: _lines(raw[name]) for stars, name in names.items()},
        good={trade: _lines(texts["good"]) for trade, texts in trades.items()},
        bad={trade: _lines(texts["bad"]) for trade, texts in trades.items()},
        replies=_lines(raw["replies"]),
        complaints=_lines(raw["complaints"]),
        categories=_lines(raw["categories"]),
        incident_one=_lines(raw["incident_one"]),
        incident_complaints=_lines(raw["incident_complaints"]),
    )


def _read(name: str) -> dict[str, Any]:
    # The C loader is an optional part of PyYAML; it reads the same language ten times faster.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load((FOLDER / f"{name}.yaml").read_text("utf-8"), Loader=loader)  # noqa: S506
    return loaded


def _lines(text: str) -> Lines:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _heads(text: str) -> Lines:
    return tuple(head if head[-1] in "，…" else f"{head} " for head in _lines(text))


def _pairs(text: str, mark: str) -> Pairs:
    halves = (line.partition(mark) for line in _lines(text))
    return tuple((left.strip(), right.strip()) for left, _, right in halves)


def _voice(raw: dict[str, Any]) -> Voice:
    return Voice(raw["weight"], _pairs(raw["swaps"], " "), _heads(raw["heads"]), _lines(raw["tails"]))


def _family(name: str, raw: dict[str, Any]) -> Family:
    rest = {k: v for k, v in raw.items() if k in {"nature", "skill", "weight", "promo", "incident_only"}}
    return Family(
        name=name,
        topic=raw["topic"],
        intent=raw["intent"],
        ask=tuple(_wording(line, raw) for line in _lines(raw["ask"])),
        wrong=_lines(raw["wrong"]),
        follow=_pairs(raw.get("follow", ""), "=>"),
        trades=tuple(raw.get("trades", ())),
        upset=raw.get("mood") == "upset",
        **rest,
    )


def _wording(line: str, raw: dict[str, Any]) -> Wording:
    """The ask `line` with what fits its tag: `>2` means that the second good answer is the right one."""
    asked, tag = _tagged(line)
    good = _lines(raw["good"])
    right = (good[int(tag) - 1],) if tag else good
    return Wording(
        parts=tuple(part.strip() for part in asked.split("|")),
        again=_fitting(raw["again"], tag),
        good=right,
        agent=_fitting(raw["agent"], tag) or right,
        clarify=_pairs("\n".join(_fitting(raw.get("clarify", ""), tag)), "=>"),
    )


def _fitting(text: str, tag: str) -> Lines:
    """Lines without a tag, and those whose tag holds `tag`."""
    tagged = (_tagged(line) for line in _lines(text))
    return tuple(line for line, own in tagged if not own or (tag and tag in own))


def _tagged(line: str) -> tuple[str, str]:
    body, mark, tag = line.rpartition(" >")
    return (body, tag) if mark else (line, "")
