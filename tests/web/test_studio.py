"""The studio of a scheme and the comparison of two, as pages."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import User
from mainstay.insights.models import SchemeVersion
from mainstay.insights.schemes import in_use
from mainstay_engine import load_scheme
from tests.people import person

PRESETS = [scheme.name for scheme in in_use.presets()]


def fields(text: str) -> dict[str, str]:
    """What a browser would send of the studio's form."""
    form = text.split('id="studio"', 1)[1].split("</form>", 1)[0]
    found = {}
    for tag in re.findall(r"<input [^>]*>", form):
        if (name := re.search(r' name="([^"]*)"', tag)) is not None:
            value = re.search(r' value="([^"]*)"', tag)
            found[name[1]] = html.unescape(value[1]) if value else ""
    selects = re.compile(r'<select [^>]*?name="([^"]*)".*?>(.*?)</select>', re.DOTALL)
    for name, options in selects.findall(form):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = html.unescape((chosen or re.search(r'value="([^"]*)"', options))[1])
    return found


@pytest.mark.parametrize("scheme", PRESETS)
def test_the_controls_of_a_preset_change_nothing_by_themselves(page: Client, scheme: str) -> None:
    text = page.get(reverse("scheme-studio", args=[scheme])).content.decode()
    sent = fields(text)
    before = json.loads(sent["definition"])
    again = page.post(reverse("scheme-studio", args=[scheme]), sent | {"do": "show"})
    assert again.status_code == 200
    after = json.loads(fields(again.content.decode())["definition"])
    assert after == before


def studio(page: Client, scheme: str = "composite", **changed: str) -> tuple[Any, dict[str, str]]:
    """The studio's answer to changed fields, and the fields it holds then."""
    address = reverse("scheme-studio", args=[scheme])
    sent = fields(page.get(address).content.decode())
    named = {f"d.{name.replace('__', '.')}": value for name, value in changed.items()}
    unknown = named.keys() - sent.keys()
    assert not unknown
    answer = page.post(address, sent | named | {"do": "show"})
    return answer, fields(answer.content.decode())


def definition(sent: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sent["definition"])
    return found


def test_numbers_are_read_as_people_write_them(page: Client) -> None:
    _answer, sent = studio(
        page, criteria__0__weight="25", criteria__2__scoring__nodes__1__at="30%",
        criteria__2__scoring__nodes__2__at="40", criteria__2__scoring__nodes__2__score="100",
        guards__1__when__1__value="6", stability__margin="", stability__runs="3",
        cuts__steps__0__at_least="80", guards__0__hold="at_worst", guards__0__held="B",
        title__en="House grade",
    )  # fmt: skip
    found = definition(sent)
    assert found["criteria"][0]["weight"] == "25"
    assert found["criteria"][2]["scoring"]["nodes"] == [
        {"at": "0", "score": "0"}, {"at": "0.3", "score": "1"}, {"at": "0.4", "score": "1"},
    ]  # fmt: skip
    assert found["guards"][1]["when"][1]["value"] == "0.06"
    assert found["stability"] == {"runs": 3}
    assert found["cuts"]["steps"][0]["at_least"] == "80"
    assert (found["guards"][0]["at_worst"], "at_best" in found["guards"][0]) == ("B", False)
    assert found["title"]["en"] == "House grade"


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("drop:criteria.0", ["order_days", "margin", "tenure"]),
        ("down:criteria.0", ["order_days", "net_sales", "margin"]),
        ("up:criteria.2", ["net_sales", "margin", "order_days"]),
        ("up:criteria.0", ["net_sales", "order_days", "margin"]),
        ("drop:criteria.99", ["net_sales", "order_days", "margin"]),
        ("drop:nothing.0", ["net_sales", "order_days", "margin"]),
        ("burn:criteria.0", ["net_sales", "order_days", "margin"]),
    ],
)
def test_criteria_are_moved_and_taken_away(page: Client, do: str, expected: list[str]) -> None:
    address = reverse("scheme-studio", args=["composite"])
    sent = fields(page.get(address).content.decode())
    after = definition(fields(page.post(address, sent | {"do": do}).content.decode()))
    assert [one["metric"] for one in after["criteria"]][:3] == expected


@pytest.mark.parametrize("what", ["criteria", "guards", "judged"])
def test_what_is_added_holds_together(page: Client, what: str) -> None:
    address = reverse("scheme-studio", args=["composite"])
    sent = fields(page.get(address).content.decode())
    answer = page.post(address, sent | {"do": f"add:{what}"})
    before, after = definition(sent), definition(fields(answer.content.decode()))
    assert len(after[what]) == len(before.get(what, [])) + 1
    load_scheme(after)


@pytest.mark.parametrize("by", ["bands", "linear", "target", "percentile"])
@pytest.mark.parametrize("scheme", ["composite", "momentum"])
def test_another_curve_holds_together(page: Client, scheme: str, by: str) -> None:
    address = reverse("scheme-studio", args=[scheme])
    sent = fields(page.get(address).content.decode())
    kinds = {name: by for name in sent if name.endswith(".scoring.by")}
    after = definition(fields(page.post(address, sent | kinds | {"do": "show"}).content.decode()))
    assert {one["scoring"]["by"] for one in after.get("criteria", ())} <= {by}
    load_scheme(after)


