"""Settings of the tests: the real parts, minus what only costs time. tests/services.py sets the addresses first."""

from __future__ import annotations

import os

os.environ.setdefault("VAR_DIR", os.environ.get("ONSITE_TEST_VAR", "var/test"))
# What a developer's shell or .env holds must not change what the tests see.
for _name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "EMAIL_HOST", "SITE_URL", "SIGNUP", "DEBUG", "ALLOWED_HOSTS"):
    os.environ.pop(_name, None)
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789abcdef" * 3)
for _name in ("RATE_LOGIN", "RATE_SIGNUP"):
    os.environ.setdefault(_name, "10000/m/ip")
os.environ.setdefault("RATE_LOGIN_FAILED", "10000/m/ip,10000/5m/key")
for _name in ("RATE_API", "RATE_ANSWERS"):
    os.environ.setdefault(_name, "100000/min")

from prep.settings import *  # noqa: E402, F403
from prep.settings import CACHES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
COACH_USES_MODEL = False
SEARCH_ENCODER = "here"  # no worker runs beside the tests that use Django's client
CACHES = {"default": {**CACHES["default"], "KEY_PREFIX": "test-" + os.environ.get("PYTEST_XDIST_WORKER", "main")}}
