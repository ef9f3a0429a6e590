"""What the organiser prepares: settings, weights, prizes from a table; the desk, reminders, sponsors."""

import io
import re
from datetime import datetime, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from PIL import Image

from events import pictures
from events.models import Attendee, CheckIn, OutgoingMail, Role
from raffle import drawing, entering, handing, importing, opening, proof, protocol, settling, state, verify
from raffle.models import Claim, Draw, Prize, PrizeCode, Raffle
from tests.conftest import NOW, account, seat

SETTINGS = {"countdown": "20", "answer": "45", "delay": "", "committed": "on", "tone": "", "weights": ""}


def seconds(count):
    return NOW + timedelta(seconds=count)


# --- settings -----------------------------------------------------------------------------------------------------
def test_every_setting_is_in_the_next_opening(room, keyboard, raffle, mei, client_of):
    number = room[2].number
    form = {**SETTINGS, "delay": "6000000", "weighted": "on", "weights": f"{number} 3\nNo.{room[4].number}: 2"}
    form.pop("committed")
    assert client_of(mei).post("/organise/beijing/raffle/settings/", form).status_code == 302

    opening.open_draw(keyboard, at=NOW, press="one")

    body = raffle.log.get(kind="open").content["body"]
    assert (body["secret"], body["delay"], body["claim_ms"]) == (None, 6_000_000, 45_000)
    assert body["close_at"] == protocol.milliseconds(seconds(20))
    assert (body["pool"]["n"], body["pool"]["w"]) == (8, 11)


def test_any_ticket_can_be_given_stubs_before_its_id_is_there(
    room, keyboard, raffle, beijing, mei, client_of, as_attendee
):
    phone, paper, away = (seat(beijing, name, f"{name}@nextstop.example") for name in ("phone", "paper", "away"))
    lines = f"{room[0].number} 2\n{phone.number} 3\n{paper.number} 4\n{away.number} 5"
    desk, form = client_of(mei), {**SETTINGS, "weighted": "on"}

    assert desk.post("/organise/beijing/raffle/settings/", form | {"weights": lines}).status_code == 302
    assert re.search(f">\\s*{lines}</textarea>", desk.get("/organise/beijing/raffle/settings/").content.decode())
    entering.enter(raffle, phone, "ab" * 16)
    entering.enter_on_paper(raffle, paper)
    for person in (phone, paper):
        CheckIn.objects.create(attendee=person, at=NOW)
    assert "Your stub counts 3 times in this raffle" in as_attendee(phone).get("/attend/beijing/luck/").content.decode()
    desk.post("/organise/beijing/raffle/settings/", form | {"weights": lines})  # saved again, now with two more ids

    pool = opening.open_draw(keyboard, at=NOW, press="one").pool
    assert sorted(weight for _eid, weight in pool) == [1] * 7 + [2, 3, 4]


def test_stubs_that_are_taken_back_before_the_id_is_there_count_no_more(room, keyboard, raffle, bo, mei, client_of):
    desk, form = client_of(mei), {**SETTINGS, "weighted": "on"}
    desk.post("/organise/beijing/raffle/settings/", form | {"weights": f"{bo.number} 9"})
    desk.post("/organise/beijing/raffle/settings/", form)
    entering.enter_on_paper(raffle, bo)
    CheckIn.objects.create(attendee=bo, at=NOW)

    assert {weight for _eid, weight in opening.open_draw(keyboard, at=NOW, press="one").pool} == {1}


def test_weights_count_in_the_draw_and_the_proof_holds(room, keyboard, raffle):
    Raffle.objects.update(weighted=True)
    raffle.entrants.filter(attendee=room[0]).update(weight=40)
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=seconds(16))
    drawing.compute(draw, now=lambda: seconds(20))

    draw.refresh_from_db()
    assert [weight for _eid, weight in draw.pool].count(40) == 1
    assert verify.verify(proof.collect(raffle))[0][0][1].startswith("8 entrants")
    assert state.draw_state(draw)["pool"][0]["weight"] in (1, 40)


def test_a_weight_is_told_to_its_phone_and_to_everybody(room, keyboard, raffle, as_attendee, visitor):
    Raffle.objects.update(weighted=True)
    raffle.entrants.filter(attendee=room[0]).update(weight=40)
    opening.open_draw(keyboard, at=timezone.now(), press="one")

    def luck(person):
        return as_attendee(person).get("/attend/beijing/luck/").content.decode()

    assert "Your stub counts 40 times in this raffle" in luck(room[0])
    assert "times in this raffle" not in luck(room[1])
    page = visitor.get("/attend/beijing/raffle/1/", headers={"accept-language": "en"}).content.decode()
    assert "Some stubs count more than once, all of them 47 times" in page
    Raffle.objects.update(weighted=False)
    assert "times in this raffle" not in luck(room[0])


def test_weights_that_are_set_but_not_declared_count_for_nothing(room, keyboard, raffle):
    raffle.entrants.update(weight=9)

    assert {weight for _eid, weight in opening.open_draw(keyboard, at=NOW, press="one").pool} == {1}


@pytest.mark.parametrize("line", ["7", "7 0", "7 1001", "x 3", "99999 2", "1 2 3"])
def test_a_weight_that_does_not_fit_is_named(room, raffle, mei, client_of, line):
    page = client_of(mei).post("/organise/beijing/raffle/settings/", {**SETTINGS, "weights": line})

    assert page.status_code == 200
    assert 'class="err"' in page.content.decode()
    assert set(raffle.entrants.values_list("weight", flat=True)) == {1}


@pytest.mark.parametrize("wrong", [{"countdown": "10"}, {"answer": "5"}, {"delay": "1"}, {"delay": "99999999999"}])
def test_settings_that_would_break_the_protocol_are_refused(raffle, mei, client_of, wrong):
    before = Raffle.objects.values().get()

    assert client_of(mei).post("/organise/beijing/raffle/settings/", SETTINGS | wrong).status_code == 200
    assert Raffle.objects.values().get() == before


def test_the_list_is_out_ten_seconds_before_the_lock_though_the_opening_waited_one_for_the_database(
    room, keyboard, raffle, mei, client_of
):
    """The clock is read before the locks: what is written at the end of them has this instant in it."""
    Raffle.objects.update(countdown_ms=10_000)
    raffle.refresh_from_db()

    draw = opening.open_draw(keyboard, at=NOW, press="one")

    assert draw.close_at - NOW == timedelta(seconds=11)
    page = client_of(mei).get("/organise/beijing/raffle/settings/").content.decode()
    (field,) = re.findall(r'<input[^>]*name="countdown"[^>]*>', page)
    assert 'value="11"' in field and 'min="11"' in field
    assert "11 or more: everybody has the sealed list ten seconds before the lock at the latest." in page


