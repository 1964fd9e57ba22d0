"""What the finders of names share: what a name looks like, what ends one, who is spoken of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from processors.redact_name_words import (
    COMMON,
    GIVEN_CLASS,
    HAN,
    NAME_STARTS,
    SURNAME,
    WORDLIKE,
    all_given,
    known_word,
    likely,
    plausible,
)
from processors.redact_text import Span

_FOLLOW = re.compile(
    "换成|改成|改为|电话|手机|手機|身份|地址|住址|收货|收件|的|是|收|在|要|你|我|您|他|她|请|麻|帮|"
    "和|跟|与|已|没|都|"
    "也|不|能|可|把|来|去|给|到|让|吗|呢|吧|啊|哈|哦|呀|了|微信"
    "|这|那|有|会|想|说|先生|女士|小姐|同学|老师|师傅|就|还|再|今天|明天|快|联系|地址|号码|卡号|建行|"
    "工行|农行|中行|开户|年龄|性别|本人|新郎|新娘|签|(?:就|这|那)(?:行|好|可以|成)|代|亲|接|下单|买|订|寄|发|"
    "送|负责|跟进|处理|对接|接待|操作|办理|经手|敬[赠上]|赠|贺|题|书|留|吧|家|下来|过来|上门|验|退|付|用|一起|两个|俩|本人|"
    "刚|昨天|上次|之前|为您|帮您|给您|很|太|真|态度|服务|技术|来电|回复|答复|承诺|答应"
)
RELATIVES = (
    "弟媳妇?|弟妹|姐夫|妹夫|小姨子?|大姨子?|小[舅叔姑]子?|大[伯舅姑]子?|老[爸妈爹娘]|亲家母?|连襟|干[儿女]子?儿?|[大二三四小][哥姐弟妹叔舅姑姨伯爷]|外孙女?|"
    "姑父|姑妈|姨父|姨夫|姨妈|伯母|舅妈|婶婶?|二叔|大伯|外甥女|侄女|干妈|干爹|丈母娘|老丈人|公爹|"
    "儿媳妇?|女婿|"
    "哥们儿?|姐们儿?|兄弟|孩子?他?[爸妈]|前夫|前妻|未婚[夫妻]|男票|女票|老伴|家属|奶|爷|姥|"
    "老公|老婆|丈夫|妻子|爱人|媳妇儿?|父亲|母亲|儿子|女儿|闺女|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|"
    "岳母|公公|婆婆|"
    "妈妈|爸爸|哥哥?|姐姐?|弟弟?|妹妹?|侄子|外甥|孙子|孙女|舅舅?|叔叔?|姑姑?|姨妈?|伯父|"
    "表[哥弟姐妹]|堂[哥弟姐妹]|"
    "嫂子|对象|男朋?友|女朋?友|闺蜜|亲戚|朋友|同事|同学|室友|舍友|邻居"
)
CLOSE = "先生|太太|老师|导师|师父|徒弟|学生|客户|领导|搭档|兄弟|姐妹|女神|宝贝|小孩"
SPACED = re.compile(rf"{SURNAME} [{HAN}](?: [{HAN}])?(?! ?[{HAN}])")
"""A name with spaces between its characters: 王 伟."""
MINORITY = re.compile(rf"[{HAN}]{{2,6}}(?:·[{HAN}]{{2,6}}){{1,2}}")
"""A name in two parts, such as 买买提·艾力."""
NAME_LIKE = re.compile(f"[{NAME_STARTS}](?=[{GIVEN_CLASS}])")
TITLED = re.compile("[一-龥](?:老师|师傅|阿姨|叔|经理|医生|主任|老板|总|姐|哥|工|太太)")
"""Anybody with a title."""
BOUNDED_BY = re.compile(rf"[^{HAN}]|\Z")


def ends_name(folded: str, at: int) -> re.Match[str] | None:
    """A boundary, or a word that often follows a name, stands at `at`."""
    return BOUNDED_BY.match(folded, at) or _FOLLOW.match(folded, at)


def strict(
    folded: str,
    at: int,
    full: bool = False,
    ends: Callable[[str, int], re.Match[str] | None] = BOUNDED_BY.match,
) -> Iterator[Span]:
    """A name after a weak cue: only likely ones before what `ends` them; `full` wants three characters."""
    for size in (4, 3, 2):
        token = folded[at : at + size]
        if len(token) == size and (size > 2 or not full) and fits(token) and ends(folded, at + size):
            yield Span(at, at + size, "name")
            return


def wordlike(token: str) -> bool:
    """Three characters that begin with a surname that is an everyday word, too."""
    return token[:1] in WORDLIKE and len(token) == 3 and all_given(token[1:]) and not known_word(token)


def fits(token: str) -> bool:
    """Likely, or three characters that begin with one of the frequent surnames."""
    return likely(token) or (len(token) == 3 and token[0] in COMMON and plausible(token))
