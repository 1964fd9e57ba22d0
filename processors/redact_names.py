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
    "换成|改成|改为|电话|手机|手機|身份|地址|住址|收货|收件|的|是|收|在|要|你|我|您|他|她|请|麻|帮|"
    "和|跟|与|已|没|都|"
    "也|不|能|可|把|来|去|给|到|让|吗|呢|吧|啊|哈|哦|呀|了|微信"
    "|这|那|有|会|想|说|先生|女士|小姐|同学|老师|师傅|就|还|再|今天|明天|快|联系|地址|号码|卡号|建行|"
    "工行|农行|中行|开户|年龄|性别|本人|新郎|新娘|签|(?:就|这|那)(?:行|好|可以|成)|代|亲|接|下单|买|订|寄|发"
)

_RELATIVES = (
    "姑父|姑妈|姨父|姨夫|姨妈|伯母|舅妈|婶婶?|二叔|大伯|外甥女|侄女|干妈|干爹|丈母娘|老丈人|公爹|"
    "儿媳妇?|女婿|"
    "哥们儿?|姐们儿?|兄弟|孩子?他?[爸妈]|前夫|前妻|未婚[夫妻]|男票|女票|老伴|家属|奶|爷|姥|"
    "老公|老婆|丈夫|妻子|爱人|媳妇儿?|父亲|母亲|儿子|女儿|闺女|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|"
    "岳母|公公|婆婆|"
    "妈妈|爸爸|哥哥?|姐姐?|弟弟?|妹妹?|侄子|外甥|孙子|孙女|舅舅?|叔叔?|姑姑?|姨妈?|伯父|"
    "表[哥弟姐妹]|堂[哥弟姐妹]|"
    "嫂子|对象|男朋?友|女朋?友|闺蜜|亲戚|朋友|同事|同学|室友|舍友|邻居"
)
_CLOSE = "先生|太太|老师|导师|师父|徒弟|学生|客户|领导|搭档|兄弟|姐妹|女神|宝贝|小孩"
_CUES = (
    "我叫|姓名|名字|人名|收件人|收货人|收貨人|收件者|联系人|聯繫人|聯絡人|連絡人|户名|戶名|持卡人|"
    "签收人|代收人|寄件人|"
    "发件人|取件人|提货人|收款人|付款人|投保人|被保人|受益人|入住人|乘车人|乘机人|出行人|当事人|"
    "申报人|报关人|"
    "预约人|申请人|登记人|购买人|下单人|订货人|接收人|接货人|机主|车主|业主|户主|房主|屋主|货主|"
    "患者|学生|孩子|宝宝|小名|"
    "大名|真名|实名人|实名|卡主|投诉人|举报人|认证人|客户名称|经办|全名|名叫|叫做|称呼|尊称|本人|"
    "备注|落款|署名|署的名|抬头|开户人|负责人|法人|经办人|监护人|师傅叫|配送员|派送员|派件员|"
    "快递员|业务员|骑手|住户|房客|租客|买家|客户|顾客|会员|新娘|新郎|寿星|客服|师傅|小孩|刻字|签名|"
) + "|".join(
    f"{who}叫" for who in "妈爸公婆子女儿友弟妹姐哥人员童娃伴戚居象父母叔姨舅姑爷奶娘嫂侄孙婿夫妻师她他蜜属们"
)
_INTRODUCED = re.compile(
    rf"(?:{_CUES})"
    r"(?:登记|名字|姓名|名称|改成了?|改为|改|换成|换|写[成的]?|填[写成的]?|统一|电话|个人|留[的了]?|"
    r"就|还|应该|都|用|拼音|英文|认证|[那一]?栏|名|开|"
    rf"[我俺]?[爸妈]的?|我?(?:{_RELATIVES})的?|我(?:先生|太太)|我的?|的|请|[是叫为用:：=. "
    rf"()\"'“”「」\-]|\n){{0,6}}"
)
_FIELD = re.compile(r"[^的]*(?:人|姓名|户名|戶名)[是为:： ]{1,3}\Z")
_FIELD_VALUE = re.compile(f"[{HAN}]{{2,6}}(?![{HAN}])")
_LOOSE = re.compile(
    "(?:配送|派送|快递|派件|业务)员|住户|房客|租客|买家|客户(?!名)|顾客|会员|新娘|新郎|寿星|客服|"
    "师傅(?!叫)|小孩|刻字|签名|骑手|备注|学生|孩子|宝宝|本人|患者|负责人|落款|抬头|称呼|当事人"
)
_COMPANY = re.compile(
    f"[{HAN}]{{0,8}}(?:公司|集团|学校|[大中小]学|医院|商行|商贸|门店|超市|中心|工作室|有限|厂|店|局|部|院|社)"
)
_CONTACTED = re.compile(
    r"(?:[写填留记签]的是|[改换]成|联系|找|给|寄给|送给|交给|转给|发给|打给|让|请|由|叫|被|帮|替|喊|跟|转告|"
    r"告诉|通知|麻烦|问|"
    r"我是|边是|他是|她是|是|转交)[:： ]?"
)
_ASKED = re.compile("联系|[让请由叫给找是被帮替喊跟问]|转告|告诉|通知|麻烦")
_DOES = re.compile(
    "就[行好]|签|代[收签领取]|亲[收启]|[去来]?[收拿取领接](?!到)|去|帮忙?[收拿取]|下的?单|接货|开门|说一?声|"
    "[买订]的|的?(?:妈|爸|家长|家属|爱人|老公|老婆)|的(?:名|号|手机|电话|身份)"
)
_KIN = re.compile(rf"(?:[爸妈娘]|{_RELATIVES}|房东|老板|店长|经理)(?:名字|叫做?|是|[ ,，:：(（]){{1,3}}")
_OWN_KIN = re.compile(rf"(?<=[我他她俺给的叫让是])(?:[爸妈娘]妈?爸?|{_RELATIVES}|{_CLOSE}|[哥姐弟妹])的?")
_OWNED = re.compile("的?(?:号码?|电话|手机|快递|名字|微信|卡号?|身份证|地址|账号|签|代收|收)(?!的人)")
_NAME_OF = re.compile(
    rf"(?:用|写的?|填的?|报|以|是|留|说|刻|印|绣|[刻印绣]上)({ANY_SURNAME}[{HAN}]{{1,2}}?)(?=的(?:名|"
    rf"名义|身份|号|手机|电话)|这?[三两]个字)"
)
_NICKNAME = re.compile(rf"[小阿老大](?:[{HAN}]|[{HAN}]{{2}}(?=[ ,，]?[0-9]))(?=[^{HAN}]|就[行好]|\Z)")
_TITLED = re.compile(rf"({SURNAME})([{HAN}]{{0,2}}?)(先生|女士|小姐|太太)")
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
_INTRO_TITLE = re.compile(
    r"先生|女士|小姐|太太?|生(?![一-龥])|师傅|老师|阿姨|叔叔|大爷|大妈|经理|医生|主任|老板|"
    r"总(?![是共])|姐|哥|叔|姨"
)
_FULL = re.compile(rf"({ANY_SURNAME})([{HAN}]{{1,2}})")
SPACED = re.compile(rf"{SURNAME} [{HAN}](?: [{HAN}])?(?! ?[{HAN}])")
"""A name with spaces between its characters: 王 伟."""
_NEVER_SPACED = NEVER_GIVEN - frozenset("一二三四五六七八九")
MINORITY = re.compile(rf"[{HAN}]{{2,6}}(?:·[{HAN}]{{2,6}}){{1,2}}")
"""A name in two parts, such as 买买提·艾力."""
_LATIN = re.compile(r"[A-Za-z]{2,15}(?:[ .·][A-Za-z]{2,15}){1,2}(?![A-Za-z0-9])")
_LATIN_FIELD = re.compile(
    r"[A-Za-z]{2,15}(?:老师|总|姐|哥)?(?=[ ,，:：]{1,2}(?:电话|手机)?[ :：]?[0-9(+\x00])"
)
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
NAME_STARTS = "".join(
    sorted({*f"{COMMON}{RARE}{UNCOMMON}{WORDLIKE}", *(name[-1] for name in COMPOUND.split("|"))})
)
"""The last characters of surnames; `GIVEN_CLASS` may follow them."""
WEAK_ENDS = (
    "给找让请由叫是系用写填报以留说 :：的"
    + "".join(sorted({who.strip("?")[-1] for who in f"{_RELATIVES}|{_CLOSE}".split("|")} - {"]"}))
    + "哥弟姐妹爸妈娘友儿板长理东"
)
"""The characters by which the words end that may introduce a name."""
_NAME_LIKE = re.compile(f"[{NAME_STARTS}][{GIVEN_CLASS}]")
_TITLE = re.compile("[生士姐太](?<=先生|女士|小姐|太太)")
_BOUNDED_BY = re.compile(rf"[^{HAN}]|\Z")
_SAFE_LEFT = frozenset("是的叫找给请跟和让位个、为被对与向问由人户名下达告知诉喊帮替那这我有收送寄")
_MEANT = re.compile(r"(?:找|联系|给|[请让叫由寄送发打是]|人|姓名|户名|名字|[:：])[ :：]?\Z")
"""Stands before a titled surname that means a certain person."""
_TALKED = re.compile(
    r"[说讲也都牌家男女款们版]|推荐|同款|代言|新款|专[用卖属]|旗舰|品牌|直播|介绍|你好|您好|"
    r"是[一个位做卖]|的(?!快递|包裹|电话|手机|号|单|件|货|地址|订单|车|微信|名|那)"
)
"""Stands after one who is only talked about or addressed, or after whom something is called."""


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
        yield from strict(folded, cue.end(), full=cue[0][-1] not in ":： 系" and "的是" not in cue[0])
        if cue[0].endswith(("我是", "边是")):
            yield from _self_named(folded, cue.end())
        if _ASKED.search(cue[0]):
            yield from strict(folded, cue.end(), ends=_DOES.match)
    for pattern, fits in _FRAMED:
        for match in pattern.finditer(folded):
            group = match.lastindex or 0
            if fits(match[group]):
                yield Span(match.start(group), match.end(group), "name")


