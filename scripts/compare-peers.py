#!/usr/bin/env python3
"""trailbell beside the tools one would otherwise use, over the same NDJSON: which are console sign-ins, and many patterns.

    scripts/compare-peers.py [--size 200M] [--logs OUT] [--rules 10,100,1000] [--program TRAILBELL]

Every tool counts the records whose eventName is ConsoleLogin; a wrong count is reported, not hidden. `scan` does its
whole work (all rules, duplicates, notices). jq, DuckDB (PyPI `duckdb`), Python's json, orjson (PyPI) and grep are
measured where they are installed and named as absent where not. Each runs on one core; the better of two runs counts.

Of many event patterns (generate-rules.py) the peer is the Rust crate quamina (crates/event-pattern/examples). It is given
the events EventBridge would make of the records, made beforehand and without the broken ones, where trailbell is given
the records; the right count is what the generator's own description of the patterns makes of them.
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
QUAMINA = TARGET / "release/examples/quamina"

PYTHON = """
import sys, {module} as codec
count = 0
for line in open(sys.argv[1], "rb"):
    try:
        count += codec.loads(line).get("eventName") == "ConsoleLogin"
    except ValueError:
        pass
print(count)
"""
DUCKDB = """
import sys, duckdb
duckdb.sql("SET threads=1")
print(duckdb.sql(f"SELECT count(*) FROM read_json('{sys.argv[1]}', format='newline_delimited', ignore_errors=true, maximum_object_size=1048576, columns={{'eventName': 'VARCHAR'}}) WHERE eventName = 'ConsoleLogin'").fetchall()[0][0])
"""


def pinned(command):
    return ["taskset", "-c", str(max(os.sched_getaffinity(0))), *command] if shutil.which("taskset") else command


def run(command, count_of):
    """(CPU seconds, peak memory in bytes, the count it came to)."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(pinned(command), stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode()
    scale = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale, count_of(text)


def bus_event(record, line):
    """The line of an event that EventBridge makes of a record and its line: the part of it that generated patterns look at."""
    kinds = {"AwsConsoleSignIn": "AWS Console Sign In via CloudTrail", "AwsServiceEvent": "AWS Service Event via CloudTrail"}
    head = {"source": "aws." + record["eventSource"].removesuffix(".amazonaws.com"), "detail-type": kinds.get(record["eventType"], "AWS API Call via CloudTrail")}
    return json.dumps(head).encode()[:-1] + b', "detail": ' + line.strip() + b"}\n"


def make_events(log, events):
    """Writes the events of all readable records, unless they are there."""
    if events.is_file():
        return
    unfinished = events.with_suffix(".new")
    with open(log, "rb") as lines, unfinished.open("wb") as out:
        for line in lines:
            try:
                out.write(bus_event(json.loads(line), line))
            except ValueError:
                pass
    unfinished.rename(events)


def many_patterns(options, logs, events):
    """The second table: so many event patterns, by trailbell and by quamina."""
    measure = measure_rules()
    truth = json.loads((logs / "truth.json").read_text())
    folders = [measure.make_rules(f"event-patterns-{count}", "--count", count, "--languages", "event") for count in options.rules]
    expected = measure.met(logs, folders)
    print("\n| event patterns | tool | MB by CPU second | records by CPU second | peak memory | count |\n|---|---|---|---|---|---|")
    for count, folder in zip(options.rules, folders):
        commands = [("trailbell match", [options.program, "match", measure.RULES_FLAG, folder / "rules", "--count", logs / "logs/all.ndjson"]),
                    ("quamina, events made already", [QUAMINA, folder / "rules", events])]
        for name, command in commands:
            row(f"{count:,} | {name}", [str(part) for part in command], number, truth, expected[folder])


def row(name, command, count_of, truth, expected):
    cpu, peak, count = min((run(command, count_of) for _ in range(2)), key=lambda r: r[0])
    if count is None:
        print(f"| {name} | gave no answer | | | |", flush=True)
        return
    right = "right" if count == expected else f"WRONG: {count}, not {expected}"
    print(f"| {name} | {truth['raw_bytes'] / cpu / 1e6:,.0f} | {truth['records_delivered'] / cpu:,.0f} | {peak / 1e6:,.0f} MB | {right} |", flush=True)


