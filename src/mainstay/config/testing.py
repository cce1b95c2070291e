"""Settings of the test suite: a data folder of its own, and passwords that hash fast.

The test database of SQLite is a file, so that readers outside Django's connection see it too.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

os.environ["MAINSTAY_HOME"] = tempfile.mkdtemp(prefix="mainstay-tests-")
atexit.register(shutil.rmtree, os.environ["MAINSTAY_HOME"], ignore_errors=True)

from mainstay.config.settings import *  # noqa: E402, F403
from mainstay.config.settings import DATABASES, MAINSTAY_HOME  # noqa: E402

if "sqlite3" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": str(MAINSTAY_HOME / "test.db")}
else:
    DATABASES["default"]["OPTIONS"].pop("pool")

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
OIDC_ISSUER = OIDC_CLIENT_ID = ""
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
API_RATE = 1_000_000
