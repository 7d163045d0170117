"""Every setting, read once from the environment. One file for every deployment: the environment is the difference.

Without DATABASE_URL the program is embedded: it runs its own PostgreSQL under DATA_DIR and makes its own secrets.
"""

import base64
import binascii
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import django
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from axme_site import __version__, cell_settings, databases, env, oidc_settings, postgres
from axme_site.account_settings import *  # noqa: F403 - the part that no variable changes
from axme_site.chat_settings import *  # noqa: F403 - a part of its own
from intents.kernel import redis_urls

VERSION = __version__
BASE_DIR = Path(__file__).resolve().parent.parent

# Where it runs
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, at_least=1, at_most=65535)
BASE_URL = env.url("BASE_URL", f"http://{f'[{HOST}]' if ':' in HOST else HOST}:{PORT}", schemes=("http", "https"))
BEHIND_PROXY = env.flag("BEHIND_PROXY", False)  # believe X-Forwarded-Proto and X-Forwarded-For
DATABASE_URL = env.url("DATABASE_URL", "", schemes=("postgresql", "postgres"))
# With it DATABASE_URL is a pooler's, and this leads past it
DATABASE_DIRECT_URL = env.url("DATABASE_DIRECT_URL", "", schemes=("postgresql", "postgres"))
DATABASE_REPLICA_URL = env.url("DATABASE_REPLICA_URL", "", schemes=("postgresql", "postgres"))  # for reads that may be late
CELLS = cell_settings.cells(BASE_URL)  # the other installations to which workspaces may be moved, by name
CELL_NUMBER = cell_settings.number(CELLS)
REDIS_URL = env.redis("REDIS_URL")
EMBEDDED = not DATABASE_URL
DEBUG = env.flag("DEBUG", False)
DEMO_FILLED = env.flag("DEMO_FILLED", True)  # `manage.py up` fills the demo workspace with intents to decide
DEMO_HISTORY = env.flag("DEMO_HISTORY", DEMO_FILLED)  # and with a month before them, once it runs
DEMO_RATE = env.integer("DEMO_RATE", 0, at_least=0, at_most=50)  # and lets its agents ask each other so often a second
DEMO_SIGN_IN = env.flag("DEMO_SIGN_IN", False)  # and its sign-in page offers to continue as Maria, Dana or Otto
ADMIN_ENABLED = env.flag("ADMIN_ENABLED", False)

# Secrets
_kept_in = DATA_DIR / "secrets" if EMBEDDED else None
# Newest first: the first signs, what any of them signed is still good.
_signing = [key.strip() for key in env.secret("SECRET_KEY", kept_in=_kept_in, generate=env.random_text).split(",")]
SECRET_KEY, *SECRET_KEY_FALLBACKS = _signing
if not DEBUG:
    for _key in _signing:
        env.strong("SECRET_KEY", _key)
# Fernet keys, newest first: the first encrypts, all decrypt.
_keys = env.secret("ENCRYPTION_KEYS", kept_in=_kept_in, generate=lambda: Fernet.generate_key().decode())
ENCRYPTION_KEYS = [key.strip() for key in _keys.split(",") if key.strip()]
try:
    _fernets = [Fernet(key) for key in ENCRYPTION_KEYS]
except ValueError:
    raise ImproperlyConfigured("ENCRYPTION_KEYS must be Fernet keys: 32 bytes in URL-safe base64, by commas") from None
# 32 bytes that sign audit checkpoints. Never in the database that they vouch for.
try:
    AUDIT_KEY = base64.urlsafe_b64decode(
        env.secret("AUDIT_KEY", kept_in=_kept_in, generate=lambda: Fernet.generate_key().decode())
    )
except (binascii.Error, ValueError):
    AUDIT_KEY = b""
if len(AUDIT_KEY) != 32:
    raise ImproperlyConfigured("AUDIT_KEY must be 32 bytes in URL-safe base64")

# Whose checkpoints they are, and where they go beside the database
AUDIT_ORIGIN = env.text("AUDIT_ORIGIN", f"{urlsplit(BASE_URL).netloc}/audit")
if not re.fullmatch(r"[^\s+]{1,200}", AUDIT_ORIGIN):
    raise ImproperlyConfigured("AUDIT_ORIGIN must be a name without spaces and +, as in inbox.example.com/audit")
AUDIT_FILE = env.folder("AUDIT_FILE", DATA_DIR / "checkpoints.txt")
AUDIT_URL = env.url("AUDIT_URL", "", schemes=("https", "http"))

