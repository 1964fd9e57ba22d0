"""What commands share: options, input lines, and the parts they are composed of."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import click
import msgspec

from processors.answers import AnswerReader
from processors.facts import FactBuilder
from processors.pipeline import Pipeline
from processors.redact import Redactor
from processors.tags import Tagger
from streams.answer_cues import load_answer_cues
from streams.errors import InputError
from streams.language import load_language
from streams.output import FORMATS, say
from streams.runtimes.embedded import Parts
from streams.settings import Settings

Function = TypeVar("Function", bound=Callable[..., Any])
CHUNK_LINES = 2_000
GZIP_MAGIC = b"\x1f\x8b"


def warehouse_option(function: Function) -> Function:
    """`--warehouse`, on every command that reads or writes data."""
    return click.option(
        "--warehouse",
        metavar="DIR|URL",
        help="数据所在：文件夹或 ClickHouse 地址 · folder or http(s)://user:password@host:8123/database"
        " [env KEFU_PULSE_WAREHOUSE, default ./data]",
    )(function)


def format_option(*more: str) -> Callable[[Function], Function]:
    """`--format`: table on a terminal, jsonl in a pipe, and `more` where a command has it."""
    return click.option(
        "--format",
        "fmt",
        type=click.Choice([*FORMATS, *more]),
        help="输出格式；终端默认 table，管道默认 jsonl · default: table on a terminal, jsonl in a pipe",
    )


def file_argument(function: Function) -> Function:
    """An optional input file; stdin by default."""
    return click.argument("file", required=False, default="-", metavar="[FILE]")(function)


def build_redactor(settings: Settings) -> Redactor:
    """The redactor with this installation's key."""
    return Redactor(settings.redaction_key)


def build_parts(settings: Settings) -> Parts:
    """The pure parts, composed from packaged and the trainer's own language files."""
    redactor = build_redactor(settings)
    builder = FactBuilder(redactor, Tagger(load_language(settings.language)))
    pipeline = Pipeline(AnswerReader(load_answer_cues()), settings.no_reply_ms)
    return Parts(redactor, builder, pipeline)


def input_lines(file: str) -> Iterator[list[tuple[int, bytes]]]:
    """Chunks of (line number, line) of a file, gzip or not, or stdin; blank lines are left out.

    Raises InputError when the file cannot be read.
    """
    try:
        with _open(file) as stream:
            lines = ((number, line) for number, line in enumerate(stream, 1) if line.strip())
            while chunk := list(islice(lines, CHUNK_LINES)):
                yield chunk
    except (OSError, EOFError) as error:
        raise InputError(f"{file}: cannot be read ({error}); check the path") from error


def _open(file: str) -> IO[bytes]:
    if file == "-":
        return sys.stdin.buffer
    with Path(file).open("rb") as probe:
        packed = probe.read(2) == GZIP_MAGIC
    return cast(IO[bytes], gzip.open(file)) if packed else Path(file).open("rb")


def text_lines(file: str) -> Iterator[list[dict[str, Any]]]:
    """Chunks of `{"text": …}` objects; a line that is none is named on stderr and left out."""
    for chunk in input_lines(file):
        yield [item for number, line in chunk if (item := _text_object(number, line)) is not None]


def _text_object(number: int, line: bytes) -> dict[str, Any] | None:
    try:
        item = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        item = None
    if isinstance(item, dict) and isinstance(item.get("text"), str):
        return item
    say(f'第 {number} 行不是 {{"text": …}} · line {number} is no JSON object with a "text"; left out')
    return None
