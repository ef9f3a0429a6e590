"""Breaking the ice: met needs both, contacts need both, and what the sign-up promised is kept."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cocreation.models import Challenge, TeamWish
from events import forgetting, icebreaking
from events.models import Attendee, CheckIn, IntroCard, Meeting, Prompt, Stage
from sessions import announced
from tests.conftest import seat
from tests.events.test_last_seat import at_once

ABOARD = "/attend/beijing/aboard/"


@pytest.fixture
def table(bo, chen):
    """Two people of one carriage who are inside."""
    for person in (bo, chen):
        CheckIn.objects.create(attendee=person, at=timezone.now())
    return bo, chen


@pytest.fixture
def friends(table):
    """They met: both said so."""
    bo, chen = table
    icebreaking.meet(bo, chen, at=timezone.now())
    icebreaking.meet(chen, bo, at=timezone.now())
    return table


@pytest.fixture
def cards(bo, chen):
    """Each wrote down a contact to swap."""
    IntroCard.objects.create(attendee=bo, contact="wx-bo-1")
    IntroCard.objects.create(attendee=chen, contact="wx-chen-2")


def end(event):
    event.ended_at = timezone.now()
    event.save()


def pages(client):
    return [client.get(path).content.decode() for path in (ABOARD, "/attend/beijing/recap/", "/attend/beijing/people/")]


def test_the_contact_of_the_sign_up_is_never_shown_to_a_friend(friends, cards, beijing, as_attendee):
    """The form promises it. Not when they met, not when both share, not when somebody is in the directory."""
    bo, chen = friends
    type(chen).objects.update(directory_ok=True)
    icebreaking.share(bo, chen, at=timezone.now())
    icebreaking.share(chen, bo, at=timezone.now())
    end(beijing)

    for page in pages(as_attendee(bo)):
        assert chen.name in page
        assert chen.contact not in page


def test_we_met_counts_when_both_say_so(table, as_attendee):
    bo, chen = table

    as_attendee(bo).post("/attend/beijing/met/", {"who": chen.uid})
    assert [one.met for one in icebreaking.friends(bo)] == [False]
    assert "We met, yes" in as_attendee(chen).get(ABOARD).content.decode()
    as_attendee(chen).post("/attend/beijing/met/", {"who": bo.uid})

    assert [one.met for one in icebreaking.friends(bo)] == [one.met for one in icebreaking.friends(chen)] == [True]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_two_who_press_at_the_same_moment_have_met(table, round_):
    bo, chen = table

    at_once(2, lambda n: icebreaking.meet(*(table if n else reversed(table)), at=timezone.now()))

    assert Meeting.objects.agreed().count() == Meeting.objects.count() == 1
    assert [one.met for one in icebreaking.friends(bo)] == [True]


def test_contacts_are_seen_when_both_agree_and_each_sees_who_has_theirs(friends, cards, as_attendee):
    bo, chen = friends
    as_attendee(bo).post("/attend/beijing/share/", {"who": chen.uid})

    assert "wx-bo-1" not in as_attendee(chen).get(ABOARD).content.decode()
    assert "wx-chen-2" not in as_attendee(bo).get(ABOARD).content.decode()
    assert icebreaking.has_my_contact(bo) == []

    as_attendee(chen).post("/attend/beijing/share/", {"who": bo.uid})

    assert "wx-bo-1" in as_attendee(chen).get(ABOARD).content.decode()
    assert "wx-chen-2" in as_attendee(bo).get(ABOARD).content.decode()
    assert chen.name in as_attendee(bo).get("/attend/beijing/card/").content.decode()
    assert (icebreaking.has_my_contact(bo), icebreaking.has_my_contact(chen)) == ([chen], [bo])


def test_a_contact_is_taken_back(friends, cards, as_attendee):
    bo, chen = friends
    for one, other in (friends, reversed(friends)):
        as_attendee(one).post("/attend/beijing/share/", {"who": other.uid})

    as_attendee(bo).post("/attend/beijing/share/", {"who": chen.uid, "take": "back"})

    assert "wx-bo-1" not in as_attendee(chen).get(ABOARD).content.decode()
    assert (icebreaking.has_my_contact(bo), icebreaking.has_my_contact(chen)) == ([], [])


def swap(friends, as_attendee):
    for one, other in (friends, reversed(friends)):
        as_attendee(one).post("/attend/beijing/share/", {"who": other.uid})


def test_a_contact_is_taken_back_from_somebody_who_gave_up_their_place(friends, cards, as_attendee):
    bo, chen = friends
    swap(friends, as_attendee)
    type(chen).objects.filter(pk=chen.pk).update(status="cancelled")

    answer = as_attendee(bo).post("/attend/beijing/share/", {"who": chen.uid, "take": "back"})

    assert answer.status_code == 302
    assert [one.i_share for one in icebreaking.friends(bo)] == [False]


def test_whoever_gave_up_their_place_takes_their_own_contact_back_too(friends, cards, as_attendee):
    bo, chen = friends
    swap(friends, as_attendee)
    type(chen).objects.filter(pk=chen.pk).update(status="cancelled")
    chen.refresh_from_db()

    assert as_attendee(chen).post("/attend/beijing/share/", {"who": bo.uid, "take": "back"}).status_code == 302
    assert "wx-chen-2" not in as_attendee(bo).get(ABOARD).content.decode()
    assert as_attendee(chen).post("/attend/beijing/share/", {"who": bo.uid}).status_code == 404


def test_nothing_is_given_to_somebody_without_a_place(friends, cards, as_attendee):
    bo, chen = friends
    type(chen).objects.filter(pk=chen.pk).update(status="cancelled")

    assert as_attendee(bo).post("/attend/beijing/share/", {"who": chen.uid}).status_code == 404


@pytest.mark.parametrize(
    ("status", "reads"),
    [("confirmed", True), ("cancelled", False), ("declined", False), ("expired", False), ("waitlisted", False)],
)
def test_the_recap_shows_contacts_to_those_who_kept_their_place(friends, cards, beijing, as_attendee, status, reads):
    """Who came keeps what was swapped, for as long as the event is kept; who gave up or was removed reads none."""
    bo, chen = friends
    swap(friends, as_attendee)
    type(chen).objects.filter(pk=chen.pk).update(status=status, queued_at=timezone.now())
    end(beijing)

    pages = [as_attendee(chen).get(path).content.decode() for path in (ABOARD, "/attend/beijing/recap/")]

    assert ["wx-bo-1" in page for page in pages] == [reads, reads]
    assert "wx-chen-2" in as_attendee(bo).get("/attend/beijing/recap/").content.decode()


def test_nobody_shares_with_somebody_whom_they_have_not_met(table, cards, as_attendee):
    bo, chen = table
    icebreaking.meet(bo, chen, at=timezone.now())

    assert as_attendee(bo).post("/attend/beijing/share/", {"who": chen.uid}).status_code == 404
    assert icebreaking.share(bo, chen, at=timezone.now()) is False


def test_sharing_asks_first_which_contact(friends, as_attendee):
    bo, chen = friends

    assert as_attendee(bo).post("/attend/beijing/share/", {"who": chen.uid})["Location"] == "/attend/beijing/card/"
    assert [one.i_share for one in icebreaking.friends(bo)] == [False]


def test_the_card_is_written_by_its_owner(table, as_attendee):
    bo, chen = table
    form = {"trade": "code", "ask_me": "  旧显卡 <b>", "contact": "wx", "directory_ok": "on"}

    assert as_attendee(bo).post("/attend/beijing/card/", form).status_code == 302

    page = as_attendee(chen).get(ABOARD).content.decode()
    assert "Ask me about 旧显卡 &lt;b&gt;" in page
    assert "I write code" in page
    assert as_attendee(bo).post("/attend/beijing/card/", {"ask_me": "很" * 41}).status_code == 422
    family = "👨‍👩‍👧‍👦" * 18  # 18 characters for a reader, more code points than the table takes
    assert as_attendee(bo).post("/attend/beijing/card/", {"ask_me": family}).status_code == 422


def test_who_wants_to_be_left_alone_is_asked_by_nobody(table, as_attendee):
    bo, chen = table
    type(chen).objects.filter(pk=chen.pk).update(directory_ok=True)
    told = {"ask_me": "知识图谱"}
    as_attendee(chen).post("/attend/beijing/card/", told | {"directory_ok": "on"})
    assert "Ask me about 知识图谱" in as_attendee(bo).get(ABOARD).content.decode()
    as_attendee(chen).post("/attend/beijing/card/", told | {"alone": "on", "directory_ok": "on"})

    page = as_attendee(bo).get(ABOARD).content.decode()
    assert "Quiet today" in page and "Ask me about" not in page
    assert chen.uid not in page  # no button leads to them
    as_attendee(bo).post("/attend/beijing/met/", {"who": chen.uid})
    assert Meeting.objects.count() == 0
    assert chen.name not in as_attendee(bo).get("/attend/beijing/people/").content.decode()
    mine = as_attendee(chen).get(ABOARD).content.decode()
    assert "You want some quiet today" in mine
    assert "icecard" not in mine


def test_who_wants_quiet_may_still_say_we_met_and_then_the_other_can_answer(table, as_attendee):
    bo, chen = table
    as_attendee(chen).post("/attend/beijing/card/", {"alone": "on"})
    as_attendee(chen).post("/attend/beijing/met/", {"who": bo.uid})

    assert "We met, yes" in as_attendee(bo).get(ABOARD).content.decode()
    as_attendee(bo).post("/attend/beijing/met/", {"who": chen.uid})

    assert [one.met for one in icebreaking.friends(bo)] == [True]


def test_whoever_is_offered_a_contact_is_told_and_does_not_see_it_yet(friends, cards, as_attendee):
    bo, chen = friends
    as_attendee(bo).post("/attend/beijing/share/", {"who": chen.uid})

    page = as_attendee(chen).get(ABOARD).content.decode()

    assert "They said yes" in page
    assert "wx-bo-1" not in page


def test_the_directory_lists_those_who_asked_and_is_for_attendees_alone(beijing, bo, chen, dai, as_attendee, visitor):
    type(chen).objects.filter(pk=chen.pk).update(directory_ok=True)

    page = as_attendee(bo).get("/attend/beijing/people/").content.decode()

    assert (chen.name in page, dai.name in page) == (True, False)
    assert visitor.get("/attend/beijing/people/").status_code == 404
    waiting = seat(beijing, "候补", "w@nextstop.example", status="waitlisted")
    assert as_attendee(waiting).get("/attend/beijing/people/").status_code == 404
    assert as_attendee(bo).get("/attend/beijing/people/", {"q": "nobody"}).content.decode().count(chen.name) == 0


def test_everybody_in_the_directory_is_found_page_by_page(beijing, bo, as_attendee):
    names = [f"P{number:03d}" for number in range(205)]
    Attendee.objects.bulk_create(
        Attendee(event=beijing, number=900 + n, name=name, contact=f"{name}@x.example", status="confirmed", directory_ok=True)
        for n, name in enumerate(names)
    )  # fmt: skip
    phone, seen, path = as_attendee(bo), [], "?q=P"

    while path:
        page = phone.get(f"/attend/beijing/people/{path}").content.decode()
        seen += re.findall(r"<b>(P\d+)</b>", page)
        forward = re.search(r'href="(\?[^"]*)" rel="next"', page)
        path = forward and html.unescape(forward[1])

    assert seen == names


def test_whoever_presses_we_met_stays_on_their_page_of_the_directory(beijing, bo, as_attendee):
    """The third page of a search, whose words are no address."""
    Attendee.objects.bulk_create(
        Attendee(event=beijing, number=900 + n, name=f"P&={n:03d}", contact=f"{n}@x.example", status="confirmed", directory_ok=True)
        for n in range(205)
    )  # fmt: skip
    phone = as_attendee(bo)
    page = phone.get("/attend/beijing/people/?q=P%26%3D&page=3").content.decode()
    form = re.search(r'<form method="post" action="/attend/beijing/met/">.*?</form>', page, re.DOTALL)[0]
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}

    answer = phone.post("/attend/beijing/met/", fields)

    assert answer["Location"] == "/attend/beijing/people/?page=3&q=P%26%3D"
    assert "P&amp;=204" in phone.get(answer["Location"]).content.decode()
    assert (
        phone.post("/attend/beijing/met/", {"who": fields["who"], "page": "3"})["Location"] == "/attend/beijing/aboard/"
    )


@pytest.mark.parametrize("lost", ["mine", "theirs"])
def test_the_recap_offers_nothing_that_needs_two_places_to_somebody_without_one(
    friends, cards, beijing, as_attendee, lost
):
    bo, chen = friends
    phone, asks = as_attendee(bo), ("Swap contacts", "Take back")
    end(beijing)
    assert [words in phone.get("/attend/beijing/recap/").content.decode() for words in asks] == [True, False]
    icebreaking.share(bo, chen, at=timezone.now())
    Attendee.objects.filter(pk=(bo if lost == "mine" else chen).pk).update(status="cancelled")

    assert [words in phone.get("/attend/beijing/recap/").content.decode() for words in asks] == [False, True]

    phone.post("/attend/beijing/share/", {"who": chen.uid, "take": "back", "then": "recap"})
    page = phone.get("/attend/beijing/recap/").content.decode()
    assert [words in page for words in (*asks, "We met", chen.name)] == [False, False, False, True]


def test_each_carriage_has_its_card_and_all_change_at_the_beat(beijing, now):
    deck = icebreaking.house_cards()
    first = [icebreaking.card_for(beijing, car, now) for car in range(1, 11)]
    assert len(set(first)) == len(deck) == 10

    begun = timezone.now()
    icebreaking.next_beat(beijing, at=begun)
    laid = icebreaking.card_for(beijing, 6, begun)

    assert laid == icebreaking.card_for(beijing, 6, begun + timedelta(seconds=479))
    assert icebreaking.card_for(beijing, 6, begun + timedelta(seconds=480)) == icebreaking.card_for(beijing, 7, begun)
    assert icebreaking.next_at(beijing, begun) == begun + timedelta(seconds=480)


def test_the_host_lays_the_next_card_on_stage_and_on_phones(table, beijing, client_of, leo, as_attendee):
    bo, _chen = table
    Stage.objects.create(event=beijing, scene="ice")
    before = icebreaking.card_for(beijing, bo.carriage, timezone.now())
    client = client_of(leo)
    assert "Next ice-breaker card" in client.get("/stage/beijing/remote/").content.decode()

    client.post("/stage/beijing/ice/")

    after = icebreaking.card_for(beijing, bo.carriage, timezone.now())
    assert after != before
    card = as_attendee(bo).get(f"{ABOARD}?part=card").content.decode()
    stage = client.get("/stage/beijing/scene/").content.decode()
    assert (after in card, stage.count(after), before in card) == (True, 1, False)


def test_the_stage_lays_the_cards_of_any_train_with_the_same_few_queries(
    beijing, leo, client_of, django_assert_max_num_queries
):
    Stage.objects.create(event=beijing, scene="ice")
    client = client_of(leo)
    client.get("/stage/beijing/scene/")
    for car in range(1, 27):
        seat(beijing, f"P{car}", f"p{car}@nextstop.example", carriage=car, seat=1)

    with django_assert_max_num_queries(12):
        page = client.get("/stage/beijing/scene/").content.decode()

    assert page.count('<b class="num">') == 26


def test_a_phone_asks_for_the_next_card_with_few_queries(table, as_attendee, django_assert_max_num_queries):
    """All phones of the room ask at once, at every beat: the card alone, not the whole table."""
    client = as_attendee(table[0])
    client.get(ABOARD)

    with django_assert_max_num_queries(6):
        card = client.get(ABOARD, {"part": "card"}).content.decode()

    until = int(card.partition('data-until="')[2].partition('"')[0])
    assert until > timezone.now().timestamp() * 1000


def test_the_organisers_own_cards_come_first(beijing, now):
    Prompt.objects.create(event=beijing, text="问一问邻座")

    assert icebreaking.card_for(beijing, 3, now) == "问一问邻座"


def test_what_was_said_at_the_table_is_exported_and_forgotten(friends, cards):
    bo, chen = friends
    data = forgetting.export(bo)
    assert (data["card"]["contact"], data["met"]) == ("wx-bo-1", ["Kevin周"])

    forgetting.forget(bo, at=timezone.now())

    assert (IntroCard.objects.filter(attendee=bo).exists(), Meeting.objects.count()) == (False, 0)
    assert icebreaking.friends(chen) == []


@pytest.mark.parametrize("card", ["-1", "²", "99999999", "x"])
def test_another_card_is_any_number(table, as_attendee, card):
    assert as_attendee(table[0]).get(ABOARD, {"card": card}).status_code == 200


def test_the_last_picture_thanks_everybody_who_made_the_day(beijing, acme, leo, client_of):
    Stage.objects.create(event=beijing, scene="thanks")
    liao = beijing.speakers.create(name="廖虎", name_en="Liao Hu")
    talk = beijing.talks.create(title="数字人", starts_at=beijing.starts_at, minutes=25)
    talk.appearances.create(speaker=liao)
    beijing.programme_versions.create(number=1, snapshot=announced.snapshot(beijing), at=beijing.starts_at)

    page = client_of(leo).get("/stage/beijing/scene/").content.decode()

    assert "Liao Hu" in page
    assert "Lenovo" in page


def test_the_seats_page_says_how_to_find_the_table_and_the_house(table, beijing, as_attendee):
    bo, _chen = table
    beijing.directions, beijing.directions_en = "地铁 13 号线", "Metro line 13, exit B"
    beijing.tables = "\n".join(f"第 {car} 张桌" for car in range(1, 8))
    beijing.tables_en = "\n".join(f"Table {car}, by the window" for car in range(1, 7))
    beijing.save()

    page = as_attendee(bo).get(ABOARD).content.decode()

    assert "Table 6, by the window" in page and "Table 5" not in page
    assert "Metro line 13, exit B" in page and beijing.address in page


def test_a_car_without_a_line_of_its_own_says_nothing(table, beijing, as_attendee):
    bo, _chen = table
    beijing.tables = "进门左转"
    beijing.save()

    assert "进门左转" not in as_attendee(bo).get(ABOARD).content.decode()


def test_the_table_sees_who_looks_for_a_team(table, dai, beijing, as_attendee):
    bo, chen = table
    challenge = Challenge.objects.create(event=beijing, title="一分钟")
    tag = "Wants a team"
    assert tag not in as_attendee(bo).get(ABOARD).content.decode()

    TeamWish.objects.create(challenge=challenge, attendee=chen)

    assert as_attendee(bo).get(ABOARD).content.decode().count(tag) == 1
    assert tag not in as_attendee(chen).get(ABOARD).content.decode()


def test_the_ticket_leads_to_the_card_before_the_day(beijing, bo, as_attendee):
    phone = as_attendee(bo)

    assert 'href="/attend/beijing/card/"' in phone.get("/attend/beijing/ticket/").content.decode()
    assert phone.get("/attend/beijing/card/").status_code == 200