def test_the_stage_machine_sets_the_delay_once_and_never_over_an_organisers_number(raffle, leo, client_of):
    browser = client_of(leo)

    def measure(iterations, ms):
        form = {"iterations": iterations, "ms": ms}
        return browser.post("/stage/beijing/raffle/calibrate/", form).json()["set"]

    assert [measure(2_000_000, "500.5"), measure(2_000_000, "1.0")] == [True, False]
    raffle.refresh_from_db()
    assert raffle.delay == 18_000_000  # 4.5 s of four million a second
    Raffle.objects.update(calibrated_at=None, delay_fixed=True, delay=5_000_000)
    assert not measure(2_000_000, "500")
    assert Raffle.objects.get().delay == 5_000_000


@pytest.mark.parametrize(("speed", "delay"), [(5_000, 22_500_000), (3_000, 15_000_000), (1_500, 15_000_000)])
def test_a_slow_stage_machine_waits_longer_and_keeps_the_level_of_trust(raffle, speed, delay):
    assert settling.calibrate(raffle, iterations=1000 * speed, milliseconds=1000, at=NOW)

    raffle.refresh_from_db()
    assert (raffle.delay, settling.level(raffle)) == (delay, "L2")


def test_a_host_who_says_that_the_stage_machine_is_slow_takes_nothing_from_the_trust(raffle, leo, mei, client_of):
    """An organiser alone sets less, by a number of their own."""
    form = {"iterations": "100000", "ms": "600000"}
    assert client_of(leo).post("/stage/beijing/raffle/calibrate/", form).json()["set"] is True
    assert Raffle.objects.get().delay == settling.TRUSTED

    client_of(mei).post("/organise/beijing/raffle/settings/", {**SETTINGS, "delay": "5000000"})
    client_of(leo).post("/stage/beijing/raffle/calibrate/", form)
    assert Raffle.objects.get().delay == 5_000_000


def test_a_number_that_is_taken_back_is_measured_again(raffle, mei, client_of):
    assert settling.calibrate(raffle, iterations=4_000_000, milliseconds=1000, at=NOW)
    desk = client_of(mei)
    desk.post("/organise/beijing/raffle/settings/", {**SETTINGS, "delay": "60000000"})
    assert "Now 60000000, set by hand." in desk.get("/organise/beijing/raffle/settings/").content.decode()

    desk.post("/organise/beijing/raffle/settings/", SETTINGS)

    raffle.refresh_from_db()
    assert (raffle.delay < 60_000_000, raffle.delay_fixed, raffle.calibrated_at) == (True, False, None)
    assert settling.calibrate(raffle, iterations=4_000_000, milliseconds=1000, at=NOW)


def test_who_asks_for_more_than_is_left_hears_how_many_there_are(room, keyboard, leo, client_of):
    form, json_ = (
        {"prize": keyboard.pk, "quantity": "3", "press": "m"},
        {"accept": "application/json", "accept-language": "en"},
    )

    answer = client_of(leo).post("/stage/beijing/raffle/open/", form, headers=json_)

    assert (answer.status_code, answer.json()["error"]) == (409, "Only 2 of this prize are left.")


@pytest.mark.parametrize(
    ("iterations", "ms"), [("x", "1"), ("1", "1"), ("2000000", "nan"), ("2000000", "0"), ("9" * 30, "1")]
)
def test_a_measurement_of_nonsense_changes_nothing(raffle, leo, client_of, iterations, ms):
    client_of(leo).post("/stage/beijing/raffle/calibrate/", {"iterations": iterations, "ms": ms})

    assert Raffle.objects.get().delay == 1000


def test_the_level_of_trust_is_told_before_the_show(raffle):
    def level(**fields):
        for name, value in fields.items():
            setattr(raffle, name, value)
        return settling.level(raffle)

    assert [level(delay=15_000_000), level(delay=5_000_000), level(committed=False), level(beacon=True)] == [
        "L2",
        "L1",
        "L0",
        "L3",
    ]


# --- prizes from a table ------------------------------------------------------------------------------------------
def test_prizes_come_from_a_csv_with_their_codes(beijing, acme, leo, client_of):
    rows = "奖品,赞助,类型,数量,兑换码\nK7机械键盘,联想,实物,3,\n年度会员,,会员,,ZQXW-1;BBBB-2\n"
    assert client_of(leo).post("/organise/beijing/raffle/prizes/import/", {"rows": rows}).status_code == 302

    found = list(beijing.prizes.values_list("name", "sponsor__name", "kind", "quantity", "order"))
    assert found == [("K7机械键盘", "联想", "goods", 3, 1), ("年度会员", None, "code", 2, 2)]
    assert sorted(code.reveal() for code in PrizeCode.objects.all()) == ["BBBB-2", "ZQXW-1"]
    assert b"ZQXW" not in bytes(PrizeCode.objects.first().sealed)


def test_prizes_come_from_an_excel_file_and_a_known_one_is_changed(beijing, leo, client_of, keyboard):
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in (["name", "quantity"], ["K7机械键盘", 7], ["三体", 2.0]):
        book.active.append(row)
    book.save(content)
    content.seek(0)
    content.name = "prizes.xlsx"

    client_of(leo).post("/organise/beijing/raffle/prizes/import/", {"file": content})

    assert dict(beijing.prizes.values_list("name", "quantity")) == {"K7机械键盘": 7, "三体": 2}


