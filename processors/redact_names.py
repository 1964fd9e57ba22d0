"""Personal names where a text introduces them as such.

A name is a surname of a closed list and one or two given characters. Words that
only look like one (高铁, 张贴, 安装) are kept out by the characters that hardly
ever stand in a given name and by a list of words. How much else must speak for a
name depends on what introduces it: 收件人 needs little, 我是 a lot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from processors.redact_name_words import (
    ANY_SURNAME,
    COMMON,
    COMPOUND,
    GIVEN,
    HAN,
    NEVER_GIVEN,
    NOT_GIVEN,
    NOT_NAMES,
    RARE,
    SURNAME,
    UNCOMMON,
    WORDLIKE,
    all_given,
    field_value,
    known_word,
    likely,
    plausible,
)
from processors.redact_places import KNOWN_PLACE
from processors.redact_text import Span

_FOLLOW = re.compile(
    "电话|手机|手機|身份|地址|住址|收货|收件|的|是|收|在|要|你|我|您|他|她|请|麻|帮|和|跟|与|已|没|都|"
    "也|不|能|可|把|来|去|给|到|让|吗|呢|吧|啊|哈|哦|呀|了|微信"
    "|这|那|有|会|想|说|先生|女士|小姐|同学|老师|师傅|就|还|再|今天|明天|快|联系|地址|号码|卡号|建行|"
    "工行|农行|中行|开户|年龄|性别|本人|签|(?:就|这|那)(?:行|好|可以|成)|代|亲|接|下单|买|订|寄|发"
)

_RELATIVES = (
    "老公|老婆|丈夫|妻子|爱人|媳妇儿?|父亲|母亲|儿子|女儿|闺女|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|岳母|公公|婆婆|"
    "妈妈|爸爸|哥哥?|姐姐?|弟弟?|妹妹?|侄子|外甥|孙子|孙女|舅舅?|叔叔?|姑姑?|姨妈?|伯父|表[哥弟姐妹]|堂[哥弟姐妹]|"
    "嫂子|对象|男朋?友|女朋?友|闺蜜|亲戚|朋友|同事|同学|室友|舍友|邻居"
)
_CUES = (
    "我叫|姓名|名字|人名|收件人|收货人|收貨人|收件者|联系人|聯繫人|聯絡人|連絡人|户名|戶名|持卡人|签收人|代收人|寄件人|"
    "发件人|取件人|提货人|收款人|付款人|投保人|被保人|受益人|入住人|乘车人|乘机人|出行人|当事人|申报人|报关人|"
    "预约人|申请人|登记人|购买人|下单人|订货人|接收人|接货人|机主|车主|业主|户主|房主|屋主|货主|患者|学生|孩子|宝宝|小名|"
    "大名|真名|实名|全名|名叫|叫做|称呼|尊称|本人|备注|落款|署名|署的名|抬头|开户人|负责人|法人|经办人|监护人|师傅叫|配送员|派送员|派件员|快递员|业务员|骑手|"
) + "|".join(f"{who}叫" for who in "妈爸公婆子女儿友弟妹姐哥人员童娃伴戚居")
_INTRODUCED = re.compile(
    rf"(?:{_CUES})"
    r"(?:登记|名字|姓名|名称|改成了?|改为|改|换成|换|写[成的]?|填[写成的]?|统一|电话|个人|留[的了]?|就|还|应该|都|用|拼音|英文|开|"
    rf"[我俺]?[爸妈]的?|我?(?:{_RELATIVES})的?|我的?|的|请|[是叫为用:：=. ()\"'“”「」\-]|\n){{0,6}}"
)
_FIELD = re.compile("[^的]*(?:人|姓名|户名|戶名)[是为:： ]{1,3}\\Z")
_FIELD_VALUE = re.compile(f"[{HAN}]{{2,6}}(?![{HAN}])")
_LOOSE = re.compile("(?:配送|派送|快递|派件|业务)员|骑手|备注|学生|孩子|宝宝|本人|患者|负责人|落款|抬头|称呼|当事人")
_COMPANY = re.compile(f"[{HAN}]{{0,8}}(?:公司|集团|学校|[大中小]学|医院|商行|商贸|门店|超市|中心|工作室|有限|厂|店|局|部|院|社)")
_CONTACTED = re.compile(r"(?:联系|找|给|寄给|送给|交给|转给|发给|打给|让|请|由|叫|被|帮|替|喊|跟|转告|告诉|通知|麻烦|我是|他是|她是|是|转交)[:： ]?")
_ASKED = re.compile("[让请由叫给找是被帮替喊跟]|转告|告诉|通知|麻烦")
_DOES = re.compile("签|代[收签领取]|亲[收启]|[去来]?[收拿取领接](?!到)|去|帮忙?[收拿取]|下的?单|接货|开门|说一?声|[买订]的|的?(?:妈|爸|家长|家属|爱人|老公|老婆)|的(?:名|号|手机|电话|身份)")
_KIN = re.compile(rf"(?:[爸妈娘]|{_RELATIVES}|房东|老板|店长|经理)(?:名字|叫做?|是|[ ,，:：(（]){{1,3}}")
_OWN_KIN = re.compile(rf"(?<=[我他她俺])(?:[爸妈娘]妈?爸?|{_RELATIVES}|[哥姐弟妹])的?")
_OWNED = re.compile("的?(?:号码?|电话|手机|快递|名字|微信|卡号?|身份证|地址|账号|签|代收|收)(?!的人)")
_NAME_OF = re.compile(rf"(?:用|写|填|报|以|是|留|说|刻|印|绣|[刻印绣]上)({ANY_SURNAME}[{HAN}]{{1,2}}?)(?=的(?:名字?|名义|身份|号|手机|电话)|这?[三两]个字)")
_NICKNAME = re.compile(rf"[小阿老][{HAN}](?![{HAN}])")
_TITLED = re.compile(rf"({SURNAME})([{HAN}]{{0,2}}?)(先生|女士|小姐|太太)")
_RECEIVES = re.compile(
    rf"(?:(?<![{HAN}])|(?<=[由让请给叫找是]))({SURNAME}[{HAN}]{{1,2}})"
    rf"(?= ?(?:(?:亲收|签收|代收|代签|代领|代取|亲启|敬启)|收(?:件|货)?(?![{HAN}])))"
)
_TITLED_RECEIVES = re.compile(
    rf"(?<![{HAN}])({SURNAME}(?:老师|师傅|阿姨|叔叔?|经理|医生|主任|老板|总|姐|哥|工|太太?))"
    rf"(?= ?(?:[亲签代]收|收(?:件|货)?(?![{HAN}])|的(?:快递|包裹|件|电话|手机)))|"
    rf"(?<![{HAN}])({SURNAME}[{HAN}]{{2}})(?=的(?:快递|包裹|件(?!衣)|订单|电话|手机号?|号码|地址|身份证))"
)
_HEADED = re.compile(rf"抬头(?:写|填|是|为|[:： ]){{0,3}}({ANY_SURNAME}[{HAN}]{{1,3}})(?=[ ,，(（]{{1,2}}个人)")
_INTRO_TITLE = re.compile(r"先生|女士|小姐|太太|师傅|老师|阿姨|叔叔|大爷|大妈|经理|医生|主任|老板|总(?![是共])|姐|哥|叔|姨")
_FULL = re.compile(rf"({ANY_SURNAME})([{HAN}]{{1,2}})")
MINORITY = re.compile(rf"[{HAN}]{{2,6}}(?:·[{HAN}]{{2,6}}){{1,2}}")
"""A name in two parts, such as 买买提·艾力."""
_LATIN = re.compile(r"[A-Za-z]{2,15}(?:[ .·][A-Za-z]{2,15}){1,2}(?![A-Za-z0-9])")
_LATIN_FIRST = re.compile(r"[A-Z][a-z]{1,14}(?![A-Za-z0-9])")
# What every name of a kind holds. A search for one set of characters, looking back once it is
# found, costs a tenth of a search for alternatives, and most texts hold none of these.
_ENDS = sorted({cue[-2:] for cue in _CUES.split("|")})
CUE_ENDS = "".join(sorted({end[1] for end in _ENDS}))
"""The characters by which the words end that introduce a name."""
CUE_BACK = f"(?<={'|'.join(_ENDS)})"
"""Looking back from one of `CUE_ENDS`: such a word indeed."""
_CUE = re.compile(f"[{CUE_ENDS}]{CUE_BACK}")
GIVEN_CLASS = "".join(sorted(GIVEN))
NAME_STARTS = "".join(sorted({*f"{COMMON}{RARE}{UNCOMMON}{WORDLIKE}", *(name[-1] for name in COMPOUND.split("|"))}))
"""The last characters of surnames; `GIVEN_CLASS` may follow them."""
WEAK_ENDS = "给找让请由叫是系用写填报以留说 :：的" + "".join(sorted({who.strip("?")[-1] for who in _RELATIVES.split("|")} - {"]"})) + "哥弟姐妹爸妈娘友儿板长理东"
"""The characters by which the words end that may introduce a name."""
_NAME_LIKE = re.compile(f"[{NAME_STARTS}][{GIVEN_CLASS}]")
_TITLE = re.compile("[生士姐太](?<=先生|女士|小姐|太太)")
_BOUNDED_BY = re.compile(f"[^{HAN}]|\\Z")
_SAFE_LEFT = frozenset("是的叫找给请跟和让位个、为被对与向问由人户名")
_MEANT = re.compile(r"(?:找|联系|给|[请让叫由寄送发打是]|人|姓名|户名|名字|[:：])[ :：]?\Z")
"""Stands before a titled surname that means a certain person."""
_ACTS = re.compile(
    rf" ?(?:收|签|代收|亲启|的(?:快递|包裹|电话|手机|号|单|件|货|地址|订单|车|微信)|电话|手机|在家|不在|[({'（'}])|"
    rf"[ ,，。;；!！\n]*(?:\Z|[0-9\x00])|[,，;；\n]"
)
"""Stands after one."""


def introduced_spans(folded: str) -> Iterator[Span]:
    """Names after a word that introduces one, and surnames with a title."""
    if _CUE.search(folded):
        for cue in _INTRODUCED.finditer(folded):
            yield from _after_cue(folded, cue)
    if _NAME_LIKE.search(folded):
        yield from _weakly_introduced(folded)
    if _TITLE.search(folded):
        yield from _titled(folded)


def _weakly_introduced(folded: str) -> Iterator[Span]:
    for cue in _KIN.finditer(folded):
        yield from strict(folded, cue.end())
    for cue in _OWN_KIN.finditer(folded):
        yield from strict(folded, cue.end(), full=True, ends=ends_name)
        yield from strict(folded, cue.end(), ends=_OWNED.match)
    for cue in _CONTACTED.finditer(folded):
        yield from strict(folded, cue.end(), full=cue[0][-1] not in ":： 系")
        if _ASKED.match(cue[0]):
            yield from strict(folded, cue.end(), ends=_DOES.match)
    for match in _NAME_OF.finditer(folded):
        if likely(match[1]) or (len(match[1]) > 2 and plausible(match[1])):
            yield Span(match.start(1), match.end(1), "name")
    for match in _RECEIVES.finditer(folded):
        if likely(match[1]):
            yield Span(match.start(1), match.end(1), "name")
    for match in _TITLED_RECEIVES.finditer(folded):
        if match[1] or likely(match[2]):
            yield Span(match.start(), match.end(), "name")
    for match in _HEADED.finditer(folded):
        yield Span(match.start(1), match.end(1), "name")


def _after_cue(folded: str, cue: re.Match[str]) -> Iterator[Span]:
    at = cue.end()
    if _LOOSE.match(cue[0]):
        if not (cue[0].startswith("抬头") and _COMPANY.match(folded, at)):
            yield from strict(folded, at, ends=ends_name)
        return
    minority = MINORITY.match(folded, at)
    length = _name_length(folded, at)
    if minority is not None:
        yield Span(at, minority.end(), "name")
    elif length:
        yield Span(at, at + length, "name")
    elif _FIELD.match(cue[0]) and (value := _FIELD_VALUE.match(folded, at)) and field_value(value[0]):
        yield Span(at, value.end(), "name")
    elif (nick := _NICKNAME.match(folded, at)) and "人" in cue[0] and nick[0][1] not in NOT_GIVEN:
        yield Span(at, nick.end(), "name")
    elif cue[0][-1] in ":： 是叫人" and (latin := _LATIN.match(folded, at)):
        yield Span(at, latin.end(), "name")
    elif cue[0].rstrip(":： 是叫写填").endswith("人") and (latin := _LATIN_FIRST.match(folded, at)):
        yield Span(at, latin.end(), "name")


def _name_length(folded: str, at: int) -> int:
    """Characters of the name that a strong cue introduces at `at`; 0 if there is none."""
    match = _FULL.match(folded, at)
    if match is None:
        return 0
    surname, given = match.groups()
    title = _INTRO_TITLE.match(folded, at + len(surname))
    if title is not None:
        return title.end() - at
    whole = all_given(given) and ends_name(folded, match.end())
    if (KNOWN_PLACE.match(folded, at) and known_word(match[0])) or (NOT_NAMES.match(match[0]) and not whole):
        return 0
    for size in (2, 1):
        part = given[:size]
        fits = len(part) == size and (all_given(part) or not set(part) & NEVER_GIVEN)
        if fits and (ends_name(folded, at + len(surname) + size) or (size == 2 and all_given(part))):
            return len(surname) + size
    cut = len(given) == 2 and given[0] in GIVEN and given[1] in NOT_GIVEN and surname not in WORDLIKE
    return len(surname) + 1 if cut else 0


def ends_name(folded: str, at: int) -> re.Match[str] | None:
    """A boundary, or a word that often follows a name, stands at `at`."""
    return _BOUNDED_BY.match(folded, at) or _FOLLOW.match(folded, at)


def strict(
    folded: str,
    at: int,
    full: bool = False,
    ends: Callable[[str, int], re.Match[str] | None] = _BOUNDED_BY.match,
) -> Iterator[Span]:
    """A name after a weak cue: only likely ones before what `ends` them; `full` wants three characters."""
    for size in (4, 3, 2):
        token = folded[at : at + size]
        if len(token) == size and (size > 2 or not full) and likely(token) and ends(folded, at + size):
            yield Span(at, at + size, "name")
            return


def _titled(folded: str) -> Iterator[Span]:
    for match in _TITLED.finditer(folded):
        surname, given, _ = match.groups()
        previous = folded[match.start() - 1 : match.start()]
        free = not previous or _BOUNDED_BY.match(previous) is not None or previous in _SAFE_LEFT
        if given:
            if all_given(given) and free and not NOT_NAMES.match(match[0]):
                yield Span(match.start(), match.end(2), "name")
        elif free and surname not in "和向那祝应单时关连明成" and _certain(folded, match):
            yield Span(match.start(), match.end(), "name")


def _certain(folded: str, match: re.Match[str]) -> bool:
    """A certain 王先生, not one who is talked about or after whom a brand is called."""
    return bool(_MEANT.search(folded[max(0, match.start() - 4) : match.start()]) or _ACTS.match(folded, match.end()))
