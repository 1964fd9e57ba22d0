"""WeChat ids: six characters or more as the rules have it, shorter ones as people write them.

What follows a word for WeChat is an id when it is as WeChat makes them or mixes letters
with digits or signs. Shorter plain letters, digits and Chinese need to be said to be
one (微信号是 …), for WeChat itself has parts that are called so (微信 pay).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redact_text import Span

_EDGE = "(?![A-Za-z0-9_-])"
_APP = (
    r"(?:微 ?信|[威薇徽维围]信|卫星(?!电视|接收|锅|导航)|wei信|[wv]信|[微威薇徽维v][芯心]|绿泡泡?|"
    r"绿色(?:软件|图标)|绿标|绿聊|小而美|"
    r"[微薇威vw][❤♥]|[加添]个?好友|(?:[加我的]|联系)[微薇](?![一-龥])|"
    r"(?<![a-z0-9_-])(?:wechat|we?i?xin|vx|wx)(?![a-z])|[加+➕十]个?[v微薇](?![一-龥])|[加+➕]我v?|"
    r"(?<![a-z0-9_-])(?:v我|v(?=[:： 是号→])|(?<=我)v(?=[是 ])|(?<=我的)v(?=[是 ])))"
)
_FILL = (
    r"(?P<said>(?:号码|号|账号|帐号|昵称|名|id|是|为|叫|搜索?|加|聊|我|的|一下|你|下|吧|这个|发|就|联系|找|[换改][成到了]?|现在|新|小|大|工作|"
    r"也|用|填|写|留|给|好友|同名|同号|添|在|直接|请|这儿|这里|短号|备用|私人|个人|[^A-Za-z0-9一-龥_\n\x00,。，]|[,，]){0,8})"
)
_SAID = re.compile(
    _APP
    + _FILL
    + r"(?<![A-Za-z0-9_-])(?P<id>[A-Za-z0-9_][A-Za-z0-9_-]{1,19}|[a-z][a-z0-9]?\.[a-z0-9]{1,12})"
    + _EDGE,
    re.I,
)
_PROPER = re.compile(
    r"[A-Za-z_][A-Za-z0-9_-]{5,19}|[0-9]{6,10}|(?=[0-9]{1,9}[a-z_])[0-9][A-Za-z0-9_-]{5,19}", re.I
)
_MIXED = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9_.-]).{3,20}")
_CALLED = re.compile(r"号|id|[是叫为:：]", re.I)
# The nickname stands between: 微信名叫 …, 号是 abc_1.
_NAMED = re.compile(
    _APP
    + r"(?:名字?|昵称|叫)[^A-Za-z0-9\n\x00]{1,14}(?:号|id)(?:就?是|为|[:： ]){1,3}"
    + r"(?P<id>[A-Za-z0-9_][A-Za-z0-9_-]{2,19})"
    + _EDGE,
    re.I,
)
_AFTER = re.compile(
    r"(?:搜索?|加|添加) ?(?<![A-Za-z0-9_-])(?P<id>[A-Za-z][A-Za-z0-9_-]{3,19})(?:吧|"
    r"一下)?[ ,，(]{0,2}(?:微信|vx|v信)|"
    r"(?<![A-Za-z0-9_-])(?P<own>[A-Za-z][A-Za-z0-9_-]{3,19})[\"”」)）]?[ ,，(]{0,2}(?:这个?|就|"
    r"也)?(?:是我?的?|我的?|[加搜]这个 ?)(?:微信|vx|wx|v信|[威薇]信)",
    re.I,
)
# vxdahai_2026: nothing parts the id from what introduces it, so it must have a digit or a line.
_GLUED = re.compile(
    r"(?:(?<![A-Za-z0-9_-])[vw]x|[加+➕]v)(?P<id>(?=[a-z]{1,19}[0-9_-])[a-z][a-z0-9_-]{5,19})(?![A-Za-z0-9_-])",
    re.I,
)
_WXID = re.compile(r"(?<![A-Za-z0-9_])(?P<id>wxid_[a-z0-9]{6,24})", re.I)
_FUNCTION = (
    "的了吗呢吧啊哦我你您他她它这那哪几什么谁怎没不有在要能会发加过是多少写错填改换绑解登录注册付转聊收到群里"
    "公众客服务官方系统消息通知截图支链接信搜同名号程序单下新小"
)
"""No Chinese id is looked for in what WeChat, a shop or a question says."""
_HAN_ID = re.compile(
    r"(?:微信|[威薇徽]信|vx)(?:号码?|id)?(?:就?是|为|叫|搜|[:：]|号 ?){1,2} ?"
    rf"(?P<id>(?:(?![{_FUNCTION}])[一-龥]){{2,8}}[0-9]{{0,4}}|"
    rf"[A-Z][ -](?:(?![{_FUNCTION}])[一-龥]){{2,8}})(?![一-龥A-Za-z0-9_-])|"
    r"(?:微信|[威薇徽]信|vx|加[微v薇])(?:号码?|id)?(?:就?是|为|叫|搜|[:：])?[ :：]?"
    rf"(?P<own>(?:(?![{_FUNCTION}])[一-龥]){{1,6}}[0-9A-Za-z_-]{{2,10}})(?![A-Za-z0-9_-])",
    re.I,
)
_HINT = re.compile("[微威薇徽维围卫信芯心❤♥泡软标聊友vwVW+➕加搜]")
_NOT_WECHAT = re.compile(
    r"(?:iphone|android|apple|wechat|alipay|huawei|xiaomi|oppo|vivo|samsung|windows|https?|paypal|applepay|usdt|taobao|jingdong|"
    r"tmall|online|service|version|unionpay|harmony|wifi|usb|ios).*|app|pay|h5|pro|qq|id|nfc|[345]g|ok|pc|pad|vip|bug|hi|hello",
    re.I,
)


def wechat_spans(folded: str) -> Iterator[Span]:
    """WeChat ids said to be such; a telephone number that serves as one stays a telephone number."""
    if not _HINT.search(folded):
        return
    for match in _SAID.finditer(folded):
        if _is_id(match["id"], match["said"]) and not _spaced_phone(folded, match.end("id"), match["id"]):
            yield Span(match.start("id"), match.end("id"), "wechat")
    for pattern in (_NAMED, _AFTER, _GLUED, _WXID, _HAN_ID):
        for match in pattern.finditer(folded):
            group = match.lastgroup or "id"
            if not _NOT_WECHAT.fullmatch(match[group]):
                yield Span(match.start(group), match.end(group), "wechat")


def _is_id(value: str, said: str) -> bool:
    """As WeChat makes ids, or shorter and either mixed or said to be one."""
    if _NOT_WECHAT.fullmatch(value):
        return False
    if _PROPER.fullmatch(value) or _MIXED.fullmatch(value):
        return True
    called = _CALLED.search(said)
    return (
        bool(called)
        and (value.isalpha() or ("号" in said and len(value) < 11))
        and len(value) >= 3 + value.isdigit()
    )


def _spaced_phone(folded: str, end: int, value: str) -> bool:
    """The digits go on after a separator: not an id but the head of a longer number."""
    return value.isdigit() and bool(re.match(r"[ .-]?[0-9]", folded[end : end + 2]))
