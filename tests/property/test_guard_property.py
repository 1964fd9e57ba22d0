"""Whatever text comes, the guard answers with SQL or a refusal, and quoting never hides a call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import QueryRefused
from streams.warehouse.guard import check_readonly
from streams.warehouse.native import transcode
from streams.warehouse.sqltext import SqlTextError, statements

PIECES = st.sampled_from(
    [
        "SELECT ",
        "'",
        '"',
        "`",
        "\\",
        "--",
        "/*",
        "*/",
        "#",
        "$$",
        ";",
        "\n",
        "file",
        "(",
        ")",
        "x",
        "😀",
        "。",
        "\x00",
    ]
)
SPACES = st.lists(st.sampled_from([" ", "\n", "\t", "/* c */", "-- c\n"]), max_size=4).map("".join)


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_any_text_is_answered(text: str) -> None:
    try:
        checked = check_readonly(text)
    except QueryRefused:
        return
    assert checked in text
    assert check_readonly(checked) == checked


@given(SPACES, SPACES, st.sampled_from(["{}", "`{}`", '"{}"']), st.integers(0, 3))
def test_no_spelling_hides_a_file_read(before: str, after: str, quotes: str, escaped: int) -> None:
    name = "file"
    if quotes != "{}":
        name = "".join(f"\\x{ord(c):02x}" if i == escaped else c for i, c in enumerate(name))
    with pytest.raises(QueryRefused):
        check_readonly(f"SELECT {before}{quotes.format(name)}{after}('/etc/passwd')")


@given(st.text(max_size=40))
def test_text_in_quotes_is_only_text(text: str) -> None:
    literal = text.replace("\\", "\\\\").replace("'", "\\'")
    assert check_readonly(f"SELECT '{literal}' AS a") == f"SELECT '{literal}' AS a"


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\x00"), max_size=20), max_size=5))
def test_scripts_split_at_real_semicolons_only(texts: list[str]) -> None:
    literals = [text.replace("\\", "\\\\").replace("'", "''") for text in texts]
    script = "".join(f"-- a; b\nSELECT '{literal};' /* ; */;\n" for literal in literals)
    assert statements(script) == [f"SELECT '{literal};'" for literal in literals]


@given(st.text(max_size=60))
def test_splitting_never_loses_text_silently(script: str) -> None:
    try:
        found = statements(script)
    except SqlTextError:
        return
    assert all(statement in script for statement in found)


def test_version_zero_is_untouched() -> None:
    assert transcode(b"anything", 0) == b"anything"