def workbook(*rows, formats=()):
    """An Excel file as it is sent; `formats` are (cell, number format)."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    for cell, shape in formats:
        book.active[cell].number_format = shape
    book.save(content)
    content.seek(0)
    content.name = "prizes.xlsx"
    return content


def test_a_code_from_excel_is_what_its_cell_shows(beijing, leo, client_of):
    rows = [["name", "codes"], ["年卡", "007"], ["年卡", 42], ["年卡", 12345678.0], ["年卡", 5550199]]
    shapes = [("B3", "000000"), ("B4", "0000-0000-00"), ("B5", '"K"000\\-0000')]

    client_of(leo).post("/organise/beijing/raffle/prizes/import/", {"file": workbook(*rows, formats=shapes)})

    codes = sorted(code.reveal() for code in PrizeCode.objects.all())
    assert codes == ["000042", "0012-3456-78", "007", "K555-0199"]


@pytest.mark.parametrize(
    "value", [42, 42.0, 4.2, 2**70, datetime(2026, 3, 1), True], ids=["42", "42.0", "4.2", "long", "date", "true"]
)
def test_a_code_that_excel_keeps_as_a_number_is_asked_about_with_its_line(beijing, leo, client_of, value):
    table = workbook(["name", "codes"], ["帆布包", None], ["年卡", value])

    answer = client_of(leo).post("/organise/beijing/raffle/prizes/import/", {"file": table})

    assert answer.status_code == 422
    assert "Line 3: a code stands there as a number" in answer.content.decode()
    assert not beijing.prizes.exists()


def test_a_code_that_was_cut_to_a_power_of_ten_is_asked_about(beijing, leo, client_of):
    rows = {"rows": "name,codes\n年卡,1.23457E+11\n"}

    answer = client_of(leo).post("/organise/beijing/raffle/prizes/import/", rows)

    assert (answer.status_code, "Line 2: a code stands there as a number" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(
    "rows",
    [
        "", "name\n", "title\nx\n", "name,quantity\nA,3\nB,0\n", "name,quantity\nA,many\n", "name,kind\nA,car\n",
        "name,sponsor\nA,Nobody\n", "name\n\u202e\u200b\n", "name,quantity\nA," + "9" * 40 + "\n",
    ],
)  # fmt: skip
def test_a_table_with_one_wrong_row_imports_nothing_and_says_why(beijing, leo, client_of, rows):
    answer = client_of(leo).post("/organise/beijing/raffle/prizes/import/", {"rows": rows})

    assert answer.status_code == 422
    assert "Nothing was imported." in answer.content.decode()
    assert beijing.prizes.count() == 0


@pytest.mark.parametrize(
    ("content", "name"), [(b"\xff\xfe\x00", "a.csv"), (b"PK\x03\x04garbage", "a.xlsx"), (b"x" * 2**21, "a.csv")]
)
def test_a_file_that_is_no_table_is_refused(content, name):
    with pytest.raises(importing.Refused):
        importing.read(content, name)


def test_a_card_with_its_password_is_one_code(beijing, leo, client_of):
    rows = 'name,codes\n年度会员,"卡号TX0001 密码88aa\n卡号TX0002 密码99bb； 卡号TX0003 密码77cc;"\n'
    client_of(leo).post("/organise/beijing/raffle/prizes/import/", {"rows": rows})

    codes = sorted(code.reveal() for code in PrizeCode.objects.all())
    assert codes == ["卡号TX0001 密码88aa", "卡号TX0002 密码99bb", "卡号TX0003 密码77cc"]
    assert beijing.prizes.get().quantity == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_comes_in_the_encodings_that_spreadsheets_write(beijing, leo, client_of, encoding):
    file = io.BytesIO("奖品,数量\n小米手环,3\n".encode(encoding))
    file.name = "奖品.csv"
    client_of(leo).post("/organise/beijing/raffle/prizes/import/", {"file": file})

    assert list(beijing.prizes.values_list("name", "quantity")) == [("小米手环", 3)]


def test_a_table_with_fewer_of_a_prize_than_are_drawn_changes_nothing(beijing, drawn, keyboard, mei, client_of):
    Prize.objects.update(quantity=5)
    drawing.claim(drawn, 1, at=seconds(45), by="phone")
    again = opening.open_draw(Prize.objects.get(), at=seconds(60), press="two")
    drawing.freeze(again, at=seconds(80))
    browser = client_of(mei)

    answer = browser.post("/organise/beijing/raffle/prizes/import/", {"rows": "name,quantity\n三体,1\nK7机械键盘,1\n"})
    assert "K7机械键盘: 2 of it are drawn already." in answer.content.decode()
    assert (answer.status_code, list(beijing.prizes.values_list("name", "quantity"))) == (422, [("K7机械键盘", 5)])

    browser.post("/organise/beijing/raffle/prizes/import/", {"rows": "name,quantity\nK7机械键盘,2\n"})
    assert beijing.prizes.get().quantity == 2


# --- the desk -----------------------------------------------------------------------------------------------------
@pytest.fixture
def claimed(drawn):
    return drawing.claim(drawn, 1, at=seconds(45), by="phone")


def test_a_winner_is_reminded_once_by_itself_and_no_code_is_in_the_mail(claimed):
    for minutes in (10, 40, 50, 90):
        handing.remind_winners(NOW + timedelta(minutes=minutes))

    mail = OutgoingMail.objects.get()
    assert mail.to == claimed.attendee.contact
    assert "K7" in mail.subject and claimed.code not in mail.subject + mail.body


def test_who_has_fetched_the_prize_is_not_reminded(claimed, leo, client_of):
    client_of(leo).post(f"/organise/beijing/raffle/claims/{claimed.pk}/")
    handing.remind_winners(NOW + timedelta(hours=1))

    assert OutgoingMail.objects.count() == 0


def test_the_host_reminds_everybody_who_waits(claimed, leo, client_of):
    browser = client_of(leo)
    browser.post("/organise/beijing/raffle/claims/remind/")
    browser.post("/organise/beijing/raffle/claims/remind/")

    assert OutgoingMail.objects.count() == 1


def test_a_prize_that_nobody_fetched_goes_on_by_a_new_draw_only(claimed, keyboard, mei, leo, client_of, raffle):
    keyboard = Prize.objects.get(pk=keyboard.pk)
    assert keyboard.left == 1
    address = f"/organise/beijing/raffle/claims/{claimed.pk}/release/"
    assert client_of(leo).post(address).status_code == 404
    client_of(mei).post(address, {"reason": "gone"})

    assert Prize.objects.get(pk=keyboard.pk).left == 2
    again = opening.open_draw(Prize.objects.get(pk=keyboard.pk), at=seconds(60), press="two", quantity=2)
    assert claimed.eid not in {eid for eid, _weight in again.pool}
    assert Draw.objects.get(pk=claimed.draw_id).order[0] == claimed.eid


def test_whose_prize_was_given_back_reads_why(claimed, mei, client_of, as_attendee):
    client_of(mei).post(f"/organise/beijing/raffle/claims/{claimed.pk}/release/", {"reason": "not fetched by six"})

    page = as_attendee(claimed.attendee).get("/attend/beijing/raffle/won/?draw=1").content.decode()

    assert "Given back by an organiser: not fetched by six" in page


def test_a_winner_is_told_that_the_proof_names_them_whatever_the_sponsor_sees(claimed, acme, as_attendee):
    Prize.objects.update(sponsor=acme)

    page = as_attendee(claimed.attendee).get("/attend/beijing/raffle/won/?draw=1").content.decode()

    assert "The public proof of this draw names its winners either way." in page


def test_a_code_that_its_winner_has_seen_is_not_given_back(claimed, mei, client_of, as_attendee):
    Prize.objects.update(kind="code")
    PrizeCode.seal_new(claimed.draw.prize, ["ZQXW-1"])
    assert "ZQXW-1" in as_attendee(claimed.attendee).get("/attend/beijing/raffle/won/").content.decode()

    client_of(mei).post(f"/organise/beijing/raffle/claims/{claimed.pk}/release/", {"reason": "gone"})

    assert Claim.objects.get().released_at is None
    assert PrizeCode.objects.get().claim == claimed


def test_a_code_that_nobody_has_seen_is_drawn_again_and_given_to_the_next_winner(
    claimed, keyboard, raffle, mei, client_of, as_attendee
):
    Prize.objects.update(kind="code")
    PrizeCode.seal_new(Prize.objects.get(), ["ZQXW-1"])
    address = f"/organise/beijing/raffle/claims/{claimed.pk}/release/"
    assert address in client_of(mei).get("/organise/beijing/raffle/").content.decode()

    client_of(mei).post(address, {"reason": "gone"})

    assert Prize.objects.get().left == 2
    assert "ZQXW-1" not in as_attendee(claimed.attendee).get("/attend/beijing/raffle/won/").content.decode()
    assert handing.code_for(claimed, at=seconds(50)) == ""  # also on a page that was opened before
    again = opening.open_draw(Prize.objects.get(), at=seconds(60), press="two")
    drawing.freeze(again, at=seconds(80))
    drawing.compute(again, now=lambda: seconds(85))
    drawing.reveal(again, at=seconds(100))
    won = drawing.claim(again, 1, at=seconds(101), by="phone")
    assert handing.code_for(won, at=seconds(102)) == "ZQXW-1"


def test_a_code_that_is_given_back_goes_to_who_waits_for_one(drawn, room, keyboard, raffle, mei, client_of):
    Prize.objects.update(kind="code")
    first = drawing.claim(drawn, 1, at=seconds(45), by="phone")
    again = opening.open_draw(Prize.objects.get(), at=seconds(60), press="two")
    drawing.freeze(again, at=seconds(80))
    drawing.compute(again, now=lambda: seconds(85))
    drawing.reveal(again, at=seconds(100))
    second = drawing.claim(again, 1, at=seconds(101), by="phone")
    PrizeCode.seal_new(Prize.objects.get(), ["ZQXW-1"])
    assert PrizeCode.objects.get().claim == first

    client_of(mei).post(f"/organise/beijing/raffle/claims/{first.pk}/release/", {"reason": "gone"})

    assert PrizeCode.objects.get().claim == second


def test_the_desk_cannot_hand_over_a_code(claimed, dana, client_of):
    Prize.objects.update(kind="code")
    PrizeCode.seal_new(claimed.draw.prize, ["ZQXW-1"])

    page = client_of(dana).post(f"/organise/beijing/raffle/claims/{claimed.pk}/", follow=True).content.decode()

    assert "The code waits on their phone" in page
    assert Claim.objects.get().handed_over_at is None


@pytest.fixture
def without_phone(drawn):
    """A winner with a stub on paper whom nobody can write to, and who was called out at the stage."""
    Prize.objects.update(kind="code")
    Attendee.objects.filter(pk=drawing.attendee_of(drawn, 1).pk).update(contact="", contact_kind="none")
    return drawing.claim(drawn, 1, at=seconds(45), by="desk")


def test_who_has_no_phone_gets_the_code_at_the_desk_from_one_person_who_is_named(
    without_phone, dana, leo, client_of, beijing
):
    desk, place = client_of(dana), f"/organise/beijing/raffle/claims/{without_phone.pk}/"
    assert "The code is not in yet" in desk.get("/organise/beijing/raffle/").content.decode()
    assert "The code is not in yet" in desk.post(place, follow=True).content.decode()
    PrizeCode.seal_new(without_phone.draw.prize, ["ZQXW-1"])
    assert handing.at_desk(beijing).count() == 1
    page = desk.get("/organise/beijing/raffle/").content.decode()
    assert "Show the code once" in page and "ZQXW-1" not in page

    answers = [desk.post(place), desk.post(place), client_of(leo).post(place, follow=True)]

    assert ["ZQXW-1" in answer.content.decode() for answer in answers] == [True, True, False]  # a page can be lost
    assert "no-store" in answers[0]["Cache-Control"]
    assert "It was handed over before." in answers[2].content.decode()
    assert Claim.objects.get().handed_over_by == dana
    assert not handing.at_desk(beijing).exists()


@pytest.mark.parametrize("reachable", [{"contact_kind": "mail"}, {}], ids=["by mail", "by phone"])
def test_who_can_see_the_code_themselves_has_it_shown_to_nobody_else(without_phone, raffle, dana, client_of, reachable):
    if reachable:
        Attendee.objects.filter(pk=without_phone.attendee_id).update(contact="p@nextstop.example", **reachable)
    else:
        raffle.entrants.update(on_paper=False)
    PrizeCode.seal_new(without_phone.draw.prize, ["ZQXW-1"])

    page = client_of(dana).post(f"/organise/beijing/raffle/claims/{without_phone.pk}/", follow=True).content.decode()

    assert "The code waits on their phone" in page and "ZQXW-1" not in page
    assert Claim.objects.get().handed_over_at is None


def test_a_phone_is_not_told_that_a_code_is_here_before_it_is(drawn, as_attendee):
    Prize.objects.update(kind="code")
    claim = drawing.claim(drawn, 1, at=seconds(45), by="phone")
    phone = as_attendee(claim.attendee)

    live, won = (phone.get(f"/attend/beijing/{page}/").content.decode() for page in ("live", "raffle/won"))
    assert "Your membership code is not in yet" in live and "Your membership code is here" not in live
    assert "the code stands below" not in won

    PrizeCode.seal_new(Prize.objects.get(), ["ZQXW-1"])
    assert "Your membership code is here" in phone.get("/attend/beijing/live/").content.decode()
    assert "the code stands below" in phone.get("/attend/beijing/raffle/won/").content.decode()


def test_who_waits_for_a_code_is_reminded_once_it_is_there(claimed, leo, client_of):
    Prize.objects.update(kind="code")
    handing.remind_winners(NOW + timedelta(hours=1))
    client_of(leo).post("/organise/beijing/raffle/claims/remind/")
    assert OutgoingMail.objects.count() == 0
    assert "waits for its winner" not in client_of(leo).get("/organise/beijing/raffle/").content.decode()

    PrizeCode.seal_new(Prize.objects.get(), ["ZQXW-1"])
    handing.remind_winners(NOW + timedelta(hours=2))

    assert OutgoingMail.objects.get().to == claimed.attendee.contact


def test_who_has_said_where_to_send_the_prize_is_not_reminded(claimed, leo, client_of):
    Prize.objects.update(kind="arranged")
    Claim.objects.update(delivery="北京市海淀区 1 号")
    handing.remind_winners(NOW + timedelta(hours=1))
    desk = client_of(leo).get("/organise/beijing/raffle/").content.decode()
    client_of(leo).post("/organise/beijing/raffle/claims/remind/")

    assert OutgoingMail.objects.count() == 0
    assert "Remind the winners" not in desk


def test_an_address_that_comes_in_the_moment_of_the_reminder_stops_it(claimed):
    Prize.objects.update(kind="arranged")
    read = Claim.objects.select_related("attendee", "draw__prize", "draw__raffle__event").get()
    Claim.objects.update(delivery="北京市海淀区 1 号")

    assert not handing.remind(read, at=seconds(4000))
    assert Claim.objects.get().reminded_at is None


def test_the_desk_counts_whom_it_reminds(claimed, leo, client_of):
    Prize.objects.update(kind="code")
    PrizeCode.seal_new(Prize.objects.get(), ["ZQXW-1"])

    assert "1 prize waits for its winner" in client_of(leo).get("/organise/beijing/raffle/").content.decode()


def test_a_draw_whose_line_ended_gives_the_rest_back(beijing, raffle, room, keyboard):
    raffle.entrants.exclude(attendee__in=room[:2]).delete()
    draw = opening.open_draw(keyboard, at=NOW, press="one", quantity=2)
    drawing.freeze(draw, at=seconds(16))
    drawing.compute(draw, now=lambda: seconds(20))
    drawing.reveal(draw, at=seconds(40))
    drawing.claim(draw, 1, at=seconds(45), by="phone")
    for count in (50, 60, 70, 80, 90, 100):  # a page looks now and then
        drawing.settle(Draw.objects.get(pk=draw.pk), at=seconds(count))

    assert Prize.objects.get(pk=keyboard.pk).left == 1


def test_a_sponsor_sees_numbers_and_only_the_winner_who_agreed(
    claimed, keyboard, acme, as_attendee, visitor, beijing, mei, client_of
):
    Prize.objects.update(sponsor=acme)
    desk = client_of(mei).get("/organise/beijing/raffle/").content.decode()
    [page] = set(re.findall(r"/attend/beijing/raffle/sponsor/[^/\"<]+/", desk))
    first = visitor.get(page).content.decode()
    assert claimed.attendee.name not in first and "<td>2</td><td>1</td><td>0</td>" in first

    Claim.objects.update(at=timezone.now())
    as_attendee(claimed.attendee).post("/attend/beijing/raffle/claim/", {"answer": "sponsor", "agreed": "1"})
    assert claimed.attendee.name in visitor.get(page).content.decode()
    as_attendee(claimed.attendee).post("/attend/beijing/raffle/claim/", {"answer": "sponsor", "agreed": "0"})
    assert claimed.attendee.name not in visitor.get(page).content.decode()


@pytest.mark.parametrize("token", ["x", "MQ:1abc:def", "1"])
def test_a_made_up_link_of_a_sponsor_leads_nowhere(beijing, acme, visitor, token):
    assert visitor.get(f"/attend/beijing/raffle/sponsor/{token}/").status_code == 404


def test_the_spot_check_shows_the_same_ten_to_everybody(room, keyboard, raffle, beijing, leo, dana, client_of, visitor):
    for n in range(9, 15):
        person = seat(beijing, f"乘客{n}", f"p{n}@nextstop.example", carriage=2, seat=n)
        CheckIn.objects.create(attendee=person, at=NOW)
        entering.enter_on_paper(raffle, person)
    page, check = client_of(leo), "/organise/beijing/raffle/1/spot-check/"
    draw = opening.open_draw(keyboard, at=timezone.now() - timedelta(seconds=16), press="one")
    drawing.freeze(draw, at=timezone.now())
    assert check not in page.get("/stage/beijing/raffle/").content.decode()
    assert page.get(check).status_code == 404
    assert visitor.get("/attend/beijing/raffle/1/").context["spot"] == []

    drawing.compute(draw, now=timezone.now)
    assert check in page.get("/stage/beijing/raffle/").content.decode()
    drawing.reveal(draw, at=timezone.now())
    assert check in page.get("/stage/beijing/raffle/").content.decode()

    lists = [[each["eid"] for each in client_of(user).get(check).context["people"]] for user in (leo, dana)]
    public = visitor.get("/attend/beijing/raffle/1/").context["spot"]
    assert (len(lists[0]), len(set(lists[0]))) == (10, 10)
    assert lists[0] == lists[1] == [each["eid"] for each in public]
    numbers = {entrant.eid: f"{entrant.attendee.number:04d}" for entrant in raffle.entrants.select_related("attendee")}
    assert [each["no"] for each in public] == [numbers[eid] for eid in lists[0]]
    shown = render_to_string("raffle/spot_check_public.html", {"spot": public})
    assert re.findall(r"No\.(\d{4})", shown) == [each["no"] for each in public]
    assert not any(name in shown for name in raffle.entrants.values_list("attendee__name", flat=True))


def test_each_of_several_winners_has_their_own_words_and_claims_on_their_own(
    room, keyboard, raffle, leo, client_of, as_attendee
):
    draw = opening.open_draw(keyboard, at=timezone.now() - timedelta(seconds=30), press="one", quantity=2)
    drawing.freeze(draw, at=timezone.now())
    drawing.compute(draw, now=timezone.now)
    drawing.reveal(draw, at=timezone.now())
    draw.refresh_from_db()
    people = [drawing.attendee_of(draw, rank) for rank in (1, 2)]

    page = client_of(leo).get("/stage/beijing/raffle/").content.decode()
    assert [f"{person.name}, it’s you" in page for person in people] == [True, True]
    as_attendee(people[1]).post("/attend/beijing/raffle/claim/", {"answer": "here"})
    assert list(draw.claims.values_list("rank", "attendee")) == [(2, people[1].pk)]
    page = client_of(leo).get("/stage/beijing/raffle/").content.decode()
    assert f"{people[0].name}, it’s you" in page and f"{people[1].name}, it’s you" not in page


def test_groups_and_rules_are_reachable_from_the_hosts_page(room, keyboard, raffle, leo, client_of):
    page = client_of(leo).get("/stage/beijing/raffle/").content.decode()
    assert all(f'name="{name}"' in page for name in ("include_winners", "absent_too", "group"))

    form = {
        "prize": keyboard.pk,
        "press": "p",
        "quantity": "1",
        "group": ["1"],
        "include_winners": "1",
        "absent_too": "1",
    }
    client_of(leo).post("/stage/beijing/raffle/open/", form)
    assert Draw.objects.get().rule == {"exclude_winners": False, "present": False, "groups": [1]}


def test_what_was_called_out_in_the_room_is_mixed_in_and_published(room, keyboard, raffle, leo, client_of):
    draw = opening.open_draw(keyboard, at=timezone.now(), press="one")
    browser = client_of(leo)
    for text in ("3 6 1", "  3 6 1 ", "", "\u202e"):
        browser.post("/stage/beijing/raffle/1/speak/", {"text": text})
    drawing.freeze(draw, at=draw.close_at)

    frozen = raffle.log.get(kind="freeze").content["body"]
    draw.refresh_from_db()
    assert (frozen["texts"], draw.crowd) == (["3 6 1"], [protocol.text_nonce("3 6 1")])


def uploaded(prize):
    """A photo of this prize, kept as the organiser's form keeps it."""
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(content, "PNG")
    photo = pictures.cleaned(SimpleUploadedFile("k7.png", content.getvalue()))
    prize.photo.save(photo.name, photo)


