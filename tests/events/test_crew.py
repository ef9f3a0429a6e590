"""Who runs an event, and how far each reaches: the crew page, and the admin that knows events."""

import threading

import pytest
from django.contrib.admin.sites import all_sites
from django.db import connection
from django.test import Client

from events.models import CrewMember, Event, OutgoingMail, Role, Series, Sponsor, User
from raffle.models import Prize
from sessions.models import Talk
from tests.conftest import account
from tests.work import work

CREW = "/organise/beijing/crew/"


@pytest.fixture
def shanghai(beijing):
    """An event of other people."""
    return Event.objects.create(
        series=Series.objects.create(name="别的", slug="other"),
        number=2,
        slug="shanghai",
        code="NEXT",
        title="别人的活动",
        city="上海",
        doors_at=beijing.doors_at,
        starts_at=beijing.starts_at,
        ends_at=beijing.ends_at,
    )


def test_an_organiser_adds_a_door_person_who_logs_in_with_a_code(beijing, mei, client_of):
    answer = client_of(mei).post(
        CREW, {"email": "Aze@Nextstop.example", "name": "阿泽", "role": "door", "duty": "1 号口"}
    )
    work()

    assert answer.status_code == 302
    aze = User.objects.get(email="aze@nextstop.example")
    assert not aze.has_usable_password()
    mail = OutgoingMail.objects.get(to="aze@nextstop.example")
    assert "/organise/beijing/" in mail.body
    assert client_of(aze).get("/organise/beijing/door/").status_code == 200
    assert client_of(aze).get(CREW).status_code == 404


def test_a_role_that_is_there_already_is_not_given_or_mailed_twice(beijing, mei, client_of):
    for _ in range(2):
        client_of(mei).post(CREW, {"email": "aze@nextstop.example", "name": "", "role": "door", "duty": ""})

    assert CrewMember.objects.filter(user__email="aze@nextstop.example").count() == 1
    assert OutgoingMail.objects.filter(to="aze@nextstop.example").count() == 1


def test_an_address_that_is_none_is_named_and_what_was_typed_stays(beijing, mei, client_of):
    answer = client_of(mei).post(CREW, {"email": "aze at home", "name": "阿泽", "role": "door"})

    assert answer.status_code == 422
    assert "aze at home" in answer.content.decode()
    assert "阿泽" in answer.content.decode()


