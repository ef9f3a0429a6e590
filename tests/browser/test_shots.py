"""A team on two phones: made, joined by its letters, two shots over a network that breaks, found on the wall."""

import re

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import expect

from cocreation.models import Challenge, Clip, Rendition, Team, Upload
from events import passes
from events.models import Stage
from tests.cocreation.drawing import film
from tests.work import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
NOISE = ("-c:v", "libx264", "-qp", "0", "-preset", "ultrafast", "-pix_fmt", "yuv444p")


@pytest.fixture
def challenge(beijing):
    return Challenge.objects.create(
        event=beijing,
        title="地球Online 2024",
        title_en="Earth Online 2024",
        closes_at=timezone.now() + timezone.timedelta(hours=1),
    )


@pytest.fixture
def phone_of(open_browser, live_server):
    """A phone that knows this attendee."""

    def make(attendee, **options):
        page = open_browser(**options)
        page.context.add_cookies([{"name": passes.COOKIE, "value": passes.sign(attendee), "url": live_server.url}])
        return page

    return make


def choose(page, slot, path):
    with page.expect_file_chooser() as chooser:
        page.locator(f"li[data-slot='{slot}'] [data-choose]").click()
    chooser.value.set_files(path)


def test_a_team_sends_two_shots_over_a_broken_network_and_finds_them_on_the_wall(
    challenge, bo, chen, phone_of, tmp_path
):
    large = film(tmp_path, "large.mp4", size="640x360", rate=25, source="testsrc2", more=NOISE)
    small = film(tmp_path, "small.mp4")
    assert large.stat().st_size > 3_000_000
    first, second = phone_of(bo), phone_of(chen)

    # one makes the team, the other types its four letters
    first.goto("/attend/beijing/film/")
    first.get_by_label("Name of the team").fill("补丁小队")
    first.get_by_role("button", name="Make the team").click()
    expect(first.get_by_role("heading", name="补丁小队")).to_be_visible()
    code = Team.objects.get().code
    second.goto("/attend/beijing/film/")
    for number, letter in enumerate(code, 1):
        second.get_by_role("textbox", name=str(number), exact=True).fill(letter)
    if second.get_by_role("button", name="Join", exact=True).is_visible():
        second.get_by_role("button", name="Join", exact=True).click()
    expect(second.get_by_role("heading", name="补丁小队")).to_be_visible()
    assert {place.attendee for place in Team.objects.get().members.all()} == {bo, chen}

    # the network breaks after the first chunk
    sent = []

    def flaky(route):
        if route.request.method == "PATCH":
            sent.append(route.request.headers["upload-offset"])
            if len(sent) > 1:
                return route.abort()
        return route.continue_()

    first.route(re.compile("/film/uploads/"), flaky)
    choose(first, 1, large)
    expect(first.locator("li[data-slot='1']")).to_contain_text("Waiting for network")
    expect(first.locator("#shaky")).to_be_visible()
    upload = Upload.objects.get()
    assert 0 < upload.received < upload.size

    # the teammate reads on whose phone it is
    second.reload()
    expect(second.locator("li[data-slot='1']")).to_contain_text(f"On {bo.name}’s phone")

    # reloaded with a network again, it goes on by itself: nobody chooses the file again
    first.unroute(re.compile("/film/uploads/"))
    offsets = []
    first.on("request", lambda r: offsets.append(int(r.headers["upload-offset"])) if r.method == "PATCH" else None)
    first.reload()
    expect(first.locator("li[data-slot='1']")).to_contain_text("Delivered", timeout=30_000)
    assert min(offsets) == upload.received
    assert Clip.objects.get(slot=1).original.read() == large.read_bytes()

    # the other phone sends the second shot
    choose(second, 2, small)
    expect(second.locator("li[data-slot='2']")).to_contain_text("Delivered", timeout=30_000)
    work()

    # both on the wall, with words
    second.goto(f"/attend/beijing/film/shots/{Clip.objects.get(slot=2).pk}/")
    second.get_by_label("Title").fill("鲸鱼读取存档")
    second.get_by_label("Seed").fill("42")
    second.get_by_role("button", name="Save").click()
    second.goto("/attend/beijing/film/wall/")
    expect(second.locator(".wteam li img")).to_have_count(2)
    expect(second.locator(".wteam.own")).to_have_count(1)
    second.locator(".likebtn").first.click()
    expect(second.locator(".likebtn.on .num").first).to_have_text("1")

    # before and after, by keyboard
    second.goto(f"/attend/beijing/film/shots/{Clip.objects.get(slot=2).pk}/")
    slider = second.get_by_role("slider", name="Compare before and after")
    slider.focus()
    second.keyboard.press("Home")
    assert second.locator("compare-pictures").evaluate("e => e.style.getPropertyValue('--at')") == "0%"


