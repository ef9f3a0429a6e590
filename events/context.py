"""What every template may use."""

from django.conf import settings


def in_wechat(request) -> bool:
    """Whether WeChat's own browser asks: no downloads and no new tabs in there."""
    return "MicroMessenger" in request.headers.get("User-Agent", "")


def house(request):
    """The site's address and mode, and who holds this device at the event of the page."""
    return {
        "site_url": settings.SITE_URL,
        "local_mode": settings.LOCAL,
        "event": getattr(request, "event", None),
        "attendee": getattr(request, "attendee", None),
        "crew_roles": getattr(request, "crew_roles", frozenset()),
        "wechat": in_wechat(request),
        "has_other_logins": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "theme": request.GET.get("theme") if request.GET.get("theme") in ("dark", "light") else "",
        "language": "en" if getattr(request, "LANGUAGE_CODE", "") == "en" else "zh",
    }