def test_an_event_keeps_its_last_organiser(beijing, mei, leo, client_of):
    own = CrewMember.objects.get(user=mei)
    client_of(mei).post(f"{CREW}{own.pk}/leave/")
    assert CrewMember.objects.filter(pk=own.pk).exists()

    host = CrewMember.objects.get(user=leo)
    client_of(mei).post(f"{CREW}{host.pk}/leave/")
    assert client_of(leo).get("/stage/beijing/remote/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_organisers_who_remove_each_other_at_once_leave_one(beijing, mei):
    other = account("other@nextstop.example", "Other", beijing, Role.ORGANISER)
    rows = {person: CrewMember.objects.get(user=person).pk for person in (mei, other)}
    start = threading.Barrier(2)

    def remove(actor, victim):
        client = Client()
        client.force_login(actor, backend="django.contrib.auth.backends.ModelBackend")
        start.wait()
        client.post(f"{CREW}{rows[victim]}/leave/")
        connection.close()

    pair = [threading.Thread(target=remove, args=order) for order in ((mei, other), (other, mei))]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert CrewMember.objects.filter(event=beijing, role=Role.ORGANISER).count() == 1


def test_another_events_crew_cannot_be_touched(beijing, shanghai, mei, client_of):
    theirs = CrewMember.objects.create(event=shanghai, user=account("x@nextstop.example", "X"), role=Role.DOOR)

    assert client_of(mei).post(f"{CREW}{theirs.pk}/leave/").status_code == 404
    assert CrewMember.objects.filter(pk=theirs.pk).exists()


def rows_in_admin(client, path):
    return {row.pk for row in client.get(path).context["cl"].queryset}


def test_the_admin_shows_an_organiser_their_own_events_alone(beijing, shanghai, mei, client_of):
    mine = Talk.objects.create(event=beijing, title="我的", starts_at=beijing.starts_at, minutes=20)
    theirs = Talk.objects.create(event=shanghai, title="别人的", starts_at=beijing.starts_at, minutes=20)
    client = client_of(mei)

    assert rows_in_admin(client, "/admin/events/event/") == {beijing.pk}
    assert rows_in_admin(client, "/admin/talks/talk/") == {mine.pk}
    assert client.get(f"/admin/talks/talk/{mine.pk}/change/").status_code == 200
    assert client.get(f"/admin/talks/talk/{theirs.pk}/change/").status_code == 302  # "does not exist", to the list
    assert client.post(f"/admin/talks/talk/{theirs.pk}/delete/", {"post": "yes"}).status_code in (302, 403, 404)
    assert Talk.objects.filter(pk=theirs.pk).exists()


def test_a_form_in_the_admin_cannot_reach_into_another_event(beijing, shanghai, mei, client_of):
    client = client_of(mei)
    form = client.get("/admin/events/sponsor/add/").context["adminform"].form
    assert set(form.fields["event"].queryset) == {beijing}

    empty = {"contributions-TOTAL_FORMS": 0, "contributions-INITIAL_FORMS": 0}
    answer = client.post("/admin/events/sponsor/add/", {"event": shanghai.pk, "name": "混进来", "order": 0, **empty})

    assert answer.status_code == 200  # the form again, with its error
    assert not Sponsor.objects.filter(name="混进来").exists()


def test_a_bulk_action_reaches_no_further(beijing, shanghai, mei, client_of):
    theirs = Prize.objects.create(event=shanghai, name="别人的奖")

    client_of(mei).post(
        "/admin/raffle/prize/",
        {"action": "delete_selected", "_selected_action": [theirs.pk], "post": "yes"},
    )

    assert Prize.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("who", ["leo", "dana", "ed", "stranger"])
def test_nobody_but_organisers_has_an_admin(who, request, client_of, beijing):
    client = client_of(request.getfixturevalue(who))

    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/events/event/").status_code == 302


def test_accounts_and_their_keys_are_for_superusers_alone(mei, client_of):
    client = client_of(mei)
    for path in ("events/user", "auth/group", "account/emailaddress", "mfa/authenticator", "socialaccount/socialtoken"):
        assert client.get(f"/admin/{path}/").status_code == 403, path


def test_the_admin_asks_for_the_second_factor_where_the_house_does(mei, client_of, settings):
    settings.CREW_NEEDS_SECOND_FACTOR = True

    answer = client_of(mei).get("/admin/events/event/", follow=True)

    assert answer.redirect_chain[-1][0] == "/accounts/2fa/"


def test_the_admin_sends_nobody_round_in_circles(dana, client_of):
    assert client_of(dana).get("/admin/", follow=True).status_code == 404


def test_only_who_runs_the_day_needs_a_second_factor(beijing, leo, dana, client_of, settings):
    settings.CREW_NEEDS_SECOND_FACTOR = True

    assert client_of(dana).get("/organise/beijing/door/").status_code == 200
    page = client_of(leo).get("/stage/beijing/remote/", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/2fa/"
    assert "Set up a second factor first" in page.content.decode()


def test_what_an_organiser_may_not_see_is_no_expired_form(mei, client_of):
    page = client_of(mei).get("/admin/events/user/")

    assert page.status_code == 403
    assert "This is not open to you" in page.content.decode() and "expired" not in page.content.decode()


def test_a_log_in_leads_back_to_the_whole_address(beijing, visitor):
    answer = visitor.get("/organise/beijing/attendees/?q=a&page=2")

    assert answer["Location"] == "/accounts/login/?next=/organise/beijing/attendees/%3Fq%3Da%26page%3D2"


def test_whoever_makes_an_event_organises_it(beijing, mei, client_of):
    client = client_of(mei)
    form = client.get("/admin/events/event/add/").context["adminform"].form
    values = {name: field.initial for name, field in form.fields.items() if field.initial not in (None, "")}
    values = {name: value() if callable(value) else value for name, value in values.items()}
    times = {
        f"{name}_{part}": text for name in ("doors_at", "starts_at", "ends_at") for part, text in (("0", "2027-03-06"),)
    }
    times |= {"doors_at_1": "13:30:00", "starts_at_1": "14:00:00", "ends_at_1": "18:00:00"}
    words = {
        "series": beijing.series_id,
        "number": 2,
        "slug": "shanghai",
        "code": "SHAI",
        "title": "下一站",
        "city": "上海",
    }

    formsets = client.get("/admin/events/event/add/").context["inline_admin_formsets"]
    prefixes = [formset.formset.prefix for formset in formsets]
    empty = {f"{prefix}-{count}_FORMS": 0 for prefix in prefixes for count in ("TOTAL", "INITIAL")}
    answer = client.post("/admin/events/event/add/", {**values, **times, **words, **empty})

    assert answer.status_code == 302, answer.context["errors"]
    made = Event.objects.get(slug="shanghai")
    assert made.crew.get().user == mei
    assert client.get("/organise/shanghai/").status_code == 200


def test_every_model_of_the_house_in_the_admin_is_scoped():
    from events.admin_scope import OfEvent

    house = {"events", "talks", "raffle", "cocreation"}
    for site in all_sites:
        for model, admin in site._registry.items():
            if model._meta.app_label in house and model is not User:
                assert isinstance(admin, OfEvent), model


ADMIN = "/admin/events/crewmember/"


def test_the_crew_is_prepared_in_the_admin_too(beijing, shanghai, mei, client_of):
    organiser = client_of(mei)
    words = {"event": beijing.pk, "email": "Aze@Nextstop.example", "name": "阿泽", "role": "door", "duty": "1 号口"}
    assert organiser.post(f"{ADMIN}add/", words).status_code == 302

    aze = CrewMember.objects.get(user__email="aze@nextstop.example")
    assert (aze.user.name, aze.role, aze.duty) == ("阿泽", "door", "1 号口")
    assert not aze.user.has_usable_password()
    assert OutgoingMail.objects.filter(to="aze@nextstop.example").count() == 1
    again = organiser.post(f"{ADMIN}add/", words)
    assert again.status_code == 200 and "aze@nextstop.example" in again.content.decode()
    assert CrewMember.objects.filter(user=aze.user).count() == 1

    organiser.post(f"{ADMIN}{aze.pk}/change/", {"role": "organiser", "duty": "2 号口"})
    aze.refresh_from_db()
    assert (aze.role, aze.duty) == ("door", "2 号口"), "a duty changes, a role is given and taken away"
    assert organiser.post(f"{ADMIN}add/", {**words, "event": shanghai.pk}).status_code == 200
    assert not shanghai.crew.exists()


def test_an_event_keeps_its_last_organiser_in_the_admin(beijing, mei, leo, client_of):
    organiser, own, host = client_of(mei), CrewMember.objects.get(user=mei), CrewMember.objects.get(user=leo)
    answer = organiser.post(f"{ADMIN}{own.pk}/delete/", {"post": "yes"}, follow=True)
    assert "This is the only organiser" in answer.content.decode()
    marked = {"action": "delete_selected", "_selected_action": [own.pk], "post": "yes"}
    organiser.post(ADMIN, marked)
    assert CrewMember.objects.filter(pk=own.pk).exists()

    assert organiser.post(f"{ADMIN}{host.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not CrewMember.objects.filter(pk=host.pk).exists()


@pytest.mark.parametrize("page", [CREW, f"{ADMIN}add/"])
def test_whoever_is_added_without_a_thought_gets_the_least_rights(beijing, mei, client_of, page):
    form = client_of(mei).get(page).content.decode()

    assert '<option value="door" selected' in form


def test_the_name_at_the_desk_leads_to_the_pages_of_the_account(client_of, mei, beijing):
    """On a phone, where the name has no room, the foot of the menu does."""
    desk = client_of(mei).get("/organise/beijing/attendees/").content.decode()
    assert f'href="/accounts/email/" title="Account">{mei.name}</a>' in desk
    assert '<li><a href="/accounts/email/">Account</a></li>' in desk

    account = client_of(mei).get("/accounts/email/").content.decode()

    assert 'href="/accounts/2fa/"' in account
