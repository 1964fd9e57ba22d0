"""The question database in the warehouse: what the keeper writes, after deaths and across days too."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import START_MS
from shop import batch, make_parts, message, opened

from processors.rows import ClusterRow
from streams.runtimes.committer import Parts
from streams.testing import AbortAt, Aborted
from streams.warehouse.client import Warehouse
from streams.warehouse.questions import QuestionKeeper

DAY_SECONDS = 86_400
ASKED = ("怎么退货", "能开发票吗", "如何退货", "发票怎么开", "你好", "退货流程是什么", "谢谢")


@pytest.fixture(scope="module")
def parts() -> Parts:
    return make_parts()


def asked(texts: tuple[str, ...], day: int = 0) -> list[bytes]:
    """Each text opens a conversation of its own."""
    return [
        message(f"d{day}q{number}", day * DAY_SECONDS + number, text, conversation_id=f"d{day}c{number}")
        for number, text in enumerate(texts)
    ]


def clusters(store: Warehouse) -> dict[str, set[str]]:
    """The wordings of each standing cluster."""
    found: dict[str, set[str]] = {}
    for cluster, text in store.query("SELECT cluster_id, text FROM wordings").rows:
        found.setdefault(cluster, set()).add(text)
    standing = store.query("SELECT cluster_id FROM clusters WHERE merged_into = ''").rows
    assert set(found) == {cluster for (cluster,) in standing}
    return found


RETURNS, INVOICES = {"怎么退货", "如何退货", "退货流程是什么"}, {"能开发票吗", "发票怎么开"}


def test_questions_of_all_kinds_find_their_cluster(tmp_path: Path, parts: Parts) -> None:
    complaint = {"type": "complaint", "conversation_id": ""}
    lines = [*asked(ASKED), message("r1", 50, "请问退货要怎么操作？", **complaint)]
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch(lines))
        runtime.finish_history()
        assert runtime.refresh_questions() == 6
        assert runtime.refresh_questions() == 0
        groups = sorted(clusters(store).values(), key=len)
        assert groups == [INVOICES, {*RETURNS, "请问退货要怎么操作？"}]
        rows = store.query(
            "SELECT event_id, cluster_id != '' FROM (SELECT event_id, wording FROM turns UNION ALL SELECT "
            "event_id, wording FROM messages WHERE wording != 0) AS q LEFT JOIN wordings USING (wording)"
        ).rows
        assert len(rows) == 6
        assert all(found for _, found in rows)


def test_ids_stay_over_days_and_restarts(tmp_path: Path, parts: Parts) -> None:
    seen: dict[str, str] = {}
    for day, texts in enumerate((ASKED[:2], ASKED[2:4], ASKED[5:6], ("退货怎么弄", "开票要什么信息"))):
        with opened(tmp_path / "w", parts) as (store, runtime):
            runtime.process(batch(asked(texts, day), 1 + 10 * day))
            while runtime.refresh_questions():
                pass
            now = dict(store.query("SELECT text, cluster_id FROM wordings").rows)
            assert now.items() >= seen.items()
            seen = now
            unsettled = store.query("SELECT text FROM wordings WHERE NOT settled").rows
            assert {text for (text,) in unsettled} == set(texts)
    assert len(set(seen.values())) == 2


def test_killed_at_each_write_it_writes_the_same(tmp_path: Path, parts: Parts) -> None:
    with opened(tmp_path / "calm", parts) as (store, runtime):
        runtime.process(batch(asked(ASKED)))
        while runtime.refresh_questions():
            pass
        expected = clusters(store)
    for step in (1, 2):
        with opened(tmp_path / f"killed{step}", parts) as (store, runtime):
            runtime.process(batch(asked(ASKED)))
            with pytest.raises(Aborted):
                QuestionKeeper(store, parts.wordings, AbortAt(step)).refresh(START_MS)
            QuestionKeeper(store, parts.wordings).refresh(START_MS)
            assert clusters(store) == expected


def test_a_stale_id_still_leads_somewhere(tmp_path: Path, parts: Parts) -> None:
    with opened(tmp_path / "w", parts) as (store, runtime):
        runtime.process(batch(asked(ASKED)))
        runtime.refresh_questions()
        (standing,) = (name for name, texts in clusters(store).items() if texts == RETURNS)
        store.insert("clusters", [ClusterRow(cluster_id="q1", merged_into=standing, version=1)])
        runtime.process(batch(asked(("退货怎么弄",), 1), 20))
        runtime.refresh_questions()
        assert clusters(store)[standing] == {*RETURNS, "退货怎么弄"}
