"""The question database: what joins what, whose id stays, and that its rows are its whole state."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from functools import cache

from processors.question_database import Asked, Changes, QuestionDatabase
from processors.question_features import Wordings, wording_hash
from processors.question_shelf import TRAINER
from processors.rows import ClusterRow, WordingRow
from streams.language import load_language
from streams.synonyms import load_wordings

DAY = 86_400_000


@cache
def wordings() -> Wordings:
    return load_wordings(load_language())


class Tables:
    """What storage keeps: the newest row of each key."""

    def __init__(self) -> None:
        self.clusters: dict[str, ClusterRow] = {}
        self.wordings: dict[int, WordingRow] = {}

    def take(self, changes: Changes) -> None:
        for cluster in copy.deepcopy(changes.clusters):
            old = self.clusters.get(cluster.cluster_id)
            assert old is None or old.version <= cluster.version
            self.clusters[cluster.cluster_id] = cluster
        for wording in copy.deepcopy(changes.wordings):
            self.wordings[wording.wording] = wording

    def restored(self) -> QuestionDatabase:
        database = QuestionDatabase(wordings())
        database.restore(
            copy.deepcopy(list(self.clusters.values())), copy.deepcopy(list(self.wordings.values()))
        )
        return database

    def groups(self) -> set[frozenset[str]]:
        by: dict[str, set[str]] = {}
        for row in self.wordings.values():
            assert not self.clusters[row.cluster_id].merged_into
            by.setdefault(row.cluster_id, set()).add(row.text)
        return {frozenset(group) for group in by.values()}


def asked(texts: Iterable[str], first: int = 0) -> list[Asked]:
    return [Asked(text, first + number) for number, text in enumerate(texts)]


RETURNS = ["怎么退货", "如何退货", "退货流程是什么"]
INVOICES = ["能开发票吗", "发票怎么开", "可以开专票不"]


def test_wordings_join_what_they_resemble_and_others_found_their_own() -> None:
    tables, database = Tables(), QuestionDatabase(wordings())
    tables.take(database.learn(asked([RETURNS[0], INVOICES[0]])))
    ids = set(tables.clusters)
    tables.take(database.learn(asked(RETURNS[1:] + INVOICES[1:], 100)))
    assert set(tables.clusters) == ids
    assert tables.groups() == {frozenset(RETURNS), frozenset(INVOICES)}


def test_what_is_known_is_left_alone() -> None:
    database = QuestionDatabase(wordings())
    database.learn(asked(RETURNS))
    assert database.learn(asked(["怎么退货？", "您好 怎么退货"], 500)) == Changes([], [])


def test_a_settled_wording_stays_and_a_day_keeps_its_ids() -> None:
    tables, database = Tables(), QuestionDatabase(wordings())
    for text in (*RETURNS, *INVOICES):
        tables.take(database.learn([Asked(text, 0)]))
    before = {row.text: row.cluster_id for row in tables.wordings.values()}
    assert database.unsettled(DAY)
    tables.take(database.settle(DAY))
    assert not database.unsettled(DAY)
    assert {row.text: row.cluster_id for row in tables.wordings.values()} == before
    assert all(row.settled for row in tables.wordings.values())
    assert database.settle(DAY) == Changes([], [])


def test_history_is_settled_as_it_comes() -> None:
    database = QuestionDatabase(wordings())
    changes = database.learn(asked(RETURNS), settled_before_ms=DAY)
    assert all(row.settled for row in changes.wordings)
    assert not database.unsettled(DAY)


def test_restored_from_its_rows_it_goes_on_as_it_would_have() -> None:
    tables, database = Tables(), QuestionDatabase(wordings())
    tables.take(database.learn(asked(RETURNS[:2] + INVOICES[:1])))
    again = tables.restored()
    more = asked([RETURNS[2], *INVOICES[1:], "运费谁出", "来回邮费算谁的"], 50)
    assert database.learn(more) == again.learn(more)
    assert database.settle(DAY) == again.settle(DAY)


def test_a_wording_whose_cluster_was_not_stored_is_learned_anew() -> None:
    tables, database = Tables(), QuestionDatabase(wordings())
    changes = database.learn(asked(RETURNS))
    tables.take(Changes([], changes.wordings))
    again = tables.restored()
    assert len(again) == 0
    anew = again.learn(asked(RETURNS)).wordings
    assert [row.cluster_id for row in anew] == [row.cluster_id for row in changes.wordings]


def test_a_cluster_that_was_taken_up_says_where_it_went() -> None:
    gone = ClusterRow(cluster_id="q1", canonical="老名字", merged_into="q2", version=3)
    further = ClusterRow(cluster_id="q2", canonical="中间", merged_into="q3", version=4)
    stands = ClusterRow(cluster_id="q3", canonical="怎么退货", version=4)
    row = WordingRow(wording=wording_hash("如何退货"), text="如何退货", cluster_id="q1", first_asked=1)
    database = QuestionDatabase(wordings())
    database.restore([gone, further, stands], [row])
    assert database.resolve("q1") == "q3"
    found = database.cluster_of("如何退货")
    assert found is not None
    assert found.cluster_id == "q3"


def test_what_a_trainer_decided_neither_merges_nor_changes_its_name() -> None:
    decided = [
        ClusterRow(cluster_id="qa", canonical="退货政策", named_by=TRAINER, version=1),
        ClusterRow(cluster_id="qb", canonical="退货步骤", named_by=TRAINER, version=1),
    ]
    rows = [
        WordingRow(
            wording=wording_hash(text), text=text, cluster_id=cluster, first_asked=1, pinned=True, version=1
        )
        for text, cluster in (("怎么退货", "qa"), ("如何退货", "qb"))
    ]
    tables = Tables()
    tables.take(Changes(decided, rows))
    database = tables.restored()
    tables.take(database.learn(asked(["退货流程是什么", "怎样退货", "退货怎么弄"], 10)))
    tables.take(database.settle(DAY))
    assert {row.canonical for row in tables.clusters.values()} == {"退货政策", "退货步骤"}
    assert not any(row.merged_into for row in tables.clusters.values())
    assert {tables.wordings[row.wording].cluster_id for row in rows} == {"qa", "qb"}


def test_masks_are_no_wording_and_the_name_is_without_them() -> None:
    database = QuestionDatabase(wordings())
    first = database.learn([Asked("[订单#aaaa1111] 到哪了", 1)])
    assert database.learn([Asked("[订单#bbbb2222] 到哪了", 2)]) == Changes([], [])
    assert first.clusters[0].canonical == "到哪了"
