"""Structured logs without personal data: events and numbers, a request id that follows a request into its jobs."""

import logging
import logging.config
import re

import structlog

# What looks like a contact never reaches a log, whoever wrote the line.
CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|(?<!\d)(?:\+?86)?1\d{10}(?!\d)")
SIGNED_LINK = re.compile(r"(/pass/|/enter/|/speaker/|/confirm/|/leave/|/accounts/[\w/]*key/)[^/\s\"]+")


def without_personal_data(_logger, _name, event):
    """Structlog processor: replaces mail addresses, phone numbers and signed links in every value."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = SIGNED_LINK.sub(r"\1…", CONTACT.sub("…", value))
    return event


def configure(*, level: str, pretty: bool) -> None:
    """Set up structlog and the standard library's loggers to the same JSON (or, locally, readable) lines."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    final = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.format_exc_info]
    final += [without_personal_data]
    final += [
        structlog.dev.ConsoleRenderer(colors=False) if pretty else structlog.processors.JSONRenderer(ensure_ascii=False)
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "house": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": final,
                }
            },
            "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "house"}},
            "root": {"handlers": ["out"], "level": level},
            "loggers": {
                "django.server": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
                "django.security.DisallowedHost": {"level": "ERROR"},
                "uvicorn.access": {"level": "WARNING", "propagate": False},
                "httpx": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "fontTools": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],  # type: ignore[list-item]
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def report_errors_to(dsn: str) -> None:
    """Send errors to Sentry, without bodies, cookies or addresses of people."""
    import sentry_sdk

    sentry_sdk.init(dsn=dsn, send_default_pii=False, max_request_body_size="never", traces_sample_rate=0)
