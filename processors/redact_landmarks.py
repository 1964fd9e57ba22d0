"""Places without a number: by what stands beside them, by a motorway, by the way that leads there.

Where houses have no numbers people write 镇医院对面的修车铺 or 出来往东三里地第四家. What
a place is called ends with a word of a closed list, and a relation (对面, 旁边) or a
direction leads to it; without a road or a town before it only a word of delivery makes
it an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redact_text import Span

_HAN = "[一-龥]"
_RELATION = (
    "(?:斜?对[面过]|旁边?|隔壁|后[头面边]|前[头面边]|楼下|门口|边上?|背后|[东西南北][头边]|里面?|底商)"
)
_FACILITY = (
    "店|铺子?|馆|大排档|幼儿园|小学|中学|学校|医院|卫生[院所室]|诊所|药房|超市|商[场厦城]|小卖部|网吧|加油站|"
    "修理厂|[一-龥]{1,3}厂|仓库|工地|项目部|售楼部|派出所|政府|村委会?|大队部?|祠堂|庙|教堂|老楼|小楼|院子|铁门|大门|巷子?|"
    "尽头|桥头|牌坊|码头|车站|驿站|代收点|[食门岗亭]卫?[堂房亭]|门卫|传达室|养殖场|基地|大棚|果园|茶楼|酒楼|客栈|民宿|公厕|"
    "信用社|邮局|银行|广场|中心|公园|水产|五金|建材|烟酒"
)
_PLAIN = "(?:(?![的了吗呢吧啊哦我你您他她它这哪几也没要想说问看买卖退换收寄送拿给让被把])[一-龥A-Z])"
TAIL = re.compile(
    rf"(?:[东南西北]{{0,2}}{_PLAIN}{{0,6}}?{_RELATION}(?:的|那[条栋家个间])?{_PLAIN}{{0,6}}?(?:{_FACILITY})(?:尽头|门口)?"
    rf"(?: {_PLAIN}{{0,3}}门)?|(?<=[村镇乡道]){_PLAIN}{{2,7}}?(?:{_FACILITY})|"
    rf"(?<=[0-9]){_PLAIN}{{2,4}}店)(?![一-龥]?[店吗呢有])"
)
"""What may follow the last road, town or storey of an address and belong to it."""
_MOTORWAY = re.compile(
    rf"(?:[GS][0-9]{{1,4}})?(?:{_PLAIN}{{2,6}})高速(?:公路)?{_PLAIN}{{1,8}}?(?:服务区|停车区|收费站|出口|入口|匝道)"
    r"(?:[(（][东南西北上下内外][一-龥]{0,3}[)）]|[东南西北][区侧]|[上下]行)?"
)
_LOCKER = re.compile(
    r"(?:(?:本|我们?)?小区)?(?:[东南西北正侧后]{1,2}门)?(?:口|外|里|的)?"
    r"(?:丰巢|蜂巢|菜鸟|中邮|速递易|(?:智能|快递|自提)柜)(?:快递|智能|驿站)?柜?[A-Z]?[0-9一二三四五六七八九十]{1,3}号(?:柜|格口?|货架)"
)
_WAY = re.compile(
    rf"{_PLAIN}{{0,6}}?(?:{_FACILITY}|路口|桥|村口|镇口|街口)(?:出来|过去|下来|进去|过了?)?(?:再?[往向朝][东南西北左右前后里]{{1,2}}|"
    r"(?:进去|直走|左拐|右拐|左转|右转))"
    rf"[走拐开数]?[0-9一二两三四五六七八九十百几半]{{0,5}}(?:多?米|里地?|公里|步|分钟|个路口)?{_PLAIN}{{0,8}}?"
    rf"(?:第[0-9一二三四五六七八九十]{{1,2}}[家户个栋排间](?:门|院子?)?|那[家户栋间]{_PLAIN}{{0,3}}|跟前(?!第|那)|(?:{_FACILITY})(?!跟前|第|旁|对面))"
)
_BESIDE = re.compile(
    r"(?:改?送到?|寄[到往]?|放[到在]?|地址[是:： ]{0,2}|[家人我店]在|住在?|坐标|位置)"
    rf"({_PLAIN}{{2,12}}?(?:斜?对面|旁边?|隔壁|后[头面]|楼下)的?{_PLAIN}{{1,6}}?(?:{_FACILITY}))"
)
_HINT = re.compile(
    "[速巢鸟易柜往向朝拐旁壁面](?:(?<=高速|丰巢|蜂巢|菜鸟|对面|隔壁)|(?<=速递易)|(?<=柜)[A-Z]?[0-9一二三四五六七八九]|"
    "(?<=[往向朝])[东南西北左右前里]|(?<=[左右]拐)|(?<=旁))"
)
_LED = re.compile("^(?:我们?|俺|咱)?(?:家|店|公司)?(?:就)?(?:在|住|是|送到?|寄到?|放到?|改)+")


def landmark_spans(folded: str) -> Iterator[Span]:
    """Service areas of motorways, parcel lockers, ways described, what stands beside what."""
    if not _HINT.search(folded):
        return
    for pattern in (_MOTORWAY, _LOCKER, _WAY):
        for match in pattern.finditer(folded):
            yield Span(match.start() + _led(match[0]), match.end(), "address")
    for match in _BESIDE.finditer(folded):
        yield Span(match.start(1), match.end(1), "address")


def _led(text: str) -> int:
    """How many characters of it introduce the place."""
    lead = _LED.match(text)
    return lead.end() if lead else 0
