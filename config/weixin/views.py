"""WeChat's two ways to log in, and what it answers: errors arrive as 200, names as UTF-8 that nobody declares."""

import json

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.weixin.client import WeixinOAuth2Client
from allauth.socialaccount.providers.weixin.views import WeixinOAuth2Adapter

from events.text import clean_text, shorten

MOST = 60


def is_inside(request) -> bool:
    """Whether the page is open in WeChat's own browser."""
    return "MicroMessenger" in request.headers.get("User-Agent", "")


def choose(request, apps):
    """The application for this browser: the official account inside WeChat, else the website; None when there is none."""
    return next((app for app in apps if bool(app.settings.get("inside")) == is_inside(request)), None)


def readable(nickname: str) -> str:
    """A nickname as its owner wrote it. UTF-8 that was read as Latin-1 somewhere on the way is read again."""
    try:
        nickname = nickname.encode("latin-1").decode("utf-8")
    except UnicodeError:  # it holds other letters already, or was Latin-1
        pass
    return shorten(clean_text(nickname), MOST)


class WeixinClient(WeixinOAuth2Client):
    """WeChat's own browser opens the page only when the address ends in a fragment that names it."""

    def get_redirect_url(self, authorization_url, scope, extra_params):
        return super().get_redirect_url(authorization_url, scope, extra_params) + "#wechat_redirect"


class WeixinAdapter(WeixinOAuth2Adapter):
    """allauth's, for both kinds of application."""

    client_class = WeixinClient
    desk_url = "https://open.weixin.qq.com/connect/qrconnect"
    inside_url = "https://open.weixin.qq.com/connect/oauth2/authorize"

    @property
    def authorize_url(self):
        return self.inside_url if is_inside(self.request) else self.desk_url

    def complete_login(self, request, app, token, **kwargs):
        """Who the person is. Raises OAuth2Error for what WeChat refuses, also when it does so with a 200."""
        given = kwargs.get("response") or {}
        asked = {"access_token": token.token, "openid": given.get("openid"), "lang": "zh_CN"}
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.profile_url, params=asked)
            answer.raise_for_status()
        try:
            found = json.loads(answer.content)
        except ValueError:
            found = {}
        if not isinstance(found, dict) or not isinstance(found.get("openid"), str):
            raise OAuth2Error("WeChat did not say who this is")
        found.setdefault("unionid", given.get("unionid"))
        found["nickname"] = readable(str(found.get("nickname") or ""))
        return self.get_provider().sociallogin_from_response(request, found)


oauth2_login = OAuth2LoginView.adapter_view(WeixinAdapter)
oauth2_callback = OAuth2CallbackView.adapter_view(WeixinAdapter)
