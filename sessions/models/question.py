from django.db import models
from django.utils.translation import gettext_lazy as _


class QuestionQuerySet(models.QuerySet):
    def public(self):
        return self.filter(approved_at__isnull=False, held_at=None, withdrawn_at=None)

    def waiting(self):
        return self.filter(approved_at=None, held_at=None, withdrawn_at=None)

    def by_votes(self):
        return self.order_by("-votes", "pk")


class Question(models.Model):
    """A question from the room: to one talk or to all."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="questions")
    talk = models.ForeignKey("talks.Talk", models.SET_NULL, null=True, blank=True, related_name="questions")
    attendee = models.ForeignKey("events.Attendee", models.SET_NULL, null=True, related_name="questions")
    text = models.CharField(_("question"), max_length=280)
    anonymous = models.BooleanField(_("anonymous"), default=False)
    votes = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    pinned_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("question"), _("questions")
        indexes = [models.Index(fields=["event", "-votes"])]
        constraints = [
            models.UniqueConstraint(
                fields=["event"], condition=models.Q(pinned_at__isnull=False), name="question_one_pinned"
            )
        ]

    def __str__(self):
        return self.text[:40]

    @property
    def asker(self):
        """The name that stands below it; '' for an anonymous one."""
        gone = self.attendee is None or self.attendee.forgotten_at is not None
        return "" if self.anonymous or gone else self.attendee.name


class Vote(models.Model):
    """One attendee wants to hear the answer."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="ballots")
    attendee = models.ForeignKey("events.Attendee", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "attendee"], name="vote_once_per_attendee")]
