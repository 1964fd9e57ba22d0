"""The metrics of the quality table, against values worked out by hand."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EVAL = Path(__file__).parent.parent / "eval"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"eval_{name.strip('_')}", EVAL / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


metrics = load("metrics")
main = load("__main__")


def test_macro_f1() -> None:
    assert metrics.macro_f1("aabb", "abbb") == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert metrics.macro_f1("", "") == 0.0
    assert metrics.macro_f1("aa", "cc") == 0.0


def test_calibration_error() -> None:
    assert metrics.calibration_error([True, False, True, True], [0.9, 0.1, 0.9, 0.2]) == pytest.approx(
        (2 * 0.1 + 0.1 + 0.8) / 4
    )
    assert metrics.calibration_error([True, False], [0.55, 0.51]) == pytest.approx(0.03)
    assert metrics.calibration_error([], []) == 0.0


def test_b_cubed_of_the_textbook_example() -> None:
    # Gold {1,2,3} {4,5}; found {1,2} {3,4,5}.
    found = metrics.b_cubed("aaabb", "xxyyy")
    assert found.precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5)
    assert found.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert metrics.b_cubed([], []).f1 == 1.0


def test_b_cubed_punishes_one_heap_and_all_alone() -> None:
    assert metrics.b_cubed("aabb", "xxxx") == pytest.approx((0.5, 1.0, 2 / 3))
    assert metrics.b_cubed("aabb", "wxyz") == pytest.approx((1.0, 0.5, 2 / 3))


def test_pair_f1() -> None:
    assert metrics.pair_f1([True, True, False, False], [True, False, True, False]) == pytest.approx(
        (0.5, 0.5, 0.5)
    )
    assert metrics.pair_f1([False], [False]).f1 == 0.0


def test_auc() -> None:
    assert metrics.auc([True, True, False, False], [0.9, 0.4, 0.5, 0.1]) == 0.75
    assert metrics.auc([True, False], [1.0, 1.0]) == 0.5
    assert metrics.auc([False, True, True], [3, 4, 5]) == 1.0
    with pytest.raises(ValueError, match="positives and negatives"):
        metrics.auc([True], [1.0])


def test_wilson() -> None:
    # Newcombe (1998), table I: 81 of 263.
    assert metrics.wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert metrics.wilson(0.0, 0) == (0.0, 1.0)
    assert metrics.wilson(1.0, 20)[1] == 1.0


def test_bootstrap_covers_the_mean_and_is_seeded() -> None:
    values = np.arange(100) / 100
    low, high = metrics.bootstrap(100, lambda pick: float(values[pick].mean()))
    assert low < 0.495 < high
    assert high - low == pytest.approx(4 * 0.0289, rel=0.25)
    assert (low, high) == metrics.bootstrap(100, lambda pick: float(values[pick].mean()))


@pytest.mark.parametrize(
    ("value", "target", "expected"),
    [
        (0.8, ">= .80", True),
        (0.79, ">= .80", False),
        (0.04, "<= .05", True),
        (1.0, "1.0", True),
        (0.9, "none", None),
        (12_000, ">= 10,000", True),
    ],
)
def test_targets_as_text(value: float, target: str, expected: bool | None) -> None:
    assert main.met(value, target) is expected