def test_several_files_at_once_fill_the_empty_places(challenge, bo, phone_of, tmp_path):
    from cocreation import teams

    teams.make(challenge, bo, "补丁小队")
    files = [film(tmp_path, f"{name}.mp4") for name in "ab"]
    page = phone_of(bo)
    page.goto("/attend/beijing/film/")

    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Several at once").click()
    assert chooser.value.is_multiple()
    chooser.value.set_files(files)

    expect(page.locator("li.done")).to_have_count(2, timeout=30_000)
    assert sorted(Clip.objects.values_list("slot", "filename")) == [(1, "a.mp4"), (2, "b.mp4")]


@pytest.fixture
def team(challenge, bo, chen):
    from cocreation import teams

    found = teams.make(challenge, bo, "补丁小队")
    teams.join(found, chen)
    return found


def hear(page, topic):
    """The page hears that something has changed: the server of these tests has no stream."""
    page.evaluate("topic => document.dispatchEvent(new CustomEvent(`live:${topic}`))", topic)


def hold_after_the_first_chunk(page):
    """The network of this phone swallows all but the first chunk."""
    sent = []

    def flaky(route):
        if route.request.method == "PATCH":
            sent.append(1)
            if len(sent) > 1:
                return route.abort()
        return route.continue_()

    page.route(re.compile("/film/uploads/"), flaky)


@pytest.mark.long
def test_a_teammate_sends_the_shot_from_another_phone_and_the_first_one_gives_way(team, bo, chen, phone_of, tmp_path):
    stuck = film(tmp_path, "stuck.mp4", size="640x360", rate=25, more=NOISE)
    other = film(tmp_path, "other.mp4")
    first, second = phone_of(bo), phone_of(chen)
    first.goto("/attend/beijing/film/")
    hold_after_the_first_chunk(first)
    choose(first, 1, stuck)
    expect(first.locator("li[data-slot='1']")).to_contain_text("Waiting for network")
    Upload.objects.update(touched_at=timezone.now() - timezone.timedelta(minutes=5))  # nothing has come for a while

    second.goto("/attend/beijing/film/")
    expect(second.locator("li[data-slot='1']")).to_contain_text(f"On {bo.name}’s phone")
    with second.expect_file_chooser() as chooser:
        second.get_by_role("button", name="Send it from here").click()
    chooser.value.set_files(other)

    expect(second.locator("li[data-slot='1']")).to_contain_text("Delivered", timeout=60_000)
    first.unroute(re.compile("/film/uploads/"))
    first.reload()
    expect(first.locator("li[data-slot='1']")).to_contain_text("Delivered", timeout=60_000)
    assert Clip.objects.current().get(slot=1).filename == "other.mp4"
    assert Clip.objects.current().get(slot=1).original.read() == other.read_bytes()


