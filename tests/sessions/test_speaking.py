"""A speaker's own page, the slides they share, the monitor before them."""

import io
import subprocess
import sys
import zlib
from datetime import timedelta

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from sessions import publishing, slides, speaking
from sessions.models import Appearance, Material, Question, Speaker, Talk
from tests.work import work

PAGE = "/attend/beijing/speaker/"


@pytest.fixture
def talk(beijing):
    return Talk.objects.create(event=beijing, title="数字人", starts_at=beijing.starts_at, minutes=25)


@pytest.fixture
def liao(beijing, talk):
    speaker = Speaker.objects.create(event=beijing, name="廖虎", mail="liao@nextstop.example")
    Appearance.objects.create(talk=talk, speaker=speaker)
    publishing.publish(beijing, by=None, at=timezone.now(), tell=False)
    return speaker


@pytest.fixture
def phone(liao):
    client = Client(headers={"accept-language": "en"})
    answer = client.get(f"{PAGE}{speaking.sign(liao)}/")
    assert answer["Location"] == PAGE  # the address bar keeps no secret
    return client


def act(phone, talk, what, **form):
    return phone.post(f"{PAGE}talks/{talk.pk}/{what}/", form)


def deck(pages=3, width=960, height=540):
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(width, height)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf(content, name="slides.pdf"):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def test_the_organiser_mails_the_link_and_it_opens_the_page(beijing, liao, mei, client_of, settings):
    client_of(mei).post(f"/organise/beijing/speakers/{liao.pk}/invite/")
    work()

    from events.models import OutgoingMail

    mail = OutgoingMail.objects.get(to="liao@nextstop.example")
    assert speaking.link(liao) in mail.body


@pytest.mark.parametrize("value", ["x", "1.1", "1.1:forged"])
def test_a_forged_link_is_nothing(liao, visitor, value):
    assert visitor.get(f"{PAGE}{value}/").status_code == 404
    assert visitor.get(PAGE).status_code == 404


def test_a_link_that_was_replaced_opens_nothing_more(liao, phone):
    Speaker.objects.filter(pk=liao.pk).update(link_version=2)

    assert phone.get(PAGE).status_code == 404


def test_a_speaker_confirms_and_declines_their_own_part(talk, liao, phone):
    act(phone, talk, "confirm")
    assert Appearance.objects.get(speaker=liao).confirmed_at
    act(phone, talk, "decline")
    assert Appearance.objects.get(speaker=liao).confirmed_at is None


def test_nobody_reaches_another_speakers_talk(beijing, phone):
    other = Talk.objects.create(event=beijing, title="别人的", starts_at=beijing.starts_at, minutes=25)

    for what in ("confirm", "abstract", "share", "unshare"):
        assert act(phone, other, what, text="mine now").status_code == 404
    assert not Material.objects.exists()


def test_the_speaker_writes_about_themselves_and_the_programme_shows_it(liao, phone, visitor, talk):
    answer = phone.post(PAGE, {"name": "廖虎", "organisation": "商汤科技", "role": "总监", "said_as": "Liào Hǔ"})

    assert answer.status_code == 302
    assert "商汤科技" in visitor.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()


def test_a_portrait_that_is_no_picture_is_refused_and_what_was_typed_stays(liao, phone):
    answer = phone.post(PAGE, {"name": "廖虎虎", "portrait": SimpleUploadedFile("me.png", b"not a picture")})

    assert answer.status_code == 422
    assert "廖虎虎" in answer.content.decode()
    assert not Speaker.objects.get(pk=liao.pk).portrait


def test_a_portrait_is_shown(liao, phone, visitor, talk):
    picture = io.BytesIO()
    Image.new("RGB", (80, 80), "#126").save(picture, "JPEG")
    phone.post(PAGE, {"name": "廖虎", "portrait": SimpleUploadedFile("me.jpg", picture.getvalue())})

    assert visitor.get(f"/attend/beijing/speakers/{liao.pk}.jpg").status_code == 200


def test_an_abstract_is_markdown_without_anything_that_runs(talk, phone, visitor):
    hostile = "**bold** [x](javascript:alert(1)) <script>alert(1)</script> ![i](http://x/y.png)"
    act(phone, talk, "abstract", **{f"t{talk.pk}-abstract": hostile})

    page = visitor.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()
    assert "<strong>bold</strong>" in page
    assert 'href="javascript:' not in page
    assert "<script>alert" not in page
    assert "<img" not in page.partition("<article")[2].partition("</article>")[0]


