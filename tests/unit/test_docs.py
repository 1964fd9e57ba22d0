"""The documentation says what the product does: what a page lists, shows and types is checked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from processors.answers import AnswerCues
from processors.conversation import Conversation
from processors.events import AnyEvent, Bot, Event
from processors.explain import Reason
from processors.facts import FactBuilder
from processors.language_model import LABELS
from processors.pipeline import chat_facts
from processors.redact import LABELS as KINDS
from processors.redact import Redactor
from processors.tags import Tagger
from processors.verdicts import REASONS as UNANSWERED_REASONS
from streams.cli import cli
from streams.codec import REASONS, decode, decode_many
from streams.commands.reasons import says
from streams.event_schema import SCHEMAS
from streams.exchange_weights import load_reader
from streams.language import load_language
from streams.lexicon.tables import ASK_KINDS
from streams.metrics import STAGES, Metrics
from streams.settings import SETTINGS
from streams.tag_weights import load_tag_model
from streams.warehouse.client import Warehouse

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROLES = {"客": "customer", "机": "bot", "人": "agent", "系统": "system"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


EVERYTHING = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def section(page: str, heading: str) -> str:
    """What stands under the heading that begins with `heading`, up to the next of its level."""
    level = len(heading.split(" ", 1)[0])
    _, found, rest = read(page).partition(f"\n{heading}")
    assert found, f"{page} has no heading {heading!r}"
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", read(page), re.MULTILINE | re.DOTALL)


def first_cells(text: str) -> list[str]:
    """The code spans in the first cell of each table row."""
    cells = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


# --- settings, events, reasons -------------------------------------------------------------


def test_every_setting_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(KEFU_PULSE_\w+)` \| ([^|]+) \|", read("docs/settings.md"), re.MULTILINE)
    assert [env for env, _ in rows] == [setting.env for setting in SETTINGS]
    for (env, default), setting in zip(rows, SETTINGS, strict=True):
        assert not setting.default or default.strip() == f"`{setting.default}`", env
    known = {setting.env for setting in SETTINGS} | {f"{setting.env}_FILE" for setting in SETTINGS}
    named = set(re.findall(r"KEFU_PULSE_[A-Z_]+[A-Z]", EVERYTHING))
    assert named <= known | {"KEFU_PULSE_DATA"}


def test_every_reason_of_dead_letters_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section("docs/events.md", "## 死信"), re.MULTILINE)
    assert sorted(rows) == sorted(REASONS)


def test_every_field_of_events_is_documented_where_it_is_and_no_other() -> None:
    common = set(first_cells(section("docs/events.md", "### 每个事件")))
    assert common == {*Event.__struct_fields__, "type"}
    for kind, schema in SCHEMAS.items():
        text = section("docs/events.md", f"### `{kind}`")
        own = {name for name in first_cells(text) if not name.startswith("bot.")}
        assert own == schema.names - common, kind
        required = set(re.findall(r"^\| `([\w.]+)` \| 必填", text, re.MULTILINE))
        assert required == set(schema.required) - common, kind
    bot = {name[4:] for name in first_cells(section("docs/events.md", "### `chat.message`")) if "." in name}
    assert bot == set(Bot.__struct_fields__)


def test_the_example_events_are_events_of_every_type() -> None:
    lines = blocks("docs/events.md", "json")[0].splitlines()
    events = [decode(line.encode(), position) for position, line in enumerate(lines, 1)]
    assert {type(event) for event in events} == set(AnyEvent.__args__)


def test_the_examples_of_refused_records_are_refused_for_that_reason() -> None:
    examples = re.findall(
        r"^\| `(\w+)` \|.*\| `([^`|]+)` \|$", section("docs/events.md", "## 死信"), re.MULTILINE
    )
    assert len(examples) >= 6
    whole = json.loads(blocks("docs/events.md", "json")[0].splitlines()[0])
    for reason, example in examples:
        raw = example.replace("{…, ", json.dumps(whole)[:-1] + ", ")
        letter = decode(raw.encode(), 1)
        assert getattr(letter, "reason", "taken") == reason, example


def test_every_kind_of_personal_data_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| \[(\S+)#", section("docs/events.md", "## 个人信息"), re.MULTILINE)
    assert dict(rows) == KINDS


# --- unanswered questions --------------------------------------------------------------------


def told(cell: str) -> Iterator[dict[str, Any]]:
    """The events of a dialogue in a table cell: `客：…<br>（200 秒后）机：…（置信度 0.3）`, 10 s apart."""
    at, bot = 1_793_600_000_000, ""
    for number, line in enumerate(cell.split("<br>"), 1):
        found = re.fullmatch(r"(?:（(\d+) 秒后）)?(\w+)：(.*?)(?:（置信度 ([\d.]+)）)?", line)
        assert found, line
        wait, role, text, confidence = found.groups()
        at += int(wait or 10) * 1000
        event = {"event_id": str(number), "occurred_at": at, "shop_id": "s", "channel": "web"}
        event |= {"conversation_id": "c"}
        if role in ("评分", "点踩"):
            about = {"score": 0, "scale_max": 1, "about_event_id": bot} if role == "点踩" else {}
            yield {"type": "rating", **event, **(about or {"score": int(text[0]), "scale_max": 5})}
        elif role == "转接":
            yield {"type": "chat.status", **event, "status": "handoff"}
        else:
            bot = str(number) if role == "机" else bot
            shown = {"bot": {"confidence": float(confidence)}} if confidence else {}
            yield {"type": "chat.message", **event, "sender": ROLES[role], "text": text, **shown}


@pytest.fixture(scope="module")
def judge() -> Any:
    """Judges the first question of a dialogue: (state, reasons, evidence by reason)."""
    builder = FactBuilder(Redactor(b"docs"), Tagger(load_language(), load_tag_model()))
    reader = load_reader()

    def judged(cell: str) -> tuple[str, dict[str, list[str]]]:
        raws = [json.dumps(event).encode() for event in told(cell)]
        decoded = decode_many(enumerate(raws))
        assert not decoded.dead
        conversation = Conversation(reader)
        for fact in chat_facts(builder.build("docs", decoded.events, decoded.positions)):
            conversation.on_event(fact)
        turns = [turn for turn in conversation.on_watermark(1 << 60).turns if not turn.is_deleted]
        return (turns[0].state, turns[0].evidence) if turns else ("none", {})

    return judged


def test_the_reasons_are_documented_in_their_order_and_no_other() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \|", section("docs/unanswered.md", "## 七种原因").split("###")[0], re.MULTILINE
    )
    assert tuple(rows) == UNANSWERED_REASONS


def test_the_example_of_each_reason_is_judged_so(judge: Any) -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (客：[^|]+) \| ([\d、]+) \|$", read("docs/unanswered.md"), re.MULTILINE
    )
    assert {reason for reason, _, _ in rows} == set(UNANSWERED_REASONS)
    for reason, cell, evidence in rows:
        assert judge(cell) == ("unanswered", {reason: evidence.split("、")}), cell


def test_the_examples_of_no_reason_are_judged_so(judge: Any) -> None:
    rows = re.findall(r"^\| (答上了|不算问题) \| (客：[^|]+) \|", read("docs/unanswered.md"), re.MULTILINE)
    assert len(rows) >= 6
    for word, cell in rows:
        assert judge(cell) == ("answered" if word == "答上了" else "none", {}), cell


# --- commands --------------------------------------------------------------------------------


def commands(group: click.Group = cli, prefix: str = "kefu-pulse") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{prefix} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")


COMMANDS = dict(commands())


def test_every_command_is_documented_and_no_other() -> None:
    headings = re.findall(r"^## (kefu-pulse .+)$", read("docs/cli.md"), re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)
    named = set(re.findall(r"(?:`|^\$ |\| )kefu-pulse ([a-z]+)", EVERYTHING, re.MULTILINE))
    assert named <= {name.split()[1] for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_no_other(name: str) -> None:
    params = COMMANDS[name].params
    text = re.split(rf"^## {name}$", read("docs/cli.md"), flags=re.MULTILINE)[1].split("\n## ")[0]
    shown = set(first_cells(text))
    options = {p.opts[-1] for p in params if isinstance(p, click.Option)}
    arguments = {(p.metavar or p.name or "").upper().strip("[]") for p in params} - {""}
    assert {word for word in shown if word.startswith("--")} == options
    assert {word for word in shown if not word.startswith("--")} <= arguments
    assert len(shown) == len(params)


def shown(page: str, heading: str | None = None) -> Iterator[tuple[str, str]]:
    """Commands of the console blocks of a page (or section) and what it shows below each."""
    text = section(page, heading) if heading else read(page)
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)


def check(commands: Iterator[tuple[str, str]], folder: Path) -> None:
    """Type the commands in `folder`; `…` stands for what differs or is left out."""
    for command, expected in commands:
        wanted = ".*".join(re.escape(part) for part in expected.rstrip("\n").split("…"))
        printed = typed(command, folder)
        assert re.fullmatch(wanted, printed), f"{command}\n{printed}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "example", "file"),
    [
        ("docs/cli.md", "docs/events.md", "events.jsonl"),
        ("docs/unanswered.md", "docs/unanswered.md", "chats.jsonl"),
    ],
)
def test_the_commands_print_what_the_page_shows(page: str, example: str, file: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(blocks(example, "json")[0], encoding="utf-8")
    check(shown(page), tmp_path)


def typed(command: str, folder: Path) -> str:
    """What a shell prints for `command`, errors and words included."""
    script = f'exec 2>&1; kefu-pulse() {{ "{sys.executable}" -m streams.cli "$@"; }}; {command}'
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    return done.stdout.rstrip("\n")


# --- the trainer's own words, queries ----------------------------------------------------------


def test_the_trainers_own_words_do_what_the_handbook_says(tmp_path: Path) -> None:
    page, heading = "docs/trainer-handbook.md", "## 自己的词"
    files = re.findall(
        r"^`自有词库/(\w+\.yaml)`\n\n```yaml\n(.*?)^```", section(page, heading), re.MULTILINE | re.DOTALL
    )
    assert len(files) == 5
    (tmp_path / "自有词库").mkdir()
    for name, content in files:
        (tmp_path / "自有词库" / name).write_text(content, encoding="utf-8")
    (tmp_path / "mine.jsonl").write_text(blocks(page, "json")[0], encoding="utf-8")
    check(shown(page, heading), tmp_path)


def test_each_kind_of_reason_is_explained_and_no_other() -> None:
    text = section("docs/trainer-handbook.md", "## 为什么是这个标签")
    named = first_cells(text)
    reasons = [Reason("wording", "打开", 1.0, ()), Reason("lexicon", "topics/logistics", 1.0, ("小蓝柜",))]
    reasons += [
        Reason("reading", "length", 1.0, ()),
        Reason("rule", "calm", 1.0, ()),
        Reason("base", "", 1.0, ()),
    ]
    assert [says(reason).split()[0] for reason in reasons] == named
    assert f"`{says(reasons[1])}`" in text


def test_the_labels_that_own_words_may_have_are_listed_and_no_other() -> None:
    listed = re.findall(
        r"^\| `(\w+)\.yaml` [^|]+\| ([^|]+) \|$", read("docs/trainer-handbook.md"), re.MULTILINE
    )
    labels = {name: tuple(re.findall(r"`(\w+)`", cell)) for name, cell in listed}
    own = {"words": ("words", "stop_words"), "synonyms": ("forms", "concepts")}
    assert labels == {name: (*names, "guard") for name, names in LABELS.items()} | own


def test_the_lists_of_answers_are_listed_and_no_other() -> None:
    text = section("docs/trainer-handbook.md", "## 自己的词").partition("`answers.yaml` 判断")[2]
    named = re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| [^|]+ \| (.+) \|$", text, re.MULTILINE)))
    assert sorted(named) == sorted((*AnswerCues.__struct_fields__, *ASK_KINDS))


def test_the_queries_on_the_pages_run(warehouse: Warehouse) -> None:
    reader = warehouse.reader()
    found = re.findall(r'^\$ kefu-pulse query "(SELECT[^"]+)"', EVERYTHING, re.MULTILINE)
    found += [block for page in PAGES for block in blocks(str(page.relative_to(ROOT)), "sql")]
    assert len(found) >= 6
    for sql in found:
        reader.query(sql.strip())
    reader.close()


# --- metrics, guarantees, links ----------------------------------------------------------------


def test_every_metric_has_its_line_in_the_runbook() -> None:
    rows = set(re.findall(r"^\| `(kefu_pulse_\w+)", read("docs/operations.md"), re.MULTILINE))
    metrics = {
        metric.name + ("_total" if metric.type == "counter" else "")
        for metric in Metrics().registry.collect()
    }
    assert rows == metrics
    assert all(f"`{stage}`" in read("docs/operations.md") for stage in STAGES)


def test_each_guarantee_names_tests_that_exist() -> None:
    table = section("docs/guarantees.md", "## 承诺")
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 20
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row.split("|")[-2])
        assert named, row
        for file, name in named:
            assert f"def {name}(" in read(file), (file, name)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http:", "https:")):
            file, _, anchor = target.partition("#")
            other = (page.parent / file) if file else page
            assert other.exists(), target
            assert not anchor or anchor in anchors(other), target


def test_the_makefile_has_the_targets_that_the_pages_name() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^\$ )make ([a-z-]+)", EVERYTHING, re.MULTILINE)) <= targets


def test_pages_name_no_place_of_one_machine() -> None:
    for page in PAGES:
        assert not re.search(
            r"\.\./shared|/work/|/root/|/tmp/(?!kefu-pulse)", page.read_text(encoding="utf-8")
        ), page