def test_a_prizes_photo_reaches_the_stage_the_phones_and_the_desk(room, keyboard, raffle, leo, client_of, as_attendee):
    stage, phone, place = client_of(leo), as_attendee(room[0]), f"/attend/beijing/raffle/prizes/{keyboard.pk}.webp"
    assert stage.get("/stage/beijing/raffle/state.json").json()["next_prize"]["photo"] == ""
    uploaded(keyboard)

    assert stage.get("/stage/beijing/raffle/state.json").json()["next_prize"]["photo"] == place
    assert f'src="{place}"' in phone.get("/attend/beijing/luck/").content.decode()
    assert f'src="{place}"' in stage.get("/organise/beijing/raffle/").content.decode()
    opening.open_draw(keyboard, at=timezone.now(), press="one")
    assert stage.get("/stage/beijing/raffle/state.json").json()["draw"]["prize"]["photo"] == place
    assert phone.get("/attend/beijing/raffle/state.json").json()["draw"]["prize"]["photo"] == place


def test_a_prizes_photo_is_served_as_a_picture_to_everybody(keyboard, visitor):
    place = f"/attend/beijing/raffle/prizes/{keyboard.pk}.webp"
    assert visitor.get(place).status_code == 404
    uploaded(keyboard)

    answer = visitor.get(place)

    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/webp", "public, max-age=300")
    assert Image.open(io.BytesIO(b"".join(answer.streaming_content))).size == (40, 30)


