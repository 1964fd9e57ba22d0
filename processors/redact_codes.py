"""Personal codes with letters: e-mail addresses, number plates, waybill numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redact_text import Span, after, before

_LOCAL = r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}"
_PROVIDER = (
    r"(?:vip[.])?(?:qq|163|126|139|189|188|gmail|foxmail|outlook|hotmail|live|msn|sina|sohu|yahoo|"
    r"icloud|aliyun|yeah|tom|21cn|wo)"
)
_SPELT_DOT = r" ?(?:[.。,｡]|[(\[{]? ?(?:dot|点) ?[)\]}]?)? ?"
_EMAIL = re.compile(
    rf"{_LOCAL} ?@ ?"
    rf"(?:{_PROVIDER}{_SPELT_DOT}(?:com|cn|net|con|org)(?:\.cn)?(?![A-Za-z0-9])"
    r"|(?:[A-Za-z0-9-]{1,63}(?:[.。｡]|点)){1,4}[A-Za-z]{2,24}|[一-龥A-Za-z0-9-]{2,20}\.(?:com|cn|net|中国)"
    rf"|{_PROVIDER}(?![A-Za-z0-9]))",
    re.I,
)
_EMAIL_SPELT = re.compile(
    rf"{_LOCAL}(?: ?[(\[{{<【] ?at ?[)\]}}>】] ?| at | ?(?:艾特|爱特|圈a) ?|#)"
    rf"{_PROVIDER}{_SPELT_DOT}(?:com|cn|net|con|org)(?![A-Za-z0-9])",
    re.I,
)
_QQ_MAIL = re.compile(
    r"(?:qq|扣扣|企鹅)邮箱?(?:号|是|为|就是|[:： ]){0,4}([1-9][0-9]{4,10})(?![0-9@A-Za-z])", re.I
)
_MOBILE = re.compile(r"1[3-9][0-9]{9}\Z")
_DOCUMENT = re.compile(
    r"(?:护照|護照|通行证|回乡证|台胞证|居留证|居住证|军官证|证件)(?:号码?|编号|是|为|[:： ]){0,5}"
    r"([A-Za-z]{1,2}[0-9]{7,9}|[0-9]{8,10})(?![0-9A-Za-z])"
)
_SERIAL = "[A-HJ-NP-Za-hj-np-z0-9]"
_PLATE = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]) ?([A-HJ-Za-hj-z])[·.\- ]{0,2}"
    rf"({_SERIAL}(?: ?{_SERIAL}){{4,5}}|{_SERIAL}{{4,5}}[挂学警港澳领使])(?![A-Za-z0-9])"
)
_CAR = re.compile(r"车|绿牌|蓝牌|面包|皮卡|拉货|挡|堵|牌|司机|停|开的|师傅|小区")
_COLOUR_LIKE = "新黑青云贵宁"

_CARRIERS = (
    "SF|JDV[A-Z]?|JDX|JDAZ|JDK|JD|YT|ZTO|STO|JTSD|JT|YD|YUNDA|DPK|DPL|EMS|EA|EB|KYE|KY|ZJS|UC|HT|BEST|"
    "CN|LP|FW|YZ|TT|ZT|ST|DN|DB|AN|UPS"
)
_WAYBILL = re.compile(
    rf"(?<![A-Za-z0-9])(?:((?:{_CARRIERS})(?=[0-9 :-]))|[A-Za-z]{{1,4}}(?=[0-9]))"
    r"[ :-]{0,2}([0-9]{8,20}|[0-9]{3,5}(?:[ -][0-9]{3,5}){1,4}[ "
    r"-][0-9]{1,5})(?:-[0-9]{1,3}){0,3}(?![A-Za-z0-9])|"
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{9}[A-Z]{2}(?![A-Za-z0-9])",
    re.I,
)
_ORDER_CODE = re.compile(
    r"(?:单号|單號|订单编?号?|运单|order ?(?:no|id)?)(?:是|为|"
    r"[#:：,， .])*(?<![A-Za-z0-9-])([A-Za-z0-9][A-Za-z0-9-]{7,27})(?![A-Za-z0-9-])",
    re.I,
)
_GOODS = re.compile(
    r"(?:批号|批次|条码|条形码|货号|款号|型号|机型|编码|编号|sku|spu|isbn|asin|序列号?|s/?n|imei|版本|"
    r"税号|识别号|信用代码|许可证|备案号?"
    r"|准|认证|标准号?|证书|券码|料号)[^A-Za-z0-9]{0,4}\Z",
    re.I,
)


_CODES = frozenset(
    ["SC", "SKU", "SPU", "SN", "PN", "ID", "NO", "EAN", "UPC", "IMEI", "ISBN", "ASIN", "QQ", "LOT"]
)
"""Letters before the number of a licence or an article, not of an order (SC: food licence)."""


def email_spans(folded: str) -> Iterator[Span]:
    """E-mail addresses, also with 。 or 点 for the dot, spaces beside the @, (at) or 艾特 for it."""
    for pattern in (_EMAIL, _EMAIL_SPELT):
        for match in pattern.finditer(folded):
            lead = len(match[0]) - len(match[0].lstrip("._%+-"))
            yield Span(match.start() + lead, match.end(), "email")
    for match in _QQ_MAIL.finditer(folded):
        if not _MOBILE.match(match[1]):
            yield Span(match.start(1), match.end(1), "email")


def document_spans(folded: str) -> Iterator[Span]:
    """Passports and permits by the word before them: their numbers have no check digit."""
    for match in _DOCUMENT.finditer(folded):
        yield Span(match.start(1), match.end(1), "id_card")


def plate_spans(folded: str) -> Iterator[Span]:
    """Number plates, those of new-energy cars (six after the letter) included."""
    for match in _PLATE.finditer(folded):
        region, letter, serial = match[1], match[2], match[3].replace(" ", "")
        spaced = " " in match[3] or match[0][1] == " "
        cued = bool(_CAR.search(before(folded, match.start(), 12) + "|" + after(folded, match.end(), 8)))
        few_letters = sum(c.isdigit() for c in serial) >= 3 or (cued and any(c.isdigit() for c in serial))
        plain = (
            (region not in _COLOUR_LIKE or "·" in match[0]) and letter.isupper() and serial == serial.upper()
        )
        green = len(serial) != 6 or serial[0].isalpha() or serial[-1].isalpha()
        if few_letters and green and (cued or (plain and not spaced)):
            yield Span(match.start(), match.end(), "plate")


def waybill_spans(folded: str) -> Iterator[Span]:
    """Waybill and order numbers with letters: carrier prefix, long digits, or a cue word."""
    for match in _WAYBILL.finditer(folded):
        if not _GOODS.search(before(folded, match.start(), 12)) and _waybill(match):
            yield Span(match.start(), match.end(), "order_no")
    for match in _ORDER_CODE.finditer(folded):
        code = match[1]
        if sum(c.isdigit() for c in code) >= 6 and any(c.isalpha() for c in code):
            yield Span(match.start(1), match.end(1), "order_no")


def _waybill(match: re.Match[str]) -> bool:
    digits = sum(c.isdigit() for c in match[0])
    if match[2] is None:
        return match[0] == match[0].upper()
    if len(set(match[2])) < 3:
        return False
    letters = match[0][: match.start(2) - match.start()].strip(" :-")
    return digits >= 10 if match[1] else digits >= 11 and letters.isupper() and letters not in _CODES
