"""Logging in: with an account from elsewhere, against a server that answers as the real ones do; with a second factor."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.dingtalk.views import DingTalkOAuth2Adapter
from allauth.socialaccount.providers.feishu.client import FeishuOAuth2Client
from allauth.socialaccount.providers.feishu.views import FeishuOAuth2Adapter
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from django.core import mail
from django.test import Client

from config.social import destinations
from config.weixin.views import WeixinAdapter, readable
from events.models import User

WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.49"


class Elsewhere(ThreadingHTTPServer):
    """Answers a path with what `said` holds for it, as bytes; keeps what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Talk)
        self.said, self.asked = {}, []
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class Talk(BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        path, _mark, query = self.path.partition("?")
        self.server.asked.append((path, parse_qs(query)))
        body = self.server.said[path]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")  # WeChat names neither JSON nor an encoding
        self.end_headers()
        self.wfile.write(body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode())

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_words):
        """Keep the test's output clean."""


def application(**settings):
    return {"client_id": "id", "secret": "only-for-this-test", "settings": settings}


@pytest.fixture
def elsewhere(settings, monkeypatch):
    """All five are configured, and their addresses lead to the server of this test."""
    checked = {"APPS": [application()], "EMAIL_AUTHENTICATION": True}
    settings.SOCIALACCOUNT_PROVIDERS = {
        "github": checked,
        "google": checked,
        "feishu": {"APPS": [application()]},
        "dingtalk": {"APPS": [application()]},
        "weixin": {"APPS": [application(), application(inside=True, scope=["snsapi_userinfo"])]},
    }
    with Elsewhere() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        for adapter, names in (
            (GitHubOAuth2Adapter, ["access_token_url", "profile_url", "emails_url"]),
            (GoogleOAuth2Adapter, ["access_token_url", "identity_url"]),
            (FeishuOAuth2Adapter, ["access_token_url", "user_info_url"]),
            (FeishuOAuth2Client, ["app_access_token_url"]),
            (DingTalkOAuth2Adapter, ["access_token_url", "profile_url"]),
            (WeixinAdapter, ["access_token_url", "profile_url"]),
        ):
            for name in names:
                monkeypatch.setattr(adapter, name, f"{server.address}/{name}")
        server.said = {"/access_token_url": {"access_token": "t"}}
        yield server
        server.shutdown()


def come_back(browser, provider, code="code"):
    """The person presses the button, agrees over there, and is sent back here."""
    there = browser.post(f"/accounts/{provider}/login/")
    assert there.status_code == 302, there.content
    asked = parse_qs(urlsplit(there["Location"]).query)
    return there["Location"], browser.get(f"/accounts/{provider}/login/callback/", {code: "1", "state": asked["state"]})


def who(browser):
    return browser.session.get("_auth_user_id")


@pytest.fixture
def browser():
    return Client(headers={"accept-language": "en"})


def weixin(elsewhere, **person):
    elsewhere.said["/access_token_url"] = {"access_token": "t", "openid": person.get("openid", "o1")}
    elsewhere.said["/profile_url"] = {"openid": "o1", "nickname": "林小满🎉", **person}


def test_without_settings_there_is_no_button(db, settings, browser):
    settings.SOCIALACCOUNT_PROVIDERS = {}
    page = browser.get("/accounts/login/").content.decode()

    assert "/accounts/login/code/" in page and "github" not in page and "weixin" not in page


def test_each_configured_house_has_its_button_and_names_itself(db, elsewhere, browser):
    page = browser.get("/accounts/login/").content.decode()
    assert [name for name in ("GitHub", "Google", "Feishu", "DingTalk", "WeChat") if f"With {name}" in page] == [
        "GitHub", "Google", "Feishu", "DingTalk", "WeChat",
    ]  # fmt: skip
    chinese = Client(headers={"accept-language": "zh-CN"}).get("/accounts/login/").content.decode()
    assert all(f"用{name}登录" in chinese for name in ("飞书", "钉钉", "微信"))


def test_inside_wechat_there_is_no_google_button(db, elsewhere):
    page = Client(headers={"accept-language": "en", "user-agent": WECHAT}).get("/accounts/login/").content.decode()

    assert "Google" not in page and "With WeChat" in page and "With GitHub" in page