def test_slides_wait_until_the_talk_is_over(talk, phone, visitor):
    Talk.objects.filter(pk=talk.pk).update(starts_at=timezone.now(), started_at=timezone.now())
    publishing.publish(talk.event, by=None, at=timezone.now(), tell=False)
    assert act(phone, talk, "share", file=pdf(deck()), when="after").status_code == 302
    material = Material.objects.get()
    assert (material.pages, bool(material.preview)) == (3, True)
    path = f"/attend/beijing/materials/{material.pk}/slides.pdf"
    assert visitor.get(path).status_code == 404
    assert phone.get(path).status_code == 200  # their own

    Talk.objects.filter(pk=talk.pk).update(started_at=timezone.now(), ended_at=timezone.now())
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert visitor.get(f"/attend/beijing/materials/{material.pk}/first.jpg").status_code == 200


def test_where_nobody_presses_slides_open_when_the_clock_has_passed_the_talk(talk, phone, visitor):
    act(phone, talk, "share", file=pdf(deck(1)), when="after")
    path = f"/attend/beijing/materials/{Material.objects.get().pk}/slides.pdf"
    page = f"/attend/beijing/talks/{talk.pk}/"
    seen = []
    for begun in (timedelta(minutes=24), timedelta(minutes=26)):
        Talk.objects.filter(pk=talk.pk).update(starts_at=timezone.now() - begun)
        publishing.publish(talk.event, by=None, at=timezone.now(), tell=False)
        seen.append((visitor.get(path).status_code, "slides.pdf" in visitor.get(page).content.decode()))

    assert seen == [(404, False), (200, True)]


def test_the_talks_page_keeps_its_questions(beijing, talk, liao, bo, visitor):
    """Answered ones at once, what nobody had time for when it is over; what was held back or withdrawn never."""
    now = timezone.now()
    Talk.objects.filter(pk=talk.pk).update(starts_at=now, started_at=now)
    said = {"talk": talk, "attendee": bo, "event": beijing, "at": now, "approved_at": now}
    Question.objects.create(text="回答了", answered_at=now, **said)
    Question.objects.create(text="没时间了", **said)
    Question.objects.create(text="收起来的", held_at=now, **said)
    Question.objects.create(text="撤回的", withdrawn_at=now, **said)
    texts = ("回答了", "没时间了", "收起来的", "撤回的")

    def archive():
        page = visitor.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()
        return [text for text in texts if text in page]

    assert archive() == ["回答了"]
    Talk.objects.filter(pk=talk.pk).update(ended_at=timezone.now())
    assert archive() == ["回答了", "没时间了"]


def test_what_is_only_for_the_crew_stays_there(talk, phone, visitor, leo, client_of):
    act(phone, talk, "share", file=pdf(deck(1)), when="never")
    path = f"/attend/beijing/materials/{Material.objects.get().pk}/slides.pdf"

    assert visitor.get(path).status_code == 404
    assert client_of(leo).get(path).status_code == 200


BOMB = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 999999999>>endobj\n"
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"MZ this is no pdf", "This is no PDF"),
        (b"%PDF-1.7 and then nothing", "It cannot be opened"),
        (BOMB + b"trailer<</Root 1 0 R>>\n%%EOF", "It cannot be opened"),
        (deck(301, 20, 20), "301 pages"),
    ],
    ids=["no pdf", "cut off", "pages in a circle", "too many pages"],
)
def test_a_deck_that_cannot_be_taken_is_refused_with_its_reason(talk, phone, content, why):
    answer = act(phone, talk, "share", file=pdf(content), when="now")

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Material.objects.exists()


def drawn(page, *forms):
    """A PDF of one page whose content is `page` (bytes), with forms /F0, /F1, … that it or they may draw."""
    named = b"".join(b"/F%d %d 0 R" % (n, 5 + n) for n in range(len(forms)))
    streams = [(b"", page), *((b"/Type/XObject/Subtype/Form/BBox[0 0 960 540]", form) for form in forms)]
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 960 540]/Contents 4 0 R/Resources<</XObject<<%s>>>>>>" % named,
        *(
            b"<<%s/Filter/FlateDecode/Resources<</XObject<<%s>>>>/Length %d>>stream\n%s\nendstream"
            % (head, named, len(content), content)
            for head, content in streams
        ),
    ]
    body, table = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for number, content in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj%sendobj\n" % (number, content)
    size = len(objects) + 1
    return body + b"xref\n0 %d\n%strailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (
        size,
        table,
        size,
        len(body),
    )


def swollen(unit, times):
    """So many times the same bytes, packed."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(unit) for _ in range(times)) + packer.flush()


CURVES = b"".join(b"%d 0 m 100 500 800 20 960 540 c 900 %d 30 500 0 0 c f " % (n, n) for n in range(500))


# The greatest of all children so far is all that the system tells: a process that has no other child asks.
CHECKED_ALONE = """
import pathlib, resource, sys
import django
django.setup()
from sessions import slides
try:
    print("taken", slides.check(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), seconds=int(sys.argv[3])))
