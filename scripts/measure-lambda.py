#!/usr/bin/env python3
"""trailbell's function beside the article's Python handler, both under the Lambda Runtime API, with TLS and signing as in production.

    scripts/measure-lambda.py [--runs 10] [--sizes 1,100,1000] [--delay 0]

The article's handler is taken out of its template in ../shared/seed and runs as Lambda runs it: under AWS's own Runtime Interface Client
(`awslambdaric`) with boto3. It publishes every event of a payload as it is, and so does the same work whatever the events are. trailbell's
program is the one in its zip (scripts/build-lambda.py); it reads every event, tells what matters, and keeps a ledger, so it is measured
with three kinds of payload:

    each    every event is told, each done by somebody else: as many notices as events, none grouped
    actor   every event is told, all done by one: grouped, as most real bursts are
    mixed   one event in a hundred is told (the only one of a payload of one)

Both talk to the same stand-in for SNS, over TLS with a CA of our own beside the usual hundred and more roots; it checks every signature.
trailbell talks to DynamoDB's stand-in over TLS too; the article's handler keeps no ledger. The stand-ins answer at once, or after `--delay`
milliseconds. A measured process has one core to itself and the stand-ins have the others. Start is from the process's birth to its asking
for the first call; `first call` is the first of a process; `warm` are later calls, with events that are new, with the same pause before each
for both. Medians of RUNS fresh processes, with the least and the most. A topic is sent five messages at once and then two a second (SNS mails
an address ten times a second at most): a call that has more to tell waits, as long as it may, and leaves the rest to the clock's calls. That
is why of `each` one call only is measured; CPU time does not contain waiting.
"""

import argparse
import contextlib
import dataclasses
import io
import itertools
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
import zipfile

from support.runtime_api import Function
from support.tools import ROOT, dynamodb_stand_in, with_packages

with_packages("measure-lambda", ["awslambdaric==4.2.2", "boto3==1.44.8", "trustme==1.2.1", "certifi"])
import boto3  # noqa: E402

from support.account import CONFIGURATION, make_table  # noqa: E402
from support.emulator import client  # noqa: E402
from support.events import ACCOUNT, event  # noqa: E402
from support.payloads import logs  # noqa: E402
from support.sns_over_tls import SECRET, Certificates, SnsOverTls  # noqa: E402

SEED = ROOT.parent / "shared" / "seed" / "console-login.yaml"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"
TIMEOUT = {"article": 60.0, "trailbell": 120.0}
"""Each one's own template's."""
PACE = 0.6
"""Seconds after which a channel may be sent one message more."""
MOST_AT_ONCE = 5
"""Messages after which it is paced."""
AIMS = {"start": 0.1, "first": 0.1, "warm": 0.1, "peak": 1 / 3}
NUMBERS = itertools.count(1)


@dataclasses.dataclass
class Seen:
    """What the processes of one kind showed: seconds, MiB, messages of a call."""

    start: list[float] = dataclasses.field(default_factory=list)
    first: list[float] = dataclasses.field(default_factory=list)
    first_cpu: list[float] = dataclasses.field(default_factory=list)
    warm: list[float] = dataclasses.field(default_factory=list)
    warm_cpu: list[float] = dataclasses.field(default_factory=list)
    peak: list[float] = dataclasses.field(default_factory=list)
    messages: list[int] = dataclasses.field(default_factory=list)


def handler(place: pathlib.Path) -> pathlib.Path:
    """A folder with the article's handler as Lambda would have it, out of its template."""
    lines = iter(SEED.read_text().splitlines())
    start = next(line for line in lines if line.strip() == "ZipFile: |")
    depth = len(start) - len(start.lstrip())
    code = itertools.takewhile(lambda line: not line.strip() or len(line) - len(line.lstrip()) > depth, lines)
    folder = place / "article"
    folder.mkdir()
    (folder / "index.py").write_text(textwrap.dedent("\n".join(code)) + "\n")
    return folder


