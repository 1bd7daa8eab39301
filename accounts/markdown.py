"""Markdown from people and from files to HTML that is safe to show: no raw HTML, no images from elsewhere."""

from __future__ import annotations

import re
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
OWN_IMAGES = "/static/"


def render(text: str) -> SafeString:
    """HTML for CommonMark with tables. Headings start at h2, since the page has its own h1."""
    html = _parser().render(text.replace("\x00", ""))
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


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
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
    if not source.startswith(OWN_IMAGES):
        return escape(f"[picture: {alt or 'without description'}]")
    return f'<img src="{escape(source)}" alt="{escape(alt)}">'


def _keep(tag: str, attribute: str, value: str) -> str | None:
    if tag == "code" and not LANGUAGE.fullmatch(value):
        return None
    if tag == "img" and attribute == "src" and not value.startswith(OWN_IMAGES):
        return None
    return value
