"""Takes the pictures of the landing page and the README from a running site with the demo account.

.venv/bin/python -m tests.e2e.pictures http://localhost:8000 demo@example.org PASSWORD
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from prep import browser as chromium
from tests.e2e.conftest import FLAGS
from tests.e2e.people import log_in

ROOT = Path(__file__).resolve().parents[2]
LANDING = ROOT / "static" / "img" / "landing"
README = ROOT / "docs" / "img" / "coaching.png"
QUESTION = "/questions/rag-chunking-strategies/"
ANSWER = (
    "I would split along the structure of the document first: headings, paragraphs and code blocks, so that each chunk "
    "holds one complete idea. Then I cap the size at around 300 to 500 tokens and let chunks overlap by maybe 10 %, "
    "because a sentence at the border loses its context otherwise.\n\n"
    "Then I would measure it. I keep a labelled set of 150 questions with the passage that answers each, and compare "
    "strategies by recall of that evidence at the same token budget. Small chunks match precisely but lose context, "
    "large ones blur the embedding.\n\n"
    "A new splitter means embedding everything again, so I store its version and build the new index beside the "
    "old one."
)
TO_WEBP = """async png => {
    const picture = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext('2d').drawImage(picture, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({type: 'image/webp', quality: .86})).arrayBuffer());
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
}"""


def keep(page: Page, name: str) -> bytes:
    """The visible page as WebP under static/img/landing; its PNG bytes."""
    png = page.screenshot()
    blank = page.context.new_page()
    webp = blank.evaluate(TO_WEBP, base64.b64encode(png).decode())
    blank.close()
    (LANDING / f"{name}.webp").write_bytes(base64.b64decode(webp))
    return png


def take(browser: Browser, url: str, email: str, password: str, scheme: str) -> None:
    context = browser.new_context(base_url=url, color_scheme=scheme, viewport={"width": 1280, "height": 800})  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, email, password)
    page.goto("/")
    keep(page, f"today-{scheme}")
    page.goto("/questions/?q=retrieval+misses+exact+product+codes")
    keep(page, f"bank-{scheme}")
    page.goto(QUESTION)
    page.fill("#id_text", ANSWER.partition("\n\n")[0])
    page.wait_for_timeout(2500)
    keep(page, f"answer-{scheme}")
    page.fill("#id_text", ANSWER)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")
    page.wait_for_selector("#coaching:not([hx-trigger])")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_timeout(500)
    png = keep(page, f"coaching-{scheme}")
    if scheme == "light":
        README.parent.mkdir(exist_ok=True)
        README.write_bytes(png)
    page.locator("#coaching blockquote").first.evaluate("quote => quote.closest('li').scrollIntoView({block: 'start'})")
    page.mouse.wheel(0, -90)
    page.wait_for_timeout(500)
    keep(page, f"points-{scheme}")
    context.close()


def main() -> None:
    url, email, password = sys.argv[1:4]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=FLAGS)
        for scheme in ("light", "dark"):
            take(browser, url, email, password, scheme)
        browser.close()


if __name__ == "__main__":
    main()
