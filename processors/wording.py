"""How alike two texts are, cheaply: by the character pairs they share.

Pairs instead of words because chat is short, misspelt and regional; a set
intersection of twenty pairs costs about a microsecond.
"""

from __future__ import annotations

Grams = frozenset[str]

SAME_ANSWER = 0.6
"""Shared pairs over the smaller set from which two answers say the same (set on development chats)."""


def grams(text: str) -> Grams:
    """Character pairs of a text that is already folded; a single character stands for itself."""
    if len(text) < 2:
        return frozenset((text,)) if text else frozenset()
    return frozenset([text[at : at + 2] for at in range(len(text) - 1)])


def overlap(one: Grams, two: Grams) -> float:
    """Szymkiewicz-Simpson coefficient in [0, 1]: shared pairs over the smaller set."""
    smaller = min(len(one), len(two))
    return len(one & two) / smaller if smaller else 0.0


def dice(one: Grams, two: Grams) -> float:
    """Sørensen-Dice coefficient in [0, 1]: twice the shared pairs over both sizes."""
    total = len(one) + len(two)
    return 2 * len(one & two) / total if total else 0.0


def figures(text: str) -> frozenset[str]:
    """The numbers in a text, as written."""
    spaced = "".join(letter if letter.isdigit() else " " for letter in text)
    return frozenset(spaced.split())
