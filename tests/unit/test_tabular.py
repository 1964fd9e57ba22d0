"""CSV and XLSX as people really export them."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from openpyxl.workbook.workbook import Workbook

from processors.events import ChatMessage, DeadLetter, Review
from streams.codec import MAX_EVENT_BYTES, Decoded, decode_many
from streams.errors import InputError
from streams.sources import open_source

HEADER = "会话ID,发送时间,发送方,消息内容,店铺,平台"
ROWS = "c1,2026-11-09 07:53:00,买家,在吗,暖阳,天猫\nc1,2026/11/9 7:53:10,机器人,在的亲,暖阳,天猫\n"


def decoded(path: Path, mapping: Path | None = None) -> Decoded:
    source = open_source(str(path), mapping)
    records = [record for batch in source.batches(100) for record in batch.records]
    source.close()
    return decode_many(records)


def csv_file(tmp_path: Path, text: str, encoding: str = "utf-8", name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def xlsx_file(tmp_path: Path, rows: list[list[object]], title: str = "聊天") -> Path:
    book: Any = cast(Any, Workbook)()
    book.worksheets[0].title = title
    for row in rows:
        book.worksheets[0].append(row)
    book.save(tmp_path / "t.xlsx")
    return tmp_path / "t.xlsx"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = f"{HEADER}\n{ROWS}".replace(",", delimiter)
    got = decoded(csv_file(tmp_path, text, encoding))
    assert got.dead == []
    assert got.positions == [2, 3]
    first = got.events[0]
    assert isinstance(first, ChatMessage)
    assert (first.text, first.sender, first.channel, first.occurred_at) == (
        "在吗",
        "customer",
        "tmall",
        1_794_181_980_000,
    )


def test_gzip_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\n{ROWS}".replace("\n", "\r\n").encode()))
    assert [event.event_id for event in decoded(path).events] == [
        event.event_id for event in decoded(csv_file(tmp_path, f"{HEADER}\n{ROWS}")).events
    ]


def test_a_long_chinese_file_is_told_from_gb18030_though_its_head_ends_in_half_a_character(
    tmp_path: Path,
) -> None:
    for shift in range(3):
        text = (
            f"{HEADER},{'x' * (shift + 1)}\n" + f"c1,2026-11-09 07:53:00,买家,{'问' * 50},暖阳,天猫\n" * 500
        )
        got = decoded(csv_file(tmp_path, text))
        assert got.dead == []
        assert isinstance(got.events[0], ChatMessage)
        assert got.events[0].text == "问" * 50


def test_positions_are_the_rows_of_a_spreadsheet(tmp_path: Path) -> None:
    body = "c1,2026-11-09 07:53:00,买家,第一行\n第二行,暖阳,天猫\n"
    quoted = body.replace("第一行\n第二行", '"第一行\n第二行"')
    got = decoded(csv_file(tmp_path, f"{HEADER}\n{quoted}\n{ROWS}"))
    assert got.positions == [2, 4, 5]
    assert isinstance(got.events[0], ChatMessage)
    assert got.events[0].text == "第一行\n第二行"


def test_rows_that_do_not_fit_are_dead_letters_and_the_others_are_taken(tmp_path: Path) -> None:
    wide = "c1,2026-11-09 07:53:00,买家,在,吗,暖阳,天猫\n"
    short = "c1,2026-11-09 07:53:00,买家\n"
    got = decoded(csv_file(tmp_path, f"{HEADER}\n{wide}{short}{ROWS}"))
    assert [(letter.position, letter.reason) for letter in got.dead] == [(2, "bad_row"), (3, "missing_field")]
    assert got.positions == [4, 5]


def test_a_huge_row_and_an_unclosed_quote_stop_nothing(tmp_path: Path) -> None:
    huge = "c1," + "x" * (2 * MAX_EVENT_BYTES) + "\n"
    unclosed = 'c1,2026-11-09 07:53:00,买家,"' + "x" * 200_000 + "\n"
    got = decoded(csv_file(tmp_path, f"{HEADER}\n{huge}{ROWS}{unclosed}{ROWS}"))
    assert [(letter.position, letter.reason) for letter in got.dead] == [(2, "too_large"), (5, "bad_row")]
    assert got.dead[0].raw_bytes == len(huge)
    assert got.positions == [3, 4, 6, 7]


def test_a_damaged_byte_costs_one_row(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"{HEADER}\n{ROWS * 20}")
    data = bytearray(path.read_bytes())
    data[data.index("在吗".encode())] = 0xFF
    path.write_bytes(data)
    got = decoded(path)
    assert [(letter.position, letter.reason) for letter in got.dead] == [(2, "invalid_utf8")]
    assert len(got.events) == 39


def test_resuming_keeps_the_ids_of_identical_rows(tmp_path: Path) -> None:
    path = csv_file(tmp_path, HEADER + "\n" + ROWS.splitlines()[0] + "\n" + (ROWS.splitlines()[0] + "\n") * 9)
    batches = list(open_source(str(path)).batches(3))
    assert len({record.raw for batch in batches for record in batch.records}) == 10
    source = open_source(str(path))
    assert source.seek(batches[1].records[-1].position, batches[1].prefix_digest)
    assert list(source.batches(3)) == batches[2:]
    assert not source.seek(4, "other")
    assert list(source.batches(3)) == batches


def test_empty_tables(tmp_path: Path) -> None:
    assert decoded(csv_file(tmp_path, "")) == Decoded([], [], [])
    assert decoded(csv_file(tmp_path, HEADER)) == Decoded([], [], [])
    assert decoded(xlsx_file(tmp_path, [])) == Decoded([], [], [])


def test_a_workbook(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [*HEADER.split(","), "置信度", "消息内容"],
        ["c1", datetime.fromisoformat("2026-11-09 07:53"), "买家", "在吗", "暖阳", "天猫", None, "重名列"],
        [],
        [123, "2026-11-09 07:53", "机器人", 5, "暖阳", "天猫", 0.9],
    ]
    path = xlsx_file(tmp_path, rows)
    source = open_source(str(path))
    got = decode_many(record for batch in source.batches(10) for record in batch.records)
    assert got.dead == []
    assert got.positions == [2, 4]
    first, second = got.events
    assert isinstance(first, ChatMessage)
    assert isinstance(second, ChatMessage)
    assert first.attrs == {"消息内容 (2)": "重名列"}
    assert (second.conversation_id, second.text) == ("123", "5")
    assert second.bot is not None
    assert second.bot.confidence == 0.9
    assert source.bytes_read == source.total_bytes


def test_a_workbook_with_a_mapping(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path, [["何时", "说了什么", "星"], [46335.5, "很好", 5.0], ["不知", "差", 9]], "评价"
    )
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "sheet: 评价\nfields: {type: {value: review}, shop_id: {value: s}, channel: {value: jd},"
        " occurred_at: 何时, text: 说了什么, rating: 星}",
        "utf-8",
    )
    got = decoded(path, mapping)
    assert isinstance(got.events[0], Review)
    assert got.events[0].rating == 5
    assert isinstance(got.dead[0], DeadLetter)
    assert got.dead[0].detail.startswith("occurred_at")
    mapping.write_text(mapping.read_text("utf-8").replace("sheet: 评价", "sheet: 别的"), "utf-8")
    with pytest.raises(InputError, match=r"no such sheet.*评价"):
        open_source(str(path), mapping)


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        open_source(str(tmp_path / "none.csv"))
    with pytest.raises(InputError, match="readable XLSX"):
        open_source(str(csv_file(tmp_path, "a,b", name="t.xlsx")))
    with pytest.raises(InputError, match="columns are: sender, a, b"):
        open_source(str(csv_file(tmp_path, "sender,a,b")))
