"""Structured logs without personal data: events and numbers, a request id that follows a request into its jobs."""

import logging
import logging.config
import re

import structlog

# What looks like a contact never reaches a log, whoever wrote the line.
CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|\+\d{8,15}|(?<!\d)(?:\+?86)?1\d{10}(?!\d)")
SIGNED_LINK = re.compile(
    r"(/pass/|/enter/|/speaker/|/sponsor/|/confirm/|/leave/|/confirm-email/|/accounts/[\w/]*key/)[^/\s\"']+"
)
WHOLE_ROW = re.compile(r"\bDETAIL: .*", re.DOTALL)  # PostgreSQL quotes the row that it refuses


def cleaned(value):
    """A string, or whatever holds strings, without mail addresses, phone numbers, signed links and quoted rows."""
    if isinstance(value, str):
        return SIGNED_LINK.sub(r"\1…", CONTACT.sub("…", WHOLE_ROW.sub("DETAIL: …", value)))
    if isinstance(value, dict):
        return {key: cleaned(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(held) for held in value]
    return value


def without_personal_data(_logger, _name, event):
    """Structlog processor: cleans every value."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = cleaned(value)
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


def _fit_to_leave(event, _hint):
    """An error report, cleaned; of a log line only the sentence, as its arguments stand there without their address."""
    event.get("logentry", {}).pop("params", None)
    return cleaned(event)


def report_errors_to(dsn: str) -> None:
    """Send errors to Sentry, without bodies, cookies, variables or addresses of people."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,  # they hold forms, rows and passes
        max_request_body_size="never",
        traces_sample_rate=0,
        before_send=_fit_to_leave,
    )
