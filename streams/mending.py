"""The second look at a record that is not plainly an event: mend what can be mended, else say why not."""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from processors.events import EARLIEST_MS, LATEST_MS, AnyEvent, Rating
from streams import refusals
from streams.event_schema import BOT, SCHEMAS, Schema
from streams.refusals import MAX_DEPTH

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_EXACT: Final = 2**53
_ESCAPE: Final = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_PATH: Final = re.compile(r"at `\$\.([^`]*)`$")
_BYTE: Final = re.compile(r"\(byte (\d+)\)$")
_YEAR: Final = re.compile(r"(\d{4,9})-\d\d-\d\d([Tt ].*)?", re.DOTALL | re.ASCII)
_LEAP_SECOND: Final = re.compile(r"([T ]\d\d:\d\d):60")
_DIGITS: Final = re.compile(r"\d{1,18}", re.ASCII)

_decode_json = msgspec.json.Decoder().decode


def mended(raw: bytes) -> AnyEvent:
    """The event in `raw`; raises `refusals.Refused` when there is none."""
    obj = json_object(raw.removeprefix(codecs.BOM_UTF8))
    schema = _schema_of(obj)
    known = _with_attrs(obj, schema)
    if lacking := [name for name in schema.required if name not in known]:
        raise refusals.missing(lacking)
    known["occurred_at"] = _occurred_at(known["occurred_at"])
    if isinstance(known["channel"], str):
        known["channel"] = known["channel"].strip().lower()
    return _converted(known, schema)


def shallow(value: Any, levels: int) -> bool:
    """Whether objects and arrays nest at most `levels` deep."""
    if isinstance(value, dict):
        return levels > 0 and all(shallow(inner, levels - 1) for inner in value.values())
    if isinstance(value, list):
        return levels > 0 and all(shallow(inner, levels - 1) for inner in value)
    return True


def epoch_millis(when: datetime) -> int:
    """Epoch milliseconds, cut, of an aware time; TypeError for one without an offset."""
    delta: timedelta = when - _EPOCH
    return delta.days * 86_400_000 + delta.seconds * 1000 + delta.microseconds // 1000


def json_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in one record; raises `Refused` when there is none."""
    if not raw.strip():
        raise refusals.empty()
    try:
        obj = _decode_json(_without_lone_surrogates(raw))
    except RecursionError:
        raise refusals.too_deep() from None
    except msgspec.ValidationError:
        raise refusals.bad_value(
            "", "有数值过大，请改为文本 / a number is too large: send it as text"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(raw, str(error)) from None
    if not isinstance(obj, dict):
        raise refusals.not_object()
    return obj


def _unreadable(raw: bytes, error: str) -> refusals.Refused:
    try:
        raw.decode()
    except UnicodeDecodeError as bad:
        return refusals.invalid_utf8(bad.start + 1)
    found = _BYTE.search(error)
    return refusals.not_json(int(found[1]) + 1 if found else None)


def _without_lone_surrogates(raw: bytes) -> bytes:
    # Whole escapes are consumed one by one, so that the text \\ud800 after an
    # escaped backslash is left alone.
    if b"\\ud" not in raw and b"\\uD" not in raw:
        return raw
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], raw)


def _schema_of(obj: dict[str, Any]) -> Schema:
    kind = obj.get("type")
    if kind is None:
        raise refusals.missing(["type"])
    if not isinstance(kind, str) or kind not in SCHEMAS:
        raise refusals.unknown_type(SCHEMAS)
    return SCHEMAS[kind]


def _with_attrs(obj: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The known fields, `attrs` holding the unknown ones too."""
    known, extra = _sorted_out(obj, schema)
    if isinstance(known.get("bot"), dict):
        known["bot"], of_bot = _sorted_out(known["bot"], BOT)
        extra |= {"bot": of_bot} if of_bot else {}
    if not shallow(known.get("attrs"), MAX_DEPTH) or not shallow(extra, MAX_DEPTH):
        raise refusals.too_deep()
    if extra and isinstance(known.setdefault("attrs", {}), dict):
        known["attrs"] = _merged(known["attrs"], extra)
    return known


def _sorted_out(obj: dict[str, Any], schema: Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """Known fields (numbers turned into text where text belongs) and unknown ones, both without nulls."""
    present = {name: value for name, value in obj.items() if value is not None}
    known = {
        name: _as_text(value) if name in schema.texts else value
        for name, value in present.items()
        if name in schema.names
    }
    return known, {name: value for name, value in present.items() if name not in schema.names}


def _as_text(value: Any) -> Any:
    if value.__class__ is int:
        return str(value)
    # A larger float has lost digits: two ids may have become one, so it is left to be refused.
    if value.__class__ is float and abs(value) < _LARGEST_EXACT:
        return str(int(value)) if value.is_integer() else repr(value)
    return value


def _merged(attrs: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    merged = dict(attrs)
    for name, value in extra.items():
        key = name
        while key in merged and merged[key] != value:
            key = f"event.{key}"
        merged[key] = value
    return merged


def _occurred_at(value: Any) -> int:
    if isinstance(value, str):
        text = value.strip()
        value = int(text) if _DIGITS.fullmatch(text) else _from_rfc3339(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusals.not_a_time()
    if not EARLIEST_MS <= value < LATEST_MS:
        raise refusals.out_of_range(looks_like_seconds=EARLIEST_MS <= value * 1000 < LATEST_MS)
    return int(value)


def _from_rfc3339(text: str) -> int:
    year = _YEAR.fullmatch(text)
    if year and not 1 <= int(year[1]) <= 9999:
        return LATEST_MS
    try:
        # A leap second has no place on the POSIX time line: it is the second before it.
        when = datetime.fromisoformat(_LEAP_SECOND.sub(r"\1:59", text.upper()))
    except ValueError:
        raise refusals.not_a_time() from None
    if when.tzinfo is None:
        raise refusals.no_offset()
    return epoch_millis(when)


def _converted(known: dict[str, Any], schema: Schema) -> AnyEvent:
    try:
        event: AnyEvent = msgspec.convert(known, schema.type, strict=False)
    except msgspec.ValidationError as error:
        raise _named(error, schema) from None
    if isinstance(event, Rating) and event.score > event.scale_max:
        raise refusals.bad_value("score", "不大于 scale_max 的数值 / at most scale_max")
    return event


def _named(error: msgspec.ValidationError, schema: Schema) -> refusals.Refused:
    # Only the path is taken from the message: the rest may quote the value.
    found = _PATH.search(str(error))
    path = found[1] if found else ""
    expected = schema.expected | {f"bot.{name}": words for name, words in BOT.expected.items()}
    return refusals.bad_value(path, expected.get(path, "另一种取值，见 docs/events.md / see docs/events.md"))
