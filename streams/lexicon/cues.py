"""The files of the taggers: a label, its groups, their weight and words; and the word lists."""

from __future__ import annotations

import math
from importlib.resources.abc import Traversable
from typing import NamedTuple

import yaml

from processors.language_model import GUARD, LABELS
from processors.normalise import normalise
from streams.lexicon.problems import Problem
from streams.lexicon.sheet import Item, Sheet, Word, line_of, way

WORD_KEYS = ("words", "stop_words")


class Entry(NamedTuple):
    """A wording in the form in which it is matched, and where it stands: label, then group.

    What two entries say differs when their `label`, `group` or `weight` do.
    """

    wording: str
    label: str
    group: str
    weight: float
    line: int

    @property
    def key(self) -> str:
        """Where it stands, as shown."""
        return way(self.label, self.group)


class Lexicon(NamedTuple):
    """One file: its wordings in order, and what is wrong with it."""

    file: str
    entries: list[Entry]
    problems: list[Problem]


def read_family(file: Traversable, family: str) -> Lexicon:
    """The file of one family of cues; empty where a folder does not have it."""
    sheet = Sheet(file)
    entries: list[Entry] = []
    for label in _allowed(sheet, (*LABELS[family], GUARD), "不是可用的标签 · is no label"):
        for group in sheet.items(label.node, label.key):
            where = way(label.key, group.key)
            weight, words = _group(sheet, group, where)
            entries += [
                Entry(text, label.key, group.key, weight, word.line)
                for word in words
                if (text := _cue(sheet, word, where))
            ]
    return Lexicon(sheet.name, entries, sheet.problems)


def read_words(file: Traversable) -> Lexicon:
    """`words.yaml`: words to segment as one, and stop words."""
    sheet = Sheet(file)
    entries: list[Entry] = []
    for key in _allowed(sheet, WORD_KEYS, "unknown key"):
        for group in sheet.items(key.node, key.key):
            where = way(key.key, group.key)
            entries += [
                Entry(text, key.key, group.key, 1.0, word.line)
                for word in sheet.words(group.node, where)
                if (text := _cue(sheet, word, where))
            ]
    return Lexicon(sheet.name, entries, sheet.problems)


def _allowed(sheet: Sheet, names: tuple[str, ...], problem: str) -> list[Item]:
    found = []
    for item in sheet.top():
        if item.key in names:
            found.append(item)
        else:
            sheet.refuse(
                item.line, item.key, f"{problem} {item.key!r}", f"可用 · use one of {', '.join(names)}"
            )
    return found


def _group(sheet: Sheet, group: Item, where: str) -> tuple[float, list[Word]]:
    """A group is its words (weight 1) or a mapping with `weight` and `words`."""
    if not isinstance(group.node, yaml.MappingNode):
        return 1.0, sheet.words(group.node, where)
    weight, words = 1.0, None
    for item in sheet.items(group.node, where):
        if item.key == "weight":
            weight = _weight(sheet, item, where)
        elif item.key == "words":
            words = sheet.words(item.node, where)
        else:
            sheet.refuse(
                item.line, where, f"不认识的键 · unknown key {item.key!r}", "只用 · use weight, words"
            )
    if words is None:
        sheet.refuse(group.line, where, "没有 words · words are missing", "补上 · add words: 词一 词二")
    return weight, words or []


def _weight(sheet: Sheet, item: Item, where: str) -> float:
    try:
        value = yaml.safe_load(str(item.node.value)) if isinstance(item.node, yaml.ScalarNode) else None
    except yaml.YAMLError:
        value = None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    shown = repr(item.node.value) if isinstance(item.node, yaml.ScalarNode) else ""
    sheet.refuse(
        line_of(item.node), where, f"不是数字 · weight {shown} is no number", "写成 · write weight: 1.5"
    )
    return 1.0


def _cue(sheet: Sheet, word: Word, where: str) -> str:
    """The wording as it is matched; empty, and noted, where there is none."""
    text = normalise(word.text).strip()
    if text and text.count("~") <= 1 and all(text.split("~")):
        return text
    sheet.refuse(
        word.line,
        where,
        f"不是词语 · {word.text!r} is no word",
        "删去；两段的词写成 前~后 · remove it, or write two parts as 前~后",
    )
    return ""
