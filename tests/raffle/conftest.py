"""A raffle with people in the room."""

from datetime import timedelta

import pytest

from events.models import CheckIn
from raffle import drawing, entering, opening
from raffle.models import Prize
from tests.conftest import NOW, seat


@pytest.fixture
def raffle(beijing):
    raffle = entering.raffle_of(beijing, at=NOW)
    raffle.delay = 1000
    raffle.save()
    return raffle


@pytest.fixture
def room(beijing, raffle):
    """Eight people who came through the door, each with an id."""
    people = [seat(beijing, f"乘客{n}", f"p{n}@nextstop.example", carriage=1, seat=n) for n in range(1, 9)]
    for person in people:
        CheckIn.objects.create(attendee=person, at=NOW)
        entering.enter_on_paper(raffle, person)
    return people


@pytest.fixture
def keyboard(beijing):
    return Prize.objects.create(event=beijing, name="K7机械键盘", name_en="K7 mechanical keyboard", quantity=2, order=1)


@pytest.fixture
def drawn(room, keyboard, raffle):
    """A draw whose winner is being called."""
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=NOW + timedelta(seconds=16))
    drawing.compute(draw, now=lambda: NOW + timedelta(seconds=20))
    drawing.reveal(draw, at=NOW + timedelta(seconds=40))
    draw.refresh_from_db()
    return draw
