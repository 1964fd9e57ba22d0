"""Looks through a trainer's files: what cannot be used, and what can but does not do what it seems to.

An error is what a loader refuses; the rest are warnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from typing import NamedTuple

from processors.language_model import GUARD, LABELS
from streams.answer_cues import places
from streams.lexicon.cues import Entry, Lexicon
from streams.lexicon.folder import ANSWERS_FILE, READERS, SYNONYMS_FILE, WORDS_FILE
from streams.lexicon.guards import guard_problems
from streams.lexicon.problems import WARNING, Problem
from streams.lexicon.tables import ASKS, BOT, INTENTS, PARTICLES, SIGNS, side

_IN_TEXT = {*BOT, "accept_any", "accept_lead", "reject", "fail", "human", "insist", "doubt"} - {"filler"}
"""Lists of answers whose phrases are looked for anywhere; the others must be a whole clause."""
_SHORT_IS_NORMAL = {("sentiment", "negator"), ("sentiment", "booster"), ("sentiment", "softener")}


class Checked(NamedTuple):
    """What `check_folder` found: the files read, the wordings and second-level topics in them."""

    problems: list[Problem]
    files: int
    wordings: int
    second_level: int


def check_folder(folder: Traversable, base: Traversable | None) -> Checked:
    """All problems of the files in `folder`, which go over those in `base`, by file and line."""
    names = sorted(file.name for file in folder.iterdir() if file.is_file())
    read = {name: READERS[name](folder / name) for name in READERS if name in names}
    problems = list(_unknown(folder, names)) if base else []
    for name, own in read.items():
        problems += own.problems
        problems += _doubtful(name, own, READERS[name](base / name).entries if base else [])
    problems.sort(key=lambda problem: (problem.file, problem.line or 0))
    topics = read["topics.yaml"].entries if "topics.yaml" in read else []
    second = {(entry.label, entry.group) for entry in topics if entry.label != GUARD}
    return Checked(problems, len(read), sum(len(own.entries) for own in read.values()), len(second))


def _unknown(folder: Traversable, names: Iterable[str]) -> Iterator[Problem]:
    for name in names:
        if name.endswith((".yaml", ".yml")) and name not in READERS:
            near = get_close_matches(f"{name.rsplit('.', 1)[0]}.yaml", READERS, 1)
            known = f"可用的文件名 · names that are read: {', '.join(READERS)}"
            advice = f"改名为 · rename it to {near[0]}" if near else known
            yield Problem(
                WARNING, str(folder / name), None, "", "不认识的文件名，没有作用 · is not read", advice
            )


def _doubtful(name: str, own: Lexicon, below: list[Entry]) -> Iterator[Problem]:
    yield from _empty(own)
    yield from _two_places(name, own)
    yield from _short(name, own)
    yield from _same_as_packaged(name, own, below)
    if name == ANSWERS_FILE:
        yield from _marks_only(own)
        yield from _left_out(own, below)
    if name.removesuffix(".yaml") in LABELS:
        yield from _weightless(own)
        yield from guard_problems(own, below)


def warning(own: Lexicon, entry: Entry, problem: str, advice: str) -> Problem:
    """A warning about one wording."""
    return Problem(WARNING, own.file, entry.line, entry.key, f"{entry.wording!r} {problem}", advice)


def _empty(own: Lexicon) -> Iterator[Problem]:
    if not own.entries and not own.problems:
        yield Problem(
            WARNING, own.file, None, "", "没有一个词 · holds no wording", "写上词，或删去 · fill or delete it"
        )


def _two_places(name: str, own: Lexicon) -> Iterator[Problem]:
    """The same wording again: twice the same is one, two meanings are told."""
    seen: dict[tuple[str, str], list[Entry]] = {}
    for entry in own.entries:
        seen.setdefault((_scope(name, entry), entry.wording), []).append(entry)
    for entries in seen.values():
        for entry in entries[1:]:
            yield _again(name, own, entries[0], entry)


def _again(name: str, own: Lexicon, first: Entry, entry: Entry) -> Problem:
    where = f"{first.key} (line {first.line})"
    guarded = GUARD in (first.label, entry.label) and first.label != entry.label
    if guarded and name != ANSWERS_FILE:
        return warning(
            own,
            entry,
            f"既在 guard 又在别处，guard 不起作用 · also stands in {where}: guard has no effect",
            "只留一处 · keep one",
        )
    if first.label == entry.label and (first.group == entry.group or entry.label != ASKS):
        return warning(
            own, entry, f"写了两次，只算前一次 · stands in {where} already", "删去这一处 · remove this one"
        )
    return warning(
        own,
        entry,
        f"有两个意思，两处都算 · means something else in {where}, both count",
        "若非有意，只留一处 · keep one unless you mean both",
    )


def _scope(name: str, entry: Entry) -> str:
    """Within a scope one wording should stand once; the sides of a conversation say the same words."""
    return side(entry.label) if name == ANSWERS_FILE else ""


def _short(name: str, own: Lexicon) -> Iterator[Problem]:
    """One character is found in words that mean something else."""
    for entry in own.entries:
        if len(entry.wording) == 1 and _matters(name, entry):
            if name == WORDS_FILE:
                found, advice = "单个字没有作用 · one character has no effect", "删去 · remove it"
            else:
                found = "只有一个字，到处都会碰上 · one character is found everywhere"
                advice = "写长一点，如前后各带一字 · write more of it"
            yield warning(own, entry, found, advice)


def _matters(name: str, entry: Entry) -> bool:
    if name == ANSWERS_FILE:
        return entry.label in _IN_TEXT
    family = name.removesuffix(".yaml")
    return family != "filler" and (family, entry.label) not in _SHORT_IS_NORMAL


def _same_as_packaged(name: str, own: Lexicon, below: list[Entry]) -> Iterator[Problem]:
    known = {_meaning(name, entry) for entry in below}
    lost = {place for place, _ in _lost(own, below)} if name == ANSWERS_FILE else set()
    for entry in own.entries:
        # A synonym's own name is written to say where the others belong.
        heading = name == SYNONYMS_FILE and entry.wording == entry.group
        effective = heading or entry.label == PARTICLES or (side(entry.label), entry.wording) in lost
        if _meaning(name, entry) in known and not effective:
            yield warning(
                own,
                entry,
                "自带词库已有，没有作用 · the packaged file says the same",
                "可以删去 · may be removed",
            )


def _marks_only(own: Lexicon) -> Iterator[Problem]:
    for entry in own.entries:
        told = entry.label in (*SIGNS, INTENTS, PARTICLES) or any(map(str.isalnum, entry.wording))
        if not told:
            yield warning(own, entry, "只有标点，没有作用 · has no letter: no effect", "删去 · remove it")


def _weightless(own: Lexicon) -> Iterator[Problem]:
    for entry in own.entries:
        if entry.weight == 0 and entry.label != GUARD:
            yield warning(
                own, entry, "weight 为 0，不算分 · counts for nothing", "写在 guard 下 · put it under guard"
            )


def _meaning(name: str, entry: Entry) -> tuple[str, str, str, float]:
    # A group is a second level in topics and a meaning in tables; elsewhere it only names a set of words.
    told = name in ("topics.yaml", SYNONYMS_FILE, ANSWERS_FILE)
    return entry.wording, entry.label, entry.group if told else "", entry.weight


def _left_out(own: Lexicon, below: list[Entry]) -> Iterator[Problem]:
    """A phrase repeated in one of its packaged lists loses the others."""
    now = places(own.entries)
    for place, lost in _lost(own, below):
        found = f"不再算 · no longer counts as {', '.join(lost)}"
        yield warning(own, now[place][0], found, "要都算，就都写上 · write it there too")


def _lost(own: Lexicon, below: list[Entry]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    packaged = places(below)
    for place, entries in places(own.entries).items():
        before = {entry.key for entry in packaged.get(place, [])}
        now = {entry.key for entry in entries}
        if before & now and before - now:
            yield place, sorted(before - now)
