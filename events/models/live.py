from django.db import models


class LiveCounter(models.Model):
    """The last number given to a live event. One row an event: locked by the transaction that numbers."""

    event = models.OneToOneField("events.Event", models.CASCADE, primary_key=True, related_name="+")
    seq = models.PositiveBigIntegerField(default=0)


class LiveEvent(models.Model):
    """Something changed, in the order in which it was committed. Only added; pruned after a day."""

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="+")
    seq = models.PositiveBigIntegerField()
    topic = models.CharField(max_length=24)
    audience = models.CharField(max_length=40, default="all")
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "seq"], name="live_event_numbered_once")]
