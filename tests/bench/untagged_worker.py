"""`kefu-pulse worker` with tagging taken out, to be measured beside a loop that does not tag either."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from processors.tags import Tagger, Tags, TextKind
from streams.cli import main

NEUTRAL = Tags("neutral", 0.0, ("other",), "inquiry", "normal", False, ())


def untagged(_tagger: Tagger, texts: Sequence[str], _kinds: Sequence[TextKind]) -> list[Tags]:
    """The same tags for every text."""
    return [NEUTRAL] * len(texts)


if __name__ == "__main__":
    Tagger.tag_many = untagged  # type: ignore[method-assign]
    sys.argv[0] = "kefu-pulse"
    main()
