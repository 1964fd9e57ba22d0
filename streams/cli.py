"""The command line: the one place that sees everything, and turns errors into a line and an exit code."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import NamedTuple

import click

from streams.errors import KefuError
from streams.output import say, use_utf8

INTERRUPTED = 130
MOST_CHARS = 300
"""Of an error that nobody foresaw; --debug shows all of it."""


class Entry(NamedTuple):
    """Where a command is (`streams.commands.` module, name in it), and its line in the overview."""

    module: str
    name: str
    summary: str


COMMANDS = {
    "demo": Entry("serve", "demo", "完整产品跑在模拟直播流上 · See the whole product on a simulated stream"),
    "up": Entry("serve", "up", "接收本店事件：HTTP 接入、页面、指标 · Take your own events, durably"),
    "import": Entry("history", "import_files", "导入历史：JSONL、CSV、XLSX · Import history, resumable"),
    "unanswered": Entry("read", "unanswered", "每个顾客问题一行：答没答上、证据 · Questions, judged"),
    "gaps": Entry("gaps", "gaps", "一周里机器人答不上来的问题，按代价排序 · The ranked gap list of a week"),
    "query": Entry("read", "query", "只读 SQL · Read-only SQL on the warehouse"),
    "deadletters": Entry("deadletters", "deadletters", "没能收下的记录 · What could not be taken"),
    "tag": Entry("stateless", "tag", "给顾客的话打标签 · Tag the customer texts of events"),
    "eval": Entry("evaluate", "evaluate", "用自己标注的话检验标签 · Measure the tags on your own labels"),
    "redact": Entry("stateless", "redact", "隐去个人信息 · Mask personal data in texts"),
    "cluster": Entry("stateless", "cluster", "把同一个问题归到一起 · Group texts that ask the same"),
    "taxonomy": Entry("taxonomy", "taxonomy", "自有词库：检查、查看 · Check and show a trainer's own words"),
    "topics": Entry("topics", "topics", "主题：在 Kafka 上建立、查看 · Create and describe the Kafka topics"),
    "produce": Entry("produce", "produce", "把文件发到 Kafka，先脱敏 · Send files to Kafka, masked"),
    "lag": Entry("lag", "lag", "积压：还有多少在 Kafka 里没入库 · What waits in Kafka to be stored"),
    "worker": Entry("worker", "worker", "处理进程：读 Kafka，可以开很多个 · A Faust worker on Kafka"),
    "replay": Entry("replay", "replay", "把 Kafka 里一段时间的记录重新处理 · Take a stretch of Kafka again"),
    "doctor": Entry("doctor", "doctor", "体检：哪里不对、怎么办 · Check everything, say what to do"),
}


class LazyCommands(Mapping[str, click.Command]):
    """Imports a command when it is asked for: the overview must not wait for an engine to load."""

    def __getitem__(self, name: str) -> click.Command:
        """The command `name`; KeyError when there is none."""
        module, attribute, _ = COMMANDS[name]
        command = getattr(import_module(f"streams.commands.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - COMMANDS is ours; a test asks for each
        return command

    def __iter__(self) -> Iterator[str]:
        """The names, in the order in which one meets the commands."""
        return iter(COMMANDS)

    def __len__(self) -> int:
        """How many commands there are."""
        return len(COMMANDS)


class Overview(click.Group):
    """The commands as a user first meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in their own order."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a guess at what was meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = get_close_matches(name.lower(), COMMANDS, 1)
            guess = (
                f"是不是想用 · did you mean {near[0]}?" if near else f"可用 · one of: {', '.join(COMMANDS)}"
            )
            raise click.UsageError(f"没有命令 {name!r} · no such command; {guess}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """One line each, from `COMMANDS`."""
        with formatter.section("命令 Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(
    cls=Overview,
    commands=LazyCommands(),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="""\b
例 examples:
  kefu-pulse demo                                   先看看 · see it run
  kefu-pulse import chats.jsonl --warehouse ./data  导入 · history in
  kefu-pulse gaps --week 2026-W45                   缺口清单 · the gap list""",
)
@click.version_option(package_name="kefu-pulse")
@click.option("--debug", is_flag=True, help="出错时给出调用栈 · tracebacks")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """智能客服的脉搏：顾客在问什么、机器人答不上什么、满意度为什么变 · The live pulse of customer service."""
    del debug  # read before anything can fail, in `main`
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


_GC_THRESHOLDS = (50_000, 20, 100)
"""A batch makes tens of thousands of rows that live as long as it: at Python's own thresholds the collector
takes a seventh of the time, looking through them and the lexicons again and again."""


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of `kefu-pulse`: 0 success, 1 failure, 2 usage error, each failure in one line."""
    args = list(sys.argv[1:] if argv is None else argv)
    _hold_standard_streams()
    use_utf8()
    gc.set_threshold(*_GC_THRESHOLDS)
    sys.exit(_run(args, debug=args[:1] == ["--debug"]))


def _hold_standard_streams() -> None:
    """A file opened later must not get the number of a closed standard stream: others write to it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _run(args: list[str], debug: bool) -> int:
    try:
        # Not `cli.main`, which has words of its own for an interrupt.
        with cli.make_context("kefu-pulse", args) as context:
            cli.invoke(context)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        return 0  # the reader of the help left
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort: one line, the traceback with --debug
        if debug:
            traceback.print_exc()
        message, code = _explain(error)
        say("kefu-pulse: " + " ".join(message.split()))
        return code
    return 0


def _explain(error: BaseException) -> tuple[str, int]:
    """One line for the user, and the exit code."""
    if isinstance(error, click.ClickException):
        return _usage(error), error.exit_code
    if isinstance(error, KeyboardInterrupt | click.exceptions.Abort):
        return (
            "已中断，已入库的都在 · interrupted; what was stored is safe, run it again to go on",
            INTERRUPTED,
        )
    if isinstance(error, KefuError):
        return str(error), error.exit_code
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{f': {error.filename}' if error.filename else ''}", 1
    return f"{type(error).__name__}: {str(error)[:MOST_CHARS]} (run `kefu-pulse --debug …` and report it)", 1


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "kefu-pulse"
    return f"用法有误 · {error.format_message().rstrip('.')} (see {path} --help)"


if __name__ == "__main__":
    main()
