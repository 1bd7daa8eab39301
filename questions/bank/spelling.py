"""American spelling read as the bank's British one (PURE), so that either finds the same questions."""

from __future__ import annotations

import re

# Quantization, analyze, behavior. What only looks like them (resize) changes on both sides alike.
ENDINGS = (
    (re.compile(r"(?<=[a-z]{3})iz(?=(?:e|es|ed|er|ers|ing|ation|ations|ational)\b)", re.IGNORECASE), "is"),
    (re.compile(r"(?<=[a-z]{3})yz(?=(?:e|es|ed|er|ers|ing)\b)", re.IGNORECASE), "ys"),
    (re.compile(r"\b(behavi|col|fav|lab|hon)or(?=(?:s|al|ed|ing|able|ite|ites)?\b)", re.IGNORECASE), r"\1our"),
)


def british(text: str) -> str:
    for ending, other in ENDINGS:
        text = ending.sub(other, text)
    return text
