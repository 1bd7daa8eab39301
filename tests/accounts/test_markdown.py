"""Markdown to safe HTML."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.markdown import render

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "![x](https://evil.example/a.png)",
    "![x](//evil.example/a.png)",
    "![x](data:image/svg+xml;base64,AAAA)",
    "![x](/static/../logout)",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg onload=alert(1)>",
    "<style>*{}</style>",
    "<div style='x'>",
    "<iframe src=//evil.example>",
    "[x]: javascript:alert(1)\n\n[x]",
    '<https://a.example/"onmouseover=alert(1)>',
    '```"><script>alert(1)</script>\nx\n```',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "| a |\n| - |\n| <b onclick=x> |",
    "\x00<script>",
]
ALLOWED_TAGS = set(
    "p br hr h2 h3 h4 h5 h6 blockquote ul ol li pre code strong em s a img table thead tbody tr th td".split()
)
ALLOWED_ATTRIBUTES = {"href", "title", "rel", "src", "alt", "class", "start", "align"}


def is_safe(html: str) -> bool:
    for name, attributes in re.findall(r"<\s*/?\s*([A-Za-z][\w-]*)((?:[^>\"]|\"[^\"]*\")*)>", html):
        if name not in ALLOWED_TAGS:
            return False
        for attribute, value in re.findall(r'([\w-]+)="([^"]*)"', attributes):
            if attribute not in ALLOWED_ATTRIBUTES:
                return False
            if attribute == "href" and re.match(r"[^/?#]*:", value) and not re.match(r"(https?|mailto):", value):
                return False
            if attribute == "src" and not value.startswith("/static/"):
                return False
    return True


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_runs_or_calls_out_gets_through(payload):
    assert is_safe(render(payload))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*PAYLOADS, "*", "`", "\n", "> ", "- ", "[", "](", ")", "|", "#", "text"]), max_size=12)
)
def test_no_mixture_of_them_does(parts):
    assert is_safe(render("".join(parts)))


def test_a_dangerous_link_keeps_only_its_text():
    assert "<a" not in render("<a href='javascript:alert(1)'>x</a>")
    assert render("[x](javascript:alert(1))") == "<p>[x](javascript:alert(1))</p>\n"


def test_links_carry_no_referrer_or_reputation():
    assert render("[x](https://a.example/)") == '<p><a href="https://a.example/" rel="noopener nofollow">x</a></p>\n'


def test_headings_start_below_that_of_the_page():
    assert render("# One\n\n###### Six") == "<h2>One</h2>\n<h6>Six</h6>\n"


def test_tables_are_aligned_without_inline_style():
    html = render("| a | b |\n| :- | -: |\n| 1 | 2 |")
    assert '<td align="right">2</td>' in html
    assert "style" not in html


def test_code_keeps_its_language_and_its_signs():
    assert render("```python\na < b\n```") == '<pre><code class="language-python">a &lt; b\n</code></pre>\n'


def test_own_pictures_are_shown_and_others_only_described():
    assert '<img src="/static/x.png" alt="Own">' in render("![Own](/static/x.png)")
    assert render("![A chart](https://a.example/x.png)") == "<p>[picture: A chart]</p>\n"


def test_lists_emphasis_and_quotes():
    html = render("1. **a**\n2. *b*\n\n> c ~~d~~")
    assert "<ol>" in html
    assert "<strong>a</strong>" in html
    assert "<blockquote>" in html
    assert "<s>d</s>" in html
