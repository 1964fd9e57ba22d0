"""Settings: what may be said aloud of them."""

from __future__ import annotations

import pytest

from streams.settings import load_settings


@pytest.mark.parametrize(
    ("warehouse", "shown"),
    [
        ("http://reader:s3cret@db.local:8123/kefu", "http://***@db.local:8123/kefu"),
        ("https://reader:p@ss@db.local:8443/kefu", "https://***@db.local:8443/kefu"),
        ("http://127.0.0.1:8123/kefu", "http://127.0.0.1:8123/kefu"),
        ("./data", "./data"),
        ("./a@b", "./a@b"),
    ],
)
def test_a_servers_password_is_never_said(warehouse: str, shown: str) -> None:
    assert load_settings({}, warehouse=warehouse).warehouse_shown == shown
