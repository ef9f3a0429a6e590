"""The stylesheets for an engine without cascade layers, which drops every rule inside one.

`static/js/flat.js` asks for this there: the same rules in the order in which their layers have power, without the layers.
"""

import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse

from events.access import public

FOLDER = Path(settings.BASE_DIR) / "static" / "css"
TOKEN = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[{};]", re.DOTALL)


@public
def flat_css(request):
    """The page's stylesheets, named in the order of the page: `?of=nextstop,attend`."""
    names = tuple(request.GET.get("of", "").split(","))
    if len(set(names)) < len(names) or not set(names) <= {path.stem for path in FOLDER.glob("*.css")}:
        raise Http404
    response = HttpResponse(_flat(names), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=600"
    return response


@lru_cache(maxsize=16)
def _flat(names):
    return flatten("\n".join((FOLDER / f"{name}.css").read_text() for name in names))


def flatten(css: str) -> str:
    """The rules without their `@layer`s, weakest layer first; what stood in no layer is stronger and comes last."""
    layers: dict[str, list[str]] = {}
    free = []
    for rule in _top_level(css):
        name = re.match(r"@layer\s+([^{;]+)", rule)
        if name is None:
            free.append(rule)
        elif rule.endswith(";"):  # `@layer a, b;` only says the order
            for each in name[1].split(","):
                layers.setdefault(each.strip(), [])
        else:
            layers.setdefault(name[1].strip(), []).append(rule[rule.index("{") + 1 : -1].strip())
    return "\n".join([*(body for bodies in layers.values() for body in bodies), *free])


def _top_level(css):
    """Each rule or statement that stands in no other; braces inside comments and strings are text."""
    depth = start = 0
    for token in TOKEN.finditer(css):
        if depth == 0 and token[0].startswith("/*") and not css[start : token.start()].strip():
            start = token.end()  # a comment between two rules
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0 and token[0] in "};":
            yield css[start : token.end()].strip()
            start = token.end()
