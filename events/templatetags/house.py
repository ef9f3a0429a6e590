"""Tags and filters that every template has: icons, the language of content, times as the house tells them, slots."""

import functools
from datetime import datetime

from django import template
from django.template import defaulttags
from django.templatetags import i18n
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils import timezone, translation
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe

from events import gates, slots, text
from events.wording import in_english, said

register = template.Library()


@register.simple_tag
def icon(name, size="", label=""):
    """An icon of the house; decorative unless it has a label."""
    return _icon(name, size, str(label))


@functools.lru_cache(1024)
def _icon(name, size, label):
    hidden = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    classes = f"i {size}".strip()
    return format_html(
        '<svg class="{}" {}><use href="{}#i-{}"/></svg>', classes, hidden, static("images/icons.svg"), name
    )


class KnownURLNode(defaulttags.URLNode):
    """`{% url %}` that remembers what it found: a fifth of a page's time went into finding the same addresses again."""

    def render(self, context):
        if self.kwargs or self.asvar:
            return super().render(context)
        args = tuple(str(arg.resolve(context)) for arg in self.args)
        found = _address(get_script_prefix(), get_urlconf(), self.view_name.resolve(context), args)
        return conditional_escape(found) if context.autoescape else found


@functools.lru_cache(8192)
def _address(_prefix, urlconf, view_name, args):
    return reverse(view_name, urlconf, args)


@register.tag
def url(parser, token):
    """Django's own tag, faster for plain arguments."""
    node = defaulttags.url(parser, token)
    return KnownURLNode(node.view_name, node.args, node.kwargs, node.asvar)


class KnownTranslateNode(i18n.TranslateNode):
    """`{% translate "…" %}` that remembers its words in each language."""

    def render(self, context):
        if self.asvar or self.filter_expression.filters or not isinstance(self.filter_expression.var.literal, str):
            return super().render(context)
        key = translation.get_language(), context.autoescape
        if key not in (said := self.__dict__.setdefault("said", {})):
            said[key] = super().render(context)
        return said[key]


@register.tag("translate")
def translate(parser, token):
    """Django's own tag, faster for plain words."""
    node = i18n.do_translate(parser, token)
    return KnownTranslateNode(node.filter_expression, node.noop, node.asvar, node.message_context)


register.filter("said", said)  # `{{ talk|said:"title" }}` is title_en on English pages, if there


@register.filter
def listed(names):
    """Names or words one after another, in the page's language: 甲、乙 and "A, B"."""
    return (", " if in_english() else "、").join(map(str, names))


@register.filter
def number4(value):
    """A ticket number as it is printed: 0076."""
    return f"{value:04d}"


@register.filter
def two(value):
    """Two digits: carriage and seat, 06."""
    return "" if value is None else f"{value:02d}"


@register.filter
def av(pk):
    """The colour, 1 to 6, of somebody's avatar: the same wherever they are shown."""
    return pk % 6 + 1


@register.filter
def gate(door):
    """Gate 2, or what stands for one."""
    return gates.title(door)


@register.filter
def initial(name):
    return text.initial(name)


@register.filter
def clock(moment, event=None):
    """15:34 in the event's zone."""
    if not isinstance(moment, datetime):
        return ""
    return (event.local(moment) if event else timezone.localtime(moment)).strftime("%H:%M")


WEEKDAYS_ZH = "一二三四五六日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@register.filter
def seconds(moment, event=None):
    """15:34:07 in the event's zone, with the day when it is another one than the event's."""
    if not isinstance(moment, datetime):
        return ""
    local = event.local(moment) if event else timezone.localtime(moment)
    other_day = event is not None and local.date() != event.local(event.starts_at).date()
    return local.strftime("%m-%d %H:%M:%S" if other_day else "%H:%M:%S")


@register.filter
def day(moment, event=None):
    """1 月 6 日 周六 / Sat 6 Jan, in the event's zone."""
    if not isinstance(moment, datetime):
        return ""
    local = event.local(moment) if event else timezone.localtime(moment)
    if in_english():
        return f"{WEEKDAYS_EN[local.weekday()]} {local.day} {MONTHS_EN[local.month - 1]}"
    return f"{local.month} 月 {local.day} 日 周{WEEKDAYS_ZH[local.weekday()]}"


@register.filter
def full_day(moment, event=None):
    """2024.1.6 周六 / Sat 6 Jan 2024."""
    if not isinstance(moment, datetime):
        return ""
    local = event.local(moment) if event else timezone.localtime(moment)
    if in_english():
        return f"{day(moment, event)} {local.year}"
    return f"{local.year}.{local.month}.{local.day} 周{WEEKDAYS_ZH[local.weekday()]}"


@register.filter
def short_day(moment, event=None):
    """1.6 周六 / Sat 6 Jan: where there is little room."""
    if not isinstance(moment, datetime):
        return ""
    local = event.local(moment) if event else timezone.localtime(moment)
    return day(moment, event) if in_english() else f"{local.month}.{local.day} 周{WEEKDAYS_ZH[local.weekday()]}"


@register.filter
def milliseconds(moment):
    """Since 1970, for scripts."""
    return int(moment.timestamp() * 1000) if isinstance(moment, datetime) else ""


@register.filter
def flaps(value):
    """The characters of a short text as split flaps; a screen reader hears the text once."""
    cells = "".join(
        format_html("<span{}>{}</span>", mark_safe(' class="sep"') if char in ":/" else "", char)
        for char in text.graphemes(str(value))
    )
    return format_html(
        '<span class="flaps" role="img" aria-label="{}">{}</span>',
        value,
        mark_safe(cells),  # each cell was escaped above
    )


@register.simple_tag(takes_context=True)
def slot(context, name, pieces=None):
    """Everything that the apps offer to this slot of the page, which the view may have collected."""
    if pieces is None:
        pieces = slots.collect(name, context.get("event"), context["request"], timezone.now())
    return mark_safe("".join(_drawn(piece, context) for piece in pieces))  # templates escape what they print


def _drawn(piece, context) -> str:
    """As `{% include %}` draws: in the page's own context, whose processors have run."""
    with context.push(**piece.context):
        return context.template.engine.get_template(piece.template).render(context)


@register.simple_tag
def other_language():
    """`("en", "EN", "English")`: the language that the switch offers."""
    return ("zh", "中", "中文") if in_english() else ("en", "EN", "English")
