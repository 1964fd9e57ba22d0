"""What every processor owes the runtimes: the same value everywhere, no I/O, inputs left alone."""

from __future__ import annotations

import ast
import copy
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from processors.answers import AnswerReader
from processors.conversation import ChatFact, Conversation
from processors.events import AnyEvent, ChatMessage, Complaint, Rating, Review
from processors.facts import FactBuilder
from processors.gaps import QuestionFact, best_answer, rank_gaps
from processors.normalise import normalise
from processors.pipeline import FOREVER_MS, Pipeline, chat_facts, key_of
from processors.question_bank import cluster_texts
from processors.question_features import wording_key
from processors.redact import Redactor
from processors.satisfaction_features import Turn
from processors.segment import Segmenter
from processors.tags import Tagger
from streams.codec import decode_many
from streams.demo import DemoConfig, stream
from streams.exchange_weights import load_reader
from streams.language import load_language
from streams.satisfaction_weights import load_satisfaction
from streams.synonyms import load_wordings
from streams.tag_weights import load_tag_model

ROOT = Path(__file__).parents[2]
T0 = 1_793_000_000_000
HOSTILE = (
    "", " ", "\x00", "a\x00b", "\ud83d", "\ufffd", "😅👨‍👩‍👧", "ｆｕｌｌ－ｗｉｄｔｈ１２３", "退貨運費誰出",
    "\u202e票发开\u202c", "\u200b零\u200b宽", "?" * 2_000, "好" * 20_000, "1" * 5_000, "\n\r\t\x0b\x85\u2028",
    "<b>&amp;</b>", "'; DROP TABLE messages; --", "{{}}%s\\", "e\u0301\u0327" * 50, "[手机#00000000]",
    "-0 NaN 1e999",
)  # fmt: skip
ORDINARY = (
    "什么时候发货", "我的手机13812345678，尽快联系我", "质量太差了，再也不买了", "转人工", "好的谢谢",
    "衣服掉色严重，要求退款，不然打12315", "亲，48小时内发货哦", "抱歉，没听懂您的问题", "能开发票吗",
    "这个尺码偏大吗？我165",
)  # fmt: skip
TEXTS = (*ORDINARY, *HOSTILE)


class Subject(NamedTuple):
    """A processor as a function of one input; `owns`: the contract lets it change that input."""

    call: Callable[[Any], Any]
    inputs: list[Any]
    owns: bool = False


def subjects() -> dict[str, Subject]:
    """Every processor, built afresh."""
    language, reader = load_language(), load_reader()
    redactor, tagger, wordings = Redactor(b"k"), Tagger(language, load_tag_model()), load_wordings(language)
    satisfied = load_satisfaction(language, tagger)
    builder, segmenter = FactBuilder(redactor, tagger), Segmenter(language.words)
    texts, lists = list(TEXTS), [[], list(ORDINARY), list(TEXTS), ["", ""]]
    raws = [
        *TEXTS,
        json.dumps({"event_id": "1", "text": ORDINARY[1], "deep": [{"a": "b"}]}),
        "[1",
        "{",
        "9" * 30,
    ]
    by_conversation = conversations(builder)
    return {
        "redact": Subject(redactor.redact, texts),
        "redact_raw": Subject(redactor.redact_raw, list(raws)),
        "redact_value": Subject(redactor.redact_value, [None, 1.5, [{"a": texts}], {"13812345678": 10**11}]),
        "normalise": Subject(normalise, texts),
        "segment": Subject(lambda text: segmenter.words(normalise(text)), texts),
        "tag chat": Subject(lambda text: tagger.tag(text, "chat"), texts),
        "tag review": Subject(lambda text: tagger.tag(text, "review"), texts),
        "tag complaint": Subject(lambda text: tagger.tag(text, "complaint"), texts),
        "read customer": Subject(reader.customer, texts),
        "read reply": Subject(lambda text: reader.reply(text, intent=text, is_fallback=None), texts),
        "wording key": Subject(wording_key, texts),
        "cluster": Subject(lambda said: cluster_texts(said, wordings), lists),
        "rank gaps": Subject(lambda asked: rank_gaps(asked, wordings), list(map(questions, lists))),
        "best answer": Subject(best_answer, lists),
        "satisfaction": Subject(lambda said: satisfied(turns(said)), lists),
        "facts": Subject(lambda taken: builder.build("s", taken, range(len(taken))), [events()], owns=True),
        "conversation": Subject(lambda facts: judged(reader, facts), by_conversation),
        "pipeline": Subject(lambda facts: piped(reader, facts), [list(chain(*by_conversation))]),
    }  # fmt: skip


