"""When the prizes that are left will be drawn, as far as the programme tells: between two of its entries."""

from datetime import timedelta

from events import slots

APART = timedelta(minutes=5)  # between two draws that share the last gap


def expected(event, request, at) -> list[tuple]:
    """The prizes that are left, in their order, each with the instant it is expected at; None without a programme.

    One prize a gap; those that find none share the last one and end with it, as the final draws of a day do.
    """
    gaps = sorted(gap for gap in slots.collect("gaps", event, request, at) if gap >= at)
    left = list(event.prizes.left())
    if not gaps:
        return [(None, prize) for prize in left]
    shared = max(0, len(left) - len(gaps))
    when = gaps[: len(left) - shared - (1 if shared else 0)]
    when += [max(at, gaps[-1] - APART * n) for n in reversed(range(len(left) - len(when)))]
    return list(zip(sorted(when), left, strict=True))
