"""The brief in a real browser: wide, narrow, on paper, by keyboard, and without a network."""

import shutil

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.data]

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def page(browser, graphite_page):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.requests, opened.complaints = [], []
    opened.on("request", lambda request: opened.requests.append(request.url))
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.goto(graphite_page.as_uri())
    yield opened
    context.close()


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_runs_over_the_edge(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("figure .drawing").first.bounding_box()["width"] <= width


def test_text_stays_legible_on_a_narrow_screen(page):
    page.set_viewport_size({"width": 400, "height": 900})
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('#imports p')).fontSize)")
    assert size >= 15
    scale = page.evaluate(
        "(() => { const s = document.querySelector('figure svg'); return s.getBoundingClientRect().width / s.viewBox.baseVal.width })()"
    )
    assert 12 * scale >= 9, "labels of charts, drawn at 12 px, become too small"


@pytest.mark.parametrize("width", [1280, 400])
def test_the_drawing_of_a_chain_keeps_its_letters_legible_and_scrolls_within_its_frame(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    sizes = page.evaluate(
        "[...document.querySelectorAll('figure.chain svg text')].map(t => {"
        " const s = t.ownerSVGElement; return parseFloat(getComputedStyle(t).fontSize)"
        " * s.getBoundingClientRect().width / s.viewBox.baseVal.width })"
    )
    assert len(sizes) > 10 and min(sizes) >= 8.9
    frame = page.locator("figure.chain .drawing").bounding_box()
    assert frame["x"] >= 0 and frame["x"] + frame["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_drawing_of_a_chain_opens_in_words_by_keyboard(page):
    words = page.locator("figure.chain details pre")
    assert not words.is_visible()
    page.locator("figure.chain summary").focus()
    page.keyboard.press("Enter")
    assert words.is_visible() and "Natural graphite" in words.inner_text()


def test_on_paper_the_drawing_of_a_chain_is_whole_and_not_cut(page):
    page.set_viewport_size({"width": 680, "height": 900})
    page.emulate_media(media="print")
    box = page.locator("figure.chain svg").bounding_box()
    frame = page.locator("figure.chain").bounding_box()
    assert box["width"] <= frame["width"] + 1


def test_it_asks_the_network_for_nothing_and_complains_of_nothing(page):
    assert [url for url in page.requests if not url.startswith("file:")] == []
    assert page.complaints == []


def test_the_keyboard_reaches_the_finding_first(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the finding"
    page.keyboard.press("Enter")
    assert page.url.endswith("#finding")


def test_screen_readers_find_named_figures_tables_and_regions(page):
    assert page.get_by_role("img").count() == 4
    for number in range(4):
        label = page.get_by_role("img").nth(number).get_attribute("aria-labelledby")
        assert len(page.locator(f"#{label}").text_content()) > 60
    assert page.locator("table").count() == page.locator("table > caption").count()


def test_it_prints_on_paper_without_cutting_figures(page):
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('figure')).breakInside") == "avoid"
    assert len(page.pdf(format="A4")) > 20_000


def test_contrast_of_text_is_at_least_that_of_wcag_aa(page):
    worst = page.evaluate(
        """() => {
        const lum = c => { const [r,g,b] = c.match(/[\\d.]+/g).slice(0,3).map(v => { v/=255; return v<=.03928 ? v/12.92 : ((v+.055)/1.055)**2.4 }); return .2126*r+.7152*g+.0722*b };
        const back = e => { while (e) { const b = getComputedStyle(e).backgroundColor; if (b !== 'rgba(0, 0, 0, 0)') return b; e = e.parentElement } return 'rgb(255,255,255)' };
        let worst = 21;
        for (const e of document.querySelectorAll('p, li, td, th, caption, figcaption, span, a, h1, h2')) {
          const a = lum(getComputedStyle(e).color), b = lum(back(e));
          worst = Math.min(worst, (Math.max(a,b)+.05)/(Math.min(a,b)+.05));
        }
        return worst }"""
    )
    assert worst >= 4.5