def payload(kind: str, size: int) -> bytes:
    """New events, done just now."""
    now = time.time()
    events = []
    for place in range(size):
        one = event(next(NUMBERS), kind != "mixed" or place % 100 == 0, now)
        if kind == "actor":
            one["userIdentity"] |= {"userName": "busy", "arn": f"arn:aws:iam::{ACCOUNT}:user/busy", "principalId": "AIDA0000000000000BUSY"}
        events.append(one)
    return json.dumps(logs(*events)).encode()


class World:
    """The stand-ins, and the two functions over them."""

    def __init__(self, place: pathlib.Path, program: pathlib.Path, sns: SnsOverTls, dynamodb: str, certificates: Certificates, core: int):
        self.place, self.program, self.sns, self.dynamodb, self.core = place, program, sns, dynamodb, core
        self.folder = handler(place)
        self.task = place / "trailbell"
        self.task.mkdir()
        (self.task / "trailbell.yaml").write_text(CONFIGURATION)
        self.log = (place / "log").open("ab")
        self.common = {"AWS_ENDPOINT_URL_SNS": sns.url, "AWS_CA_BUNDLE": str(certificates.bundle), "SSL_CERT_FILE": str(certificates.bundle),
                       "AWS_DEFAULT_REGION": "us-east-1"}

    def article(self) -> Function:
        more = {"SNS_TOPIC_ARN": TOPIC, "ALARM_SUBJECT": f"{ACCOUNT}-AwsConsoleSignIn", "LAMBDA_TASK_ROOT": str(self.folder),
                "PYTHONPATH": str(self.folder), "_HANDLER": "index.handler", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"}
        return self.started([sys.executable, "-m", "awslambdaric", "index.handler"], more, TIMEOUT["article"])

    def trailbell(self, table: str) -> Function:
        more = {"TRAILBELL_TABLE": table, "TRAILBELL_TOPIC_ARN": TOPIC, "LAMBDA_TASK_ROOT": str(self.task), "TRAILBELL_PATHS": "logs",
                "TRAILBELL_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/trailbell-role", "AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb}
        return self.started([str(self.program)], more, TIMEOUT["trailbell"])

    def started(self, program: list[str], more: dict[str, str], timeout: float) -> Function:
        """On the measured core, which a process has from the thread that starts it."""
        ours = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {self.core})
        try:
            return Function(program, self.common | more, timeout=timeout, log=self.log)
        finally:
            os.sched_setaffinity(0, ours)

    def lived_in(self) -> str:
        """A table whose ledger has been opened before: what is said once in a stack's life has been said."""
        table = f"ledger-{time.monotonic_ns()}"
        make_table(client("dynamodb", self.dynamodb), table)
        before = self.trailbell(table)
        before.ready()
        before.call(payload("mixed", 1))
        before.call({"trailbell": "tick"})
        before.stop()
        return table


def cpu_seconds(pid: int) -> float:
    """Of another process, by its own clock (clock_getcpuclockid): the ticks in /proc are longer than a call."""
    return time.clock_gettime(~pid << 3 | 2)


def peak_megabytes(pid: int) -> float:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measure(world: World, who: str, kind: str, size: int, runs: int, warm: int) -> Seen:
    """`warm` calls follow the first one in the last process."""
    seen = Seen()
    for run in range(runs):
        function = world.article() if who == "article" else world.trailbell(world.lived_in())
        seen.start.append(function.ready(60))
        for number in range(1 + (warm if run == runs - 1 else 0)):
            if number:
                time.sleep(PACE * min(MOST_AT_ONCE, size))
            body, taken, cpu = payload(kind, size), world.sns.taken, cpu_seconds(function.process.pid)
            began = time.perf_counter()
            function.call(body, 300)
            took = time.perf_counter() - began
            cpu = cpu_seconds(function.process.pid) - cpu
            (seen.warm if number else seen.first).append(took)
            (seen.warm_cpu if number else seen.first_cpu).append(cpu)
            seen.messages.append(world.sns.taken - taken)
        seen.peak.append(peak_megabytes(function.process.pid))
        function.stop()
    if world.sns.refused:
        sys.exit("a signature was not good")
    return seen


def shown(values: list[float], unit: str) -> str:
    scale, digits = {"ms": (1000, 1), "MiB": (1, 1), "": (1, 0)}[unit]
    middle, least, most = (scale * value for value in (statistics.median(values), min(values), max(values)))
    return f"{middle:,.{digits}f} {unit}".strip() + (f" ({least:,.{digits}f}-{most:,.{digits}f})" if least != most else "")


def row(what: str, theirs: list[float], ours: list[float], unit: str, aim: float | None = None) -> None:
    ratio = statistics.median(ours) / statistics.median(theirs)
    verdict = "" if aim is None else f"{aim:.2f}: " + ("met" if ratio <= aim else "NOT met")
    print(f"{what:34} {shown(theirs, unit):>34} {shown(ours, unit):>30} {ratio:8.3f}  {verdict}", flush=True)


def zipped(folder: pathlib.Path) -> int:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "index.py", "index.py")
    return len(out.getvalue())