def turns(said: list[str]) -> list[Turn]:
    """Texts as a conversation of two sides."""
    return [
        Turn(("customer", "bot", "customer", "agent", "system")[at % 5], text) for at, text in enumerate(said)
    ]


def events() -> list[AnyEvent]:
    """Demo events, hostile messages in one conversation, and each other type with each text."""
    demo = stream(DemoConfig(seed=3, start_ms=T0, end_ms=None, events_per_minute=600.0))
    found = decode_many(
        [(i, msgspec.json.encode(event)) for i, event in zip(range(300), demo, strict=False)]
    ).events
    for number, text in enumerate(TEXTS):
        place: dict[str, Any] = {"occurred_at": T0 + number, "shop_id": text[:100] or "s", "channel": "jd"}
        names = iter(f"{kind}{number}" for kind in range(9))
        found += [
            ChatMessage(event_id=next(names), conversation_id="h", sender="customer", text=text, **place),
            ChatMessage(event_id=next(names), conversation_id="h", sender="bot", text=text, **place),
            Review(event_id=next(names), text=text, reply_text=text, **place),
            Complaint(event_id=next(names), text=text, category=text, **place),
            Rating(event_id=next(names), score=0, scale_max=1, comment=text, about_event_id=text, **place),
        ]
    return found


def conversations(builder: FactBuilder) -> list[list[ChatFact]]:
    found: dict[tuple[str, str, str], list[ChatFact]] = {}
    taken = events()
    for fact in chat_facts(builder.build("s", taken, range(len(taken)))):
        found.setdefault(key_of(fact), []).append(fact)
    return list(found.values())


def judged(reader: AnswerReader, facts: list[ChatFact]) -> object:
    conversation = Conversation(reader)
    conversation.restore(facts)
    again = Conversation(reader)
    again.restore(conversation.snapshot())
    first = conversation.on_watermark(FOREVER_MS)
    assert again.on_watermark(FOREVER_MS) == first
    return first


def piped(reader: AnswerReader, facts: list[ChatFact]) -> object:
    pipeline = Pipeline(reader)
    for fact in facts:
        pipeline.restore(key_of(fact), [fact])
    verdicts = pipeline.on_watermark(FOREVER_MS)
    assert verdicts.failures == []
    return verdicts


def questions(texts: list[str]) -> list[QuestionFact]:
    return [
        QuestionFact(
            event_id=f"e{i}", conversation_id=f"c{i}", customer_id="u", text=text, occurred_at=T0 + i,
            unanswered=bool(i % 3), reasons=("fallback",), nature="inquiry", urgency="normal",
        )
        for i, text in enumerate(texts)
    ]  # fmt: skip


@cache
def built(_copy: int) -> dict[str, Subject]:
    return subjects()


NAMES = (
    "redact", "redact_raw", "redact_value", "normalise", "segment", "tag chat", "tag review", "tag complaint",
    "read customer", "read reply", "wording key", "cluster", "rank gaps", "best answer",
    "satisfaction", "facts", "conversation", "pipeline",
)  # fmt: skip


def test_every_subject_is_checked() -> None:
    assert set(NAMES) == set(built(0))


def answers(subject: Subject, order: list[int]) -> dict[int, Any]:
    return {place: plain(subject.call(copy.deepcopy(subject.inputs[place]))) for place in order}


def plain(value: Any) -> Any:
    """Comparable and printable, whatever sets and arrays it is made of."""
    if isinstance(value, msgspec.Struct):
        return [type(value).__name__, *map(plain, msgspec.structs.astuple(value))]
    if hasattr(value, "__slots__") and type(value).__module__.startswith("processors."):
        return [type(value).__name__, *(plain(getattr(value, name)) for name in value.__slots__)]
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(map(repr, map(plain, value)))
    if isinstance(value, dict):
        return [[plain(key), plain(item)] for key, item in value.items()]
    return value