def test_the_photos_of_a_draft_are_its_crews_alone(keyboard, beijing, visitor, leo, client_of):
    uploaded(keyboard)
    type(beijing).objects.update(published_at=None)
    place = f"/attend/beijing/raffle/prizes/{keyboard.pk}.webp"

    assert visitor.get(place).status_code == 404
    assert client_of(leo).get(place)["Cache-Control"] == "private, max-age=300"
    assert client_of(leo).get(place.replace("beijing", "nowhere")).status_code == 404


# --- a prize that comes on the day --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "kept", "lies_there"), [("goods", "goods", True), ("code", "code", False), ("x", "goods", True)]
)
def test_a_prize_that_is_added_live_is_of_the_kind_that_was_chosen(beijing, leo, client_of, kind, kept, lies_there):
    browser = client_of(leo)
    for page in ("/organise/beijing/raffle/", "/stage/beijing/raffle/"):
        assert '<option value="arranged">' in browser.get(page).content.decode()

    browser.post("/organise/beijing/raffle/prizes/", {"name": "年度会员", "quantity": "1", "kind": kind})

    prize = beijing.prizes.get()
    assert (prize.kind, prize.at_hand_at is not None) == (kept, lies_there)


@pytest.mark.parametrize(("kind", "asked"), [("goods", True), ("code", False), ("arranged", False)])
def test_only_goods_are_missed_on_the_stage(beijing, raffle, keyboard, leo, client_of, kind, asked):
    Prize.objects.update(kind=kind)
    browser = client_of(leo)

    assert ("The next prize is not on the stage" in browser.get("/organise/beijing/now/").content.decode()) == asked
    assert ("The prize is not on the stage yet" in browser.get("/stage/beijing/raffle/").content.decode()) == asked


