"""A small client of Mainstay's API, and an ERP's nightly run with it: send news, read the grades.

    MAINSTAY_URL=http://127.0.0.1:8000 MAINSTAY_TOKEN=mst_… python examples/erp_client.py

Needs httpx. Amounts are integers in minor units (分, cents). The test suite runs this file.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypedDict

import httpx

PATIENCE = 300.0
"""Seconds to wait for a job."""


class Line(TypedDict, total=False):
    """One line of a document; ``net`` without VAT is all it needs."""

    item: str
    item_name: str
    quantity: str
    net: int
    tax: int
    gross: int
    cost: int
    order_no: str


class Document(TypedDict, total=False):
    """A document as it stands now; ``kind``: order · delivery · invoice · credit_note."""

    kind: str
    number: str
    date: str
    customer_code: str
    customer_name: str
    currency: str
    due_date: str
    lines: list[Line]


class Receipt(TypedDict, total=False):
    """Money or a bill; ``kind``: money · bill · write_off · dishonour · rebate."""

    kind: str
    number: str
    date: str
    customer_code: str
    amount: int
    currency: str
    maturity: str


@dataclass(frozen=True, slots=True)
class Grade:
    """A customer's class by one scheme."""

    code: str
    name: str
    class_id: str
    rank: int | None
    reason: str


class Refused(Exception):
    """What the API refused: ``code`` is for programs, ``message`` and ``remedy`` for people."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.code, self.faults = status, problem["code"], problem["faults"]
        super().__init__(f"{problem['message']} {problem['remedy']}".strip())


class Mainstay:
    """One installation, seen with one token."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    @classmethod
    def at(cls, url: str, token: str, language: str = "en") -> Mainstay:
        """The client of an address, as ``https://crm.example.com``."""
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        return cls(httpx.Client(base_url=f"{url.rstrip('/')}/api/v1", headers=headers, timeout=30))

    def ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        """One request. A busy server and a lost connection are tried again; raises ``Refused``."""
        for attempt in range(5):
            try:
                answer = self.http.request(method, path, **how)
            except httpx.TransportError:
                if attempt == 4:
                    raise
            else:
                if answer.is_success:
                    found: dict[str, Any] = answer.json()
                    return found
                if answer.status_code not in (429, 502, 503) or attempt == 4:
                    raise Refused(answer.status_code, answer.json())
                time.sleep(float(answer.headers.get("Retry-After", 0)))
            time.sleep(2**attempt / 10)
        raise AssertionError("unreachable")

    def rows(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page by page."""
        after: dict[str, str] = {}
        while True:
            page = self.ask("GET", path, params={"size": 200, **query, **after})
            yield from page["rows"]
            if page["next"] is None:
                return
            after = {"after": page["next"]}

    def send(self, documents: list[Document], receipts: list[Receipt]) -> dict[str, str]:
        """Send what happened; the ids of its ``job`` and ``upload``.

        The key is made of the content, so that sending the same again after a lost connection
        does nothing twice.
        """
        body = {"documents": documents, "receipts": receipts}
        key = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        return self.ask("POST", "/events", json=body, headers={"Idempotency-Key": key})

    def finished(self, job: str) -> dict[str, Any]:
        """The job once it is over. Raises ``TimeoutError``."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = self.ask("GET", f"/jobs/{job}")
            if found["state"] not in ("queued", "running"):
                return found
            time.sleep(0.5)
        raise TimeoutError(job)

    def faults(self, upload: str) -> list[str]:
        """Why files or events were not taken, one line each."""
        found = self.ask("GET", f"/uploads/{upload}")
        return [f"row {fault['row']}: {fault['message']['en']}" for fault in found["faults"]]

    def grades(self, scheme: str = "abc") -> list[Grade]:
        """Every customer's class by a scheme, best first."""
        return [
            Grade(row["code"], row["name"], row["class_id"], row["rank"], row["reason"]["en"])
            for row in self.rows("/grades", scheme=scheme)
        ]


def tonight() -> tuple[list[Document], list[Receipt]]:
    """What an ERP would read from its own tables."""
    orders: list[Document] = [
        {
            "kind": "invoice", "number": f"XS-2026-{n:04}", "date": "2026-05-20",
            "customer_code": f"C{n % 3}", "customer_name": f"客户 {n % 3}", "currency": "CNY",
            "lines": [{"item": "A-60", "quantity": "12", "net": 100_000 * n, "tax": 13_000 * n}],
        }
        for n in range(1, 7)
    ]  # fmt: skip
    paid: list[Receipt] = [
        {"number": "SK-2026-0001", "date": "2026-06-18", "customer_code": "C1", "amount": 113_000,
         "currency": "CNY"}
    ]  # fmt: skip
    return orders, paid


def run(mainstay: Mainstay) -> list[Grade]:
    """The nightly run: send, wait, read the grades."""
    sent = mainstay.send(*tonight())
    job = mainstay.finished(sent["job"])
    if job["state"] != "done":
        raise SystemExit("\n".join(mainstay.faults(sent["upload"])) or job["error"]["en"])
    return mainstay.grades()


if __name__ == "__main__":
    client = Mainstay.at(
        os.environ.get("MAINSTAY_URL", "http://127.0.0.1:8000"), os.environ["MAINSTAY_TOKEN"]
    )
    for grade in run(client):
        print(f"{grade.class_id}  {grade.code}  {grade.name}: {grade.reason}")
