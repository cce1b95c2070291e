"""Work on a store while its process is killed again and again: what shows is never in between.

A scenario of imports, undos and gradings is rehearsed once without a kill, which gives the states
before and after each step. Then it is repeated with a SIGKILL at a random point (a statement, a
COPY, a commit: before or after it) or a random moment; the next process carries on. After every
kill the store must show one of the step's states, never an earlier one than before, and tie.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.soak.stage import KILLED
from tests.soak.store import Stage

Seen = tuple[str, str]
"""Digests of the books and of the grades shown."""

SCENARIO = (
    ("bring_in", "first"), ("bring_in", "second"), ("grade", ""), ("take_back", "second"),
    ("bring_in", "second"), ("take_back", "first"), ("bring_in", "first"), ("take_back", "second"),
    ("take_back", "first"),
)  # fmt: skip
"""It ends where it began, with nothing in force, so that it can be repeated."""
KILLS_OF_A_STEP = (1, 1, 2, 2, 3, 4)
"""More than the attempts of a job: somebody asks for the import again then."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the scenario, as it went in the rehearsal."""

    act: str
    upload: str
    states: list[Seen]
    """What shows in its course, in order: before, between the switches, after."""
    points: int
    seconds: float


@dataclass(slots=True)
class Tally:
    """What a soak has done."""

    kills: Counter[str] = field(default_factory=Counter)
    """Processes that really died, by step and the state they left."""
    survived: int = 0
    """Processes that were done before their kill."""
    steps: int = 0

    def __str__(self) -> str:
        kinds = ", ".join(f"{what} {count}" for what, count in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} processes killed mid-work ({kinds}); {self.survived} were done "
            f"first; {self.steps} steps ended as rehearsed"
        )


def look(stage: Stage) -> Seen:
    """What the store shows; fails where it does not tie or a job ended in an error."""
    found: dict[str, Any] = stage.act("look")["value"]
    assert not found["faults"], found
    assert not found["failed"], found
    return found["state"]["books"], found["state"]["grades"]


def rehearse(stage: Stage, uploads: dict[str, str]) -> list[Step]:
    """Go through the scenario without a kill."""
    steps = []
    for act, name in SCENARIO:
        states = [look(stage)]
        begun = time.monotonic()
        points = 0
        for part, arguments in _parts(stage, act, uploads.get(name, "")):
            points += stage.act(part, **arguments)["points"]
            states.append(look(stage))
        if act == "bring_in":  # the books switch first, the grades after them
            before, after = states
            states = [before, (after[0], before[1]), after]
        steps.append(Step(act, name, states, points, time.monotonic() - begun))
    assert steps[-1].states[-1] == steps[0].states[0], "the scenario does not end where it began"
    return steps


def _parts(stage: Stage, act: str, upload: str) -> list[tuple[str, dict[str, Any]]]:
    if act == "bring_in":
        return [(act, {"upload": upload})]
    if act == "take_back":
        batch = stage.act("batch_of", upload=upload)["value"]
        return [("undo_only", {"batch": batch}), ("take_over", {})]
    return [("ask_grades", {}), ("take_over", {})]


def soak(stage: Stage, uploads: dict[str, str], *, seed: int, kills: int, seconds: float) -> Tally:
    """Repeat the scenario until that many processes were killed, or the seconds have passed."""
    steps = rehearse(stage, uploads)
    until = time.monotonic() + seconds
    chance = random.Random(seed)
    tally = Tally()
    while True:
        for step in steps:
            if tally.kills.total() >= kills or time.monotonic() > until:
                return tally
            _go(stage, step, uploads.get(step.upload, ""), chance, tally)


def _go(stage: Stage, step: Step, upload: str, chance: random.Random, tally: Tally) -> None:
    """Carry the step out against several kills, then to its end."""
    name = f"{step.act} {step.upload}".strip()
    if step.act == "grade":
        stage.act("ask_grades")
    act: dict[str, Any] = {"act": step.act, "with": {"upload": upload}}
    if step.act == "grade":
        act = {"act": "take_over"}
    reached = 0
    for _ in range(chance.choice(KILLS_OF_A_STEP)):
        if chance.random() < 0.6:
            kill: dict[str, float] = {"kill_at": chance.randint(1, step.points)}
        else:
            kill = {"kill_after": chance.uniform(0, step.seconds)}
        (end,) = stage.together(act | kill)
        seen = look(stage)
        allowed = step.states[reached:]
        assert seen in allowed, f"{name}, {kill}: shows {seen}, not one of {allowed}"
        reached += allowed.index(seen)
        if end["ended"] != KILLED:
            assert end["ended"] == 0, f"{name}: {end}"
            tally.survived += 1
            break
        tally.kills[f"{step.act}:{reached}"] += 1
    _finish(stage, step, act, name)
    tally.steps += 1


def _finish(stage: Stage, step: Step, act: dict[str, Any], name: str) -> None:
    """Let the step end. A job that lost its worker too often was failed: ask for it again."""
    last = step.states[-1]
    for _ in range(3):
        stage.act(act["act"], **act.get("with", {}))
        seen = look(stage)
        if seen == last and _is_done(stage, step, act):
            return
        if seen[0] == last[0]:  # only the grading is missing
            stage.act("ask_grades")
    raise AssertionError(f"{name} ends with {seen}, not {last}")


def _is_done(stage: Stage, step: Step, act: dict[str, Any]) -> bool:
    """Whether the step was taken: before and after it the same may show."""
    if step.act == "grade":
        return True
    in_force = stage.act("in_force", **act["with"])["value"]
    return bool(in_force) == (step.act == "bring_in")
