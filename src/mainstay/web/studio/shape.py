"""Parts of a definition added, taken away, moved, and converted where their kind was changed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from mainstay.insights.bridge import metric_catalogue
from mainstay.web.studio import paths

SHARES = ("cumulative_share", "customer_share")
LEVELS = ("thresholds", "points")
_COMPARABLE = {"money", "count", "number", "ratio", "days"}


def act(definition: dict[str, Any], what: str) -> bool:
    """Do what a button says (``add:criteria``, ``drop:guards.1``, ``up:criteria.2``,
    ``down:criteria.2``); whether it was one of these.
    """
    verb, _, path = what.partition(":")
    if verb == "add":
        return _add(definition, path)
    above, _, last = path.rpartition(".")
    rows = paths.at(definition, above)
    if verb not in ("drop", "up", "down") or not isinstance(rows, list) or not last.isdigit():
        return False
    here = int(last)
    if here >= len(rows):
        return False
    row = rows.pop(here)
    if verb != "drop":
        rows.insert(max(here - 1, 0) if verb == "up" else here + 1, row)
    return True


def _add(definition: dict[str, Any], path: str) -> bool:
    above, _, kind = path.rpartition(".")
    place = paths.at(definition, above) if above else definition
    if not isinstance(place, dict) or kind not in _NEW:
        return False
    place.setdefault(kind, []).append(_NEW[kind](definition, place[kind]))
    return True


def _criterion(_definition: Any, there: list[Any]) -> dict[str, Any]:
    used = {row.get("metric") for row in there}
    return {
        "metric": next(name for name in comparable() if name not in used), "weight": "10",
        "direction": "higher", "scoring": {"by": "percentile"}, "missing": "exclude",
    }  # fmt: skip


def _guard(definition: Any, there: list[Any]) -> dict[str, Any]:
    classes = [klass["id"] for klass in definition.get("classes", ())]
    return {
        "name": _free("guard", there), "title": {"en": "New guard", "zh": "新防护"},
        "when": [{"metric": "overdue_share", "op": ">=", "value": "0.3"}],
        "at_best": classes[min(1, len(classes) - 1)],
        "why": {"en": "a good part is overdue", "zh": "相当一部分逾期"},
    }  # fmt: skip


def _judged(_definition: Any, there: list[Any]) -> dict[str, Any]:
    levels = (("poor", "差"), ("fair", "一般"), ("good", "好"))
    return {
        "name": _free("judged", there), "title": {"en": "New judgement", "zh": "新评判项"},
        "levels": [{"value": value, "title": {"en": en, "zh": zh}}
                   for value, (en, zh) in enumerate(levels, start=1)],
    }  # fmt: skip


_NEW = {"criteria": _criterion, "guards": _guard, "judged": _judged}


def _free(stem: str, there: list[Any]) -> str:
    taken = {row.get("name") for row in there}
    return next(name for n in range(1, len(there) + 2) if (name := f"{stem}_{n}") not in taken)


def comparable() -> list[str]:
    """The metrics that can be scored and compared, in the catalogue's order."""
    return [metric.name for metric in metric_catalogue() if metric.unit in _COMPARABLE]


def conform(definition: dict[str, Any], base: Mapping[str, Any]) -> None:
    """Make what a kind of scoring or cut needs that was changed since ``base``, and take away what
    it does not know.
    """
    for path in ("", "cuts.rows.", "cuts.columns.", *_segments(definition)):
        for row in paths.at(definition, f"{path}criteria") or ():
            if isinstance(row, dict) and isinstance(row.get("scoring"), dict):
                _scoring(row)
        cuts = paths.at(definition, f"{path}cuts")
        if isinstance(cuts, dict) and cuts.get("by") in (*SHARES, *LEVELS):
            _cuts(cuts, (paths.at(base, f"{path}cuts") or {}).get("by", ""))
    for guard in definition.get("guards") or ():
        guard["when"] = [one for one in guard.get("when", ()) if set(one) - {"op"}]
        for one in guard["when"]:
            if one.get("op") == "missing":
                one.pop("value", None)
    for judged in definition.get("judged") or ():
        judged["levels"] = _rows(judged.get("levels", []))
    if "runs" not in (definition.get("stability") or {"runs": 0}):
        del definition["stability"]


def _segments(definition: dict[str, Any]) -> list[str]:
    parts = paths.at(definition, "segments.parts") or ()
    return [f"segments.parts.{place}." for place in range(len(parts))]


def _scoring(row: dict[str, Any]) -> None:
    old = row["scoring"]
    by = old.get("by")
    lower = row.get("direction") == "lower"
    if by == "bands":
        bands = old.get("bands") or [
            {"from": node.get("at"), "score": node.get("score")} for node in old.get("nodes", ())
        ]
        row["scoring"] = {"by": by, "bands": _rows(bands) or [{"from": "0", "score": "1"}]}
    elif by == "linear":
        nodes = old.get("nodes") or sorted(
            ({"at": band.get("from"), "score": band.get("score")} for band in old.get("bands", ())),
            key=lambda node: _decimal(node["at"]),
        )
        nodes = _rows(nodes)
        ends = [{"at": "0", "score": str(int(lower))}, {"at": "1", "score": str(int(not lower))}]
        row["scoring"] = {"by": by, "nodes": nodes if len(nodes) > 1 else ends}
    elif by == "target" and "target" not in old:
        row["scoring"] = {"by": by, "target": "1", "nothing_at": "2" if lower else "0"}
    elif by == "target":
        row["scoring"] = {key: old[key] for key in ("by", "target", "nothing_at") if key in old}
    elif by == "percentile":
        row["scoring"] = {"by": by}


def _rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if any(value not in (None, "") for value in row.values())]


def _cuts(cuts: dict[str, Any], was: str) -> None:
    by = cuts["by"]
    if by == "points":
        cuts.pop("of", None)
    else:
        cuts.setdefault("of", "net_sales")
    if by != "customer_share":
        cuts.pop("direction", None)
    if by == was or {by, was} <= set(SHARES):
        return
    steps = [{"class": step["class"]} for step in cuts.get("steps", ())]
    count = len(steps) + 1
    for place, step in enumerate(steps, start=1):
        if by in SHARES:
            step["up_to"] = str(round(Decimal(place) / count, 2))
        else:  # a metric's own thresholds nobody can guess
            step["at_least"] = str(100 * (count - place) // count) if by == "points" else ""
    cuts["steps"] = steps


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
