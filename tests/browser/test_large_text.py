"""WeChat lets people enlarge its text: at 140 % nothing leaves a narrow phone."""

import re

import pytest

from tests.browser.test_signup import sign_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

# What WeChat does: every size that the page asked for, in whatever unit, grows.
ENLARGE = """() => {
  const all = [...document.body.querySelectorAll('*')].map(one => [one, parseFloat(getComputedStyle(one).fontSize)]);
  for (const [one, size] of all) one.style.setProperty('font-size', `${size * 1.4}px`, 'important');
}"""

# Words that lie outside the screen, unless they are in a box that scrolls by itself or are meant for nobody's eyes.
OUTSIDE = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const scrolls = one => one && one !== document.body
    && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  while (walker.nextNode()) {
    const text = walker.currentNode, home = text.parentElement;
    if (!text.data.trim() || !home.checkVisibility({visibilityProperty: true}) || scrolls(home)) continue;
    if (home.closest('.trap, .skip, svg')) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects())
      if (box.width && (box.right > innerWidth + 1 || box.left < -1)) { found.push(text.data.trim()); break; }
  }
  return found;
}"""


def assert_nothing_leaves(page, where):
    page.evaluate(ENLARGE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, where
    assert page.evaluate(OUTSIDE) == [], where


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_text_at_140_percent_stays_on_the_phone(beijing, acme, open_browser, language):
    page = open_browser(language=language)
    for path in ("/attend/beijing/", "/attend/beijing/register/"):
        page.goto(path)
        assert_nothing_leaves(page, path)

    sign_up(page, "林小满", "bo@nextstop.example")
    page.wait_for_url(re.compile("/attend/beijing/ticket/"))
    assert_nothing_leaves(page, "the ticket")
