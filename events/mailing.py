"""Mails and text messages: written as rows in the transaction of their cause, sent by a job, once each.

Bodies are plain text: a name in a mail is a phishing channel, so nothing of a person's becomes markup or a link.
"""

import base64
import contextlib
import hashlib
import json
import smtplib
import ssl
import urllib.request
from datetime import timedelta
from email.message import EmailMessage as MimeMessage
from email.utils import parseaddr

import structlog
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from events import jobs, ticking
from events.models import OutgoingMail
from events.text import ascii_domain

log = structlog.get_logger(__name__)
ATTEMPTS = 8
REFUSED = gettext_noop("refused by the server")
UNWRITABLE = gettext_noop("the mail server takes no such address")


class Unwritable(Exception):
    """Letters before the @ that are not Latin, and a mail server that does not know how to write them."""


def send(event, to, template: str, context: dict, *, key: str, attachments=()) -> OutgoingMail | None:
    """Write a message to an attendee (or a bare mail address) from `templates/<template>.txt`; idempotent by key.

    The first line of the template is the subject. Attachments are `(name, type, bytes)`. None for a person without a
    contact, or with a phone when no SMS gateway is configured.
    """
    attendee = None if isinstance(to, str) else to
    address = to if attendee is None else attendee.contact
    kind = "sms" if attendee is not None and attendee.contact_kind == attendee.Contact.PHONE else "mail"
    if not address or (kind == "sms" and not settings.SMS_GATEWAY_URL):
        return None
    tongue = attendee.language if attendee else translation.get_language()
    with translation.override(tongue):
        context = {"event": event, "attendee": attendee, "site_url": settings.SITE_URL, **context}
        text = render_to_string(f"{template}.txt", context).strip()
    subject, _separator, body = text.partition("\n")
    packed = [[name, type_, base64.b64encode(content).decode()] for name, type_, content in attachments]
    return write(
        key=key,
        to=address,
        subject=subject,
        body=body.strip(),
        kind=kind,
        event=event,
        attendee=attendee,
        attachments=packed,
    )


def write(*, key, to, subject, body, kind="mail", event=None, attendee=None, attachments=()) -> OutgoingMail:
    """Put one message into the outbox and a job behind it."""
    message_id = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{settings.SITE_URL.partition('://')[2]}>"
    with contextlib.suppress(UnicodeError):  # no domain at all: the mail server says so
        to = ascii_domain(to)
    with transaction.atomic():
        mail, new = OutgoingMail.objects.get_or_create(
            key=key,
            defaults={
                "to": to,
                "subject": " ".join(subject.split())[:200],
                "body": body,
                "kind": kind,
                "event": event,
                "attendee": attendee,
                "attachments": list(attachments),
                "message_id": message_id,
            },
        )
        if new:
            jobs.enqueue("send_mail", subject=mail.pk, event=event)
    return mail


def sender() -> str:
    """The address that our mails come from: the organiser's in calendar entries."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


class OutboxBackend(BaseEmailBackend):
    """Django's way to send (allauth uses it) leads into the same outbox."""

    def send_messages(self, email_messages):
        for message in email_messages:
            for address in message.to:
                key = f"django:{timezone.now().timestamp()}:{hashlib.sha256(address.encode()).hexdigest()[:12]}"
                write(key=key, to=address, subject=message.subject, body=message.body)
        return len(email_messages)


@jobs.kind("send_mail", queue="mail", attempts=ATTEMPTS)
def send_mail(job):
    """Send one message. The same Message-ID each time: a double after a cut connection is one mail to a mail program."""
    mail = OutgoingMail.objects.get(pk=job.subject)
    if mail.state != OutgoingMail.State.WAITING:
        return
    if mail.kind == "mail" and not settings.SMTP_HOST:
        OutgoingMail.objects.filter(pk=mail.pk).update(state=OutgoingMail.State.KEPT, sent_at=timezone.now())
        return
    OutgoingMail.objects.filter(pk=mail.pk).update(attempts=mail.attempts + 1)
    try:
        _send_sms(mail) if mail.kind == "sms" else _send_smtp(mail)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refusal:
        if not _is_final(refusal):  # "later": greylisting, a full box
            raise
        _fail(mail, REFUSED, refusal)
    except Unwritable as problem:
        _fail(mail, UNWRITABLE, problem)
    OutgoingMail.objects.filter(pk=mail.pk).update(state=OutgoingMail.State.SENT, sent_at=timezone.now(), error="")


def _fail(mail, why: str, problem) -> None:
    """This mail will never leave; the others do."""
    OutgoingMail.objects.filter(pk=mail.pk).update(state=OutgoingMail.State.FAILED, error=why)
    raise jobs.Failed(why) from problem


def _is_final(refusal) -> bool:
    """Whether the server will say the same the next time (5xx)."""
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        return any(code >= 500 for code, _words in refusal.recipients.values())
    return refusal.smtp_code >= 500


def _send_smtp(mail: OutgoingMail) -> None:
    message = MimeMessage()
    message["Subject"], message["To"], message["From"] = mail.subject, mail.to, settings.DEFAULT_FROM_EMAIL
    message["Message-ID"], message["Auto-Submitted"] = mail.message_id, "auto-generated"
    message.set_content(mail.body)
    for name, type_, content in mail.attachments:
        _attach(message, name, type_, base64.b64decode(content))
    with smtplib.SMTP(settings.SMTP_HOST, settings.SMTP_PORT, timeout=settings.EMAIL_TIMEOUT) as server:
        if settings.SMTP_TLS:
            server.starttls(context=ssl.create_default_context())
        if settings.SMTP_USER:
            server.login(settings.SMTP_USER, settings.SMTP_PASSWORD)
        try:
            server.send_message(message)
        except smtplib.SMTPNotSupportedError as problem:  # here of the address alone: TLS and log-in are done
            raise Unwritable from problem


def _attach(message, name, type_, content) -> None:
    """With the parameters of its type: a calendar takes an update by the `method` that stands there."""
    header = MimeMessage()
    header["Content-Type"] = type_
    main, sub = header.get_content_maintype(), header.get_content_subtype()
    params = dict(header["Content-Type"].params)
    message.add_attachment(content, maintype=main, subtype=sub, filename=name, params=params)


def _send_sms(mail: OutgoingMail) -> None:
    body = json.dumps({"to": mail.to, "text": f"{mail.subject}\n{mail.body}".strip(), "id": mail.message_id}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}"}
    request = urllib.request.Request(settings.SMS_GATEWAY_URL, body, headers)  # noqa: S310  (the operator's own URL)
    with urllib.request.urlopen(request, timeout=settings.EMAIL_TIMEOUT) as answer:  # noqa: S310
        answer.read(1000)


@ticking.every_tidy
def send_forgotten_mails(at):
    """A mail that still waits after all attempts of its job (a server that was down for an hour) gets a new job."""
    waiting = OutgoingMail.objects.filter(state=OutgoingMail.State.WAITING, created_at__lt=at - timedelta(minutes=5))
    for mail in waiting[:500]:
        jobs.enqueue("send_mail", subject=mail.pk, event=mail.event)