except slides.Refused as why:
    print(why)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
"""


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        (drawn(swollen(b" " * 1_000_000, 3_000)), 20),
        (drawn(zlib.compress(b"/F0 Do " * 3_000), zlib.compress(CURVES)), 2),
    ],
    ids=["three gigabytes in three megabytes", "a million curves in three kilobytes"],
)
def test_a_bomb_ends_at_its_limits_and_takes_nothing_along(tmp_path, content, seconds):
    """Of memory and of time; a deck of the same make that draws little is taken by the same limits."""
    path, preview = tmp_path / "bomb.pdf", tmp_path / "first.jpg"
    path.write_bytes(drawn(zlib.compress(b"/F0 Do"), zlib.compress(CURVES)))
    assert slides.check(path, preview, seconds=seconds) == 1
    preview.unlink()
    path.write_bytes(content)

    seen = subprocess.run(
        [sys.executable, "-c", CHECKED_ALONE, path, preview, str(seconds)], capture_output=True, text=True, check=True
    )

    memory, processor = map(float, seen.stdout.split()[-2:])
    assert "太重" in seen.stdout
    assert memory < 1.2 * 1024 * 1024  # KiB
    assert processor < 15
    assert not preview.exists()


def test_a_deck_that_is_too_large_is_refused_before_it_is_opened(tmp_path):
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7")
        file.truncate(500_000_000)

    with pytest.raises(slides.Refused, match="500 MB"):
        slides.check(path, tmp_path / "first.jpg")


def test_prompts_are_shared_as_text_to_copy(talk, phone, visitor):
    act(phone, talk, "share", text="a cat in a hat, 35mm\n<b>", kind="code", title="提示词", when="now")

    page = visitor.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()
    assert "a cat in a hat, 35mm\n&lt;b&gt;" in page
    assert "<copy-text" in page


def test_the_speaker_reads_the_questions_and_the_counts(beijing, talk, phone, bo):
    now = timezone.now()
    Question.objects.create(event=beijing, talk=talk, attendee=bo, text="怎么开始？", at=now, approved_at=now)
    Question.objects.create(event=beijing, talk=talk, attendee=bo, text="还没审", at=now)
    page = phone.get(PAGE).content.decode()

    assert "怎么开始？" in page
    assert "还没审" not in page


def test_the_monitor_counts_to_the_planned_end(beijing, talk, leo, client_of):
    now = timezone.now()
    Talk.objects.filter(pk=talk.pk).update(starts_at=now, started_at=now)

    page = client_of(leo).get("/stage/beijing/monitor/").content.decode()
    until = int(page.partition('until="')[2].partition('"')[0])
    assert abs(until / 1000 - now.timestamp() - 25 * 60) < 2


def test_one_talk_in_a_calendar_has_the_uid_of_the_whole_feed(talk, liao, visitor):
    one = visitor.get(f"/attend/beijing/talks/{talk.pk}/talk.ics").content.decode()
    all_of_them = visitor.get("/attend/beijing/programme.ics").content.decode()

    (uid,) = [line for line in one.splitlines() if line.startswith("UID")]
    assert uid in all_of_them


@pytest.mark.parametrize("scene", ["break", "speaker", "poll"])
def test_the_new_scenes_draw_with_and_without_a_programme(beijing, leo, client_of, scene, request, announce):
    client = client_of(leo)
    assert client.get(f"/stage/beijing/programme/{scene}/").status_code == 200
    request.getfixturevalue("liao")
    Talk.objects.update(starts_at=timezone.now() + timezone.timedelta(minutes=5))
    announce()
    page = client.get(f"/stage/beijing/programme/{scene}/").content.decode()
    assert scene == "poll" or "数字人" in page


def test_a_portrait_loses_what_the_camera_wrote_into_it(liao, phone, visitor):
    picture = io.BytesIO()
    marks = Image.Exif()
    marks[0x010E] = "home address"
    Image.new("RGB", (2000, 80), "#126").save(picture, "JPEG", exif=marks, comment=b"home address")
    phone.post(PAGE, {"name": "廖虎", "portrait": SimpleUploadedFile("me.jpg", picture.getvalue(), "image/jpeg")})

    kept = b"".join(visitor.get(f"/attend/beijing/speakers/{liao.pk}.jpg").streaming_content)
    assert b"home address" not in kept
    assert Image.open(io.BytesIO(kept)).size == (960, 38)


def test_a_picture_is_shared_and_can_be_copied_or_hidden_again(talk, phone, visitor):
    picture = io.BytesIO()
    Image.new("RGB", (60, 60), "#126").save(picture, "PNG")
    act(phone, talk, "share", picture=SimpleUploadedFile("p.png", picture.getvalue(), "image/png"), when="now")
    row = Material.objects.get()
    path = f"/attend/beijing/materials/{row.pk}/picture.jpg"

    assert "<copy-picture" in visitor.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()
    assert visitor.get(path).status_code == 200
    act(phone, talk, "when", material=row.pk, when="never")
    assert visitor.get(path).status_code == 404


def test_half_a_gigabyte_is_refused_by_its_announced_length_before_it_is_read(talk, phone):
    answer = phone.generic(
        "POST", f"{PAGE}talks/{talk.pk}/share/", b"", "multipart/form-data; boundary=x", CONTENT_LENGTH="500000000"
    )

    assert answer.status_code == 413
    assert "500 MB; the limit is 60" in answer.content.decode()
    assert "数字人" in answer.content.decode()  # their page, with everything on it
    assert not Material.objects.exists()


@pytest.mark.parametrize("length", ["", None])
def test_a_file_that_does_not_say_how_large_it_is_is_not_read(talk, phone, length):
    answer = phone.generic(
        "POST", f"{PAGE}talks/{talk.pk}/share/", b"", "multipart/form-data; boundary=x",
        CONTENT_LENGTH=length, HTTP_TRANSFER_ENCODING="chunked",
    )  # fmt: skip

    assert answer.status_code == 411
    assert "did not say how large" in answer.content.decode()
    assert not Material.objects.exists()


def test_a_portrait_of_half_a_gigabyte_is_refused_before_it_is_read(talk, phone):
    answer = phone.generic("POST", PAGE, b"", "multipart/form-data; boundary=x", CONTENT_LENGTH="500000000")

    assert answer.status_code == 413
    assert "500 MB; the limit is 12" in answer.content.decode()


def test_an_upload_without_the_forms_token_is_refused(talk, liao):
    client = Client(enforce_csrf_checks=True)
    client.get(f"{PAGE}{speaking.sign(liao)}/")

    assert act(client, talk, "share", text="x", when="now").status_code == 403
    assert not Material.objects.exists()


def test_the_desk_hears_that_a_speaker_cannot_come(talk, liao, phone, mei, client_of):
    act(phone, talk, "decline")

    assert "廖虎 cannot come" in client_of(mei).get("/organise/beijing/").content.decode()


def test_links_are_kept_as_addresses_and_nothing_else(liao, phone, visitor, talk):
    phone.post(PAGE, {"name": "廖虎", "links": "example.org/liao\nhttps://www.bilibili.com/x"})
    page = visitor.get(f"/attend/beijing/talks/{talk.pk}/").content.decode()

    assert 'href="https://example.org/liao"' in page
    assert ">bilibili.com</a>" in page
    assert phone.post(PAGE, {"name": "廖虎", "links": "javascript:alert(1)"}).status_code == 422


def test_the_recap_shows_what_was_let_out_and_opens_the_rest_that_waited_for_the_end(beijing, talk):
    """A talk that nobody has marked as ended is over when the event is."""
    now = timezone.now()
    for title, when in (("讲稿", "now"), ("提示词清单", "after"), ("私稿", "never")):
        speaking.share_text(talk, title=title, text="一句话", kind="text", when=when, at=now)
    client = Client(headers={"accept-language": "en"})
    publishing.publish(beijing, by=None, at=now, tell=False)
    type(beijing).objects.filter(pk=beijing.pk).update(ended_at=now)

    page = client.get("/attend/beijing/recap/").content.decode()

    assert "From the speakers" in page
    assert [title for title in ("讲稿", "提示词清单", "私稿") if f"<b>{title}</b>" in page] == ["讲稿", "提示词清单"]
    assert f'href="/attend/beijing/talks/{talk.pk}/"' in page


def test_a_text_that_is_too_long_is_refused_with_its_length_and_stands_where_it_was_typed(talk, phone):
    answer = act(phone, talk, "share", text="x" * 20_001, kind="code", title="提示词", when="now")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "20001 characters; the limit is 20000." in page
    assert "x" * 20_001 in page and 'value="提示词"' in page
    assert not talk.materials.exists()


def test_an_abstract_that_is_too_long_stands_where_it_was_typed(talk, phone):
    answer = act(phone, talk, "abstract", **{f"t{talk.pk}-abstract": "y" * 3001})

    assert answer.status_code == 422
    assert "y" * 3001 in answer.content.decode()
