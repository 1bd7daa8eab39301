"""Markdown from people and from files to HTML that is safe to show: no raw HTML, no images from elsewhere.

What a page may cost is bounded: a text with more markup than `MOST_*` is shown as it was typed, in paragraphs.
Nesting is bounded by the parser (20 levels in its CommonMark preset).
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

TAGS = {
    *(
        "p",
        "br",
        "hr",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "ul",
        "ol",
        "li",
        "pre",
        "code",
    ),
    *("strong", "em", "s", "a", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
    "ol": {"start"},
    "th": {"align"},
    "td": {"align"},
}
LANGUAGE = re.compile(r"language-[A-Za-z0-9_+#-]{1,30}")
ALIGNMENT = re.compile(r"text-align:(left|center|right)")
# No dots at the start of a part and no percent signs: browsers read `%2e%2e` as the folder above.
OWN_IMAGE = re.compile(r"/static(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
MOST_LINES = 2_500
MOST_MARKS = 6_000
MOST_CELLS = 2_000
MOST_LINKS = 2_000
MOST_DEEP = 40  # lines that open four or more quotes or lists at once: each becomes as many elements
DEEP = re.compile(r"^[ \t]*(?:>[ \t]*|(?:[-+*]|\d{1,9}[.)])[ \t]+){4}", re.MULTILINE)
MARKS = re.compile(r"[\\`*_~\[\]<!&]")
LINKS = re.compile(r"\]\(|<[A-Za-z]")
BLANK = re.compile(r"\n(?:[ \t]*\n)+")
BLANK_OR_QUOTED = re.compile(r"\n(?:[ \t>]*\n)+")
# The row under a table's head, in quotes and lists too.
DELIMITERS = re.compile(r"^(?=[^\n]*\|)[ \t>]*[-:|][-:|\t ]*$", re.MULTILINE)
COLUMN = re.compile(r"[-:]+")
KEPT_CHARACTERS = 4_000_000


def render(text: str) -> SafeString:
    """HTML for CommonMark with tables. Headings start at h2, since the page has its own h1."""
    key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    html = _shelf.get(key)
    if html is None:
        html = _render(text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n"))
        _shelf.put(key, html)
    return html


def _render(text: str) -> SafeString:
    if _is_too_much(text):
        return _as_typed(text)
    html = _parser().render(text)
    return SafeString(
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            attribute_filter=_keep,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener nofollow",
        )
    )


def _is_too_much(text: str) -> bool:
    return (
        text.count("\n") > MOST_LINES
        or len(MARKS.findall(text)) > MOST_MARKS
        or len(LINKS.findall(text)) > MOST_LINKS
        or _cells(text) > MOST_CELLS
        or len(DEEP.findall(text)) > MOST_DEEP
    )


def _cells(text: str) -> int:
    """At least as many cells as the tables of the text will have: short rows are filled up to the widest head."""
    cells = 0
    for block in BLANK_OR_QUOTED.split(text):
        if rows := DELIMITERS.findall(block):
            cells += (block.count("\n") + 1) * max(len(COLUMN.findall(row)) for row in rows)
    return cells


def _as_typed(text: str) -> SafeString:
    paragraphs = (part.strip("\n") for part in BLANK.split(text))
    return SafeString("".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>\n" for part in paragraphs if part))


class _Shelf:
    """The HTML of the texts that were shown last, by their hash: `KEPT_CHARACTERS` of it in each process."""

    def __init__(self) -> None:
        self._rows: OrderedDict[bytes, SafeString] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: bytes) -> SafeString | None:
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
            return self._rows.get(key)

    def put(self, key: bytes, html: SafeString) -> None:
        if len(html) > KEPT_CHARACTERS // 8:
            return  # one huge page must not push all others out
        with self._lock:
            self._size += len(html) - len(self._rows.pop(key, ""))
            self._rows[key] = html
            while self._size > KEPT_CHARACTERS:
                self._size -= len(self._rows.popitem(last=False)[1])


_shelf = _Shelf()


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Each use of a definition repeats its whole address: 46 kB of text would become 55 MB of page.
    parser.disable("reference")
    parser.add_render_rule("image", _image)
    parser.core.ruler.push("for_this_site", _adapt)
    return parser


def _adapt(state: Any) -> None:
    """Moves headings one level down; turns the table cells' style, which our CSP forbids, into `align`."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
        style = token.attrs.pop("style", None)
        if style and (found := ALIGNMENT.fullmatch(str(style))):
            token.attrs["align"] = found.group(1)


def _image(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """The site's own pictures; of any other only the description, so that no request leaves the page."""
    token = tokens[index]
    alt = self.renderInlineAsText(token.children or [], options, env)
    source = str(token.attrs.get("src", ""))
    if not OWN_IMAGE.fullmatch(source):
        return escape(f"[picture: {alt or 'without description'}]")
    return f'<img src="{escape(source)}" alt="{escape(alt)}">'


def _keep(tag: str, attribute: str, value: str) -> str | None:
    if tag == "code" and not LANGUAGE.fullmatch(value):
        return None
    if tag == "img" and attribute == "src" and not OWN_IMAGE.fullmatch(value):
        return None
    return value
