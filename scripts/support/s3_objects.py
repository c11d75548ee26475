"""Records as the S3 objects CloudTrail delivers them in."""

import gzip
import json
import random
from collections import defaultdict
from datetime import datetime, timedelta, timezone

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def time_of(record):
    return datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def zipped(data):
    return gzip.compress(data, 6, mtime=0)


def object_key(account, region, delivered, name, folder="CloudTrail"):
    return f"AWSLogs/{account}/{folder}/{region}/{delivered:%Y/%m/%d}/{name}"


def unique(rand):
    """What makes the name of an object its own."""
    return "".join(rand.choice(ALPHABET) for _ in range(16))


def deliver(account, records, rand):
    """Records -> S3 objects: by region and five minutes of delivery, not in order, named with the time rounded up."""
    batches = defaultdict(list)
    for record in sorted(records, key=lambda r: (r["eventTime"], r["eventID"])):
        # Delivery takes 2 to 8 minutes; what happens in one minute is mostly delivered together.
        minute = time_of(record).replace(second=0)
        lag = random.Random(f"{record['awsRegion']} {minute}").randint(3, 8)
        at = minute + timedelta(minutes=lag)
        at += timedelta(minutes=-at.minute % 5)
        batches[(record["awsRegion"], at)].append(record)
    objects = {}
    for (region, at), batch in sorted(batches.items()):
        if len(batch) > 1 and rand.random() < 0.35:
            rand.shuffle(batch)
        name = f"{account}_CloudTrail_{region}_{at:%Y%m%dT%H%MZ}_{unique(rand)}.json.gz"
        objects[object_key(account, region, at, name)] = compact({"Records": batch}).encode()
    return objects
