#!/usr/bin/env python3
"""What trailbell costs in an AWS account in a month, part by part: the table of docs/deploy.md and docs/deploy.ja.md.

    scripts/estimate-cost.py             print the table
    scripts/estimate-cost.py --check     and fail unless both documents show these numbers

The prices are AWS's of us-east-1 as we knew them in 2026: check yours (https://aws.amazon.com/pricing/). What is assumed about the two accounts stands
below; change it to yours and run this again. Free allowances are left out, but for the column that says so.
"""

import argparse
import sys
from dataclasses import dataclass

from support.tools import ROOT

MILLION = 1_000_000
MINUTES = 43_800
"""Of a month, and so the calls of the clock."""

# --- Prices, dollars ------------------------------------------------------------------------------------------------------
LOGS_TAKEN = 0.50            # CloudWatch Logs, a GB taken in
LOGS_KEPT = 0.03             # a GB kept for a month, compressed
ALARM = 0.10                 # an alarm on one metric, a month
METRIC = 0.30                # a metric of one's own, a month
CALLS = 0.20 / MILLION       # Lambda, a call
GB_SECOND = 0.0000133334     # Lambda on arm64
WRITE_UNIT = 0.625 / MILLION  # DynamoDB on demand
READ_UNIT = 0.125 / MILLION
MAIL = 2.00 / 100_000        # SNS to a mail address
KEY = 1.00                   # KMS, a key for a month (the first two rotations, one a year, add 1.00 each)
KEY_USE = 0.03 / 10_000
SQS_REQUEST = 0.40 / MILLION
CROSS_BUS = 1.00 / MILLION   # EventBridge: an event sent to another bus; one that S3 sends on request
S3_GET, S3_PUT = 0.40 / MILLION, 5.00 / MILLION
S3_KEPT = 0.023              # a GB for a month
CONFIG_ITEM = 0.003          # AWS Config, an item recorded


@dataclass
class Account:
    """What happens in a month. All of it is assumed; yours is on the bill and in the log group's metrics."""
    events: int              # management events of the trail
    notices: int             # what is told of them
    mails: int               # messages to the topic: notices that belong together come together
    addresses: int
    trails_of: int           # accounts whose trail it is
    regions: int             # with something going on at any time
    payload: int             # events in one delivery of the subscription filter

    event_bytes = 1_500
    passing = 0.20           # of the events pass the subscription filter: most of it is AssumeRole
    writing = 0.005          # of the events meet a rule of EventBridge: those that only read do not come
    elsewhere = 0.5          # of those are in another region than the function
    compressed = 0.15        # of the bytes is what CloudWatch Logs keeps, and about what gzip makes for S3 (0.1)
    months = 3               # logs are kept (LogRetentionDays: 90)

    @property
    def gigabytes(self) -> float:
        return self.events * self.event_bytes / 1e9

    @property
    def files(self) -> int:
        """One in five minutes of each account and region."""
        return self.trails_of * self.regions * MINUTES // 5


SMALL = Account(events=1 * MILLION, notices=3_000, mails=1_000, addresses=2, trails_of=1, regions=3, payload=10)
LARGE = Account(events=500 * MILLION, notices=30_000, mails=10_000, addresses=5, trails_of=50, regions=5, payload=100)

MEMORY = 0.25                # GB, as the template has it
UNITS_WRITTEN, UNITS_READ = 54, 21
"""By one notice to one channel: three transactions, thirteen items. Counted from the requests to an emulator, DynamoDB's rules applied, each write to an
index included. An event that nobody is told of writes nothing."""


def calls(number: float, seconds: float) -> float:
    return number * (CALLS + seconds * MEMORY * GB_SECOND)