def number(text):
    return int(text) if text.strip() else None


def lines(text):
    return len(text.splitlines())


def measure_rules():
    """The script of that name, as a module."""
    spec = importlib.util.spec_from_file_location("measure_rules", Path(__file__).with_name("measure-rules.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tools(log, trailbell, patterns, events):
    """(what it is, command or None where it is absent, how its output is counted)."""
    def have(program):
        return shutil.which(program) is not None

    def module(name):
        return importlib.util.find_spec(name) is not None

    def sign_ins(text):
        kinds = [json.loads(line).get("kind") for line in text.splitlines() if line.startswith("{")]
        return kinds.count("console-sign-in")

    python = [sys.executable, "-c"]
    jq = 'fromjson? | select(.eventName == "ConsoleLogin") | .eventID'
    return [
        ("trailbell match, one filter", [trailbell, "match", "--filter", '{ $.eventName = "ConsoleLogin" }', "--count", log], number),
        ("trailbell scan, everything (distinct events)", [trailbell, "scan", "--output", "json", "-q", log], sign_ins),
        ("jq, one select", ["jq", "-R", "-r", jq, log] if have("jq") else None, lines),
        ("DuckDB read_json", [*python, DUCKDB, log] if module("duckdb") else None, number),
        ("Python json", [*python, PYTHON.format(module="json"), log], number),
        ("Python orjson", [*python, PYTHON.format(module="orjson"), log] if module("orjson") else None, number),
        ("quamina, one pattern, events made already", [QUAMINA, patterns, events], number),
        ("grep -c (text, not fields)", ["grep", "-c", "-E", '"eventName":"(ConsoleLogin|CheckMfa|SwitchRole)"', log] if have("grep") else None, number),
    ]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--size", default="200M")
    arguments.add_argument("--logs", type=Path, help="a folder made by generate-logs.py --as ndjson")
    arguments.add_argument("--rules", type=lambda text: [int(count) for count in text.split(",")], default="10,100,1000", help="how many event patterns")
    arguments.add_argument("--program", type=Path, help="a trailbell that is built already")
    options = arguments.parse_args()
    build = ["cargo", "build", "--release", "--quiet", "--locked"]
    if not options.program:
        subprocess.run([*build, "-p", "trailbell"], cwd=ROOT, check=True)
        options.program = TARGET / "release/trailbell"
    subprocess.run([*build, "-p", "trailbell-event-pattern", "--example", "quamina"], cwd=ROOT, check=True)
    logs = options.logs or TARGET / f"measure/peers-{options.size}"
    if not (logs / "truth.json").is_file():
        shutil.rmtree(logs, ignore_errors=True)
        # Without duplicates, so that counting records and counting events come to the same.
        command = [sys.executable, ROOT / "scripts/generate-logs.py", logs, "--size", options.size, "--as", "ndjson", "--duplicates", "0"]
        subprocess.run(command, check=True, stdout=sys.stderr)
    truth = json.loads((logs / "truth.json").read_text())
    log, absent = str(logs / "logs/all.ndjson"), []
    # Beside the logs: what is in logs/ is the truth's.
    events, one = logs / "events.ndjson", logs / "one-pattern"
    make_events(log, events)
    one.mkdir(exist_ok=True)
    (one / "sign-in.json").write_text('{"detail": {"eventName": ["ConsoleLogin"]}}')
    print(f"{truth['records_delivered']:,} records, {truth['raw_bytes'] / 1e6:,.0f} MB of NDJSON\n")
    print("| tool | MB by CPU second | records by CPU second | peak memory | count |\n|---|---|---|---|---|")
    for name, command, count_of in tools(log, options.program, one, events):
        if command is None:
            absent.append(name)
            continue
        row(name, command, count_of, truth, truth["sign_ins"])
    if absent:
        print(f"\nNot installed here: {', '.join(absent)}.")
    many_patterns(options, logs, events)


if __name__ == "__main__":
    main()
