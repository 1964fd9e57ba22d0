"""ClickHouse's HTTP protocol over the embedded engine, with writes: a server for tests.

The engine is ClickHouse's own, so parsing, types, merges and durability are real;
only the socket is ours. What the product's read-only façade has, this imports.
An acknowledged insert is on disk in a part of its own and survives SIGKILL.

    python -m tests.real.clickhouse_server --folder F --port P [--user u --password p]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import os
import re
import signal
import tempfile
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import chdb
import lz4.frame
from aiohttp import web
from clickhouse_connect.driver._backend.chdb_backend import CHDB_TRANSPORT_SETTINGS

from streams.warehouse.engine import Answer, EngineError, Question, _identifier, _literal, answer_of
from streams.warehouse.facade import _form, _Head, _is_form, _number, _ok, _refusal, _reply
from streams.warehouse.native import transcode
from streams.warehouse.session import _ENGINE
from streams.warehouse.sqltext import SqlTextError, statements, tokenize

THREADS = 4
MAX_BODY = 1 << 30
MAX_URI = 1 << 20
"""As http_max_uri_size of a server: parameters travel in it."""

_SYNTAX_ERROR, _UNKNOWN, _AUTHENTICATION_FAILED = 62, 1002, 516
_INSERT = re.compile(
    rb"\s*(?P<into>INSERT\s+INTO\s.*?)(?P<how>(?:\bSETTINGS\s[^;]*?)?\bFORMAT\s+(?!VALUES\b)\w+)\s?(?P<data>.*)",
    re.IGNORECASE | re.DOTALL,
)
_NO_SETTINGS = CHDB_TRANSPORT_SETTINGS | {"query", "user", "password", "default_format"}


class Login(NamedTuple):
    """The one user of the server."""

    user: str
    password: str


class Engine:
    """The engine of one folder. A request runs on a handle of its own, whose settings die with it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = f"{folder.resolve()}?config-file={quote(str(_ENGINE))}"
        # The engine stops with its last handle: this one keeps it.
        self._keeper = chdb.connect(self._path)
        self.timezone = str(self._keeper.query("SELECT timezone()", "TSV")).strip()

    def close(self) -> None:
        """Stop the engine."""
        self._keeper.close()

    def run(self, question: Question, data: bytes) -> Answer:
        """Run one statement; `data` belongs to an INSERT. Blocks, without the GIL; raises `EngineError`."""
        sql = _joined(question.sql.encode(), data)
        with closing(chdb.connect(self._path)) as handle:
            _prepare(handle, question)
            if (insert := _INSERT.fullmatch(sql)) and insert["data"]:
                return _insert(handle, insert)
            fmt = _checked_format(sql, question.format)
            result = _query(handle, sql, fmt, question.parameters)
            body = bytes(result.bytes() or b"")
            return answer_of(
                result, transcode(body, question.protocol_version) if fmt == "Native" else body, fmt
            )


def _joined(sql: bytes, data: bytes) -> bytes:
    """The body is the end of the statement, as ClickHouse has it."""
    return b"\n".join(part for part in (sql, data) if part)


def _checked_format(sql: bytes, default: str) -> str:
    """The format of the answer; several statements at once are refused, which the engine would run."""
    text = sql.decode("utf-8", "replace")
    try:
        parts = statements(text)
        tokens = list(tokenize(parts[0])) if parts else []
    except SqlTextError:
        # Our reading of SQL is stricter than the engine's, whose word counts here.
        return default
    if len(parts) > 1:
        raise EngineError(_SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed). (SYNTAX_ERROR)")
    words = [token.value for token in tokens[-2:] if token.kind == "word"]
    return words[1] if len(words) == 2 and words[0].upper() == "FORMAT" else default


def _prepare(handle: Any, question: Question) -> None:
    if question.database:
        _query(handle, f"USE {_identifier(question.database)}")
    if question.settings:
        _query(handle, f"SET {_settings(question.settings)}")


def _insert(handle: Any, insert: re.Match[bytes]) -> Answer:
    # Binary data inside a statement is cut at its first semicolon by the engine's splitting of scripts.
    with tempfile.NamedTemporaryFile(prefix="insert-", suffix=".bin") as file:
        file.write(insert["data"])
        file.flush()
        source = f" FROM INFILE {_literal(file.name)} ".encode()
        return answer_of(_query(handle, insert["into"] + source + insert["how"]), b"", "TabSeparated")


