"""Verbs: say who to talk to at a customer, and end it; tell and forget what is known of somebody.

The trail names which fields of which contact changed, never what they said: it is sealed for good,
and whoever is forgotten must be forgotten there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from mainstay.foundation.errors import ReasonMissing
from mainstay.foundation.models import User
from mainstay.foundation.services import audit
from mainstay.kernel.errors import Words, words
from mainstay.parties import finding
from mainstay.parties.errors import (
    ContactEmpty,
    ContactTooLong,
    ContactUnknown,
    CustomerUnknown,
    ForgettingUnconfirmed,
    MailMalformed,
)
from mainstay.parties.listed import contacts_in_force, cover
from mainstay.parties.models import Contact, Customer, CustomerCode
from mainstay.parties.permissions import CONTACTS, PERSONAL, PROTECT
from mainstay.parties.selectors import of_code, visible_to

FIELDS: dict[str, Words] = {
    "name": words("Name", "姓名"), "position": words("Position", "职务"),
    "phone": words("Telephone", "电话"), "mobile": words("Mobile", "手机"),
    "email": words("Mail", "邮箱"), "wechat": words("WeChat", "微信"),
    "note": words("Note", "备注"),
}  # fmt: skip
"""What a contact says, and what each is called."""
LONGEST = {
    name: getattr(Contact._meta.get_field(name), "max_length", None) or 1_000 for name in FIELDS
}
"""Characters of each."""


def add(by: User, code: str, values: Mapping[str, str], *, main: bool = False) -> Contact:
    """Add a contact of a customer; the first one is the main one. Raises ``CustomerUnknown``, and
    what the values lack.
    """
    said = _checked({name: values.get(name, "") for name in FIELDS})
    with transaction.atomic():
        customer = _customer(by, code)
        main = main or not _of(customer.pk).filter(is_main=True).exists()
        made = Contact.objects.create(customer=customer, by=by, **said)
        if main:
            _make_main(made, customer.pk)
        _settled(made, customer.pk)
        audit(by, "contact.added", f"customer:{customer.code}", contact=made.pk,
              fields=[name for name, value in said.items() if value])  # fmt: skip
    return made


def change(
    by: User, code: str, contact_id: int, values: Mapping[str, str], *, main: bool | None = None
) -> Contact:
    """Change what a contact says; fields that are not given stay. No list changes it any more.

    Raises ``CustomerUnknown``, ``ContactUnknown``, and what the values lack.
    """
    with transaction.atomic():
        customer = _customer(by, code)
        contact = _held(customer, contact_id)
        said = _checked(
            {name: values.get(name, getattr(contact, name)) for name in FIELDS}, contact.email
        )
        changed = [name for name, value in said.items() if getattr(contact, name) != value]
        if main is not None and main != contact.is_main:
            changed.append("main")
            contact.is_main = main
        if not changed:
            return contact
        for name, value in said.items():
            setattr(contact, name, value)
        contact.by = by
        contact.save()
        if contact.is_main:
            _make_main(contact, customer.pk)
        _settled(contact, customer.pk)
        audit(by, "contact.changed", f"customer:{customer.code}", contact=contact.pk,
              fields=changed)  # fmt: skip
    return contact


def end(by: User, code: str, contact_id: int) -> None:
    """Somebody is no contact any more; no list brings them back under that name.

    Raises ``CustomerUnknown``, ``ContactUnknown``.
    """
    with transaction.atomic():
        customer = _customer(by, code)
        contact = _held(customer, contact_id)
        contact.until, contact.by, contact.is_main = timezone.now(), by, False
        contact.save(update_fields=["until", "by", "is_main"])
        _settled(contact, customer.pk)
        audit(by, "contact.ended", f"customer:{customer.code}", contact=contact.pk)


def tell(by: User, code: str, contact_id: int, reason: str) -> dict[str, Any]:
    """Everything known of a contact and of whoever is the same person, as data for that person.

    Raises ``CustomerUnknown``, ``ContactUnknown``, ``ReasonMissing``.
    """
    with transaction.atomic():
        customer, contact = _protected(by, code, contact_id)
        if not reason.strip():
            raise ReasonMissing
        rows = _same_person(by, contact).select_related("customer", "by").order_by("pk")
        known = [_told(row) for row in rows]
        audit(by, "contact.told", f"customer:{customer.code}", reason=reason, contact=contact.pk,
              rows=len(known))  # fmt: skip
    return {"told_at": timezone.now().isoformat(timespec="seconds"), "known": known}


def forgettable(by: User, code: str, contact_id: int) -> tuple[int, int]:
    """How many rows of how many customers ``forget`` would blank.

    Raises ``CustomerUnknown``, ``ContactUnknown``.
    """
    _, contact = _protected(by, code, contact_id)
    return _extent(_same_person(by, contact))


def _extent(rows: QuerySet[Contact]) -> tuple[int, int]:
    owners = list(rows.values_list("customer__own_code__customer", flat=True))
    return len(owners), len(set(owners))


def forget(
    by: User, code: str, contact_id: int, reason: str, *, confirmed: int | None = None
) -> int:
    """Blank everything known of a contact and of whoever is the same person, also in the index;
    how many rows. They stay, with who decided and when. ``confirmed``: how many rows whoever
    decides was shown; ``None`` where nobody is shown any.

    Raises ``CustomerUnknown``, ``ContactUnknown``, ``ReasonMissing``, ``ForgettingUnconfirmed``.
    """
    with transaction.atomic():
        customer, contact = _protected(by, code, contact_id)
        if not reason.strip():
            raise ReasonMissing
        extent = _extent(_same_person(by, contact))
        if confirmed is not None and confirmed != extent[0]:
            raise ForgettingUnconfirmed(rows=extent[0], customers=extent[1])
        rows = Contact.objects.filter(
            pk__in=list(_same_person(by, contact).values_list("pk", flat=True))
        )
        owners = dict(rows.values_list("customer_id", "customer__own_code__customer"))
        now = timezone.now()
        numbers = list(rows.order_by("pk").values_list("pk", "customer__code"))
        rows.filter(until=None).update(until=now)
        rows.update(**dict.fromkeys(FIELDS, ""), is_main=False, by=by, forgotten_at=now)
        cover(owners)
        finding.refresh(set(owners.values()))
        for pk, own in numbers:
            subject = f"customer:{customer.code if pk == contact.pk else own}"
            audit(by, "contact.forgotten", subject, reason=reason, contact=pk)
    return len(numbers)


def _same_person(by: User, contact: Contact) -> QuerySet[Contact]:
    """Rows of the same person: of this name at the customer, or of this mobile or mail anywhere
    that the user may protect; ended ones and those of earlier lists too.
    """
    here = Q(customer__own_code__customer=_root(contact), name__iexact=contact.name)
    same = Q(pk=contact.pk) | (here if contact.name else Q())
    if contact.mobile:
        same |= Q(mobile=contact.mobile)
    if contact.email:
        same |= Q(email__iexact=contact.email)
    within = visible_to(by, PROTECT).values("pk")
    return Contact.objects.filter(
        same, forgotten_at=None, customer__own_code__customer__in=within
    )  # fmt: skip


def _told(row: Contact) -> dict[str, Any]:
    return {
        "contact": row.pk, "customer": row.customer.code, "customer_name": row.customer.name,
        **{name: getattr(row, name) for name in FIELDS},
        "main": row.is_main, "known_since": row.since.isoformat(),
        "ended": row.until.isoformat() if row.until else None,
        "from_import": row.batch, "import_taken_back": row.withdrawn,
        "recorded_by": row.by.known_as() if row.by else None,
    }  # fmt: skip


def _protected(by: User, code: str, contact_id: int) -> tuple[Customer, Contact]:
    customer = of_code(by, code, PROTECT).first()
    if customer is None:
        raise CustomerUnknown(customer=code)
    rows = Contact.objects.filter(customer__own_code__customer=customer, forgotten_at=None)
    contact = rows.filter(pk=contact_id).first()
    if contact is None:
        raise ContactUnknown
    return customer, contact


def _customer(by: User, code: str) -> Customer:
    """Whose contacts the user may change: whoever changes them sees them."""
    inside = visible_to(by, PERSONAL).values("pk")
    found = of_code(by, code, CONTACTS).filter(pk__in=inside).first()
    if found is None:
        raise CustomerUnknown(customer=code)
    return found


def _held(customer: Customer, contact_id: int) -> Contact:
    contact = _of(customer.pk).filter(pk=contact_id).first()
    if contact is None:
        raise ContactUnknown
    return contact


def _of(customer: int) -> QuerySet[Contact]:
    return contacts_in_force().filter(customer__own_code__customer=customer)


def _root(contact: Contact) -> int:
    """The customer whose page shows the contact."""
    leads = CustomerCode.objects.filter(own=contact.customer_id)
    return leads.values_list("customer_id", flat=True).get()


def _make_main(contact: Contact, customer: int) -> None:
    _of(customer).exclude(pk=contact.pk).update(is_main=False)
    Contact.objects.filter(pk=contact.pk).update(is_main=True)


def _settled(contact: Contact, customer: int) -> None:
    """Lists give way to what was decided, and the customer is found by it at once."""
    cover([contact.customer_id])
    finding.refresh({customer})


def _checked(values: Mapping[str, str], mail_before: str = "") -> dict[str, str]:
    said = {name: value.strip() for name, value in values.items()}
    if not (said["name"] or said["position"]):
        raise ContactEmpty
    for name, value in said.items():
        if len(value) > LONGEST[name]:
            raise ContactTooLong(text=value[:20], limit=LONGEST[name])
    if said["email"] not in ("", mail_before):
        try:
            validate_email(said["email"])
        except ValidationError as error:
            raise MailMalformed(email=said["email"]) from error
    return said
