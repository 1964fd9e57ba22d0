"""The command line: the one place that sees everything, and turns errors into a line and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import click

from streams.commands.deadletters import deadletters
from streams.commands.doctor import doctor
from streams.commands.history import import_files
from streams.commands.read import gaps, query, unanswered
from streams.commands.serve import demo, up
from streams.commands.stateless import cluster, redact, tag
from streams.errors import KefuError
from streams.output import say

COMMANDS = (demo, up, import_files, tag, redact, cluster, unanswered, gaps, deadletters, query, doctor)
INTERRUPTED = 130


@click.group(
    commands={command.name or "": command for command in COMMANDS},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="""\b
例 examples:
  kefu-pulse demo                                   先看看 · see it run
  kefu-pulse import chats.jsonl --warehouse ./data  导入 · history in
  kefu-pulse gaps --week 2026-W45                   缺口清单 · the gap list""",
)
@click.version_option(package_name="kefu-pulse")
@click.option("--debug", is_flag=True, help="出错时给出调用栈 · tracebacks")
def cli(debug: bool) -> None:
    """智能客服的脉搏：顾客在问什么、机器人答不上什么、满意度为什么变 · The live pulse of customer service."""


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of `kefu-pulse`: 0 success, 1 failure, 2 usage error, each failure in one line."""
    args = list(sys.argv[1:] if argv is None else argv)
    sys.exit(_run(args, debug="--debug" in args))


def _run(args: list[str], debug: bool) -> int:
    try:
        cli.main(args, prog_name="kefu-pulse", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
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
        return f"{error.format_message()} (see --help)", error.exit_code
    if isinstance(error, KeyboardInterrupt | click.exceptions.Abort):
        return (
            "已中断，已入库的都在 · interrupted; what was stored is safe, run it again to go on",
            INTERRUPTED,
        )
    if isinstance(error, KefuError):
        return str(error), error.exit_code
    return f"{type(error).__name__}: {error} (run with --debug and report it)", 1


if __name__ == "__main__":
    main()