# Identity providers that people sign in with
OIDC = oidc_settings.providers()

# Limits and pace
PAYLOAD_MAX_BYTES = env.integer("PAYLOAD_MAX_BYTES", 128 * 1024, at_least=1024, at_most=16 * 1024 * 1024)
# The largest body the server reads: a batch of 500 envelopes with payloads of 16 KiB each.
REQUEST_MAX_BYTES = env.integer("REQUEST_MAX_BYTES", 8 * 1024 * 1024, at_least=1024, at_most=256 * 1024 * 1024)
MEDIA_DIR = env.folder("MEDIA_DIR", DATA_DIR / "media")
MEDIA_MAX_BYTES = env.integer("MEDIA_MAX_BYTES", 25 * 1024 * 1024, at_least=1024, at_most=1024 * 1024 * 1024)
RATE_LIMIT_PER_MINUTE = env.integer(
    "RATE_LIMIT_PER_MINUTE", 0 if EMBEDDED else 120, at_least=0, at_most=1_000_000
)  # per key; 0 is no limit
FEED_DAYS = env.integer("FEED_DAYS", 30, at_least=1, at_most=3650)
IDEMPOTENCY_DAYS = env.integer("IDEMPOTENCY_DAYS", 7, at_least=1, at_most=365)
DEFAULT_LEASE_SECONDS = env.integer("DEFAULT_LEASE_SECONDS", 900, at_least=1, at_most=86_400)
DEFAULT_MAX_DELIVERY_ATTEMPTS = env.integer("DEFAULT_MAX_DELIVERY_ATTEMPTS", 10, at_least=1, at_most=1000)
CONNECTION_GRACE_SECONDS = env.seconds("CONNECTION_GRACE_SECONDS", 3, at_least=0, at_most=600)
INSTANCE_SILENT_SECONDS = env.seconds("INSTANCE_SILENT_SECONDS", 15, at_least=1, at_most=600)
CONFIRM_AGAIN_MINUTES = env.integer("CONFIRM_AGAIN_MINUTES", 15, at_least=1, at_most=1440)
UNDO_SECONDS = env.seconds("UNDO_SECONDS", 8, at_least=0, at_most=30)
SWEEP_SECONDS = env.seconds("SWEEP_SECONDS", 0.25, at_least=0.05, at_most=60)

# Threads, each with one database connection
BRIDGE_THREADS = env.integer("BRIDGE_THREADS", 4, at_least=1, at_most=64)
EDGE_THREADS = env.integer("EDGE_THREADS", 2, at_least=1, at_most=64)
SLOW_THREADS = env.integer("SLOW_THREADS", 2, at_least=1, at_most=64)
WORKER_CONCURRENCY = env.integer("WORKER_CONCURRENCY", 4, at_least=1, at_most=64)

# What it tells
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("LOG_FORMAT", "console" if sys.stderr.isatty() else "json", ("console", "json"))
LOGGING_CONFIG = "axme_site.logs.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
# Where OpenTelemetry's traces go: its own library reads these variables too, and all others of theirs
TRACES_URL = env.url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "", schemes=("https", "http")) or env.url(
    "OTEL_EXPORTER_OTLP_ENDPOINT", "", schemes=("https", "http")
)
if env.flag("OTEL_SDK_DISABLED", False):
    TRACES_URL = ""
# Called every minute while all is well, for a dead man's switch
AUDIT_HEARTBEAT_URL = env.url("AUDIT_HEARTBEAT_URL", "", schemes=("https", "http"))

# Email
EMAIL_URL = env.url("EMAIL_URL", "", schemes=("smtp", "smtp+starttls", "smtps"))
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"AXME Inbox <inbox@{urlsplit(BASE_URL).hostname or 'localhost'}>")
EMAIL_TIMEOUT = 10
if EMAIL_URL:
    _mail = urlsplit(EMAIL_URL)
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or {"smtps": 465, "smtp": 25}.get(_mail.scheme, 587)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_BACKEND = "axme_site.mail.Server"
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+starttls", _mail.scheme == "smtps"
else:
    EMAIL_BACKEND = "axme_site.mail.Folder"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
# Where what goes out by HTTP may go beside the open internet, also unencrypted
OUTGOING_ALLOWED_NETWORKS = env.networks(env.renamed("OUTGOING_ALLOWED_NETWORKS", before="OUTGOING_NETWORKS"))
# By which it goes everywhere else
OUTGOING_PROXY = env.proxy("OUTGOING_PROXY")