@pytest.mark.parametrize("by", ["cumulative_share", "customer_share", "thresholds"])
def test_another_cut_keeps_the_classes(page: Client, by: str) -> None:
    _answer, sent = studio(page, "abc", cuts__by=by)
    cuts = definition(sent)["cuts"]
    assert (cuts["by"], [step["class"] for step in cuts["steps"]]) == (by, ["A", "B"])


def test_every_fault_stands_at_its_control(page: Client) -> None:
    answer, _sent = studio(
        page, criteria__0__weight="much", title__en="", cuts__steps__1__at_least="90",
        guards__0__when__0__value="x",
    )  # fmt: skip
    text = answer.content.decode()
    for control in ("criteria-0-weight", "title-en", "guards-0-when-0-value"):
        told = text.split(f'id="c-{control}-t"', 1)[1].split("</div>", 1)[0]
        assert 'class="fault"' in told.split("</span></span>", 1)[0]
    assert "3 faults" not in text
    assert "4 faults" in text
    assert "thresholds must go" in text.split('id="cuts"', 1)[1].split("</section>", 1)[0]


def test_what_no_control_shows_stays(page: Client) -> None:
    address = reverse("scheme-studio", args=["composite"])
    sent = fields(page.get(address).content.decode())
    extra = definition(sent) | {"show": ["orders"], "measures": [], "unknown": {"a": [1]}}
    answer = page.post(address, sent | {"definition": json.dumps(extra), "do": "show"})
    after = definition(fields(answer.content.decode()))
    assert after["unknown"] == {"a": [1]}
    assert after["show"] == ["orders"]
    assert "unknown" in answer.content.decode().split('role="alert"', 1)[1]


def test_a_preview_is_a_fragment_that_tells_each_control(page: Client) -> None:
    address = reverse("scheme-studio", args=["abc"])
    sent = fields(page.get(address).content.decode())
    sent["d.cuts.steps.0.up_to"] = "30"
    answer = page.post(address, sent, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "<html" not in text
    assert "would move" in text
    assert re.search(r'id="c-cuts-steps-0-up_to-t" hx-swap-oob="true"[^<]*<[^>]*>was 80', text)
    assert page.post(address, {"definition": "no json"}).status_code == 400
    assert page.post(address, {}).status_code == 400


def test_text_and_controls_are_one_definition(page: Client) -> None:
    address = reverse("scheme-studio", args=["composite"])
    sent = fields(page.get(address).content.decode()) | {"d.criteria.0.weight": "31"}
    text = page.post(address, sent | {"do": "text"}).content.decode()
    written = html.unescape(text.split("<textarea", 1)[1].split(">", 1)[1].split("</textarea>")[0])
    assert "weight: '31'" in written
    changed = written.replace("weight: '31'", "weight: '32'")
    back = page.post(address, {"do": "controls", "written": changed}).content.decode()
    assert fields(back)["d.criteria.0.weight"] == "32"
    assert page.post(address, {"do": "controls", "written": "a: ["}).status_code == 422


def test_a_draft_is_saved_tried_and_told_apart(page: Client, books: User) -> None:
    address = reverse("scheme-studio", args=["abc"])
    sent = fields(page.get(address).content.decode()) | {"do": "save", "note": "thirty"}
    assert page.post(address, sent | {"d.name": "abc"}).status_code == 422
    assert page.post(address, sent | {"d.cuts.steps.0.up_to": "x"}).status_code == 422
    assert not SchemeVersion.objects.exists()
    done = page.post(address, sent | {"d.cuts.steps.0.up_to": "30"})
    assert done.status_code == 302
    row = SchemeVersion.objects.get()
    assert (row.name, row.note, row.simulated["against"]) == ("own_abc", "thirty", "abc v1")
    again = reverse("scheme-studio", args=["own_abc"])
    sent = fields(page.get(again).content.decode())
    assert sent["d.cuts.steps.0.up_to"] == "30"
    page.post(again, sent | {"do": "save", "d.cuts.steps.0.up_to": "45", "d.title.en": "Ours"})
    text = page.get(reverse("scheme", args=["own_abc"]) + "?version=2").content.decode()
    changes = text.split("What is other than in v1", 1)[1].split("</table>", 1)[0]
    assert "until 30% of Net sales is reached" in changes
    assert "until 45% of Net sales is reached" in changes
    assert "Ours" in changes
    assert "would rise" in text


def test_two_schemes_are_compared_as_a_matrix(page: Client) -> None:
    address = reverse("scheme-compare")
    text = page.get(address, {"left": "abc v1", "right": "value5 v1"}).content.decode()
    counts = re.findall(r"from=([^&]*)&amp;to=([^#]*)#who\">(\d+)<", text)
    assert sum(int(count) for *_cell, count in counts) == 60
    klass, to, count = counts[0]
    inside = page.get(address, {"left": "abc v1", "right": "value5 v1", "from": klass, "to": to})
    rows = inside.content.decode().split('id="who"', 1)[1]
    assert len(re.findall(r'href="/customers/C\d+"', rows)) == min(int(count), 50)


def test_the_studio_is_for_those_who_propose(books: User) -> None:
    for role, allowed in (("sales_director", (200, 200)), ("finance", (200, 200)),
                          ("salesperson", (403, 403))):  # fmt: skip
        client = Client()
        client.force_login(person(role, role))
        statuses = (
            client.get(reverse("scheme-studio", args=["abc"])).status_code,
            client.get(reverse("scheme-compare")).status_code,
        )
        assert (role, statuses) == (role, allowed)
