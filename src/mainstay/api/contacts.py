"""Contacts of a customer: who to talk to. Personal data only for tokens that may see it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Id, IdempotencyKey, Sent, answers, cached, of_one
from mainstay.api.uploads import answer_of
from mainstay.foundation.idempotency import keyed
from mainstay.insights.errors import CustomerNotFound
from mainstay.parties import contacts
from mainstay.parties.errors import ContactUnknown
from mainstay.parties.selectors import contacts_of, of_code

router = Router(tags=["customers"])
NO_NUL = r"^[^\x00]*$"
LONGEST = contacts.LONGEST
Short = Annotated[str, Field(max_length=LONGEST["name"], pattern=NO_NUL)]
Number = Annotated[str, Field(max_length=LONGEST["phone"], pattern=NO_NUL)]
PERSONAL = "Empty without `personal.see`."


class Contact(Schema):
    """Somebody to talk to at a customer."""

    id: int
    position: str
    main: bool
    since: dt.datetime = Field(description="When it became known.")
    until: dt.datetime | None = Field(description="Since when it is no contact any more.")
    source: str = Field(description="hand · list")
    shown: bool = Field(description="Whether the personal data is told.")
    name: str = Field(description=PERSONAL)
    phone: str = Field(description=PERSONAL)
    mobile: str = Field(description=PERSONAL)
    email: str = Field(description=PERSONAL)
    wechat: str = Field(description=PERSONAL)
    note: str = Field(description=PERSONAL)


class Contacts(Schema):
    """The main contact first, those that ended last."""

    rows: list[Contact]


class ContactSent(Sent):
    """What a contact says; what is left out is empty, or stays."""

    name: Short | None = Field(None, description="A contact has a name or a position.")
    position: Short | None = None
    phone: Number | None = None
    mobile: Number | None = None
    email: Annotated[str, Field(max_length=LONGEST["email"], pattern=NO_NUL)] | None = None
    wechat: Number | None = None
    note: Annotated[str, Field(max_length=LONGEST["note"], pattern=NO_NUL)] | None = None
    main: bool | None = Field(None, description="The one to call first.")

    def values(self) -> dict[str, str]:
        """The texts that were sent."""
        return self.model_dump(exclude={"main"}, exclude_none=True)


@router.get(
    "/{path:code}/contacts", response=of_one(Contacts), operation_id="list_contacts"
)  # fmt: skip
@cached
def list_contacts(request: ApiRequest, code: str) -> dict[str, Any]:
    """Who to talk to at a customer, and who it was."""
    user = request.auth.user
    found = of_code(user, code).first()
    if found is None:
        raise CustomerNotFound(code=code)
    return {"rows": contacts_of(user, found.pk, ended=True)}


@router.post(
    "/{path:code}/contacts", response=answers(Contact, 404, 409, status=201),
    operation_id="add_contact",
)  # fmt: skip
def add_contact(
    request: ApiRequest, response: HttpResponse, code: str, sent: ContactSent,
    key: IdempotencyKey = None,
) -> Status[Any]:  # fmt: skip
    """Add a contact. Needs `contacts.edit` and `personal.see`. Repeated under the same key, it
    answers with the contact as it is now.
    """

    def work() -> dict[str, Any]:
        made = contacts.add(request.auth.user, code, sent.values(), main=bool(sent.main))
        return {"id": made.pk}  # no more is kept: whoever is forgotten is forgotten there too

    asked = keyed(["contacts", code, sent.model_dump()])
    made = answer_of(request, response, key, asked, work)
    return Status(201, _one(request, code, made["id"]))


@router.patch(
    "/{path:code}/contacts/{id}", response=answers(Contact, 404), operation_id="change_contact"
)
def change_contact(request: ApiRequest, code: str, id: Id, sent: ContactSent) -> Any:  # noqa: A002
    """Change what a contact says; no customer list changes it after that."""
    contacts.change(request.auth.user, code, id, sent.values(), main=sent.main)
    return _one(request, code, id)


@router.delete(
    "/{path:code}/contacts/{id}", response=answers(None, 404, status=204),
    operation_id="end_contact",
)  # fmt: skip
def end_contact(request: ApiRequest, code: str, id: Id) -> Status[None]:  # noqa: A002
    """Somebody is no contact any more; the row stays as ended."""
    contacts.end(request.auth.user, code, id)
    return Status(204, None)


def _one(request: ApiRequest, code: str, contact: int) -> Any:
    found = of_code(request.auth.user, code).first()
    rows = contacts_of(request.auth.user, found.pk, ended=True) if found else ()
    for row in rows:
        if row.id == contact:
            return row
    raise ContactUnknown
