"""The whole day in real browsers, in both languages: real pages, real workers, real live updates, nothing called by hand.

Phones, the door's phone, the host's remote, the big screen and the organiser's desk are separate browsers. What the
test presses is what a person presses; what it waits for is what a person sees.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils.translation import gettext, override
from playwright.sync_api import expect

from tests.fake_openai import FakeOpenAI
from tests.faults.installation import ROOT, SERVERS, Installation, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.xdist_group("installation"), pytest.mark.timeout(1200)]
REAL_CLIPS = sorted((ROOT.parent / "shared" / "media" / "clips").glob("cogvideox_*.mp4"))
QUICK_RAFFLE = """
from django.utils import timezone
from events.models import CheckIn, Event
from raffle.models import Raffle
Raffle.objects.update(delay=1000, countdown_ms=10_000, claim_ms=30_000)
Event.objects.update(capacity=122)
"""
A_THIRD_COMES_BACK = """
from events.models import CheckIn
from raffle.models import Raffle
CheckIn.objects.filter(attendee__number=3).update(undone_at=None)
Raffle.objects.update(claim_ms=20_000)
"""
ONLY_TWO_PRESENT = """
from django.utils import timezone
from events.models import CheckIn
CheckIn.objects.exclude(attendee__number__in=[2, 122]).update(undone_at=timezone.now())
"""


class Day:
    """The installation with the demo in it, and browsers of the people in it."""

    def __init__(self, installation, chromium, language):
        self.installation, self.chromium, self.language = installation, chromium, language
        self.links = installation.links()
        self.contexts = []
        self.people = {}

    def person(self, label, *, width=390, height=844):
        """The browser of one of the demo's people, opened through their one-time link; the same one each time."""
        if label not in self.people:
            self.people[label] = self.browser(width=width, height=height)
            self.people[label].goto(self.links[label])
        return self.people[label]

    def say(self, text, **values):
        """What the product says in the person's language."""
        with override("zh-hans" if self.language == "zh" else "en"):
            return gettext(text) % values if values else gettext(text)

    def browser(self, *, width=390, height=844):
        """A fresh browser that nobody knows."""
        context = self.chromium.new_context(
            base_url=str(self.installation.site.base_url),
            locale="zh-CN" if self.language == "zh" else "en-US",
            viewport={"width": width, "height": height},
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    def button(self, page, text):
        return page.get_by_role("button", name=self.say(text))

    def hold(self, page, button, ms=2500):
        """Press a button as long as it wants to be held."""
        page.wait_for_timeout(1500)  # a page that is new reads itself once more
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.wait_for_timeout(ms)
        page.mouse.up()


# The Chinese day runs on the embedded defaults, the English one on the real servers: `.ci/run` walks both.
FILM = {"zh": {}, "en": {"FILM_LINES": "360"}}  # one of the two days cuts its film at full size


@pytest.fixture(params=["en" if SERVERS else "zh"])
def day(request, tmp_path, chromium):
    with FakeOpenAI() as model:
        yield from walk(request.param, tmp_path, chromium, model)


def walk(language, tmp_path, chromium, model):
    installation = Installation(
        tmp_path, local=True, OPENAI_API_KEY="sk-of-the-test", OPENAI_BASE_URL=model.url, **FILM[language]
    )
    installation.manage("seed")
    installation.python(QUICK_RAFFLE)
    installation.start()
    wait_until(installation.answers, seconds=60, what="the pages answer")
    made = Day(installation, chromium, language)
    made.model = model
    yield made
    for context in made.contexts:
        context.close()
    print(
        "open jobs:",
        installation.rows("SELECT id, kind, queue, state, attempt, error FROM events_job WHERE ended_at IS NULL"),
    )
    installation.stop()


def test_the_day_from_the_announcement_to_the_recap(day):
    stage = day.person("Stage (big screen)", width=1920, height=1080)
    newcomer = a_newcomer_gets_a_ticket_a_mail_and_a_calendar_entry(day)
    seats_run_out_and_the_first_in_line_is_offered_one(day)
    the_door_scans_and_pages_turn_by_themselves(day, newcomer, stage)
    the_host_moves_the_stage_and_phones_follow(day, newcomer, stage)
    a_team_makes_shots_and_the_film_is_cut_and_played(day, newcomer, stage)
    a_prize_is_drawn_claimed_and_proven(day, newcomer, stage)
    the_organiser_prepares_in_the_admin_and_runs_the_day_from_the_desk(day)
    the_recap_is_there_afterwards(day, newcomer)


def sign_up(day, name, contact):
    page = day.browser()
    page.goto("/attend/beijing/register/")
    page.get_by_label(day.say("Your name")).fill(name)
    page.get_by_label(day.say("Phone or email")).fill(contact)
    page.wait_for_timeout(1200)  # nobody types faster
    page.locator("button[form=register]").click()
    page.wait_for_url("**/attend/beijing/ticket/")
    return page


def a_newcomer_gets_a_ticket_a_mail_and_a_calendar_entry(day):
    page = day.browser()
    page.goto("/attend/beijing/")
    page.get_by_role("link", name=day.say("Get a ticket")).last.click()
    page.wait_for_url("**/register/")
    page = sign_up(day, "林小满", "bo@nextstop.example")

    expect(page.locator("article.ticket svg.qr")).to_be_visible()
    expect(page.locator(".code")).to_have_text(re.compile(r"^[2-9A-HJ-NP-Z]{3,4} ?[2-9A-HJ-NP-Z]{3,4}$"))
    entry = page.request.get(page.get_by_role("link", name=day.say("Calendar")).get_attribute("href"))
    assert "BEGIN:VEVENT" in entry.text()
    assert "Asia/Shanghai" in entry.text()
    mails = day.browser()
    wait_until(
        lambda: mails.goto("/-/mail/").ok and mails.get_by_text("bo@nextstop.example").count(),
        seconds=40,
        what="the mail is in the box",
    )
    mail = mails.locator("details", has_text="bo@nextstop.example")
    if mail.get_attribute("open") is None:
        mail.locator("summary").click()
    expect(mail).to_contain_text(page.locator(".code").inner_text().strip())
    link = mail.locator("a[href*='/pass/']").first.get_attribute("href")
    again = day.browser()
    again.goto(link)  # another phone: the link in the mail is the ticket
    expect(again.locator(".code")).to_have_text(page.locator(".code").inner_text())
    return page


def seats_run_out_and_the_first_in_line_is_offered_one(day):
    waiting = sign_up(day, "等一等", "wait@nextstop.example")
    expect(waiting.get_by_role("heading", name=day.say("You are in line"))).to_be_visible()
    expect(waiting.locator(".waitcard")).to_contain_text(day.say("You are next."))

    leaver = day.person("Attendee (on the way)")
    leaver.goto("/attend/beijing/ticket/")
    leaver.locator("details.giveup summary").click()
    day.button(leaver, "Give up my seat").click()

    day.button(waiting, "Take the seat").click()
    expect(waiting.locator("article.ticket svg.qr")).to_be_visible()


def the_door_scans_and_pages_turn_by_themselves(day, newcomer, stage):
    lit = stage.locator(".train .win.on")
    before = lit.count()
    assert before > 0
    code = newcomer.locator(".code").inner_text()
    door = day.person("Door")
    door.locator("input[name=code]").fill(code)
    door.locator("input[name=code]").press("Enter")

    result = door.locator("[data-result]")
    expect(result).to_contain_text("林小满")
    newcomer.wait_for_url("**/attend/beijing/aboard/")
    expect(newcomer.get_by_role("heading", name=day.say("Ice-breaker"))).to_be_visible()
    expect(newcomer.locator(".ticket .seat b").first).to_have_text(re.compile(r"\d\d"))
    expect(lit).not_to_have_count(before)
    door.goto("/organise/beijing/door/?door=2")
    door.locator("input[name=code]").fill(code)
    door.locator("input[name=code]").press("Enter")
    expect(result).to_contain_text(day.say("Already inside"))


def the_host_moves_the_stage_and_phones_follow(day, newcomer, stage):
    newcomer.goto("/attend/beijing/questions/")
    question = "下一站在哪里，怎么报名？"
    newcomer.locator("textarea[name=text], input[name=text]").first.fill(question)
    newcomer.locator("form:has([name=text]) button").first.click()
    expect(newcomer.get_by_text(question).first).to_be_visible()

    remote = day.person("Host (remote)")
    remote.goto("/organise/beijing/questions/")
    row = remote.locator("tr", has_text=question)
    row.get_by_role("button", name=day.say("Let through")).click()
    row.get_by_role("button", name=day.say("To the stage")).click()
    expect(row.get_by_role("button", name=day.say("Take off the stage"))).to_be_visible()
    newcomer.goto("/attend/beijing/live/")
    panel, mirror = "圆桌" if day.language == "zh" else "Panel", newcomer.locator(".mirrorline")
    expect(newcomer.locator("main")).to_contain_text(panel)
    expect(stage.locator("[data-scene-class=st-welcome]")).to_be_attached()
    expect(mirror).to_contain_text(day.say("Welcome"))
    remote.goto("/stage/beijing/remote/")
    remote.locator("form:has(input[value=now]) button").click()
    expect(stage.locator("[data-scene-class=st-now]")).to_be_attached()
    expect(stage.get_by_text(panel).first).to_be_visible()
    expect(mirror).to_contain_text(panel)
    remote.locator("form:has(input[value=questions]) button").click()
    expect(stage.get_by_text(question)).to_be_visible()
    expect(mirror).to_contain_text(question)

    remote.goto("/organise/beijing/programme/")
    break_row = remote.locator("tr, li", has_text=re.compile("茶歇与现场共创|Break and co-creation")).last
    break_row.get_by_role("button", name=day.say("Start")).click()
    expect(newcomer.locator("main").get_by_text(re.compile("茶歇|Break")).first).to_be_visible()


def clips(day):
    """Two shots: real ones where such clips are at hand, else drawn as the demo draws its own."""
    from cocreation import demo_clips
    from config import demo_facts

    made = []
    for index, (scene, _title) in enumerate(demo_facts.TEAMS[0][1][:2]):
        path = Path(day.installation.folder) / f"shot{index}.mp4"
        demo_clips.draw(scene, path, Path(day.installation.folder))
        made.append(path)
    return [*REAL_CLIPS[:2], *made][:2]


def a_team_makes_shots_and_the_film_is_cut_and_played(day, newcomer, stage):
    newcomer.goto("/attend/beijing/film/?team")
    newcomer.locator("input[name=name]").fill("补丁小队")
    day.button(newcomer, "Make the team").click()
    code = newcomer.locator(".teamhead .code").get_attribute("aria-label")
    assert re.fullmatch(r"[A-Z]{4}", code)

    friend = day.person("Attendee (inside)")
    friend.goto("/attend/beijing/film/?team")
    for box, letter in zip(friend.locator(".codein input").all(), code, strict=True):
        box.fill(letter)
    if friend.locator(".teamhead .code").count() == 0:
        friend.locator("button.join").click()
    if "/teams/" in friend.url:
        friend.locator("main form button").first.click()
    expect(friend.locator(".teamhead .code")).to_have_attribute("aria-label", code)

    for number, path in enumerate(clips(day), 1):
        with newcomer.expect_file_chooser() as chooser:
            newcomer.locator(f"li[data-slot='{number}'] [data-choose]").click()
        chooser.value.set_files(str(path))
        expect(newcomer.locator(f"li[data-slot='{number}'].done")).to_be_visible(timeout=90_000)
    expect(newcomer.locator("li[data-slot='2'] img.still")).to_be_visible(timeout=90_000)
    ready = "SELECT count(*) FROM cocreation_clip WHERE state <> 'ready' AND withdrawn_at IS NULL"
    wait_until(lambda: day.installation.rows(ready) == [(0,)], seconds=180, what="all shots are looked at")

    published = "SELECT count(*) FROM cocreation_render WHERE published_at IS NOT NULL"
    wait_until(lambda: day.installation.rows(published) == [(1,)], seconds=480, what="the demo's own film is there")
    editor = day.person("Film editor", width=1440, height=900)
    editor.goto("/organise/beijing/film/")
    day.button(editor, "Render now").click()
    publish = editor.get_by_role("button", name=day.say("Publish"), exact=True)
    expect(publish).to_be_visible(timeout=300_000)
    publish.click()
    expect(editor.locator("tr", has_text=day.say("Published")).first).to_be_visible()

    newcomer.goto("/attend/beijing/film/")
    expect(newcomer.get_by_text(day.say("Your shots are here"))).to_be_visible()
    assert newcomer.locator(".scenes li.me").count() == 2
    return play_it(day, newcomer, stage)


# Seconds that were played, not where it stands: a film that waits to be pressed stands there as well.
PLAYED = "Array.from({length: (document.querySelector('video') || {played: []}).played.length}, (_, i) => {\
 const p = document.querySelector('video').played; return p.end(i) - p.start(i)}).reduce((a, b) => a + b, 0)"


def play_it(day, newcomer, stage):
    """The film on the phone and on the big screen."""
    newcomer.goto("/attend/beijing/film/")
    assert newcomer.evaluate("document.querySelector('video').play().then(() => 'plays')") == "plays"

    host = day.person("Host (remote)")
    host.goto("/stage/beijing/remote/")
    host.locator("form:has(input[value=film]) button").click()
    wait_until(lambda: stage.evaluate(PLAYED) > 0.5, seconds=60, what="the big screen plays the film")


def a_prize_is_drawn_claimed_and_proven(day, newcomer, stage):
    day.installation.python(ONLY_TWO_PRESENT)
    phones = [newcomer, day.person("Attendee (inside)")]
    for phone in phones:
        phone.goto("/attend/beijing/luck/")
        expect(phone.locator(".luckhead .notice.good")).to_be_visible()
    host = day.person("Host (remote)")
    host.goto("/stage/beijing/raffle/")
    day.hold(host, host.locator("form.press button"))
    expect(stage.locator("flap-board")).to_be_attached(timeout=60_000)
    # Nobody has tapped anything: each open phone has sent its number by itself.
    sent = day.installation.rows("SELECT count(*) FROM raffle_contribution")
    assert sent[0][0] >= len(phones)

    wait_until(lambda: any(phone.locator(".wonpage").count() for phone in phones), seconds=90, what="a phone rings")
    winner = next(phone for phone in phones if phone.locator(".wonpage").count())
    expect(stage.locator(".wname").first).to_be_visible(timeout=30_000)
    day.button(winner, "I’m here, on my way").click()
    expect(winner.locator(".codex")).to_be_visible()
    expect(stage.locator(".wbox.here")).to_be_visible()

    the_absent_one_is_passed_over(day, host, stage)
    a_prize_is_added_and_a_sentence_is_read(day, host)
    the_proof_holds(day, winner)


def the_absent_one_is_passed_over(day, host, stage):
    """The second draw of two: nobody answers in time, so the next in order is called, by the server's clock."""
    day.installation.python(A_THIRD_COMES_BACK)
    host.goto("/stage/beijing/raffle/")
    day.hold(host, host.locator("form.press button"))
    passed_over = "SELECT count(*) FROM raffle_void"
    wait_until(lambda: day.installation.rows(passed_over) != [(0,)], seconds=120, what="the absent one is passed over")
    called = (
        "SELECT c.rank FROM raffle_call c JOIN raffle_draw d ON d.id = c.draw_id WHERE d.number = 2 ORDER BY c.rank"
    )
    wait_until(lambda: day.installation.rows(called) == [(1,), (2,)], seconds=60, what="the next in order is called")
    expect(stage.locator(".wname").first).to_be_visible()
    wait_until(lambda: day.installation.rows(passed_over) == [(2,)], seconds=60, what="nobody is left to call")
    assert day.installation.rows("SELECT count(*) FROM raffle_claim") == [(1,)]


def a_prize_is_added_and_a_sentence_is_read(day, host):
    host.goto("/stage/beijing/raffle/")
    host.locator("details.raw summary").click()
    host.locator(".prizeform input[name=name]").fill("现场加的一盒茶")
    day.button(host, "Add").click()
    expect(host.get_by_text("现场加的一盒茶").first).to_be_attached()
    host.goto("/stage/beijing/raffle/")
    [(keyboard,)] = day.installation.rows("SELECT id FROM raffle_prize WHERE name LIKE '%K7%'")
    day.model.plan = {"action": "draw", "prize": keyboard, "count": 1, "exclude_winners": True, "present_only": True}
    day.model.words = "票箱还开着。把副券撕下来。"
    host.locator("warm-up button").first.click()
    expect(host.locator("warm-up p").first).to_contain_text("把副券撕下来。")
    asked = len(day.model.seen)
    host.locator("input[name=sentence]").fill("老规矩，来一个敲字用的")  # only a model can know what that is
    host.locator("input[name=sentence]").press("Enter")
    expect(host.locator(".heard")).to_contain_text(re.compile("K7"))
    assert len(day.model.seen) > asked
    told = json.dumps([request["body"] for request in day.model.seen], ensure_ascii=False)
    assert [name for name in ("林小满", "Echo", "Nora", "nextstop.example") if name in told] == []
    expect(day.button(host, "Do it")).to_be_visible()
    host.goto("/stage/beijing/raffle/")
    host.locator("input[name=sentence]").fill("把奖给林小满")
    host.locator("input[name=sentence]").press("Enter")
    expect(host.locator(".heard .notice")).to_be_visible()
    expect(day.button(host, "Do it")).to_have_count(0)


def the_proof_holds(day, phone):
    """On the phone by itself, and by the script with the file, both as anybody can download them."""
    phone.goto("/attend/beijing/raffle/1/")
    expect(phone.locator(".verdict[data-s=ok]")).to_be_visible(timeout=60_000)
    folder = Path(day.installation.folder)
    (folder / "proof.json").write_bytes(phone.request.get("/attend/beijing/raffle/proof.json").body())
    (folder / "verify.py").write_bytes(phone.request.get("/attend/beijing/raffle/verify.py").body())
    checked = subprocess.run(
        [sys.executable, "verify.py", "proof.json"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    turned = re.sub(
        r'"([0-9a-f])([0-9a-f]{31})"',
        lambda found: f'"{"1" if found[1] == "0" else "0"}{found[2]}"',
        (folder / "proof.json").read_text(),
        count=1,
    )
    (folder / "proof.json").write_text(turned)
    refused = subprocess.run([sys.executable, "verify.py", "proof.json"], cwd=folder, capture_output=True, check=False)
    assert refused.returncode != 0


def the_organiser_prepares_in_the_admin_and_runs_the_day_from_the_desk(day):
    desk = day.person("Organiser", width=1440, height=900)
    for model in ("events/event", "talks/talk", "talks/speaker", "raffle/prize", "events/sponsor", "events/crewmember"):
        assert desk.goto(f"/admin/{model}/").ok
        assert desk.goto(f"/admin/{model}/add/").ok
    desk.goto("/admin/events/sponsor/add/")
    desk.locator("[name=name]").fill("临时加的伙伴")
    desk.locator("[name=event]").select_option(index=1, force=True)
    desk.locator("[name=_save]").click()
    expect(desk.get_by_text("临时加的伙伴").first).to_be_visible()

    for model, filled in (
        ("talks/speaker", {"name": "临时来的嘉宾"}),
        ("talks/talk", {"title": "临时加的一场", "starts_at_0": "2030-01-06", "starts_at_1": "21:00", "minutes": "20"}),
        ("raffle/prize", {"name": "临时加的奖品", "quantity": "1"}),
    ):
        desk.goto(f"/admin/{model}/add/")
        desk.locator("[name=event]").select_option(index=1, force=True)
        for name, value in filled.items():
            desk.locator(f"[name={name}]").fill(value)
        desk.locator("[name=_save]").click()
        expect(desk.get_by_text(next(iter(filled.values()))).first).to_be_visible()
    desk.goto("/organise/beijing/programme/edit/")
    expect(desk.get_by_text("临时加的一场").first).to_be_attached()

    desk.goto("/organise/beijing/crew/")
    desk.locator("[name=email]").fill("aze@nextstop.example")
    desk.locator("[name=name]").fill("阿泽")
    day.button(desk, "Add to the crew").click()
    expect(desk.locator("tr", has_text="阿泽")).to_be_visible()

    desk.goto("/organise/beijing/")
    for heading in ("Needs you now", "Coming up", "Teams and shots", "Prizes"):
        expect(desk.get_by_role("heading", name=day.say(heading))).to_be_visible()
    expect(desk.locator(".ribbon .seg3")).to_have_count(10)
    expect(desk.locator(".ribbon .nowline")).to_be_visible()
    vitals = {"zh": ["进站", "票箱", "镜头", "大屏"], "en": ["Checked in", "In the box", "Shots", "Stage"]}
    expect(desk.locator(".vitals .v > p:first-child")).to_have_text(vitals[day.language])
    desk.get_by_role("link", name=day.say("Jobs"), exact=True).first.click()
    expect(desk.get_by_role("heading", name=day.say("Jobs"), level=1)).to_be_visible()


def the_recap_is_there_afterwards(day, newcomer):
    desk = day.person("Organiser")
    desk.goto("/organise/beijing/")
    desk.get_by_role("link", name=day.say("Recap")).click()
    day.button(desk, "End the event and open the recap").click()
    newcomer.goto("/attend/beijing/recap/")
    expect(newcomer.locator("video")).to_be_visible()
    expect(newcomer.get_by_role("heading", name=day.say("Thank you"))).to_be_visible()
    expect(newcomer.get_by_role("link", name=re.compile("《畅聊金融中的大模型》讲稿"))).to_be_visible()
    query = (
        "SELECT a.name, a.credits_ok FROM raffle_claim c JOIN events_attendee a ON a.id = c.attendee_id"
        " WHERE c.released_at IS NULL"
    )
    for name, agrees in day.installation.rows(query):
        given = newcomer.locator("section", has=newcomer.get_by_role("heading", name=day.say("Prizes went to")))
        expect(given.locator("b", has_text=name)).to_have_count(1 if agrees else 0)
    expect(newcomer.locator("main, .cta").filter(has_text=re.compile("上海|Shanghai")).first).to_be_visible()
    follow = newcomer.get_by_role("link", name=day.say("Remind me"))
    follow.click()
    expect(newcomer).to_have_url(re.compile("/line/hi-ai/"))
