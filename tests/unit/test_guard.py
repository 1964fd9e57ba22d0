"""Hostile SQL is refused with a reason; honest SQL passes untouched."""

from __future__ import annotations

import pytest

from streams.errors import QueryRefused
from streams.warehouse.guard import MAX_SQL, check_readonly, refused_functions, split_format

HONEST = [
    "SELECT 1",
    "select count() from messages where text like '%; DROP TABLE x --%'",
    "WITH x AS (SELECT 1 AS a) SELECT a FROM x",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SHOW TABLES",
    "DESCRIBE TABLE messages",
    "DESC messages",
    "EXPLAIN PLAN SELECT 1",
    "EXISTS TABLE messages",
    "SELECT 'file(''/etc/passwd'')', 'it\\'s file(', $$ file('x') $$",
    "SELECT count() AS `转人工/未答` FROM turns -- 注释",
    "SELECT /* url('x') */ 1 # file('x')",
    'SELECT "a" FROM (SELECT number AS "a" FROM numbers(3))',
    "SELECT * FROM messages FORMAT JSONEachRow",
    "SELECT format('{}', text), url FROM (SELECT text, 'u' AS url FROM messages)",
    "SELECT toStartOfMinute(occurred_at), quantile(0.9)(response_ms), [1,2][1] FROM turns GROUP BY 1",
    "SELECT {a:String}, 1e-5, 0x1F, x'41', -1, a != b, c <> d, e::UInt8 FROM t",
    "SELECT 'emoji 😀 \u200fעברית \u200b'",
]

HOSTILE = [
    "",
    "   -- nothing",
    "/* nothing */ ;",
    "INSERT INTO messages VALUES (1)",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT 1",
    "EXPLAIN INSERT INTO t SELECT 1",
    "DROP TABLE messages",
    "SET readonly = 0",
    "USE default",
    "KILL QUERY WHERE 1",
    "SYSTEM SHUTDOWN",
    "TRUNCATE TABLE messages",
    "OPTIMIZE TABLE messages FINAL",
    "`SELECT` 1",
    "'SELECT' 1",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE messages",
    "SELECT 1;;DROP TABLE messages",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 into/**/outfile '/tmp/x'",
    "SELECT 1 INTO\n-- hi\nOUTFILE '/tmp/x' TRUNCATE",
    "EXPLAIN SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT file('/etc/passwd')",
    "SELECT file /* x */ ('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    "SELECT `\\x66ile`('/etc/passwd')",
    "SELECT \"fil\\x65\"('/etc/passwd')",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "SELECT columns('x') APPLY file FROM (SELECT '/etc/passwd' AS x)",
    "SELECT * APPLY(`file`) FROM (SELECT '/etc/passwd' AS x)",
    "WITH file('/etc/passwd') AS x SELECT x",
    "SELECT arrayMap({f:Identifier}, ['/etc/passwd'])",
    "SELECT * FROM { t : Identifier }",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM FILE('/etc/passwd')",
    "DESCRIBE TABLE file('/etc/passwd')",
    "DESC TABLE `url`('http://127.0.0.1/')",
    "SELECT * FROM url('http://127.0.0.1/', 'CSV', 'a String')",
    "SELECT * FROM s3('http://127.0.0.1/a.csv')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM mysql('a:1', 'b', 'c', 'd', 'e')",
    "SELECT * FROM executable('id', 'CSV', 'a String')",
    "SELECT * FROM python(secret)",
    "SELECT * FROM Python(secret)",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM loop(messages)",
    "SELECT * FROM merge('system', '.*')",
    "SELECT * FROM default.`/etc/passwd`",
    "SELECT * FROM `default` . `secret.csv`",
    "EXISTS default.`/etc/passwd`",
    "SELECT sleep(3)",
    "SELECT sleepEachRow(1) FROM numbers(100)",
    "SELECT catboostEvaluate('/m', 1)",
    "SELECT aiGenerate('x')",
    "SELECT 'unclosed",
    'SELECT "unclosed',
    "SELECT `unclosed",
    "SELECT /* unclosed",
    "SELECT $$ unclosed",
    "SELECT $a$ unclosed $b$",
    "SELECT /* a /* b */ file('x') */ 1",
    "SELECT 1 // '\n file('/etc/passwd') // '",
    "SELECT #x file('x')",
    "SELECT 1\x00; DROP TABLE t",
    "SELECT “a”",
    "SELECT ‘file’",
    "SELECT file('/etc/passwd')",
    "SELECT　1",
    "SELECT 转人工 FROM t",
    "SELECT \ud800",
    "SELECT 1 PARALLEL WITH SELECT 2",
    "SELECT " + "1," * MAX_SQL,
]


@pytest.mark.parametrize("sql", HONEST)
def test_honest_sql_passes_untouched(sql: str) -> None:
    assert sql.startswith(check_readonly(sql))
    assert check_readonly(f"  {sql}\n;\n") == check_readonly(sql)


@pytest.mark.parametrize("sql", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_sql_is_refused_in_one_line(sql: str) -> None:
    with pytest.raises(QueryRefused) as refusal:
        check_readonly(sql)
    assert 10 < len(str(refusal.value)) < 200
    assert "\n" not in str(refusal.value)


def test_the_engines_own_functions_are_refused_and_harmless_ones_are_not() -> None:
    refused = refused_functions(["brandNewCloud", "numbers", "VALUES"])
    with pytest.raises(QueryRefused, match="brandNewCloud"):
        check_readonly("SELECT * FROM brandNewCloud('x')", refused)
    assert check_readonly("SELECT * FROM numbers(3), values('a UInt8', 1)", refused)


def test_a_trailing_format_is_cut_off() -> None:
    assert split_format("SELECT 1 FORMAT CSV") == ("SELECT 1", "CSV")
    assert split_format("SELECT 1\nformat  JSONEachRow") == ("SELECT 1", "JSONEachRow")
    assert split_format("SELECT format FROM t") == ("SELECT format FROM t", None)
    assert split_format("SELECT 'x FORMAT CSV'") == ("SELECT 'x FORMAT CSV'", None)
