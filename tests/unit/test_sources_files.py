"""JSON Lines from files, gzip and pipes: positions, resuming, flat memory, clear errors."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest

from streams.codec import MAX_EVENT_BYTES, Rejected
from streams.errors import InputError
from streams.sources import open_source
from streams.sources.base import Batch, Source

LINES = [b'{"n":%d,"text":"\xe5\x9c\xa8\xe5\x90\x97"}' % number for number in range(25)]


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def read(source: Source, size: int = 10) -> list[Batch]:
    batches = list(source.batches(size))
    source.close()
    return batches


def records(path: str) -> list[tuple[int, bytes]]:
    return [(record.position, record.raw) for batch in read(open_source(path)) for record in batch.records]


def test_batches_of_a_file(tmp_path: Path) -> None:
    source = open_source(write(tmp_path / "chats.jsonl", b"\n".join(LINES) + b"\n"))
    batches = read(source)
    assert [len(batch.records) for batch in batches] == [10, 10, 5]
    assert [batch.exhausted for batch in batches] == [False, False, True]
    assert [record.position for batch in batches for record in batch.records] == list(range(1, 26))
    assert {batch.source for batch in batches} == {source.name}
    assert source.name.startswith("file:chats.jsonl#")
    assert source.bytes_read == source.total_bytes == (tmp_path / "chats.jsonl").stat().st_size


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"a", [(1, b"a")]),
        (b"a\nb", [(1, b"a"), (2, b"b")]),
        (b"a\r\nb\r\n", [(1, b"a"), (2, b"b")]),
        (b"a\n\n \t\r\nb\n", [(1, b"a"), (4, b"b")]),
        (b"\xef\xbb\xbfa\n", [(1, b"a")]),
        (b"\xef\xbb\xbf\n", []),
        (b"\xff\xc0\x00\n", [(1, b"\xff\xc0\x00")]),
    ],
)
def test_line_ends_blank_lines_and_a_byte_order_mark(
    tmp_path: Path, data: bytes, expected: list[tuple[int, bytes]]
) -> None:
    assert records(write(tmp_path / "f.jsonl", data)) == expected


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    plain = write(tmp_path / "plain.jsonl", b"\n".join(LINES))
    packed = write(
        tmp_path / "packed.jsonl", gzip.compress(b"\n".join(LINES[:5])) + gzip.compress(b"\n".join(LINES[5:]))
    )
    named = write(tmp_path / "named.jsonl.gz", gzip.compress(b"\n".join(LINES)))
    assert records(named) == records(plain)
    assert len(records(packed)) == 24
    assert open_source(named).name.split("#")[1] == open_source(plain).name.split("#")[1]


@pytest.mark.parametrize("packed", [False, True])
def test_resume_after_any_batch(tmp_path: Path, packed: bool) -> None:
    data = b"\n\n".join(LINES)
    path = write(tmp_path / "f", gzip.compress(data) if packed else data)
    batches = read(open_source(path), 4)
    for done, batch in enumerate(batches, 1):
        source = open_source(path)
        assert source.seek(batch.records[-1].position, batch.prefix_digest)
        assert read(source, 4) == batches[done:]


def test_a_file_that_grew_is_resumed_and_one_that_changed_is_not(tmp_path: Path) -> None:
    path = write(tmp_path / "f", b"\n".join(LINES))
    last = read(open_source(path))[-1]
    write(tmp_path / "f", b"\n".join([*LINES, b"\r\n new"]))
    grown = open_source(path)
    assert grown.seek(last.records[-1].position, last.prefix_digest)
    assert [r.raw for b in read(grown) for r in b.records] == [b" new"]
    for changed in (
        b"\n".join([b"other", *LINES[1:]]),
        b"\n" + b"\n".join(LINES),
        b"\n".join(LINES[:9]),
        b"",
    ):
        write(tmp_path / "f", changed)
        source = open_source(path)
        assert not source.seek(last.records[-1].position, last.prefix_digest)
        assert sum(len(b.records) for b in read(source)) == sum(bool(line) for line in changed.split(b"\n"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_50_mb_is_refused_in_little_memory(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "huge"
    with gzip.open(path, "wb", 1) if packed else path.open("wb") as file:
        file.write(LINES[0] + b"\n")
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + LINES[1])
    tracemalloc.start()
    got = [record for batch in read(open_source(str(path))) for record in batch.records]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [record.position for record in got] == [1, 2, 3]
    huge = got[1].raw
    assert isinstance(huge, Rejected)
    assert (huge.reason, huge.size) == ("too_large", 50_000_001)
    assert peak < 8_000_000


def test_a_batch_is_bounded_in_bytes_too(tmp_path: Path) -> None:
    line = b"x" * (MAX_EVENT_BYTES - 1)
    path = write(tmp_path / "f", b"\n".join([line] * 40))
    assert [len(batch.records) for batch in read(open_source(path), 1000)] == [17, 17, 6]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_longest_line_that_is_taken(tmp_path: Path, end: bytes) -> None:
    line = b"x" * MAX_EVENT_BYTES
    got = records(write(tmp_path / "f", line + end + b"y" * (MAX_EVENT_BYTES + 3) + end))
    assert got[0] == (1, line)
    assert isinstance(got[-1][1], Rejected)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        ('{"a": 1}'.encode("utf-16-be"), "UTF-16"),
        (b"\xff\xfe\xfa", ""),
        (b"PK\x03\x04...", "zip"),
        (b"\x28\xb5\x2f\xfd..", "zstd"),
        (b"\x1f\x8b broken", "gzip"),
        (b"\x1f", ""),
    ],
)
def test_what_is_not_json_lines_is_named(tmp_path: Path, data: bytes, word: str) -> None:
    path = write(tmp_path / "f.jsonl", data)
    if not word:
        assert records(path) == [(1, data)]
        return
    with pytest.raises(InputError, match=word):
        read(open_source(path))


def test_a_cut_gzip_gives_what_it_has_and_then_says_where_it_broke(tmp_path: Path) -> None:
    lines = [b'{"n":%d,"x":"%s"}' % (n, os.urandom(40).hex().encode()) for n in range(5000)]
    path = write(tmp_path / "f.gz", gzip.compress(b"\n".join(lines))[:-9000])
    got: list[int] = []
    with pytest.raises(InputError, match=r"line \d+.*gzip"):
        for batch in open_source(path).batches(1000):
            assert not batch.exhausted
            got += [record.position for record in batch.records]
    assert 3000 < len(got) < 5000
    assert got == list(range(1, len(got) + 1))


def test_missing_files_folders_and_no_permission(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        open_source(str(tmp_path / "none.jsonl"))
    with pytest.raises(InputError, match="folder"):
        open_source(str(tmp_path))
    path = tmp_path / "secret"
    path.touch(0)
    if not os.access(path, os.R_OK):
        with pytest.raises(InputError, match="permission"):
            open_source(str(path))


@pytest.mark.parametrize("packed", [False, True])
def test_stdin_starts_anew_and_is_never_resumed(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    data = b"\n".join(LINES * 400)
    stdin = io.TextIOWrapper(io.BytesIO(gzip.compress(data) if packed else data))
    monkeypatch.setattr(sys, "stdin", stdin)
    source = open_source("-")
    assert source.name.startswith("stdin#")
    assert source.total_bytes is None
    assert not source.seek(10, "digest")
    batches = list(source.batches(4000))
    assert [len(batch.records) for batch in batches] == [4000, 4000, 2000]
    assert source.bytes_read == len(data)
    assert not stdin.buffer.closed
    source.close()
    with pytest.raises(InputError, match="once"):
        list(source.batches(1))


def test_a_fifo_is_read_like_stdin(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"\n".join(LINES),))
    writer.start()
    assert len(records(str(path))) == 25
    writer.join()
