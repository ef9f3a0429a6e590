"""Accounts from elsewhere for the crew's log-in: each stands behind two variables and is not there without them."""

from django.utils.translation import gettext_lazy as _

from config import env

NAMES = {
    "github": "GitHub",
    "google": "Google",
    "feishu": _("Feishu"),
    "dingtalk": _("DingTalk"),
    "weixin": _("WeChat"),
}
APPS = [f"allauth.socialaccount.providers.{name}" for name in NAMES if name != "weixin"] + ["config.weixin"]
TELLS_CHECKED_ADDRESSES = {"github", "google"}  # they say which mail addresses they have verified
SENDS_TO = {  # where the browser goes from our log-in page: the content policy must allow the form to lead there
    "github": ["https://github.com"],
    "google": ["https://accounts.google.com"],
    "feishu": ["https://open.feishu.cn", "https://accounts.feishu.cn"],
    "dingtalk": ["https://login.dingtalk.com"],
    "weixin": ["https://open.weixin.qq.com"],
}


def _app(variable: str, where: str, **settings) -> list[dict]:
    client = env.text(f"{variable}_LOGIN_ID", meaning=f"Log-in of the crew with {where}: the client id; empty: none.")
    secret = env.secret(f"{variable}_LOGIN_SECRET", required=False, meaning=f"The client secret for {where}.")
    return [{"client_id": client, "secret": secret, "settings": settings}] if client and secret else []


def providers() -> dict[str, dict]:
    """What allauth wants to know, by provider; only those that the operator configured."""
    found = {
        "github": _app("GITHUB", "GitHub"),
        "google": _app("GOOGLE", "Google"),
        "feishu": _app("FEISHU", "Feishu"),
        "dingtalk": _app("DINGTALK", "DingTalk"),
        "weixin": _app("WEIXIN", "WeChat on a desk, by a code to scan (a website application)")
        + _app(
            "WEIXIN_MP",
            "WeChat inside its own browser (an official account)",
            inside=True,
            scope=["snsapi_userinfo"],
        ),
    }
    return {
        name: {"APPS": apps, "EMAIL_AUTHENTICATION": name in TELLS_CHECKED_ADDRESSES}
        for name, apps in found.items()
        if apps
    }


def destinations(configured: dict) -> list[str]:
    """The origins to which a log-in form may lead."""
    return [origin for name in configured for origin in SENDS_TO[name]]
