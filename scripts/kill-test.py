#!/usr/bin/env python3
"""Kills `trailbell run` at random and counts what was lost and what was told twice.

    scripts/kill-test.py [--events 10000] [--told 500] [--kills 200] [--seed 1]

Events arrive in a folder, and the same ones again over HTTP, while the process is killed (SIGKILL) again and again; mail and a webhook
take the notices, and misbehave meanwhile (4xx, 5xx, 429, 500, hanging, connections cut in the middle of a mail); for the first
three quarters the ledger is as small as it may be, and full before long. At the end every event that is to be told must be in the ledger as exactly one notice, and each notice must have come through each
channel at least once; copies of one carry the same Message-ID and webhook-id. Needs Python 3; takes aiosmtpd from PyPI.
"""

import argparse
import collections
import email
import email.policy
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from support.tools import free_port, program, until, with_packages

with_packages("sinks", ["aiosmtpd==1.4.6"])
from support.events import event  # noqa: E402
from support.sinks import MailSink, WebhookSink, event_ids  # noqa: E402

def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--events", type=int, default=10_000)
    arguments.add_argument("--told", type=int, default=500)
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    chance = random.Random(options.seed)
    trailbell = program()
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        drop = folder / "drop"
        drop.mkdir()
        mail_port, hook_port, http_port = free_port(), free_port(), free_port()

        def configure(ledger: str) -> None:
            (folder / "trailbell.yaml").write_text(f"""
language: en
timezone: UTC
sources:
  drop: {{ type: folder, path: {drop}, every: 1s }}
  door: {{ type: http, listen: '127.0.0.1:{http_port}', secret: '${{DOOR_SECRET}}' }}
channels:
  mail: {{ type: email, to: [owner@example.com], from: trailbell@example.com, server: 'smtp://127.0.0.1:{mail_port}' }}
  hook: {{ type: webhook, url: 'http://127.0.0.1:{hook_port}/hook', language: ja }}
delivery: {{ learning: off, all_is_well: off }}
ledger: {{ path: {folder}/trailbell.db{ledger} }}
listen: off
""")
        os.environ["DOOR_SECRET"] = "a-secret-of-this-test"
        # As small as it may be: it is full long before the events are.
        configure(", max_size: 1M")
        command = [trailbell, "--config", f"{folder}/trailbell.yaml", "--quiet"]
        loud = command[:-1]
        told = set(chance.sample(range(options.events), options.told))
        start = time.time() - 600
        events = [event(number, number in told, start + number * 500 / options.events) for number in range(options.events)]
        wanted = {events[number]["eventID"] for number in told}
        files = [events[i::options.kills] for i in range(options.kills)]
        log = (folder / "log").open("ab")

        def put(index: int) -> None:
            text = json.dumps({"Records": files[index]})
            (drop / f"{index:05d}.json.tmp").write_text(text)
            (drop / f"{index:05d}.json.tmp").rename(drop / f"{index:05d}.json")
            post(text)

        def post(text: str) -> None:
            request = urllib.request.Request(f"http://127.0.0.1:{http_port}/", text.encode(), {"x-trailbell-secret": "a-secret-of-this-test"})
            try:
                urllib.request.urlopen(request, timeout=10).read()
            except OSError:
                pass  # it was killed; the folder has the same events

        with MailSink(mail_port) as mail, WebhookSink(hook_port) as hook:
            mail.moods = {"busy": 0.02, "hang": 0.005, "broken": 0.02, "drop": 0.02, "refuse": 0.02}
            hook.moods = {"busy": 0.02, "hang": 0.005, "broken": 0.04}
            began = time.monotonic()
            was_full = False
            for kill in range(options.kills):
                if kill == options.kills * 3 // 4:
                    was_full = b"no room left for the ledger" in (folder / "log").read_bytes()
                    configure("")
                process = subprocess.Popen([*loud, "run"], stdout=log, stderr=log)
                feeder = threading.Thread(target=put, args=[kill])
                time.sleep(chance.uniform(0.0, 0.25))
                feeder.start()
                time.sleep(chance.uniform(0.0, 0.5))
                if process.poll() is not None:
                    sys.exit(f"it ended by itself:\n{(folder / 'log').read_text()[-2000:]}")
                process.send_signal(signal.SIGKILL)
                process.wait()
                feeder.join()
            print(f"{options.kills} kills in {time.monotonic() - began:.0f} s; {len(mail.taken)} mails and {len(hook.taken)} webhooks taken so far")
            if not was_full:
                sys.exit("the ledger was never full: this tested less than it says")
            mail.moods = hook.moods = {}

            def listed(*words: str) -> list[dict]:
                out = subprocess.run([*command, *words, "--output", "json"], check=True, stdout=subprocess.PIPE, text=True).stdout
                return [json.loads(line) for line in out.splitlines()]

            process = subprocess.Popen([*command, "run"], stdout=log, stderr=log)
            until("every notice in the ledger", lambda: len(listed("timeline", "--limit", "100000")) >= options.told, 120, 1)
            refused = len(listed("deliveries", "--state", "dead", "--limit", "100000"))
            subprocess.run([*command, "deliveries", "retry", "--all"], check=True)
            print(f"{refused} letters that were refused for good (5xx) are tried again")
            until("every letter sent", lambda: not listed("deliveries", "--state", "waiting", "--limit", "100000"), 600, 1)
            process.send_signal(signal.SIGTERM)
            if process.wait(timeout=30) != 0:
                sys.exit(f"it did not end well:\n{(folder / 'log').read_text()[-2000:]}")

            notices = collections.Counter(notice["event_id"] for notice in listed("timeline", "--limit", "100000"))
            dead = listed("deliveries", "--state", "dead", "--limit", "100000")
        mails = collections.defaultdict(set)
        copies_of_mail = collections.Counter()
        for identity, content in mail.taken:
            text = email.message_from_bytes(content, policy=email.policy.default).get_body(("plain",)).get_content()
            for found in set(re.findall(r"00000000-0000-4000-8000-\d{12}", text)):
                mails[found].add(identity)
            copies_of_mail[identity] += 1
        hooks = collections.defaultdict(set)
        copies_of_hook = collections.Counter()
        for identity, body in hook.taken:
            for found in event_ids(body):
                hooks[found].add(identity)
            copies_of_hook[identity] += 1

        report = {
            "notices in the ledger": sum(notices.values()),
            "lost from the ledger": len(wanted - notices.keys()),
            "in the ledger twice": sum(count > 1 for count in notices.values()),
            "told without need": len(notices.keys() - wanted),
            "never mailed": len(wanted - mails.keys()),
            "mailed under two Message-IDs": sum(len(mails[one]) > 1 for one in wanted),
            "never sent to the webhook": len(wanted - hooks.keys()),
            "sent under two webhook-ids": sum(len(hooks[one]) > 1 for one in wanted),
            "given up": len(dead),
        }
        for what, count in report.items():
            print(f"{count:6} {what}")
        print(f"{sum(copies_of_mail.values()) - len(copies_of_mail):6} mails were copies, {sum(copies_of_hook.values()) - len(copies_of_hook)} webhooks (same identity)")
        if report.pop("notices in the ledger") != options.told or any(report.values()):
            sys.exit("something was lost or told twice")


if __name__ == "__main__":
    main()
