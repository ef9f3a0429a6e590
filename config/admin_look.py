"""How the admin looks: unfold in the house's colours."""

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": "Nextstop",
    "SITE_HEADER": _("Nextstop"),
    "SITE_URL": "/organise/",
    "SITE_ICON": lambda request: static("images/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("images/mark.svg")}],
    "SHOW_HISTORY": True,
    "STYLES": [lambda request: static("css/admin.css")],
    "SITE_DROPDOWN": [
        {"icon": "dashboard", "title": _("Overview"), "link": reverse_lazy("organise")},
    ],
    "COLORS": {
        "base": {  # paper, rule and ink of the pages, by day and by night
            "50": "250 249 246",
            "100": "243 241 235",
            "200": "232 229 220",
            "300": "217 213 201",
            "400": "152 161 153",
            "500": "91 102 96",
            "600": "71 84 77",
            "700": "43 54 49",
            "800": "33 43 38",
            "900": "23 31 27",
            "950": "14 20 18",
        },
        "primary": {
            "50": "238 246 242",
            "100": "221 233 226",
            "200": "187 214 200",
            "300": "127 208 178",
            "400": "58 150 120",
            "500": "63 169 136",
            "600": "12 74 58",
            "700": "10 64 50",
            "800": "8 54 41",
            "900": "6 42 32",
            "950": "4 30 23",
        },
    },
}
