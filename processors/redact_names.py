"""Personal names where a text introduces them as such.

A name is a surname of a closed list and one or two given characters. Words that
only look like one (高铁, 张贴, 安装) are kept out by the characters that hardly
ever stand in a given name and by a list of words. How much else must speak for a
name depends on what introduces it: 收件人 needs little, 我是 a lot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redact_name_forms import (
    BOUNDED_BY,
    CLOSE,
    MINORITY,
    RELATIVES,
    SPACED,
    TITLED,
    ends_name,
    fits,
    strict,
    wordlike,
)
from processors.redact_name_words import (
    ANY_SURNAME,
    FOREIGN,
    GIVEN,
    GIVEN_CLASS,
    HAN,
    LOOKED_AT,
    NAME_STARTS,
    NEVER_GIVEN,
    NOT_GIVEN,
    NOT_NAMES,
    SURNAME,
    TALKED,
    TRANSLITERATED,
    WORDLIKE,
    all_given,
    field_value,
    known_word,
)
from processors.redact_regions import KNOWN_PLACE
from processors.redact_text import Span
from processors.redact_weak_names import latin_spans, weak_spans

_CUES = (
    "我叫|姓名|名字|人名|收件人|收货人|收貨人|收件者|联系人|聯繫人|聯絡人|連絡人|(?<!用)户名|戶名|持卡人|"
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
    rf"[我俺]?[爸妈]的?|我?(?:{RELATIVES})的?|我(?:先生|太太)|我的?|的|请|[是叫为用:：=. "
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
_NICKNAME = re.compile(rf"[小阿老大](?:[{HAN}]|[{HAN}]{{2}}(?=[ ,，]?[0-9]))(?=[^{HAN}]|就[行好]|\Z)")
_TITLED = re.compile(
    rf"({SURNAME})([{HAN}]{{0,2}}?)(先生|女士|小姐|太太|"
    r"经理|主任|老师|师傅|医生|大夫|主管|店长|教练|律师|同学|小朋友|宝贝|总监|队长|书记|校长|院长|护士|阿姨|叔叔)"
)
_INTRO_TITLE = re.compile(
    r"先生|女士|小姐|太太?|生(?![一-龥])|师傅|老师|阿姨|叔叔|大爷|大妈|经理|医生|主任|老板|"
    r"总(?![是共])|姐|哥|叔|姨"
)
_FULL = re.compile(rf"(?!原来|原先|原本)({ANY_SURNAME})([{HAN}]{{1,2}})")
_NEVER_SPACED = NEVER_GIVEN - frozenset("一二三四五六七八九")
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
_LOOSE_ENDS = [
    end for end in _ENDS if _LOOSE.search(end) or end in ("送员", "递员", "件员", "务员", "责人", "事人")
]
_STRONG_ENDS = [end for end in _ENDS if end not in _LOOSE_ENDS]
CUE_BACK = (
    f"(?:(?<={'|'.join(_STRONG_ENDS)})(?=[^\n]{{0,10}}?[{NAME_STARTS}A-Za-z:： ·小阿老大]|"
    f"[^\n]{{0,4}}[{FOREIGN}]{{3}})|"
    f"(?<={'|'.join(_LOOSE_ENDS)})(?=[^\\n]{{0,8}}?[{NAME_STARTS}][{HAN}]))"
)
"""Looking back from one of `CUE_ENDS`: such a word indeed, with something like a name ahead."""
_CUE = re.compile(f"[{CUE_ENDS}]{CUE_BACK}")
WEAK_ENDS = (
    "给找让请由叫是系用写填报以留说 :：的"
    + "".join(sorted({who.strip("?")[-1] for who in f"{RELATIVES}|{CLOSE}".split("|")} - {"]"}))
    + "哥弟姐妹爸妈娘友儿板长理东员管问购机士师安工表练生任主夫书计者伯爷母务户桌门壁署刻印绣来\x00"
)
"""The characters by which the words end that may introduce a name."""
_AFTER_WEAK = re.compile(
    f"[{LOOKED_AT}](?=[{GIVEN_CLASS}])(?:(?<=[{WEAK_ENDS}祝].)|(?<![{HAN}].)|(?<=[{WEAK_ENDS}].{{2}})|(?<![{HAN}].{{2}}))"
)
_TITLE = re.compile(
    "[生士姐太理任师傅夫管长练学友贝监记姨叔](?<=先生|女士|小姐|太太|经理|主任|老师|师傅|医生|大夫|主管|店长|教练|律师|"
    "同学|朋友|宝贝|总监|队长|书记|校长|院长|护士|阿姨|叔叔)"
)
_PERSONAL_TITLE = frozenset(["先生", "女士", "小姐", "太太"])
_SAFE_LEFT = frozenset("是的叫找给请跟和让位个、为被对与向问由人户名下达告知诉喊帮替那这我有收送寄")
_MEANT = re.compile(r"(?:找|联系|给|[请让叫由寄送发打是]|人|姓名|户名|名字|[:：])[ :：]?\Z")
"""Stands before a titled surname that means a certain person."""


def introduced_spans(folded: str) -> Iterator[Span]:
    """Names after a word that introduces one, and surnames with a title."""
    if _CUE.search(folded):
        for cue in _INTRODUCED.finditer(folded):
            yield from _after_cue(folded, cue)
    if any(_worth_a_look(folded, like.start()) for like in _AFTER_WEAK.finditer(folded)):
        yield from weak_spans(folded)
    yield from latin_spans(folded)
    if _TITLE.search(folded):
        yield from _titled(folded)


def _worth_a_look(folded: str, at: int) -> bool:
    """What begins at `at`, or at the surname of two characters that ends there, may be a name."""
    token, compound = folded[at : at + 3], folded[max(0, at - 1) : at + 2]
    return fits(token[:2]) or fits(token) or fits(compound) or wordlike(token) or bool(TITLED.match(token))


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
    foreign = TRANSLITERATED.match(folded, at)
    if foreign and ends_name(folded, foreign.end()) and not KNOWN_PLACE.match(folded, at):
        return foreign.end()
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


def _titled(folded: str) -> Iterator[Span]:
    for match in _TITLED.finditer(folded):
        surname, given, title = match.groups()
        previous = folded[match.start() - 1 : match.start()]
        free = not previous or BOUNDED_BY.match(previous) is not None or previous in _SAFE_LEFT
        if given:
            if all_given(given) and free and not NOT_NAMES.match(match[0]):
                yield Span(match.start(), match.end(2), "name")
        elif (
            title in _PERSONAL_TITLE
            and free
            and surname not in "和向那祝应单时关连明成白易"
            and _certain(folded, match)
        ):
            yield Span(match.start(), match.end(), "name")


def _certain(folded: str, match: re.Match[str]) -> bool:
    """A certain 王先生, not one who is talked about or after whom a brand is called."""
    return bool(
        _MEANT.search(folded[max(0, match.start() - 4) : match.start()])
        or not TALKED.match(folded, match.end())
    )
