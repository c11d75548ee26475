#!/usr/bin/env python3
"""The report (`scan --report`) as Debian's Chromium shows it: on a phone and a desk, in light and dark, in both languages, and on paper.

    scripts/check-report.py [--keep-docs]

Makes the report of samples/, and one of nothing, and one of a log in which every name is long or hostile. Each page is opened with scripts switched off and
looked at: nothing runs over the edge, nothing is fetched, the picture is not blank, dark is darker than light, notices open by the
keyboard, every text has the contrast of WCAG's AA against what is really behind it (measured here, and by axe-core, whose other rules are asked
too), and a printed page says what to do about grave notices though nobody opened them. Screenshots are in target/report/. `--keep-docs`
also renews the pictures in docs/.

What is missing is installed where that can be done (apt-get as root; Playwright and axe-core from PyPI into target/); else the script
fails and says what to install. It never skips.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

from support.tools import ROOT, debian, program, with_packages

with_packages("browser", ["playwright==1.65.2", "axe-playwright-python==0.1.8", "pillow==12.1.0", "pypdf==6.4.0"])
from axe_playwright_python.base import AXE_FILE_PATH  # noqa: E402
from PIL import Image, ImageStat  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from pypdf import PdfReader  # noqa: E402

OUT = ROOT / "target" / "report"
SCREENS = {"phone": (390, 844), "desk": (1280, 900)}
DEBIAN = ["chromium", "fonts-noto-cjk"]

# Of every element with text of its own: its colour, and the first opaque ground behind it.
CONTRASTS = """() => {
  const parse = text => { const n = text.match(/[\\d.]+/g).map(Number); return {rgb: n.slice(0, 3), alpha: n.length > 3 ? n[3] : 1}; };
  const light = rgb => { const [r, g, b] = rgb.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const worst = new Map();
  let texts = 0;
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest('.unseen')) continue;
    const style = getComputedStyle(element);
    const ink = parse(element.namespaceURI.endsWith('svg') ? style.fill : style.color);
    let behind = element, ground;
    for (; behind; behind = behind.parentElement) {
      const colour = parse(getComputedStyle(behind).backgroundColor);
      if (colour.alpha === 1) { ground = colour; break; }
      if (colour.alpha > 0) throw new Error('half a ground behind ' + element.outerHTML);
    }
    const [one, other] = [light(ink.rgb), light(ground.rgb)].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    texts += 1;
    const name = element.tagName.toLowerCase() + '.' + (element.getAttribute('class') || '');
    if (!(worst.get(name) < contrast)) worst.set(name, contrast);
  }
  return {texts, worst: [...worst].sort((a, b) => a[1] - b[1]).slice(0, 5)};
}"""

# What stands out to the right of the screen, though it is to be seen.
OVERFLOW = """() => ({
  page: document.documentElement.scrollWidth, screen: document.documentElement.clientWidth,
  out: [...document.body.querySelectorAll('*')].filter(e => e.checkVisibility() && !e.closest('.unseen') && !e.closest('svg'))
    .map(e => [e.getBoundingClientRect().right, e.outerHTML.slice(0, 120)]).filter(([right]) => right > document.documentElement.clientWidth + 0.5).slice(0, 3),
  clipped: [...document.querySelectorAll('h1,h2,h3,h4,p,dd,td,th,li,code,.badge')].filter(e => e.checkVisibility() && !e.closest('.unseen') && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
    .map(e => e.outerHTML.slice(0, 120)).slice(0, 3),
})"""


def check(what: str, holds: bool, seen=None) -> None:
    if not holds:
        sys.exit(f"NOT: {what}; seen: {str(seen)[:1500]}")


def chromium() -> str:
    """Debian's Chromium, with letters for Japanese; installed where that can be done."""
    def there() -> bool:
        return bool(shutil.which("chromium")) and "Noto Sans CJK JP" in subprocess.run(["fc-list"], capture_output=True, text=True).stdout
    debian(there, "Chromium and Noto's CJK fonts", DEBIAN)
    return shutil.which("chromium")


def hostile_log() -> str:
    """Names that are long, hostile, or without a place to break."""
    names = ["x" * 400, "<script>document.title='alive'</script>", "\"><img src=https://evil.example/x onerror=alert(1)>", "あ" * 300, "a-b." * 80]
    records = [
        {
            "eventVersion": "1.11", "eventTime": f"2026-11-{day + 1:02}T{day % 24:02}:30:00Z", "eventSource": "iam.amazonaws.com", "eventName": "AttachUserPolicy",
            "awsRegion": "us-east-1", "sourceIPAddress": name, "userAgent": name, "eventID": f"{day}-{name}", "eventType": "AwsApiCall", "readOnly": False,
            "recipientAccountId": "123456789012", "userIdentity": {"type": "IAMUser", "userName": name, "principalId": f"AIDA{day}", "accountId": "123456789012"},
            "requestParameters": {"userName": name, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, "responseElements": None,
        }
        for day, name in enumerate(names * 5)
    ]
    return json.dumps({"Records": records})


def reports() -> dict[str, pathlib.Path]:
    """The pages, made by the program."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    (OUT / "hostile.json").write_text(hostile_log())
    (OUT / "nothing.json").write_text('{"Records": []}')
    pages = {}
    for name, source, more in (("samples", ROOT / "samples", 0), ("hostile", OUT / "hostile.json", 0), ("nothing", OUT / "nothing.json", 0)):
        for lang in ("en", "ja"):
            page = OUT / f"{name}.{lang}.html"
            run = subprocess.run(
                [program(), "scan", source, "--report", page, "--lang", lang, "--timezone", "Asia/Tokyo", "--quiet", "--output", "json"],
                cwd=OUT, capture_output=True, text=True,
            )
            check(f"{page.name} is made", run.returncode == more, (run.returncode, run.stderr))
            check(f"{page.name} is its owner's alone", page.stat().st_mode & 0o777 == 0o600, oct(page.stat().st_mode))
            pages[f"{name}.{lang}"] = page
    return pages


def brightness(picture: pathlib.Path) -> float:
    with Image.open(picture) as image:
        grey = image.convert("L")
        spread = ImageStat.Stat(grey)
        check(f"{picture.name} is not blank", spread.stddev[0] > 8 and len(grey.resize((200, 200)).getcolors()) > 20, spread.stddev)
        return spread.mean[0]


def looked_at(browser, name: str, page_file: pathlib.Path, screen: str, scheme: str) -> float:
    """Opens one page on one screen, takes its picture without scripts, then measures. How bright it is."""
    width, height = SCREENS[screen]
    picture = OUT / f"{name}-{screen}-{scheme}.png"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=False)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    page.screenshot(path=picture, full_page=True)
    check(f"{name} fetches nothing", asked == [page_file.as_uri()], asked)
    context.close()
    # For measuring, scripts of ours are let in; the page has none.
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page_file.as_uri())
    lang = name.rsplit(".", 1)[1]
    check(f"{name} says its language", page.evaluate("document.documentElement.lang") == lang)
    check(f"{name} has no script", page.evaluate("document.scripts.length") == 0 and "alive" not in page.title(), page.title())
    where = f"{name} on a {screen}, {scheme}"
    for opened in (False, True):
        if opened:
            page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
        wide = page.evaluate(OVERFLOW)
        check(f"{where}: nothing runs over the edge", wide["page"] <= wide["screen"] and not wide["out"] and not wide["clipped"], wide)
        contrast = page.evaluate(CONTRASTS)
        least = contrast["worst"][0]
        check(f"{where}: every text can be read (contrast 4.5)", contrast["texts"] > 30 and least[1] >= 4.5, contrast)
    page.add_script_tag(path=AXE_FILE_PATH)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})")
    violations = [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:2]]) for one in found["violations"]]
    check(f"{where}: axe-core finds nothing", not violations, violations)
    check(f"{where}: axe-core looked", len(found["passes"]) > 15, len(found["passes"]))
    check(f"{name} says nothing on the console", errors == [], errors)
    context.close()
    print(f"  {where}: least contrast {least[1]:.2f} ({least[0]}), {contrast['texts']} texts", flush=True)
    return brightness(picture)


def by_keyboard(browser, page_file: pathlib.Path) -> None:
    """A notice opens by Tab and Enter, without scripts."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    first = page.locator(".notice > summary").first
    first.focus()
    check("what to do is hidden first", not page.locator(".notice .more").first.is_visible())
    page.keyboard.press("Enter")
    check("Enter opens a notice", page.locator(".notice .more").first.is_visible())
    page.screenshot(path=OUT / "opened.png")
    page.keyboard.press("Tab")
    context.close()


def on_paper(browser, page_file: pathlib.Path) -> None:
    """Printed in dark mode it is still black on white, with the advice of grave notices and without that of others."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.emulate_media(media="print")
    check("paper is white", page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)")
    paper = OUT / "samples.en.pdf"
    page.pdf(path=paper, format="A4", print_background=True, prefer_css_page_size=True)
    context.close()
    reader = PdfReader(paper)
    text = re.sub(r"\s+", "", "".join(sheet.extract_text() for sheet in reader.pages))
    # Of a critical notice, and of a low one.
    check("the advice of grave notices is printed", "stopblogbackup" in text.replace("-", "").lower(), text[:300])
    opened, folded = text.count("Ifnot:"), page_file.read_text().count("If not:")
    check("that of the others is not", 0 < opened < folded, (opened, folded))
    print(f"  on paper: {len(reader.pages)} sheets, the advice of {opened} of {folded} notices")


def pictures(browser, pages: dict[str, pathlib.Path]) -> None:
    """For the READMEs."""
    for lang, name in (("en", "report.png"), ("ja", "report.ja.png")):
        context = browser.new_context(viewport={"width": 1120, "height": 1195}, java_script_enabled=False)
        page = context.new_page()
        page.goto(pages[f"samples.{lang}"].as_uri())
        page.screenshot(path=ROOT / "docs" / name)
        context.close()
        with Image.open(ROOT / "docs" / name) as image:
            image.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(ROOT / "docs" / name, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep-docs", action="store_true", help="renew docs/report.png and docs/report.ja.png")
    arguments = parser.parse_args()
    executable = chromium()
    pages = reports()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for name, page_file in pages.items():
            for screen in SCREENS:
                light, dark = (looked_at(browser, name, page_file, screen, scheme) for scheme in ("light", "dark"))
                check(f"{name} on a {screen}: dark is much darker than light", light > 180 and dark < 80, (light, dark))
        by_keyboard(browser, pages["samples.en"])
        on_paper(browser, pages["samples.en"])
        if arguments.keep_docs:
            pictures(browser, pages)
        browser.close()
    print(f"  {len(pages)} reports, on {len(SCREENS)} screens, in light and dark; pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
