"""Every setting: its default, its environment variable and what it means.

The only reader of the environment. Secrets may come from a file named by the
variable with `_FILE` appended. docs/settings.md is checked against `SETTINGS`.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from streams.errors import SettingsError

KEY_BYTES = 32


class Setting(NamedTuple):
    """One setting: `name` in code, `env` in the environment, and its meaning in Chinese and English."""

    name: str
    env: str
    default: str
    meaning: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "warehouse",
        "KEFU_PULSE_WAREHOUSE",
        "./data",
        "数据所在：文件夹，或 ClickHouse 地址 · folder or http(s) URL",
    ),
    Setting(
        "cluster",
        "KEFU_PULSE_CLUSTER",
        "",
        "ClickHouse 集群名，表随之带副本 · cluster of the server, whose replicas hold every table",
    ),
    Setting(
        "timezone",
        "KEFU_PULSE_TIMEZONE",
        "Asia/Shanghai",
        "周与小时按此时区划分 · time zone of weeks and hours",
    ),
    Setting("host", "KEFU_PULSE_HOST", "127.0.0.1", "监听地址；非本机须设令牌 · listen address"),
    Setting("port", "KEFU_PULSE_PORT", "8480", "页面与接入端口 · port of the page and of ingest"),
    Setting(
        "clickhouse_port",
        "KEFU_PULSE_CLICKHOUSE_PORT",
        "8481",
        "只读查询端口（仅本机） · read-only query port",
    ),
    Setting("token", "KEFU_PULSE_TOKEN", "", "接入令牌 · bearer token of the HTTP ingest"),
    Setting(
        "redaction_key", "KEFU_PULSE_REDACTION_KEY", "", "脱敏密钥；不设则自动生成并保存 · pseudonym key"
    ),
    Setting(
        "no_reply_seconds",
        "KEFU_PULSE_NO_REPLY_SECONDS",
        "180",
        "多久无回复算未答 · no_reply after so many seconds",
    ),
    Setting(
        "max_body_bytes", "KEFU_PULSE_MAX_BODY_BYTES", "16777216", "单次请求体上限 · largest request body"
    ),
    Setting(
        "max_batch_events",
        "KEFU_PULSE_MAX_BATCH_EVENTS",
        "10000",
        "单次请求事件数上限 · most events a request",
    ),
    Setting(
        "max_events_per_second", "KEFU_PULSE_MAX_EVENTS_PER_SECOND", "20000", "接入限速 · ingest rate limit"
    ),
    Setting("kafka", "KEFU_PULSE_KAFKA", "", "Kafka 地址 · brokers, host:port[,host:port]"),
    Setting("topic_prefix", "KEFU_PULSE_TOPIC_PREFIX", "kefu.", "主题名前缀 · prefix of topic names"),
    Setting("worker_port", "KEFU_PULSE_WORKER_PORT", "8482", "worker 的指标端口 · metrics of a worker"),
    Setting(
        "worker_id", "KEFU_PULSE_WORKER_ID", "", "固定的 worker 名，重启不换分区 · lasting name of a worker"
    ),
    Setting("language", "KEFU_PULSE_LANGUAGE", "", "自有词库文件夹 · folder of a trainer's own words"),
)

_ENV = {setting.name: setting.env for setting in SETTINGS}


class Settings(Struct, frozen=True, kw_only=True):
    """All settings, read once and passed on."""

    warehouse: str
    cluster: str
    timezone: str
    host: str
    port: int
    clickhouse_port: int
    token: str
    redaction_key: bytes
    no_reply_ms: int
    max_body_bytes: int
    max_batch_events: int
    max_events_per_second: int
    kafka: str
    topic_prefix: str
    worker_port: int
    worker_id: str
    language: Path | None

    @property
    def warehouse_shown(self) -> str:
        """The warehouse as it may be said aloud: a server's user and password stay unsaid."""
        return re.sub(r"(?<=://)[^/?#]*@", "***@", self.warehouse)


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from `overrides` (command line), else the environment, else the defaults.

    Raises SettingsError naming the variable and what it should look like.
    """
    env = os.environ if environ is None else environ
    raw = {s.name: _read(s, env) for s in SETTINGS}
    raw.update({name: str(value) for name, value in overrides.items() if value is not None})
    return Settings(
        warehouse=_warehouse(raw["warehouse"]),
        cluster=_cluster(raw["cluster"]),
        timezone=_timezone(raw["timezone"]),
        host=raw["host"],
        port=_int(raw, "port", 0, 65535),
        clickhouse_port=_int(raw, "clickhouse_port", 0, 65535),
        token=raw["token"],
        redaction_key=_redaction_key(raw["redaction_key"], env),
        no_reply_ms=_int(raw, "no_reply_seconds", 1, 86_400) * 1000,
        max_body_bytes=_int(raw, "max_body_bytes", 1024, 1 << 30),
        max_batch_events=_int(raw, "max_batch_events", 1, 1_000_000),
        max_events_per_second=_int(raw, "max_events_per_second", 1, 10_000_000),
        kafka=_brokers(raw["kafka"]),
        topic_prefix=_name("topic_prefix", raw["topic_prefix"]),
        worker_port=_int(raw, "worker_port", 0, 65535),
        worker_id=_name("worker_id", raw["worker_id"]),
        language=Path(raw["language"]) if raw["language"] else None,
    )


def state_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Where this user's kefu-pulse keeps what belongs to no warehouse folder."""
    env = os.environ if environ is None else environ
    home = env.get("XDG_STATE_HOME") or Path(env.get("HOME", "~")).expanduser() / ".local" / "state"
    return Path(home) / "kefu-pulse"


