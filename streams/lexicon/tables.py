"""`synonyms.yaml` and `answers.yaml`: lists of phrases under a name."""

from __future__ import annotations

from importlib.resources.abc import Traversable

import yaml

from processors.answer_lexicon import AnswerCues, bare_of, fold
from streams.lexicon.cues import Entry, Lexicon
from streams.lexicon.sheet import Item, Sheet, Word, line_of, way

SYNONYM_GROUPS = ("forms", "concepts")
ASKS, PARTICLES, INTENTS = "asks", "particles", "fallback_intents"
ASK_KINDS = ("when", "where", "how", "why", "price", "which", "what")
SIGNS = ("accept_signs", "reject_signs")
BOT = (
    *("lost", "pointer", "stall", "hold", "hello", "bye", "filler"),
    *("clarify", "offer", "transfer", "agree", "correct"),
)
"""Lists of what a bot or an agent says; the others are of what customers say."""
_LISTS = tuple(AnswerCues.__struct_fields__)


def read_synonyms(file: Traversable) -> Lexicon:
    """Wordings by group (`forms`, `concepts`) and meaning; a meaning is a wording of itself."""
    sheet = Sheet(file)
    entries: dict[str, Entry] = {}
    for group in sheet.top():
        if group.key not in SYNONYM_GROUPS:
            sheet.refuse(
                group.line,
                group.key,
                "不可用 · unknown key",
                f"可用 · use one of {', '.join(SYNONYM_GROUPS)}",
            )
            continue
        for meaning in sheet.items(group.node, group.key):
            own = Word(meaning.key, meaning.line)
            for word in (own, *sheet.texts(meaning.node, way(group.key, meaning.key))):
                entry = Entry(word.text, group.key, meaning.key, 1.0, word.line)
                _put_once(sheet, entries, entry)
    return Lexicon(sheet.name, list(entries.values()), sheet.problems)


def _put_once(sheet: Sheet, entries: dict[str, Entry], entry: Entry) -> None:
    known = entries.setdefault(entry.wording, entry)
    if (known.label, known.group) != (entry.label, entry.group):
        sheet.refuse(
            entry.line,
            entry.key,
            f"{entry.wording!r} 重复 · stands in {known.key} too (line {known.line})",
            "只留一处 · keep one",
        )


def read_answers(file: Traversable) -> Lexicon:
    """Phrases by list; those of `asks` by kind, and `particles` character by character."""
    sheet = Sheet(file)
    entries: list[Entry] = []
    for item in sheet.top():
        if item.key == ASKS:
            for kind in sheet.items(item.node, ASKS):
                entries += _phrases(sheet, kind, ASKS, kind.key)
        elif item.key == PARTICLES:
            entries += _particles(sheet, item)
        else:
            entries += _phrases(sheet, item, item.key, "")
    return Lexicon(sheet.name, entries, sheet.problems)


def _phrases(sheet: Sheet, item: Item, name: str, kind: str) -> list[Entry]:
    known, named = (ASK_KINDS, kind) if name == ASKS else (_LISTS, name)
    if named not in known:
        sheet.refuse(
            item.line, way(name, kind), "不可用 · unknown key", f"可用 · use one of {', '.join(known)}"
        )
        return []
    words = sheet.texts(item.node, way(name, kind))
    return [Entry(phrase_key(name, word.text), name, kind, 1.0, word.line) for word in words]


def _particles(sheet: Sheet, item: Item) -> list[Entry]:
    if not isinstance(item.node, yaml.ScalarNode) or not item.node.value:
        sheet.refuse(
            line_of(item.node),
            PARTICLES,
            "应为文字 · must be text",
            "连着写 · write them without blanks: 哈呗",
        )
        return []
    return [Entry(letter, PARTICLES, "", 1.0, item.line) for letter in "".join(item.node.value.split())]


def phrase_key(name: str, phrase: str) -> str:
    """A phrase of the list `name` as it is compared: width, case and marks do not count."""
    if name in SIGNS:
        return fold(phrase)
    # An intent is a name, not a text; a phrase of marks alone stays what it is, to be found by the check.
    return phrase.lower() if name == INTENTS else bare_of(phrase) or phrase


def side(name: str) -> str:
    """Lists of one side are read against the same texts: there a trainer's own file has the last word."""
    if name in (ASKS, PARTICLES, INTENTS):
        return name
    return "bot" if name in BOT else "customer"