def test_entering_twice_from_two_devices_is_once(raffle, bo):
    first, second = entering.enter(raffle, bo, "a" * 32), entering.enter(raffle, bo, "b" * 32)

    assert (first.eid, second.eid, raffle.entrants.count()) == ("a" * 32, "a" * 32, 1)


# --- codes and claims that are easily lost ------------------------------------------------------------------------
def test_a_code_that_comes_after_the_claim_reaches_its_winner_alone(drawn, as_attendee, room):
    Prize.objects.update(kind="code")
    claim = drawing.claim(drawn, 1, at=seconds(45), by="phone")
    page = as_attendee(claim.attendee).get("/attend/beijing/raffle/won/").content.decode()
    assert "The code is not in yet" in page

    assert PrizeCode.seal_new(claim.draw.prize, ["ZQXW-1", "ZQXW-1", "BBBB-2"]) == 2

    page = as_attendee(claim.attendee).get("/attend/beijing/raffle/won/").content.decode()
    assert page.count("ZQXW-1") == 1 and "BBBB-2" not in page
    assert [as_attendee(person).get("/attend/beijing/raffle/won/").status_code for person in room].count(200) == 1
    assert Claim.objects.get().handed_over_at is not None  # seen is fetched: nobody is reminded of it


def test_the_same_table_twice_seals_each_code_once_and_changes_only_the_columns_it_has(beijing, acme, leo, client_of):
    rows = "name,sponsor,kind,quantity,codes,value\nM,联想,code,2,ZQXW-1；BBBB-2,99\n"
    browser = client_of(leo)
    for table in (rows, rows, "name,order\nM,7\n"):
        browser.post("/organise/beijing/raffle/prizes/import/", {"rows": table})

    prize = beijing.prizes.get()
    assert (prize.sponsor, prize.kind, prize.quantity, prize.order, prize.value) == (acme, "code", 2, 7, "99")
    assert prize.codes.count() == 2


