"""The shapes of the prizes go along to the next city: what there is to win and how many, nobody's codes or sponsors."""

from django.utils.translation import ngettext

from events import cloning
from raffle.models import Prize


def _count(event) -> str:
    number = event.prizes.count()
    words = ngettext("%(n)d prize, by name and number", "%(n)d prizes, by name and number", number)
    return words % {"n": number} if number else ""


@cloning.also_clone(_count)
def copy_prizes(old, new, shift):
    Prize.objects.bulk_create(
        Prize(
            event=new,
            name=prize.name,
            name_en=prize.name_en,
            kind=prize.kind,
            quantity=prize.quantity,
            order=prize.order,
        )
        for prize in old.prizes.all()
    )