def _query(
    handle: Any, sql: str | bytes, fmt: str = "TabSeparated", parameters: Mapping[str, str] | None = None
) -> Any:
    try:
        return handle.query(sql, fmt, params=dict(parameters or {}))
    except Exception as error:
        raise _engine_error(str(error)) from error


def _settings(settings: Mapping[str, str]) -> str:
    # `readonly` last: it locks the rest.
    ordered = sorted(settings.items(), key=lambda item: item[0] == "readonly")
    return ", ".join(f"{_identifier(name)} = {_literal(value)}" for name, value in ordered)


def _engine_error(message: str) -> EngineError:
    found = re.search(r"Code: (\d+)\. DB::\w*Exception: (.*)", message, re.DOTALL)
    return EngineError(int(found[1]), found[2].strip()) if found else EngineError(_UNKNOWN, message)


class _Server:
    def __init__(self, engine: Engine, login: Login) -> None:
        self._engine = engine
        self._login = login
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="clickhouse")

    async def query(self, request: web.Request) -> web.Response:
        head = _Head(request.query.get("query_id") or str(uuid.uuid4()), self._engine.timezone)
        try:
            self._check_login(request)
            question, data = await _question(request, self._engine.timezone)
            head = head._replace(timezone=question.timezone)
            if not question.sql.strip() and not data.strip():
                return _reply(head, b"Ok.\n", "TabSeparated")
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._pool, self._engine.run, question, data)
        except EngineError as error:
            refusal = _refusal(head, error)
            if error.code == _AUTHENTICATION_FAILED:
                refusal.set_status(403)
            return refusal
        return _reply(head, answer.body, answer.format, answer)

    def _check_login(self, request: web.Request) -> None:
        user, password = _credentials(request)
        if (user, password) != self._login:
            reason = "Authentication failed: password is incorrect, or there is no user with such name."
            raise EngineError(_AUTHENTICATION_FAILED, f"{user}: {reason} (AUTHENTICATION_FAILED)")


def _credentials(request: web.Request) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind == "Basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    user = request.headers.get("X-ClickHouse-User") or request.query.get("user") or "default"
    return user, request.headers.get("X-ClickHouse-Key") or request.query.get("password") or ""


async def _question(request: web.Request, timezone: str) -> tuple[Question, bytes]:
    fields = dict(request.query) | await _form(request)
    return Question(
        sql=fields.get("query", ""),
        format=fields.get("default_format") or request.headers.get("X-ClickHouse-Format") or "TabSeparated",
        database=fields.get("database") or request.headers.get("X-ClickHouse-Database") or "",
        timezone=fields.get("session_timezone") or timezone,
        parameters={
            name.removeprefix("param_"): value for name, value in fields.items() if name.startswith("param_")
        },
        settings={
            name: value
            for name, value in fields.items()
            if name not in _NO_SETTINGS and not name.startswith("param_")
        },
        protocol_version=_number(fields.get("client_protocol_version", "")),
    ), b"" if _is_form(request) else await _body(request)


async def _body(request: web.Request) -> bytes:
    """The body, decompressed; aiohttp has done so already unless it is lz4."""
    body = await request.read()
    if request.headers.get("Content-Encoding") == "lz4":
        return bytes(lz4.frame.decompress(body))
    return body


def application(engine: Engine, login: Login) -> web.Application:
    """The protocol over `engine`, which must outlive it."""
    app = web.Application(client_max_size=MAX_BODY)
    server = _Server(engine, login)
    app.router.add_get("/", server.query)
    app.router.add_post("/", server.query)
    app.router.add_get("/ping", _ok)
    return app


def _end_with_parent() -> None:
    """Exit when standard input closes, as it does however the parent ends."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


async def serve(app: web.Application, port: int) -> None:
    """Answer until SIGTERM or Ctrl-C."""
    over = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, over.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, max_line_size=MAX_URI)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await over.wait()
    await runner.cleanup()


def main() -> None:
    """Serve until SIGTERM or, with `--child`, the end of standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", default="default")
    parser.add_argument("--password", default="")
    parser.add_argument("--child", action="store_true", help="exit when standard input closes")
    options = parser.parse_args()
    if options.child:
        _end_with_parent()
    engine = Engine(options.folder)
    app = application(engine, Login(options.user, options.password))
    try:
        asyncio.run(serve(app, options.port))
    finally:
        engine.close()


if __name__ == "__main__":
    main()
