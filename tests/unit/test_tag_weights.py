"""The file of the learned tagger's weights."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from processors.signals import SIGNALS
from processors.tag_model import HEADS
from streams.errors import InputError
from streams.tag_weights import PACKAGED, load_tag_model

WIDTH = sum(map(len, HEADS.values()))


def changed(tmp_path: Path, **arrays: np.ndarray) -> Path:
    """The packaged file with other arrays."""
    with np.load(io.BytesIO(PACKAGED.read_bytes())) as packaged:
        every = {name: packaged[name] for name in packaged.files} | arrays
    file = tmp_path / "tag_model.npz"
    np.savez_compressed(file, **every)  # type: ignore[arg-type]
    return file


def test_tables_have_a_column_a_label() -> None:
    model = load_tag_model()
    assert {table.shape[1] for table in (model.grams, model.words, model.signals)} == {WIDTH}
    assert model.bias.shape == (WIDTH,)
    assert not model.grams[0].any()
    assert model.gram_row.max() == len(model.grams) - 1
    assert len(model.words) == len(model.word_row)
    assert all(np.isfinite(table).all() for table in (model.grams, model.words, model.signals, model.bias))


@pytest.mark.parametrize("names", [SIGNALS[:-1], (*SIGNALS[1:], SIGNALS[0]), ("other",)])
def test_a_file_for_other_signals_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    told = np.frombuffer("\n".join(names).encode(), dtype=np.uint8)
    file = changed(tmp_path, signal_names=told)
    with pytest.raises(
        InputError, match=r"other signals; run python -m streams\.training\.train_tags"
    ) as error:
        load_tag_model(file)
    assert str(file) in str(error.value)
