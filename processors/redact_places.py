"""Postal addresses, from the road, village or estate down to the room.

A text is read as *components* (杭州市 · 文三路 · 100号 · 3单元 · 502) that follow
each other with at most a short name between. A chain of them is an address when
it names a place and goes down to a number in it; a bare region is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from processors.redact_text import Span

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
    r"大道|大街|马路|公路|环路|[东西南北中一二三四五六七八九]?路(?![上由过人线费途口边演径亚易])|"
    r"街(?![上头边])|[国省县乡]道(?:[A-Z]?[0-9]{1,4})?|号路|胡同|巷|弄(?=[0-9])|嘎查|"
    r"(?<!农)村(?![镇民里淘])|(?<=[镇乡木场])[\u4e00-\u9fff]{1,4}[湾沟坪坡岭营寨堡店集庙桥塘冲垭洼窑"
    r"嘴圩埠浦岗铺](?![\u4e00-\u9fff])|屯(?!货)|庄(?=[0-9一二三四五六七八九十])"
)
_ESTATE = (
    r"小区|花园|花苑|家园|公寓|新村|新苑|名苑|嘉园|佳苑|雅苑|雅居|华庭|豪庭|名都|名城|新城|公馆|国际|"
    r"中心|广场|大厦|大楼|写字楼|商场|商城|市场(?![价部营占份上]|经济)|SOHO|创业园|孵化器|产业基地|"
    r"物流园|[材具贸配]城|产业园|科技园|工业园|园区|山庄|别墅|宿舍|家属院|家属楼"
    r"|大学|学院|校区|中学|小学|学校|医院|酒店|宾馆|"
    r"[苑庭府湾轩邸墅郡园院城里](?=[ ,]?[0-9A-Za-z一二三四五六七八九十]|[东西南北]区)|"
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
    rf"房|舍|寝室?|公寓|宿舍楼?|柜|档口?|铺|床|排|连(?![衣接续体裤袜锁])|区|"
    rf"#楼?|期|门)"
    r"|(?<=村)[\u4e00-\u9fff]{1,4}[组队屯](?!织)"
    r"|(?<=[苑庭府湾轩邸墅郡园院里区寓村栋幢楼厦社屯号路街]) ?[0-9A-Za-z]{1,4}(?: ?- ?[0-9]{1,4}){1,3}"
    r"|(?<=[城心场际]) ?[0-9A-Za-z]{1,4}(?:-[0-9]{1,4}){2,3}"
    r"|(?<=[栋幢座楼元厦#层门舍寝])[ -]?[0-9]{2,5}[A-Za-z]?(?:号楼|号|室|房|户|床|楼|层|单元|寝室?|"
    r"柜)?(?![0-9年月日元块个件])"
    r"|[0-9]{1,3}# ?[0-9]{1,2}-[0-9]{3,4}(?![0-9-])|(?<=[0-9]) ?[#] ?[0-9]{2,5}"
    r"|(?<=[栋幢座楼元]) ?(?:[0-9]{1,2}[A-H](?![0-9A-Za-z])|[一二三四五六七八九十零〇]{2,4}室?(?![号栋楼单]))"
    r"|(?<=镇) ?[0-9]{1,3}-[0-9]{3,4}(?![0-9-])"
    r"|[0-9]{1,2}[Ff](?:-?[0-9]{3,4})?(?![0-9A-Za-z])|(?<=[0-9]号)[0-9]{3,4}(?:室|房)?(?![0-9年月日元块个件])"
    r"|(?<=[场心厦城楼座际园]) ?[A-Z]-?[0-9]{2,4}[A-Z]?(?![0-9A-Za-z])"
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
    r"[的了吗呢吧啊哦我你您他她它们这哪几跟也没要能想说问看买卖退换收寄送拿给让被把从在到再又就还很"
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
    r"沿|步行|满)街\Z|^(?:我们|你们|咱们?|这个|那个|哪个|一个|整个|每个|隔壁|别的|老|旧|本|同|各|"
    r"某)?(?:小区|花园|公寓|大楼|中心|国际|广场|大厦"
    r"|商场|酒店|医院|学校|大学|宿舍)\Z|^(?:农|乡|山|全)村\Z|^城?[乡镇]\Z|^(?:客服|服务|售后|数据|购物|"
    r"个人|会员|维修|配送|分拣|转运|活动|京东|帮助)中心\Z"
)
_CITIES = (
    "北京|上海|天津|重庆|石家庄|唐山|秦皇岛|邯郸|邢台|保定|张家口|承德|沧州|廊坊|衡水|太原|大同|阳泉|"
    "长治|晋城|朔州|晋中|运城|忻州|临汾|吕梁|呼和浩特|包头|乌海|赤峰|通辽|鄂尔多斯|呼伦贝尔|沈阳|大连|"
    "鞍山|抚顺|本溪|丹东|锦州|营口|阜新"
    "|辽阳|盘锦|铁岭|朝阳|葫芦岛|长春|吉林|四平|辽源|通化|白山|松原|白城|延边|哈尔滨|齐齐哈尔|鸡西|"
    "鹤岗|双鸭山|大庆|伊春|佳木斯|七台河|牡丹江|黑河|绥化|南京|无锡|徐州|常州|苏州|南通|连云港|淮安|"
    "盐城|扬州|镇江|泰州|宿迁|昆山|江阴|杭州"
    "|宁波|温州|嘉兴|湖州|绍兴|金华|衢州|舟山|台州|丽水|义乌|合肥|芜湖|蚌埠|淮南|马鞍山|淮北|铜陵|"
    "安庆|黄山|滁州|阜阳|宿州|六安|亳州|池州|宣城|福州|厦门|莆田|三明|泉州|漳州|南平|龙岩|宁德|南昌|"
    "景德镇|萍乡|九江|新余|鹰潭|赣州|吉安|宜春"
    "|抚州|上饶|济南|青岛|淄博|枣庄|东营|烟台|潍坊|济宁|泰安|威海|日照|临沂|德州|聊城|滨州|菏泽|郑州|"
    "开封|洛阳|平顶山|安阳|鹤壁|新乡|焦作|濮阳|许昌|漯河|三门峡|南阳|商丘|信阳|周口|驻马店|武汉|黄石|"
    "十堰|宜昌|襄阳|鄂州|荆门|孝感|荆州"
    "|黄冈|咸宁|随州|恩施|长沙|株洲|湘潭|衡阳|邵阳|岳阳|常德|张家界|益阳|郴州|永州|怀化|娄底|湘西|"
    "广州|韶关|深圳|珠海|汕头|佛山|江门|湛江|茂名|肇庆|惠州|梅州|汕尾|河源|阳江|清远|东莞|中山|潮州|"
    "揭阳|云浮|南宁|柳州|桂林|梧州|北海"
    "|防城港|钦州|贵港|玉林|百色|贺州|河池|来宾|崇左|海口|三亚|成都|自贡|攀枝花|泸州|德阳|绵阳|广元|"
    "遂宁|内江|乐山|南充|眉山|宜宾|广安|达州|雅安|巴中|资阳|贵阳|六盘水|遵义|安顺|毕节|铜仁|昆明|曲靖|"
    "玉溪|保山|昭通|丽江|普洱|临沧|大理"
    "|拉萨|日喀则|西安|铜川|宝鸡|咸阳|渭南|延安|汉中|榆林|安康|商洛|兰州|嘉峪关|金昌|白银|天水|武威|"
    "张掖|平凉|酒泉|庆阳|定西|陇南|西宁|海东|银川|石嘴山|吴忠|固原|中卫|乌鲁木齐|克拉玛依|吐鲁番|哈密|"
    "喀什|伊犁|阿克苏"
)
_PROVINCES = (
    "河北|山西|内蒙古|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|"
    "四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|香港|澳门|台湾"
)
KNOWN_PLACE = re.compile(f"(?:{_PROVINCES}|{_CITIES})")
"""Names of provinces and of cities down to the prefecture, without 省 and 市."""
_CITY_AHEAD = re.compile(f"(?:{_PROVINCES}|{_CITIES})[\u4e00-\u9fff]{{0,6}} \\Z")
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
WORDED = "路街巷弄村镇屯庄栋幢苑厦"
"""Characters one of which an address without decimal digits holds."""
_WORDED = re.compile(f"[{WORDED}]|小区|单元|公寓|大道")
_NUMBERED = re.compile(
    r"[路街巷弄村镇乡组队屯庄苑庭府湾轩邸墅郡园院城里栋幢座厦室区县号楼#]|单元|大道|公寓|公馆|胡同|中心|国际"
)
_DIGIT = re.compile(r"[0-9]")


def address_spans(folded: str) -> Iterator[Span]:
    """Postal addresses in folded text."""
    yield from _room_codes(folded)
    if not (_NUMBERED if _DIGIT.search(folded) else _WORDED).search(folded):
        return
    for chain in _chains(folded):
        span = _judge(folded, chain)
        if span is not None:
            yield span


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
    if not chain or not _is_address(folded, start, chain, names, units):
        return None
    if not names and units:
        start = _unnamed(folded, units[0].start())
    return Span(start, chain[-1].end(), "address")


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
    low = max(0, first.start() - 14)
    head = folded[low : first.start()]
    cut = _START.match(head)
    at = low + (cut.end() if cut else 0)
    for known in KNOWN_PLACE.finditer(folded, low, first.end()):
        if known.end() > at:  # also where a cue word cut into a name of its own, or none stands before
            return known.start()
    city = _CITY_AHEAD.search(folded[low:at])
    return low + city.start() if city else at
