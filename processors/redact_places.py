"""Postal addresses, from the road, village or estate down to the room.

A text is read as *components* (杭州市 · 文三路 · 100号 · 3单元 · 502) that follow
each other with at most a short name between. A chain of them is an address when
it names a place and goes down to a number in it; a bare region is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from processors.redact_directed import directed_spans
from processors.redact_landmarks import TAIL, landmark_spans
from processors.redact_regions import CITIES, KNOWN_PLACE, PROVINCES
from processors.redact_text import Span
from processors.traditional import TO_SIMPLIFIED

_NUMBER = (
    r"(?:[附甲乙丙负]?[0-9]{1,5}[A-Za-z]?|[东西南北中]?[一二三四五六七八九十百]{1,4}|"
    r"[甲乙丙丁东西南北]|[A-Za-z][0-9]{0,3})"
)
_REGION = (
    r"特别行政区|自治[区州县旗]|开发区|高新区|新区|(?<=[一-龥])州(?=[一-龥]{1,4}[市县])|省(?!道)|"
    r"市(?!场|面|民|价|值|集)|区(?!别|分|间|域)|县|"
    r"旗(?!舰|下)|盟|地区"
)
_TOWN = r"街道|苏木|农场|林场|牧场|团场|镇(?!江|定|静)|乡(?!下|村|亲)|社区"
_ROAD = (
    r"大道|大街|道(?=[0-9]{1,4}[号至-])|马路|公路|环路|[东西南北中一二三四五六七八九]?路(?![上由过人线费途口演径亚易]|边(?![一-龥]{1,6}[馆店铺摊厂院]))|"
    r"街(?![上头边])|[国省县乡]道(?:[A-Z]?[0-9]{1,4})?|号路|胡同|巷|弄(?=[0-9])|嘎查|"
    r"(?<!农)村(?![镇民里淘])|(?<=[镇乡木场县道])[\u4e00-\u9fff]{1,4}[湾沟坪坡岭营寨堡店集庙桥塘冲垭洼窑"
    r"嘴圩埠浦岗铺坳坝坞畈墩滩洞坑垄峪塬梁峁埭浜泾汇渡寮屋](?![\u4e00-\u9fff])|屯(?!货)|庄(?=[0-9一二三四五六七八九十])"
)
_ESTATE = (
    r"小区|花园|立交桥|商厦|厂区|花苑|家园|公寓|新村|新苑|名苑|嘉园|佳苑|雅苑|雅居|华庭|豪庭|名都|名城|新城|公馆|国际|"
    r"中心|广场|大厦|大楼|写字楼|商场|商城|市场(?![价部营占份上]|经济)|SOHO|创业园|孵化器|产业基地|"
    r"物流园|[材具贸配]城|产业园|科技园|工业园|园区|山庄|别墅|宿舍|家属院|家属楼"
    r"|大学|学院|校区|幼儿园|中学|小学|学校|医院|酒店|宾馆|"
    r"(?<![客餐])厅(?=[ ,]?[0-9A-Z])|"
    r"[苑庭府湾轩邸墅郡园院城里阁邨](?=[ ,]?[0-9A-Za-z一二三四五六七八九十]|[东西南北]区)|"
    r"[一二三四五六七八九东西南北]+区"
)
_INSIDE = (
    "驿站|丰巢(?:快递)?柜?|(?:智能)?快递柜|自提[点柜]|代收点|收发室|传达室|门卫室?|保安[室亭]|岗亭|"
    "村委会?|居委会|村部|大队部|委会|"
    "交叉口|交汇处|路口|十字|[东西南北]{1,2}角|[东西南北]侧(?:[0-9]{1,4}米)?|对面|楼下|旁边|"
    "[东西南北正侧后]门|代理点|快递[点站]|便利店|小卖部|超市|药店|卫生室"
)
"""What an address may end with after its number or road."""
_UNIT = (
    rf"(?<!第){_NUMBER}-?(?:[0-9]{{1,5}})? ?(?:号楼|号院|号|栋|幢|座|单元|室|弄|巷|楼|层|组|队|社|户|"
    rf"房|舍|寝室?|公寓|宿舍楼?|柜|号?(?:档口?|摊位?|床子|卡位|铺位?|门市|门面|仓库?|车间|窗口|展位)|"
    rf"床|排|段(?=[0-9])|之[0-9]{1, 2}|邻|连(?![衣接续体裤袜锁])|区|"
    rf"#楼?|期|门)"
    r"|(?<=村)[\u4e00-\u9fff]{1,4}[组队屯](?!织)"
    r"|(?<=[苑庭府湾轩邸墅郡园院里区寓村栋幢楼厦社屯号路街]) ?[0-9A-Za-z]{1,4}(?: ?- ?[0-9]{1,4}){1,3}"
    r"|(?<=[城心场际]) ?[0-9A-Za-z]{1,4}(?:-[0-9]{1,4}){2,3}"
    r"|(?<=[栋幢座楼元厦#层门舍寝])[ -]?[0-9]{2,5}[A-Za-z]?(?:号楼|号|室|房|户|床|楼|层|单元|寝室?|"
    r"柜)?(?![0-9年月日元块个件])"
    r"|[0-9]{1,3}# ?[0-9]{1,2}-[0-9]{3,4}(?![0-9-])|(?<=[0-9]) ?[#] ?[0-9]{2,5}"
    r"|(?<=[栋幢座楼元]) ?(?:[0-9]{1,2}[A-H](?![0-9A-Za-z])|[一二三四五六七八九十零〇]{2,4}室?(?![号栋楼单]))"
    r"|(?<=镇) ?[0-9]{1,3}-[0-9]{3,4}(?![0-9-])"
    r"|(?<=[0-9]楼|[0-9]层|[0-9]座) ?[A-H](?:室|座|单位)?(?![A-Za-z0-9])"
    r"|[0-9]{1,2}[Ff](?:-?[0-9]{3,4})?(?![0-9A-Za-z])|(?<=[0-9]号)[0-9]{3,4}(?:室|房)?(?![0-9年月日元块个件])"
    r"|(?<=[场心厦城楼座际园]) ?[A-Z][0-9]?-?[0-9]{2,5}[A-Z]?(?![0-9A-Za-z])"
    r"|(?<=[路街道]) ?[0-9]{1,4}(?: ?- ?[0-9]{1,4}){1,3}(?![0-9])"
)
_COMPONENT = re.compile(
    rf"(?P<unit>{_UNIT})|(?P<region>{_REGION})|(?P<town>{_TOWN})|(?P<road>{_ROAD})|"
    rf"(?P<estate>{_ESTATE})|(?P<inside>{_INSIDE})"
)
_BUILDING = re.compile(
    r"(?:栋|幢|座|单元|室|号楼|#|组|队|弄|户|房|层|楼|寝|公寓|舍|号院|门|柜|档|床|连)|-[0-9]|^ "
    r"?[0-9]+[A-Za-z]?$"
)
_NEARBY = re.compile("对面|楼下|旁边|[东西南北正侧后]门")
_UNNAMED = re.compile(r"(?<![一-龥])[一-龥]{3,8} ?\Z")
"""May be an estate whose name has no word for what it is, before its building: 锦绣江南4栋."""
_PUNCTUATED = re.compile("[ ,，()（）]")
_COUNTED = re.compile("[0-9]|[一二三四五六七八九十百]+号")
_GAP = re.compile(r"[\u4e00-\u9fff0-9A-Za-z ()（）·#,，\-]{0,14}\Z")
# Words that do not stand inside an address: a chain ends before them.
_FOREIGN = re.compile(
    r"一共|总共|(?<!功)能|[的了吗呢吧啊哦我你您他她它们这哪几跟也没要想说问看买卖退换收寄送拿给让被把从在到再又就还很"
    r"用做打坏错址]"
)
_START = re.compile(
    r".*(?:(?:地址|门牌号?|房号|位置|住址|住在|家在|家住|人在|寄到|寄往|寄至|寄|送[货到至往去]?|"
    r"发到|发往|发至|发给|"
    r"更改|修改|变更|改到|改成|改为|改至|换成|换到|搬到|搬去|到|在|是|往|去|的|了|我|你|您|他|她|们|给|"
    r"从(?![化江])|请|帮"
    r"|收货|收件|发货|派送|取货|放在|放到|(?<!解)放|写|填|和(?![平县田龙])|跟|位于|坐标|我家|俺家|老家|公司|"
    r"住(?![宅院]))[:：是为在到 ]*|[^\u4e00-\u9fff0-9A-Za-z·])",
    re.S,
)
_GENERIC = re.compile(
    r"(?:^[一半铁电思马走迷套回管气油水上出销门通支多有同顺各无网公末短]|[线电网]|铁|思)路\Z|^(?:逛|上|"
    r"沿|步行|满)街\Z|^(?:群|这|那|家|店|车|箱|手|心|村|楼|屋|包|盒|袋|柜|仓|库)里\Z|^(?:我们|你们|咱们?|这个|那个|哪个|一个|整个|每个|隔壁|别的|老|旧|本|同|各|"
    r"某)?(?:小区|花园|公寓|大楼|中心|国际|广场|大厦"
    r"|商场|酒店|医院|学校|大学|宿舍)\Z|^(?:农|乡|山|全)村\Z|^城?[乡镇]\Z|^(?:客服|服务|售后|数据|购物|"
    r"个人|会员|维修|配送|分拣|转运|活动|京东|帮助)中心\Z"
)
_CITY_AHEAD = re.compile(f"(?:{PROVINCES}|{CITIES})[\u4e00-\u9fff]{{0,6}} \\Z")
_DELIVERY = re.compile(r"(?:地址|住址|收货|寄|送|发|住)[^\n]{0,8}\Z")
_HASHED = re.compile("[0-9]{1,3}# ?[0-9]{1,2}-")
_ROOM_CODE = re.compile(
    r"(?:(?:住|门牌号?|房号|楼号)[是:： ]{0,2}|(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{4,14}) ?)"
    r"([A-Z]?[0-9]{1,2}-[0-9]{1,2}-[0-9]{3,4})(?![0-9-])"
)
_HOME = re.compile(r"(?:住|门牌号?|房号|楼号)[是:： ]{0,2}\Z")
_CODED = re.compile("-[0-9]{1,2}-[0-9]{3}")
_NO_HOME = re.compile(r"质期|日期|[的了吗呢吧啊哦码单型款格寸间批第话约价元分数尺码版]|[号]\Z|编号|比分")
_BRANCH = re.compile(r"支行|分行|营业[厅部]|分?店(?!铺)|站|派出所")
WORDED = "路街巷村镇屯庄栋幢苑厦"
"""Characters one of which an address without decimal digits holds."""
PLACE_WORD = re.compile(
    f"[0-9{WORDED}省市区县乡道弄府湾轩邸墅郡园院城里座室单号楼公胡中国學校舍馆店站速巢柜旁壁面往向朝拐易鸟區縣鄉鎮樓]"
)
"""What every text with an address holds one of."""
_WORDED = re.compile(f"[{WORDED}]|小区|单元|公寓|大道|校区|厂区|宿舍|市场|商厦|街道|县|乡")
_NUMBERED = re.compile(
    r"[區縣鎮號樓路街巷弄村镇乡组队屯庄苑庭府湾轩邸墅郡园院城里栋幢座厦室区县号楼#]|单元|大道|公寓|公馆|胡同|中心|国际"
)
_TRADITIONAL = re.compile("[區縣鄉鎮號樓棟園灣廈東]")
_DIGIT = re.compile(r"[0-9]")


def address_spans(folded: str) -> Iterator[Span]:
    """Postal addresses in folded text."""
    plain = folded.translate(TO_SIMPLIFIED) if _TRADITIONAL.search(folded) else folded
    yield from _room_codes(plain)
    found: list[Span] = []
    if (_NUMBERED if _DIGIT.search(plain) else _WORDED).search(plain):
        found = [span for chain in _chains(plain) if (span := _judge(plain, chain)) is not None]
    for span in (*landmark_spans(plain), *directed_spans(plain)):
        found = _merged(found, span)
    yield from found


def _merged(found: list[Span], span: Span) -> list[Span]:
    """With `span`; what it overlaps keeps its own beginning, for that was found by the names of places."""
    met = [own for own in found if own.start < span.end and span.start < own.end]
    if not met:
        return [*found, span]
    whole = Span(met[0].start, max(span.end, met[-1].end), "address")
    return [own for own in found if own not in met] + [whole]


def _room_codes(folded: str) -> Iterator[Span]:
    """Building, entrance and room as 12-2-601, after the name of an estate or a word for a home."""
    if not _CODED.search(folded):
        return
    for match in _ROOM_CODE.finditer(folded):
        lead = match[1]
        if lead is None or _HOME.search(lead):
            yield Span(match.start(2), match.end(), "address")
        elif not _NO_HOME.search(lead):
            cut = _START.match(lead)
            yield Span(match.start(1) + (cut.end() if cut else 0), match.end(), "address")


def _chains(folded: str) -> Iterator[list[re.Match[str]]]:
    chain: list[re.Match[str]] = []
    for match in _COMPONENT.finditer(folded):
        if chain and not _follows(folded[chain[-1].end() : match.start()], match):
            yield chain
            chain = []
        if chain or match.lastgroup != "inside":
            chain.append(match)
    if chain:
        yield chain


def _follows(gap: str, match: re.Match[str]) -> bool:
    if len(gap) > 14 or not _GAP.match(gap) or _FOREIGN.search(gap):
        return False
    if match.lastgroup == "inside":
        return len(gap) <= 4 and not _PUNCTUATED.search(gap)
    return match.lastgroup != "unit" or gap.strip(" ,，()（）-") == "" or len(gap) <= 12


def _judge(folded: str, chain: list[re.Match[str]]) -> Span | None:
    start = _start(folded, chain[0])
    for foreign in _FOREIGN.finditer(folded, start, chain[0].start()):
        start = foreign.end()
    names = _named(folded, chain, start)
    while chain and (chain[-1].lastgroup == "region" or _NEARBY.fullmatch(chain[-1][0])):
        chain = chain[:-1]
    if chain and "xx" in folded[start : chain[-1].end()].lower():
        return None  # a form to fill in: xx市xx区xx路
    if chain and _BRANCH.match(folded, chain[-1].end()):
        return None
    units = [m for m in chain if m.lastgroup == "unit"]
    tail = TAIL.match(folded, chain[-1].end()) if chain and chain[-1].lastgroup != "region" else None
    known = (
        tail is not None and bool({"road", "town", "estate"} & set(names)) and _placed(folded, start, chain)
    )
    if not chain or not (known or _is_address(folded, start, chain, names, units)):
        return None
    if not names and units:
        start = _unnamed(folded, units[0].start())
    return Span(start, tail.end() if tail else chain[-1].end(), "address")


def _placed(folded: str, start: int, chain: list[re.Match[str]]) -> bool:
    """In a region that is named, or where something is to be delivered."""
    delivered = _DELIVERY.search(folded[max(0, start - 12) : start])
    regions = any(m.lastgroup in ("region", "town") for m in chain)
    return bool(regions or delivered or KNOWN_PLACE.match(folded, start))


def _unnamed(folded: str, at: int) -> int:
    """Where an address begins whose first unit stands at `at` and whose estate has no word for what it is."""
    found = _UNNAMED.search(folded[max(0, at - 12) : at])
    name = found[0] if found else ""
    cut = _START.match(name.rstrip())
    name = name[cut.end() :] if cut else name
    home = len(name.strip()) > 2 and not _FOREIGN.search(name) and not _GENERIC.search(name.strip())
    return at - len(name) if home else at


def _named(folded: str, chain: list[re.Match[str]], start: int) -> list[str]:
    """Groups (`road`, `estate`, `region`) of the components that bear a name of their own."""
    named, at, before = [], start, None
    for match in chain:
        name = folded[at : match.end()].strip(" ,，()（）-")
        own = len(name) > len(match[0]) or (
            match.lastgroup == "road" and (len(name) > 2 or before == "estate")
        )
        if match.lastgroup not in ("unit", "inside") and own and not _GENERIC.search(name):
            named.append(str(match.lastgroup))
        at, before = match.end(), match.lastgroup
    return named


def _is_address(
    folded: str, start: int, chain: list[re.Match[str]], names: list[str], units: list[re.Match[str]]
) -> bool:
    place = "road" in names or "estate" in names
    town = "town" in names
    region = "region" in names or bool(KNOWN_PLACE.match(folded, start))
    rooms = [m for m in units if _BUILDING.search(m[0])]
    if place and units and (region or rooms or len(units) >= 2 or _street_number(chain)):
        return True
    if (region or town) and rooms and (town or len(units) >= 2):
        return True
    wanted = bool(_DELIVERY.search(folded[max(0, start - 12) : start]))
    district = any(m[0] in ("区", "县") or m[0].endswith("旗") for m in chain)
    if region and (place or town) and (wanted or (district and "road" in names)):
        return True
    if town and (("road" in names) or (region and place)):
        return True
    return (len(rooms) >= 2 and _room_like(rooms)) or bool(_HASHED.match(units[0][0] if units else ""))


def _street_number(chain: list[re.Match[str]]) -> bool:
    """A road directly followed by a number: 文三路100号."""
    return any(
        a.lastgroup == "road" and b.lastgroup == "unit" and b.start() - a.end() <= 3 and _COUNTED.search(b[0])
        for a, b in pairwise(chain)
    )


def _room_like(rooms: list[re.Match[str]]) -> bool:
    text = "".join(m[0] for m in rooms)
    return bool(re.search(r"栋|幢|单元|号楼|号院|座", text)) and bool(
        re.search(r"[0-9]{3}|[0-9][A-H]|单元|室|床|寝", text)
    )


def _start(folded: str, first: re.Match[str]) -> int:
    """Where the name of the first component begins: after a cue word, a boundary, or at a known city."""
    low = max(0, first.start() - 18)
    head = folded[low : first.start()]
    cut = _START.match(head)
    at = low + (cut.end() if cut else 0)
    for known in KNOWN_PLACE.finditer(folded, low, first.end()):
        if known.end() > at:  # also where a cue word cut into a name of its own, or none stands before
            return known.start()
    city = _CITY_AHEAD.search(folded[low:at])
    return low + city.start() if city else at
