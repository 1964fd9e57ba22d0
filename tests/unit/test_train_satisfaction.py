"""Training the satisfaction model: the committed weights come from the committed corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from streams.satisfaction_weights import load_satisfaction_model
from streams.training import train_satisfaction
from streams.training.corpus import dialogues


def test_training_gives_the_committed_weights(tmp_path: Path) -> None:
    out = tmp_path / "model.npz"
    train_satisfaction.main([str(out)])
    trained, packaged = load_satisfaction_model(out), load_satisfaction_model()
    assert np.allclose(trained.signs, packaged.signs, atol=2e-3)
    assert np.allclose(trained.words, packaged.words, atol=2e-3)
    assert (trained.gram_row == packaged.gram_row).all()
    assert trained.slope == pytest.approx(packaged.slope, rel=0.02)


def test_calibration_makes_chances_of_points() -> None:
    rows = [row for row in dialogues() if row.part == "held"]
    slope, shift = train_satisfaction.calibrate(
        [row.satisfaction + 0.01 * at for at, row in enumerate(rows)], rows
    )
    chances = [
        1 / (1 + np.exp(-(slope * (row.satisfaction + 0.01 * at) + shift))) for at, row in enumerate(rows)
    ]
    assert slope > 0
    assert np.mean(chances) == pytest.approx(np.mean([row.satisfaction >= 0 for row in rows]), abs=0.01)
