#!/usr/bin/env python3
"""What rules cost: `trailbell match --rules` with ten, a hundred and a thousand rules, beside libdeflate alone.

    scripts/measure-rules.py [--size 1G] [--rules 10,100,1000] [--runs 3] [--pinned] [--program TRAILBELL] [FORM ...]

FORM is s3 (objects of real sizes), busy (objects of some 600 records) or ndjson; all three without one. Logs come from
generate-logs.py, rules from generate-rules.py (a third each of filter patterns, event patterns, Sigma), both under
target/measure/. All commands take turns, so that what else the machine does hits all of them; the median run counts.
One core's speeds are raw bytes by CPU second; two cores are compared with one by the clock. How many records are met
must be what generate-rules.py's own description of the rules makes of the logs, or nothing is reported. Peak memory
is at most what is said: what this script held when it started a program counts, too.
"""

import argparse
import collections
import gzip
import hashlib
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def script(name):
    """Another script of this folder, as a module."""
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


scan, rules, check = script("measure-scan"), script("generate-rules"), script("check-generator")
# How a folder of rules is given to `trailbell match`.
RULES_FLAG = "--rules"
FORMS = {form: scan.FORMS[form] for form in ("s3", "busy", "ndjson")}
MEASURE = scan.TARGET / "measure"


def make(folder, name, *arguments):
    """The folder, as the generator of that name makes it, unless it is there."""
    if not (folder / "truth.json").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, HERE / f"{name}.py", folder, *map(str, arguments)], check=True, stdout=sys.stderr)
    return folder


def make_rules(name, *arguments):
    """A folder of generated rules: made in no time, so always by today's generator."""
    shutil.rmtree(MEASURE / name, ignore_errors=True)
    return make(MEASURE / name, "generate-rules", *arguments)


def records(logs):
    """Every readable record under a folder of logs."""
    for path in sorted(p for p in logs.rglob("*") if p.is_file()):
        if path.suffix == ".gz":
            data = gzip.decompress(path.read_bytes())
            if not data.startswith(b'{"Records":'):
                continue
            try:
                yield from json.loads(data)["Records"]
                continue
            except ValueError:
                texts = check.elements(data)
        else:
            texts = path.open("rb")
        for text in texts:
            try:
                yield json.loads(text)
            except ValueError:
                pass


def met(logs, folders):
    """{folder: how many records some rule asks for}, remembered beside the logs by what the rules are."""
    known, missing = {}, []
    for folder in folders:
        digest = hashlib.sha256((folder / "truth.json").read_bytes() + (logs / "truth.json").read_bytes()).hexdigest()[:16]
        place = logs / f"met-{digest}"
        if place.is_file():
            known[folder] = int(place.read_text())
        else:
            missing.append((folder, place, [rule["tests"] for rule in json.loads((folder / "truth.json").read_text())["rules"]], {}))
    if missing:
        print(f"counting in Python what {', '.join(folder.name for folder, *_ in missing)} should meet ...", file=sys.stderr)
        counts = collections.Counter()
        for record in records(logs / "logs"):
            # What a rule says of these two is asked once for each pair of them, the rest of each record.
            pair = {key: record.get(key) for key in ("eventSource", "eventName")}
            for folder, _, all_tests, of_pair in missing:
                left = of_pair.get(tuple(pair.values()))
                if left is None:
                    split = [([t for t in tests if t["path"] in pair], [t for t in tests if t["path"] not in pair]) for tests in all_tests]
                    left = of_pair[tuple(pair.values())] = [others for first, others in split if rules.met(first, pair)]
                counts[folder] += any(rules.met(tests, record) for tests in left)
        for folder, place, *_ in missing:
            place.write_text(str(counts[folder]))
            known[folder] = counts[folder]
    return known


def pinned(cores, command):
    """On so many cores, the last ones."""
    chosen = sorted(os.sched_getaffinity(0))[-cores:]
    return ["taskset", "-c", ",".join(map(str, chosen)), *map(str, command)]


