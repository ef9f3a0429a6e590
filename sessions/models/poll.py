from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Poll(models.Model):
    """A question from the stage to the room, with answers to choose, a scale, or one word."""

    class Kind(models.TextChoices):
        ONE = "one", _("One choice")
        MANY = "many", _("Several choices")
        SCALE = "scale", _("Scale from 1 to 5")
        WORD = "word", _("One word")

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="polls")
    text = models.CharField(_("question"), max_length=120)
    text_en = models.CharField(_("question in English"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices, default=Kind.ONE)
    choices = models.JSONField(_("choices"), default=list, blank=True)  # of strings, at most eight
    hidden_words = models.JSONField(default=list, blank=True)  # what the host took off the wall
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("poll"), _("polls")
        constraints = [
            models.UniqueConstraint(
                fields=["event"], condition=Q(opened_at__isnull=False, closed_at=None), name="poll_one_open_per_event"
            )
        ]

    def __str__(self):
        return self.text

    def spoken_choices(self) -> list[str]:
        """The choices in the reader's language: English is what stands behind a bar, where there is one."""
        pairs = [choice.partition("|") for choice in self.choices]
        english = get_language() == "en"
        return [(other.strip() if english and other.strip() else own.strip()) for own, _bar, other in pairs]

    @property
    def is_open(self):
        return self.opened_at is not None and self.closed_at is None


class PollAnswer(models.Model):
    """What one attendee answers: a list of choices by number, a mark, or a word. It can be changed while it is open."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="answers")
    attendee = models.ForeignKey("events.Attendee", models.CASCADE, related_name="+")
    value = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "attendee"], name="poll_answer_once_per_attendee")]


class QuestionRules(models.Model):
    """How the questions of an event reach the wall."""

    class Moderation(models.TextChoices):
        BEFORE = "before", _("Each is read before the room sees it")
        AFTER = "after", _("The room sees them at once; the host can hold one back")

    event = models.OneToOneField("events.Event", models.CASCADE, related_name="question_rules")
    moderation = models.CharField(_("moderation"), max_length=6, choices=Moderation.choices, default=Moderation.BEFORE)
