"""The HTML of other programs as plain Markdown (PURE): a few marks are kept, everything else becomes text.

The HTML is first rebuilt by nh3, whose parser is a browser's and works in linear time; what comes out is well formed,
has no attributes, and is read tag by tag.
"""

from __future__ import annotations

import html
import re

import nh3

BLOCKS = {"p", "div", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "section"}
MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "s": "~~", "del": "~~"}
KEPT = {*BLOCKS, *MARKS, "br", "hr", "li", "pre", "tr", "td", "th", "img"}
MOST_HTML = 30_000  # characters of one field; more is cut
MOST_TAGS = 1_000  # of one field: a browser's parser takes quadratic time for deep nesting
PIECE = re.compile(r"<(/?)([a-z0-9]+)[^>]*>|([^<]+)")
SOUND = re.compile(r"\[sound:[^\]]{0,300}\]")
PICTURE = re.compile(r"<(?:img|svg|image|object|video)\b", re.IGNORECASE)
SPECIAL = re.compile(r"[\\`*]|(?<![^\W_])_|_(?![^\W_])")
HEADING_OR_QUOTE = re.compile(r"#{1,6}\s|>")
ANY_TAG = re.compile(r"<[^<>]*>")


def media_in(source: str) -> str:
    """What the text shows or plays besides: "picture", "sound", "picture and sound", or ""."""
    kinds = {"picture": PICTURE, "sound": SOUND}
    return " and ".join(kind for kind, pattern in kinds.items() if pattern.search(source))


def markdown_of(source: str) -> str:
    """Markdown that shows what the HTML showed: paragraphs, lists, strong, emphasis, code. Pictures and sounds go."""
    return _written(source, _Writer())


def text_of(source: str) -> str:
    """The same lines without marks, for what is shown as it is."""
    return _written(source, _PlainWriter())


def _written(source: str, writer: _Writer) -> str:
    source = SOUND.sub(" ", source[:MOST_HTML])
    if source.count("<") > MOST_TAGS:
        source = ANY_TAG.sub(" ", source)[: MOST_TAGS * 20].replace("<", " ")
    cleaned = nh3.clean(source, tags=KEPT, attributes={}, link_rel=None)
    for closing, tag, text in PIECE.findall(cleaned):
        if text:
            writer.text(html.unescape(text))
        elif closing:
            writer.end(tag)
        else:
            writer.start(tag)
    return writer.result()


class _Writer:
    marks = MARKS

    def __init__(self) -> None:
        self.lines: list[str] = [""]
        self.numbers: list[int | None] = []  # of the lists that are open: None for one without numbers
        self.is_code = False
        self.inline = 0  # <code> that is open

    def text(self, text: str) -> None:
        if self.is_code:
            first, *rest = text.split("\n")
            self.lines[-1] += first
            self.lines.extend(rest)
            return
        plain = re.sub(r"\s+", " ", text)
        if not self.lines[-1].strip():
            plain = plain.lstrip()
            self.lines[-1] += "\\" if HEADING_OR_QUOTE.match(plain) and self.marks else ""
        is_literal = self.inline or not self.marks
        self.lines[-1] += plain if is_literal else SPECIAL.sub(r"\\\g<0>", plain)

    def start(self, tag: str) -> None:
        if tag in MARKS:
            self.lines[-1] += "" if self.is_code else self.marks.get(tag, "")
            self.inline += tag == "code"
        elif tag == "br":
            self.lines.append("")
        elif tag == "hr":
            self._paragraph()
        elif tag == "pre":
            self._paragraph()
            self.lines.extend(["```", ""])
            self.is_code = True
        elif tag == "li":
            self._item()
        elif tag in {"td", "th"}:
            self.lines[-1] += " | " if self.lines[-1].strip() else ""
        elif tag == "tr":
            self._line()
        elif tag in BLOCKS:
            self._paragraph()
            if tag in {"ul", "ol"}:
                self.numbers.append(0 if tag == "ol" else None)

    def end(self, tag: str) -> None:
        if tag in MARKS:
            self.lines[-1] += "" if self.is_code else self.marks.get(tag, "")
            self.inline -= tag == "code"
        elif tag == "pre":
            self.lines.extend(["```", ""])
            self.is_code = False
        elif tag in BLOCKS:
            if tag in {"ul", "ol"} and self.numbers:
                self.numbers.pop()
            self._paragraph()

    def _item(self) -> None:
        self._line()
        depth = max(len(self.numbers) - 1, 0)
        number = self.numbers[-1] if self.numbers else None
        if number is not None:
            self.numbers[-1] = number + 1
        self.lines[-1] = "   " * min(depth, 5) + ("- " if number is None else f"{number + 1}. ")

    def _line(self) -> None:
        if self.lines[-1].strip():
            self.lines.append("")

    def _paragraph(self) -> None:
        self._line()
        if len(self.lines) > 1 and self.lines[-2]:
            self.lines.append("")

    def result(self) -> str:
        text = "\n".join(line.rstrip() for line in self.lines)
        text = re.sub(r"\*\*\s*\*\*|~~\s*~~", "", text)  # marks around nothing
        return re.sub(r"\n{3,}", "\n\n", text).strip()


class _PlainWriter(_Writer):
    marks = {}