def test_codes_make_a_known_prize_one_of_codes_and_a_name_in_several_rows_is_one_prize(
    beijing, keyboard, leo, client_of
):
    rows = "name,codes\nK7机械键盘,AAA-1\nM,BBB-1\nM,BBB-2\n"
    page = client_of(leo).post("/organise/beijing/raffle/prizes/import/", {"rows": rows}, follow=True)

    assert "2 prizes are in." in page.content.decode()
    assert list(beijing.prizes.values_list("name", "kind", "quantity")) == [("K7机械键盘", "code", 2), ("M", "code", 2)]


def test_codes_for_goods_are_refused(beijing, leo, client_of):
    rows = {"rows": "name,kind,codes\nM,goods,AAA-1\n"}
    answer = client_of(leo).post("/organise/beijing/raffle/prizes/import/", rows)

    assert "Line 2: codes belong to a prize of the kind “code”" in answer.content.decode()
    assert beijing.prizes.count() == 0


def test_who_is_not_in_the_room_sees_their_place_in_the_order_too(room, keyboard, raffle, as_attendee):
    CheckIn.objects.filter(attendee=room[0]).delete()
    draw = opening.open_draw(keyboard, at=NOW, press="one", present=False)
    drawing.freeze(draw, at=seconds(16))
    drawing.compute(draw, now=lambda: seconds(20))
    draw.refresh_from_db()
    mine = raffle.entrants.get(attendee=room[0]).eid
    Draw.objects.update(order=[eid for eid in draw.order if eid != mine] + [mine])
    drawing.reveal(Draw.objects.get(), at=seconds(40))
    drawing.claim(Draw.objects.get(), 1, at=seconds(45), by="desk")

    page = as_attendee(room[0]).get("/attend/beijing/luck/").content.decode()

    assert "your place in the order was 8 of 8" in page
    assert "You get into the box at the door" in page


def test_a_code_whose_key_is_gone_leads_to_the_desk_instead_of_an_error(drawn, as_attendee):
    Prize.objects.update(kind="code")
    PrizeCode.objects.create(prize=drawn.prize, sealed=b"gAAAAA-not-ours")
    claim = drawing.claim(drawn, 1, at=seconds(45), by="phone")

    assert "The code is not in yet" in as_attendee(claim.attendee).get("/attend/beijing/raffle/won/").content.decode()


def test_the_desk_shows_where_to_send_a_prize_and_nobody_else_sees_it(claimed, dana, leo, client_of, visitor, acme):
    Prize.objects.update(kind="arranged", sponsor=acme)
    Claim.objects.update(delivery="北京市海淀区 1 号")

    assert "北京市海淀区 1 号" in client_of(dana).get("/organise/beijing/raffle/").content.decode()
    sponsors = visitor.get(f"/attend/beijing/raffle/sponsor/{handing.sponsor_token(acme)}/").content.decode()
    proofs = visitor.get("/attend/beijing/raffle/1/").content.decode()
    assert "海淀" not in sponsors + proofs


def test_a_prize_that_was_given_back_is_not_handed_over(claimed, mei, dana, client_of):
    client_of(mei).post(f"/organise/beijing/raffle/claims/{claimed.pk}/release/", {"reason": "gone"})

    client_of(dana).post(f"/organise/beijing/raffle/claims/{claimed.pk}/")

    assert Claim.objects.get().handed_over_at is None


@pytest.mark.parametrize("query", ["code", "name", "number", "No.number"])
def test_the_desk_finds_a_claim_by_what_the_winner_says(claimed, dana, client_of, query):
    person = claimed.attendee
    said = {"code": claimed.code.lower(), "name": person.name[-1:], "number": str(person.number)}
    text = {**said, "No.number": f"No.{person.number:04d}"}[query]
    browser = client_of(dana)

    assert claimed.code in browser.get("/organise/beijing/raffle/", {"q": text}).content.decode()
    assert claimed.code not in browser.get("/organise/beijing/raffle/", {"q": "zzzz"}).content.decode()


def test_the_seat_and_the_day_show_a_winner_their_claim_code_until_it_is_fetched(claimed, as_attendee, leo, client_of):
    browser = as_attendee(claimed.attendee)
    pages = [browser.get(f"/attend/beijing/{page}/").content.decode() for page in ("aboard", "live")]
    assert [claimed.code in page for page in pages] == [True, True]

    client_of(leo).post(f"/organise/beijing/raffle/claims/{claimed.pk}/")

    pages = [browser.get(f"/attend/beijing/{page}/").content.decode() for page in ("aboard", "live")]
    assert ["Handed over" in pages[0], "You won" in pages[1]] == [True, False]


def test_who_won_twice_reaches_both_prizes(claimed, keyboard, raffle, beijing, as_attendee):
    book = Prize.objects.create(event=beijing, name="三体", order=2)
    draw = opening.open_draw(book, at=seconds(100), press="two", exclude_winners=False)
    drawing.freeze(draw, at=seconds(120))
    drawing.compute(draw, now=lambda: seconds(125))
    draw.refresh_from_db()
    eids = list(draw.order)
    eids.remove(claimed.eid)
    Draw.objects.filter(pk=draw.pk).update(order=[claimed.eid, *eids])  # the same person is first
    drawing.reveal(Draw.objects.get(pk=draw.pk), at=timezone.now())
    browser = as_attendee(claimed.attendee)

    assert "三体" in browser.get("/attend/beijing/raffle/won/").content.decode()
    browser.post("/attend/beijing/raffle/claim/", {"answer": "here", "draw": "2"})
    first = browser.get("/attend/beijing/raffle/won/?draw=1").content.decode()
    assert f'aria-label="{claimed.code}"' in first and "won/?draw=2" in first
    assert browser.get("/attend/beijing/raffle/won/?draw=9").status_code == 404


def test_a_reminder_that_reaches_nobody_is_not_noted_as_sent(claimed):
    type(claimed.attendee).objects.filter(pk=claimed.attendee_id).update(contact="")
    claimed.attendee.refresh_from_db()

    assert not handing.remind(claimed, at=seconds(4000))
    assert Claim.objects.get().reminded_at is None


