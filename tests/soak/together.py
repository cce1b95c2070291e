"""Several processes at one store at once: the end is that of one after the other.

Each process sleeps now and then, at points drawn from a seed, so that they meet in other places
each time.
"""

from __future__ import annotations

import random
from typing import Any

from tests.soak.kills import Seen, look
from tests.soak.store import Stage


def check(stage: Stage, uploads: dict[str, str], *, seed: int, rounds: int) -> None:
    """Two imports and a grading, two undos, an import and an undo: each so many times."""
    chance = random.Random(seed)
    stage.act("bring_in", upload=uploads["first"])
    base = look(stage)
    ends = _one_after_the_other(stage, uploads, base)
    for _ in range(rounds):
        imports_and_a_grading(stage, uploads, ends, chance)
        two_undos(stage, uploads, chance)
        stage.act("step_back", uploads=[uploads["third"], uploads["second"]])
        assert look(stage) == base
    an_import_and_an_undo(stage, uploads, chance)


def _one_after_the_other(stage: Stage, uploads: dict[str, str], base: Seen) -> list[Seen]:
    ends = []
    for order in (("second", "third"), ("third", "second")):
        for name in order:
            stage.act("bring_in", upload=uploads[name])
        ends.append(look(stage))
        stage.act("step_back", uploads=[uploads[name] for name in order])
        assert look(stage) == base
    assert ends[0] != ends[1], "the order of the imports makes no difference"
    return ends


def imports_and_a_grading(
    stage: Stage, uploads: dict[str, str], ends: list[Seen], chance: random.Random
) -> None:
    """Three workers take two imports and a grading from the queue."""
    stage.act("ask_import", upload=uploads["second"])
    stage.act("ask_grades")
    stage.act("ask_import", upload=uploads["third"])
    _all_end(stage, *[_paused("work", chance) for _ in range(3)])
    assert stage.act("look")["value"]["open"] == 0
    assert look(stage) in ends


def two_undos(stage: Stage, uploads: dict[str, str], chance: random.Random) -> None:
    """Two people take the same import back: one does, the other is told that it is done."""
    batch = stage.act("batch_of", upload=uploads["second"])["value"]
    both = stage.together(*[_paused("undo", chance, batch=batch) for _ in range(2)])
    assert sorted(end.get("error", "") for end in both) == ["", "NotInForce"], both
    look(stage)


def an_import_and_an_undo(stage: Stage, uploads: dict[str, str], chance: random.Random) -> None:
    """The second file comes in while the first is taken back, which it holds unchanged."""
    first, second = uploads["first"], uploads["second"]
    stage.act("bring_in", upload=second)
    stage.act("take_back", upload=first)
    end = look(stage)
    stage.act("take_back", upload=second)
    stage.act("bring_in", upload=first)
    batch = stage.act("batch_of", upload=first)["value"]
    stage.act("ask_import", upload=second)
    _all_end(stage, _paused("work", chance), _paused("undo", chance, batch=batch))
    stage.act("take_over")
    assert look(stage) == end


def _paused(act: str, chance: random.Random, **arguments: Any) -> dict[str, Any]:
    return {"act": act, "with": arguments, "pauses": chance.randrange(1 << 30)}


def _all_end(stage: Stage, *orders: dict[str, Any]) -> None:
    ends = stage.together(*orders)
    assert all(end["ended"] == 0 for end in ends), ends
