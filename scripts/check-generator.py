#!/usr/bin/env python3
"""Counts generated logs anew, knowing nothing of how they were made, and compares with their truth.json.

    scripts/check-generator.py          generates a few megabytes in every form, and checks them
    scripts/check-generator.py OUT      checks the folder that was given to generate-logs.py
"""

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

GENERATOR = Path(__file__).with_name("generate-logs.py")


def elements(text):
    """The record texts of a `Records` array or of lines, by quotes and brackets alone, so that broken ones count."""
    if not text.startswith(b'{"Records":'):
        yield from text.splitlines()
        return
    depth, start, inside, escaped = 0, 0, False, False
    body = text[len(b'{"Records":[') : -2]
    for i, byte in enumerate(body):
        if inside:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                inside = False
        elif byte == 0x22:
            inside = True
        elif byte == 0x7B:
            if depth == 0:
                start = i
            depth += 1
        elif byte == 0x7D:
            depth -= 1
            if depth == 0:
                yield body[start : i + 1]


def check(out):
    """How many of truth.json's numbers the logs do not bear out."""
    truth = json.loads((out / "truth.json").read_text())
    found = dict.fromkeys(["objects", "empty_objects", "digest_objects", "insight_objects", "records_delivered", "records", "sign_ins", "iam_writes", "told_delivered_again", "malformed", "raw_bytes", "gzip_bytes"], 0)
    seen, largest, read_only, failed, sizes = set(), 0, 0, 0, []
    for path in sorted(p for p in (out / "logs").rglob("*") if p.is_file()):
        data = path.read_bytes()
        found["objects"] += 1
        if path.suffix == ".gz":
            found["gzip_bytes"] += len(data)
            data = gzip.decompress(data)
        found["raw_bytes"] += len(data)
        if b'"digestStartTime"' in data[:200]:
            found["digest_objects"] += 1
            continue
        try:
            # The quick way; where something is broken, one by one.
            texts = json.loads(data)["Records"]
        except ValueError:
            texts = list(elements(data))
        if not texts:
            found["empty_objects"] += 1
            continue
        sizes.append(len(texts))
        for text in texts:
            try:
                record = text if isinstance(text, dict) else json.loads(text)
            except ValueError:
                found["malformed"] += 1
                continue
            if record["eventType"] == "AwsCloudTrailInsight":
                found["insight_objects"] += 1
                continue
            found["records_delivered"] += 1
            sign_in = record["eventType"] == "AwsConsoleSignIn"
            write = record["eventSource"] == "iam.amazonaws.com" and not record["readOnly"]
            if record["eventID"] in seen:
                found["told_delivered_again"] += sign_in or write
                continue
            seen.add(record["eventID"])
            found["records"] += 1
            found["sign_ins"] += sign_in
            found["iam_writes"] += write
            read_only += record["readOnly"]
            failed += "errorCode" in record
            largest = max(largest, len(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()))
    wrong = {key: (value, truth[key]) for key, value in found.items() if value != truth[key]}
    sizes.sort()
    print(f"{found['records']} distinct records: {read_only / found['records']:.1%} read only, {failed / found['records']:.1%} failed, largest {largest} bytes")
    print("records a file: mean {:.1f}, {}".format(sum(sizes) / len(sizes), ", ".join(f"{int(q * 100)}% {sizes[int(q * (len(sizes) - 1))]}" for q in (0.5, 0.9, 0.99, 1))))
    for key, (value, expected) in wrong.items():
        print(f"{key}: counted {value}, truth.json says {expected}", file=sys.stderr)
    return len(wrong)


def main():
    if len(sys.argv) > 1:
        return 1 if check(Path(sys.argv[1])) else 0
    with tempfile.TemporaryDirectory() as folder:
        folder, wrong = Path(folder), 0

        def generate(name, *more):
            subprocess.run([sys.executable, GENERATOR, folder / name, "--size", "20M", *more], check=True)
            return folder / name

        for form in ("s3", "one-gzip", "ndjson"):
            wrong += check(generate(form, "--as", form))
        wrong += check(generate("busy", "--profile", "busy", "--duplicates", "0"))
        # However many processes make it, a seed is one set of logs.
        again = generate("again", "--jobs", "1")
        for one in sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file()):
            if (again / one).read_bytes() != (folder / "s3" / one).read_bytes():
                print(f"another number of processes made another {one}", file=sys.stderr)
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