def _read(setting: Setting, env: Mapping[str, str]) -> str:
    file = env.get(f"{setting.env}_FILE")
    if not file:
        return env.get(setting.env, setting.default)
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{setting.env}_FILE={file}: cannot be read ({error}); fix the path") from error


def _warehouse(target: str) -> str:
    scheme, separator, _ = target.partition("://")
    if not target.strip() or (separator and scheme not in ("http", "https")):
        raise SettingsError(
            f"{_ENV['warehouse']}={target!r}: give a folder or http(s)://user:password@host:8123/database"
        )
    return target


def _brokers(text: str) -> str:
    brokers = ",".join(part.strip() for part in text.split(",") if part.strip())
    if not all(
        re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}", part) for part in brokers.split(",") if part
    ):
        raise SettingsError(
            f"{_ENV['kafka']}={text!r}: give brokers as host:port, several with commas between"
        )
    return brokers


def _name(setting: str, text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,100}", text):
        raise SettingsError(f"{_ENV[setting]}={text!r}: give letters, digits, dot, dash, underscore")
    return text


def _cluster(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,100}", name):
        raise SettingsError(
            f"{_ENV['cluster']}={name!r}: give a name that `SELECT cluster FROM system.clusters` lists"
        )
    return name


def _int(raw: Mapping[str, str], name: str, low: int, high: int) -> int:
    text = raw[name]
    if not re.fullmatch(r"\d{1,12}", text) or not low <= int(text) <= high:
        raise SettingsError(f"{_ENV[name]}={text!r}: give a whole number from {low} to {high}")
    return int(text)


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"{_ENV['timezone']}={name!r}: no such time zone; try Asia/Shanghai") from error
    return name


def _redaction_key(text: str, env: Mapping[str, str]) -> bytes:
    """The key of the pseudonyms: given, or one made for this user and kept, so that counts stay joined."""
    if text:
        return text.encode()
    return _kept_key(state_dir(env) / "redaction.key", secrets.token_hex)


def _kept_key(path: Path, make: Callable[[int], str]) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # O_EXCL through a link: two first runs at once must end up with one key.
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        if not path.exists():
            draft.touch(mode=0o600)
            draft.write_text(make(KEY_BYTES), encoding="ascii")
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text(encoding="ascii").strip().encode()
    except OSError as error:
        raise SettingsError(
            f"{path}: the redaction key cannot be kept ({error.strerror}); set {_ENV['redaction_key']}"
        ) from error
