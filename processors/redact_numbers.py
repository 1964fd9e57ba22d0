"""Personal numbers: telephones, identity cards, bank cards, order numbers.

Digits come in groups (`138 1234 5678`, `6217 0014 …`). A *chain* is groups with
only light separators between; each run of neighbouring groups in it is judged by
its digits, its shape (the lengths of its groups) and the words around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redact_digits import (
    MOBILE,
    Run,
    digit_chains,
    ean13_valid,
    id_card_valid,
    id_plausible,
    luhn_valid,
    month_day,
)
from processors.redact_disguised import ID_TAIL, LANDLINE, PHONE_CUE, disguised, spoken
from processors.redact_text import Span, after, before, blank

MIN_DIGITS, MAX_DIGITS, MAX_GROUPS = 7, 23, 6
_LONG = re.compile(r"[0-9](?:[ .\-·()_]{0,3}[0-9]){6}")

_AREA = re.compile(r"(?:(?:010|02[0-9])[1-9][0-9]{7}|0[3-9][0-9]{2}[1-9][0-9]{6,7})\Z")
_LOCAL = re.compile(r"[2-8][0-9]{6,7}\Z")
_MOBILE_SHAPES = {
    (11,), (3, 4, 4), (3, 8), (4, 3, 4), (7, 4), (3, 3, 5), (5, 6), (6, 5), (4, 7), (3, 4, 2, 2),
    (3, 2, 2, 2, 2), (1,) * 11, (3, 3, 3, 2), (3, 5, 3),
}  # fmt: skip
_AREA_SHAPES = {(3, 8), (4, 7), (4, 8), (3, 4, 4), (4, 4, 4), (4, 3, 4)}
_FOREIGN = re.compile(r"(?:00)?(?:1|7|33|34|39|4[0-9]|6[0-6]|8[1245]|85[2356]|886|9[0-5]|971)[0-9]{7,10}\Z")
_PLUS = re.compile(r"(?:\A|[^0-9A-Za-z) ]) ?\+\Z")
_EXTENSION = re.compile(r" ?(?:转|轉|分机|-) ?[0-9]{1,5}(?![0-9\-A-Za-z])")

_LOCAL_CUE = re.compile(
    r"(?:座机|座機|固话|固定电话|电话|電話|传真|办公室|宅电|家里|单位)(?:号码?|是|为|[:, ])*\Z"
)
_ID_CUE = re.compile(r"身份证|身分证|身份證|证件|身份号|\bid ?card", re.I)
_BANK_CUE = re.compile(
    r"卡号|卡號|银行|銀行|储蓄|借记|信用卡|[建工农中交招邮民浦兴]行|邮储|招商|平安|光大|户名|开户|账户|"
    r"账号|帐号|打款|打到|转账|汇款|银联|卡"
)
_BANK = re.compile("银行|開戶|开户|[建工农中交招邮民浦兴]行|对公")
_ACCOUNT_CUE = re.compile(r"(?:账号|帐号|账户|银行卡号?)[:： 是为]*\Z")
_ORDER_CUE = re.compile(
    r"(?:订单|訂單|单号|單號|单子|运单|運單|快递|物流|面单|包裹|流水号|顺丰|顺风|丰网|丹鸟|安能|"
    r"天天|宅急送|跨越|菜鸟|申通|中通|圆通|韵达|极兔|"
    r"百世|德邦|邮政|京东快运|[务工款货修装换诉]单|[这那此该两几个我新老另上下后前]单|order"
    r"|waybill|tracking)[^0-9,，。;；!！?？\n]{0,8}\Z",
    re.I,
)
_ORDER_AFTER = re.compile(
    r"[ ,，]?(?:这个?|那个?|的|是我?的?|我的)?(?:订单|单号|单子|这?单(?![位价反独元])|快递|物流|包裹)"
)
_EXACT_ORDER_CUE = re.compile(
    r"(?:单号|單號|订单编?号|运单编?号|order ?(?:no|id)?)[^0-9\u4e00-\u9fff]{0,4}(?:是|"
    r"为)?[^0-9\u4e00-\u9fff]{0,3}\Z",
    re.I,
)
_TRADE = re.compile(r"查|物流|快递|到哪|发货|退款|退货|收到|签收|催|订单|单号|取消|改地址|揽收|派送")
_GOODS_CUE = re.compile(
    r"(?:批号|批次|批號|条码|条形码|條碼|69码|国条|货号|貨號|款号|型号|机型|编码|(?:商品|产品|货品|"
    r"宝贝)(?:编号|编码|id|码|号)|sku|spu|upc|ean|isbn|asin"
    r"|序列号?|s/?n|imei|版本号?|坐标|经度|纬度|税号|纳税人?识别号|识别号|信用代码|执照|许可证|"
    r"认证编?号|证书编?号|注册号|[械妆药食]准|备案号?|注册证|准字"
    r"|执行标准|标准号|qq|群号|sim卡|券码|料号|部件号|零件号)"
    r"(?:号码?|编号|id|是|为|[a-z]{1,3})?[ :#=.\-]{0,2}\Z",
    re.I,
)
_UNIT = re.compile(
    r" ?(?:元|块|个(?!订单|单)|件|万|亿|人|次|分(?!机)|赞|年|条|毫升|克|斤|mah|ml|kg|g\b|%)", re.I
)
_LETTERS_BEFORE = re.compile(r"[A-Za-z_]+\Z")
_LETTERS_AFTER = re.compile(r"[A-Za-z_]+")
_CONTACT_LETTERS = frozenset(
    [
        "tel",
        "phone",
        "mobile",
        "vx",
        "wx",
        "v",
        "call",
        "t",
        "m",
        "p",
        "dh",
        "sj",
        "sjh",
        "no",
        "num",
        "id",
        "wechat",
    ]
)
_URL = re.compile(r"(?:https?://|www\.|[a-z0-9-]{1,30}\.(?:com|cn)/)[A-Za-z0-9./_?=&%#:-]*\Z", re.I)


def number_spans(folded: str) -> list[Span]:
    """Telephones, identity cards, bank cards and order numbers in folded text."""
    found = list(_chained(folded)) if _LONG.search(folded) else []
    found += disguised(blank(folded, found) if found else folded)
    return found + list(spoken(blank(folded, found) if found else folded))


def _chained(folded: str) -> Iterator[Span]:
    previous_order = -100
    for chain in digit_chains(folded):
        at = 0
        while at < len(chain):
            span, used = _longest(folded, chain, at, previous_order)
            at += used
            if span is not None:
                yield span
                if span.kind == "order_no":
                    previous_order = span.end


def _longest(
    folded: str, chain: list[tuple[int, int]], at: int, previous_order: int
) -> tuple[Span | None, int]:
    """The longest run from group `at` that is personal, and how many groups it used (1 if none)."""
    ends, total = [], 0
    for i in range(at, min(len(chain), at + MAX_GROUPS)):
        total += chain[i][1] - chain[i][0]
        if total >= MIN_DIGITS:
            ends.append(i + 1)
        if total >= MAX_DIGITS:
            break
    ends += _single_digits(chain, at)
    for end in reversed(ends):
        span = _judge(Run(folded, chain[at:end]), previous_order)
        if span is not None:
            used = end - at
            while at + used < len(chain) and chain[at + used][0] < span.end:
                used += 1
            return span, used
    return None, 1


def _single_digits(chain: list[tuple[int, int]], at: int) -> list[int]:
    """Where the single digits (1 3 8 …) that begin at group `at` end; nothing inside is looked at again."""
    if _width(chain, at) != 1 or (at > 0 and _width(chain, at - 1) == 1):
        return []
    end = at
    while end < len(chain) and _width(chain, end) == 1:
        end += 1
    return [end] if MIN_DIGITS <= end - at <= MAX_DIGITS else []


def _width(chain: list[tuple[int, int]], at: int) -> int:
    return chain[at][1] - chain[at][0]


def _judge(run: Run, previous_order: int) -> Span | None:
    return _id_card(run) or _bank_card(run) or _phone(run) or _account(run) or _order(run, previous_order)


def _id_card(run: Run) -> Span | None:
    number, end = run.digits, run.end
    if len(number) == 17:
        tail = ID_TAIL.match(after(run.folded, end, 4))
        if tail is None:
            return None
        number, end = number + "X", end + tail.end()
    if len(number) == 18:
        # A typing error breaks the check digit, yet little else has a birth date inside 18 digits.
        single = len(run.shape) == 1
        sure = id_card_valid(number) or (
            id_plausible(number) and single and not _ORDER_CUE.search(run.before)
        )
        return Span(run.start, end, "id_card") if sure or _ID_CUE.search(run.before) else None
    if len(number) == 15 and _ID_CUE.search(run.before) and month_day(number[8:12]):
        return Span(run.start, end, "id_card")
    return None


def _bank_card(run: Run) -> Span | None:
    digits, shape = run.digits, run.shape
    if not 16 <= len(digits) <= 19 or len(set(digits)) < 2:
        return None
    if digits[0] not in "34569" and not _ACCOUNT_CUE.search(run.before):
        return None
    grouped = len(shape) == 1 or all(n == 4 for n in shape[:-1]) or shape[0] == 6 or shape[0] % 4 == 0
    if not grouped or _EXACT_ORDER_CUE.search(run.before):
        return None
    sure = _BANK_CUE.search(run.before + BAR + run.after) or (_card_prefix(digits) and luhn_valid(digits))
    # An order number may begin with 62 too, but is not written in fours.
    union_pay = digits.startswith("62") and (shape[0] == 4 or len(shape) == 1)
    if sure or (union_pay and (len(shape) > 1 or not _ORDER_CUE.search(run.before))):
        return Span(run.start, run.end, "bank_card")
    return None


def _account(run: Run) -> Span | None:
    """An account of a bank that is no card: of another length, and named as such."""
    named = _ACCOUNT_CUE.search(run.before) and _BANK.search(before(run.folded, run.start, 24))
    if named and 9 <= len(run.digits) <= 22 and len(run.shape) == 1:
        return Span(run.start, run.end, "bank_card")
    return None


BAR = "|"


def _card_prefix(digits: str) -> bool:
    return digits.startswith(("62", "60", "68", "69", "9")) or len(digits) == 16


def _phone(run: Run) -> Span | None:
    if not _phone_shaped(run) or not _free_of_letters(run) or _goods(run):
        return None
    start, end = run.start, run.end
    lead = re.search(r"\(?\+?\Z" if ")" in run.written else r"\+?\Z", before(run.folded, start, 2))
    if lead is not None and ("+" in lead[0] or run.digits.startswith(("86", "0"))):
        start -= len(lead[0])
    extension = _EXTENSION.match(after(run.folded, end, 9))
    return Span(start, end + (extension.end() if extension else 0), "phone")


def _phone_shaped(run: Run) -> bool:
    if _PLUS.search(before(run.folded, run.start, 3)) and _FOREIGN.match(run.digits):
        return True
    if MOBILE.match(run.digits) is not None:
        return _mobile_shaped(run, len(run.digits) - 11)
    return _landline_shaped(run)


def _landline_shaped(run: Run) -> bool:
    if run.digits.startswith("0") and run.shape in _AREA_SHAPES:
        return bool(_AREA.match(run.digits))
    if run.digits.startswith("0"):
        return bool(LANDLINE.match(run.digits)) and len(run.shape) == 1
    if run.digits.startswith("86") and LANDLINE.match("0" + run.digits[2:]):
        return run.shape[0] == 2
    local = _LOCAL.match(run.digits) and run.shape in {(7,), (8,), (4, 4), (3, 4)}
    return bool(local and _LOCAL_CUE.search(run.before) and not date(run.digits))


def _mobile_shaped(run: Run, prefix: int) -> bool:
    shape = run.shape
    if prefix and shape[0] == prefix:
        shape = shape[1:]
    elif prefix:
        shape = (shape[0] - prefix, *shape[1:])
    if "." in run.written and len(shape) < 3:
        return False  # 139.12345678 is a longitude
    return shape in _MOBILE_SHAPES or bool(PHONE_CUE.search(run.before))


def date(digits: str) -> bool:
    return len(digits) == 8 and digits[:2] in ("19", "20") and month_day(digits[4:])


def _free_of_letters(run: Run) -> bool:
    head = _LETTERS_BEFORE.search(before(run.folded, run.start, 10))
    tail = _LETTERS_AFTER.match(after(run.folded, run.end, 10))
    return all(m is None or m[0].lower().strip("_") in _CONTACT_LETTERS for m in (head, tail))


def _goods(run: Run) -> bool:
    """Introduced as a product's or company's number, or part of a link."""
    if _GOODS_CUE.search(run.before):
        return True
    return bool(_URL.search(before(run.folded, run.start, 80))) and not run.before.endswith("=")


def _order(run: Run, previous_order: int) -> Span | None:
    digits = run.digits
    letters = re.search(r"[A-Za-z]\Z", run.before[-1:]) or re.match(r"[A-Za-z]", run.after)
    if letters or not _order_shaped(run) or _goods(run) or _UNIT.match(run.after) or len(set(digits)) < 4:
        return None
    if re.match(r"[48]00[0-9]{7}\Z", digits):
        return None
    chained = 0 <= run.start - previous_order <= 6
    cued = chained or _ORDER_CUE.search(run.before) or _ORDER_AFTER.match(run.after)
    enough = len(digits) >= 8 and not (date(digits) and not _EXACT_ORDER_CUE.search(run.before))
    if (cued and enough) or _EXACT_ORDER_CUE.search(run.before) or _platform_shaped(run):
        return Span(run.start, run.end, "order_no")
    return None


def _order_shaped(run: Run) -> bool:
    if len(run.shape) == 1:
        return True
    if len(run.digits) >= 9 and _EXACT_ORDER_CUE.search(run.before):
        return True
    if re.fullmatch(r"[0-9]+(?:[-_][0-9]+)+", run.written):
        return len(run.digits) >= 10
    return (
        len(run.digits) >= 12
        and all(3 <= n <= 5 for n in run.shape[:-1])
        and bool(_ORDER_CUE.search(run.before))
    )


def _platform_shaped(run: Run) -> bool:
    """An order number by its looks alone: a long one, one that starts with a date, or a bare number."""
    digits = run.digits
    if len(run.shape) == 2:
        return run.shape[0] == 6 and run.shape[1] >= 7 and digits[0] == "2" and month_day(digits[2:6])
    if run.shape == (3, 7, 7):
        return True
    if len(run.shape) > 2 or ean13_valid(digits) or _time(digits):
        return False
    if len(digits) >= 15 or (len(digits) >= 12 and digits[:2] == "20" and month_day(digits[4:8])):
        return True
    if not 10 <= len(digits) <= 14:
        return False
    epoch_ms = len(digits) == 13 and digits[0] == "1"  # 2001 to 2033; no platform's orders look like that
    alone = run.folded.strip(" 。.,，?？\n") == digits and len(digits) >= 12 and not epoch_ms
    return alone or bool(len(digits) >= 11 and _TRADE.search(run.before + BAR + run.after))


def _time(digits: str) -> bool:
    """A date with hour and minute, perhaps second: 202611081345."""
    return len(digits) in (12, 14) and date(digits[:8]) and digits[8:10] < "24" and digits[10:12] < "60"
