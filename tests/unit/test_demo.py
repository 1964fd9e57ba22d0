"""The demo stream: deterministic, ordered, valid, and consistent with its truth."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from processors.events import AnyEvent, ChatMessage
from streams.demo import DemoConfig, TruthQuestion, disorder, stream, truth, write_jsonl
from streams.demo.facts import id_check_digit, luhn_digit
from streams.demo.model import MINUTE_MS, REPLY_LIMIT_MS
from streams.demo.scenarios import Family, load_language, load_world

START_MS = 1_794_187_200_000
"""2026-11-09T09:20:00+08:00, a Monday morning."""
FOUR_HOURS = DemoConfig(start_ms=START_MS, end_ms=START_MS + 240 * MINUTE_MS)
TOPICS = {
    "product", "order", "logistics", "promotion", "payment", "after_sales", "invoice", "quality", "service",
    "account", "other",
}  # fmt: skip
REASONS = {"fallback", "low_confidence", "no_reply", "handoff", "rephrased", "rejected", "human_corrected"}
EXTRA_FIELDS = {
    "type", "status", "reason", "score", "scale_max", "comment", "about_event_id", "rating", "reply_text",
    "category",
}  # fmt: skip


@cache
def events() -> list[dict[str, Any]]:
    return list(stream(FOUR_HOURS))


@cache
def questions() -> list[TruthQuestion]:
    return list(truth(FOUR_HOURS).questions)


@cache
def conversations() -> dict[str, list[dict[str, Any]]]:
    whole: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events():
        whole[event.get("conversation_id", "")].append(event)
    return whole


def settled() -> list[TruthQuestion]:
    return [q for q in questions() if q.settled_ms < START_MS + 240 * MINUTE_MS]


def millis(event: dict[str, Any]) -> int:
    return round(datetime.fromisoformat(event["occurred_at"]).timestamp() * 1000)


def share_unanswered(keep: Callable[[TruthQuestion], bool]) -> float:
    kept = [q.unanswered for q in questions() if keep(q)]
    return sum(kept) / len(kept)


def digest(n_events: int) -> str:
    config = DemoConfig(start_ms=START_MS)
    return hashlib.sha256(msgspec.json.encode(list(islice(stream(config), n_events)))).hexdigest()


def test_same_stream_in_another_process_with_other_hash_seed_and_time_zone() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import test_demo; print(test_demo.digest(3000))"
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest(3000)


def test_a_longer_stream_starts_with_the_shorter_one() -> None:
    endless = stream(DemoConfig(start_ms=START_MS))
    assert list(islice(endless, len(events()))) == events()
    cut = DemoConfig(start_ms=START_MS, end_ms=START_MS + 61_234)
    short = list(stream(cut))
    assert short == events()[: len(short)] and millis(events()[len(short)]) >= START_MS + 61_234


def test_other_seed_other_story_and_ids_never_collide() -> None:
    configs = (DemoConfig(start_ms=START_MS, seed=s) for s in (11, 12))
    first, second = ({e["event_id"] for e in islice(stream(c), 3000)} for c in configs)
    later = {e["event_id"] for e in islice(stream(DemoConfig(start_ms=START_MS + MINUTE_MS)), 3000)}
    assert len(first) == 3000
    assert first.isdisjoint(second) and first.isdisjoint(later)


def test_ordered_and_unique() -> None:
    keys = [(millis(e), e["event_id"]) for e in events()]
    assert keys == sorted(keys)
    assert len({e["event_id"] for e in events()}) == len(keys)
    assert keys[0][0] >= START_MS and keys[-1][0] < START_MS + 240 * MINUTE_MS


def test_every_event_is_valid() -> None:
    known = set(ChatMessage.__struct_fields__) | EXTRA_FIELDS
    for event in events():
        assert event["occurred_at"].endswith("+08:00") and event.keys() <= known
        msgspec.convert({**event, "occurred_at": millis(event)}, AnyEvent)
        assert event.get("text", "x").strip()
        assert not set("{}|>") & set(event.get("text", ""))


def test_all_topics_reasons_and_kinds_occur() -> None:
    assert {q.topic for q in questions()} == TOPICS
    assert {reason for q in questions() for reason in q.reasons} == REASONS
    assert {q.family for q in questions()} == set(load_language().families)
    kinds = Counter((e["type"], e.get("sender") or e.get("status", "")) for e in events())
    assert min(kinds.values()) > 20 and len(kinds) == 10
    assert {e["scale_max"] for e in events() if e["type"] == "rating"} == {1, 5}
    assert {e["shop_id"] for e in events()} == {shop.id for shop in load_world().shops}


def test_truth_points_at_customer_messages() -> None:
    texts = {e["event_id"]: e for e in events() if e.get("sender") == "customer"}
    for q in questions():
        assert texts[q.event_id]["conversation_id"] == q.conversation_id
        assert q.group_event_ids[-1] == q.event_id and set(q.group_event_ids) <= texts.keys()
        assert millis(texts[q.event_id]) == q.asked_ms < q.settled_ms
    assert [q.asked_ms for q in questions()] == sorted(q.asked_ms for q in questions())
    assert len({q.event_id for q in questions()}) == len(questions())


def test_unanswered_exactly_when_there_is_a_reason() -> None:
    for q in questions():
        assert q.unanswered == bool(q.reasons)
        assert set(q.reasons).isdisjoint(q.reasons_optional) and len(set(q.reasons)) == len(q.reasons)
    assert 0.15 < share_unanswered(lambda q: q.asked_ms < START_MS + 60 * MINUTE_MS) < 0.3


def first_reply(q: TruthQuestion) -> dict[str, Any] | None:
    after = (e for e in conversations()[q.conversation_id] if millis(e) > q.asked_ms)
    return next((e for e in after if e.get("sender") in ("bot", "agent")), None)


def test_no_reply_is_silence_of_more_than_the_limit() -> None:
    for q in settled():
        reply = first_reply(q)
        late = reply is None or millis(reply) - q.asked_ms > REPLY_LIMIT_MS
        assert late == ("no_reply" in q.reasons)


def test_low_confidence_is_the_first_answer_below_one_half() -> None:
    for q in settled():
        reply = first_reply(q)
        unsure = reply is not None and reply.get("bot", {}).get("confidence", 1) < 0.5
        assert ("low_confidence" in q.reasons) == (unsure and q.unanswered)


def test_low_csat_never_follows_an_answered_question() -> None:
    last = {q.conversation_id: q for q in settled()}
    low = [e for e in events() if e["type"] == "rating" and e["scale_max"] == 5 and e["score"] <= 2]
    judged = [last[e["conversation_id"]] for e in low if e["conversation_id"] in last]
    assert len(judged) > 50
    assert all("rejected" in q.reasons + q.reasons_optional for q in judged)


def test_a_handoff_event_comes_with_the_reason() -> None:
    handed = {e["conversation_id"] for e in events() if e.get("status") == "handoff"}
    assert all(q.conversation_id in handed for q in settled() if "handoff" in q.reasons)


def test_thumb_down_names_the_rejected_answer() -> None:
    down = [e for e in events() if e["type"] == "rating" and e["scale_max"] == 1 and e["score"] == 0]
    bots = {e["event_id"] for e in events() if e.get("sender") == "bot"}
    rejected = {q.conversation_id for q in questions() if "rejected" in q.reasons}
    assert down and all(e["about_event_id"] in bots and e["conversation_id"] in rejected for e in down)


def test_the_incident_is_visible_where_and_when_it_is_said() -> None:
    incident = truth(FOUR_HOURS).incident
    assert incident.starts_at == START_MS + 114 * MINUTE_MS

    def inside(q: TruthQuestion) -> bool:
        return q.shop_id == incident.shop_id and incident.starts_at <= q.asked_ms < incident.ends_at

    assert share_unanswered(inside) > 0.5
    assert share_unanswered(lambda q: q.shop_id != incident.shop_id) < 0.35
    assert sum(q.topic == incident.topic for q in questions() if inside(q)) > 0.5 * sum(
        map(inside, questions())
    )


def test_the_bad_release_is_visible_in_its_intents_only() -> None:
    bad = truth(FOUR_HOURS).regression
    shop = [q for q in questions() if q.shop_id == bad.shop_id]
    families = {f.name for f in load_language().families.values() if f.intent in bad.intents}
    assert {q.bot_version for q in shop if q.asked_ms > bad.starts_at + 30 * MINUTE_MS} == {bad.bot_version}

    def rate(after: bool, hit: bool) -> float:
        return share_unanswered(
            lambda q: (
                q.shop_id == bad.shop_id
                and (q.bot_version == bad.bot_version) == after
                and (q.family in families) == hit
            )
        )

    assert rate(True, True) > 0.5
    assert max(rate(False, True), rate(False, False), rate(True, False)) < 0.35


def test_releases_are_known_up_front_and_keep_the_incident_secret() -> None:
    rows = truth(DemoConfig(start_ms=START_MS)).releases
    assert {row.kind for row in rows} == {"bot_version", "promotion"}
    assert [row.starts_at for row in rows] == sorted(row.starts_at for row in rows)
    assert START_MS + 70 * MINUTE_MS in {row.starts_at for row in rows if row.kind == "bot_version"}


def test_mean_rate_of_a_week_is_the_asked_one() -> None:
    week = DemoConfig(start_ms=START_MS, end_ms=START_MS + 7 * 1440 * MINUTE_MS, events_per_minute=3)
    assert sum(1 for _ in stream(week)) / (7 * 1440) == pytest.approx(3, rel=0.12)


def test_disorder_loses_nothing_and_is_reproducible() -> None:
    calm = events()[:5000]
    mixed = list(disorder(calm, seed=3))
    ids = [e["event_id"] for e in mixed]
    assert ids == [e["event_id"] for e in disorder(calm, seed=3)]
    assert set(ids) == {e["event_id"] for e in calm} and len(calm) < len(ids) < 1.01 * len(calm)
    backward = sum(millis(b) < millis(a) for a, b in pairwise(mixed))
    assert 0.01 < backward / len(mixed) < 0.05


def test_write_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_jsonl(path, 5000, FOUR_HOURS)
    lines = path.read_bytes().splitlines()
    assert [msgspec.json.decode(line) for line in lines] == events()[:5000]


def test_personal_data_has_valid_check_digits() -> None:
    # The example of GB 11643-1999, and a test number of ISO/IEC 7812.
    assert id_check_digit("11010519491231002") == "X"
    assert luhn_digit("7992739871") == "3"


@pytest.mark.parametrize("family", load_language().families.values(), ids=lambda f: f.name)
def test_each_family_has_enough_to_say(family: Family) -> None:
    assert len(family.ask) >= 8 and family.wrong and family.topic in TOPICS
    assert len({part for wording in family.ask for part in wording.parts}) >= 8
    assert all(wording.good and wording.agent for wording in family.ask)
    assert any(wording.again for wording in family.ask)
    right = {line for wording in family.ask for line in wording.good}
    assert right.isdisjoint(family.wrong)
