"""A tokenizer for ClickHouse SQL, strict where the engine is lenient.

Both the migrator and the guard read SQL with it. What another lexer could read
differently (nested comments, `//`, stray `$`, non-ASCII outside quotes, control
characters) is an error here, so that nothing hides in a disagreement.
Reference: ClickHouse `src/Parsers/Lexer.cpp`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class SqlTextError(ValueError):
    """The text cannot be read as SQL; the message says where and why."""


class Token(NamedTuple):
    """`kind`: word, quoted (identifier), string, number, punct. `value`: the unescaped, bare text."""

    kind: str
    value: str
    start: int
    end: int


_LEXEME = re.compile(
    r"""(?P<space>[ \t\r\n\f\v]+)
    |(?P<comment>--[^\n]*|\#[ !][^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|\\.|'')*')
    |(?P<quoted>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")
    |(?P<heredoc>\$(?P<tag>[A-Za-z0-9_]*)\$.*?\$(?P=tag)\$)
    |(?P<number>\d[A-Za-z0-9_]*)
    |(?P<word>[A-Za-z_][A-Za-z0-9_$]*)
    |(?P<punct>[!%&()*+,\-./:;<=>?@\[\]^{|}~])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)


def tokenize(sql: str) -> Iterator[Token]:
    """Tokens of `sql` without spaces and comments; raises `SqlTextError`."""
    position = 0
    while position < len(sql):
        match = _LEXEME.match(sql, position)
        if match is None or _is_ambiguous(match):
            raise SqlTextError(_complaint(sql, position))
        kind = match.lastgroup or ""
        text = match.group()
        if kind == "comment" and "/*" in text[2:]:
            raise SqlTextError(f"a comment inside a comment at character {position + 1}")
        if kind not in {"space", "comment"}:
            yield Token(*_kind_and_value(kind, text), position, match.end())
        position = match.end()


def _is_ambiguous(match: re.Match[str]) -> bool:
    """`//` is a comment to the engine; `/*` that is no comment was never closed."""
    return match.lastgroup == "punct" and match.string.startswith(("//", "/*"), match.start())


def _kind_and_value(kind: str, text: str) -> tuple[str, str]:
    if kind in {"string", "quoted"}:
        return kind, _unquote(text)
    if kind in {"heredoc", "tag"}:
        return "string", text
    return kind, text


def _unquote(text: str) -> str:
    quote = text[0]
    return _ESCAPE.sub(_unescape, text[1:-1].replace(quote * 2, quote))


def _unescape(match: re.Match[str]) -> str:
    escaped = match.group(1)
    return chr(int(escaped[1:], 16)) if len(escaped) == 3 else escaped


def _complaint(sql: str, position: int) -> str:
    char = sql[position]
    where = f"at character {position + 1}"
    if char in "'\"`":
        return f"an unclosed quote {char} {where}"
    if sql.startswith("/*", position):
        return f"an unclosed comment {where}"
    if ord(char) > 127:
        return f"{char!r} {where} outside quotes: write names in `backticks` and text in 'straight quotes'"
    return f"{sql[position : position + 2]!r} {where} is not SQL that is understood here"


def statements(script: str) -> list[str]:
    """The statements of a script, split at semicolons that are neither quoted nor commented."""
    found: list[str] = []
    first: Token | None = None
    last: Token | None = None
    for token in tokenize(script):
        if token.kind == "punct" and token.value == ";":
            if first and last:
                found.append(script[first.start : last.end])
            first = last = None
            continue
        first = first or token
        last = token
    if first and last:
        found.append(script[first.start : last.end])
    return found
