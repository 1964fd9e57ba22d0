"""Whatever is asked in whatever order: each wording is in one standing cluster, and every id leads to one."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.question_database import Asked, QuestionDatabase
from tests.unit.test_question_database import DAY, Tables, wordings

TEXTS = (
    *(
        "怎么退货",
        "如何退货",
        "退货运费谁出",
        "运费谁承担",
        "能开发票吗",
        "发票怎么开",
        "几天能到",
        "多久到货",
    ),
    *("什么时候发货", "尺码偏大吗", "165穿什么码", "掉色吗", "会不会掉色", "优惠券用不了", "券怎么用不了"),
    *("", "?", "😀", "12345", "a" * 300, "\ud83d", "怎么退货 发票怎么开"),
)
passes = st.lists(
    st.tuples(st.lists(st.sampled_from(TEXTS), max_size=6), st.booleans()), min_size=1, max_size=6
)


@settings(max_examples=60, deadline=None)
@given(passes)
def test_tables_stay_whole_and_a_restart_changes_nothing(steps: list[tuple[list[str], bool]]) -> None:
    tables, database, now = Tables(), QuestionDatabase(wordings()), 0
    for texts, over in steps:
        again = tables.restored()
        asked = [Asked(text, now + number) for number, text in enumerate(texts)]
        changes = copy.deepcopy(database.learn(asked))
        assert again.learn(asked) == changes
        tables.take(changes)
        if over:
            now += DAY
            changes = copy.deepcopy(database.settle(now))
            assert again.settle(now) == changes
            tables.take(changes)
        now += 10
    tables.groups()
    for cluster in tables.clusters.values():
        assert database.resolve(cluster.cluster_id) in {row.cluster_id for row in tables.wordings.values()}
