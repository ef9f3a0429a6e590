"""Settings: one file, everything that differs between installations comes from the environment.

Without any variable the product runs embedded: SQLite, a broker made of files, media on disk. With `DATABASE_URL`
and `REDIS_URL` it is the production installation. The README lists the variables.
"""

import secrets
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from config import env, social

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", "var", meaning="Folder for the embedded database, media, broker and mail."))
VAR_DIR = VAR_DIR if VAR_DIR.is_absolute() else BASE_DIR / VAR_DIR
VAR_DIR.mkdir(parents=True, exist_ok=True)

DATABASE_URL = env.url(
    "DATABASE_URL", schemes=("postgres", "postgresql", "psql"), meaning="PostgreSQL; empty means SQLite in VAR_DIR."
)
REDIS_URL = env.url(
    "REDIS_URL",
    schemes=("redis", "rediss", "unix"),
    meaning="Redis for jobs, cache and live updates; empty means none.",
)
LOCAL = env.flag(
    "NEXTSTOP_LOCAL", meaning="Set by `make run` alone: log-in links for the demo's people and the mail box page."
)
DEBUG = env.flag("DEBUG", meaning="Django's debug pages. Never in production.")


def _secret_key() -> str:
    """The key from the environment; the embedded installation makes one and keeps it beside its database."""
    given = env.secret(
        "SECRET_KEY", required=bool(DATABASE_URL), meaning="Signs log-ins and links: 50 random characters."
    )
    if given:
        return given
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
FIELD_KEY = env.secret(
    "FIELD_KEY", required=False, meaning="Encrypts prize codes at rest; derived from SECRET_KEY when empty."
)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", meaning="Host names that the site answers to.")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", meaning="Origins with scheme, when a proxy changes the host.")
SITE_URL = env.url(
    "SITE_URL", "http://127.0.0.1:8000", schemes=("http", "https"), meaning="Public address: links in mails, QR codes."
).rstrip("/")
HTTPS = env.flag(
    "HTTPS",
    default=SITE_URL.startswith("https://"),
    meaning="Secure cookies, HSTS, redirect to https; follows SITE_URL.",
)
TRUSTED_PROXIES = env.number(
    "TRUSTED_PROXIES",
    0,
    meaning="How many reverse proxies stand in front; with TLS in one of them at least 1, or pages redirect for ever.",
)

# --- what is installed -------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "events.apps.EventsConfig",
    "sessions.apps.TalksConfig",
    "raffle.apps.RaffleConfig",
    "cocreation.apps.CocreationConfig",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "config.apps.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    *social.APPS,
    "import_export",
    "csp",
]
MIDDLEWARE = [
    "config.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.accounts.leave_no_ticket_behind",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.ContentPolicy",
    "config.middleware.admin_policy",
    "config.middleware.say_what_is_refused",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "events.context.house",
                "config.desk.entries",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "events.templatetags.house"],
        },
    }
]
FORM_RENDERER = "config.form_renderer.HouseRenderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the database ------------------------------------------------------------------------------------------------
if DATABASE_URL:
    DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3, "application_name": "nextstop"},
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "nextstop.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000;"
                ),
            },
            "TEST": {"NAME": VAR_DIR / "test.sqlite3"},
        }
    }
ATOMIC_REQUESTS = False

# --- cache, sessions, jobs ---------------------------------------------------------------------------------------
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "config.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},  # its 300 would forget the door's list while it is made
        }
    }
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CELERY_BROKER_URL = REDIS_URL or "files://localhost//"  # config/broker.py
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600, "socket_timeout": 2, "socket_connect_timeout": 1, "retry_on_timeout": False}
    if REDIS_URL
    else {
        "data_folder_in": str(VAR_DIR / "broker" / "queue"),
        "data_folder_out": str(VAR_DIR / "broker" / "queue"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
        "polling_interval": 0.1,
    }
)
if not REDIS_URL:
    for _folder in ("queue", "control"):
        (VAR_DIR / "broker" / _folder).mkdir(parents=True, exist_ok=True)
