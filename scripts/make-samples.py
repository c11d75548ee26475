#!/usr/bin/env python3
"""Makes samples/ (one small account's week), tests/forms/ (a few of its events in every form) and tests/samples.json.

    scripts/make-samples.py            write them
    scripts/make-samples.py --check    say whether the committed ones are what would be written

The story is in samples_story.py. Same output on every machine: seeded, no clock; gzip streams are compared by what
they hold, since compressors differ.
"""

import argparse
import base64
import csv
import gzip
import hashlib
import io
import json
import random
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from samples_story import ACCOUNT, week
from support.cloudtrail import GLOBAL, HOME, stamp
from support.s3_objects import compact, deliver, object_key, time_of, unique, zipped

ROOT = Path(__file__).resolve().parent.parent


def deliver_twice(objects, wanted, rand):
    """The object that holds event `wanted`, once more under another region: AWS does this with global services."""
    for key, data in list(objects.items()):
        if wanted.encode() in data and f"/{GLOBAL}/" in key:
            again = key.replace(GLOBAL, HOME)
            again = again[: -len("XXXXXXXXXXXXXXXX.json.gz")] + unique(rand) + ".json.gz"
            objects[again] = data
            return [r["eventID"] for r in json.loads(data)["Records"]]
    raise SystemExit(f"no object holds {wanted}")


def digest(objects, rand):
    """One digest file, for the hour that ends at 2026-11-09T02:00Z: not events, and to be skipped."""
    end = datetime(2026, 11, 9, 2, tzinfo=timezone.utc)
    start = end - timedelta(hours=1)
    logs = []
    for key, data in sorted(objects.items()):
        delivered = datetime.strptime(key.rsplit("_", 2)[1], "%Y%m%dT%H%MZ").replace(tzinfo=timezone.utc)
        if f"/{HOME}/" in key and start < delivered <= end:
            times = sorted(r["eventTime"] for r in json.loads(data)["Records"])
            logs.append({"s3Bucket": "my-blog-trail-example", "s3Object": key, "hashValue": hashlib.sha256(data).hexdigest(), "hashAlgorithm": "SHA-256", "newestEventTime": times[-1], "oldestEventTime": times[0]})
    name = f"{ACCOUNT}_CloudTrail-Digest_{HOME}_my-blog-trail_{HOME}_{end:%Y%m%dT%H%M%SZ}.json.gz"
    key = object_key(ACCOUNT, HOME, end, name, "CloudTrail-Digest")
    body = {
        "awsAccountId": ACCOUNT, "digestStartTime": stamp(start), "digestEndTime": stamp(end),
        "digestS3Bucket": "my-blog-trail-example", "digestS3Object": key,
        "digestPublicKeyFingerprint": f"{rand.getrandbits(128):032x}", "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": logs[-1]["newestEventTime"], "oldestEventTime": logs[0]["oldestEventTime"],
        "previousDigestS3Bucket": None, "previousDigestS3Object": None, "previousDigestHashValue": None,
        "previousDigestHashAlgorithm": None, "previousDigestSignature": None, "logFiles": logs,
    }
    objects[key] = compact(body).encode()


def lookup_event(record):
    resources = [{"ResourceType": r["type"], "ResourceName": r["ARN"]} for r in record.get("resources", [])]
    who = record["userIdentity"]
    return {
        "EventId": record["eventID"], "EventName": record["eventName"], "ReadOnly": str(record["readOnly"]).lower(),
        **({"AccessKeyId": who["accessKeyId"]} if who.get("accessKeyId") else {}),
        "EventTime": record["eventTime"], "EventSource": record["eventSource"], "Username": who.get("userName", ""),
        "Resources": resources, "CloudTrailEvent": compact(record),
    }


def eventbridge(record):
    sign_in = record["eventType"] == "AwsConsoleSignIn"
    return {
        "version": "0", "id": record["eventID"][::-1], "detail-type": "AWS Console Sign In via CloudTrail" if sign_in else "AWS API Call via CloudTrail",
        "source": "aws." + record["eventSource"].split(".")[0], "account": ACCOUNT, "time": record["eventTime"], "region": record["awsRegion"], "resources": [], "detail": record,
    }


def log_events(records):
    return {
        "messageType": "DATA_MESSAGE", "owner": ACCOUNT, "logGroup": "my-blog-trail", "logStream": f"{ACCOUNT}_CloudTrail_{GLOBAL}", "subscriptionFilters": ["to-trailbell"],
        "logEvents": [{"id": f"{i:056d}", "timestamp": int(time_of(r).timestamp() * 1000), "message": compact(r)} for i, r in enumerate(records)],
    }


