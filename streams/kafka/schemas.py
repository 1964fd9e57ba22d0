"""JSON Schemas of what the topics hold, written to docs/schemas: `python -m streams.kafka.schemas`."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from processors.events import AnyEvent
from processors.records import (
    EVENT_SCHEMA,
    SCHEMA_NAMES,
    DeadLetterRecord,
    TagRecord,
    UnansweredRecord,
)

FOLDER: Final = Path(__file__).parents[2] / "docs" / "schemas"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final[Mapping[str, Any]] = {
    EVENT_SCHEMA: AnyEvent,
    **{SCHEMA_NAMES[record]: record for record in (TagRecord, UnansweredRecord, DeadLetterRecord)},
}
_ABOUT: Final[Mapping[str, str]] = {
    EVENT_SCHEMA: (
        "An event as kefu-pulse sends it. What it takes in besides is in docs/events.md: RFC 3339 times, "
        "null for absent, unknown fields, numbers as texts."
    )
}


def file_name(schema: str) -> str:
    """The file of a schema: `event-1.json` for `kefu-pulse.event/1`."""
    return schema.removeprefix("kefu-pulse.").replace("/", "-") + ".json"


def schemas() -> dict[str, str]:
    """The text of each schema by its file name."""
    return {file_name(name): _text(name, kind) for name, kind in _TYPES.items()}


def _text(name: str, kind: Any) -> str:
    about = {"description": _ABOUT[name]} if name in _ABOUT else {}
    document = {"$schema": _DIALECT, "title": name, **about, **_clean(msgspec.json.schema(kind))}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _clean(node: Any) -> Any:
    """`node` with the indentation of docstrings, which differs between versions of Python, taken out."""
    if isinstance(node, dict):
        return {key: _clean(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_clean(value) for value in node]
    return inspect.cleandoc(node) if isinstance(node, str) else node


def write(folder: Path) -> None:
    """Write all schemas into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER)
