#!/usr/bin/env python3
"""How long from an event's arrival to a channel, and what it costs: `trailbell run` under a steady load.

    scripts/measure-run.py [--rates 1,2000] [--seconds 60] [--told 0.01]

Events are posted to the HTTP source at each rate (in deliveries of up to twenty, as a queue would); the told ones must reach a
webhook on loopback. Latency is from the moment a delivery is sent to the moment the webhook has the notice; it contains reading,
rules, the ledger's fsync, composing and sending. CPU is the process's own, user and system. Prints p50, p99, the worst,
and how many were lost, which must be none. Needs Python 3; takes nothing from PyPI but what the kill test takes.
"""

import argparse
import json
import os
import pathlib
import random
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
from support.sinks import WebhookSink, event_ids  # noqa: E402

BATCH = 20


def cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measure(trailbell: str, rate: float, seconds: float, share: float) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        hook_port, http_port = free_port(), free_port()
        (folder / "trailbell.yaml").write_text(f"""
timezone: UTC
sources: {{ door: {{ type: http, listen: '127.0.0.1:{http_port}', secret: '${{DOOR_SECRET}}' }} }}
channels: {{ hook: {{ type: webhook, url: 'http://127.0.0.1:{hook_port}/' }} }}
delivery: {{ learning: off, all_is_well: off }}
ledger: {{ path: {folder}/trailbell.db }}
listen: off
""")
        environment = {**os.environ, "DOOR_SECRET": "a-secret-of-this-measurement"}
        chance = random.Random(1)
        arrived: dict[str, float] = {}
        sent: dict[str, float] = {}
        with WebhookSink(hook_port) as hook, (folder / "log").open("wb") as log:
            hook.on_taken = lambda body: [arrived.setdefault(one, time.monotonic()) for one in event_ids(body) if one]
            process = subprocess.Popen([trailbell, "-c", f"{folder}/trailbell.yaml", "run"], stdout=log, stderr=log, env=environment)
            until("the door open", lambda: b"door: listening" in (folder / "log").read_bytes(), 30)

            def post(events: list[dict]) -> None:
                body = json.dumps({"Records": events}).encode()
                request = urllib.request.Request(f"http://127.0.0.1:{http_port}/", body, {"x-trailbell-secret": "a-secret-of-this-measurement"})
                urllib.request.urlopen(request, timeout=30).read()

            number, begin, before = 0, time.monotonic(), cpu_seconds(process.pid)
            posting: list[threading.Thread] = []
            batch = min(BATCH, max(1, int(rate)))
            while (due := number / rate) < seconds:
                time.sleep(max(0.0, begin + due - time.monotonic()))
                events = []
                for _ in range(batch):
                    told = rate <= 1 or chance.random() < share
                    events.append(event(number, told, time.time()))
                    if told:
                        sent[events[-1]["eventID"]] = time.monotonic()
                    number += 1
                posting.append(threading.Thread(target=post, args=[events]))
                posting[-1].start()
            took = time.monotonic() - begin
            for thread in posting:
                thread.join()
            until("every notice sent", lambda: len(arrived) >= len(sent), 60)
            used, peak = cpu_seconds(process.pid) - before, peak_megabytes(process.pid)
            process.send_signal(signal.SIGTERM)
            process.wait()
        delays = sorted(arrived[one] - sent[one] for one in sent)
        at = lambda share: 1000 * delays[min(len(delays) - 1, int(share * len(delays)))]  # noqa: E731
        print(f"{number / took:7.0f} events/s for {took:.0f} s, {len(sent)} told: p50 {at(0.5):.0f} ms, p99 {at(0.99):.0f} ms, "
              f"worst {at(1):.0f} ms; CPU {100 * used / took:.1f} % of one core; peak {peak:.0f} MB; lost {len(set(sent) - set(arrived))}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rates", default="1,2000")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--told", type=float, default=0.01)
    options = arguments.parse_args()
    trailbell = program()
    for rate in options.rates.split(","):
        measure(trailbell, float(rate), options.seconds, options.told)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
