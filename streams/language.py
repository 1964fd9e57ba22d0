"""Reads the taggers' lexicons: the packaged YAML, and a trainer's own folder over it."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import jieba
import numpy as np
import yaml

from processors.language_model import GUARD, LABELS, Cue, Language, PairCue, ReviewModel
from processors.normalise import normalise
from streams.errors import InputError

PAIR_GAP = 12
"""Characters allowed between the two parts of a `a~b` cue: about one clause."""
NUMERALS = (*"0123456789一二两三四五六七八九十几", "好几")
"""What `#` in a cue stands for."""
_WORDS_FILE = "words.yaml"
_Groups = dict[str, dict[str, dict[str, tuple[Cue, ...]]]]


def load_language(extra: Path | None = None) -> Language:
    """Read all lexicons; `extra` is a folder of YAML files named like the packaged ones.

    A wording in `extra` replaces what the packaged file of the same name says of it.
    Raises InputError with file, key and what is wrong.
    """
    folder = resources.files("processors") / "language"
    if extra is not None and not extra.is_dir():
        raise InputError(f"{extra} is no folder 不是文件夹; give a folder with {', '.join(_file_names())}")
    folders: list[Traversable] = [folder] if extra is None else [folder, extra]
    cues = {family: _family(folders, family) for family in LABELS}
    words, stop_words = _word_lists(folders)
    idf = _read_idf()
    return Language(
        cues=_single(cues),
        pairs=_pairs(cues),
        taxonomy=_taxonomy(cues["topics"]),
        idf=idf,
        default_idf=sorted(idf.values())[len(idf) // 2],
        stop_words=stop_words,
        words=words,
        review=_read_review(folder / "review_model.npz"),
    )


def _file_names() -> list[str]:
    return [*(f"{family}.yaml" for family in LABELS), _WORDS_FILE]


def _family(folders: list[Traversable], family: str) -> dict[str, tuple[Cue, ...]]:
    """Wordings of one family as written, later folders over earlier ones."""
    merged: dict[str, tuple[Cue, ...]] = {}
    for folder in folders:
        merged.update(_read_family(folder / f"{family}.yaml", family))
    return merged


def _read_family(file: Traversable, family: str) -> dict[str, tuple[Cue, ...]]:
    found: dict[str, tuple[Cue, ...]] = {}
    for label, groups in _mapping(_read_yaml(file), str(file), "the file").items():
        if label not in (*LABELS[family], GUARD):
            allowed = ", ".join((*LABELS[family], GUARD))
            raise InputError(f"{file}: {label!r} is no label 不是可用的标签; use one of {allowed}")
        for group, body in _mapping(groups, str(file), str(label)).items():
            where = f"{file}: {label} / {group}"
            weight, words = _group(body, where)
            for word in words:
                known = found.get(word, ())
                # The same word in two groups of a label is one observation, not two.
                if all(cue.label != label for cue in known):
                    found[word] = (*known, Cue(family, label, str(group), weight))
    return found


def _group(body: Any, where: str) -> tuple[float, list[str]]:
    """A group is its words (weight 1) or a mapping with `weight` and `words`."""
    weight, words = 1.0, body
    if isinstance(body, dict):
        unknown = set(body) - {"weight", "words"}
        if unknown:
            raise InputError(f"{where}: unknown key {sorted(map(str, unknown))}; use weight and words")
        weight, words = body.get("weight", 1.0), body.get("words")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight):
        raise InputError(f"{where}: weight {weight!r} is no number 不是数字; write e.g. weight: 1.5")
    return float(weight), _words(words, where)


def _words(words: Any, where: str) -> list[str]:
    """Words of a text, split at blanks: safe for `#`, `?` and `!`, which YAML lists would need quoted."""
    if not isinstance(words, str | int) or isinstance(words, bool):
        raise InputError(
            f"{where}: words must be text 应为文字; write them with blanks between 用空格分开: 词一 词二"
        )
    return [_word(word, where) for word in str(words).split()]


def _word(word: str, where: str) -> str:
    text: str = normalise(word).strip()
    if not text or text.count("~") > 1 or any(not part for part in text.split("~")):
        raise InputError(f"{where}: {word!r} is no word 不是词语; remove it, or write two parts as 前~后")
    return text


def _mapping(value: Any, file: str, where: str) -> dict[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(
            f"{file}: {where} must be a mapping 应为键值; see the packaged file of the same name"
        )
    return value


def _read_yaml(file: Traversable) -> Any:
    """The file's content, or None where a trainer's folder does not have it."""
    if not file.is_file():
        return None
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise InputError(f"{file}:{line} is not valid YAML 格式有误: {problem}; correct that line") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 编码不是 UTF-8; save the file as UTF-8") from error


def _expanded(word: str) -> Iterator[str]:
    if "#" not in word:
        yield word
        return
    for numeral in NUMERALS:
        yield word.replace("#", numeral)


def _single(families: dict[str, dict[str, tuple[Cue, ...]]]) -> dict[str, tuple[Cue, ...]]:
    """Cues of one part by wording, all families together."""
    merged: dict[str, tuple[Cue, ...]] = {}
    for cues in families.values():
        for word, found in cues.items():
            if "~" not in word:
                for form in _expanded(word):
                    merged[form] = (*merged.get(form, ()), *found)
    return merged


def _pairs(families: dict[str, dict[str, tuple[Cue, ...]]]) -> tuple[PairCue, ...]:
    pairs: list[PairCue] = []
    for cues in families.values():
        for word, found in cues.items():
            if "~" in word:
                first, then = word.split("~")
                pairs.extend(
                    PairCue(a, b, PAIR_GAP, found) for a in _expanded(first) for b in _expanded(then)
                )
    return tuple(pairs)


def _taxonomy(topics: dict[str, tuple[Cue, ...]]) -> dict[str, tuple[str, ...]]:
    levels: dict[str, dict[str, None]] = {topic: {} for topic in LABELS["topics"]}
    for cues in topics.values():
        for cue in cues:
            if cue.label != GUARD:
                levels[cue.label][cue.group] = None
    return {topic: tuple(names) for topic, names in levels.items()}


def _word_lists(folders: list[Traversable]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Words to segment as one, and stop words, of all folders."""
    lists: dict[str, list[str]] = {"words": [], "stop_words": []}
    for folder in folders:
        file = folder / _WORDS_FILE
        for key, groups in _mapping(_read_yaml(file), str(file), "the file").items():
            if key not in lists:
                raise InputError(f"{file}: unknown key {key!r}; use words or stop_words")
            for group, words in _mapping(groups, str(file), key).items():
                lists[key].extend(_words(words, f"{file}: {key} / {group}"))
    return tuple(dict.fromkeys(lists["words"])), frozenset(lists["stop_words"])


def _read_idf() -> dict[str, float]:
    """jieba's table (MIT): natural-log IDF of 258,000 words."""
    with jieba.get_module_res("analyse", "idf.txt") as table:  # type: ignore[no-untyped-call]
        lines = table.read().decode("utf-8").splitlines()
    return {word: float(value) for word, _, value in (line.rpartition(" ") for line in lines) if word}


def _read_review(file: Traversable) -> ReviewModel:
    """Weights committed by `python -m streams.training.train_review`."""
    with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
        grams = bytes(arrays["grams"]).decode("utf-8").split("\n")
        weights = (arrays["weights"].astype(np.float64) * float(arrays["scale"])).tolist()
        return ReviewModel(dict(zip(grams, weights, strict=True)), float(arrays["bias"]))
