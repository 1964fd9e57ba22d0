"""Column mappings: what they say, and what is said of those that are wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.errors import InputError
from streams.sources.columns import usual_mapping
from streams.sources.mapping import Rule, TableMapping, check_columns, load_mapping
from streams.sources.rowmap import NEAR_ROWS, Cell, RowMapper

FULL = """\
timezone: "+09:00"
sheet: 聊天
fields:
  type: {value: chat.message}
  shop_id: {value: 5}
  channel: {value: tmall}
  conversation_id: 会话
  occurred_at: {columns: [日期, 时间]}
  sender: {column: 角色, map: {买家: customer, 是: bot, 1: agent}, default: system}
  text: {column: 内容, default: （空）}
  bot.version: 版本
attrs: [备注]
"""
HEADER = ["会话", "日期", "时间", "角色", "内容", "版本", "备注", "无关"]


def load(tmp_path: Path, text: str) -> TableMapping:
    path = tmp_path / "mapping.yaml"
    path.write_text(text, "utf-8")
    return load_mapping(path)


def row(mapper: RowMapper, *cells: Cell) -> dict[str, Any]:
    event: dict[str, Any] = msgspec.json.decode(mapper(cells))
    return event


def at(cell: Cell, *more: Cell, pattern: str = "") -> Any:
    columns = tuple(f"c{number}" for number in range(1 + len(more)))
    mapper = RowMapper(TableMapping({"occurred_at": Rule(columns, format=pattern)}), columns)
    return row(mapper, cell, *more)["occurred_at"]


def test_a_full_mapping(tmp_path: Path) -> None:
    mapping = load(tmp_path, FULL)
    check_columns(mapping, HEADER, "t")
    mapper = RowMapper(mapping, HEADER)
    event = row(mapper, "c1", "2026-11-09", "07:53", "买家", "在吗", None, "急", "x")
    assert event.pop("event_id").startswith("row-")
    assert event == {
        "type": "chat.message",
        "shop_id": "5",
        "channel": "tmall",
        "conversation_id": "c1",
        "occurred_at": "2026-11-09T07:53:00+09:00",
        "sender": "customer",
        "text": "在吗",
        "attrs": {"备注": "急"},
    }
    bot = row(mapper, "c1", "2026-11-09", "07:54", "是", None, 2.1, "", "")
    assert (bot["sender"], bot["text"], bot["bot"]) == ("bot", "（空）", {"version": "2.1"})
    assert row(mapper, "c1", "2026-11-09", "07:54", 1, "好", None, "", "")["sender"] == "agent"
    assert row(mapper, "c1", "2026-11-09", "07:54", "??", "好", None, "", "")["sender"] == "system"
    assert mapping.sheet == "聊天"


def test_every_other_column_is_kept_unless_attrs_says_which() -> None:
    rules = {"text": Rule(("a",))}
    assert row(RowMapper(TableMapping(rules), ["a", "b", "c"]), "x", 1, True)["attrs"] == {"b": 1, "c": True}
    assert "attrs" not in row(RowMapper(TableMapping(rules, attrs=()), ["a", "b"]), "x", "y")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-11-09 07:53:00", "2026-11-09T07:53:00+08:00"),
        ("2026/11/9 7:53", "2026-11-09T07:53:00+08:00"),
        ("2026年11月9日 7时53分20秒", "2026-11-09T07:53:20+08:00"),
        ("2026年11月9日7:53", "2026-11-09T07:53:00+08:00"),
        ("2026.11.09", "2026-11-09T00:00:00+08:00"),
        ("2026-11-09 07:53:00.250", "2026-11-09T07:53:00.250000+08:00"),
        ("2026-11-09T07:53:00Z", "2026-11-09T07:53:00Z"),
        ("1794181980000", "1794181980000"),
        (datetime.fromisoformat("2026-11-09 07:53"), "2026-11-09T07:53:00+08:00"),
        (datetime(2026, 11, 9, 7, 53, tzinfo=UTC), "2026-11-09T07:53:00+00:00"),
        (date(2026, 11, 9), "2026-11-09T00:00:00+08:00"),
        (46335.328472222224, "2026-11-09T07:53:00+08:00"),
        ("2026-13-09 07:53", "2026-13-09 07:53"),
        ("昨天", "昨天"),
        ('="2026-11-09 07:53"', "2026-11-09T07:53:00+08:00"),
    ],
)
def test_times_in_the_forms_that_tables_have(cell: Cell, expected: str) -> None:
    assert at(cell) == expected


def test_times_in_two_columns_and_in_a_form_of_their_own() -> None:
    assert at("2026-11-09", "07:53") == "2026-11-09T07:53:00+08:00"
    assert at(datetime.fromisoformat("2026-11-09"), time(7, 53)) == "2026-11-09T07:53:00+08:00"
    assert at(datetime.fromisoformat("2026-11-09"), timedelta(hours=7)) == "2026-11-09T07:00:00+08:00"
    assert at("09/11/2026 07:53", pattern="%d/%m/%Y %H:%M") == "2026-11-09T07:53:00+08:00"
    assert at("2026-11-09 07:53", pattern="%d/%m/%Y %H:%M") == "2026-11-09 07:53"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("\t123\t", "123"),
        ('="00123"', "00123"),
        ("'4567", "4567"),
        ("'安", "'安"),
        (12.0, "12"),
        (1.5, "1.5"),
    ],
)
def test_cells_lose_what_exports_add(cell: Cell, text: str) -> None:
    assert row(RowMapper(TableMapping({"order_id": Rule(("a",))}), ["a"]), cell)["order_id"] == text


def test_derived_ids_are_stable_and_tell_identical_rows_apart() -> None:
    mapping = TableMapping({"text": Rule(("a",))})

    def ids(*texts: str) -> list[str]:
        mapper = RowMapper(mapping, ["a", "b"])
        return [row(mapper, text, number)["event_id"] for number, text in enumerate(texts)]

    first = ids("人呢", "人呢", "在吗", "人呢")
    assert len(set(first)) == 4
    assert ids("人呢", "人呢", "在吗", "人呢") == first
    assert ids("在吗", "人呢")[1] == first[0]
    far = ids("人呢", *(str(number) for number in range(NEAR_ROWS)), "人呢")
    assert far[-1] == far[0]


def test_an_id_that_is_given_is_used() -> None:
    mapper = RowMapper(TableMapping({"event_id": Rule(("a",))}), ["a"])
    assert row(mapper, 7)["event_id"] == "7"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("- a", "line 1.*key: value"),
        ("fields: {text: [a]}", "line 1.*expected a text"),
        ("timezone: +08:00", "fields is missing"),
        ("fields:\n  text: {colum: a}", "line 2.*colum.*did you mean column"),
        ("fields:\n  txt: a", "line 2.*did you mean text"),
        ("fields:\n  text: a\n  text: b", "line 3.*twice"),
        ("field: {}", "did you mean fields"),
        ("fields:\n  text: {column: a, value: b}", "line 2.*exactly one"),
        ("fields:\n  text: {column: a, format: x}", "occurred_at alone"),
        ("fields: {text: a}\ntimezone: 北京", "line 2.*zone"),
        ("fields: {text: a}\ntimezone: +99:00", "line 2.*zone"),
        ("fields: {text: a}\nencoding: klingon", "line 2.*encoding"),
        ("fields: {text: a}\ndelimiter: ab", "line 2.*one character"),
        ("fields:\n  text: 'a\n", "line 3.*YAML"),
        ("fields:\n\ttext: a", "line 2.*YAML"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=f"(?s){words}"):
        load(tmp_path, text)


def test_files_that_are_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_mapping(tmp_path / "none.yaml")
    (tmp_path / "gbk.yaml").write_bytes("fields: {text: 内容}".encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        load_mapping(tmp_path / "gbk.yaml")


def test_missing_columns_are_listed_with_those_that_exist() -> None:
    mapping = TableMapping({"type": Rule(value="review"), "text": Rule(("评价",))})
    with pytest.raises(InputError, match=r"no column 评价.*内容, 时间"):
        check_columns(mapping, ["内容", "时间"], "t")
    with pytest.raises(InputError, match="occurred_at, shop_id, channel"):
        check_columns(mapping, ["评价"], "t")
    with pytest.raises(InputError, match="type unclear"):
        check_columns(usual_mapping(["内容"]), ["内容"], "t")


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("会话ID 发送时间 发送方 消息内容 店铺 平台", "chat.message"),
        ("评价时间 评价内容 星级 店铺 渠道", "review"),
        ("投诉时间 投诉内容 店铺 渠道", "complaint"),
        ("时间 满意度 满分 会话ID 店铺 渠道", "rating"),
        ("event_id type occurred_at shop_id channel text", ""),
        ("Event ID,OCCURRED_AT,Shop-Id,ｃｈａｎｎｅｌ,conversation_id,sender,text", "chat.message"),
    ],
)
def test_usual_headers_need_no_mapping(header: str, kind: str) -> None:
    columns = header.split("," if "," in header else " ")
    mapping = usual_mapping(columns)
    assert mapping.fields["type"].value == kind
    check_columns(mapping, columns, "t")


def test_usual_words_are_understood() -> None:
    header = ["平台", "发送方", "bot.version", "备注"]
    event = row(RowMapper(usual_mapping(header), header), "天猫", "机器人", "2.3", "x")
    assert (event["channel"], event["sender"], event["bot"]) == ("tmall", "bot", {"version": "2.3"})
    assert event["attrs"] == {"备注": "x"}
