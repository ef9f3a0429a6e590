"""Which of its two languages a thing is told in: that of the page."""

from django.utils import translation


def in_english() -> bool:
    return (translation.get_language() or "").startswith("en")


def said(thing, name):
    """The field of a thing in the page's language: title_en for "title" on English pages, where there is one."""
    if thing is None:
        return ""
    return (in_english() and getattr(thing, name + "_en", "")) or getattr(thing, name)
