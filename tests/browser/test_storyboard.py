"""The storyboard in a browser: a shot is moved and trimmed, the plan follows, a preview of the change is there in time."""

import os
import re
import threading
import time

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone, translation
from playwright.sync_api import expect

from cocreation import editing, music, teams
from cocreation.media import copies, looking
from cocreation.models import Challenge, Clip, Montage, Render, Rendition, Soundtrack
from cocreation.work import labels
from tests.browser.conftest import comes_true
from tests.cocreation.drawing import film
from tests.work import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def version(beijing, bo, tmp_path):
    """Three real shots of a team, with what was made from them, under one of our own pieces."""
    challenge = Challenge.objects.create(event=beijing, title="地球Online 2024", title_en="Earth Online 2024")
    team = teams.make(challenge, bo, "补丁小队")
    for slot, source in enumerate(("testsrc2", "testsrc", "smptehdbars"), 1):
        path = film(tmp_path, f"{slot}.mp4", seconds=2.5, source=source, more=("-pix_fmt", "yuv420p", "-t", "2.5"))
        facts = looking.look(path).facts
        clip = Clip.objects.create(
            team=team, slot=slot, title=f"Take {slot}", state="ready", facts=facts, ending=".mp4", sha256=f"{slot}" * 64
        )
        clip.original.save(path.name, ContentFile(path.read_bytes()))
        still = tmp_path / "poster.jpg"
        copies.poster(path, still, facts)
        small = tmp_path / "proxy.mp4"
        copies.proxy(path, small, facts, mark=labels(tmp_path))
        for kind, made in (("poster", still), ("proxy", small)):
            rendition = Rendition(clip=clip, kind=kind)
            rendition.file.save(made.name, ContentFile(made.read_bytes()), save=True)
    return editing.new_version(challenge, soundtrack=music.house_piece(beijing, "departure"))


def logged_in(page, person, client, live_server):
    from django.conf import settings

    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )


@pytest.mark.parametrize("language", ["zh-CN", pytest.param("en-US", marks=pytest.mark.long)])
def test_a_shot_is_moved_and_its_preview_comes(version, open_browser, ed, client, live_server, language):
    page = open_browser(language=language, width=1440, height=900)
    logged_in(page, ed, client, live_server)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"/organise/beijing/film/versions/{version.pk}/")
    expect(page.locator(".sbrow")).to_have_count(3)

    page.locator('.sbrow [data-act="down"]').first.click()
    page.locator(".sbrow .sbcaption").first.fill("鲸鱼读取存档")
    page.locator(".sbrow .sbcaption").first.blur()
    expect(page.locator(".sbat").first).to_contain_text("0:04")
    version.refresh_from_db()
    slots = [Clip.objects.get(pk=row["clip"]).slot for row in version.sequence]
    assert slots == [2, 1, 3]
    assert version.sequence[0]["caption"] == "鲸鱼读取存档"

    worker = threading.Thread(target=work, daemon=True)
    began = time.monotonic()
    worker.start()
    expect(page.locator("story-board video")).to_have_attribute("src", re.compile("/film/films/"), timeout=60_000)
    took = time.monotonic() - began
    worker.join(60)
    expect(page.locator("story-board video")).to_have_attribute(
        "src", f"/attend/beijing/film/films/{version.renders.first().pk}/film/"
    )
    if os.environ.get("SHOTS"):
        page.wait_for_timeout(800)
        page.screenshot(path=f"{os.environ['SHOTS']}/board-{language}.png", full_page=True)
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=f"{os.environ['SHOTS']}/board-{language}-dark.png", full_page=True)
        page.goto("/organise/beijing/film/")
        page.screenshot(path=f"{os.environ['SHOTS']}/desk-{language}.png", full_page=True)
    assert wrong == []
    assert took < 60


@pytest.fixture
def board(version, open_browser, ed, client, live_server):
    """The storyboard, open at an editor's."""
    page = open_browser(width=1440, height=900)
    logged_in(page, ed, client, live_server)
    page.goto(f"/organise/beijing/film/versions/{version.pk}/")
    expect(page.locator(".sbrow")).to_have_count(3)
    return page


