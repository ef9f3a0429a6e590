"""How the admin looks: unfold in the house's colours."""

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": "Nextstop",
    "SITE_HEADER": _("Nextstop"),
    "SITE_URL": "/organise/",
    "SITE_ICON": lambda request: static("images/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("images/mark.svg")}],
    "SHOW_HISTORY": True,
    "COLORS": {
        "primary": {
            "50": "238 246 242",
            "100": "221 233 226",
            "200": "187 214 200",
            "300": "127 208 178",
            "400": "58 150 120",
            "500": "23 121 95",
            "600": "12 74 58",
            "700": "10 64 50",
            "800": "8 54 41",
            "900": "6 42 32",
            "950": "4 30 23",
        },
    },
}
