"""Where records come from: files, tables and the local log of the HTTP ingest."""

from __future__ import annotations

from pathlib import Path

from streams.sources.base import Source
from streams.sources.files import STDIN, JsonLinesSource

_TABLES = (".csv", ".tsv")
_WORKBOOKS = (".xlsx", ".xlsm")
_LINES = (".jsonl", ".ndjson", ".json")


def open_source(path: str, mapping: Path | None = None) -> Source:
    """The source for a file by its name, gzip or not; `-` is stdin.

    JSON Lines unless the name says CSV or XLSX, or it says nothing and there is a
    mapping, which only tables have. Raises InputError when it cannot be read.
    """
    name = path.lower().removesuffix(".gz")
    if name.endswith(_LINES) or (mapping is None and not name.endswith(_TABLES + _WORKBOOKS)):
        return JsonLinesSource(path)
    # Imported here because openpyxl takes a tenth of a second that no other command should wait.
    from streams.sources.mapping import load_mapping  # noqa: PLC0415
    from streams.sources.tabular import CsvSource, XlsxSource  # noqa: PLC0415

    table = load_mapping(mapping) if mapping else None
    if path != STDIN and name.endswith(_WORKBOOKS):
        return XlsxSource(path, table)
    return CsvSource(path, table)
