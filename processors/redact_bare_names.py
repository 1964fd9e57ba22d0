"""Personal names that nothing introduces: by the name itself, or in a text that speaks of a name.

Some surnames are hardly anything but surnames (郭, 邓, 訾, 欧阳): with two given
characters they are a name wherever they stand. Others need to stand alone between
separators (冯 or 高, but not 高山茶). Of two characters nothing is a name by its
looks alone, only where the text speaks of names: how one is written, whose it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redact_name_forms import NAME_LIKE
from processors.redact_name_words import (
    COMMON,
    COMPOUND,
    GIVEN_CLASS,
    HAN,
    RARE,
    SURNAME,
    TALKED,
    TRANSLITERATED,
    UNCOMMON,
    all_given,
    known_word,
    likely,
)
from processors.redact_text import Span

SURE = (
    "赵郭邓蒋蔡潘彭谭廖邹崔薛阎吕魏袁冯邱邵郝龚樊翟闫聂芮邢岑裴娄葛佟俞覃邬郑吴杨徐朱梁宋董萧曹沈卢贾汪姜霍詹柯耿骆阮褚"
    "冉卜鄢屈卞晏窦苟靳隋虞佘郜郎郇邝邸缪瞿蔺訾冼禤璩谌臧綦亓逄甄荀闵郗仝鞠逯郦趙鄧蔣譚鄒呂馮龔聶鄭吳楊蕭盧賈閻駱"
    "陶戚王李刘陈陳劉尹黎倪滕殷庞姚仉毋逄亢佴郏邰芈嬴羿褟冮凃谯钭禚昝竺麴晁栾缑蔺蒯阙宓郅韦匡阚遆厍"
)
"""Surnames that hardly any word begins with, and that hardly any word ends with."""
_SURE_COMPOUND = (
    "欧阳|司马|上官|诸葛|司徒|夏侯|皇甫|尉迟|慕容|令狐|宇文|端木|独孤|轩辕|澹台|呼延|申屠|闻人|万俟|公冶|淳于|拓跋|"
    "赫连|完颜|纳兰|耶律|巫马|宰父|谷梁|左丘|梁丘|闾丘|漆雕|壤驷|颛孙|太叔|仲孙|亓官|司寇|羊舌|(?<!外)公孙|"
    "(?<![分小])钟离|爱新觉罗|钮祜禄|歐陽|諸葛|司馬|尉遲|獨孤|軒轅|納蘭"
)
_PAIRS = [name for name in re.sub(r"\(\?<!.*?\)", "", _SURE_COMPOUND).split("|") if len(name) == 2]
SURE_COMPOUND_BACK = f"(?<=[{''.join(n[0] for n in _PAIRS)}][{''.join(n[1] for n in _PAIRS)}])"
"""Looking back on what is mostly a surname of two characters: a hint, not a judgement."""
SURE_LIKE = re.compile(rf"[{SURE}](?=[{GIVEN_CLASS}]{{2}})|(?:{SURE_COMPOUND_BACK})(?=[{GIVEN_CLASS}])")
# One set of characters first: a search for all surnames costs ten times as much.
_FIRSTS = "".join(sorted({*f"{COMMON}{RARE}{UNCOMMON}", *(name[0] for name in COMPOUND.split("|"))}))
_SECONDS = "".join(sorted({*GIVEN_CLASS, *(name[1] for name in COMPOUND.split("|"))}))
_STARTS = re.compile(
    rf"[{_FIRSTS}](?=[{_SECONDS}][{HAN}]{{1,2}}(?:[妈爸家奶爷同小的]|(?![{HAN}])))(?<![{HAN}·0-9A-Za-z\x00].)"
)
_SURE_NAME = re.compile(
    rf"(?<![钟海国大霸女帝龙天鬼魔药猫行桃])(?=([{SURE}][{GIVEN_CLASS}]{{2}}))|(?=((?:{_SURE_COMPOUND})[{GIVEN_CLASS}]{{1,2}}))"
)
_ALONE = re.compile(
    rf"(?<![{HAN}·0-9A-Za-z\x00])({SURNAME}[{HAN}]{{2}})(?![{HAN}·0-9A-Za-z])|"
    rf"(?<![{HAN}·0-9A-Za-z\x00])({SURNAME}[{HAN}]{{2}})(?=的?(?:妈妈?|爸爸?|家长|奶奶|爷爷|家属|同学|小朋友)(?:代|来|去|收|签|取|领|拿|的))"
)
_PLACED = re.compile("[路街道村镇乡庄桥湾屯桥站港区县市州店园苑寺山楼牌]|(?:小区|大厦|广场|公园|火车|机场)")
"""After what looks like a name: a place that is called so."""
_PLACE_END = frozenset("路湖州桥庄中城")
_NEXT = frozenset("代来能会可发有一就")
"""Characters of given names that more often begin what is said of somebody."""
_FAMOUS_NAMES = (
    "诸葛亮 诸葛孔明 司马光 司马懿 司马迁 欧阳修 令狐冲 慕容复 独孤求败 夏侯惇 上官婉儿 轩辕剑 纳兰性德 李白 "
    "杜甫 周大福 周大生 周生生 周六福 张小泉 王老吉 李子柒 王守义 马应龙 陈克明 金福来 杨国福 戴德梁 贾宝玉 "
    "林黛玉 孙悟空 潘金莲 宋庆龄 邓丽君 吴彦祖 彭于晏 蔡徐坤 周杰伦 王一博 刘德华 张学友 郭德纲 薛之"
    "谦 李佳琦 "
    "古天乐 刘亦菲 李易峰 王祖贤 陈奕迅 王菲 郑渊洁 梁启超 鲁迅 沈从文 徐志摩 朱自清 曹雪芹 吴承恩 施"
    "耐庵 罗贯中 "
    "孔夫子 孔乙己 姜太公 黄飞鸿 杨玉环 杨贵妃 赵子龙 朱元璋 郁金香 石英钟"
)
_FAMOUS = frozenset(_FAMOUS_NAMES.split())
"""Brands, those whom everyone knows, and two words."""
_FAME = re.compile(
    "同款|代言|推荐|[款版粉]|直播|演唱会|的[歌书诗词]|专辑|电影|主演|旗舰|品牌|男装|女装|先生|女士|小姐|太太"
)
"""Stands after one who is famous, or what the rules of titles judge."""
_SAID_OF = re.compile(
    "[是本你您代签亲收快包已三四](?:(?<=是)[我你他她人谁]|(?<=本)人|(?<=[你您])好|(?<=[代签亲])[收签领取]|(?<=收)(?![一-龥])|"
    "(?<=快)[递件]|(?<=包)裹|(?<=已)|(?<=[三四])个字)"
)
_BOUNDED = re.compile(rf"[{_FIRSTS}阿艾巴扎其古热迪努吾](?<![{HAN}].)")
_OPENS = re.compile(
    rf"(?<![{HAN}·0-9A-Za-z\x00])(?:({SURNAME}[{HAN}]{{2}})|({TRANSLITERATED.pattern}))"
    r"(?=是[我你他她人谁]|本人|你好|您好|代[收签领取]|[签亲]收|收(?![一-龥])|的?(?:快[递件]|包裹)|已|三个字|四个字)"
)
_NAME_TALK = re.compile(
    r"收[件货]人|签收人|联系人|姓名|名字|人名|真名|本名|真姓|名下|署名|落款|同名|重名|冠夫姓|错别字|生僻字|同音|谐音|"
    r"[这那]个?字[念读打]|[念读]作|[一二两三四俩仨]个?字|[读念]音|打错|写错|冒号|单字|姓(?=[的是]|"
    r"[一-龥] ?(?:[的,，。]|\Z))"
)
_TALKED_TOKEN = re.compile(
    rf"(?:(?<![{HAN}·0-9A-Za-z])|(?<=原来|现在|应该|不是|改成|换成|写成|之前|以前|正确|就是|其实|打成|应为)|(?<=[叫名写姓成]))"
    rf"(?:是|叫|写|的是)?({SURNAME}[{HAN}]{{1,2}}|[{COMMON}][{COMMON}{RARE}{UNCOMMON}][{HAN}]{{2}})"
    rf"(?=[^{HAN}]|\Z|[的吧了]|是[人我他她])"
)


def bare_spans(folded: str) -> Iterator[Span]:
    """Names by their looks alone, and those in a text that speaks of names."""
    if SURE_LIKE.search(folded):
        yield from _sure(folded)
    if _STARTS.search(folded):
        yield from _alone(folded)
    if _SAID_OF.search(folded) and _BOUNDED.search(folded):
        yield from _opening(folded)
    if NAME_LIKE.search(folded) and _NAME_TALK.search(folded):
        yield from _talked_of(folded)


def _sure(folded: str) -> Iterator[Span]:
    for match in _SURE_NAME.finditer(folded):
        token = match[1] or (match[2][:-1] if match[2][3:] in _NEXT else match[2])
        end = match.start() + len(token)
        if match[1] and (not likely(token) or token[2] in _PLACE_END or token[1:] == "先生"):
            continue
        if not _known(token) and not _PLACED.match(folded, end) and not _FAME.match(folded, end):
            yield Span(match.start(), end, "name")


def _alone(folded: str) -> Iterator[Span]:
    for match in _ALONE.finditer(folded):
        token = match[1] or match[2]
        end = match.start() + len(token)
        if likely(token) and not _known(token) and not TALKED.match(folded[end : end + 8].lstrip()):
            yield Span(match.start(), end, "name")


def _opening(folded: str) -> Iterator[Span]:
    """A name that a clause begins with, before what is said of people."""
    for match in _OPENS.finditer(folded):
        foreign = match[2] and len(set(match[2])) > 1
        if foreign or (match[1] and likely(match[1]) and not _known(match[1])):
            yield Span(match.start(), match.end(), "name")


def _talked_of(folded: str) -> Iterator[Span]:
    for match in _TALKED_TOKEN.finditer(folded):
        token = match[1]
        whole = likely(token) if len(token) < 4 else _doubled(token)
        if whole and not _known(token):
            yield Span(match.start(1), match.end(1), "name")


def _doubled(token: str) -> bool:
    """A married woman's name: her husband's surname, her own, and two given characters."""
    return likely(token) or (all_given(token[2:]) and not known_word(token) and not known_word(token[1:]))


def _known(token: str) -> bool:
    return token in _FAMOUS or bool(TRANSLITERATED.fullmatch(token))
