"""How the columns of a table become the fields of an event.

A mapping is YAML; docs/import.md describes it in full. By example::

    timezone: "+08:00"              # of times that name none; or Asia/Shanghai
    fields:
      type: {value: chat.message}   # the same for every row
      shop_id: {value: tm_nuanyang}
      channel: {value: tmall}
      conversation_id: 会话ID        # a column by its name
      occurred_at: {columns: [日期, 时间]}
      sender: {column: 角色, map: {买家: customer, 小蜜: bot}, default: agent}
      text: 消息内容
      bot.version: 机器人版本
    attrs: [备注]                    # other columns to keep; all of them when left out
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta, timezone, tzinfo
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import yaml

from streams.errors import InputError
from streams.event_schema import BOT, SCHEMAS

FIELDS: Final = (
    frozenset(name for schema in SCHEMAS.values() for name in schema.names)
    | frozenset(f"bot.{name}" for name in BOT.names)
) - {"attrs", "bot"}
"""What a column can be mapped to."""
BEIJING: Final = timezone(timedelta(hours=8))
"""The zone of times that name none, unless the mapping says otherwise."""

_TOP: Final = ("fields", "attrs", "timezone", "sheet", "encoding", "delimiter")
_RULE: Final = ("column", "columns", "value", "map", "default", "format")
_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)")


class Rule(NamedTuple):
    """Where one field comes from: `value` for every row, or `columns` joined by a space.

    `translate` maps cell texts; others pass as they are. `default` stands in for
    an empty cell, and for one that `translate` does not know. `format` is a
    strptime pattern (`occurred_at` only).
    """

    columns: tuple[str, ...] = ()
    value: str = ""
    translate: Mapping[str, str] = {}
    default: str = ""
    format: str = ""


class TableMapping(NamedTuple):
    """A whole mapping. `attrs` None keeps every column that no field uses."""

    fields: Mapping[str, Rule]
    attrs: tuple[str, ...] | None = None
    zone: tzinfo = BEIJING
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""


def load_mapping(path: Path) -> TableMapping:
    """Read a mapping; raises InputError with the line of what is wrong."""
    try:
        root = yaml.compose(path.read_text("utf-8-sig"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise InputError(f"列对应表 mapping {path}：读取失败 / cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"列对应表 mapping {path}：请存为 UTF-8 / save it as UTF-8") from None
    except yaml.YAMLError as error:
        raise InputError(_yaml_words(path, error)) from None
    if root is None:
        raise InputError(f"列对应表 mapping {path}：是空的，请写 fields / empty: write fields")
    return _Reader(path).mapping(root)


def _yaml_words(path: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f" 第 {mark.line + 1} 行 / line {mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or "not YAML"
    return f"列对应表 mapping {path}{line}：YAML 有误 / {problem}"


class _Reader:
    """Walks the YAML nodes rather than plain values, because nodes know their lines.

    Every scalar is its text: `value: 5`, `map: {是: yes}` mean what they look like.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def mapping(self, root: yaml.Node) -> TableMapping:
        top = self._dict(root, _TOP)
        if "fields" not in top:
            raise self._wrong(root, "缺少 fields / fields is missing")
        fields = {name: self._rule(name, node) for name, node in self._dict(top["fields"], FIELDS).items()}
        return TableMapping(
            fields=fields,
            attrs=self._texts(top["attrs"]) if "attrs" in top else None,
            zone=self._zone(top["timezone"]) if "timezone" in top else BEIJING,
            sheet=self._text(top.get("sheet")),
            encoding=self._encoding(top.get("encoding")),
            delimiter=self._delimiter(top.get("delimiter")),
        )

    def _rule(self, name: str, node: yaml.Node) -> Rule:
        if not isinstance(node, yaml.MappingNode):
            return Rule(columns=(self._text(node),))
        parts = self._dict(node, _RULE)
        if sum(key in parts for key in ("column", "columns", "value")) != 1:
            raise self._wrong(node, f"{name}：column、columns、value 三选一 / needs exactly one of these")
        if "format" in parts and name != "occurred_at":
            raise self._wrong(node, f"{name}：format 只用于 occurred_at / format is for occurred_at alone")
        columns = self._texts(parts["columns"]) if "columns" in parts else ()
        translate = self._dict(parts["map"], None) if "map" in parts else {}
        return Rule(
            columns=(self._text(parts["column"]),) if "column" in parts else columns,
            value=self._text(parts.get("value")),
            translate={cell: self._text(value) for cell, value in translate.items()},
            default=self._text(parts.get("default")),
            format=self._text(parts.get("format")),
        )

    def _dict(self, node: yaml.Node, allowed: Iterable[str] | None) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, "应为「键: 值」 / expected key: value lines")
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = self._text(key_node)
            if key in found:
                raise self._wrong(key_node, f"{key} 重复 / given twice")
            if allowed is not None and key not in allowed:
                raise self._wrong(key_node, _unknown(key, allowed))
            found[key] = value
        return found

    def _texts(self, node: yaml.Node) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):
            return (self._text(node),)
        return tuple(self._text(item) for item in node.value)

    def _text(self, node: yaml.Node | None) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            raise self._wrong(node, "应为文本 / expected a text")
        return str(node.value)

    def _zone(self, node: yaml.Node) -> tzinfo:
        text = self._text(node)
        if found := _OFFSET.fullmatch(text):
            minutes = int(found[2]) * 60 + int(found[3])
            if minutes < 24 * 60:
                return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
        try:
            return ZoneInfo(text)
        except (ValueError, OSError, KeyError):
            raise self._wrong(node, "时区如 +08:00 或 Asia/Shanghai / a zone is like one of these") from None

    def _encoding(self, node: yaml.Node | None) -> str:
        text = self._text(node)
        try:
            "a".encode(text or "utf-8")
        except LookupError:
            raise self._wrong(node, "encoding：如 utf-8、gb18030 / is like one of these") from None
        return text

    def _delimiter(self, node: yaml.Node | None) -> str:
        text = self._text(node)
        if len(text) > 1:
            raise self._wrong(node, "delimiter：只能是一个字符 / must be one character")
        return text

    def _wrong(self, node: yaml.Node | None, words: str) -> InputError:
        line = node.start_mark.line + 1 if node else 1
        return InputError(f"列对应表 mapping {self._path} 第 {line} 行 / line {line}：{words}")