def test_a_file_dragged_onto_a_place_from_a_laptop_goes_there(team, bo, phone_of, tmp_path):
    path = film(tmp_path, "dragged.mp4")
    page = phone_of(bo, width=1280, height=800)
    page.goto("/attend/beijing/film/")
    held = page.evaluate_handle(
        """(bytes) => { const held = new DataTransfer();
           held.items.add(new File([new Uint8Array(bytes)], "dragged.mp4", { type: "video/mp4" })); return held; }""",
        list(path.read_bytes()),
    )
    place = page.locator("li[data-slot='2']")

    place.dispatch_event("dragover", {"dataTransfer": held})
    expect(page.locator("upload-clip")).to_have_class(re.compile("over"))
    place.dispatch_event("drop", {"dataTransfer": held})

    expect(place).to_contain_text("Delivered", timeout=30_000)
    assert Clip.objects.get().filename == "dragged.mp4" and Clip.objects.get().slot == 2
    assert Clip.objects.get().original.read() == path.read_bytes()


def test_a_file_let_go_beside_the_column_goes_to_the_first_free_place(team, bo, phone_of, tmp_path):
    path = film(tmp_path, "beside.mp4")
    page = phone_of(bo, width=1280, height=800)
    page.goto("/attend/beijing/film/")
    box = page.locator("upload-clip").bounding_box()
    assert box["x"] > 100  # there is room beside it
    held = {"x": box["x"] - 80, "y": 400, "modifiers": 0}
    held["data"] = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    devices = page.context.new_cdp_session(page)

    for kind in ("dragEnter", "dragOver"):
        devices.send("Input.dispatchDragEvent", {"type": kind, **held})
    expect(page.locator("upload-clip")).to_have_class(re.compile("over"))
    devices.send("Input.dispatchDragEvent", {"type": "drop", **held})

    expect(page.locator("li[data-slot='1']")).to_contain_text("Delivered", timeout=30_000)
    assert (Clip.objects.get().filename, Clip.objects.get().slot) == ("beside.mp4", 1)
    assert page.url.endswith("/attend/beijing/film/")


def test_a_file_chosen_without_a_network_is_sent_when_there_is_one_even_after_a_reload(team, bo, phone_of, tmp_path):
    path = film(tmp_path, "offline.mp4")
    page = phone_of(bo)
    page.goto("/attend/beijing/film/")
    page.context.set_offline(True)
    choose(page, 1, path)
    expect(page.locator("li[data-slot='1']")).to_contain_text("Waiting for network")
    assert not Upload.objects.exists()

    page.context.set_offline(False)
    page.reload()

    expect(page.locator("li[data-slot='1']")).to_contain_text("Delivered", timeout=30_000)
    assert Clip.objects.get().original.read() == path.read_bytes()


@pytest.mark.long
def test_a_shot_sent_by_who_was_just_put_into_a_team_goes_on_after_a_reload(
    challenge, bo, chen, dai, phone_of, tmp_path
):
    from cocreation import teams

    type(dai).objects.filter(pk=dai.pk).update(carriage=5)  # next to the others: they need not wait five minutes
    dai.refresh_from_db()
    path = film(tmp_path, "large.mp4", size="640x360", rate=25, more=NOISE)
    page = phone_of(bo)
    page.goto("/attend/beijing/film/")
    page.get_by_role("button", name="Find me a team").click()
    expect(page.get_by_text("You are the first who waits")).to_be_visible()
    for other in (chen, dai):
        teams.wish(challenge, other, at=timezone.now())
    hear(page, "teams")
    expect(page.locator("li[data-slot='1'] [data-choose]")).to_be_visible()  # nobody has loaded the page again
    hold_after_the_first_chunk(page)
    choose(page, 1, path)
    expect(page.locator("li[data-slot='1']")).to_contain_text("Waiting for network")

    page.unroute(re.compile("/film/uploads/"))
    page.reload()

    expect(page.locator("li[data-slot='1']")).to_contain_text("Delivered", timeout=30_000)
    assert Clip.objects.get().original.read() == path.read_bytes()


