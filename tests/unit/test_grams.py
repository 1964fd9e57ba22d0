"""N-grams as numbers: over whole arrays the same as one by one."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from processors.cues import without_masks
from processors.grams import BITS, LONGEST, gram_number, gram_numbers
from processors.normalise import normalise

TEXT = st.one_of(st.text(max_size=30), st.text(alphabet="好坏吗😡👨‍👩‍👧\ud83d\udc4d0a?", max_size=30)).map(
    lambda text: without_masks(normalise(text))
)


def one_by_one(text: str) -> list[int]:
    """The n-grams of each size from left to right; the marks of the ends are no n-grams by themselves."""
    marked = f"\x02{text}\x03"
    grams = [marked[at : at + size] for size in range(1, LONGEST + 1) for at in range(len(marked) - size + 1)]
    return [gram_number(gram) for gram in grams if gram not in ("\x02", "\x03")]


@given(texts=st.lists(TEXT, max_size=6))
@example([])
@example([""])
@example(["", "好", "", "😡\ud800"])
def test_many_texts_give_the_numbers_of_each(texts: list[str]) -> None:
    numbers, owners = gram_numbers(texts)
    assert owners.tolist() == [at for at, text in enumerate(texts) for _ in one_by_one(text)]
    assert numbers.tolist() == [number for text in texts for number in one_by_one(text)]
    assert all(0 <= number < 1 << BITS for number in numbers)


@given(text=st.text())
def test_no_text_holds_the_marks_of_its_ends(text: str) -> None:
    assert not {"\x02", "\x03"} & set(without_masks(normalise(text)))


def test_size_and_order_count() -> None:
    assert (
        len({gram_number(gram) for gram in ("好", "好好", "好好好", "不好", "好不", "\x02好", "好\x03")}) == 7
    )
