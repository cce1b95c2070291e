"""Forms: sign-in, a new password, preferences, files, the mapping of columns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mainstay.foundation.models import User

ACCEPTED = ".csv,.tsv,.txt,.gz,.xlsx,.xls,.parquet"


class SignIn(AuthenticationForm):
    """Name and password."""

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["password"].label = _("Password")
        self.fields["username"].widget.attrs = {
            "autocomplete": "username", "autocapitalize": "none", "autofocus": True,
        }  # fmt: skip
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}
        if self.data.get("username"):  # refused: it is the password that is typed anew
            self.fields["username"].widget.attrs["autofocus"] = False
            self.fields["password"].widget.attrs["autofocus"] = True
        self.error_messages["invalid_login"] = _(
            "Name and password do not go together. Capital letters count in both."
        )


class FirstPassword(SetPasswordForm):  # type: ignore[type-arg]
    """The password that replaces a one-time one, which was asked for a moment ago."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        for name, label in (
            ("new_password1", _("New password")),
            ("new_password2", _("The same again")),
        ):
            self.fields[name].label = label
            self.fields[name].widget.attrs = {"autocomplete": "new-password"}


class OtherPassword(FirstPassword, PasswordChangeForm):
    """Another password of one's own; the present one is asked for."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields["old_password"].label = _("Present password")
        self.fields["old_password"].widget.attrs = {"autocomplete": "current-password"}


class Preferences(forms.Form):
    """Language and theme; either may be absent."""

    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)
    theme = forms.ChoiceField(choices=User.Theme.choices, required=False)


class Files(forms.Form):
    """The files of one upload, whichever there are; at least one."""

    lines = forms.FileField(required=False)
    receipts = forms.FileField(required=False)
    allocations = forms.FileField(required=False)
    customers = forms.FileField(required=False)
    products = forms.FileField(required=False)
    rates = forms.FileField(required=False)
    efforts = forms.FileField(required=False)
    effort_rates = forms.FileField(required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not any(found.values()) and not self.errors:
            raise forms.ValidationError(_("Choose a file first."))
        return found
