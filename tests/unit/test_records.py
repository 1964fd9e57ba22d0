"""Records: what is told to others, its keys, its schemas and the page that shows it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from processors.conversation import Conversation
from processors.events import AnyEvent, DeadLetter
from processors.facts import FactBuilder, Facts
from processors.pipeline import chat_facts
from processors.records import (
    SCHEMA_NAMES,
    DeadLetterRecord,
    Tagged,
    TagRecord,
    UnansweredRecord,
    dead_letter_records,
    tag_records,
    unanswered_records,
)
from processors.redact import Redactor
from processors.rows import DeadLetterRow, MessageRow, TurnRow
from processors.tags import Tagger
from streams.codec import Decoded, decode, decode_many, encode
from streams.commands.stateless import TAG_COLUMNS
from streams.exchange_weights import load_reader
from streams.kafka.schemas import FOLDER, schemas
from streams.language import load_language
from streams.sources.topics import IN, OUT, RELEASES, key_of_event
from streams.tag_weights import load_tag_model

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8")
RECORDS = (TagRecord, UnansweredRecord, DeadLetterRecord)


def lines(page: str) -> list[bytes]:
    """The records of the first JSON block of a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0].encode().splitlines()


@pytest.fixture(scope="module")
def decoded() -> Decoded:
    return decode_many(enumerate([*lines("unanswered.md"), *lines("events.md")[3:]], 1))


@pytest.fixture(scope="module")
def facts(decoded: Decoded) -> Facts:
    builder = FactBuilder(Redactor(b"docs"), Tagger(load_language(), load_tag_model()))
    return builder.build("docs", decoded.events, decoded.positions)


@pytest.fixture(scope="module")
def turns(facts: Facts) -> list[TurnRow]:
    conversation = Conversation(load_reader())
    for fact in chat_facts(facts):
        if fact.shop_id == "tm_nuanyang":
            conversation.on_event(fact)
    return conversation.on_watermark(1 << 60).turns


LETTER = DeadLetterRow(
    source="kafka:chat/3", position=1042, reason="not_json", detail="…", raw="不是 JSON", raw_bytes=11
)


def test_a_tag_record_has_the_key_of_its_event(decoded: Decoded, facts: Facts) -> None:
    keys = {event.event_id: key_of_event(event) for event in decoded.events}
    records = tag_records(facts.messages)
    assert [record.event_id for _, record in records] == ["m1", "m3", "v1", "p1"]
    assert all(key == keys[record.event_id] for key, record in records)


def test_texts_of_others_have_no_tags() -> None:
    row = MessageRow(event_id="b", type="chat.message", occurred_at=1, shop_id="s", channel="c", sender="bot")
    assert tag_records([row]) == []


def test_the_command_prints_the_fields_of_the_record() -> None:
    assert Tagged.__struct_fields__ == TAG_COLUMNS
    assert TagRecord.__struct_fields__[: len(TAG_COLUMNS)] == TAG_COLUMNS


def test_a_verdict_says_what_shows_it_each_message_once(turns: list[TurnRow]) -> None:
    row = msgspec.structs.replace(
        turns[0], evidence={"rephrased": ["m3", "m2"], "fallback": ["m2"]}, wording=255
    )
    ((key, record),) = unanswered_records([row])
    assert key == "tm_nuanyang/tmall/c1"
    assert (record.evidence, record.wording, record.withdrawn) == (("m3", "m2"), "00000000000000ff", False)


def test_what_is_withdrawn_is_told_as_that(turns: list[TurnRow]) -> None:
    row = msgspec.structs.replace(turns[0], is_deleted=1, state="open", urgency="", version=9)
    ((_, record),) = unanswered_records([row])
    assert (record.withdrawn, record.unanswered, record.version) == (True, False, 9)


def test_a_dead_letter_is_keyed_by_its_place() -> None:
    ((key, record),) = dead_letter_records([LETTER])
    assert key == "kafka:chat/3:1042"
    assert record.raw == "不是 JSON"


def test_records_decode_back_under_their_own_constraints(facts: Facts, turns: list[TurnRow]) -> None:
    told = [*tag_records(facts.messages), *unanswered_records(turns), *dead_letter_records([LETTER])]
    assert {type(record) for _, record in told} == set(RECORDS)
    for _, record in told:
        assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)) == record


def test_events_decode_back_by_their_schema(decoded: Decoded) -> None:
    for event in decoded.events:
        assert msgspec.json.decode(encode(event), type=AnyEvent) == event


# --- schemas and the page --------------------------------------------------------------------


def test_the_committed_schemas_are_those_of_the_structs() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert committed == schemas(), "run: python -m streams.kafka.schemas"


def test_every_encoded_field_is_in_its_schema_and_all_are_required(
    facts: Facts, turns: list[TurnRow]
) -> None:
    told = [*tag_records(facts.messages), *unanswered_records(turns), *dead_letter_records([LETTER])]
    for _, record in told:
        name = SCHEMA_NAMES[type(record)]
        schema = json.loads(schemas()[name.removeprefix("kefu-pulse.").replace("/", "-") + ".json"])
        shape = schema["$defs"][type(record).__name__]
        assert schema["title"] == name
        assert set(msgspec.to_builtins(record)) == set(shape["properties"]) == set(shape["required"])


def section(heading: str) -> str:
    return PAGE.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]


def examples(heading: str) -> list[dict[str, Any]]:
    found = re.findall(r"^```json\n(.*?)^```", section(heading), re.MULTILINE | re.DOTALL)
    return [json.loads(line) for block in found for line in block.splitlines()]


def test_the_page_has_every_topic_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", section("主题"), re.MULTILINE)
    assert rows == [*IN, *OUT, RELEASES]
    named = set(re.findall(r"schemas/([\w-]+\.json)", PAGE))
    assert named == set(schemas())


def settled(record: dict[str, Any]) -> dict[str, Any]:
    """Without what a better model changes."""
    return {
        name: value for name, value in record.items() if name not in ("score", "sentiment_score", "version")
    }


def test_the_examples_are_what_the_product_says(facts: Facts, turns: list[TurnRow]) -> None:
    tags = {record.event_id: msgspec.to_builtins(record) for _, record in tag_records(facts.messages)}
    (shown,) = examples("`tags`")
    assert settled(shown) == settled(json.loads(json.dumps(tags["m1"])))
    (shown,) = examples("`unanswered`")
    verdicts = {record.event_id: record for _, record in unanswered_records(turns)}
    assert settled(shown) == settled(json.loads(msgspec.json.encode(verdicts["m1"])))


def test_the_example_of_an_event_is_one_and_that_of_a_dead_letter_is_none() -> None:
    (event,) = examples("来路")
    taken = decode(json.dumps(event).encode(), 1)
    assert not isinstance(taken, DeadLetter)
    assert json.loads(encode(taken)) == event
    (shown,) = examples("`dead-letters`")
    letter = msgspec.convert(shown, DeadLetterRecord)
    judged = decode(letter.raw.encode(), letter.position)
    assert isinstance(judged, DeadLetter)
    assert (judged.reason, judged.detail, judged.raw_bytes) == (
        letter.reason,
        letter.detail,
        letter.raw_bytes,
    )
