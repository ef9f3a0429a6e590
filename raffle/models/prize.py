import base64
import hashlib
from collections import Counter

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def given_away(event_id) -> dict[int, int]:
    """How many of each prize are drawn: claimed and not given back, or being drawn and called now."""
    from raffle.models.claim import Claim
    from raffle.models.draw import Draw

    draws = Draw.objects.filter(raffle__event_id=event_id).exclude(state=Draw.State.ABORTED)
    rows = list(draws.in_turn().values_list("pk", "prize_id", "quantity"))
    waiting = list(draws.exclude(set_aside_at=None).values_list("prize_id", "quantity"))
    claims = Counter(
        Claim.objects.filter(draw__in=[row[0] for row in rows], released_at=None).values_list("draw_id", flat=True)
    )
    taken: Counter[int] = Counter()
    for prize, quantity in waiting:
        taken[prize] += quantity
    for pk, prize, quantity in rows:
        running = pk == rows[-1][0] and not draws.get(pk=pk).is_settled()
        released = Claim.objects.filter(draw=pk).exclude(released_at=None).count() if running else 0
        taken[prize] += quantity - released if running else claims[pk]
    return taken


class PrizeQuerySet(models.QuerySet):
    def left(self):
        """Prizes of which at least one is still to be drawn, in the order of the show."""
        prizes = list(self.select_related("sponsor").order_by("order", "pk"))
        taken = {event: given_away(event) for event in {prize.event_id for prize in prizes}}
        for prize in prizes:
            prize.__dict__["drawn"] = taken[prize.event_id][prize.pk]
        return [prize for prize in prizes if prize.left > 0]


class Prize(models.Model):
    """Something to win, so many times."""

    class Kind(models.TextChoices):
        GOODS = "goods", _("Goods")
        CODE = "code", _("Membership code")
        ARRANGED = "arranged", _("Arranged afterwards")

    event = models.ForeignKey("events.Event", models.CASCADE, related_name="prizes", verbose_name=_("event"))
    sponsor = models.ForeignKey("events.Sponsor", models.SET_NULL, null=True, blank=True, verbose_name=_("sponsor"))
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.GOODS)
    quantity = models.PositiveSmallIntegerField(_("how many"), default=1)
    photo = models.ImageField(_("photo"), upload_to="prizes/", blank=True)
    order = models.PositiveSmallIntegerField(_("order in the show"), default=0)
    value = models.CharField(_("value, never shown"), max_length=40, blank=True)
    added_live_at = models.DateTimeField(null=True, blank=True, editable=False)
    at_hand_at = models.DateTimeField(_("at hand on stage"), null=True, blank=True)

    objects = PrizeQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("prize"), pgettext_lazy("admin", "prizes")
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="prize_at_least_one"),
            models.UniqueConstraint(fields=["event", "name"], name="prize_once_per_event"),
        ]

    def __str__(self):
        return self.name

    @cached_property
    def drawn(self):
        """How many are drawn already, or being drawn now; as this object read it first."""
        return given_away(self.event_id)[self.pk]

    @property
    def left(self):
        return max(0, self.quantity - self.drawn)

    @property
    def is_at_hand(self):
        """Goods that lie ready on the stage."""
        return self.kind == self.Kind.GOODS and self.at_hand_at is not None

    def waiting_for_code(self):
        """Claims of a membership code that came before the code itself, the first one first."""
        from raffle.models.claim import Claim

        mine = Claim.objects.filter(draw__prize=self, released_at=None, handed_over_at=None, prize_code=None)
        return mine.order_by("at", "pk").select_related("draw") if self.kind == self.Kind.CODE else mine.none()


def _cipher() -> Fernet:
    key = settings.FIELD_KEY or settings.SECRET_KEY
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"nextstop prize codes\0" + key.encode()).digest()))


class PrizeCode(models.Model):
    """A membership code: encrypted at rest, shown to its winner alone."""

    prize = models.ForeignKey(Prize, models.CASCADE, related_name="codes", verbose_name=_("prize"))
    sealed = models.BinaryField()
    claim = models.OneToOneField("raffle.Claim", models.SET_NULL, null=True, blank=True, related_name="prize_code")

    class Meta:
        verbose_name, verbose_name_plural = _("prize code"), _("prize codes")

    def __str__(self):
        return f"{self.prize} ••••"

    @classmethod
    def seal(cls, prize, code: str):
        return cls.objects.create(prize=prize, sealed=_cipher().encrypt(code.encode()))

    @classmethod
    def seal_new(cls, prize, codes) -> int:
        """Seal the codes that this prize does not have yet, and give them to winners who wait for one; how many."""
        known = {code.reveal() for code in cls.objects.filter(prize=prize)}
        fresh = [code for code in dict.fromkeys(codes) if code and code not in known]
        for code in fresh:
            cls.seal(prize, code)
        for claim in prize.waiting_for_code():
            cls.give(claim)
        return len(fresh)

    @classmethod
    def give(cls, claim) -> bool:
        """A code that nobody has to this claim, by compare-and-set; False when there is none left.

        None to a claim that was given back: its row is held to the end of the transaction.
        """
        from raffle.models.claim import Claim

        if not Claim.objects.filter(pk=claim.pk, released_at=None).update(released_at=None):
            return False
        if cls.objects.filter(claim=claim).exists():
            return True
        while (free := cls.objects.filter(prize=claim.draw.prize_id, claim=None).order_by("pk").first()) is not None:
            if cls.objects.filter(pk=free.pk, claim=None).update(claim=claim):
                return True
        return False

    def reveal(self) -> str:
        """The code; '' when the key that sealed it is gone, so that the desk can be asked."""
        try:
            return _cipher().decrypt(bytes(self.sealed)).decode()
        except InvalidToken:
            return ""