def test_the_film_is_made_of_what_was_just_typed(version, board):
    board.locator(".sbrow .sbcaption").first.fill("鲸鱼读取存档")
    board.get_by_role("button", name="Render this version").click()
    board.wait_for_url(re.compile("/organise/beijing/film/$"))

    version.refresh_from_db()
    assert version.sequence[0].get("caption") == "鲸鱼读取存档"
    assert Render.objects.get(is_draft=False).montage == version


@pytest.mark.long
def test_the_film_is_made_of_the_version_that_a_change_has_begun(version, board):
    Render.objects.create(
        montage=version, finished_at=timezone.now()
    )  # meanwhile a film was made of it: it stays as it is
    board.locator(".sbrow .sbcaption").first.fill("鲸鱼读取存档")
    board.get_by_role("button", name="Render this version").click()
    board.wait_for_url(re.compile("/organise/beijing/film/$"))

    newest = Render.objects.filter(is_draft=False).first()
    assert (newest.montage.number, newest.montage.sequence[0]["caption"]) == (2, "鲸鱼读取存档")


def test_what_was_typed_a_moment_ago_is_kept_when_the_page_is_left(version, board):
    board.locator(".sbrow .sbcaption").first.fill("鲸鱼读取存档")
    board.goto("/organise/beijing/film/")

    for _ in range(100):
        version.refresh_from_db()
        if version.sequence[0].get("caption"):
            break
        board.wait_for_timeout(50)
    assert version.sequence[0]["caption"] == "鲸鱼读取存档"


def test_quick_changes_of_one_editor_are_one_version(version, board):
    board.evaluate(
        """() => {
          const ask = window.fetch; let first = true;
          window.fetch = async (...words) => {
            const answer = await ask(...words);
            if (first && String(words[0]).endsWith("/save/")) { first = false; await new Promise((on) => setTimeout(on, 1500)); }
            return answer;
          };
        }"""
    )
    board.locator('.sbrow [data-act="mute"]').first.click()
    board.wait_for_timeout(700)
    board.locator('.sbrow [data-act="mute"]').nth(1).click()

    for _ in range(100):
        version.refresh_from_db()
        if sum(row.get("mute", False) for row in version.sequence) == 2:
            break
        board.wait_for_timeout(50)
    assert [row.get("mute") for row in version.sequence] == [True, True, None]
    assert Montage.objects.count() == 1
    expect(board.get_by_text("Somebody else changed")).to_have_count(0)


PLAYS = "(film => !film.paused && film.currentTime > 0.2)(document.querySelector('stage-film video'))"
REFUSES_ONCE = """
const play = HTMLMediaElement.prototype.play; let asked = 0;
HTMLMediaElement.prototype.play = function () {
  return asked++ ? play.call(this) : Promise.reject(new DOMException("press something first", "NotAllowedError"));
};
"""


def gettext(words, language):
    with translation.override(translation.get_supported_language_variant(language.lower())):
        return translation.gettext(words)


@pytest.mark.long
@pytest.mark.parametrize("language, press", [("en-US", "click"), ("zh-CN", "key")])
def test_a_stage_that_refused_sound_says_so_and_has_it_with_the_first_press(
    version, open_browser, leo, client, live_server, tmp_path, language, press
):
    shown = Render.objects.create(montage=version, finished_at=timezone.now(), published_at=timezone.now(), frames=600)
    path = film(tmp_path, "film.mp4", seconds=20, more=("-pix_fmt", "yuv420p"))
    shown.file.save("film.mp4", ContentFile(path.read_bytes()))
    page = open_browser(language=language, width=1920, height=1080)
    page.add_init_script(REFUSES_ONCE)
    logged_in(page, leo, client, live_server)
    page.goto("/stage/beijing/")
    stage = version.challenge.event.stage
    stage.show("film", by=leo, at=timezone.now())
    page.goto("/stage/beijing/")
    page.evaluate("window.running = document.querySelector('stage-film')")
    said = page.locator("stage-film .filmload")
    expect(said).to_have_text(gettext("Press for sound", language))
    comes_true(page, PLAYS)
    assert page.evaluate("document.querySelector('stage-film video').muted")
    if os.environ.get("SHOTS"):
        page.wait_for_timeout(1000)
        page.screenshot(path=f"{os.environ['SHOTS']}/sound-{language}.png")

    page.mouse.click(960, 400) if press == "click" else page.keyboard.press("ArrowRight")

    expect(said).to_have_text("")
    at = page.evaluate("document.querySelector('stage-film video').currentTime")
    comes_true(page, f"document.querySelector('stage-film video').currentTime > {at}")
    assert page.evaluate(
        "[(f => f.muted || f.paused)(document.querySelector('stage-film video')), running.isConnected]"
    ) == [False, True]
    stage.refresh_from_db()
    assert stage.scene == "film", "the first press was for the sound"
    page.mouse.click(960, 400)
    comes_true(page, "document.querySelector('stage-film video').paused")


