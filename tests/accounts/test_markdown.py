"""Markdown to safe HTML."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import markdown
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
    "![x](/static/%2e%2E/logout)",
    "![x](</static/..\\logout>)",
    "![x](/static/./../logout)",
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
OWN_FILE = re.compile(r"/static/(?!.*\.\.)[A-Za-z0-9_./-]+")
SCHEME = re.compile(r"[\x00-\x20]*[A-Za-z][^/?#%]*:")
ALLOWED_ATTRIBUTES = {"href", "title", "rel", "src", "alt", "class", "start", "align"}


def is_safe(html: str) -> bool:
    for name, attributes in re.findall(r"<\s*/?\s*([A-Za-z][\w-]*)((?:[^>\"]|\"[^\"]*\")*)>", html):
        if name not in ALLOWED_TAGS:
            return False
        for attribute, value in re.findall(r'([\w-]+)="([^"]*)"', attributes):
            if attribute not in ALLOWED_ATTRIBUTES:
                return False
            # A scheme begins with a letter (WHATWG URL): `%5Bx%5D(javascript:…` is an address on this site.
            if attribute == "href" and SCHEME.match(value) and not re.match(r"(https?|mailto):", value):
                return False
            if attribute == "src" and not OWN_FILE.fullmatch(value):
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


@pytest.mark.parametrize(
    "source",
    [
        "/static/../accounts/logout/",
        "/static/img/../../admin/",
        "/static/%2e%2e/admin/",
        "/static/.%2E/admin/",
        "/static/\\..\\admin/",
        "/static//evil.example/x.png",
        "/static/..;/admin/",
        "/static/.hidden",
        "/static/",
        "/staticx/a.png",
        "/static/a.png?next=//evil.example",
        "//static/a.png",
    ],
)
def test_a_picture_that_could_leave_the_sites_own_folder_is_only_described(source):
    html = render(f"![Chart](<{source}>)")

    assert "<img" not in html
    assert "src=" not in html


@pytest.mark.parametrize("source", ["/static/x.png", "/static/img/coaching.0a1b2c.png", "/static/a/b_c-d/e..f.svg"])
def test_a_file_of_the_site_is_a_picture(source):
    assert f'<img src="{source}" alt="">' in render(f"![]({source})")


# --- What a page may cost ---------------------------------------------------------------------

LENGTH = 50_000  # the longest answer


def filled(unit: str, head: str = "") -> str:
    return head + unit * ((LENGTH - len(head)) // len(unit))


def words_of(html: str) -> list[str]:
    return unescape(re.sub(r"</?(?:p|br)>", " ", html)).split()


DEAR = {
    "a table of 50,000 filled-up cells": filled("|\n", "|" + "a|" * 250 + "\n|" + "-|" * 250 + "\n"),
    "a long table": filled("|1|2|\n", "|a|b|\n|-|-|\n"),
    "a table in a quote": filled("> |1|2|\n", "> |a|b|\n> |-|-|\n"),
    "a table in a list": filled("  |1|2|\n", "- |a|b|\n  |-|-|\n"),
    "many small tables": filled("|a|b|\n|-|-|\n\n"),
    "list items": filled("- a\n* b\n"),
    "short lines": filled("a\n"),
    "links": filled("[a](b) "),
    "autolinks": filled("<https://a.example>"),
    "pictures": filled("![a](/static/b) "),
    "brackets": filled("["),
    "picture brackets": filled("!["),
    "emphasis": filled("*_"),
    "entities": filled("&"),
    "code": filled("`a` "),
}


@pytest.mark.parametrize("name", DEAR)
def test_a_text_with_more_markup_than_a_page_can_cost_is_shown_as_it_was_typed(name):
    text = DEAR[name]

    html = render(text)

    assert set(re.findall(r"<(\w+)", html)) <= {"p", "br"}
    assert words_of(html) == text.split()


@pytest.mark.parametrize(
    "text",
    [
        filled("A sentence with **strong** words, `code`, a [link](https://a.example/) and 3 | 4 choices. "),
        filled("def grade(answer: list[str]) -> dict[str, float]:\n    return {}\n", "```python\n"),
        filled("- An item of a list, as long as items are.\n\n"),
        "| a | b | c | d |\n| - | - | - | - |\n" + "| some | cells | of | text |\n" * 400,
    ],
    ids=["prose", "code", "list", "table"],
)
def test_a_long_text_that_somebody_would_write_keeps_its_markup(text):
    assert re.search(r"<(strong|pre|ul|table)>", render(text))


PIECES = ["|", "|a|b|c|", "|-|-|-|", "|-|", ":-:|-", "a", "> ", "- ", "  ", "\n", "\n\n", "\n>\n", "1", "\\|", "\t"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_no_text_has_more_cells_than_are_counted_before_it_is_read(pieces):
    text = "".join(pieces)

    assert len(re.findall("<t[dh][ >]", render(text))) <= markdown._cells(text)


def test_what_is_kept_of_the_last_texts_is_bounded_and_each_is_its_own(monkeypatch):
    monkeypatch.setattr(markdown, "KEPT_CHARACTERS", 200)
    shelf = markdown._Shelf()
    monkeypatch.setattr(markdown, "_shelf", shelf)

    shown = [render(f"Text {number}") for number in (*range(30), *range(30), 29)]

    assert shown == [f"<p>Text {number}</p>\n" for number in (*range(30), *range(30), 29)]
    assert shown[-1] is shown[-2]
    assert sum(map(len, shelf._rows.values())) == shelf._size <= 200


def test_one_huge_page_does_not_push_the_others_out(monkeypatch):
    monkeypatch.setattr(markdown, "KEPT_CHARACTERS", 800)
    shelf = markdown._Shelf()
    monkeypatch.setattr(markdown, "_shelf", shelf)
    small = render("Small")

    assert len(render("Huge " * 100)) > 100

    assert render("Small") is small
    assert shelf._size == len(small)


def test_a_definition_is_not_repeated_by_its_uses():
    text = '[a]: /x "' + "t" * 30_000 + '"\n\n' + "[a]" * 2_000
    assert len(render(text)) < 3 * len(text)


@pytest.mark.parametrize("opener", ["> ", ">", "- ", "1. ", "> - "])
def test_quotes_and_lists_nested_on_hundreds_of_lines_are_shown_as_typed(opener):
    """Each such line becomes as many elements as it opens: eight thousand characters once made a hundred thousand."""
    text = (opener * 15 + "a\n\n") * 250
    assert len(render(text)) < 6 * len(text)
    assert "<blockquote>" in render("> > > a quote in a quote in a quote")
    assert render("\n\n".join(["One", "----", "- a", "* * *"] * 60)).count("<hr>") >= 60
