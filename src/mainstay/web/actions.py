"""What each action of the audit trail is called, and each of its facts. A test holds both tables
against what the code writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Fact:
    """What a fact is called, and how it is read (``decisions.READ``)."""

    label: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Action:
    """One action: its words, and its facts in the order in which they are told."""

    title: str
    facts: Mapping[str, Fact]


def action_words() -> dict[str, str]:
    """Words by action."""
    return {action: title for of_group in _titles().values() for action, title in of_group.items()}


def actions() -> dict[str, Action]:
    """Words and facts by action."""
    facts = _facts()
    return {name: Action(title, facts.get(name, {})) for name, title in action_words().items()}


def group_words() -> dict[str, str]:
    """What each group of actions is called."""
    return {
        "customers": _("Customers"), "data": _("Imports and books"), "grades": _("Grades"),
        "people": _("People and rights"), "sign_in": _("Sign-in"), "requests": _("Requests"),
        "programs": _("Programs"), "system": _("Company and system"),
    }  # fmt: skip


def of_group(group: str) -> tuple[str, ...]:
    """The actions of a group; none for an unknown one."""
    return tuple(_titles().get(group, ()))


def _titles() -> dict[str, dict[str, str]]:
    """Words by group and action."""
    return {
        "customers": {
            "customer.owner": _("Owner decided"),
            "customer.owner_by_books": _("Owner left to the books"),
            "customers.handed_over": _("Customers handed over"),
            "customers.given_away": _("Customers given to somebody else"),
            "customers.taken_back": _("Hand-over taken back"),
            "customer.joined": _("Taken into a customer's team"),
            "customer.parted": _("Taken out of a customer's team"),
            "customer.matched": _("Code taken for a known customer"),
            "customer.told_apart": _("Code said to be another customer"),
            "customer.merged": _("Customers merged"), "customer.split": _("Customers split"),
            "contact.added": _("Contact added"), "contact.changed": _("Contact changed"),
            "contact.ended": _("Contact ended"),
            "contact.told": _("What is known of a contact taken out"),
            "contact.forgotten": _("Contact forgotten"),
            "effort.recorded": _("Effort recorded"), "effort.withdrawn": _("Effort withdrawn"),
            "losses.found": _("Lost customers looked for"),
            "loss.named": _("Reason of a loss said"), "loss.win_back": _("Win-back begun"),
            "loss.win_back_ended": _("Win-back ended"),
            "list.exported": _("List taken out"), "view.shared": _("View shared"),
        },
        "data": {
            "import.asked": _("Import asked for"), "import.applied": _("Import applied"),
            "import.refused": _("Import refused: the right was gone"),
            "undo.asked": _("Taking back asked for"), "import.undone": _("Import taken back"),
            "undo.refused": _("Taking back refused: the right was gone"),
            "upload.removed": _("Uploaded files removed"),
            "source.saved": _("Map of columns saved"),
            "source.forgotten": _("Map of columns removed"),
            "rate.entered": _("Rate of exchange entered"),
            "effort.rated": _("Rate of efforts set"),
            "effort.rate_withdrawn": _("Rate of efforts withdrawn"),
            "ledger.faults": _("Faults found in the books"),
            "demo.removed": _("Demo company removed"),
        },
        "grades": {
            "grades.run": _("Everybody graded"), "grades.withdrawn": _("Gradings withdrawn"),
            "scheme.drafted": _("Scheme drafted"),
            "scheme.simulated": _("Draft of a scheme tried on everybody"),
            "scheme.used": _("Scheme put in use"),
            "scheme.retired": _("Scheme taken out of use"),
            "scheme.backtested": _("Scheme replayed over the past"),
            "scheme.headed": _("Scheme chosen to head the pages"),
            "policy.drafted": _("Policy drafted"), "policy.used": _("Policy put in force"),
            "policy.ended": _("Policy ended"),
            "policy.excepted": _("Exception made for a customer"),
            "policy.exception_ended": _("Exception ended"),
            "customer.class_set": _("Class set by a person"),
            "customer.class_freed": _("Class left to the figures again"),
            "customer.judged": _("Customer judged"),
        },
        "people": {
            "administrator.created": _("First administrator made"),
            "person.added": _("Person added"), "person.invited": _("Person invited by mail"),
             "person.changed": _("Person changed"),
            "person.left": _("Account closed"), "person.returned": _("Account opened again"),
            "role.given": _("Role given"), "role.taken": _("Role ended"),
            "role.changed": _("Role changed"), "territory.saved": _("Territory saved"),
            "territory.dropped": _("Territory removed"), "password.changed": _("Password changed"),
            "password.reset": _("Password reset"),
            "absence.begun": _("Deputy named"), "absence.ended": _("Back from absence"),
        },
        "sign_in": {
            "session.begun": _("Signed in"), "session.ended": _("Session ended"),
            "sessions.ended": _("Sessions ended"), "sign_in.slowed": _("Sign-in slowed down"),
            "look_ups.slowed": _("Look-ups of telephone numbers slowed down"),
            "second_step.set_up": _("Second step set up"),
            "second_step.renewed": _("Second step renewed"),
            "second_step.off": _("Second step turned off"),
            "second_step.reset": _("Second step removed for somebody"),
            "recovery_code.used": _("Recovery code used"),
            "recovery_codes.renewed": _("Recovery codes renewed"),
            "provider.linked": _("Linked to the sign-in service"),
            "provider.unlinked": _("Link to the sign-in service removed"),
            "account.recovered": _("Account recovered by command"),
        },
        "requests": {
            "request.asked": _("Request made"), "request.approved": _("Request approved"),
            "request.refused": _("Request refused"), "request.returned": _("Request asked back"),
            "request.answered": _("Request answered"),
            "request.withdrawn": _("Request withdrawn"),
        },
        "programs": {
            "token.made": _("API token made"), "token.revoked": _("API token revoked"),
            "tokens.revoked": _("API tokens revoked"), "webhook.made": _("Webhook made"),
            "webhook.ended": _("Webhook ended"),
        },
        "system": {
            "company.changed": _("Company's settings changed"),
            "calendar.day_set": _("Day entered into the calendar"),
            "calendar.day_cleared": _("Day left to the calendar"),
            "job.cancelled": _("Another's job cancelled"), "backup.made": _("Backup made"),
            "backup.restored": _("Backup restored"),
            "audit.anchored": _("Head of the trail begun anew"),
            "audit.faults": _("Faults found in the audit trail"),
        },
    }  # fmt: skip


def _facts() -> dict[str, dict[str, Fact]]:
    """Facts by action; an action that is not here has none."""
    owner, person = Fact(_("Owner"), "person"), Fact(_("Person"), "person")
    name, code = Fact(_("Name")), Fact(_("Code"))
    batch, rows = Fact(_("Import"), "count"), Fact(_("Rows"), "count")
    via, role = Fact(_("Asked by"), "via"), Fact(_("Role"), "role")
    faults = Fact(_("Faults"), "faults")
    contact, fields = Fact(_("Contact"), "number"), Fact(_("What was said"), "fields")
    activity, since = Fact(_("Activity"), "activity"), Fact(_("Holds from"), "day")
    effort = {"effort": Fact(_("Effort"), "number"), "activity": activity,
              "date": Fact(_("Date"), "day")}  # fmt: skip
    rated = {"activity": activity, "since": since}
    loss = Fact(_("Loss"), "number")
    version, scheme = Fact(_("Version")), Fact(_("Scheme"))
    asker, until = Fact(_("Asked for by"), "person"), Fact(_("Until"), "day")
    refused = {"person": Fact(_("Asked for by"), "person"), "rights": Fact(_("Rights"), "rights")}
    moved_on = {
        "to": Fact(_("To whom"), "person"), "customers": Fact(_("Customers"), "count"),
        "outside": Fact(_("Of them outside the territory"), "count"),
    }  # fmt: skip
    moved = {
        "documents": Fact(_("Documents moved"), "count"),
        "receipts": Fact(_("Receipts moved"), "count"),
    }
    asked = {
        "kind": Fact(_("What"), "asked"), "about": Fact(_("To what"), "subject"),
        "step": Fact(_("Step"), "step"), "of": Fact(_("Steps"), "count"),
        "instead_of": Fact(_("In the stead of"), "person"),
    }  # fmt: skip
    return {
        "request.asked": {**asked, "effects": Fact(_("What would change"), "effects")},
        "request.answered": asked, "request.approved": asked, "request.refused": asked,
        "request.returned": asked, "request.withdrawn": asked,
        "absence.begun": {
            "deputy": Fact(_("Deputy"), "person"), "since": Fact(_("Since"), "day"),
            "until": Fact(_("Until"), "day"),
        },
        "customer.owner": {"owner": owner, "outside": Fact(_("Outside the territory"), "yes")},
        "customer.owner_by_books": {"owner": owner},
        "customers.handed_over": moved_on, "customers.taken_back": moved_on,
        "customers.given_away": {**moved_on, "hand_over": Fact(_("Hand-over"), "number")},
        "customer.joined": {"person": person},
        "customer.parted": {"person": person},
        "customer.matched": {
            "code": code, "evidence": Fact(_("Evidence"), "evidence"), "batch": batch,
        },
        "customer.told_apart": {"code": code, "batch": batch},
        "customer.merged": {
            "merged": Fact(_("Merged customer")), "into": Fact(_("Goes on as")), **moved,
        },
        "customer.split": {
            "split": Fact(_("Customer split off")), "of": Fact(_("It was part of")), **moved,
        },
        "contact.added": {"contact": contact, "fields": fields},
        "contact.changed": {"contact": contact, "fields": fields},
        "contact.ended": {"contact": contact},
        "contact.told": {"contact": contact, "rows": rows},
        "contact.forgotten": {"contact": contact},
        "effort.recorded": {**effort, "hours": Fact(_("Hours"))}, "effort.withdrawn": effort,
        "effort.rated": rated, "effort.rate_withdrawn": rated,
        "losses.found": {
            "as_of": Fact(_("As of"), "day"), "lost": Fact(_("Lost"), "count"),
            "back": Fact(_("Came back"), "count"),
            "untrue": Fact(_("Not lost by the books as they are now"), "count"),
        },
        "loss.named": {"loss": loss, "why": Fact(_("Reason"), "loss_reason"),
                       "rival": Fact(_("Bought from now"))},
        "loss.win_back": {"loss": loss, "owner": owner, "due": Fact(_("Due"), "day")},
        "loss.win_back_ended": {"loss": loss, "owner": owner,
                                "result": Fact(_("Result"), "loss_result")},
        "list.exported": {"rows": rows, "kind": Fact(_("File"), "file")},
        "view.shared": {"name": name, "query": Fact(_("Filter"))},
        "import.asked": {"via": via, "source": Fact(_("Map of columns"))},
        "import.refused": {**refused, "via": via}, "undo.refused": refused,
        "import.applied": _applied(),
        "undo.asked": {"via": via}, "upload.removed": {"files": Fact(_("Files"), "count")},
        "import.undone": _undone(),
        "source.saved": {"name": name, "changed": Fact(_("Tables changed"), "tables")},
        "source.forgotten": {"name": name, "mapping": Fact(_("Columns"), "columns")},
        "rate.entered": {
            "currency": Fact(_("Currency")), "date": Fact(_("Day"), "day"),
            "rate": Fact(_("Rate")),
        },
        "ledger.faults": {"faults": faults},
        "scheme.drafted": {"version": version},
        "scheme.simulated": {
            "version": version, "as_of": Fact(_("As of"), "day"), "up": Fact(_("Up")),
            "down": Fact(_("Down")),
        },
        "scheme.used": {"version": version, "since": Fact(_("From"), "day"), "asked_by": asker},
        "scheme.retired": {"version": version, "asked_by": asker},
        "scheme.headed": {"version": version, "asked_by": asker},
        "scheme.backtested": {
            "version": version, "against": Fact(_("Compared with")),
            "periods": Fact(_("Days"), "count"), "months": Fact(_("Months"), "count"),
            "backtest": Fact(_("Report")),
        },
        "customer.class_set": {
            "scheme": scheme, "klass": Fact(_("Class")), "until": until, "asked_by": asker,
        },
        "customer.class_freed": {"scheme": scheme, "klass": Fact(_("Class"))},
        "policy.drafted": {"version": version},
        "policy.used": {"version": version, "since": Fact(_("From"), "day"), "asked_by": asker},
        "policy.ended": {"version": version, "asked_by": asker},
        "policy.excepted": {
            "scheme": scheme, "benefit": Fact(_("Benefit"), "benefit"),
            "value": Fact(_("How much instead")), "until": until, "asked_by": asker,
        },
        "policy.exception_ended": {
            "scheme": scheme, "benefit": Fact(_("Benefit"), "benefit"),
            "value": Fact(_("How much instead")),
        },
        "customer.judged": {
            "scheme": scheme, "criterion": Fact(_("Criterion")),
            "value": Fact(_("Level")), "until": until,
        },
        "grades.run": {
            "as_of": Fact(_("As of"), "day"), "schemes": Fact(_("Schemes")),
            "no_data": Fact(_("Schemes without data")), "engine": Fact(_("Engine")),
            "fingerprint": Fact(_("Sum over the books"), "sum"),
        },
        "grades.withdrawn": {"decided": Fact(_("Gradings"), "gradings")},
        "person.added": {"name": name},
        "person.changed": {
            "name": name, "books_name": Fact(_("Name in the books")),
            "mail_changed": Fact(_("Mail address changed"), "yes"),
        },
        "role.given": {
            "role": role, "territory": Fact(_("Territory")), "since": Fact(_("Since"), "day"),
        },
        "company.changed": {"value": Fact(_("Setting"))},
        "calendar.day_set": {"name": name, "working": Fact(_("Worked"), "yes")},
        "calendar.day_cleared": {"name": name, "working": Fact(_("Worked"), "yes")},
        "role.taken": {"role": role},
        "role.changed": {
            "reach": Fact(_("For which customers"), "reach"),
            "given": Fact(_("Rights added"), "rights"),
            "taken": Fact(_("Rights removed"), "rights"),
            "second_step": Fact(_("Second step needed"), "yes"),
        },
        "territory.saved": {
            "name": name, "regions": Fact(_("Regions")), "parent": Fact(_("Part of")),
        },
        "territory.dropped": {"name": name},
        "session.begun": {
            "by": Fact(_("By"), "proof"), "second_step": Fact(_("Second step"), "yes"),
            "address": Fact(_("Address")),
        },
        "session.ended": {"address": Fact(_("Address"))},
        "sessions.ended": {"sessions": Fact(_("Sessions"), "count")},
        "recovery_code.used": {"left": Fact(_("Codes left"), "count")},
        "provider.linked": {
            "issuer": Fact(_("Sign-in service")), "sub": Fact(_("Name there")),
            "claim": Fact(_("Found by")),
        },
        "sign_in.slowed": {"count": Fact(_("Wrong attempts"), "count")},
        "look_ups.slowed": {"count": Fact(_("Look-ups in an hour"), "count")},
        "token.made": {
            "name": name, "scopes": Fact(_("Rights"), "rights"), "days": Fact(_("Days"), "count"),
        },
        "tokens.revoked": {"tokens": Fact(_("Tokens"), "count")},
        "webhook.made": {"url": Fact(_("Address")), "kinds": Fact(_("Tells of"))},
        "job.cancelled": {"work": Fact(_("Job"), "job"), "owner": Fact(_("Whose"), "person")},
        "backup.made": {"rows": rows, "encrypted": Fact(_("Encrypted"), "yes")},
        "backup.restored": {
            "rows": rows, "made_at": Fact(_("Backup of"), "moment"),
            "version": Fact(_("Version")),
            "unsealed": Fact(_("Entries it brought unsealed"), "count"),
        },
        "audit.faults": {"faults": faults},
    }  # fmt: skip


def _applied() -> dict[str, Fact]:
    """What an import brought, as ``ledger.plan.counts`` says it."""
    counts = {
        "documents_new": _("New documents"), "documents_changed": _("Changed documents"),
        "documents_identical": _("Unchanged documents"), "lines_new": _("New lines"),
        "lines_identical": _("Unchanged lines"), "openings": _("Opening balances"),
        "orders_new": _("New orders"), "orders_changed": _("Changed orders"),
        "orders_identical": _("Unchanged orders"), "deliveries_new": _("New deliveries"),
        "deliveries_changed": _("Changed deliveries"),
        "deliveries_identical": _("Unchanged deliveries"), "receipts_new": _("New receipts"),
        "receipts_changed": _("Changed receipts"), "receipts_identical": _("Unchanged receipts"),
        "allocations_new": _("New allocations"), "allocations_changed": _("Changed allocations"),
        "allocations_identical": _("Unchanged allocations"), "rates_new": _("New rates"),
        "rates_changed": _("Changed rates"), "rates_identical": _("Unchanged rates"),
        "customers_new": _("New customers"), "customers_changed": _("Changed customers"),
        "customers_matched": _("Codes taken for known customers"),
        "contacts": _("Contacts"), "products_new": _("New products"),
        "products_changed": _("Changed products"),
        "efforts_new": _("New efforts"), "efforts_identical": _("Unchanged efforts"),
        "effort_rates_new": _("New rates of efforts"),
        "effort_rates_changed": _("Changed rates of efforts"),
        "effort_rates_identical": _("Unchanged rates of efforts"),
        "tax_numbers_differ": _("Tax numbers that differ"),
        "documents_moved": _("Documents of another customer now"),
        "documents_other_kind": _("Documents of another kind now"),
        "unassigned_lines": _("Lines without a customer"), "rejected": _("Rows left out"),
    }  # fmt: skip
    amounts = {
        "net_new": _("Net, new"), "net_changed": _("Net, changed"),
        "net_identical": _("Net, unchanged"), "receipts_amount_new": _("Received, new"),
        "orders_net_new": _("Net, new orders"), "deliveries_net_new": _("Net, new deliveries"),
        "openings_owed": _("Owed by opening balances"),
        "unassigned_net": _("Net without a customer"),
    }  # fmt: skip
    return {
        **{name: Fact(label, "count") for name, label in counts.items()},
        **{name: Fact(label, "money") for name, label in amounts.items()},
        "currencies": Fact(_("Other currencies"), "names"),
    }


def _undone() -> dict[str, Fact]:
    """What taking an import back took away, and what counts again."""
    labels = {
        "documents_gone": _("Documents gone"), "documents_back": _("Documents back"),
        "receipts_gone": _("Receipts gone"), "receipts_back": _("Receipts back"),
        "allocations_gone": _("Allocations gone"), "allocations_back": _("Allocations back"),
        "rates_gone": _("Rates gone"), "rates_back": _("Rates back"),
        "cards_withdrawn": _("Customers as before"), "contacts_gone": _("Contacts gone"),
        "products_gone": _("Products gone"),
        "codes_gone": _("Codes gone"),
    }  # fmt: skip
    return {name: Fact(label, "count") for name, label in labels.items()}