@pytest.mark.long
def test_a_film_on_the_stage_goes_on_over_lost_streams_and_covers(
    version, open_browser, leo, client, live_server, tmp_path
):
    shown = Render.objects.create(montage=version, finished_at=timezone.now(), published_at=timezone.now(), frames=600)
    path = film(tmp_path, "film.mp4", seconds=20, more=("-pix_fmt", "yuv420p"))
    shown.file.save("film.mp4", ContentFile(path.read_bytes()))
    event = version.challenge.event
    page = open_browser(width=1280, height=720)
    logged_in(page, leo, client, live_server)
    page.goto("/stage/beijing/")
    event.stage.show("film", by=leo, at=timezone.now())
    page.goto("/stage/beijing/")
    expect(page.locator("stage-film.showing")).to_be_attached()
    comes_true(page, PLAYS)
    page.evaluate("window.running = document.querySelector('stage-film')")

    def goes_on():
        return page.evaluate("window.running === document.querySelector('stage-film') && window.running.isConnected")

    page.evaluate("document.dispatchEvent(new CustomEvent('live:reconnect'))")
    page.wait_for_timeout(700)
    assert goes_on()
    for cover in ("black", ""):
        event.stage.show("film", by=leo, at=timezone.now(), cover=cover)
        version_now = str(event.stage.version)
        page.evaluate(f"document.querySelector('stage-scene').changed({{ version: {version_now} }})")
        expect(page.locator("stage-scene")).to_have_attribute("version", version_now)
        assert (goes_on(), page.evaluate("document.documentElement.dataset.cover")) == (True, cover)
    event.stage.show("film", by=leo, at=timezone.now())  # pressed again: from the beginning
    page.evaluate(f"document.querySelector('stage-scene').changed({{ version: {event.stage.version} }})")
    expect(page.locator("stage-scene")).to_have_attribute("version", str(event.stage.version))
    assert not goes_on()


def test_tapping_goes_on_after_the_music_was_begun_by_its_own_button(version, open_browser, ed, client, live_server):
    event = version.challenge.event
    version.soundtrack = Soundtrack.objects.create(event=event, title="a", file="a.mp3")
    version.save()
    page = open_browser(width=1440, height=900)
    logged_in(page, ed, client, live_server)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"/organise/beijing/film/versions/{version.pk}/")
    at = "Object.defineProperty(document.querySelector('audio'), '{}', {{ configurable: true, get: () => {} }})"
    page.evaluate(at.format("paused", "false"))  # no sound card here: the player says that it plays
    for tap in range(5):
        page.evaluate(at.format("currentTime", 1 + tap / 2))
        page.locator("[data-tap]").click()

    assert wrong == []
    expect(page.locator(".sbtap [role=status]")).to_contain_text("120.0")
    page.evaluate("document.querySelector('audio').dispatchEvent(new Event('play'))")
    page.evaluate(at.format("currentTime", 40))
    page.locator("[data-tap]").click()
    expect(page.locator(".sbtap [role=status]")).to_have_text("Go on tapping")


@pytest.mark.long
def test_a_take_that_was_swapped_in_is_offered_nowhere_else(version, board, ed, client):
    a, b, c = [row["clip"] for row in version.sequence]
    wishes = {"rows": [{"clip": a}, {"clip": b}], "order": "hand", "soundtrack": "piece:departure"}
    client.force_login(ed, backend="django.contrib.auth.backends.ModelBackend")
    client.post(f"/organise/beijing/film/versions/{version.pk}/save/", wishes, content_type="application/json")
    wrong = []
    board.on("pageerror", lambda error: wrong.append(str(error)))
    board.reload()
    expect(board.locator(f'.sbswap option[value="{c}"]')).to_have_count(2)

    board.locator(".sbswap").first.select_option(str(c))

    expect(board.locator(f'.sbrow[data-clip="{c}"]')).to_have_count(1)
    expect(board.locator(f'.sbswap option[value="{c}"]')).to_have_count(0)
    board.locator('.sbrow [data-act="mute"]').nth(1).click()
    expect(board.locator(".sbstate")).not_to_have_text("Keeping")
    for _ in range(100):
        version.refresh_from_db()
        if version.sequence == [{"clip": c}, {"clip": b, "mute": True}]:
            break
        board.wait_for_timeout(50)
    assert (version.sequence, wrong) == ([{"clip": c}, {"clip": b, "mute": True}], [])


