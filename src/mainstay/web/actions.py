"""What each action of the audit trail is called. A test holds the table against the code."""

from __future__ import annotations

from django.utils.translation import gettext as _


def action_words() -> dict[str, str]:
    """Words by action."""
    return {
        "absence.begun": _("Deputy named"), "absence.ended": _("Back from absence"),
        "administrator.created": _("First administrator made"),
        "audit.anchored": _("Head of the trail begun anew"),
        "audit.faults": _("Faults found in the audit trail"),
        "backup.made": _("Backup made"), "backup.restored": _("Backup restored"),
        "calendar.day_cleared": _("Day left to the calendar"),
        "calendar.day_set": _("Day entered into the calendar"),
        "company.changed": _("Company's settings changed"),
        "customer.joined": _("Taken into a customer's team"),
        "customer.matched": _("Code taken for a known customer"),
        "customer.merged": _("Customers merged"), "customer.owner": _("Owner decided"),
        "customer.owner_by_books": _("Owner left to the books"),
        "customer.parted": _("Taken out of a customer's team"),
        "customer.split": _("Customers split"),
        "customer.told_apart": _("Code said to be another customer"),
        "customers.handed_over": _("Customers handed over"),
        "demo.removed": _("Demo company removed"), "grades.run": _("Everybody graded"),
        "grades.withdrawn": _("Gradings withdrawn"), "import.applied": _("Import applied"),
        "import.asked": _("Import asked for"), "import.undone": _("Import taken back"),
        "job.cancelled": _("Another's job cancelled"),
        "ledger.faults": _("Faults found in the books"), "list.exported": _("List taken out"),
        "password.changed": _("Password changed"), "password.reset": _("Password reset"),
        "person.added": _("Person added"), "person.changed": _("Person changed"),
        "person.left": _("Account closed"), "person.returned": _("Account opened again"),
        "rate.entered": _("Rate of exchange entered"),
        "request.answered": _("Request answered"), "request.approved": _("Request approved"),
        "request.asked": _("Request made"), "request.refused": _("Request refused"),
        "request.returned": _("Request asked back"), "request.withdrawn": _("Request withdrawn"),
        "role.changed": _("Role changed"),
        "role.given": _("Role given"), "role.taken": _("Role ended"),
        "sign_in.slowed": _("Sign-in slowed down"),
        "source.forgotten": _("Map of columns removed"), "source.saved": _("Map of columns saved"),
        "territory.dropped": _("Territory removed"), "territory.saved": _("Territory saved"),
        "token.made": _("API token made"), "token.revoked": _("API token revoked"),
        "tokens.revoked": _("API tokens revoked"), "undo.asked": _("Taking back asked for"),
        "view.shared": _("View shared"), "webhook.ended": _("Webhook ended"),
        "webhook.made": _("Webhook made"),
    }  # fmt: skip
