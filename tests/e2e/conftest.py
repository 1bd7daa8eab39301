"""A whole running site for the browser tests, and a Chromium that reports what a page does wrong."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from prep import browser as chromium
from tests.plant import Plant, wait_for

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all browser tests, since they share one site."""
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def site() -> Iterator[Plant]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))
    plant = Plant(folder, "site")
    try:
        plant.build()
        plant.start_web()
        plant.start_worker("cpu")
        plant.start_worker("llm")
        plant.start_beat()
        wait_for(plant.is_ready, "all parts of the site")
        yield plant
    finally:
        plant.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    path = chromium.find()
    if not path:
        pytest.skip(f"SKIPPED BROWSER TEST: {chromium.ADVICE}")
    # Playwright's loop stays current in this thread, where later tests of the same worker use the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watcher:
    """Collects what no page of ours may do: errors, CSP violations, requests to other hosts."""

    def __init__(self, context: BrowserContext, origin: str, is_cut_off: bool = False) -> None:
        self.faults: list[str] = []
        self.expected = ("status of 40", "status of 429", "net::ERR_") if is_cut_off else ("status of 40",)
        self.origin = origin
        context.on("console", self.note_console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))
        context.on("request", self.note_request)

    def note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in self.expected):
            self.faults.append(f"console: {message.text}")

    def note_request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.faults.append(f"request to elsewhere: {request.url}")


@pytest.fixture
def new_context(chrome: Browser, site: Plant) -> Iterator[Any]:
    """Makes browser contexts (separate people); each must end without a fault. `is_cut_off`: requests may get lost."""
    made: list[tuple[BrowserContext, Watcher]] = []

    def make(*, is_cut_off: bool = False, **options: Any) -> BrowserContext:
        context = chrome.new_context(base_url=site.url, **{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(20_000)
        made.append((context, Watcher(context, site.url, is_cut_off)))
        return context

    yield make
    faults = [fault for _, watcher in made for fault in watcher.faults]
    for context, _ in made:
        context.close()
    assert faults == []


@pytest.fixture
def page(new_context: Any) -> Page:
    result: Page = new_context().new_page()
    return result