def always(account: Account, free: bool) -> float:
    """The clock, the ledger, the topic, the key, four alarms."""
    clock = 0 if free else calls(MINUTES, 0.02) + calls(account.notices, 0.3)
    ledger = account.notices * (UNITS_WRITTEN * WRITE_UNIT + UNITS_READ * READ_UNIT) + MINUTES * 15 * READ_UNIT
    mails = max(account.mails * account.addresses - (1_000 if free else 0), 0) * MAIL
    # Topic, queue, table and log group ask for the key about once in five minutes each.
    key = KEY + max(4 * MINUTES / 5 - (20_000 if free else 0), 0) * KEY_USE
    return clock + ledger + mails + key + (0 if free else 4 * ALARM)


def log_group(account: Account, free: bool) -> float:
    """What the trail delivers to its log group, which the ways Logs and Alarm share; and the alarm on its silence."""
    taken = max(account.gigabytes - (5 if free else 0), 0) * LOGS_TAKEN
    kept = max(account.gigabytes * account.compressed * account.months - (5 if free else 0), 0) * LOGS_KEPT
    return taken + kept + (0 if free else ALARM)


def subscription(account: Account, free: bool) -> float:
    return 0 if free else calls(account.events * account.passing / account.payload, 0.1)


def alarm(account: Account, free: bool) -> float:
    return 0 if free else METRIC + ALARM + calls(account.notices, 1)


def rules(account: Account, free: bool) -> float:
    return account.events * account.writing * account.elsewhere * CROSS_BUS + (0 if free else calls(account.events * account.writing, 0.1))


def config(account: Account, free: bool) -> float:
    """The items of IAM; Config itself, where it is on, has been paid for."""
    return account.notices / 10 * CONFIG_ITEM + (0 if free else calls(account.notices / 10, 0.1))


def bucket(account: Account, free: bool) -> float:
    """S3's event, queue, object and calls of about three files; and five pollers that wait on the queue for 20 seconds at a time."""
    waiting = 5 * MINUTES * 3
    requests = max(account.files * 2 + waiting - (MILLION if free else 0), 0)
    return account.files * (CROSS_BUS + S3_GET) + requests * SQS_REQUEST + (0 if free else calls(account.files / 3, 0.3))


def trail(account: Account, free: bool) -> float:
    """The first copy of management events is free; the bucket is not."""
    return account.files * S3_PUT + account.gigabytes * 0.1 * account.months * S3_KEPT


PARTS = {
    "always": always, "log group": log_group, "`WatchWithLogs`": subscription, "`WatchWithAlarm`": alarm, "`WatchWithEventBridge`": rules,
    "`WatchWithConfig`": config, "`TrailBucket`": bucket, "`CreateTrail`": trail,
}


def money(dollars: float) -> str:
    return f"{dollars:,.2f}" if dollars < 100 else f"{dollars:,.0f}"


SUMS = [(1, 2, 3, 8), (1, 2, 3), (1, 5), (1, 7)]
"""Parts that go together: without a trail; a trail with a log group; one without; the bucket of a trail."""


def rows() -> dict[str, list[str]]:
    """Name -> small, small with the free allowances, large."""
    costs = [[part(SMALL, False), part(SMALL, True), part(LARGE, False)] for part in PARTS.values()]
    together = {" + ".join(map(str, numbers)): [sum(costs[number - 1][at] for number in numbers) for at in range(3)] for numbers in SUMS}
    each = {f"{number} | {name}": cost for number, (name, cost) in enumerate(zip(PARTS, costs), 1)}
    return {name: [money(dollars) for dollars in cost] for name, cost in (each | {f"| {name}": cost for name, cost in together.items()}).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail unless the documents show these numbers")
    options = parser.parse_args()
    wrong = []
    for name, cells in rows().items():
        row = f" | {' | '.join(cells)} |"
        print(f"| {name}{row}")
        # What a part is called is each language's own; its number is not.
        begin = f"| {name.split('|')[0]}|" if name[0].isdigit() else f"| {name}"
        for document in ("docs/deploy.md", "docs/deploy.ja.md"):
            lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
            if options.check and not any(line.startswith(begin) and line.endswith(row) for line in lines):
                wrong.append(f"{document} has no line that begins with `{begin}` and ends in `{row.strip()}`")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