# How long a job may run, by queue: then it is ended and its row says so (events/jobs.py).
JOB_SECONDS = {"default": 120, "mail": 120, "probe": 600, "media": 2 * 3600, "upscale": 4 * 3600}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")

# --- people ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "events.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/organise/"
ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
ACCOUNT_FORMS = {"request_login_code": "config.login_forms.RequestCodeForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}  # typed on any keyboard
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
# The venue's Wi-Fi is one address (events.pace.A_HALL): high ceilings per address, tight ones per account.
ACCOUNT_RATE_LIMITS = {
    "signup": "300/m/ip",
    "login": "1200/m/ip",
    "login_failed": "300/m/ip,5/5m/key",
    "request_login_code": "1200/m/ip,3/m/key",
    "confirm_email": "1/m/key",
    "reset_password": "300/m/ip,5/m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SOCIALACCOUNT_ADAPTER = "config.accounts.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = social.providers()
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
CREW_NEEDS_SECOND_FACTOR = env.flag(
    "CREW_NEEDS_SECOND_FACTOR", meaning="Organisers and hosts must have a passkey or an authenticator app."
)

# --- language and time -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "nextstop_language"
LANGUAGE_COOKIE_AGE = 31_536_000
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- files -------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", "var/static", meaning="Where `collectstatic` puts the static files."))
STATIC_ROOT = VAR_DIR / "static" if Path("var/static") == STATIC_ROOT else BASE_DIR / STATIC_ROOT
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
S3_BUCKET = env.text("S3_BUCKET", meaning="Bucket for uploads and films; empty means files in VAR_DIR.")
S3_ENDPOINT = env.text("S3_ENDPOINT", meaning="S3 endpoint, when it is not Amazon's.")
S3_REGION = env.text("S3_REGION", "us-east-1", meaning="S3 region.")
S3_ACCESS_KEY = env.secret("S3_ACCESS_KEY", required=False, meaning="S3 access key.")
S3_SECRET_KEY = env.secret("S3_SECRET_KEY", required=False, meaning="S3 secret key.")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL or DEBUG
        else "config.storage.HashedStaticFiles"
    },
}
if S3_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {  # type: ignore[dict-item]
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT or None,
            "region_name": S3_REGION,
            "access_key": S3_ACCESS_KEY or None,
            "secret_key": S3_SECRET_KEY or None,
            "signature_version": "s3v4",
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }
WHITENOISE_USE_FINDERS = LOCAL or DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FFMPEG = env.text("FFMPEG", meaning="Path of ffmpeg; empty means the one in the wheel.")
UPSCALE_COMMAND = env.text("UPSCALE_COMMAND", meaning="Upscaler of your own: a command with {in}, {out} and {scale}.")
UPSCALE_URL = env.url(
    "UPSCALE_URL", schemes=("http", "https"), meaning="Upscaler of your own: an address that takes and gives a video."
)
UPSCALE_TOKEN = env.secret("UPSCALE_TOKEN", required=False, meaning="Bearer token for UPSCALE_URL.")
UPSCALE_TIMEOUT = env.number("UPSCALE_TIMEOUT", 900, meaning="Seconds that your upscaler may take for 32 frames.")
UPSCALE_SHADER = env.text(
    "UPSCALE_SHADER", meaning="Path of a libplacebo shader (Anime4K) for upscaling; needs Vulkan."
)
FONT = env.text("FONT", meaning="Path of a font with Chinese glyphs for pictures; empty means the bundled one.")
WALLET_CERTIFICATE = env.text(
    "WALLET_CERTIFICATE",
    meaning="File with Apple's certificate for Wallet passes and its key (PEM or .p12); empty: no passes.",
)
WALLET_PASSWORD = env.secret("WALLET_PASSWORD", required=False, meaning="Password of that file.")
WALLET_INTERMEDIATE = env.text(
    "WALLET_INTERMEDIATE", meaning="File with Apple's WWDR certificate, which stands between that one and Apple's root."
)
FILM_LINES = env.number("FILM_LINES", 1080, meaning="Height of films in lines; 720 on a slow machine.")
DISK_RESERVE_MB = env.number("DISK_RESERVE_MB", 1024, meaning="Uploads stop when less than this is free on the disk.")

