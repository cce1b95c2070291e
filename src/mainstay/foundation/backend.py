"""Who is signed in, with the count of what they have not read and the company's name: one query on
every page.
"""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from mainstay.foundation.company.settings import with_company_name
from mainstay.foundation.models import User
from mainstay.foundation.notices.reading import with_unread


class Backend(ModelBackend):
    """Name and password, as Django does it."""

    def get_user(self, user_id: int) -> User | None:
        """The account of a session; ``None`` once it is closed."""
        user = with_company_name(with_unread(User.objects.all())).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
