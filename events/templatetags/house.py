"""Tags and filters that every template has: icons, the language of content, times as the house tells them, slots."""

from datetime import datetime

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from events import gates, slots, text

register = template.Library()


@register.simple_tag
def icon(name, size="", label=""):
    """An icon of the house; decorative unless it has a label."""
    hidden = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    classes = f"i {size}".strip()
    return format_html(
        '<svg class="{}" {}><use href="{}#i-{}"/></svg>', classes, hidden, static("images/icons.svg"), name
    )


def in_english() -> bool:
    return (translation.get_language() or "").startswith("en")


@register.filter
def said(thing, name):
    """The field of a thing in the page's language: `{{ talk|said:"title" }}` is title_en on English pages, if there."""
    if thing is None:
        return ""
    return (in_english() and getattr(thing, name + "_en", "")) or getattr(thing, name)


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
def slot(context, name):
    """Everything that the apps offer to this slot of the page."""
    request, event = context["request"], context.get("event")
    pieces = slots.collect(name, event, request, timezone.now())
    drawn = [render_to_string(piece.template, {**context.flatten(), **piece.context}, request) for piece in pieces]
    return mark_safe("".join(drawn))  # templates escape what they print


@register.simple_tag
def other_language():
    """`("en", "EN", "English")`: the language that the switch offers."""
    return ("zh", "中", "中文") if in_english() else ("en", "EN", "English")
