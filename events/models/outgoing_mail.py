from django.db import models
from django.utils.translation import gettext_lazy as _


class OutgoingMail(models.Model):
    """A mail or text message that leaves, or has left, the house. Written in the transaction of its cause."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        KEPT = "kept", _("Kept in the outbox")  # no mail server is configured
        FAILED = "failed", _("Failed")

    event = models.ForeignKey("events.Event", models.CASCADE, null=True, blank=True, related_name="mails")
    attendee = models.ForeignKey("events.Attendee", models.CASCADE, null=True, blank=True, related_name="mails")
    key = models.CharField(max_length=120, unique=True)  # the same cause writes the same mail once
    kind = models.CharField(max_length=4, default="mail")  # "mail" or "sms"
    to = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    attachments = models.JSONField(default=list, blank=True)  # [[name, type, base64], …], small: a calendar entry
    message_id = models.CharField(max_length=120)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "next_attempt_at"])]
        verbose_name, verbose_name_plural = _("outgoing mail"), _("outgoing mails")

    def __str__(self):
        return self.subject or self.key
