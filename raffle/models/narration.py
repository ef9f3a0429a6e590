from django.db import models
from django.utils.translation import gettext_lazy as _


class Narration(models.Model):
    """Words for a draw, prepared before the reveal; names are put in by the server."""

    raffle = models.ForeignKey("raffle.Raffle", models.CASCADE, related_name="narrations")
    draw = models.ForeignKey("raffle.Draw", models.CASCADE, null=True, related_name="narrations")
    kind = models.CharField(max_length=12)
    text = models.CharField(max_length=400)
    source = models.CharField(max_length=8)  # "model" or "offline"
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("narration"), _("narrations")


class ModelCall(models.Model):
    """What one call to the language model cost."""

    event = models.ForeignKey("events.Event", models.CASCADE, null=True, related_name="model_calls")
    model = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=8)
    rung = models.CharField(max_length=12, blank=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True)  # by the prices of that day; None: unknown
    milliseconds = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("call to the language model"), _("calls to the language model")