# --- mail, messages, language model -------------------------------------------------------------------------------
EMAIL_BACKEND = "events.mailing.OutboxBackend"
SMTP_HOST = env.text(
    "SMTP_HOST", meaning="Mail server; empty keeps mails in the outbox (read them at /-/mail/ locally)."
)
SMTP_PORT = env.number("SMTP_PORT", 587, meaning="Port of the mail server.")
SMTP_USER = env.text("SMTP_USER", meaning="Account at the mail server.")
SMTP_PASSWORD = env.secret("SMTP_PASSWORD", required=False, meaning="Password at the mail server.")
SMTP_TLS = env.flag("SMTP_TLS", default=True, meaning="STARTTLS on the connection to the mail server.")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Nextstop <hello@nextstop.example>", meaning="Sender of mails.")
SMS_GATEWAY_URL = env.url(
    "SMS_GATEWAY_URL",
    schemes=("http", "https"),
    meaning="Receives POST {to, text} for text messages; empty means none.",
)
SMS_GATEWAY_TOKEN = env.secret("SMS_GATEWAY_TOKEN", required=False, meaning="Bearer token for the SMS gateway.")
DRAND_URLS = env.words(
    "DRAND_URLS",
    "https://api.drand.sh,https://api2.drand.sh,https://drand.cloudflare.com",
    meaning="Operators of the public beacon drand, asked in this order when a draw has declared one.",
)
OPENAI_API_KEY = env.secret(
    "OPENAI_API_KEY", required=False, meaning="Key for the master of ceremonies; empty: offline."
)
OPENAI_BASE_URL = env.url(
    "OPENAI_BASE_URL", schemes=("http", "https"), meaning="Any endpoint that speaks the OpenAI protocol."
)
OPENAI_MODEL = env.text("OPENAI_MODEL", "gpt-4o-mini", meaning="Model of the master of ceremonies.")
OPENAI_TIMEOUT = env.number("OPENAI_TIMEOUT", 4, meaning="Seconds that the host waits for the model, at most 4.")
OPENAI_PRICES = env.prices(
    "OPENAI_PRICES",
    "gpt-4o-mini=0.15/0.60",
    meaning="What a million tokens cost, in and out, by model: `model=in/out`, separated by commas.",
)
OPENAI_CURRENCY = env.text("OPENAI_CURRENCY", "USD", meaning="Currency of these prices.")
SECURITY_CONTACT = env.text(
    "SECURITY_CONTACT", meaning="Where holes are reported: a mailto: or https: address in /.well-known/security.txt."
)
SENTRY_DSN = env.secret("SENTRY_DSN", required=False, meaning="Error reports; needs the production extras.")

# --- security ----------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-nextstop" if HTTPS else "nextstop"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "nextstop_csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.form_expired"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^-/health/$", r"^-/ready/$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "style-src-attr": [UNSAFE_INLINE],  # only our own custom properties, such as --v: 22%
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *social.destinations(SOCIALACCOUNT_PROVIDERS)],
        "frame-ancestors": [NONE],
    }
}
if S3_BUCKET and STORAGES["default"]["OPTIONS"]["endpoint_url"]:  # type: ignore[index]
    for _directive in ("img-src", "media-src"):
        CONTENT_SECURITY_POLICY["DIRECTIVES"][_directive].append(STORAGES["default"]["OPTIONS"]["endpoint_url"])  # type: ignore[attr-defined, index]

LOGGING_CONFIG = None
from config import logs

logs.configure(level=env.text("LOG_LEVEL", "INFO", meaning="Least level that is logged."), pretty=LOCAL or DEBUG)
if SENTRY_DSN:
    logs.report_errors_to(SENTRY_DSN)

from config.admin_look import UNFOLD  # noqa: F401