@pytest.mark.parametrize("name", NAMES)
def test_another_instance_and_another_order_give_the_same(name: str) -> None:
    one, two = built(0)[name], built(1)[name]
    places = list(range(len(one.inputs)))
    shuffled = random.Random(1).sample(places, len(places))
    assert answers(one, places) == answers(two, shuffled) == answers(one, shuffled)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_left_alone(name: str) -> None:
    subject = built(0)[name]
    before = copy.deepcopy(subject.inputs)
    for value in subject.inputs if not subject.owns else []:
        subject.call(value)
    assert subject.inputs == before


@pytest.mark.parametrize("name", NAMES)
def test_no_input_or_output_while_processing(name: str) -> None:
    subject = built(0)[name]
    answers(subject, [0])
    with watched() as seen:
        answers(subject, list(range(len(subject.inputs))))
    assert seen == []


_watching: list[tuple[int, list[str]]] = []
_INPUT_OUTPUT = (
    "open",
    "socket.",
    "subprocess.",
    "os.",
    "shutil.",
    "sqlite3.",
    "urllib.",
    "ctypes.dlopen",
    "glob.",
)


def _hook(event: str, _args: tuple[Any, ...]) -> None:
    if _watching and event.startswith(_INPUT_OUTPUT) and _watching[0][0] == threading.get_ident():
        _watching[0][1].append(event)


@cache
def _hooked() -> None:
    sys.addaudithook(_hook)


@contextmanager
def watched() -> Iterator[list[str]]:
    """What of this thread reaches beyond memory, as the interpreter's own audit events tell."""
    _hooked()
    seen: list[str] = []
    _watching.append((threading.get_ident(), seen))
    try:
        yield seen
    finally:
        _watching.clear()


def test_the_watch_sees_what_it_should(tmp_path: Path) -> None:
    with watched() as seen:
        (tmp_path / "x").write_text("x")
        os.remove(tmp_path / "x")  # noqa: PTH107 - the very call that must be seen
    assert "open" in seen and "os.remove" in seen


PRINT_DIGESTS = """
import sys, json, hashlib
sys.path[:0] = {paths!r}
from test_processors import built, answers
told = {{}}
for name, subject in built(0).items():
    found = repr(answers(subject, list(range(len(subject.inputs)))))
    told[name] = hashlib.sha256(found.encode("utf-8", "replace")).hexdigest()
print(json.dumps(told))
"""


def test_another_process_with_another_hash_seed_gives_the_same() -> None:
    script = PRINT_DIGESTS.format(paths=[str(ROOT), str(Path(__file__).parent)])
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "4242")
    ]
    first, second = (json.loads(run.communicate(timeout=120)[0]) for run in runs)
    assert set(first) == set(NAMES)
    assert first == second


def test_tags_stay_within_their_values() -> None:
    topics = {"product", "order", "logistics", "promotion", "payment", "after_sales", "invoice", "quality"}
    for text in TEXTS:
        for kind in ("chat", "review", "complaint"):
            tags = built(0)[f"tag {kind}"].call(text)
            assert tags.sentiment in ("negative", "neutral", "positive")
            assert -1 <= tags.sentiment_score <= 1
            assert tags.topics and set(tags.topics) <= topics | {"service", "account", "other"}
            assert tags.nature in ("inquiry", "request", "complaint", "suggestion", "praise", "chitchat")
            assert tags.urgency in ("critical", "high", "normal", "low")


def _sources() -> list[tuple[str, ast.Module]]:
    files = sorted((ROOT / "processors").rglob("*.py"))
    return [(file.name, ast.parse(file.read_text(encoding="utf-8"))) for file in files]


def test_nothing_is_pickled_guessed_or_read_from_a_clock() -> None:
    """import-linter keeps the modules out that do I/O; these slip through the ones that are let in."""
    modules = {
        "pickle",
        "marshal",
        "shelve",
        "copyreg",
        "ctypes",
        "importlib",
        "builtins",
        "tempfile",
        "uuid",
    }
    calls = {
        "now",
        "today",
        "utcnow",
        "hash",
        "open",
        "eval",
        "exec",
        "input",
        "print",
        "urandom",
        "default_rng",
    }
    found = []
    for name, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found += [(name, alias.name) for alias in node.names if alias.name.split(".")[0] in modules]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in modules:
                found.append((name, str(node.module)))
            elif isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                found += [(name, called)] if called in calls else []
    assert found == []
