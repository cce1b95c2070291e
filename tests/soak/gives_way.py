"""The demo company gives way to a firm's own files while the process is killed on the way.

Whatever shows is all of the demo company or all of the firm's own import, never both and never
neither; in the end it is what the own import alone shows.
"""

from __future__ import annotations

import random

from tests.soak.kills import look
from tests.soak.stage import KILLED
from tests.soak.store import Stage

DEMO, OWN = "first", "second"
"""Of the uploads: the same numbers and codes, some with other content."""
ENDS = 4
"""More than the attempts of a job: after so many kills somebody asks for the import again."""


def check(stage: Stage, uploads: dict[str, str], *, seed: int, kills: int) -> int:
    """Let the demo company give way so often until that many processes were killed; how many."""
    stage.act("bring_in", upload=uploads[OWN])
    alone = look(stage)
    stage.act("step_back", uploads=[uploads[OWN]])
    stage.act("load_demo", upload=uploads[DEMO])
    demo = look(stage)
    points = stage.act("bring_in", upload=uploads[OWN])["points"]
    assert look(stage) == alone
    assert demo[0] != alone[0]
    chance, killed = random.Random(seed), 0
    while killed < kills:
        stage.act("step_back", uploads=[uploads[OWN]])
        stage.act("load_demo", upload=uploads[DEMO])
        assert look(stage) == demo
        begun = chance.randint(1, points)
        for point in (begun, *(chance.randint(1, points) for _ in range(chance.randrange(ENDS)))):
            (end,) = stage.together(
                {"act": "bring_in", "with": {"upload": uploads[OWN]}, "kill_at": point}
            )
            books, grades = look(stage)
            whole = {"demo": demo, "own": (alone[0], grades)}
            assert (books, grades) in whole.values(), f"killed at {point} of {points}: {books}"
            if books == alone[0]:
                assert not stage.act("holds_demo")["value"]
            if end["ended"] != KILLED:
                assert end["ended"] == 0, end
                break
            killed += 1
        for _ in range(3):
            stage.act("bring_in", upload=uploads[OWN])
            if look(stage) == alone:
                break
            stage.act("ask_grades")
        assert look(stage) == alone
    return killed
