"""What a sample says wrongly is marked in its text, numbered in the order of reading, with what is true instead."""

from __future__ import annotations

from questions.browse.marking import with_errors
from questions.views.panels import samples


def wrong(quote: str) -> dict[str, str]:
    return {"quote": quote, "why": f"Not {quote}."}


def test_errors_are_numbered_as_they_are_read():
    html, errors = with_errors("First a lie.\nThen another\none here.", [wrong("another one"), wrong("a lie")])

    assert str(html).strip() == (
        '<p>First <mark class="wrong">a lie</mark><sup>1</sup>.\n'
        'Then <mark class="wrong">another\none</mark><sup>2</sup> here.</p>'
    )
    assert [error["quote"] for error in errors] == ["a lie", "another one"]


def test_a_quote_that_cuts_through_markup_is_listed_last_and_not_marked():
    html, errors = with_errors("So `a b` is c.\n\nNo **d e** either, f.", [wrong("b` is"), wrong("f"), wrong("e**")])

    assert str(html).count("<mark") == 1
    assert '<mark class="wrong">f</mark><sup>1</sup>' in html
    assert [error["quote"] for error in errors] == ["f", "b` is", "e**"]


def test_markup_inside_a_quote_stays_and_raw_html_does_not_run():
    html, _ = with_errors("Use `x` <script>alert(1)</script> now.", [wrong("`x` <script>alert(1)</script>")])

    assert '<mark class="wrong"><code>x</code> &lt;script&gt;' in html
    assert "<script>" not in html


def test_a_page_tells_errors_of_a_sample_and_needs_none(question):
    question.samples = [
        {"grade": "weak", "wording": "everyday", "covers": [], "text": "It is red.", "errors": [wrong("is red")]},
        {"grade": "fair", "wording": "everyday", "covers": [], "text": "It is green."},
    ]

    shown = samples(question, [])

    assert [len(one["errors"]) for one in shown] == [1, 0]
    assert "<mark" in shown[0]["html"]
    assert "<mark" not in shown[1]["html"]
