#!/usr/bin/env python3
"""trailbell beside the tools one would otherwise use, over the same NDJSON, one question: which are console sign-ins?

    scripts/compare-peers.py [--size 200M] [--logs OUT]

Every tool counts the records whose eventName is ConsoleLogin; a wrong count is reported, not hidden. `scan` does its
whole work (all rules, duplicates, notices). jq, DuckDB (PyPI `duckdb`), Python's json, orjson (PyPI) and grep are
measured where they are installed and named as absent where not. Each runs on one core; the better of two runs counts.
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


def tools(log):
    """(what it is, command or None where it is absent, how its output is counted)."""
    number, lines = (lambda text: int(text) if text.strip() else None), (lambda text: len(text.splitlines()))

    def have(program):
        return shutil.which(program) is not None

    def module(name):
        return importlib.util.find_spec(name) is not None

    def sign_ins(text):
        kinds = [json.loads(line).get("kind") for line in text.splitlines() if line.startswith("{")]
        return kinds.count("console-sign-in")

    trailbell = TARGET / "release/trailbell"
    python = [sys.executable, "-c"]
    jq = 'fromjson? | select(.eventName == "ConsoleLogin") | .eventID'
    return [
        ("trailbell match, one filter", [trailbell, "match", "--filter", '{ $.eventName = "ConsoleLogin" }', "--count", log], number),
        ("trailbell scan, everything (distinct events)", [trailbell, "scan", "--output", "json", "-q", log], sign_ins),
        ("jq, one select", ["jq", "-R", "-r", jq, log] if have("jq") else None, lines),
        ("DuckDB read_json", [*python, DUCKDB, log] if module("duckdb") else None, number),
        ("Python json", [*python, PYTHON.format(module="json"), log], number),
        ("Python orjson", [*python, PYTHON.format(module="orjson"), log] if module("orjson") else None, number),
        ("grep -c (text, not fields)", ["grep", "-c", "-E", '"eventName":"(ConsoleLogin|CheckMfa|SwitchRole)"', log] if have("grep") else None, number),
    ]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--size", default="200M")
    arguments.add_argument("--logs", type=Path, help="a folder made by generate-logs.py --as ndjson")
    options = arguments.parse_args()
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "trailbell"], cwd=ROOT, check=True)
    logs = options.logs or TARGET / f"measure/peers-{options.size}"
    if not (logs / "truth.json").is_file():
        shutil.rmtree(logs, ignore_errors=True)
        # Without duplicates, so that counting records and counting events come to the same.
        command = [sys.executable, ROOT / "scripts/generate-logs.py", logs, "--size", options.size, "--as", "ndjson", "--duplicates", "0"]
        subprocess.run(command, check=True, stdout=sys.stderr)
    truth = json.loads((logs / "truth.json").read_text())
    log, absent = str(logs / "logs/all.ndjson"), []
    print(f"{truth['records_delivered']:,} records, {truth['raw_bytes'] / 1e6:,.0f} MB of NDJSON\n")
    print("| tool | MB by CPU second | records by CPU second | peak memory | count |\n|---|---|---|---|---|")
    for name, command, count_of in tools(log):
        if command is None:
            absent.append(name)
            continue
        cpu, peak, count = min((run(command, count_of) for _ in range(2)), key=lambda r: r[0])
        if count is None:
            print(f"| {name} | gave no answer | | | |", flush=True)
            continue
        right = "right" if count == truth["sign_ins"] else f"WRONG: {count}, not {truth['sign_ins']}"
        print(f"| {name} | {truth['raw_bytes'] / cpu / 1e6:,.0f} | {truth['records_delivered'] / cpu:,.0f} | {peak / 1e6:,.0f} MB | {right} |", flush=True)
    if absent:
        print(f"\nNot installed here: {', '.join(absent)}.")


if __name__ == "__main__":
    main()
