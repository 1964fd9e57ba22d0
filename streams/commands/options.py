"""Options that several commands have; importing them loads nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from streams.output import FORMATS

Function = TypeVar("Function", bound=Callable[..., Any])


def warehouse_option(function: Function) -> Function:
    """`--warehouse`, on every command that reads or writes data."""
    return click.option(
        "--warehouse",
        metavar="DIR|URL",
        help="数据所在：文件夹或 ClickHouse 地址 · folder or http(s)://user:password@host:8123/database"
        " [env KEFU_PULSE_WAREHOUSE, default ./data]",
    )(function)


def kafka_option(function: Function) -> Function:
    """`--kafka`, on every command that speaks to the brokers."""
    return click.option(
        "--kafka",
        metavar="HOST:PORT,…",
        help="Kafka 地址 · brokers, several with commas between [env KEFU_PULSE_KAFKA]",
    )(function)


def mapping_option(function: Function) -> Function:
    """`--mapping`, on every command that reads tables."""
    return click.option(
        "--mapping",
        type=click.Path(dir_okay=False, path_type=Path),
        help="CSV/XLSX 列对应表 · YAML column mapping",
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


def folder_argument(function: Function) -> Function:
    """An optional folder of a trainer's own words; that of KEFU_PULSE_LANGUAGE by default."""
    return click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[FOLDER]")(
        function
    )