def _unknown(key: str, allowed: Iterable[str]) -> str:
    names = sorted(allowed)
    near = difflib.get_close_matches(key, names, n=1)
    hint = f"是否为 {near[0]}？/ did you mean {near[0]}?" if near else f"可用 / known: {', '.join(names)}"
    return f"未知的键 {key} / unknown key; {hint}"


def check_columns(mapping: TableMapping, header: Iterable[str], label: str) -> None:
    """Raise InputError when a column that `mapping` names is not there, or a required field has no rule."""
    present = list(header)
    wanted = [column for rule in mapping.fields.values() for column in rule.columns] + list(
        mapping.attrs or ()
    )
    if absent := [column for column in dict.fromkeys(wanted) if column not in present]:
        raise InputError(
            f"{label}：没有列 / no column {', '.join(absent)}；现有列 / columns are: {', '.join(present)}"
        )
    kind = mapping.fields.get("type", Rule()).value
    schema = SCHEMAS.get(kind)
    required = schema.required if schema else ("occurred_at", "shop_id", "channel")
    if "type" not in mapping.fields:
        raise InputError(
            f"{label}：看不出类型，请用 --mapping 写明 type / type unclear: give it in a --mapping"
        )
    if lacking := [name for name in required if name not in mapping.fields and name != "event_id"]:
        words = f"{label}：哪一列是 {', '.join(lacking)}？请用 --mapping 说明 (docs/import.md)"
        columns = f"columns are: {', '.join(present)}"
        raise InputError(f"{words} / no column gives these: say which in a --mapping; {columns}")
