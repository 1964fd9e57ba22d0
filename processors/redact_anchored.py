"""Personal names beside a telephone number, a card or an address.

In a delivery line (张三 138… 浙江省…) nothing introduces the name but its place. A
token beside such an anchor is a name when it looks like one by itself, or when
the words around it (寄给 … , … 的电话) leave room for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from processors.redact_name_forms import MINORITY, SPACED, ends_name, strict
from processors.redact_name_words import ANY_SURNAME, HAN, likely, plausible
from processors.redact_text import BARRIER, Span

ANCHOR_DISTANCE = 16
_SEPARATORS = " ,，:：;；、/|()（）\n-。.+~"
_RUN = re.compile(f"[{HAN}]+")
_ONE = re.compile(f"[{HAN}]")
_WORD = re.compile(f"[{HAN}A-Za-z]+")
_MINORITY_LEFT = re.compile(
    rf"(?<![{HAN}·])({MINORITY.pattern})[^{HAN}A-Za-z0-9]{{0,3}}(?:电话|手机)?[^{HAN}A-Za-z0-9]{{0,3}}\Z"
)
_SPACED_LEFT = re.compile(rf"(?<![{HAN}])({SPACED.pattern})[ ,，:：]{{1,2}}\Z")
_MINORITY_RIGHT = re.compile(rf"[^{HAN}A-Za-z0-9]{{0,3}}({MINORITY.pattern})(?![{HAN}·])")
_TITLED = re.compile(
    rf"(?:{ANY_SURNAME}(?:先生|女士|小姐|太太|师傅|老师|经理|医生|主任|老板|阿姨|大哥|大姐|总|姐|哥|"
    rf"叔|姨|工)|[老小阿]{ANY_SURNAME})\Z"
)
_TITLED_WORDS = re.compile(
    "家[姐哥叔姨总工]|全[工总]|师傅|[商员施][工哥]|满[姐哥]|国[工总]|"
    "小[时家化全能满通平广文初单元金安东]|老[家师]"
)
# What may stand between a name and its number, and what introduces a name before one.
_TAIL = re.compile(
    r"(?:的|她的|他的)?(?:手机号?码?|电话号?码?|联系电话|联系方式|号码?|微信|代?收|签收|亲收|去拿|"
    r"来[拿取]|去取|来收|签|接听?|接电话|这个号)\Z"
)
_LEAD = re.compile(
    r"(?:给|找|联系|叫|让|请|由|是|写的?|填的?|[改换]成|为|人|名字?|拨打|的|转|到|跟|和|往|寄|送|号|"
    r"楼|室|栋|单元|"
    r"[爸妈哥姐弟妹父母叔姑姨舅爷奶嫂娘]|老公|老婆|媳妇|儿子|女儿|朋友|同事|同学|室友|收货|收件|"
    r"货到|主任|经理|物业|我|隔壁|楼上|楼下|"
    r"房东|司机|保安|前台|客户)\Z"
)


def anchored_spans(folded: str, anchors: Sequence[Span]) -> Iterator[Span]:
    """Names that stand next to a telephone number, card or address."""
    for anchor in anchors:
        yield from _to_the_left(folded, anchor)
        yield from _to_the_right(folded, anchor.end)


def _to_the_left(folded: str, anchor: Span) -> Iterator[Span]:
    at = anchor.start
    head = folded[max(0, at - ANCHOR_DISTANCE) : at].rpartition(BARRIER)[2]
    start = at - len(head)
    if (both := _MINORITY_LEFT.search(head)) and not _cut(folded, start, both.start(1)):
        yield Span(start + both.start(1), start + both.end(1), "name")
        return
    if spaced := _SPACED_LEFT.search(head):
        yield Span(start + spaced.start(1), start + spaced.end(1), "name")
        return
    runs = list(_RUN.finditer(head))[-2:]
    for match in runs:
        if _cut(folded, start, match.start()) or not _only_separators(head[match.end() :]):
            continue
        if anchor.kind == "address" and match is not runs[-1]:
            continue
        size, tail = _named(match[0], anchor.kind)
        if size:
            end = start + match.end() - tail
            yield Span(end - size, end, "name")


def _cut(folded: str, start: int, at: int) -> bool:
    """The run that begins `at` after `start` goes on before the window."""
    return at == 0 and start > 0 and bool(_ONE.match(folded, start - 1))


def _named(run: str, kind: str) -> tuple[int, int]:
    """How many characters of `run` are a name, and how many stand after it; (0, 0) for none."""
    tail = 0
    found = _TAIL.search(run) if kind != "address" else None
    if found is not None:
        tail, run = len(found[0]), run[: found.start()]
    titled = _TITLED.search(run) if kind == "phone" else None
    if titled and _free(run, len(titled[0])) and not _TITLED_WORDS.match(titled[0]):
        return len(titled[0]), tail
    for size in (4, 3, 2):
        token = run[-size:]
        if len(token) != size:
            continue
        fits = plausible(token) if len(run) == size and not tail else likely(token)
        if (fits or (size > 2 and kind == "phone" and plausible(token))) and _free(run, size):
            return size, tail
    return 0, 0


def _free(run: str, size: int) -> bool:
    """Before the last `size` characters of `run` there is nothing, or a word that introduces a name."""
    return len(run) == size or bool(_LEAD.search(run[:-size]))


def _to_the_right(folded: str, at: int) -> Iterator[Span]:
    tail = folded[at : at + ANCHOR_DISTANCE].partition(BARRIER)[0]
    both = _MINORITY_RIGHT.match(tail)
    if both is not None:
        yield Span(at + both.start(1), at + both.end(1), "name")
        return
    for match in list(_RUN.finditer(tail))[:2]:
        end = at + match.end()
        cut_off = match.end() == ANCHOR_DISTANCE and _ONE.match(folded, end)
        received = re.sub(r"[亲代签]?收\Z", "", match[0])
        if cut_off or not _only_separators(tail[: match.start()]):
            continue
        if plausible(received):
            yield Span(at + match.start(), at + match.start() + len(received), "name")
        elif match.start() <= 2:
            yield from strict(folded, at + match.start(), full=True, ends=ends_name)


def _only_separators(gap: str) -> bool:
    """Nothing but separators and at most one short word such as 电话 or 中行."""
    words = _WORD.findall(gap)
    rest = _WORD.sub("", gap)
    return all(c in _SEPARATORS for c in rest) and len(words) <= 1 and all(len(w) <= 5 for w in words)
