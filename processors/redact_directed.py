"""Addresses by what leads to them: 送到 …, 地址是 …, or a city that begins a line.

Many addresses have neither a road with a number nor an estate: a stall in a market, a
bed in a hospital, a class of a school, a service area. After a word of delivery the
phrase is one if it names places of two kinds (a town and a shop, a station and an
exit) and is more than common nouns: 门口 and 小区快递柜 are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redact_regions import KNOWN_PLACE
from processors.redact_text import Span

_CUE = re.compile(
    r"(?:(?:改|请|帮我?|直接|还是|就|要|给我)?(?:寄送|送货(?:到|至|地址)?|[送寄][到往去至给回]?|[发运][到往至]|放[到在]?|派到|拉到)|改[到成送为]|换[到成]|"
    r"(?:收货|收件|新|家庭|详细)?地址(?:改[到成为])?(?:是|为|[:： ]){0,2}|坐标[:： ]?|"
    r"位置[:： 在是]{0,2}|定位[:： ]?|"
    r"[家店厂人车摊我]{1,2}(?:就|现)?在|住在?|单位(?:是|在|[:： ])?|公司(?:是|在|[:： ])|去|来(?!自)|"
    r"搬[到去])(?![了过的哪吗不])"
)
_PHRASE = re.compile("[一-龥0-9A-Za-z()（）·#\\-]{4,42}")
_STOP = re.compile(
    "[了吗呢吧啊哦嘛么呀我你您他她它这哪那几跟没想说问看买卖退换收给让被把从再又还很太坏错该怎啥多少有是可会需谢能]|"
    "的(?!北|南|东|西|[一-龥]{1,6}[店铺馆厂亭])|不(?!锈|二)|也|就[行好成]|要(?!塞)|到(?!店)|送|寄|派|发货|下来|上[来去]|代[收签]|"
    "放[门前保楼一就在]|签收|自提|自取|取[货件]|[麻劳]烦|快递员|师傅|大哥|包邮|电话|手机|联系|当天|今天|明天|上午|下午|晚上"
)
_KINDS = re.compile(
    r"(?P<unit>[0-9A-Za-z一二三四五六七八九十百]{1,5}[-之]?[0-9A-Z]{0,5} ?(?:号楼|号院|号门|号线|号库|"
    r"号|栋|幢|座|单元|楼|层|室|床|"
    r"档口?|摊位?|门洞?|排|间|连|团|班(?!次)|[出入]?口|队|组|户|房|铺|弄|巷|段|期|区(?!别)|仓|柜|航站楼|车间|宿舍|家)|[A-Z]?[0-9]{3,5}|[0-9]{1,2}[A-Z][0-9]{1,3})|"
    r"(?P<region>省|市(?!场|面|民|价|二院|一院|中心)|自治[区州县]|新区|开发区|(?<=[一-龥])[区县旗盟](?![别分间域]))|"
    r"(?P<town>街道|苏木|嘎查|[镇乡](?!下|亲)|[村屯寨坳坞堡湾](?![里民])|社区|林场|农场|牧场|兵团|村委会?|大队部?)|"
    r"(?P<road>大道|大街|斜街|[路街巷弄](?!上|由|过|边|口|人|费)|胡同|国道|省道|高速(?:公路)?|立交桥?|线(?=[0-9]*[一-龥]))|"
    r"(?P<estate>小区|花园|[家佳嘉]苑|公寓|新村|公馆|国际|广场|大厦|大楼|商[厦场城]|市场|[一-龥]城(?=[A-Z0-9东南西北])|产业园|科技园|工业园|软件园|"
    r"观光园|园区|物流园|宿舍|家属[院楼]|大学|学院|校区|厂区|[中小]学|[一二三四五六七八九十]中|幼儿园|学校|医院|卫生[院所室]|"
    r"[一二三四五]院|住院部|门诊部?|[内外儿骨妇产肿瘤眼神经]{1,3}科|酒店|宾馆|民宿|客栈|服务区|停车[区场]|收费站|[客汽火货]?[车运]总?站|机场|码头|"
    r"[一-龥]站(?=[A-Z0-9出东南西北])|中心|公园|景区|塔[0-9]|工地|项目部|监狱|部队|营区|食堂|车间|驿站|祠堂|[庙寺](?![一-龥]?会)|"
    r"加油站|派出所|政府|邮局|信用社|商铺|门市|底商)|"
    r"(?P<shop>[一-龥](?:店(?![铺家员])|馆|大排档|超市|药房|铺子|厂(?![家商])|亭)|小卖部|网吧|仓库|基地|道班|养殖场|大棚|书店|驿站)|"
    r"(?P<beside>斜?对[面过]|旁边?|隔壁|后[头身面]|[东西南北]{1,2}[头侧角门]|[往向朝][东西南北左右前里]|[左右]手边?|出来|进去|"
    r"底下|跟前|尽头|路口|桥头|村[头口]|交叉口|边第)"
)
_WORDS = (
    "省市区县旗镇乡村屯寨坳坞堡湾路街巷弄道厦场城园院校学馆店厂站楼栋幢号床档排间连团口庙寺局府"
    "社库亭科中部舍室门"
)
_PLACES = re.compile(f"[{_WORDS}][一-龥0-9A-Za-z()（）-]{{0,9}}[{_WORDS}头边面侧壁身底尽]")
"""Two words for places near each other: most texts have none, and nothing more is looked for."""
_TRAILING = re.compile(r"[(（][一-龥0-9A-Z]{1,10}[)）]|那[栋条家]老?楼?|红砖房|平房|[一-龥]{0,2}岗?亭")
_COMMON = re.compile(
    "^(?:马路|街道?|殡仪馆|那个|花|[我你您咱俺他]?们?(?:这|那)?|附近|公司|单位|本|老|新|个|楼下|门口|门卫|家里?|楼道|一楼|的|里|前台|保安|物业|村里?|学校|医院|小区|"
    "快递[柜站点]|驿站|丰巢柜?|菜鸟(?:驿站)?|超市|门|口|[东南西北]门?|代收点|自提点|服务点|网点|[0-9一二三四五六七八九十]{0,2}楼?|旁边|对面|隔壁|单元|"
    "柜|室|店|客厅|卧室|厨房|阳台|乡镇|县城|镇上?|市区?|省|外|区|售后|仓库?|总部|京东|自营|中心|其他|别的|专卖|旗舰|官方|线下|门店)*$"
)
_BEGINS = re.compile(rf"(?:(?<![一-龥0-9A-Za-z]))(?={KNOWN_PLACE.pattern}[一-龥]{{2}})")
_ASKS = re.compile("[一-龥]{0,3}[吗呢哪几多怎啥么]|有|能|可以|多久|包邮|当天|发货")


def directed_spans(folded: str) -> Iterator[Span]:
    """Phrases after a word of delivery, or after a city at their beginning, that are addresses."""
    if not _PLACES.search(folded):
        return
    for cue in _CUE.finditer(folded):
        yield from _judge(folded, cue.end(), 2)
    for begin in _BEGINS.finditer(folded):
        yield from _judge(folded, begin.end(), 3)


def _judge(folded: str, at: int, wanted: int) -> Iterator[Span]:
    phrase = _PHRASE.match(folded, at)
    if phrase is None or "xx" in phrase[0].lower():
        return
    stop = _STOP.search(phrase[0])
    text = phrase[0][: stop.start()] if stop else phrase[0]
    found = list(_KINDS.finditer(text))
    kinds = {str(match.lastgroup) for match in found}
    if KNOWN_PLACE.match(text):
        kinds.add("region")
    if not found or len(kinds) < wanted or kinds <= {"region", "unit"} or _COMMON.match(text):
        return
    end = found[-1].end()
    own = _COMMON.match(_KINDS.sub("", text[:end]))
    numbered = "unit" in kinds and any(c.isdigit() for c in text[:end])
    asked = wanted > 2 and _ASKS.match(folded, at + end)
    if asked or (own and not numbered) or (kinds == {"region", "estate"} and wanted == 2):
        return
    trailing = _TRAILING.match(folded, at + end)
    yield Span(at, trailing.end() if trailing else at + end, "address")