def test_why_a_file_was_refused_stays_until_another_one_is_chosen_and_what_is_open_stays_open(
    challenge, team, bo, chen, phone_of, tmp_path
):
    from cocreation import uploads

    Challenge.objects.update(megabytes_most=1)
    large, small = film(tmp_path, "large.mp4", size="640x360", rate=25, more=NOISE), film(tmp_path, "small.mp4")
    page = phone_of(bo)
    page.goto("/attend/beijing/film/")
    page.locator("details.rulesof summary").click()
    page.evaluate("document.querySelector('details.rulesof').marked = true")
    choose(page, 1, large)
    expect(page.locator("li[data-slot='1'] [role=alert]")).to_contain_text("MB, the limit is 1")

    uploads.create(team, chen, 2, 1000, "two.mp4", at=timezone.now())
    hear(page, "clips")
    expect(page.locator("li[data-slot='2']")).to_contain_text(f"On {chen.name}’s phone")

    expect(page.locator("li[data-slot='1'] .notice")).to_contain_text("MB, the limit is 1")
    assert page.evaluate(
        "[document.querySelector('details.rulesof').marked, document.querySelector('details.rulesof').open]"
    ) == [
        True,
        True,
    ]
    choose(page, 1, small)
    expect(page.locator("li[data-slot='1']")).to_contain_text("Delivered", timeout=30_000)
    expect(page.locator("li[data-slot='1'] .notice")).to_have_count(0)


def test_what_the_server_refuses_gives_the_place_back(challenge, team, bo, chen, phone_of, tmp_path):
    path = film(tmp_path, "one.mp4")
    page = phone_of(bo)
    page.goto("/attend/beijing/film/")
    Challenge.objects.update(closes_at=timezone.now() - timezone.timedelta(minutes=1))

    choose(page, 1, path)

    expect(page.locator("li[data-slot='1'] .notice")).to_contain_text("The deadline has passed")
    expect(page.locator("li[data-slot='1']")).to_contain_text("Shot 1 stayed empty")
    expect(page.locator(".sending")).to_have_count(0)


@pytest.mark.long
def test_the_film_of_a_shot_plays_on_while_the_words_below_it_change(team, bo, phone_of, tmp_path):
    from events import jobs

    path = film(tmp_path, "a.mp4", more=("-c:v", "libx264"))
    facts = {"width": 320, "height": 180, "seconds": 4.0}
    clip = Clip.objects.create(team=team, slot=1, sender=bo, state="ready", facts=facts)
    for kind in ("poster", "proxy"):
        made = Rendition(clip=clip, kind=kind)
        made.file.save(f"{kind}.mp4", ContentFile(path.read_bytes()), save=False)
        made.save()
    page = phone_of(bo)
    page.goto(f"/attend/beijing/film/shots/{clip.pk}/")
    page.evaluate("document.querySelector('figure video').marked = true")

    with page.expect_response(lambda answer: "x-fragment" in answer.request.headers):
        pass  # it is read again, and is the same
    assert page.evaluate("document.querySelector('figure video').marked")
    jobs.claim(jobs.enqueue("improve_clip", subject=clip.pk, event=team.event).pk).progress(10, 40)

    expect(page.locator(".work")).to_contain_text("10 of 40 frames")
    assert page.evaluate("document.querySelector('figure video').marked")


@pytest.mark.parametrize(
    ("count", "places"), [(2, 6), (4, 6), (5, 6), (12, 6), (1, 5), (12, 1), (17, 3), (30, 3), (36, 4)]
)
def test_on_the_wall_of_the_stage_no_team_lies_under_the_footer(challenge, beijing, leo, visit, count, places):
    challenge.shots = places
    challenge.save()
    for number in range(count):
        Team.objects.create(event=beijing, challenge=challenge, code=f"K{number:03}", name=f"Team {number}")
    Stage.objects.create(event=beijing).show("shots", by=None, at=timezone.now())

    page = visit(leo, "/stage/beijing/", width=1920, height=1080)
    expect(page.locator(".wall > li")).to_have_count(count)
    lowest, lowest_shot, least = page.evaluate(
        """[".wall > li", ".wall .sl"].map((what) => Math.max(...[...document.querySelectorAll(what)]
        .map((one) => one.getBoundingClientRect().bottom)))
        .concat(Math.min(...[...document.querySelectorAll(".wall .sl")].map((one) => one.offsetHeight)))"""
    )

    assert lowest_shot < lowest < page.locator(".sfoot").bounding_box()["y"]
    assert least >= 32  # pixels: one still sees what is in the picture


