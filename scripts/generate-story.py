#!/usr/bin/env python3
"""Sixty days of three accounts as CloudTrail logs, with the truth about them.

    scripts/generate-story.py FOLDER [--seed 1] [--days 60] [--noise 1.0]

FOLDER/logs/ then holds the objects of three trails, a quarter of them delivered twice under another region, events out of order by minutes; and
FOLDER/truth.jsonl one line for each event that is told: {event_id, account, time, flags, grants, behind, why}. `flags` are the words of a notice's
`unusual`; `grants` is the verdict about a policy in the change, or null; `behind` is null or what is known of who acted in a role (a word that is
not there is not compared). The story is in long_story.py; scripts/check-story.py compares. Same seed, same story.
"""

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

from long_story import write
from support.cloudtrail import GLOBAL
from support.s3_objects import compact, deliver, unique, zipped

# AWS delivers about that many objects twice.
TWICE = 0.25
ELSEWHERE = "eu-west-1"


def objects_of(recorder, rand):
    objects = deliver(recorder.account, recorder.records, rand)
    for key, data in list(objects.items()):
        if rand.random() < TWICE:
            region = key.split("/")[3]
            again = key.replace(region, ELSEWHERE if region == GLOBAL else GLOBAL)
            objects[again[: -len("XXXXXXXXXXXXXXXX.json.gz")] + unique(rand) + ".json.gz"] = data
    return objects


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--days", type=int, default=60)
    arguments.add_argument("--noise", type=float, default=1.0, help="how much is read that nobody hears of")
    options = arguments.parse_args()
    logs = options.folder / "logs"
    if logs.exists():
        sys.exit(f"{logs} is there already; name another folder")
    story = write(options.seed, options.days, options.noise)
    rand = random.Random(f"objects {options.seed}")
    count = 0
    for recorder in story.recorders:
        for key, data in objects_of(recorder, rand).items():
            path = logs / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(zipped(data))
            count += 1
    (options.folder / "truth.jsonl").write_text("".join(compact(line) + "\n" for line in story.truth), encoding="utf-8")
    flags = Counter(flag for line in story.truth for flag in line["flags"])
    records = sum(len(recorder.records) for recorder in story.recorders)
    print(f"{count} objects, {records} records, {len(story.truth)} told; " + ", ".join(f"{flag} {number}" for flag, number in sorted(flags.items())))


if __name__ == "__main__":
    main()
