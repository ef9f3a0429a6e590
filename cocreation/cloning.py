"""The co-creation goes along to the next city: its themes and rules, no team, shot or film."""

from django.utils.translation import ngettext

from cocreation.models import Challenge
from events import cloning

SAME = (
    "title",
    "title_en",
    "tagline",
    "tagline_en",
    "rules",
    "rules_en",
    "order",
    "shots",
    "seconds_least",
    "seconds_most",
    "megabytes_most",
    "team_megabytes_most",
    "gigabytes_most",
    "shape",
    "example",
    "style",
    "zip_ok",
    "team_size",
    "quality",
)


def _count(event) -> str:
    number = event.challenges.count()
    words = ngettext("%(n)d challenge of the co-creation", "%(n)d challenges of the co-creation", number)
    return words % {"n": number} if number else ""


@cloning.also_clone(_count)
def copy_challenges(old, new, shift):
    Challenge.objects.bulk_create(
        Challenge(
            event=new,
            closes_at=challenge.closes_at + shift if challenge.closes_at else None,
            **{name: getattr(challenge, name) for name in SAME},
        )
        for challenge in old.challenges.all()
    )