def kept(page, version, wanted):
    """Waits until the server has what `wanted` says of the version's rows."""
    for _ in range(200):
        version.refresh_from_db()
        if wanted(version.sequence):
            return
        page.wait_for_timeout(50)
    raise AssertionError(version.sequence)


def pull(page, one, other):
    """A hand on the mouse: press at one point, go to the other in steps, let go."""
    page.mouse.move(*one)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(*(a + (b - a) * step / 8 for a, b in zip(one, other, strict=True)))
    page.wait_for_timeout(100)
    page.mouse.up()


def middle(box, part=0.5):
    return box["x"] + box["width"] * part, box["y"] + box["height"] / 2


@pytest.mark.long
def test_a_row_is_dragged_a_slider_pulled_and_a_shot_locked_with_the_mouse(version, board):
    a, b, c = [row["clip"] for row in version.sequence]
    version.order = "team"
    version.save()
    rows, slider = board.locator(".sbrow"), board.locator(".sbrow [data-length-of]").first
    lifted = "document.querySelector('story-board').addEventListener('dragstart', () => { window.lifted = (window.lifted || 0) + 1; })"
    board.evaluate(lifted)

    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    pull(board, middle(box, 0.985), middle(box, 0.5))
    kept(board, version, lambda found: "length" in found[0])
    assert [row["clip"] for row in version.sequence] == [a, b, c]
    assert 25 < version.sequence[0]["length"] < 55
    assert board.evaluate("window.lifted") is None, "the slider moves, not the row"

    last = rows.nth(2)
    last.scroll_into_view_if_needed()
    first = rows.first.bounding_box()
    pull(board, middle(last.locator(".sbgrip").bounding_box()), (first["x"] + 12, first["y"] + 6))
    kept(board, version, lambda found: [row["clip"] for row in found] == [c, a, b])
    assert (board.evaluate("window.lifted"), version.order) == (1, "hand")
    assert board.locator(".dragging").count() == 0

    lock = rows.nth(1).get_by_role("button", name="Lock")
    lock.click()
    expect(lock).to_have_attribute("aria-pressed", "true")
    kept(board, version, lambda found: found[1].get("lock"))
    assert {"start", "length"} <= set(version.sequence[1])
    trimmed = version.sequence[1]["length"]
    board.reload()
    expect(rows.nth(1).get_by_role("button", name="Lock")).to_have_attribute("aria-pressed", "true")
    assert rows.nth(1).locator("[data-length-of]").input_value() == str(trimmed)


@pytest.mark.long
def test_an_earlier_take_is_swapped_in_its_own_place(version, board):
    a, b, c = [row["clip"] for row in version.sequence]
    old = Clip.objects.get(pk=b)
    Clip.objects.filter(pk=b).update(withdrawn_at=timezone.now())
    new = Clip.objects.create(
        team=old.team, slot=old.slot, state="ready", facts=old.facts, ending=".mp4", original=old.original.name
    )
    board.reload()
    expect(board.locator(f'.sbrows .sbswap option[value="{b}"]')).to_have_count(1)

    board.locator(f'.sbrow[data-clip="{new.pk}"] .sbswap').select_option(str(b))

    kept(board, version, lambda found: found == [{"clip": a}, {"clip": b, "take": True}, {"clip": c}])
    if os.environ.get("SHOTS"):
        board.reload()
        board.screenshot(path=f"{os.environ['SHOTS']}/takes.png", full_page=True)


