"""JSON Lines from a file, gzip or stdin, in constant memory however long a line is."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from streams.errors import InputError
from streams.refusals import MAX_EVENT_BYTES, MAX_RAW_BYTES, oversized
from streams.sources.base import Record, ReplayableSource

STDIN: Final = "-"
HEAD_BYTES: Final = 64 << 10
"""The beginning that tells what a file is, before any of it is read as records."""

_LINE_LIMIT: Final = MAX_EVENT_BYTES + 2
_GZIP: Final = b"\x1f\x8b"
_NOT_TEXT: Final = {
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xd0\xcf\x11\xe0": "旧版或加密的 Excel (old or protected Excel)",
    b"PAR1": "Parquet",
}
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff", b"{\x00", b"\x00{")


class _Joined(io.RawIOBase):
    """Bytes already read from a stream that cannot go back, then the rest of it."""

    def __init__(self, head: bytes, rest: io.BufferedIOBase) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._head[: len(buffer)] or self._rest.read1(len(buffer))
        self._head = self._head[len(chunk) :]
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _joined(head: bytes, rest: io.BufferedIOBase) -> io.BufferedReader:
    return io.BufferedReader(cast(io.RawIOBase, _Joined(head, rest)), HEAD_BYTES)


class ByteInput:
    """A file or stdin as a stream of bytes, unpacked when it is gzip.

    `head` is its (unpacked) beginning. A regular file is `replayable`, a pipe
    (stdin, a FIFO) can be read once.
    """

    def __init__(self, path: str) -> None:
        """Open `path` and read its head; raises InputError when that cannot be done."""
        self._path = path
        self.label = "stdin" if path == STDIN else Path(path).name
        self._stored = self._open()
        self.replayable = path != STDIN and self._stored.seekable()
        self.total_bytes = os.fstat(self._stored.fileno()).st_size if self.replayable else None
        self._read = 0
        stream = self._unpacked()
        with readable(self.label):
            self.head = stream.read(HEAD_BYTES)
        self._fresh: io.BufferedIOBase | None = _joined(self.head, stream)

    @property
    def source_name(self) -> str:
        """`file:NAME#HASH` or `stdin#HASH`, the hash being that of the first line.

        Of no more than the first line, so that a file which grows keeps its name; one
        that only begins alike is told by the digest of what was read before.
        """
        kind = self.label if self._path == STDIN else f"file:{self.label}"
        first, _, _ = self.head.partition(b"\n")
        return f"{kind}#{hashlib.blake2b(first, digest_size=6).hexdigest()}"

    @property
    def bytes_read(self) -> int:
        """Bytes taken from the file as stored; of a pipe, what was counted by `add_read`."""
        return self._stored.tell() if self.replayable and not self._stored.closed else self._read

    def add_read(self, count: int) -> None:
        """`count` more bytes of a pipe were consumed."""
        self._read += count

    def from_start(self) -> io.BufferedIOBase:
        """The unpacked bytes from the first one on; raises InputError for a pipe that was read."""
        if stream := self._fresh:
            self._fresh = None
            return stream
        if not self.replayable:
            raise InputError(
                f"{self.label}：管道只能读一次，请重新运行 / a pipe can be read once: run it again"
            )
        self.close()
        self._stored = self._open()
        return self._unpacked()

    def close(self) -> None:
        """Let go of the file; stdin stays open."""
        self._fresh = None
        self._read = self.bytes_read
        if self._path != STDIN:
            self._stored.close()

    def _open(self) -> io.BufferedIOBase:
        if self._path == STDIN:
            if sys.stdin is None:
                raise InputError("stdin 已关闭，请给出文件 / stdin is closed: name a file")
            return cast(io.BufferedIOBase, sys.stdin.buffer)
        with readable(self._path):
            return Path(self._path).open("rb")

    def _unpacked(self) -> io.BufferedIOBase:
        with readable(self.label):
            magic = self._stored.read(len(_GZIP))
        stream = _joined(magic, self._stored)
        if magic != _GZIP:
            return stream
        return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=stream)), HEAD_BYTES)


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Turn the ways in which reading fails into one InputError each."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{what}：找不到文件，请检查路径 / no such file: check the path") from None
    except IsADirectoryError:
        raise InputError(f"{what}：是文件夹，请给出文件 / a folder: name the files in it") from None
    except PermissionError:
        raise InputError(
            f"{what}：没有读取权限，请用 chmod 或 chown 调整 / no permission to read it"
        ) from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputError(f"{what}：gzip 已损坏或不完整，请重新获取 / broken gzip: fetch it again") from None
    except OSError as error:
        raise InputError(f"{what}：读取失败 / cannot be read: {error.strerror or error}") from None


class JsonLinesSource(ReplayableSource):
    """JSON Lines; the position is the line number. Blank lines are no records."""

    def __init__(self, path: str) -> None:
        """Open `path` (`-` is stdin); raises InputError when it is not there or no text."""
        super().__init__()
        self._input = ByteInput(path)
        self.name = self._input.source_name
        self.total_bytes = self._input.total_bytes
        self.replayable = self._input.replayable
        _refuse_other_formats(self._input.label, self._input.head)

    @property
    def bytes_read(self) -> int:
        """See `Source.bytes_read`."""
        return self._input.bytes_read

    def close(self) -> None:
        """See `Source.close`."""
        super().close()
        self._input.close()

    def _records(self) -> Generator[Record]:
        stream = self._input.from_start()
        position = 0
        while True:
            with readable(f"{self._input.label} 第 {position + 1} 行 / line {position + 1}"):
                line, size = _line(stream)
            if not size:
                return
            self._input.add_read(size)
            position += 1
            raw = line.removeprefix(b"\xef\xbb\xbf") if position == 1 else line
            if size > _LINE_LIMIT:
                yield Record(position, oversized(raw, size))
            elif (raw := raw.rstrip(b"\r\n")) and not raw.isspace():
                yield Record(position, raw)


def _line(stream: io.BufferedIOBase) -> tuple[bytes, int]:
    """The next line (only its head when it is too long) and its full size; size 0 at the end."""
    line = stream.readline(_LINE_LIMIT)
    size = len(line)
    if size < _LINE_LIMIT or line.endswith(b"\n"):
        return line, size
    line = line[:MAX_RAW_BYTES]
    while rest := stream.readline(_LINE_LIMIT):
        size += len(rest)
        if rest.endswith(b"\n"):
            break
    return line, size


def _refuse_other_formats(label: str, head: bytes) -> None:
    for magic, name in _NOT_TEXT.items():
        if head.startswith(magic):
            raise InputError(
                f"{label}：是 {name}，请先解压或转成 JSONL / unpack it or convert it to JSONL first"
            )
    # Its quotes too, because a damaged first line is one dead letter, not the end of the file.
    if head.startswith(_UTF16) and (b'"\0' in head or b'\0"' in head):
        raise InputError(f"{label}：是 UTF-16，请转码 / UTF-16: convert it, iconv -f UTF-16 -t UTF-8")