@pytest.mark.long
def test_what_the_crew_opened_on_its_desk_stays_open_while_the_desk_changes(challenge, beijing, ed, visit):
    team = Team.objects.create(event=beijing, challenge=challenge, code="KITE", name="补丁小队")
    facts = {"width": 1280, "height": 720, "seconds": 4.0}
    Clip.objects.create(team=team, slot=2, state=Clip.State.READY, facts=facts, ending=".mp4", size=9)
    page = visit(ed, "/organise/beijing/film/")
    page.get_by_text("KITE, shot 2: look, take out").click(force=True)
    expect(page.get_by_role("button", name="Take out")).to_be_visible()

    Team.objects.create(event=beijing, challenge=challenge, code="MOON", name="夜行")
    expect(page.get_by_text("MOON")).to_be_visible()

    page.get_by_role("button", name="Take out").click()
    expect(page.locator("details.mini")).to_have_count(0)
    assert not Clip.objects.current().exists()


@pytest.mark.long
@pytest.mark.parametrize("fails", ["at once", "when it is written"])
def test_a_phone_without_room_for_the_file_says_so_and_the_file_chosen_again_goes_on(
    team, bo, phone_of, tmp_path, fails
):
    path = film(tmp_path, "large.mp4", size="640x360", rate=25, more=NOISE)
    page = phone_of(bo)
    full = "throw new DOMException('full', 'QuotaExceededError');"
    if fails == "when it is written":  # the request has succeeded, its transaction does not
        full = "const asked = put.call(this, row); asked.addEventListener('success', () => this.transaction.abort()); return asked;"
    page.add_init_script(
        f"const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (row) {{ {full} }};"
    )
    page.goto("/attend/beijing/film/")
    hold_after_the_first_chunk(page)
    choose(page, 1, path)

    place = page.locator("li[data-slot='1']")
    expect(place).to_contain_text("Waiting for network")
    expect(place.get_by_text("This phone cannot keep the file: leave this page open until it is sent.")).to_be_visible()

    page.unroute(re.compile("/film/uploads/"))
    upload = Upload.objects.get()
    page.reload()
    expect(place).to_contain_text("On this phone")  # nothing goes on by itself
    offsets = []
    page.on("request", lambda r: offsets.append(int(r.headers["upload-offset"])) if r.method == "PATCH" else None)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose again").click()
    chooser.value.set_files(path)

    expect(place).to_contain_text("Delivered", timeout=30_000)
    assert 0 < upload.received == min(offsets)
    assert Clip.objects.get().original.read() == path.read_bytes()


@pytest.mark.long
def test_a_phone_with_room_for_the_file_says_nothing_of_it(team, bo, phone_of, tmp_path):
    path = film(tmp_path, "large.mp4", size="640x360", rate=25, more=NOISE)
    page = phone_of(bo)
    page.goto("/attend/beijing/film/")
    hold_after_the_first_chunk(page)
    choose(page, 1, path)

    expect(page.locator("li[data-slot='1']")).to_contain_text("Waiting for network")
    expect(page.get_by_text("This phone cannot keep the file")).not_to_be_visible()


@pytest.mark.long
def test_a_zip_dropped_where_none_is_taken_is_answered_in_words_that_help(team, bo, phone_of):
    page = phone_of(bo, width=1280, height=800)
    page.goto("/attend/beijing/film/")
    held = page.evaluate_handle(
        "() => { const held = new DataTransfer(); held.items.add(new File(['PK'], 'team.zip')); return held; }"
    )

    page.locator("li[data-slot='2']").dispatch_event("drop", {"dataTransfer": held})

    expect(page.locator("li[data-slot='0'] .notice")).to_have_text(
        "This theme takes no zip; send the shots one by one."
    )