@pytest.mark.parametrize(
    ("kind", "words"), [("code", "stands on your own page"), ("arranged", "where it should be sent")]
)
def test_a_reminder_says_what_this_kind_of_prize_needs(claimed, kind, words):
    Prize.objects.update(kind=kind)
    PrizeCode.seal(claimed.draw.prize, "ZQXW-1")
    type(claimed.attendee).objects.update(language="en")

    handing.remind_winners(NOW + timedelta(hours=1))

    mail = OutgoingMail.objects.get()
    assert words in mail.body and "ZQXW" not in mail.body and "beside the stage" not in mail.body


# --- people without a phone ---------------------------------------------------------------------------------------
def test_a_stub_on_paper_is_made_once_and_its_secret_is_kept_by_nobody(beijing, raffle, bo, dana, client_of):
    browser = client_of(dana)
    page = browser.post("/organise/beijing/raffle/paper/", {"number": f"No.{bo.number}"})
    entrant = raffle.entrants.get()
    assert (entrant.attendee, entrant.on_paper) == (bo, True)
    assert "<svg" in page.content.decode() and entrant.eid in page.content.decode()

    again = browser.post("/organise/beijing/raffle/paper/", {"number": str(bo.number)}, follow=True).content.decode()
    assert "is in the raffle already" in again and raffle.entrants.get().eid == entrant.eid
    wrong = browser.post("/organise/beijing/raffle/paper/", {"number": "9999"}, follow=True).content.decode()
    assert "No confirmed ticket has this number." in wrong


# --- photos -------------------------------------------------------------------------------------------------------
def test_a_photo_is_written_anew_without_what_the_camera_knows():
    content, exif = io.BytesIO(), Image.Exif()
    exif[0x010E], exif[0x0112] = "GPS 39.9", 6
    Image.new("RGB", (3000, 1000)).save(content, "JPEG", exif=exif, comment=b"secret place")

    found = pictures.cleaned(SimpleUploadedFile("../../x.php", content.getvalue()))

    with Image.open(found) as image:
        assert (image.format, image.size) == ("WEBP", (400, 1200))
    assert found.name.endswith(".webp") and b"secret" not in found.read() and not image.getexif()


def test_a_sponsors_logo_is_written_anew_too(beijing, mei, client_of, settings, tmp_path):
    from PIL import Image

    from events.models import Sponsor

    settings.MEDIA_ROOT, content = tmp_path, io.BytesIO()
    Image.new("RGB", (300, 100)).save(content, "JPEG", comment=b"secret place")
    content.seek(0)
    content.name = "logo.jpg"
    mei.is_staff = True
    mei.save()
    rows = {f"contribution_set-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    rows |= {f"contributions-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    form = {"event": beijing.pk, "name": "Acme", "order": "1", "logo": content, **rows}
    client_of(mei).post("/admin/events/sponsor/add/", form)

    stored = Sponsor.objects.get(name="Acme").logo
    assert stored.name.endswith(".webp") and b"secret" not in stored.read()


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_what_is_no_photo_is_refused(content):
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.forms import ValidationError

    from events import pictures

    with pytest.raises(ValidationError):
        pictures.cleaned(SimpleUploadedFile("x.png", content))


def test_the_prize_desk_is_reached_from_the_first_page_of_everybody_who_works_there(beijing, dana, leo, ed, client_of):
    def way(user):
        return (
            'href="/organise/beijing/raffle/"'
            in client_of(user).get("/organise/beijing/", follow=True).content.decode()
        )

    assert [way(dana), way(leo), way(ed)] == [True, True, False]


@pytest.mark.parametrize(
    ("form", "logged", "told"),
    [
        ({"reason": "wrong prize"}, "wrong prize", "Wrong prize"),
        (
            {"reason": "wrong people in the box", "words": "left over"},
            "wrong people in the box",
            "Wrong people in the box",
        ),
        ({"reason": "", "words": "话筒 <b>没声</b>"}, "话筒 <b>没声</b>", "话筒 <b>没声</b>"),
    ],
)
def test_a_draw_is_called_off_with_a_reason_that_everybody_reads(
    room, keyboard, raffle, leo, client_of, visitor, form, logged, told
):
    opening.open_draw(keyboard, at=timezone.now(), press="one")
    browser, english = client_of(leo), {"accept": "application/json", "accept-language": "en"}
    page = browser.get("/stage/beijing/raffle/", headers=english).content.decode()
    chips = re.findall(r'<input type="radio" name="reason" value="([^"]*)" required>', page)
    assert chips == ["wrong prize", "wrong people in the box", "technical problem", ""]

    silent = browser.post("/stage/beijing/raffle/1/abort/", {"reason": "", "words": " "}, headers=english)
    assert (silent.status_code, "everybody reads it on the proof" in silent.json()["error"]) == (422, True)
    assert Draw.objects.get().state == "open"

    assert browser.post("/stage/beijing/raffle/1/abort/", form, headers=english).status_code == 200
    assert raffle.log.get(kind="abort").content["body"]["reason"] == logged
    proof_page = visitor.get("/attend/beijing/raffle/1/", headers={"accept-language": "en"})
    assert proof_page.context["called_off"] == told
    assert escape(told) in render_to_string("raffle/called_off.html", {"called_off": told})


def test_the_constant_of_earlier_logs_is_no_reason(room, keyboard, raffle, visitor):
    draw = opening.open_draw(keyboard, at=timezone.now(), press="one")
    drawing.abort(draw, at=timezone.now(), reason="host")

    assert visitor.get("/attend/beijing/raffle/1/").context["called_off"] == ""


def test_whoever_does_not_hold_the_remote_neither_speaks_nor_calls_a_draw_off(
    room, keyboard, raffle, beijing, leo, client_of
):
    opening.start(keyboard, by=leo, at=timezone.now(), press="one")
    second = account("second@nextstop.example", "Second", beijing, Role.HOST)
    ask = {"Accept": "application/json"}

    spoke = client_of(second, **ask).post("/stage/beijing/raffle/1/speak/", {"text": "3 6 1"})
    stopped = client_of(second, **ask).post("/stage/beijing/raffle/1/abort/", {"reason": "wrong prize"})
    assert (spoke.status_code, stopped.status_code, Draw.objects.get().texts.count()) == (409, 409, 0)

    client_of(second).post("/stage/beijing/take-over/")
    client_of(second).post("/stage/beijing/raffle/1/speak/", {"text": "3 6 1"})
    assert [row.text for row in Draw.objects.get().texts.all()] == ["3 6 1"]
