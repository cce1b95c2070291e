"""Django's settings. Two environment variables are all a newcomer meets.

``MAINSTAY_HOME``: the data folder. ``MAINSTAY_DATABASE_URL``: PostgreSQL instead of SQLite.
``MAINSTAY_MAIL``: the mail server, for notices (``mail``).
Behind a proxy that ends TLS, ``MAINSTAY_URL=https://crm.example.com`` names the public address:
it sets the allowed host, the trusted origin and secure cookies.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from mainstay.config import databases, mail
from mainstay.config.home import home_folder, secret_key

PACKAGE = Path(__file__).resolve().parent.parent
MAINSTAY_HOME = home_folder()
UPLOAD_FOLDER = MAINSTAY_HOME / "uploads"
AUDIT_HEAD = Path(os.environ.get("MAINSTAY_AUDIT_HEAD") or MAINSTAY_HOME / "audit-head.jsonl")
"""Where the end of the audit chain is written down, outside the store: best on other storage."""
UPLOAD_LIMIT = 1024**3
"""Largest file accepted, in bytes."""
API_RATE = 600
"""Requests a minute of one token of the API, over all processes that serve."""

WEBHOOKS_TO_PRIVATE = os.environ.get("MAINSTAY_WEBHOOKS_TO_PRIVATE") == "1"
"""Whether webhooks may call hosts that are not public, and plain http."""

OIDC_ISSUER = os.environ.get("MAINSTAY_OIDC_ISSUER", "")
"""The provider of sign-in, exactly as its tokens name it. Empty: there is none."""
OIDC_CLIENT_ID = os.environ.get("MAINSTAY_OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = os.environ.get("MAINSTAY_OIDC_CLIENT_SECRET", "")
OIDC_CLAIM = os.environ.get("MAINSTAY_OIDC_CLAIM") or "email"
"""What the first sign-in is matched by: ``email``, which must be verified, else a user name."""
OIDC_NAME = os.environ.get("MAINSTAY_OIDC_NAME", "")
"""What the button calls the provider; else its host."""

SECRET_KEY = secret_key(MAINSTAY_HOME)
DEBUG = False
PUBLIC_URL = urlsplit(os.environ.get("MAINSTAY_URL", ""))
HTTPS = PUBLIC_URL.scheme == "https"
PROXIES = int(os.environ.get("MAINSTAY_PROXIES") or HTTPS)
"""How many proxies of ours a request passes; https is ended by one at least."""
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
if PUBLIC_URL.hostname:
    ALLOWED_HOSTS.append(PUBLIC_URL.hostname)
    CSRF_TRUSTED_ORIGINS = [f"{PUBLIC_URL.scheme}://{PUBLIC_URL.netloc}"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "mainstay.foundation",
    "mainstay.parties",
    "mainstay.catalogue",
    "mainstay.ledger",
    "mainstay.insights",
    "mainstay.effort",
    "mainstay.policies",
    "mainstay.retention",
    "mainstay.exchange",
    "mainstay.web",
]

MIDDLEWARE = [
    "mainstay.foundation.middleware.own_address",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "mainstay.foundation.middleware.polls_are_no_use",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mainstay.foundation.middleware.SignInFirst",
    "mainstay.foundation.middleware.company_once",
    "mainstay.foundation.middleware.user_language",
    "mainstay.foundation.middleware.first_things_first",
    "mainstay.foundation.middleware.NoNullCharacters",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mainstay.web.too_often.TooOften",
]

ROOT_URLCONF = "mainstay.config.urls"
WSGI_APPLICATION = "mainstay.config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "mainstay.web.jinja.environment",
            "context_processors": ["mainstay.web.context.form_token"],
        },
    }
]

MAIL_SERVER = mail.settings(os.environ.get("MAINSTAY_MAIL", ""))
MAIL_IS_SET_UP = bool(MAIL_SERVER)
vars().update(MAIL_SERVER)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("MAINSTAY_MAIL_FROM") or (
    f"mainstay@{PUBLIC_URL.hostname or 'localhost'}"
)

DATABASE_URL = os.environ.get("MAINSTAY_DATABASE_URL", "")
DATABASES = {
    "default": databases.postgres(DATABASE_URL)
    if DATABASE_URL
    else databases.sqlite(MAINSTAY_HOME / "mainstay.db")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "foundation.User"
AUTHENTICATION_BACKENDS = ["mainstay.foundation.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
CSRF_FAILURE_VIEW = "mainstay.web.views.errors.csrf_refused"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = os.environ.get("TZ") or "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_PERMISSIONS = 0o600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_ENGINE = "mainstay.foundation.sessions"
SESSION_IDLE = timedelta(minutes=int(os.environ.get("MAINSTAY_SESSION_IDLE_MINUTES") or 120))
"""After this time without a request a session ends."""
SESSION_LONGEST = timedelta(hours=int(os.environ.get("MAINSTAY_SESSION_HOURS") or 24))
"""This long after the sign-in a session ends, used or not."""
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
COOKIES = "__Host-" if HTTPS else ""
"""How our cookies' names begin: no other host can plant one of that name."""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIES}sessionid", f"{COOKIES}csrftoken"
LANGUAGE_COOKIE_NAME, THEME_COOKIE_NAME = f"{COOKIES}language", f"{COOKIES}theme"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("MAINSTAY_LOG", "WARNING")},
}
