"""`taxonomy`: a trainer's own words, checked and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from processors.language_model import GUARD, TOPICS
from streams.commands.layouts import problem_layout, taxonomy_layout
from streams.commands.options import folder_argument, format_option
from streams.errors import KefuError
from streams.lexicon.check import Checked, check_folder
from streams.lexicon.cues import Entry, read_family
from streams.lexicon.folder import layers, packaged
from streams.lexicon.problems import ERROR, Problem, refuse_first
from streams.output import choose_format, emit, say
from streams.settings import load_settings

TAXONOMY_COLUMNS = ("topic", "subtopic", "packaged", "own")


@click.group(epilog="例 example:  kefu-pulse taxonomy check 自有词库")
def taxonomy() -> None:
    """自有词库：检查、查看 · A trainer's own words: check and show them."""


@taxonomy.command(epilog="例 example:  kefu-pulse taxonomy check 自有词库")
@folder_argument
@format_option()
def check(folder: Path | None, fmt: str | None) -> None:
    """检查自有词库，列出全部问题 · Check a folder of own words and list every problem."""
    checked = _checked(folder or load_settings().language)
    errors = sum(problem.level == ERROR for problem in checked.problems)
    rows = (problem._asdict() for problem in checked.problems)
    emit(rows, Problem._fields, choose_format(fmt), problem_layout)
    warnings = len(checked.problems) - errors
    say(
        f"{checked.files} 个文件，{checked.wordings} 个说法，{checked.second_level} 个二级主题；"
        f"{errors} 处错误，{warnings} 处提醒 · {checked.files} files, {checked.wordings} wordings, "
        f"{checked.second_level} second-level topics; errors {errors}, warnings {warnings}"
    )
    if errors:
        raise KefuError("有错误的词库不会启用，照 advice 改好再查 · not usable: do what the advice says")


def _checked(folder: Path | None) -> Checked:
    if folder is None:
        say("没有自有词库，查的是自带的，只报错误 · no own folder: packaged files, errors only")
        found = check_folder(packaged(), None)
        return found._replace(problems=[one for one in found.problems if one.level == ERROR])
    own = layers(folder)[-1]
    return check_folder(own, None if folder.resolve() == Path(str(packaged())).resolve() else packaged())


@taxonomy.command(epilog="例 example:  kefu-pulse taxonomy show 自有词库 --format csv")
@folder_argument
@format_option()
def show(folder: Path | None, fmt: str | None) -> None:
    """列出两级主题和各有多少说法 · List the two levels of topics with their wordings."""
    rows = _levels(folder or load_settings().language)
    emit(rows, TAXONOMY_COLUMNS, choose_format(fmt), taxonomy_layout)


def _levels(folder: Path | None) -> list[dict[str, Any]]:
    """A row a second-level topic; a packaged wording that the own file also has counts as its own."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    own = _topics(folder) if folder else []
    replaced = {entry.wording for entry in own}
    kept = [entry for entry in _topics(None) if entry.wording not in replaced]
    for column, entries in (("packaged", kept), ("own", own)):
        for entry in entries:
            if entry.label != GUARD:
                row = counts.setdefault((entry.label, entry.group), {"packaged": 0, "own": 0})
                row[column] += 1
    ranked = sorted(counts, key=lambda level: TOPICS.index(level[0]))
    return [{"topic": topic, "subtopic": group, **counts[topic, group]} for topic, group in ranked]


def _topics(folder: Path | None) -> list[Entry]:
    """What the topics of a folder, or the packaged ones, say; InputError when they are broken."""
    lexicon = read_family(layers(folder)[-1] / "topics.yaml", "topics")
    refuse_first(lexicon.problems)
    return lexicon.entries
