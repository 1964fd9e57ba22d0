"""One YAML file as keys and words with their lines; what is wrong is collected, nothing stops at it."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import yaml

from streams.lexicon.problems import ERROR, Problem

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL, _TEXT = "tag:yaml.org,2002:null", "tag:yaml.org,2002:str"


class Item(NamedTuple):
    """A key of a mapping with what stands under it."""

    key: str
    line: int
    node: yaml.Node


class Word(NamedTuple):
    """One wording as written."""

    text: str
    line: int


class Sheet:
    """Reads one file; its methods note in `problems` what they cannot take and return the rest."""

    def __init__(self, file: Traversable) -> None:
        self.name = str(file)
        self.problems: list[Problem] = []
        self._lines: list[str] = []
        self._root = self._compose(file) if file.is_file() else None

    def top(self) -> list[Item]:
        """The keys of the file; none where there is no file."""
        return [] if self._root is None else self.items(self._root, "")

    def refuse(self, line: int | None, key: str, problem: str, advice: str) -> None:
        """Note an error."""
        self.problems.append(Problem(ERROR, self.name, line, key, problem, advice))

    def items(self, node: yaml.Node, key: str) -> list[Item]:
        """The entries of a mapping; nothing at all counts as an empty one."""
        if node.tag == _NULL:
            return []
        if not isinstance(node, yaml.MappingNode):
            self.refuse(
                line_of(node),
                key,
                "应为键值 · must be a mapping",
                "照自带的同名文件写 · see the packaged file of the same name",
            )
            return []
        found: dict[str, Item] = {}
        for name, value in node.value:
            item = Item(str(name.value), line_of(name), value)
            if item.key in found:
                first = (
                    f"第 {found[item.key].line} 行已有同一个键 · stands in line {found[item.key].line} too"
                )
                self.refuse(item.line, way(key, item.key), first, "合成一处 · make them one")
            else:
                found[item.key] = item
        return list(found.values())

    def words(self, node: yaml.Node, key: str) -> list[Word]:
        """Words of a text, split at blanks: safe for `#`, `?` and `!`, which YAML lists would need quoted."""
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL:
            self.refuse(
                line_of(node),
                key,
                "words 应为文字 · words must be text",
                "词之间用空格分开 · write them with blanks between: 词一 词二",
            )
            return []
        return self._placed(node)

    def texts(self, node: yaml.Node, key: str) -> list[Word]:
        """The texts of a list."""
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(line_of(node), key, "应为列表 · must be a list", "写成 · write [说法一, 说法二]")
            return []
        found = []
        for item in node.value:
            if isinstance(item, yaml.ScalarNode) and item.tag == _TEXT and item.value.strip():
                found.append(Word(item.value.strip(), line_of(item)))
            else:
                self.refuse(
                    line_of(item),
                    key,
                    "不是词语 · is no wording",
                    "数字要加引号，空的删去 · quote a number, remove what is empty",
                )
        return found

    def _compose(self, file: Traversable) -> yaml.Node | None:
        try:
            text = file.read_text(encoding="utf-8-sig")
            self._lines = text.splitlines()
            root: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
            self.refuse(
                mark.line + 1 if mark else None,
                "",
                f"YAML 格式有误 · is not valid YAML: {reason}",
                "改好这一行 · correct that line",
            )
        except UnicodeDecodeError:
            self.refuse(None, "", "编码不是 UTF-8 · not UTF-8", "另存为 UTF-8 · save the file as UTF-8")
        except OSError as error:
            self.refuse(
                None, "", f"读不了 · cannot be read: {error.strerror}", "检查权限 · check its permissions"
            )
        else:
            return root
        return None

    def _placed(self, node: yaml.ScalarNode) -> list[Word]:
        """The words of a scalar, each with the line it stands on: they come in the order of the lines."""
        line, last = node.start_mark.line, min(node.end_mark.line, len(self._lines) - 1)
        found = []
        for word in node.value.split():
            at = line
            while at < last and word not in _tokens(self._lines[at]):
                at += 1
            line = at if word in _tokens(self._lines[at]) else line
            found.append(Word(word, line + 1))
        return found


def _tokens(line: str) -> list[str]:
    return line.replace('"', " ").replace("'", " ").replace(",", " ").replace("}", " ").split()


def line_of(node: yaml.Node) -> int:
    """The line on which a node begins, from 1."""
    return int(node.start_mark.line) + 1


def way(*keys: str) -> str:
    """Keys from the outside in, as shown."""
    return " / ".join(key for key in keys if key)
