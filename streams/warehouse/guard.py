"""Is this SQL a single, bounded read? The first of three walls.

The second is `readonly=1` on the session and the third its bounds
(`streams.warehouse.session.BOUNDS`). The engine's own `readonly` leaves holes that
only a reading of the text closes: the scalar `file()`, `INTO OUTFILE`, several
statements at once, and functions named without parentheses (`APPLY file`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from streams.errors import QueryRefused
from streams.warehouse.sqltext import SqlTextError, Token, tokenize

MAX_SQL = 262_144
"""Characters; ClickHouse's own default of `max_query_size`."""

READING = frozenset({"select", "with", "show", "describe", "desc", "explain", "exists"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SAFE_TABLE_FUNCTIONS = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series"}
    | {"values", "view", "null", "format"}
)
"""Table functions that read nothing but their arguments, in lower case."""

FLOOR = _words(
    """
    file filecluster filesystem url urlcluster s3 s3cluster gcs oss cosn hdfs hdfscluster
    azureblobstorage azureblobstoragecluster remote remotesecure cluster clusterallreplicas
    mysql postgresql mongodb redis sqlite jdbc odbc bigquery ytsaurus executable python eval
    arrowstream input dictionary loop merge fuzzjson fuzzquery generaterandom
    deltalake deltalakelocal iceberg iceberglocal hudi paimon paimonlocal prometheusquery
    """
)
"""Table functions refused whatever the engine says of itself; `refused_functions` adds the engine's own."""

FORBIDDEN_NAMES = _words(
    """
    file catboostevaluate modelevaluate executable python sleep sleepeachrow
    aiclassify aiembed aiextract aifilter aigenerate airedact aisimilarity aitranslate
    """
)
"""Scalars that read files, call out or only burn time. Refused anywhere, since a
function can be named without parentheses (`arrayMap(file, …)`, `APPLY file`)."""

_FORBIDDEN_PAIRS = {
    ("into", "outfile"): "INTO OUTFILE writes a file; use --format csv > FILE",
    ("insert", "into"): "INSERT changes data; only reads are allowed",
    ("parallel", "with"): "one statement at a time",
    ("default", "."): "the database `default` shows files of this machine; name tables without a database",
    (":", "identifier"): "write names into the SQL; {name:Identifier} is not allowed",
}


def refused_functions(table_functions: Iterable[str]) -> frozenset[str]:
    """Names to refuse, from the engine's `system.table_functions` and the static floor."""
    return FLOOR | {name.lower() for name in table_functions} - SAFE_TABLE_FUNCTIONS


def check_readonly(sql: str, refused: frozenset[str] = FLOOR) -> str:
    """The one statement in `sql` without its semicolon; raises `QueryRefused` with a plain reason."""
    tokens = _read(sql)
    while tokens and tokens[-1].value == ";" and tokens[-1].kind == "punct":
        tokens.pop()
    _check_shape(tokens)
    _check_pairs(tokens)
    _check_names(tokens, refused)
    return sql[tokens[0].start : tokens[-1].end]


def split_format(sql: str) -> tuple[str, str | None]:
    """A checked statement without its trailing `FORMAT name`, and that name or None."""
    tokens = _read(sql)
    if (
        len(tokens) > 2
        and tokens[-2].kind == tokens[-1].kind == "word"
        and tokens[-2].value.lower() == "format"
    ):
        return sql[: tokens[-2].start].rstrip(), tokens[-1].value
    return sql, None


def _read(sql: str) -> list[Token]:
    if len(sql) > MAX_SQL:
        raise QueryRefused(f"SQL of {len(sql):,} characters; the limit is {MAX_SQL:,}")
    try:
        return list(tokenize(sql))
    except SqlTextError as error:
        raise QueryRefused(f"cannot read the SQL: {error}") from error


def _check_shape(tokens: Sequence[Token]) -> None:
    if any(token.kind == "punct" and token.value == ";" for token in tokens):
        raise QueryRefused("one statement at a time; remove what follows the first semicolon")
    first = next((token for token in tokens if (token.kind, token.value) != ("punct", "(")), None)
    if first is None:
        raise QueryRefused("there is no SQL here; try: SELECT count() FROM messages")
    if first.kind != "word" or first.value.lower() not in READING:
        raise QueryRefused(
            f"only reads are allowed (SELECT, WITH, SHOW, DESCRIBE, EXPLAIN), not {first.value[:40]!r}"
        )


def _check_pairs(tokens: Sequence[Token]) -> None:
    names = [token.value.lower() if token.kind != "string" else "" for token in tokens]
    for pair in pairwise(names):
        if pair in _FORBIDDEN_PAIRS:
            raise QueryRefused(_FORBIDDEN_PAIRS[pair])


def _check_names(tokens: Sequence[Token], refused: frozenset[str]) -> None:
    for index, token in enumerate(tokens):
        if token.kind not in {"word", "quoted"}:
            continue
        name = token.value.lower()
        called = (
            index + 1 < len(tokens) and tokens[index + 1].kind == "punct" and tokens[index + 1].value == "("
        )
        if name in FORBIDDEN_NAMES or (called and name in refused):
            raise QueryRefused(f"{token.value[:40]!r} is not allowed: it reaches outside the warehouse")
