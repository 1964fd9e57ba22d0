"""A trainer's own files: every problem is found, the answers can be overridden, the levels are counted."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from processors.answers import AnswerReader
from processors.reply_words import ANSWER, LOST
from streams.answer_cues import load_answer_cues
from streams.cli import _run
from streams.errors import InputError
from streams.language import load_language
from streams.lexicon.check import check_folder
from streams.lexicon.folder import READERS, packaged
from streams.lexicon.problems import ERROR
from streams.synonyms import load_synonyms

NOT_UNDERSTOOD = "小客还在上学呢"


def write(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    return folder


def found(folder: Path) -> list[tuple[str, str, int | None, str]]:
    """(level, file, line, key) of each problem."""
    problems = check_folder(folder, packaged()).problems
    return [(p.level, Path(p.file).name, p.line, p.key) for p in problems]


def words(folder: Path) -> str:
    return "\n".join(problem.in_words() for problem in check_folder(folder, packaged()).problems)


# --- answers ---------------------------------------------------------------------------------


def test_own_answers_go_over_the_packaged_ones(tmp_path: Path) -> None:
    write(tmp_path, answers=f"lost: [{NOT_UNDERSTOOD}]\nfiller: [正在学习]\nfallback_intents: [Dunno]\n")
    before, after = (AnswerReader(load_answer_cues(folder)) for folder in (None, tmp_path))
    assert (before.reply(NOT_UNDERSTOOD).kind, after.reply(NOT_UNDERSTOOD).kind) == (ANSWER, LOST)
    study = "红色在店里正在学习"
    assert (before.reply(study).kind, after.reply(study).kind) == (LOST, ANSWER)
    assert after.reply("红色的有货", intent="DUNNO").kind == LOST


def test_own_answers_change_only_the_side_they_speak_of(tmp_path: Path) -> None:
    write(tmp_path, answers="lost: [自动回复]\nasks:\n  when: [啥时辰]\nparticles: 咧\n")
    packaged_cues, cues = load_answer_cues(), load_answer_cues(tmp_path)
    assert "自动回复" in cues.lost
    assert "自动回复" not in cues.correct
    assert "自动回复" in cues.reject
    assert set(packaged_cues.asks["when"]) < set(cues.asks["when"])
    assert set(cues.particles) == set(packaged_cues.particles) | {"咧"}
    assert packaged_cues.stall == cues.stall


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("lots: [没懂]\n", "line 1: lots:"),
        ("lost: 没懂\n", "list"),
        ("asks:\n  wen: [几时]\n", "line 2: asks / wen:"),
        ("particles: [的]\n", "text"),
        ("lost: [没懂]\nlost: [不懂]\n", "line 2: lost:"),
    ],
)
def test_broken_answers_name_line_key_and_remedy(tmp_path: Path, content: str, says: str) -> None:
    write(tmp_path, answers=content)
    with pytest.raises(InputError) as error:
        load_answer_cues(tmp_path)
    assert says in str(error.value)


# --- check -----------------------------------------------------------------------------------


def test_the_packaged_files_have_no_errors() -> None:
    checked = check_folder(packaged(), None)
    assert [problem for problem in checked.problems if problem.level == ERROR] == []
    assert (checked.files, checked.second_level > 30) == (len(READERS), True)


def test_all_errors_are_reported_with_their_lines_not_only_the_first(tmp_path: Path) -> None:
    write(
        tmp_path,
        topics="shipping:\n  a: 一词\nproduct:\n  a:\n    weight: x\n    word: 二词\n",
        urgency="critical:\n  a:\n    words: >-\n      绒毛过敏\n      暖贴~\n",
        words="word: {}\n",
        synonyms="concepts:\n  甲: [同]\n  乙: [同, 12315]\n",
        answers="lots: [没懂]\n",
        sentiment="negative: {a: 词\n",
    )
    errors = [place[1:] for place in found(tmp_path) if place[0] == ERROR]
    assert errors == [
        ("answers.yaml", 1, "lots"),
        ("sentiment.yaml", 2, ""),
        *[("synonyms.yaml", 3, "concepts / 乙")] * 2,
        ("topics.yaml", 1, "shipping"),
        *[("topics.yaml", line, "product / a") for line in (4, 5, 6)],
        ("urgency.yaml", 5, "critical / a"),
        ("words.yaml", 1, "word"),
    ]


@pytest.mark.parametrize(
    ("files", "place", "says"),
    [
        ({"topic": "product: {a: 词语}\n"}, ("topic.yaml", None, ""), "topics.yaml"),
        ({"topics": "product:\n"}, ("topics.yaml", None, ""), "no wording"),
        (
            {"topics": "logistics:\n  柜: 小蓝柜\nservice:\n  柜: 小蓝柜\n"},
            ("topics.yaml", 4, "service / 柜"),
            "both count",
        ),
        (
            {"topics": "logistics:\n  柜: 小蓝柜\n  箱: 小蓝柜\n"},
            ("topics.yaml", 3, "logistics / 箱"),
            "already",
        ),
        (
            {"topics": "logistics:\n  柜: 小蓝柜\nguard:\n  不算: 小蓝柜\n"},
            ("topics.yaml", 4, "guard / 不算"),
            "guard has no effect",
        ),
        ({"topics": "logistics:\n  柜: 柜\n"}, ("topics.yaml", 2, "logistics / 柜"), "everywhere"),
        ({"words": "words:\n  a: 云朵裤\nstop_words:\n  a: 云朵裤\n"}, None, "means something else"),
        ({"words": "words:\n  a: 柜\n"}, ("words.yaml", 2, "words / a"), "no effect"),
        (
            {"synonyms": "concepts:\n  存放点: [柜]\n"},
            ("synonyms.yaml", 2, "concepts / 存放点"),
            "everywhere",
        ),
        ({"answers": "lost: [额]\n"}, ("answers.yaml", 1, "lost"), "everywhere"),
        ({"answers": "lost: ['……']\n"}, ("answers.yaml", 1, "lost"), "no letter"),
        ({"answers": "accept_whole: [嗯好]\n"}, ("answers.yaml", 1, "accept_whole"), "accept_lead"),
        ({"sentiment": "negative:\n  骂: {weight: 2.6, words: 坑爹}\n"}, None, "says the same"),
        ({"topics": "logistics:\n  a: {weight: 0, words: 小蓝柜}\n"}, None, "counts for nothing"),
        ({"sentiment": "guard:\n  a: 蓝天白云\n"}, ("sentiment.yaml", 2, "guard / a"), "covers no wording"),
        ({"topics": "order:\n  a: 差不\n"}, ("topics.yaml", 2, "order / a"), "inside 差不多"),
    ],
)
def test_what_has_no_effect_or_two_is_a_warning(
    tmp_path: Path, files: Mapping[str, str], place: tuple[str, int | None, str] | None, says: str
) -> None:
    write(tmp_path, **files)
    assert says in words(tmp_path)
    assert len(found(tmp_path)) == 1, words(tmp_path)
    assert place is None or found(tmp_path) == [("warning", *place)]


@pytest.mark.parametrize(
    "files",
    [
        {"topics": "logistics:\n  柜: {weight: 2, words: '小蓝柜 第#柜'}\nguard:\n  非: 小蓝柜子 第三柜门\n"},
        {"sentiment": "guard:\n  品牌名: 坑爹\nbooster:\n  程度: 嘎\n"},
        {"filler": "assent:\n  应: 哎嗨 诺\n", "words": "words:\n  本店: 云朵裤\n"},
        {"synonyms": "concepts:\n  尾款: [后半截]\n", "answers": f"lost: [{NOT_UNDERSTOOD}]\nasks: {{}}\n"},
    ],
)
def test_what_has_an_effect_is_no_problem(tmp_path: Path, files: Mapping[str, str]) -> None:
    write(tmp_path, **files)
    assert words(tmp_path) == ""


def test_what_is_an_error_is_what_the_loaders_refuse(tmp_path: Path) -> None:
    for number, (name, content) in enumerate(
        [
            ("topics", "product: [词]\n"),
            ("words", "words:\n  a: [词]\n"),
            ("synonyms", "concepts:\n  甲意: 词\n"),
            ("answers", "lost: {a: b}\n"),
            ("filler", "- 词\n"),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        write(folder, **{name: content})
        assert [level for level, *_ in found(folder)] == [ERROR], name
        with pytest.raises(InputError, match=name):
            load_language(folder), load_synonyms(folder), load_answer_cues(folder)


def test_wide_and_traditional_spellings_are_the_packaged_word(tmp_path: Path) -> None:
    write(tmp_path, topics="logistics:\n  发货: {weight: 1, words: 發貨}\n")
    entry = READERS["topics.yaml"](tmp_path / "topics.yaml").entries[0]
    assert entry.wording == "发货"


# --- the commands ------------------------------------------------------------------------------


def test_check_prints_rows_a_summary_and_exits_by_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, topics="logistics:\n  驿站: 小蓝柜 柜\n")
    assert _run(["taxonomy", "check", str(tmp_path), "--format", "json"], debug=False) == 0
    said = capsys.readouterr()
    assert [row["level"] for row in json.loads(said.out)] == ["warning"]
    assert "1 files, 2 wordings, 1 second-level topics; errors 0, warnings 1" in said.err
    write(tmp_path, urgency="critcal:\n  a: 词语\n")
    assert _run(["taxonomy", "check", str(tmp_path), "--format", "table"], debug=False) == 1
    said = capsys.readouterr()
    assert "urgency.yaml:1" in said.out
    assert "advice" in said.err.splitlines()[-1]


def test_check_takes_the_folder_of_the_setting_else_the_packaged_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(["taxonomy", "check", "--format", "csv"], debug=False) == 0
    assert "no own folder" in capsys.readouterr().err
    monkeypatch.setitem(os.environ, "KEFU_PULSE_LANGUAGE", str(write(tmp_path, words="wrods: {}\n")))
    assert _run(["taxonomy", "check", "--format", "csv"], debug=False) == 1
    assert "wrods" in capsys.readouterr().out
    assert _run(["taxonomy", "check", str(tmp_path / "none")], debug=False) == 1
    assert "no folder" in capsys.readouterr().err


def test_show_counts_packaged_and_own_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["taxonomy", "show", "--format", "jsonl"], debug=False) == 0
    before = {
        (row["topic"], row["subtopic"]): row for row in map(json.loads, capsys.readouterr().out.splitlines())
    }
    assert sum(row["own"] for row in before.values()) == 0
    packaged_topics = READERS["topics.yaml"](packaged() / "topics.yaml").entries
    word = next(e.wording for e in packaged_topics if (e.label, e.group) == ("logistics", "发货"))
    own = f"logistics:\n  驿站取件: 小蓝柜 爱心驿站\n  发货: {word}\nguard:\n  不算: 蓝柜\n"
    write(tmp_path, topics=own)
    assert _run(["taxonomy", "show", str(tmp_path), "--format", "jsonl"], debug=False) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"topic": "logistics", "subtopic": "驿站取件", "packaged": 0, "own": 2} in rows
    sending = before["logistics", "发货"]["packaged"] - 1
    assert {"topic": "logistics", "subtopic": "发货", "packaged": sending, "own": 1} in rows
    assert len(rows) == len(before) + 1