def test_wechat_is_offered_only_where_its_application_works(db, elsewhere, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"weixin": {"APPS": [application(inside=True)]}}

    pages = [
        Client(headers=headers).get("/accounts/login/").content.decode() for headers in ({}, {"user-agent": WECHAT})
    ]

    assert ["/accounts/weixin/" in page for page in pages] == [False, True]


@pytest.mark.parametrize("provider", ["github", "google"])
def test_a_mail_address_that_the_other_side_has_checked_opens_the_account(mei, elsewhere, browser, provider):
    person = {"id": 1, "sub": "1", "login": "mei", "email": mei.email, "verified_email": True, "email_verified": True}
    elsewhere.said |= {"/profile_url": person, "/identity_url": person}
    elsewhere.said["/emails_url"] = [{"email": mei.email, "verified": True, "primary": True}]

    _there, answer = come_back(browser, provider)

    assert who(browser) == str(mei.pk)
    assert answer.status_code == 302
    assert SocialAccount.objects.get().user == mei


def test_an_address_that_nobody_checked_opens_nothing(mei, elsewhere, browser):
    elsewhere.said["/profile_url"] = {"id": 1, "login": "mallory", "email": mei.email}
    elsewhere.said["/emails_url"] = [{"email": mei.email, "verified": False, "primary": True}]

    come_back(browser, "github")

    assert who(browser) is None and not SocialAccount.objects.exists()


@pytest.mark.parametrize("provider", ["feishu", "dingtalk", "weixin"])
def test_the_others_are_connected_once_and_log_in_from_then_on(mei, elsewhere, browser, client_of, provider):
    weixin(elsewhere, unionid="u1")
    elsewhere.said["/app_access_token_url"] = {"app_access_token": "a"}
    if provider == "feishu":
        elsewhere.said["/access_token_url"] = {"data": {"access_token": "t"}}
        elsewhere.said["/user_info_url"] = {"code": 0, "data": {"open_id": "f1", "name": "姜一禾", "email": mei.email}}
    if provider == "dingtalk":
        elsewhere.said["/access_token_url"] = {"accessToken": "t", "refreshToken": "r", "expireIn": 7200}
        elsewhere.said["/profile_url"] = {"openId": "d1", "nick": "姜一禾", "email": mei.email}
    code = "authCode" if provider == "dingtalk" else "code"

    _there, answer = come_back(browser, provider, code)
    follow = browser.get(answer["Location"], follow=True) if answer.status_code == 302 else answer
    assert who(browser) is None  # these name no address that they have checked: nobody comes in by a claim
    assert "No account here yet" in follow.content.decode()

    desk = client_of(mei)
    there = desk.post(f"/accounts/{provider}/login/?process=connect")
    state = parse_qs(urlsplit(there["Location"]).query)["state"]
    desk.get(f"/accounts/{provider}/login/callback/", {code: "1", "state": state})
    assert SocialAccount.objects.get().user == mei
    assert "Disconnect" in desk.get("/accounts/3rdparty/").content.decode()

    come_back(browser, provider, code)
    assert who(browser) == str(mei.pk)


def test_wechat_knows_one_person_by_the_unionid_on_a_desk_and_inside_its_own_browser(mei, elsewhere, browser):
    SocialAccount.objects.create(user=mei, provider="weixin", uid="u1")

    weixin(elsewhere, openid="desk", unionid="u1")
    there, _answer = come_back(browser, "weixin")
    assert who(browser) == str(mei.pk)
    assert there.startswith("https://open.weixin.qq.com/connect/qrconnect?") and there.endswith("#wechat_redirect")

    phone = Client(headers={"user-agent": WECHAT})
    weixin(elsewhere, openid="phone", unionid="u1")
    there, _answer = come_back(phone, "weixin")
    assert who(phone) == str(mei.pk)
    assert there.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?")
    assert parse_qs(urlsplit(there).query)["scope"] == ["snsapi_userinfo"]