def _after_cue(folded: str, cue: re.Match[str]) -> Iterator[Span]:
    at = cue.end()
    if _LOOSE.match(cue[0]):
        if not (cue[0].startswith("抬头") and _COMPANY.match(folded, at)):
            yield from strict(folded, at, ends=ends_name)
        return
    end = _field_end(folded, cue)
    if end > at:
        yield Span(at, end, "name")


def _field_end(folded: str, cue: re.Match[str]) -> int:
    """Where the name after a strong cue ends; 0 if there is none."""
    at = cue.end()
    spaced = SPACED.match(folded, at)
    if spaced is not None and not set(spaced[0]) & _NEVER_SPACED:
        return spaced.end()
    if minority := MINORITY.match(folded, at):
        return minority.end()
    if length := _name_length(folded, at):
        return at + length
    value = _FIELD_VALUE.match(folded, at) if _FIELD.match(cue[0]) else None
    if value is not None and field_value(value[0]):
        return value.end()
    nick = _NICKNAME.match(folded, at) if "人" in cue[0] else None
    return nick.end() if nick is not None and nick[0][1] not in NOT_GIVEN else _latin_end(folded, cue)


def _latin_end(folded: str, cue: re.Match[str]) -> int:
    """Where a name in Latin letters ends: two words, or one in a field for a person; 0 if there is none."""
    person = cue[0].rstrip(":： 是叫写填").endswith("人")
    forms = (_LATIN, cue[0][-1] in ":： 是叫人"), (_LATIN_FIELD, person), (_LATIN_FIRST, person)
    ends = (match.end() for form, wanted in forms if wanted and (match := form.match(folded, cue.end())))
    return next(ends, 0)


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