@pytest.mark.long
def test_what_was_chosen_for_the_next_film_stays_while_shots_come_in(version, open_browser, ed, client, live_server):
    page = open_browser(width=1440, height=900)
    logged_in(page, ed, client, live_server)
    page.goto("/organise/beijing/film/")
    page.locator(".wishes [name=order]").select_option("vote")
    page.locator(".wishes [name=length]").select_option("30")
    page.locator("h1").click()
    Clip.objects.filter(slot=3).update(state="received")

    expect(page.get_by_text("2 of 3 shots ready")).to_be_visible()

    assert page.locator(".wishes [name=order]").input_value() == "vote"
    page.get_by_role("button", name="Render now").click()
    page.wait_for_url(re.compile("/organise/beijing/film/"))
    expect(page.locator(".busy")).to_be_visible()
    expect(page.locator(".wishes")).to_have_count(0)
    assert (Montage.objects.first().order, Montage.objects.first().length) == ("vote", "30")


def test_an_open_page_goes_on_with_the_film_that_took_the_place_of_its_own(version, open_browser, tmp_path):
    path = film(tmp_path, "film.mp4", seconds=3, more=("-pix_fmt", "yuv420p"))
    scenes = [{"clip": version.sequence[0]["clip"], "team": 1, "start": 0, "frames": 90}]
    films = []
    for _twice in range(2):
        one = Render.objects.create(montage=version, finished_at=timezone.now(), frames=90, scenes=scenes)
        one.file.save("film.mp4", ContentFile(path.read_bytes()))
        films.append(one)
    editing.publish(films[0])
    page = open_browser()
    page.goto("/attend/beijing/film/")
    expect(page.locator("film-player video")).to_have_attribute("src", re.compile(f"films/{films[0].pk}/"))

    editing.publish(films[1])
    page.route(re.compile(f"films/{films[0].pk}/"), lambda route: route.fulfill(status=404))
    page.evaluate("document.querySelector('film-player video').load()")

    expect(page.locator("film-player video")).to_have_attribute("src", re.compile(f"films/{films[1].pk}/"))
    assert (page.locator(".player").count(), page.locator(".scenes li").count()) == (1, 1)


def test_a_page_that_was_open_at_the_premiere_leads_to_the_playing_film(version, visit, bo, tmp_path):
    path = film(tmp_path, "film.mp4", seconds=3, more=("-pix_fmt", "yuv420p"))
    scenes = [{"clip": version.sequence[0]["clip"], "team": 1, "start": 0, "frames": 90}]
    made = Render.objects.create(montage=version, finished_at=timezone.now(), frames=90, scenes=scenes)
    made.file.save("film.mp4", ContentFile(path.read_bytes()))
    page = visit(bo, "/attend/beijing/film/")
    expect(page.locator(".teamhead")).to_be_visible()

    editing.publish(made)
    page.evaluate("document.dispatchEvent(new CustomEvent('live:film'))")
    expect(page.locator(".teamhead")).to_be_visible()
    page.get_by_role("link", name="Watch the film").click()
    page.get_by_role("button", name="Play the film").click()

    comes_true(page, "(film => !film.paused && film.currentTime > 0.2)(document.querySelector('film-player video'))")


def test_music_that_was_just_uploaded_shows_its_beats_when_they_are_found_and_no_change_is_lost(
    version, beijing, open_browser, ed, client, live_server
):
    track = Soundtrack.objects.create(event=beijing, title="Night bus", credit="X", file="film/music/none.wav")
    Montage.objects.filter(pk=version.pk).update(soundtrack=track)
    page = open_browser(width=1440, height=900)
    logged_in(page, ed, client, live_server)
    page.goto(f"/organise/beijing/film/versions/{version.pk}/")
    expect(page.get_by_text("Listening for beats")).to_be_visible()
    page.locator(".sbrow .sbcaption").first.press_sequentially("鲸鱼")  # and the field is not left yet
    page.evaluate("window.same = true")

    heard = {"bpm": 120.0, "times": [n / 2 for n in range(40)], "first": 0.0, "seconds": 20.0, "wave": [40] * 400}
    Soundtrack.objects.filter(pk=track.pk).update(heard=heard)
    with page.expect_response(re.compile("/state/")):
        page.evaluate("document.dispatchEvent(new CustomEvent('live:film'))")
    page.wait_for_timeout(300)
    assert page.evaluate("window.same")
    page.locator(".sbrow .sbcaption").first.blur()

    expect(page.get_by_text("120.0 beats a minute, 40 beats")).to_be_visible()
    assert page.locator(".sbrow .sbcaption").first.input_value() == "鲸鱼"
