"""The documentation says what the product does: commands, settings, reasons, tests and links are checked."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from processors.events import AnyEvent, Event
from streams.cli import cli
from streams.codec import REASONS, decode
from streams.settings import SETTINGS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
EVERYTHING = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(KEFU_PULSE_\w+)`", read("docs/settings.md"), re.MULTILINE))
    assert documented == {setting.env for setting in SETTINGS}
    for setting in SETTINGS:
        if setting.default:
            assert f"`{setting.default}`" in read("docs/settings.md"), setting.env


def test_every_reason_of_dead_letters_is_documented_and_no_other() -> None:
    section = read("docs/events.md").split("## 死信")[1].split("## HTTP")[0]
    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == set(REASONS)


def test_every_command_is_documented_and_every_documented_command_exists() -> None:
    named = set(re.findall(r"kefu-pulse ([a-z]+)", EVERYTHING))
    commands = set(cli.list_commands(None))  # type: ignore[arg-type]
    assert commands <= named, commands - named
    words = {"is", "quality", "kills", "needs", "on"}
    assert named - words <= commands, named - words - commands


def test_every_field_of_events_is_documented() -> None:
    page = read("docs/events.md")
    for event in AnyEvent.__args__:
        assert issubclass(event, Event)
        for field in msgspec.structs.fields(event):
            assert f"`{field.name}`" in page, (event.__name__, field.name)


def test_the_example_events_are_events() -> None:
    example = read("docs/events.md").split("```json\n")[1].split("```")[0]
    lines = example.strip().splitlines()
    assert len(lines) == 6
    for position, line in enumerate(lines, 1):
        assert isinstance(decode(line.encode(), position), Event), line


def test_each_guarantee_names_a_test_that_exists() -> None:
    rows = re.findall(r"\| `(tests/[\w/]+\.py)(?:::(\w+))?` \|$", read("docs/guarantees.md"), re.MULTILINE)
    assert len(rows) >= 15
    for file, name in rows:
        assert (ROOT / file).is_file(), file
        assert f"def {name}" in read(file), (file, name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_the_makefile_has_the_targets_that_the_pages_name() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", EVERYTHING)) <= targets
