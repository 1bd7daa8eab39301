"""The one settings file. Every value that an operator may change is read from the environment (docs/settings.md)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from prep import database, env

django_stubs_ext.monkeypatch()  # lets classes such as ModelAdmin[User] be written at run time

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).absolute()

# --- The site ---------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
PORT = env.integer("PORT", 8000, at_least=1, at_most=65535)
SITE_URL = env.text("SITE_URL", f"http://localhost:{PORT}").rstrip("/")
SITE_NAME = env.text("SITE_NAME", "Onsite")
_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname:
    raise ImproperlyConfigured(f"SITE_URL={SITE_URL!r} is not an address such as https://prep.example.org.")
IS_LOCAL = _site.hostname in {"localhost", "127.0.0.1", "::1"}
IS_HTTPS = _site.scheme == "https"
SECRET_KEY = env.text("SECRET_KEY") or database.secret_key(VAR_DIR, is_local=IS_LOCAL)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [_site.hostname, *(["localhost", "127.0.0.1"] if IS_LOCAL else [])]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, at_most=5)
OPERATOR_EMAIL = env.text("OPERATOR_EMAIL")
# The local mailbox page shows the mail of everybody, so it opens only with the key that `make run` prints.
MAILBOX_KEY = env.text("MAILBOX_KEY")

ROOT_URLCONF = "prep.urls"
WSGI_APPLICATION = "prep.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "prep",
    "accounts",
    "questions",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "csp",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "prep.middleware.PrivatePages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "prep.middleware.Addresses",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.LeaveByPage",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "prep.middleware.DatabaseOutages",
    "prep.middleware.GoneAccounts",
    "prep.middleware.UserTimeZone",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "prep.context.site",
            ],
        },
    },
]

FORM_RENDERER = "accounts.rendering.Renderer"

# --- Database, cache, jobs --------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL") or database.embedded_url(VAR_DIR)
DB_POOL_MAX = env.integer("DB_POOL_MAX", 9, at_least=1, at_most=200)
DATABASES = {"default": database.from_url(DATABASE_URL, pool_max=DB_POOL_MAX)}

REDIS_URL = env.text("REDIS_URL") or database.embedded_redis_url(VAR_DIR)
CACHES = {
    "default": {
        "BACKEND": "prep.cache.ForgivingRedisCache",
        "LOCATION": [REDIS_URL],  # a list, as a text is split at commas, which a password may hold
        "KEY_PREFIX": "onsite",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 0.5},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
MESSAGE_STORAGE = "django.contrib.messages.storage.fallback.FallbackStorage"

CELERY_BROKER_URL = database.broker_url(REDIS_URL)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "health_check_interval": 30,
}
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
FEEDBACK_LEASE_SECONDS = env.integer("FEEDBACK_LEASE_SECONDS", 120, at_least=1)
FEEDBACK_SWEEP_SECONDS = env.integer("FEEDBACK_SWEEP_SECONDS", 30, at_least=1)
# Who embeds what is searched for: a worker (the web processes stay small), or the process itself.
SEARCH_ENCODER = env.choice("SEARCH_ENCODER", "worker", ("worker", "here"))
SEARCH_WAIT_SECONDS = env.integer("SEARCH_WAIT_SECONDS", 2, at_least=1, at_most=30)
REMINDER_SWEEP_SECONDS = env.integer("REMINDER_SWEEP_SECONDS", 300, at_least=1, at_most=3600)
# Fewer reviews say too little of how one person forgets.
FIT_LEAST_REVIEWS = env.integer("FIT_LEAST_REVIEWS", 1000, at_least=200)
WORKER_HEARTBEAT_SECONDS = env.integer("WORKER_HEARTBEAT_SECONDS", 15, at_least=3)
CELERY_BEAT_SCHEDULE = {
    "sweep-feedback": {
        "task": "questions.tasks.sweep_feedback",
        "schedule": timedelta(seconds=FEEDBACK_SWEEP_SECONDS),
        # A beat that was away must not ring a hundred times at once.
        "options": {"expires": FEEDBACK_SWEEP_SECONDS * 2},
    },
    "clear-ledgers": {"task": "questions.tasks.clear_ledgers", "schedule": timedelta(hours=1)},
    "clear-sessions": {"task": "accounts.tasks.clear_sessions", "schedule": timedelta(hours=24)},
    "send-reminders": {
        "task": "questions.tasks.send_reminders",
        "schedule": timedelta(seconds=REMINDER_SWEEP_SECONDS),
        "options": {"expires": REMINDER_SWEEP_SECONDS * 2},
    },
    "fit-people": {"task": "questions.tasks.fit_people", "schedule": timedelta(hours=24)},
}

# --- Coaching ---------------------------------------------------------------------------------
OPENAI_API_KEY = env.text("OPENAI_API_KEY")
OPENAI_BASE_URL = env.text("OPENAI_BASE_URL")
OPENAI_MODEL = env.text("OPENAI_MODEL", "gpt-4o-mini")
COACH_USES_MODEL = bool(OPENAI_API_KEY or OPENAI_BASE_URL)
COACH_DEADLINE_SECONDS = env.integer("COACH_DEADLINE_SECONDS", 60, at_least=1, at_most=100)
COACH_DAILY_PER_USER = env.integer("COACH_DAILY_PER_USER", 100)
COACH_DAILY_TOTAL = env.integer("COACH_DAILY_TOTAL", 1000)
RATE_ANSWERS = env.rate("RATE_ANSWERS", "60/min")
EMBEDDING_MODEL_DIR = env.text("EMBEDDING_MODEL_DIR")

# --- Accounts ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
SIGNUP_MODE = env.choice("SIGNUP", "open", ("open", "invite", "closed"))
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

EMAIL_HOST = env.text("EMAIL_HOST")
HAS_SMTP = bool(EMAIL_HOST)
EMAIL_PORT = env.integer("EMAIL_PORT", 587, at_least=1, at_most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_SSL = env.flag("EMAIL_USE_SSL", EMAIL_PORT == 465)
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", not EMAIL_USE_SSL)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <no-reply@{_site.hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EDITORS_EMAIL = env.words("EDITORS_EMAIL")  # who reads reports of faults in the bank; they are in the admin in any case
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if HAS_SMTP else "accounts.mailbox.MailboxBackend"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if HAS_SMTP else "optional"
ACCOUNT_PREVENT_ENUMERATION = HAS_SMTP
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 2
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _site.scheme
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.forms.LoginForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "add_email": "accounts.forms.AddEmailForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = {
    "login": env.text("RATE_LOGIN", "30/m/ip"),
    # The key is account and network address together; the next one counts an account's from everywhere.
    "login_failed": env.text("RATE_LOGIN_FAILED", "10/m/ip,5/5m/key,20/h/key"),
    "login_failed_account": env.text("RATE_LOGIN_FAILED_ACCOUNT", "100/h/key"),
    "signup": env.text("RATE_SIGNUP", "20/m/ip"),
    "reset_password": "20/m/ip,5/m/key",
    "confirm_email": "1/10s/key",
    "manage_email": "10/m/user",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, object]] = {}
for _provider, _variable in (("google", "GOOGLE"), ("github", "GITHUB"), ("gitlab", "GITLAB")):
    if _client := env.text(f"{_variable}_CLIENT_ID"):
        INSTALLED_APPS.append(f"allauth.socialaccount.providers.{_provider}")
        SOCIALACCOUNT_PROVIDERS[_provider] = {
            "APPS": [{"client_id": _client, "secret": env.text(f"{_variable}_CLIENT_SECRET"), "key": ""}]
        }
if _client := env.text("OIDC_CLIENT_ID"):
    if not (_server := env.text("OIDC_SERVER_URL")):
        raise ImproperlyConfigured("OIDC_CLIENT_ID needs OIDC_SERVER_URL, such as https://id.example.org/realms/main.")
    INSTALLED_APPS.append("allauth.socialaccount.providers.openid_connect")
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "sso",
                "name": env.text("OIDC_NAME", "single sign-on"),
                "client_id": _client,
                "secret": env.text("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": _server.rstrip("/"), "oauth_pkce_enabled": True},
            }
        ]
    }
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAccountAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Without SMTP nobody can verify an address, and everybody may still want a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = not HAS_SMTP
MFA_TOTP_ISSUER = SITE_NAME
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = IS_LOCAL
USERSESSIONS_TRACK_ACTIVITY = False

# --- API --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["prep.parsing.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "prep.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["prep.throttles.UserRate"],
    "DEFAULT_THROTTLE_RATES": {"user": env.text("RATE_API", "600/min")},
    "EXCEPTION_HANDLER": "prep.problems.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "DESCRIPTION": "Practise, read coaching and rate from your own tools. Authenticate with `Authorization: Token …`.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "FeedbackStatusEnum": "questions.models.coaching.Feedback.Status",
        "PointStatus": "questions.serializers.POINT_STATUSES",
        "Level": "questions.models.bank.Question.Level",
        "Kind": "questions.models.bank.Question.Kind",
        "RatingEnum": "questions.models.practice.Rating",
    },
}
# Bytes of a form: a text far too long must still arrive, to be shown again with what to do. The API allows 1 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# --- Static files, language, time -------------------------------------------------------------
STATIC_URL = "/static/"
# The bundle (npm run build); static/css and static/src are its sources. Pictures stay as they are.
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "static" / "dist", ("img", BASE_DIR / "static" / "img")]
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Security ---------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else f"session-{PORT}"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else f"csrf-{PORT}"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "prep.views.csrf_failure"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 * 2 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Logs -------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error")).upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "httpx2": {"level": "WARNING"},
        "celery.redirected": {"level": "WARNING"},
    },
}
