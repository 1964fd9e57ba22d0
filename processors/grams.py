"""Character n-grams of many texts at once, as numbers: the features that need no lexicon.

Each n-gram of one to three characters, with marks for where a text begins and ends, becomes a
number of `BITS` bits by Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4), over
whole arrays; two n-grams may share a number, which costs less than a table of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BITS = 20
LONGEST = 3
_BEGIN, _END = "\x02", "\x03"
"""Normalised text has no control characters, so these stand for themselves."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_RADIX = np.uint64(1_000_003)
_SHIFT = np.uint64(64 - BITS)

Ints = NDArray[np.int64]


def gram_numbers(texts: Sequence[str]) -> tuple[Ints, Ints]:
    """Numbers of all n-grams and the index of the text that each belongs to, by text, ascending."""
    joined = "".join(f"{_BEGIN}{text}{_END}" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    owners = np.cumsum(codes == ord(_BEGIN)) - 1
    numbers, texts_of = [], []
    mixed = codes
    for size in range(1, LONGEST + 1):
        if size > 1:
            mixed = mixed[:-1] * _RADIX + codes[size - 1 :]
        first, last = owners[: len(mixed)], owners[size - 1 :]
        whole = first == last
        if size == 1:
            whole &= codes > ord(_END)
        numbers.append((((mixed + np.uint64(size)) * _GOLDEN) >> _SHIFT)[whole])
        texts_of.append(first[whole])
    owner = np.concatenate(texts_of)
    order = np.argsort(owner, kind="stable")
    return np.concatenate(numbers)[order].astype(np.int64), owner[order].astype(np.int64)


def gram_number(gram: str) -> int:
    """The number of one n-gram; the marks of begin and end are \\x02 and \\x03."""
    mixed = 0
    for char in gram:
        mixed = (mixed * int(_RADIX) + ord(char)) & 0xFFFF_FFFF_FFFF_FFFF
    return (((mixed + len(gram)) * int(_GOLDEN)) & 0xFFFF_FFFF_FFFF_FFFF) >> int(_SHIFT)


def text_grams(text: str) -> Ints:
    """Numbers of the n-grams of one text, as `gram_numbers` gives them, at a third of its cost."""
    codes = np.frombuffer(f"{_BEGIN}{text}{_END}".encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    one = codes.astype(np.uint64)
    two = one[:-1] * _RADIX + one[1:]
    three = two[:-1] * _RADIX + one[2:]
    mixed = np.concatenate((one[1:-1] + np.uint64(1), two + np.uint64(2), three + np.uint64(3)))
    return ((mixed * _GOLDEN) >> _SHIFT).astype(np.int64)