def report(world: World, options: argparse.Namespace, archive: pathlib.Path) -> None:
    print(f"Python {platform.python_version()}, boto3 {boto3.__version__}; {options.runs} fresh processes of each; stand-ins answer after {options.delay} ms")
    print(f"{'':34} {'article':>34} {'trailbell':>30} {'ratio':>8}  aim")
    starts: list[tuple[list[float], list[float]]] = []
    for size in map(int, options.sizes.split(",")):
        # A warm call of a thousand events takes the article's handler half a minute.
        warm = {1: 20, 100: 5}.get(size, 2)
        theirs = measure(world, "article", "each", size, options.runs, warm)
        if set(theirs.messages) != {size}:
            sys.exit(f"the article's handler should have published {size} messages a call, and did {theirs.messages}")
        for kind in ["each"] if size == 1 else options.kinds.split(","):
            once = kind == "each" and size > 1
            ours = measure(world, "trailbell", kind, size, 1 if once else options.runs, 0 if once else warm)
            starts.append((theirs.start, ours.start))
            name = "1 event" if size == 1 else f"{size:,} {kind}"
            row(f"{name}: first call", theirs.first, ours.first, "ms", AIMS["first"])
            row(f"{name}: first call, CPU", theirs.first_cpu, ours.first_cpu, "ms")
            if ours.warm:
                row(f"{name}: warm call", theirs.warm, ours.warm, "ms", AIMS["warm"])
                row(f"{name}: warm call, CPU", theirs.warm_cpu, ours.warm_cpu, "ms")
            row(f"{name}: peak memory", theirs.peak, ours.peak, "MiB", AIMS["peak"])
            row(f"{name}: messages a call", theirs.messages, ours.messages, "")
    row("start", [one for theirs, _ in starts for one in theirs], [one for _, ours in starts for one in ours], "ms", AIMS["start"])
    print(f"zip: article {zipped(world.folder):,} bytes (boto3 is in AWS's image, not in the zip), trailbell {archive.stat().st_size:,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--sizes", default="1,100,1000")
    parser.add_argument("--kinds", default="each,actor,mixed")
    parser.add_argument("--delay", type=int, default=0, help="milliseconds that each answer of a stand-in takes")
    options = parser.parse_args()
    if not SEED.exists():
        sys.exit(f"NOT measured: the article's template is not there ({SEED.name} in ../shared/seed)")
    architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    subprocess.run([sys.executable, ROOT / "scripts" / "build-lambda.py", "--arch", architecture], check=True)
    target = ROOT / "target" / "lambda"
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": "a-session", "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    with contextlib.ExitStack() as stack:
        place = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificates = Certificates(place)
        os.environ["AWS_CA_BUNDLE"] = str(certificates.bundle)
        cores = os.sched_getaffinity(0)
        core = min(cores)
        if len(cores) == 1:
            sys.exit("NOT measured: the stand-ins need a core beside that of what is measured")
        os.sched_setaffinity(0, cores - {core})
        sns = stack.enter_context(SnsOverTls(certificates, options.delay / 1000))
        dynamodb = stack.enter_context(dynamodb_stand_in(options.delay, certificates.chain, certificates.key))
        world = World(place, target / "programs" / architecture / "bootstrap" / "bootstrap", sns, dynamodb, certificates, core)
        try:
            report(world, options, target / f"trailbell-lambda-{architecture}.zip")
        except BaseException:
            print((place / "log").read_text()[-3000:])
            raise


if __name__ == "__main__":
    main()