def measure(form, logs, folders, options):
    truth, expected = json.loads((logs / "truth.json").read_text()), met(logs, folders)
    alone = (None, 1)
    commands = {alone: [scan.TARGET / "release/examples/libdeflate-alone", logs / "logs"]}
    for folder in folders:
        for cores in options.cores:
            commands[folder, cores] = [options.program, "match", RULES_FLAG, folder / "rules", "--count", logs / "logs"]
    results, wrong = collections.defaultdict(list), []
    # The first round fills the file cache.
    for turn in range(options.runs + 1):
        for (folder, cores), command in commands.items():
            with tempfile.TemporaryFile() as output:
                result = scan.run(pinned(cores, command), output)
                output.seek(0)
                said = output.read().decode().strip()
            if folder and said != str(expected[folder]):
                wrong.append(f"{folder.name}, {cores} cores: {said[:200]!r}, not {expected[folder]}")
            if turn:
                results[folder, cores].append(result)
        if wrong:
            sys.exit(f"{form}: not the records that the rules ask for\n  " + "\n  ".join(wrong))
    cpu = {key: statistics.median(run[0] for run in of) for key, of in results.items()}
    wall = {key: statistics.median(run[1] for run in of) for key, of in results.items()}
    raw, first = truth["raw_bytes"], folders[0]
    for folder in folders:
        one = folder, 1
        many = [f"{wall[one] / wall[folder, cores]:.2f} ({raw / wall[folder, cores] / 1e6:,.0f} MB/s)" for cores in options.cores if cores > 1]
        print(f"| {form} | {raw / 1e6:,.0f} MB | {len(json.loads((folder / 'truth.json').read_text())['rules']):,} | {expected[folder] / truth['records_delivered']:.2%} "
              f"| {raw / cpu[one] / 1e6:,.0f} MB/s | {truth['records_delivered'] / cpu[one] / 1e6:.2f} M/s | {raw / cpu[alone] / 1e6:,.0f} MB/s | {cpu[alone] / cpu[one]:.2f} "
              f"| {cpu[one] / cpu[first, 1]:.2f} | {' | '.join(many) or '-'} | {max(run[2] for run in results[one]) / 1e6:.0f} MB |", flush=True)


def numbers(text):
    return [int(number) for number in text.split(",")]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("forms", nargs="*", metavar="FORM", help=f"some of {', '.join(FORMS)}; all without one")
    arguments.add_argument("--size", default="1G")
    arguments.add_argument("--rules", type=numbers, default="10,100,1000", help="how many, the fewest first: costs are compared with those")
    arguments.add_argument("--cores", type=numbers, default="1,2")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--pinned", action="store_true", help="no rule that names no event")
    arguments.add_argument("--program", type=Path, help="a trailbell that is built already")
    options = arguments.parse_args()
    if unknown := set(options.forms) - set(FORMS):
        arguments.error(f"no such form: {', '.join(sorted(unknown))}")
    if not shutil.which("taskset") or 1 not in options.cores or max(options.cores) > len(os.sched_getaffinity(0)):
        sys.exit("this needs taskset (util-linux), one core among --cores, and no more cores than there are")
    build = ["cargo", "build", "--release", "--quiet", "--locked"]
    if not options.program:
        subprocess.run([*build, "-p", "trailbell"], cwd=scan.ROOT, check=True)
        options.program = scan.TARGET / "release/trailbell"
    subprocess.run([*build, "-p", "trailbell-record", "--example", "libdeflate-alone"], cwd=scan.ROOT, check=True)
    kind = ["--pinned"] if options.pinned else []
    folders = [make_rules(f"rules-{count}{'-pinned' if options.pinned else ''}", "--count", count, *kind) for count in options.rules]
    many = [f"{cores} cores / one (by the clock)" for cores in options.cores if cores > 1]
    print(f"| logs | raw | rules | records met | one core | records | libdeflate alone | match / libdeflate | cost / {options.rules[0]} rules | {' | '.join(many) or 'more cores'} | peak memory, at most |")
    print("|" + "---|" * (10 + max(len(many), 1)), flush=True)
    for form in options.forms or FORMS:
        measure(form, make(MEASURE / f"{form}-{options.size}", "generate-logs", "--size", options.size, *FORMS[form]), folders, options)


if __name__ == "__main__":
    main()
