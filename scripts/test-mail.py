#!/usr/bin/env python3
"""Reads back what `trailbell run` mails: aiosmtpd takes it, in both languages, text and HTML.

    scripts/test-mail.py

The invented week of `samples/` goes through a folder to two mail channels. Every notice must come to both, in two languages, as text and
as HTML that say the same; with the headers that keep machines from answering, a Message-ID of its own, and the changes of a
console session in the thread of its sign-in. Needs Python 3; takes aiosmtpd from PyPI.
"""

import email
import email.policy
import html
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from support.tools import ROOT, free_port, program, until, with_packages

with_packages("sinks", ["aiosmtpd==1.4.6"])
from support.sinks import MailSink  # noqa: E402


def check(what: str, holds: bool) -> None:
    if not holds:
        sys.exit(f"not so: {what}")


def words(text: str) -> str:
    """Text without what HTML and line breaks make of it."""
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<(style|title)>.*?</\1>|<[^>]+>", "", text, flags=re.S)))


def main() -> None:
    trailbell = program()
    with tempfile.TemporaryDirectory() as place:
        folder, port = pathlib.Path(place), free_port()
        channels = "\n".join(
            f"  {lang}: {{ type: email, server: 'smtp://127.0.0.1:{port}', from: trailbell@example.com, to: [{lang}@example.com], language: {lang}, minimum_severity: high }}"
            for lang in ("en", "ja")
        )
        (folder / "trailbell.yaml").write_text(f"""
timezone: Asia/Tokyo
verification_phrase: three cats on a tin roof
sources: {{ drop: {{ type: folder, path: {ROOT}/samples, every: 1s }} }}
channels:
{channels}
delivery: {{ learning: off, all_is_well: off, group: 1s }}
ledger: {{ path: {folder}/trailbell.db }}
listen: off
""")
        command = [trailbell, "--config", f"{folder}/trailbell.yaml", "--quiet"]
        with MailSink(port) as sink, (folder / "log").open("wb") as log:
            process = subprocess.Popen([*command, "run"], stdout=log, stderr=log)

            def waiting() -> bool:
                out = subprocess.run([*command, "deliveries", "--output", "json", "--limit", "1000"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
                states = [json.loads(line)["state"] for line in out.splitlines()]
                return len(states) > 10 and "waiting" not in states

            until("every mail sent", waiting, 300, 0.5)
            process.send_signal(signal.SIGTERM)
            check("it ended well", process.wait(timeout=30) == 0)

        by_lang: dict[str, dict[str, email.message.EmailMessage]] = {"en": {}, "ja": {}}
        for identity, content in sink.taken:
            message = email.message_from_bytes(content, policy=email.policy.default)
            lang = message["To"].split("@")[0]
            check(f"{identity} came once", identity not in by_lang[lang])
            by_lang[lang][identity] = message
            text, page = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
            check("it says who it is from", message["From"] == "trailbell <trailbell@example.com>")
            check("machines leave it alone", (message["Auto-Submitted"], message["Precedence"]) == ("auto-generated", "list"))
            check("it stands in a thread, or alone", message["References"] == message["In-Reply-To"] != identity)
            check("it is in its language", message["Content-Language"] == lang)
            headline = text.splitlines()[0]
            headline = re.sub(r"^[A-Z]+: |^【.*?】", "", headline)
            check(f"the HTML has the sentence of the text: {headline}", words(headline) in words(page))
            check("it has the owner's phrase twice", all("three cats on a tin roof" in part for part in (text, page)))
            check("no remote thing is in it", not re.search(r"<(img|script|link|iframe)\b|src=", page))
        check("both got the same number", len(by_lang["en"]) == len(by_lang["ja"]) > 5)
        texts = {lang: [m.get_body(("plain",)).get_content() for m in mails.values()] for lang, mails in by_lang.items()}
        check("English is English", any("blog-backup attached AdministratorAccess to svc-monitoring" in text for text in texts["en"]))
        check("Japanese is Japanese", any("blog-backup が svc-monitoring に AdministratorAccess をアタッチしました" in text for text in texts["ja"]))
        threads = {lang: len({m["References"] for m in mails.values()}) for lang, mails in by_lang.items()}
        check("threads gather", threads["en"] == threads["ja"] < len(by_lang["en"]))
        print(f"{len(sink.taken)} mails read back, {len(by_lang['en'])} in each language, in {threads['en']} threads")


if __name__ == "__main__":
    main()
