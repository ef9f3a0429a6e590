"""What an organiser sets of the raffle: time, entropy, weights, tone. It counts from the next draw on."""

import re
from datetime import timedelta

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.db import write_gate
from raffle import opening, protocol, verify
from raffle.models import Raffle

LEAST = opening.LEAST_COUNTDOWN // timedelta(seconds=1)
SHORTEST, LONGEST = 5_000_000, 60_000_000  # iterations: below, a phone shows the result too early; above, nobody waits
WANTED = 4.5  # seconds of the stage machine, for the show
TRUSTED = 3 * verify.FAST  # iterations that the second level asks for


class SettingsForm(forms.ModelForm):
    """The raffle's settings, in seconds where a person thinks in seconds."""

    countdown = forms.IntegerField(
        label=gettext_lazy("Seconds until the box is locked"),
        min_value=LEAST,
        max_value=120,
        help_text=gettext_lazy("11 or more: everybody has the sealed list ten seconds before the lock at the latest."),
    )
    answer = forms.IntegerField(label=gettext_lazy("Seconds to answer"), min_value=20, max_value=600)
    delay = forms.IntegerField(
        label=gettext_lazy("Iterations of the delay"),
        required=False,
        min_value=SHORTEST,
        max_value=LONGEST,
        help_text=gettext_lazy("Empty: the stage machine measures them, for about 4 to 5 seconds."),
    )
    weights = forms.CharField(
        label=gettext_lazy("Who has more than one stub"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One line a person: ticket number, then stubs, for example 42 3."),
    )

    class Meta:
        model = Raffle
        fields = ["committed", "beacon", "weighted", "tone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("countdown", "answer", "delay", "weights", "tone"):
            self.fields[name].widget.attrs["class"] = "input"
        raffle = self.instance
        heavy = raffle.entrants.filter(weight__gt=1, attendee__isnull=False)
        stubs = dict(heavy.values_list("attendee__number", "weight"))
        promised = {int(number): weight for number, weight in (raffle.promised or {}).items()}
        there = raffle.event.attendees.filter(number__in=promised, forgotten_at=None).values_list("number", flat=True)
        stubs |= {number: promised[number] for number in there}
        lines = [f"{number} {weight}" for number, weight in sorted(stubs.items())]
        self.initial |= {
            "countdown": opening.countdown(raffle) // timedelta(seconds=1),
            "answer": raffle.claim_ms // 1000,
            "delay": raffle.delay if raffle.delay_fixed else None,
            "weights": "\n".join(lines),
        }

    def clean_weights(self):
        """{ticket number: stubs}"""
        found = {}
        for line in self.cleaned_data["weights"].splitlines():
            if not line.strip():
                continue
            match = re.fullmatch(r"\s*(?:No\.?)?\s*([0-9]{1,6})[\s,:x×]+([0-9]{1,4})\s*", line)
            if match is None or not 1 <= int(match[2]) <= protocol.MOST_WEIGHT:
                raise forms.ValidationError(
                    _("“%(line)s” is not a ticket number and 1 to 1000 stubs.") % {"line": line}
                )
            found[int(match[1])] = int(match[2])
        tickets = self.instance.event.attendees.filter(number__in=found, forgotten_at=None)
        if missing := set(found) - set(tickets.values_list("number", flat=True)):
            numbers = ", ".join(map(str, sorted(missing)))
            raise forms.ValidationError(_("There is no ticket of this number: %(numbers)s.") % {"numbers": numbers})
        return found

    def save(self, commit=True):
        fields, raffle = self.cleaned_data, self.instance
        raffle.countdown_ms, raffle.claim_ms = 1000 * fields["countdown"], 1000 * fields["answer"]
        if self.initial["delay"] != fields["delay"]:  # no measurement any more; without a number the next one counts
            raffle.delay_fixed, raffle.calibrated_at = fields["delay"] is not None, None
            raffle.delay = fields["delay"] or Raffle._meta.get_field("delay").default
        names = ["committed", "beacon", "weighted", "tone", "countdown_ms", "claim_ms"]
        names += ["delay_fixed", "delay", "calibrated_at"]
        with write_gate(), transaction.atomic():
            raffle.promised = {}
            raffle.entrants.exclude(weight=1).update(weight=1)
            for number, weight in fields["weights"].items():
                if not raffle.entrants.filter(attendee__number=number).update(weight=weight):
                    raffle.promised[str(number)] = weight  # whenever the id comes
            raffle.save(update_fields=[*names, "promised"])
        return raffle


def calibrate(raffle, *, iterations: int, milliseconds: float, at) -> bool:
    """Set the delay to what takes the stage machine 4 to 5 seconds; once a day, never over an organiser's number.

    Never below what leaves nobody the time to try other numbers, whatever a host says of the machine: a slow one takes
    longer, and only an organiser's own number is smaller.
    """
    if raffle.delay_fixed or not 100_000 <= iterations <= LONGEST or not 1 <= milliseconds <= 600_000:
        return False
    speed = 1000 * iterations / milliseconds
    delay = int(min(LONGEST, max(TRUSTED, round(speed * WANTED, -5))))
    fresh = Raffle.objects.filter(pk=raffle.pk, delay_fixed=False).exclude(calibrated_at__gt=at - timedelta(hours=12))
    return bool(fresh.update(delay=delay, calibrated_at=at))


def level(raffle) -> str:
    """The level of trust that the next draw has when three people add a number."""
    if raffle.beacon:
        return "L3"
    return "L2" if raffle.delay >= TRUSTED else "L1" if raffle.committed else "L0"