def event_history(records):
    """The console's download. Its columns are few: no parameters, no answer."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["User name", "AWS access key", "Event time", "Event source", "Event name", "AWS region", "Source IP address", "User agent", "Error code", "Resources", "Request ID", "Event ID", "Read-only", "Event type", "Recipient account ID", "Event category"])
    for r in records:
        who = r["userIdentity"]
        rows.writerow([who.get("userName", ""), who.get("accessKeyId", ""), r["eventTime"], r["eventSource"], r["eventName"], r["awsRegion"], r["sourceIPAddress"], r["userAgent"], r.get("errorCode", ""), "[]", r.get("requestID", ""), r["eventID"], str(r["readOnly"]).lower(), r["eventType"], ACCOUNT, r["eventCategory"]])
    return out.getvalue()


def forms(records):
    """The same four events in every form: a sign-in with MFA, a new key, administrator rights, a refusal."""
    wanted = [("ConsoleLogin", "haruka", None), ("CreateAccessKey", "svc-monitoring", None), ("AttachUserPolicy", "blog-backup", None), ("PutUserPolicy", "blog-backup", "AccessDenied")]
    few = []
    for name, user, error in wanted:
        few.append(next(r for r in sorted(records, key=lambda r: r["eventTime"]) if r["eventName"] == name and r["userIdentity"].get("userName") == user and r.get("errorCode") == error))
    lines = [compact(r) for r in few]
    payload = {"awslogs": {"data": base64.b64encode(zipped(compact(log_events(few)).encode())).decode()}}
    buses = [eventbridge(r) for r in few]
    queue = {"Messages": [{"MessageId": r["eventID"], "Body": compact({"Type": "Notification", "MessageId": r["eventID"], "Message": compact(bus)})} for r, bus in zip(few, buses)]}
    texts = {
        "s3-object.json": compact({"Records": few}) + "\n",
        "array-pretty.json": json.dumps(few, ensure_ascii=False, indent=2) + "\n",
        "one-event.json": lines[0] + "\n",
        "events.ndjson": "".join(line + "\n" for line in lines),
        "eventbridge.ndjson": "".join(compact(bus) + "\n" for bus in buses),
        "logs-payload.json": compact(payload) + "\n",
        "logs-decoded.json": compact(log_events(few)) + "\n",
        "lookup-events.json": json.dumps({"Events": [lookup_event(r) for r in few]}, ensure_ascii=False, indent=4) + "\n",
        "event-history.csv": event_history(few),
        "sqs-sns-eventbridge.json": compact(queue) + "\n",
    }
    files = {f"tests/forms/{name}": text.encode() for name, text in texts.items()}
    halves = ["".join(line + "\n" for line in half).encode() for half in (lines[:2], lines[2:])]
    files["tests/forms/two-members.ndjson.gz"] = b"".join(map(zipped, halves))
    return files, [r["eventID"] for r in few]


def truth(records, twice, few, objects):
    """What the samples hold, for tests: counted here from the story, not by the program."""
    write = [r for r in records if r["eventSource"] == "iam.amazonaws.com" and not r["readOnly"]]
    ids = lambda chosen: sorted(r["eventID"] for r in chosen)
    return {
        "objects": sum("CloudTrail-Digest" not in key for key in objects), "digests": 1,
        "records_delivered": len(records) + len(twice), "records": len(records), "delivered_twice": sorted(twice),
        "console_logins": ids(r for r in records if r["eventName"] == "ConsoleLogin"),
        "check_mfa": ids(r for r in records if r["eventName"] == "CheckMfa"),
        "iam_writes": ids(write), "iam_writes_failed_or_denied": ids(r for r in write if "errorCode" in r),
        "iam_writes_by_cloudformation": ids(r for r in write if r["userIdentity"].get("invokedBy")),
        "stop_logging": ids(r for r in records if r["eventName"] == "StopLogging"),
        "root": ids(r for r in records if r["userIdentity"]["type"] == "Root"),
        "forms": few,
    }


def build():
    story = week()
    rand = random.Random(11)
    objects = deliver(ACCOUNT, story.records, rand)
    attach = next(r for r in story.records if r["eventName"] == "AttachUserPolicy" and r["userIdentity"]["userName"] == "blog-backup")
    twice = deliver_twice(objects, attach["eventID"], rand)
    digest(objects, rand)
    files = {f"samples/{key}": zipped(data) for key, data in objects.items()}
    more, few = forms(story.records)
    files |= more
    files["tests/samples.json"] = (json.dumps(truth(story.records, twice, few, objects), indent=1) + "\n").encode()
    return files


def content(data):
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="compare instead of writing")
    check = arguments.parse_args().check
    files = build()
    there = {str(p.relative_to(ROOT)) for folder in ("samples/AWSLogs", "tests/forms") for p in (ROOT / folder).rglob("*") if p.is_file()}
    stray = sorted(there - set(files))
    if check:
        wrong = [name for name, data in files.items() if not (ROOT / name).is_file() or content((ROOT / name).read_bytes()) != content(data)]
        for name in wrong + stray:
            print(f"differs: {name}", file=sys.stderr)
        return 1 if wrong or stray else 0
    for name in stray:
        (ROOT / name).unlink()
    for name, data in files.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # A compressor's other choice of bytes is no change.
        if not path.is_file() or content(path.read_bytes()) != content(data):
            path.write_bytes(data)
    total = sum(len(data) for name, data in files.items() if name.startswith("samples/"))
    print(f"{len(files)} files; samples/ holds {total} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