def _self_named(folded: str, at: int) -> Iterator[Span]:
    """我是李雷: two characters, so of a frequent surname that is no everyday word."""
    token = folded[at : at + 2]
    frequent = token[:1] in COMMON and token[:1] not in "白黄高江常万易明"
    if frequent and likely(token) and _BOUNDED_BY.match(folded, at + 2):
        yield Span(at, at + 2, "name")


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
        if len(token) == size and (size > 2 or not full) and _fits(token) and ends(folded, at + size):
            yield Span(at, at + size, "name")
            return


def _fits(token: str) -> bool:
    """Likely, or three characters that begin with one of the frequent surnames."""
    return likely(token) or (len(token) == 3 and token[0] in COMMON and plausible(token))


def _titled(folded: str) -> Iterator[Span]:
    for match in _TITLED.finditer(folded):
        surname, given, _ = match.groups()
        previous = folded[match.start() - 1 : match.start()]
        free = not previous or _BOUNDED_BY.match(previous) is not None or previous in _SAFE_LEFT
        if given:
            if all_given(given) and free and not NOT_NAMES.match(match[0]):
                yield Span(match.start(), match.end(2), "name")
        elif free and surname not in "和向那祝应单时关连明成白易" and _certain(folded, match):
            yield Span(match.start(), match.end(), "name")


def _certain(folded: str, match: re.Match[str]) -> bool:
    """A certain 王先生, not one who is talked about or after whom a brand is called."""
    return bool(
        _MEANT.search(folded[max(0, match.start() - 4) : match.start()])
        or not _TALKED.match(folded, match.end())
    )
