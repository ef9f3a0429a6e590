from django.db import models


class Feedback(models.Model):
    """One tap after a talk: 1 to 3."""

    talk = models.ForeignKey("talks.Talk", models.CASCADE, related_name="feedback")
    attendee = models.ForeignKey("events.Attendee", models.CASCADE, related_name="+")
    mark = models.PositiveSmallIntegerField()
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["talk", "attendee"], name="feedback_once_per_attendee"),
            models.CheckConstraint(condition=models.Q(mark__gte=1, mark__lte=3), name="feedback_one_to_three"),
        ]
