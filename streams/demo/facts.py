"""The facts of one conversation, made up when a text first mentions them.

Personal data is valid in form (check digits and all, so that masking has to
work) and invented: number ranges with runs of zeros, streets of no town.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from streams.demo.scenarios import Shop, World


class Facts(dict[str, str]):
    """Slot values for `str.format_map`; the same slot says the same thing all through a conversation."""

    def __init__(self, rng: Random, world: World, shop: Shop, product: str) -> None:
        super().__init__(p=product, bot=shop.bot)
        self.rng = rng
        self.world = world
        self.shop = shop

    def __missing__(self, slot: str) -> str:
        value = self[slot] = MAKERS[slot](self)
        return value

    def pick(self, options: Sequence[str]) -> str:
        """One of `options`."""
        return options[int(self.rng.random() * len(options))]

    def digits(self, count: int) -> str:
        """`count` random digits."""
        return f"{int(self.rng.random() * 10**count):0{count}d}"


def id_check_digit(first17: str) -> str:
    """Check character of a mainland identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(d) * w for d, w in zip(first17, _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def luhn_digit(number: str) -> str:
    """Check digit that completes `number` by ISO/IEC 7812-1 (Luhn)."""
    doubled = (int(d) * 2 if i % 2 == 0 else int(d) for i, d in enumerate(reversed(number)))
    return str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


_ID_WEIGHTS = tuple(2**p % 11 for p in range(17, 0, -1))
_ORDER_FORMS = {"jd": ("30000", 7), "pdd": ("261109-000", 12), "wechat": ("40000", 11)}


def _order(facts: Facts) -> str:
    head, count = _ORDER_FORMS.get(next(iter(facts.shop.channels)), ("39000", 13))
    return head + facts.digits(count)


def _phone(facts: Facts) -> str:
    prefix, tail = facts.pick(("138", "139", "150", "186")), facts.digits(4)
    return prefix + facts.pick(("0000", "0000", "0000", " 0000 ", "-0000-")) + tail


def _address(facts: Facts) -> str:
    world, n = facts.world, facts.pick("23456789")
    place = facts.pick(world.districts) + facts.pick(world.streets)
    return f"{place}{facts.digits(2)}号{facts.pick(world.estates)}{n}栋{n}0{facts.digits(1)}室"


def _idcard(facts: Facts) -> str:
    month = 1 + int(facts.rng.random() * 12)
    first17 = f"1101011990{month:02d}0700{facts['n']}"
    return first17 + id_check_digit(first17)


def _card(facts: Facts) -> str:
    number = "622200000000" + facts.digits(6)
    return number + luhn_digit(number)


MAKERS: dict[str, Callable[[Facts], str]] = {
    "n": lambda f: str(2 + int(f.rng.random() * 8)),
    "tail": lambda f: f.digits(4),
    "o": _order,
    "tel": _phone,
    "addr": _address,
    "name": lambda f: f.pick(f.world.names),
    "email": lambda f: f"user{f.digits(4)}@example.com",
    "card": _card,
    "idcard": _idcard,
    "wx": lambda f: f"wxid_demo{f.digits(4)}",
    "city": lambda f: f.pick(f.world.cities),
    "color": lambda f: f.pick(f.shop.colors),
    "carrier": lambda f: f.pick(f.world.carriers),
    "day": lambda f: f.pick(f.world.days),
    "h": lambda f: str(152 + int(f.rng.random() * 26)),
    "w": lambda f: str(90 + int(f.rng.random() * 60)),
    "size": lambda f: f.pick(f.shop.sizes),
    "money": lambda f: f.pick(("10", "15", "20", "30", "39.9", "50", "88", "126", "199")),
    "track": lambda f: "SF" + f.digits(13),
}
"""Slot name -> how its value is made."""