# Stores
_application_name = "axme"
DATABASES = {
    "default": databases.embedded(postgres.socket_dir(DATA_DIR), application_name=_application_name)
    if EMBEDDED
    else databases.external(DATABASE_URL, application_name=_application_name, pooled=bool(DATABASE_DIRECT_URL))
}
DIRECT_DATABASE = databases.direct(DATABASE_DIRECT_URL, past=DATABASE_URL, application_name=_application_name)
# What sign-in counts, for all processes together. Expired rows are pruned by a job; so many others are kept that nobody
# pushes out a counter by guessing at other names.
CACHES = {
    "default": {
        "BACKEND": "intents.accounts.tries.Cache",
        "LOCATION": "intents_tries",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # A subscriber idles for hours; a read timeout would drop its subscription.
        "CONFIG": {"hosts": [redis_urls.channel_host(REDIS_URL) | {"socket_timeout": None}], "prefix": "axme"},
    }
    if REDIS_URL
    # Hints are dropped at capacity; a burst of commits is larger than the default of 100.
    else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
}

# Celery
_broker_url, _broker_options = redis_urls.broker(REDIS_URL)
CELERY_BROKER_URL = _broker_url or "memory://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # Messages are wake-up signals. A Redis that hangs must not hold a sender, and its loss loses no work.
    {"socket_timeout": 5.0, "socket_connect_timeout": 0.5, "max_retries": 1, "global_keyprefix": "axme."} | _broker_options
    if REDIS_URL
    else {"polling_interval": 0.1}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CONSUMER = "axme_site.celery:Consumer"
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BEAT_SCHEDULER = "axme_site.celery:Clock"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True  # concerns late acknowledgements: there are none
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Celery would open a database connection for each job, which is a job every few hundred milliseconds.
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = WORKER_CONCURRENCY

# Django
INSTALLED_APPS = [
    "axme_site",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "django_htmx",  # brings htmx itself as a static file
    "lucide",
    "intents.apps.IntentsConfig",
    "inbox.apps.InboxConfig",
]
MIDDLEWARE = [
    "axme_site.problems.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "axme_site.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "axme_site.texts.TextMiddleware",
    "axme_site.signed_in.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
if DATABASE_REPLICA_URL:
    DATABASES["replica"] = databases.replica(DATABASE_REPLICA_URL, of=DATABASE_URL, pooled=bool(DATABASE_DIRECT_URL))
    DATABASE_ROUTERS = ["intents.kernel.replica.Router"]
    MIDDLEWARE.append("axme_site.acted.ActedMiddleware")
if CELLS:
    MIDDLEWARE.append("axme_site.cells.leading.LeadingMiddleware")
ROOT_URLCONF = "axme_site.urls"
# With DEBUG each page is made of the files as they are; otherwise they are read once.
_template_loaders: list[object] = [f"django.template.loaders.{kind}.Loader" for kind in ("filesystem", "app_directories")]
if not DEBUG:
    _template_loaders = [("axme_site.rendering.Loader", _template_loaders)]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": _template_loaders,
            "builtins": ["django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "inbox.views.kit.frame.frame",
                "axme_site.tokens.of_forms",
            ],
        },
    }
]
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * CONFIRM_AGAIN_MINUTES
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = ["axme_site.formats"]
LOCALE_PATHS = [BASE_DIR / "axme_site" / "locale"]  # of all of the applications; `make messages` writes them
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # straight from where they lie: there is no collecting step to forget

# The web's own rules
_base = urlsplit(BASE_URL)
_https = _base.scheme == "https"
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", [_base.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
SESSION_ENGINE = "intents.accounts.sessions"
SESSION_COOKIE_NAME = "__Host-axme_session" if _https else "axme_session"
SESSION_COOKIE_SECURE = _https
LANGUAGE_COOKIE_NAME = "__Host-axme_language" if _https else "axme_language"
CSRF_COOKIE_NAME = "__Host-axme_csrf" if _https else "axme_csrf"
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "axme_site.problems.forged"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = REQUEST_MAX_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # the form of a scenario of a hundred steps

_policy = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
if django.VERSION >= (6, 0):
    MIDDLEWARE.append("django.middleware.csp.ContentSecurityPolicyMiddleware")
    SECURE_CSP = _policy
else:
    MIDDLEWARE.append("axme_site.policies.PolicyMiddleware")
    CONTENT_SECURITY_POLICY = {"DIRECTIVES": _policy}
