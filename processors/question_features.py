"""What a question says, apart from how it says it: the features that group questions.

A text becomes a bag of four kinds of feature: what it is about (`#退货`, from the
synonym table), what it asks for (`?怎么`), the words left over (`=吸尘器`), and the
character pairs of the whole text (`~退款`), which forgive segmentation and typing.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct

from processors.normalise import normalise
from processors.question_model import Embeddings, Floats, IntentModel, Meant

CONCEPT, FORM, WORD, PAIR, CHAR = "#?=~."
"""First character of a feature: its kind."""

MASK = re.compile(r"\[[^\[\]#]{1,8}(?:#[0-9a-f]{4,16}|x)\]")
"""A masked piece of personal data or a placeholder: [手机#7f3a9c2e], [数字x]."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NOISE = re.compile(
    r"您好|你好|哈喽|hello|在吗|在么|在不在|亲亲|亲爱的|亲(?=[,，~～ 啊呀])|^亲|"
    r"请问一下|请问下|请问|我?想?要?问一下|我?想?要?问下|我想问|想问|我?想?要?咨询一下|我?想?要?咨询下|想咨询|"
    r"麻烦你们|麻烦您|麻烦你|麻烦|谢谢您|谢谢你|谢谢|谢了|多谢|帮我看一?下|帮我查一?下|帮我|帮忙|"
    r"不好意思|打扰了|打扰一下|打扰|小姐姐|客服|老板|店家|掌柜的?|(?<=\w)[啊呀哦噢哈呗哇嘛啦]+(?=\W*$)"
)
_MARKS = re.compile(r"[\W_]+")
_EDGE_MARKS = " \t\r\n,，.。;；:：、!！~～…-"
_STOP = frozenset(
    "0的了吗呢啊呀吧嘛么哦噢哈嗯呗哇诶欸哎啦喽嘞哟我你您他她它这那是就都也还又再才在把被给跟和与或而但个件下上里得地着过很太有没不要会去来到说想让用对从之于请该"
) | {
    *("我们", "你们", "咱们", "他们", "这个", "那个", "这款", "这些", "那些", "这样", "那样", "那么"),
    *("这么", "但是", "所以", "因为", "如果", "的话", "一下", "一个", "没有", "现在", "已经", "什么", "怎么"),
}


class SynonymTable(Struct, frozen=True):
    """Wordings by meaning: `forms` are ways to ask, `concepts` are what is asked about."""

    forms: Mapping[str, tuple[str, ...]]
    concepts: Mapping[str, tuple[str, ...]]


class Wordings:
    """Reads the features of questions.

    `words` splits a normalised text; `idf` is the natural-log inverse document
    frequency of words in the language at large, `default_idf` of words unknown to it;
    `embeddings` and `intents` are what was learned.
    """

    def __init__(
        self,
        words: Callable[[str], Sequence[str]],
        idf: Mapping[str, float],
        default_idf: float,
        synonyms: SynonymTable,
        *,
        embeddings: Embeddings,
        intents: IntentModel,
    ) -> None:
        self._words = words
        self._embeddings = embeddings
        self._intents = intents
        self._idf = idf
        self._default = default_idf
        pairs = [
            (normalise(wording), kind + meaning)
            for kind, group in ((FORM, synonyms.forms), (CONCEPT, synonyms.concepts))
            for meaning, wordings in group.items()
            for wording in (meaning, *wordings)
        ]
        self._meanings = [meaning for _, meaning in pairs]
        self._synonyms = AhoCorasick([wording for wording, _ in pairs], matchkind=MatchKind.LeftmostLongest)

    @property
    def dimensions(self) -> int:
        """Length of `vector`."""
        return int(self._embeddings.vectors.shape[1])

    def rarity(self, word: str) -> float:
        """The idf of a word in the language at large."""
        return self._idf.get(word, self._default)

    def features(self, key: str) -> Counter[str]:
        """Counts of the features of a text's `key`; never empty."""
        if not _MARKS.sub("", key):
            return Counter((WORD + key,))
        text = _NUMBER.sub("0", key)
        meanings, rest = self._fold(text)
        counts = Counter(meanings)
        counts.update(WORD + word for word in self._words(rest) if word not in _STOP and not word.isspace())
        for run in text.split():
            counts.update(PAIR + run[i : i + 2] for i in range(len(run) - 1))
        return counts or Counter((WORD + key,))

    def vector(self, key: str) -> Floats:
        """The meaning of a text's `key` as a direction; see `Embeddings.vector`."""
        words = (word for word in self._words(key) if not word.isspace())
        return self._embeddings.vector(list(words), _STOP)

    def meant(self, key: str, features: Iterable[str]) -> Meant:
        """What a customer may want; see `IntentModel.meant`."""
        return self._intents.meant(signs(key, features), self.vector(key))

    def _fold(self, text: str) -> tuple[list[str], str]:
        """The meanings found, longest wording first, and the text with a space in place of each."""
        found: list[str] = []
        rest: list[str] = []
        done = 0
        for number, start, end in self._synonyms.find_matches_as_indexes(text):
            found.append(self._meanings[number])
            rest.append(text[done:start])
            done = end
        return found, " ".join((*rest, text[done:]))


def signs(key: str, features: Iterable[str]) -> set[str]:
    """What the intent model looks at: the features of a text and its characters without digits."""
    return {*features, *(CHAR + char for char in key if not char.isspace() and not char.isdigit())}


def plain(text: str) -> str:
    """`text` without masks and polite noise, as one would write it in a list of questions."""
    bare = MASK.sub("", text)
    quiet = _NOISE.sub("", bare)
    best = next((form for form in (quiet, bare) if _MARKS.sub("", form)), text)
    return best.strip(_EDGE_MARKS) or text


def wording_key(text: str) -> str:
    """What makes two texts the same wording: letters and digits only, masks as 0, without polite noise."""
    masked = MASK.sub("0", normalise(text))
    for form in (_NOISE.sub(" ", masked), masked):
        key = _MARKS.sub(" ", form).strip()
        if key:
            return key
    return masked.strip()


def wording_hash(text: str) -> int:
    """The wording of a text as a number: 64 bits of the BLAKE2b hash of its `wording_key`, never 0."""
    key = wording_key(text).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") or 1
