"""Personal names after words that introduce much else, too: 给, 找, 我妈, 店长.

The name itself must look like one, and what follows it must end it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from processors.redact_name_forms import BOUNDED_BY, CLOSE, RELATIVES, ends_name, strict, wordlike
from processors.redact_name_words import (
    ANY_SURNAME,
    COMMON,
    HAN,
    SURNAME,
    likely,
    plausible,
)
from processors.redact_text import Span

_CONTACTED = re.compile(
    r"(?:[写填留记签]的是|[改换]成|联系|找|给|寄给|送给|交给|转给|发给|打给|让|请|由|叫|被|帮|替|喊|跟|转告|"
    r"告诉|通知|麻烦|问|署|收[件货]|[Tt][Oo][:：]|刻|印|绣|写|填|原来|"
    r"我是|边是|他是|她是|是|转交)[:： ]?"
)
_ROLE = re.compile(
    "(?:家长|专员|主管|店长|群主|团长|楼长|管家|督导|顾问|导购|司机|班长|校长|院长|护士|律师|组长|队长|站长|所长|保安|助理|"
    "秘书|会计|出纳|采购|工程师|安装工|维修工|代表|书记|村长|教练|老师|医生|大夫|经理|主任|掌柜|管理员|检测员|质检员|"
    "理赔员|调度|网格员|志愿者|员工|师[兄姐弟妹]|学[长姐弟妹]|辅导员|对接人?|跟单员?|业务|售后|处理人|经手人|责任人|"
    "收银员?|店员|柜员|发小|仓管|库管|主播|老板娘?|店主|厂长|老乡|阿姨|保洁|保姆|月嫂|护工|服务员|技术员|检修员|"
    "[新旧老]?用户|同桌|战友|队友|球友|邻居|房东|对门|楼[上下]|隔壁)(?:叫做?|名叫|是|为|[:： ])?"
)
"""Who somebody is, before his name."""
_LISTED = re.compile(
    rf"(?<=\x00)(?:[、/&+,，]|和|跟|与|或者?)({SURNAME}[{HAN}]{{1,2}})(?![{HAN}])|"
    rf"(?<![{HAN}])({SURNAME}[{HAN}]{{1,2}})(?:[、/&+]|和|跟|与|或者?)(?=\x00)"
)
"""Beside a name that is found already."""
_LATIN_SELF = re.compile(
    r"(?:我叫|我是|本人|写|署名|落款|拼音|英文名?|护照|名字|[Mm]y name is|I am|"
    r"[Tt]his is) ?([A-Z][a-z]{1,14}(?: [A-Z][a-z]{1,14}){1,2})(?![A-Za-z0-9])"
)
_CAPITALS = re.compile("[a-z] [A-Z][a-z]")
_PRODUCTS = re.compile(
    "(?:Pro|Plus|Max|Lite|Air|Mini|Ultra|Vip|Member|User|Note|Watch|Book|Pad|Phone|Switch|Apple|Mac)\\b"
)
_NAMING = (
    "我是",
    "边是",
    "寄给",
    "送给",
    "交给",
    "转给",
    "发给",
    "打给",
    "转告",
    "通知",
    "联系",
    "转交",
    "找",
    "由",
    "叫",
    "署",
)
_ASKED = re.compile("联系|[让请由叫给找是被帮替喊跟问]|转告|告诉|通知|麻烦")
_DOES = re.compile(
    "就[行好]|签|代[收签领取]|亲[收启]|[去来]?[收拿取领接](?!到)|去|帮忙?[收拿取]|下的?单|接货|开门|说一?声|"
    "[买订]的|的(?:签|那个|客服|人|收)|的?(?:妈|爸|家长|家属|爱人|老公|老婆)|的(?:名|号|手机|电话|身份)"
)
_KIN = re.compile(rf"(?:[爸妈娘]|{RELATIVES}|房东|老板|店长|经理)(?:名字|叫做?|是|[ ,，:：(（]){{1,3}}")
_OWN_KIN = re.compile(rf"(?<=[我他她俺给的叫让是])(?:[爸妈娘]妈?爸?|{RELATIVES}|{CLOSE}|[哥姐弟妹])的?")
_OWNED = re.compile("的?(?:号码?|电话|手机|快递|名字|微信|卡号?|身份证|地址|账号|签|代收|收)(?!的人)")
_NAME_OF = re.compile(
    rf"(?:用|写的?|填的?|报|以|是|留|说|刻|印|绣|[刻印绣]上)({ANY_SURNAME}[{HAN}]{{1,2}}?)(?=的(?:名|"
    rf"名义|身份|号|手机|电话)|这?[三两]个字)"
)
_RECEIVES = re.compile(
    rf"(?:(?<![{HAN}])|(?<=[由让请给叫找是]))({SURNAME}[{HAN}]{{1,2}})"
    rf"(?= ?(?:(?:亲收|签收|代收|代签|代领|代取|亲启|敬启)|收(?:件|货)?(?![{HAN}])))"
)
_TITLES = "老师|师傅|阿姨|叔叔?|经理|医生|主任|老板|总|姐|哥|工|太太?"
_TITLED_RECEIVES = re.compile(
    rf"(?<![{HAN}])({SURNAME}(?:{_TITLES}))"
    rf"(?= ?(?:[亲签代]收|收(?:件|货)?(?![{HAN}])|的(?:快递|包裹|件|电话|手机)))"
)
_TITLED_ASKED = re.compile(
    rf"(?:找|联系|让|请|给|问|叫)({SURNAME}(?:{_TITLES}))(?=[签收拿接取]|就[行好]|的?(?:电话|手机)|[ "
    rf",，。]|\Z)"
)
_OWNER = re.compile(
    rf"(?<![{HAN}])({SURNAME}[{HAN}]{{1,2}})(?=的(?:快递|包裹|件(?!衣)|订单|电话|手机号?|号码|地址|身份证))"
)
_WISHED = re.compile(
    rf"祝({SURNAME}[{HAN}]{{1,2}}?)(?=(?:宝贝|同学|小朋友|老师)?(?:生日|新婚|早日|天天|永远|身体|和))"
)
_HEADED = re.compile(
    rf"抬头(?:写|填|是|为|[:： ]){{0,3}}({ANY_SURNAME}[{HAN}]{{1,3}})(?=[ ,，(（]{{1,2}}个人)"
)


def _named(token: str) -> bool:
    return likely(token) or (len(token) > 2 and plausible(token))


def _any(_token: str) -> bool:
    return True


_Frame = tuple[re.Pattern[str], Callable[[str], bool]]
_FRAMED: tuple[_Frame, ...] = (
    (_NAME_OF, _named),
    (_RECEIVES, likely),
    (_OWNER, likely),
    (_WISHED, likely),
    (_TITLED_RECEIVES, _any),
    (_TITLED_ASKED, _any),
    (_HEADED, _any),
)
"""What stands around a name and how much the name itself must look like one."""


def weak_spans(folded: str) -> Iterator[Span]:
    for cue in _KIN.finditer(folded):
        yield from strict(folded, cue.end())
    for cue in _OWN_KIN.finditer(folded):
        yield from strict(folded, cue.end(), full=True, ends=ends_name)
        yield from strict(folded, cue.end(), ends=_OWNED.match)
        yield from strict(folded, cue.end(), ends=_DOES.match)
        yield from _self_named(folded, cue.end())
    for cue in _CONTACTED.finditer(folded):
        yield from strict(folded, cue.end(), full=cue[0][-1] not in ":： 系" and "的是" not in cue[0])
        if cue[0].endswith(_NAMING):
            yield from _self_named(folded, cue.end())
        if _ASKED.search(cue[0]):
            yield from strict(folded, cue.end(), ends=_DOES.match)
        if cue[0] != "是":
            yield from strict(folded, cue.end(), full=True, ends=ends_name)
            yield from _wordlike(folded, cue.end())
    for cue in _ROLE.finditer(folded):
        yield from strict(folded, cue.end(), full=True, ends=ends_name)
        yield from _self_named(folded, cue.end())
    for match in _LISTED.finditer(folded):
        group = match.lastindex or 0
        if likely(match[group]):
            yield Span(match.start(group), match.end(group), "name")
    for pattern, fits in _FRAMED:
        for match in pattern.finditer(folded):
            group = match.lastindex or 0
            if fits(match[group]):
                yield Span(match.start(group), match.end(group), "name")


def latin_spans(folded: str) -> Iterator[Span]:
    """I am Li Lei: two or three words in Latin letters after one that introduces oneself."""
    if _CAPITALS.search(folded):
        for match in _LATIN_SELF.finditer(folded):
            if not _PRODUCTS.search(match[1]):
                yield Span(match.start(1), match.end(1), "name")


def _self_named(folded: str, at: int) -> Iterator[Span]:
    """我是李雷: two characters, so of a frequent surname that is no everyday word."""
    token = folded[at : at + 2]
    frequent = token[:1] in COMMON and token[:1] not in "白黄高江常万易明"
    if frequent and likely(token) and BOUNDED_BY.match(folded, at + 2):
        yield Span(at, at + 2, "name")


def _wordlike(folded: str, at: int) -> Iterator[Span]:
    """After 给 and the like a surname that is an everyday word too: 给母建英送的."""
    if wordlike(folded[at : at + 3]) and ends_name(folded, at + 3):
        yield Span(at, at + 3, "name")
