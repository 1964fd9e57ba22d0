"""What stdout gets: formats, and tables that fit the terminal."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from streams.commands.layouts import check_layout, gap_layout, letter_layout, question_layout
from streams.output import choose_format, emit
from streams.table import Column, percent, plain_columns, render, shown, wrap

WHY = "本周 4 位顾客没得到答案：问了 22 次，4 次没答上（18%），以前没人问过，多因顾客换了说法再问（3 次）。"
GAP = {
    "rank": 1,
    "canonical": "催一下快递",
    "count": 4,
    "share": 0.0571,
    "customers": 4,
    "unanswered_rate": 0.24,
    "previous_count": 0,
    "topic": "logistics",
    "reasons": {"rephrased": 3, "rejected": 1},
    "why": WHY,
}
HOSTILE = st.text(alphabet=st.characters(), max_size=60) | st.sampled_from(
    ["\U0001f469\u200d\U0001f467", "e\u0301" * 9, "\u202eabc", "\x1b[31m", "\u3000"]
)


def table(rows: list[dict[str, Any]], width: int, columns: list[Column] | None = None) -> list[str]:
    return render(rows, columns or plain_columns(list(rows[0])), width)[0]


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
def test_a_gap_takes_two_lines_and_fits(width: int) -> None:
    lines = table([GAP], width, gap_layout(width))
    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= 3 + 2
    text = "\n".join(lines)
    assert "催一下快递" in text
    assert ("5.7%" in text and "24%" in text and "换词再问 3" in text) if width < 100 else "本周 4 位" in text


@given(st.lists(st.lists(HOSTILE, min_size=3, max_size=3), max_size=4), st.integers(1, 90))
@settings(max_examples=150, deadline=None)
def test_no_line_is_wider_than_the_terminal(cells: list[list[str]], width: int) -> None:
    columns = plain_columns(["a", "b", "c"])
    lines, hidden = render([dict(zip("abc", row, strict=True)) for row in cells], columns, width)
    assert 0 <= hidden <= 2
    # A character of two cells cannot be shown in one.
    assert all(cell_len(line) <= max(width, 2) for line in lines)
    assert not any(char in line for line in lines for char in "\x1b\x00\n\r")
    assert len(lines) <= 2 + 3 * len(cells) + 2


@given(HOSTILE, st.integers(2, 40), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_wrapping_loses_spaces_only(text: str, width: int, most: int) -> None:
    clean = shown(text)
    lines = wrap(clean, width, most)
    assert len(lines) <= most
    joined = "".join("".join(lines).split())
    wanted = "".join(clean.split())
    assert joined == wanted or wanted.startswith(joined.rstrip("…"))


def test_chinese_breaks_anywhere_but_before_a_closing_mark() -> None:
    assert wrap("快递到哪了，怎么还没到", 10, 3) == ["快递到哪", "了，怎么还", "没到"]
    assert wrap("order 20261102 到了", 9, 3) == ["order", "20261102", "到了"]
    assert wrap("一二三四五六七八", 4, 2) == ["一二", "三…"]


def test_numbers_stand_right_and_columns_without_room_are_counted() -> None:
    lines = table([{"n": 5, "t": "甲"}, {"n": 1234, "t": "乙"}], 40)
    assert lines == ["   n  t", "────  ──", "   5  甲", "1234  乙"]
    wide = {f"c{number}": "x" * 30 for number in range(20)}
    shown_lines, hidden = render([wide], plain_columns(list(wide)), 60)
    assert hidden > 0
    assert max(map(cell_len, shown_lines)) <= 60


def test_values_in_words() -> None:
    assert [shown(value) for value in (0.5, 12345.678, 1e-9, 2.0, None, True)] == [
        *("0.5", "12345.678", "1e-09", "2", "", "True")
    ]
    assert shown({"a": 1, "b": [2, 3]}) == "a:1 b:2 3"
    assert [percent(share) for share in (0.24, 0.057, 1, 0, 0.0996)] == ["24%", "5.7%", "100%", "0%", "10%"]


def test_other_layouts_fit_too() -> None:
    question: dict[str, Any] = {
        "conversation_id": "c" * 40,
        "asked_at": "2026-11-02 08:31:58.000",
        "text": "问" * 300,
    }
    question |= {
        "state": "unanswered",
        "reasons": ["no_reply", "handoff"],
        "score": 0.9,
        "evidence": ["e" * 50],
    }
    letter = {
        "reason": "not_json",
        "source": "file:x#1",
        "position": 7,
        "detail": "坏" * 90,
        "raw": "{" * 500,
    }
    check = {"name": "clock", "ok": False, "found": "+9 ms", "advice": "set both clocks " * 12}
    for width in (60, 100, 160):
        for row, layout in ((question, question_layout), (letter, letter_layout), (check, check_layout)):
            lines = table([row], width, list(layout(width)))
            assert max(map(cell_len, lines)) <= width
    advice = " ".join(" ".join(table([check], 60, check_layout(60))).split())
    assert advice.count("clocks") == 12, "advice is never cut"


def printed(capsys: pytest.CaptureFixture[str], rows: list[dict[str, Any]], fmt: str) -> str:
    emit(rows, ("text", "n"), fmt)
    return capsys.readouterr().out


def test_json_is_one_array_and_jsonl_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = [{"text": '换行\n引号"', "n": 1 << 70}, {"text": "二"}]
    assert json.loads(printed(capsys, rows, "json")) == rows
    assert [json.loads(line) for line in printed(capsys, rows, "jsonl").splitlines()] == rows
    assert json.loads(printed(capsys, [], "json")) == []
    assert printed(capsys, [], "jsonl") == ""


@pytest.mark.parametrize("text", ["=1+1", "+86", "@SUM(A1)", "-cmd", "＝1", "\tx", "\rx"])
def test_csv_disarms_formulas(capsys: pytest.CaptureFixture[str], text: str) -> None:
    rows = list(csv.reader(io.StringIO(printed(capsys, [{"text": text, "n": -1.5}], "csv"), newline="")))
    assert rows == [["text", "n"], ["'" + text.replace("\r", "\n"), "-1.5"]]


def test_csv_cells(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.reader(io.StringIO(printed(capsys, [{"text": ["a", "b"], "n": True}, {}], "csv"))))
    assert rows == [["text", "n"], ['["a","b"]', "true"], ["", ""]]


def test_a_pipe_gets_jsonl_unless_told_otherwise() -> None:
    assert choose_format(None, io.StringIO()) == "jsonl"
    assert choose_format("csv", io.StringIO()) == "csv"
