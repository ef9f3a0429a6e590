"""What goes wrong shows a page in the person's language, with the right status."""

import pytest
from django.test import Client

from config import errors

WORDS = {
    "zh-CN": {"large": "太大", "expired": "过期", "way": "没有页面可看", "missing": "没有", "often": "太频繁"},
    "en": {
        "large": "too large",
        "expired": "expired",
        "way": "nothing to see",
        "missing": "nothing",
        "often": "too often",
    },
}


@pytest.fixture(params=["zh-CN", "en"])
def language(request):
    return request.param


@pytest.fixture
def browser(language, db):
    return Client(headers={"accept-language": language, "accept": "text/html"}, enforce_csrf_checks=True)


def said(answer):
    return answer.status_code, answer.content.decode()


def test_an_address_without_a_page(browser, language):
    status, page = said(browser.get("/attend/nowhere/"))

    assert status == 404
    assert WORDS[language]["missing"] in page


def test_a_form_whose_token_is_gone(browser, beijing, language):
    status, page = said(browser.post("/attend/beijing/register/", {"name": "x"}))

    assert status == 403
    assert WORDS[language]["expired"] in page


def test_a_form_that_is_far_too_large(browser, beijing, settings, language):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    browser.get("/attend/beijing/register/")  # a browser that has the cookie of the form
    body = "name=" + "x" * 2000

    status, page = said(
        browser.post("/attend/beijing/register/", body, content_type="application/x-www-form-urlencoded")
    )

    assert status == 413
    assert WORDS[language]["large"] in page


def test_an_address_that_takes_forms_opened_as_a_page(browser, beijing, mei, language):
    browser.force_login(mei, backend="django.contrib.auth.backends.ModelBackend")

    answer = browser.get("/organise/beijing/end/")

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert WORDS[language]["way"] in answer.content.decode()


def test_a_script_gets_the_status_alone(visitor, beijing, mei, client_of):
    assert client_of(mei).get("/organise/beijing/end/").content == b""


def test_mails_asked_for_too_often(language, db, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "reset_password": "1/m/ip"}
    browser = Client(headers={"accept-language": language, "accept": "text/html"})
    for _ in range(3):
        answer = browser.post("/accounts/password/reset/", {"email": "mei@nextstop.example"})

    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert WORDS[language]["often"] in answer.content.decode()


def test_the_house_says_where_holes_are_reported(visitor, settings):
    settings.SECURITY_CONTACT = "mailto:security@meet.example.org"

    answer = visitor.get("/.well-known/security.txt")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "Contact: mailto:security@meet.example.org\n" in answer.content.decode()
    assert "Expires: 20" in answer.content.decode()


def test_the_429_page_is_the_one_that_allauth_finds():
    from config import urls

    assert urls.handler429 == f"{errors.__name__}.{errors.too_many.__name__}"
