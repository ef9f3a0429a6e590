"""When a draw is expected: the phone, the desk and the line of the day say the same."""

from datetime import timedelta

import pytest

from raffle import show_plan
from raffle.models import Prize
from sessions.models import Talk
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def prizes(beijing):
    """Four prizes, in their order."""
    return [Prize.objects.create(event=beijing, name=f"奖 {n}", order=n) for n in range(4)]


@pytest.fixture
def talks(beijing):
    """Two talks of 30 minutes with a break of 10 between them."""
    minutes = [(Talk.Kind.TALK, 0, 30), (Talk.Kind.BREAK, 30, 10), (Talk.Kind.TALK, 40, 30)]
    return [
        Talk.objects.create(
            event=beijing, kind=kind, title="话", starts_at=NOW + timedelta(minutes=begin), minutes=length
        )
        for kind, begin, length in minutes
    ]


def minutes_from_now(rows):
    return [round((when - NOW).total_seconds() / 60) for when, _prize in rows]


def test_each_prize_is_expected_when_a_talk_ends_and_the_last_ones_share_the_last_gap(beijing, talks, prizes):
    rows = show_plan.expected(beijing, None, NOW)

    assert [prize for _when, prize in rows] == prizes
    assert minutes_from_now(rows) == [30, 60, 65, 70]


def test_fewer_prizes_than_gaps_take_the_first_gaps(beijing, talks):
    beijing.prizes.exclude(name="奖 2").delete()

    assert minutes_from_now(show_plan.expected(beijing, None, NOW)) == [30]


def test_a_delay_moves_the_draws(beijing, talks):
    Talk.objects.filter(pk=talks[0].pk).update(started_at=NOW + timedelta(minutes=4))

    rows = show_plan.expected(beijing, None, NOW + timedelta(minutes=5))

    assert minutes_from_now(rows)[0] == 34


def test_a_talk_that_runs_over_is_followed_by_its_draw(beijing, talks):
    Talk.objects.filter(pk=talks[0].pk).update(started_at=NOW)

    rows = show_plan.expected(beijing, None, NOW + timedelta(minutes=33))

    assert minutes_from_now(rows)[0] == 33


def test_without_a_programme_no_time_is_made_up(beijing):
    assert {when for when, _prize in show_plan.expected(beijing, None, NOW)} == {None}