def test_an_account_known_by_its_openid_gets_its_unionid_when_it_comes_again(mei, elsewhere, browser):
    SocialAccount.objects.create(user=mei, provider="weixin", uid="o1")
    weixin(elsewhere, unionid="u1")

    come_back(browser, "weixin")

    assert who(browser) == str(mei.pk)
    assert SocialAccount.objects.get().uid == "u1"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("林小满🎉", "林小满🎉"),
        ("林小满🎉".encode().decode("latin-1"), "林小满🎉"),
        ("José", "José"),
        ("\u202eoB\u0000", "oB"),
        ("\\u6797", "\\u6797"),
        ("", ""),
    ],
)
def test_a_nickname_is_read_as_its_owner_wrote_it(sent, read):
    assert readable(sent) == read


def test_the_nickname_of_a_connected_account_is_kept_readable(mei, elsewhere, client_of):
    weixin(elsewhere, unionid="u1")
    desk = client_of(mei)
    there = desk.post("/accounts/weixin/login/?process=connect")
    state = parse_qs(urlsplit(there["Location"]).query)["state"]
    desk.get("/accounts/weixin/login/callback/", {"code": "1", "state": state})

    assert "林小满🎉" in desk.get("/accounts/3rdparty/").content.decode()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/access_token_url", {"errcode": 40029, "errmsg": "invalid code"}),
        ("/profile_url", {"errcode": 41001, "errmsg": "access_token missing"}),
        ("/profile_url", b"<html>captive portal</html>"),
        ("/profile_url", []),
    ],
)
def test_what_wechat_refuses_is_a_page_with_a_way_back(mei, elsewhere, browser, path, body):
    weixin(elsewhere, unionid="u1")
    elsewhere.said[path] = body

    _there, answer = come_back(browser, "weixin")

    assert "Back to the log-in" in answer.content.decode()
    assert who(browser) is None


def test_a_callback_that_we_did_not_begin_opens_nothing(mei, elsewhere, browser):
    SocialAccount.objects.create(user=mei, provider="weixin", uid="u1")
    weixin(elsewhere, unionid="u1")

    browser.get("/accounts/weixin/login/callback/", {"code": "1", "state": "forged"})

    assert who(browser) is None


def test_the_content_policy_lets_the_button_lead_to_the_houses_that_are_configured():
    assert destinations({}) == []
    assert destinations({"github": {}, "weixin": {}}) == ["https://github.com", "https://open.weixin.qq.com"]


def test_nobody_gets_an_account_by_having_one_elsewhere(db, elsewhere, browser):
    elsewhere.said["/profile_url"] = {"id": 7, "login": "new", "email": "new@nextstop.example"}
    elsewhere.said["/emails_url"] = [{"email": "new@nextstop.example", "verified": True, "primary": True}]

    come_back(browser, "github")
    browser.post("/accounts/3rdparty/signup/", {"email": "new@nextstop.example"})

    assert not User.objects.exists()


def by_code(browser, email):
    """What the site answers to the six digits that it has just mailed."""
    browser.post("/accounts/login/code/", {"email": email})
    digits = re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0]
    return browser.post("/accounts/login/code/confirm/", {"code": digits})


def shown_by_the_app(secret):
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def test_an_organiser_sets_up_an_authenticator_and_needs_it_from_then_on(mei, settings, browser):
    settings.CREW_NEEDS_SECOND_FACTOR = True
    settings.MFA_TOTP_TOLERANCE = 1  # the half minute of a code may end between two requests
    by_code(browser, mei.email)
    assert browser.get("/organise/beijing/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"

    page = browser.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'value="([A-Z2-7]{32})"', page)[1]
    browser.post("/accounts/2fa/totp/activate/", {"code": shown_by_the_app(secret)})
    assert browser.get("/organise/beijing/").status_code == 200

    again = Client(headers={"accept-language": "en"})
    assert by_code(again, mei.email)["Location"].startswith("/accounts/2fa/authenticate/")
    assert who(again) is None, "the mail box alone opens nothing"
    wrong = f"{(int(shown_by_the_app(secret)) + 1) % 10**6:06}"
    assert again.post("/accounts/2fa/authenticate/", {"code": wrong}).status_code == 200 and who(again) is None
    again.post("/accounts/2fa/authenticate/", {"code": shown_by_the_app(secret)})
    assert who(again) == str(mei.pk)
    assert again.get("/organise/beijing/").status_code == 200
