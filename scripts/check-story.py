#!/usr/bin/env python3
"""Sixty days, told by trailbell and compared with what is known of them: everything unusual flagged once, and nothing else.

    scripts/check-story.py [--keep FOLDER] [--seeds 1 2 3] [--notices FILE]

Three stories of scripts/generate-story.py, a seed each. Of each: the files are as they should be (a quarter delivered twice, out of order); what was planted agrees with an oracle that knows nothing of how the story was
made (it reads the records and goes by the rules below, slowly); every line of the truth is one notice of `scan`, and every notice a line; flags,
verdict about policies, and who was behind a role are the same. Prints how many were expected, flagged, right, wrong and missed, with precision and
recall, and fails unless all are 1. Before that it spoils a truth in every way it can be wrong, and each time must notice.

The rules. Somebody *acts* by signing in, by changing IAM, and as root by anything; reading is no action. Who acts in a role is whoever is known to be
behind it (a claim is not knowledge). Somebody is *known* after three actions over 24 hours.

  person          nobody of that name has acted or taken a role; not in the first seven days of all, and not of programs
  country         known, and never acted from there. Amazon's, private and service addresses have none
  network         known, and never acted from Amazon's own network
  client          known, and never acted with such a program; versions do not matter
  role            known, never acted in that role, and took it for the first time within the last day
  hour            a sign-in; 20 actions over 14 days, none of them within two hours of this time of day
  burst           the third failed sign-in within five minutes of one user or from one address, and the thirtieth of such a row
  after-failures  a sign-in within an hour after three failures of the same user or from the same address
  travel          known, and the sign-in before it was 500 km away or more and would need more than 1,000 km/h; once for two countries
  return          root after 30 days, anybody known after 60
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from support.places import AMAZON, country_of, kilometres
from support.tools import program

GENERATOR = Path(__file__).with_name("generate-story.py")
FLAGS = ["person", "country", "network", "client", "role", "hour", "burst", "after-failures", "travel", "return"]
# The third story is longer, so that somebody can come back after two months.
DAYS = {3: 75}
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
# The same program by other names first: Edge says that it is Chrome, and Chrome that it is Safari.
PROGRAMS = [("Terraform/", "Terraform"), ("aws-cli/", "AWS CLI"), ("Boto3/", "Boto3"), ("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def records_of(logs):
    """Each record once, in order of time."""
    seen = {}
    for path in logs.rglob("*.json.gz"):
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            seen[record["recipientAccountId"], record["eventID"]] = record
    return sorted(seen.values(), key=lambda record: (record["eventTime"], record["eventID"]))


def time_of(record):
    return datetime.fromisoformat(record["eventTime"])


# The oracle.

class Behind:
    """Who acted in a session: from the keys that were issued before, from switches, and from what the session says itself."""

    def __init__(self):
        self.issued, self.switched, self.vouched = {}, {}, {}

    def learn(self, record):
        """Takes the record of somebody who takes a role; of two accounts that have it, the one that knows the name."""
        who, answer = record["userIdentity"], record["responseElements"]
        key = answer["credentials"]["accessKeyId"]
        if key not in self.issued or who["type"] != "AWSAccount":
            self.issued[key] = record
        if who["type"] in ("SAMLUser", "WebIdentityUser"):
            self.vouched[answer["assumedRoleUser"]["arn"]] = who["userName"]

    def of(self, record):
        """(name, account, sure, how); `None` where nobody stands behind."""
        who = record["userIdentity"]
        if who["type"] != "AssumedRole":
            return None
        role, session = who["arn"].split("/")[-2:]
        if role.startswith("AWSReservedSSO_"):
            return session, who["accountId"], "certain", "identity-center"
        began = who["sessionContext"]["attributes"]["creationDate"]
        if record["eventName"] == "SwitchRole":
            self.switched[who["arn"], began] = record["additionalEventData"]["SwitchFrom"]
        issued = self.issued.get(who.get("accessKeyId"))
        if issued is None:
            if switched := self.switched.get((who["arn"], began)):
                return switched.split("/")[-1], switched.split(":")[4], "certain", "role-switch"
            if who["arn"] in self.vouched:
                return self.vouched[who["arn"]], who["accountId"], "certain", "federated"
        else:
            caller = issued["userIdentity"]
            match caller["type"]:
                case "IAMUser":
                    return caller["userName"], caller["accountId"], "certain", "key-issued"
                case "AssumedRole":
                    return self.of(issued)
                case "SAMLUser" | "WebIdentityUser":
                    return caller["userName"], who["accountId"], "certain", "federated"
                case "AWSAccount" if not who["sessionContext"].get("sourceIdentity"):
                    # Another account's number, and the name nobody recorded here.
                    return caller["principalId"].split(":")[-1], caller["accountId"], "likely", "key-issued"
                case "AWSService":
                    return caller["invokedBy"], who["accountId"], "certain", "machine"
        if name := who["sessionContext"].get("sourceIdentity"):
            return name, None, "likely", "source-identity"
        return session, None, "claimed", "session-name"


def role_of(record):
    who = record["userIdentity"]
    return f"{who['accountId']}/{who['sessionContext']['sessionIssuer']['userName']}" if who["type"] == "AssumedRole" else None


class Oracle:
    """What the rules say of each record that is told; it looks through everything anew each time."""

    def __init__(self, records):
        self.behind = Behind()
        self.since = None
        self.actions, self.takings = defaultdict(list), defaultdict(list)
        self.failures, self.bursts, self.journeys = [], [], set()
        # Event -> flags, and who is behind.
        self.says, self.edges = {}, []
        for record in records:
            self.take(record)

    def take(self, record):
        name, who = record["eventName"], record["userIdentity"]
        if name.startswith("AssumeRole") and not record.get("errorCode"):
            self.behind.learn(record)
            self.takings[self.person(record)].append((time_of(record), f"{record['recipientAccountId']}/{record['requestParameters']['roleArn'].split('/')[-1]}"))
            return
        is_sign_in = name in ("ConsoleLogin", "SwitchRole")
        is_change = record["eventSource"] == "iam.amazonaws.com" and not record["readOnly"]
        if not (is_sign_in or is_change or who.get("type") == "Root" and name != "CheckMfa"):
            return
        behind = self.behind.of(record)
        if is_sign_in and "Failure" in record["responseElements"].values():
            flags = ["burst"] if self.is_burst(record) else []
        else:
            flags = self.judge(record, is_sign_in)
        self.says[record["recipientAccountId"], record["eventID"]] = flags, behind

    def person(self, record):
        """Whose action it is, in words that are the same over all accounts; a role, where nobody better is known."""
        who = record["userIdentity"]
        match self.behind.of(record):
            case (name, _, _, "identity-center"):
                return "identity-center", name
            case (_, _, "claimed", _) | (_, _, _, "machine") | (_, _, "likely", "key-issued"):
                return "role", role_of(record)
            case (name, account, _, _):
                return "program" if name.startswith("repo:") else account or "elsewhere", name
        match who["type"]:
            case "AWSService":
                return None
            case "Root":
                return who["accountId"], "root"
            case "AWSAccount":
                # Somebody of another account takes a role, and says at most who it is.
                return "elsewhere", record["requestParameters"].get("sourceIdentity")
            case "SAMLUser":
                return record["recipientAccountId"], who["userName"]
            case "WebIdentityUser":
                return "program", who["userName"]
        return who["accountId"], who["userName"]

    def judge(self, record, is_sign_in):
        now, person = time_of(record), self.person(record)
        if person is None:
            return []
        if self.since is None:
            self.since = now
        address, agent = record["sourceIPAddress"], record["userAgent"]
        action = {"time": now, "sign-in": is_sign_in, "country": country_of(address), "network": address.startswith(AMAZON) or None,
                  "client": next((name for mark, name in PROGRAMS if mark in agent), None), "role": role_of(record)}
        if person[0] == "role":
            action["role"] = None
        earlier, takings = self.actions[person], self.takings[person]
        flags = []
        is_known = len(earlier) >= 3 and now - earlier[0]["time"] >= DAY
        if not earlier and not [1 for taken, _ in takings if now - taken > DAY] and person[0] not in ("role", "program"):
            self.edge(record, now - self.since, 7 * DAY, 1.5 * DAY)
            flags += ["person"] if now - self.since >= 7 * DAY else []
        for flag in ("country", "network", "client", "role"):
            if action[flag] is None or any(one[flag] == action[flag] for one in earlier):
                continue
            if flag == "role":
                first = min((taken for taken, role in takings if role == action["role"]), default=now)
                self.edge(record, now - first, DAY, DAY / 2)
                if now - first > DAY:
                    continue
            flags += [flag] if is_known else []
            if earlier:
                self.edge(record, now - earlier[0]["time"], DAY, HOUR)
        if is_sign_in:
            flags += ["hour"] if self.is_odd_hour(record, earlier, now) else []
            flags += ["after-failures"] if self.failures_before(record, now) >= 3 else []
            flags += ["travel"] if is_known and self.is_journey(record, person, earlier, action) else []
        last = max([one["time"] for one in earlier] + [taken for taken, _ in takings if taken < now], default=None)
        if last and (is_known or person[1] == "root"):
            limit = (30 if person[1] == "root" else 60) * DAY
            self.edge(record, now - last, limit, 2 * DAY)
            flags += ["return"] if now - last >= limit else []
        earlier.append(action)
        return sorted(flags, key=FLAGS.index)

    def edge(self, record, value, limit, room):
        """Nothing of a story may be so near a limit that it could be seen either way."""
        if abs(value - limit) < room:
            self.edges.append(f"{record['eventID']} {record['eventTime']}: {value} is too near {limit}")

    def is_odd_hour(self, record, earlier, now):
        if len(earlier) < 20 or now - earlier[0]["time"] < 14 * DAY:
            return False
        clock = [(one["time"] - one["time"].replace(hour=0, minute=0, second=0)) for one in earlier]
        here = now - now.replace(hour=0, minute=0, second=0)
        nearest = min(min(abs(here - one), DAY - abs(here - one)) for one in clock)
        self.edge(record, nearest, 2.5 * HOUR, 0.7 * HOUR)
        return nearest > 2 * HOUR

    def is_journey(self, record, person, earlier, action):
        last = next((one for one in reversed(earlier) if one["sign-in"]), None)
        if last is None or None in (last["country"], action["country"]) or last["country"] == action["country"]:
            return False
        journey = person, *sorted((last["country"], action["country"]))
        far = kilometres(last["country"], action["country"])
        if far < 500 or journey in self.journeys:
            return False
        speed = far / ((action["time"] - last["time"]) / HOUR)
        if 700 < speed < 2_000:
            self.edges.append(f"{record['eventID']} {record['eventTime']}: {speed:.0f} km/h is too near the limit")
        if speed > 1_000:
            self.journeys.add(journey)
        return speed > 1_000

    def same(self, record, one):
        """Whether a failure was of the same user, or from the same address."""
        name = record["userIdentity"].get("userName", "root")
        account = record["recipientAccountId"]
        is_user = name != HIDDEN and (account, name) == (one["recipientAccountId"], one["userIdentity"].get("userName", "root"))
        return is_user, record["sourceIPAddress"] == one["sourceIPAddress"]

    def failures_before(self, record, now):
        for one in self.failures:
            if any(self.same(record, one)):
                self.edge(record, now - time_of(one), HOUR, HOUR / 6)
        return sum(any(self.same(record, one)) and now - time_of(one) <= HOUR for one in self.failures)

    def is_burst(self, record):
        """A row is of one user or from one address, with no pause of more than five minutes."""
        self.failures.append(record)
        longest, has_three, has_rung = 0, False, False
        for which in (0, 1):
            row = [record]
            for one in reversed(self.failures[:-1]):
                if self.same(record, one)[which]:
                    if time_of(row[-1]) - time_of(one) > timedelta(minutes=5):
                        break
                    row.append(one)
            longest = max(longest, len(row))
            has_three |= len(row) >= 3 and time_of(record) - time_of(row[2]) <= timedelta(minutes=5)
            has_rung |= any(one["eventID"] in self.bursts for one in row)
        is_burst = longest == 30 or has_three and not has_rung
        if is_burst:
            self.bursts.append(record["eventID"])
        return is_burst


def planted_against_oracle(truth, oracle):
    """Where what was planted and what the rules say differ."""
    faults = list(oracle.edges)
    planted = {(line["account"], line["event_id"]): line for line in truth}
    for event in sorted(planted.keys() ^ oracle.says.keys()):
        faults.append(f"{event}: {'planted, and the oracle does not see it told' if event in planted else 'told by the rules, and not planted'}")
    for event in planted.keys() & oracle.says.keys():
        line, (flags, behind) = planted[event], oracle.says[event]
        if line["flags"] != flags:
            faults.append(f"{describe(line)}: planted {line['flags']}, by the rules {flags}")
        found = dict(zip(("name", "account", "sure", "how"), behind)) if behind else None
        if not is_behind(line["behind"], found):
            faults.append(f"{describe(line)}: planted behind {line['behind']}, by the rules {found}")
    return faults


# trailbell's notices, beside the truth.

class Tally:
    """Of one flag, or of one kind of word."""

    def __init__(self):
        self.expected = self.flagged = self.right = 0

    @property
    def precision(self):
        return self.right / self.flagged if self.flagged else 1.0

    @property
    def recall(self):
        return self.right / self.expected if self.expected else 1.0

    def count(self, expected, flagged, right):
        self.expected += expected
        self.flagged += flagged
        self.right += right


def describe(line):
    return f"{line['event_id']} {line['time']} ({line['why']})"


def is_behind(expected, found):
    """Whether everything the truth says of who was behind is so."""
    if expected is None or found is None:
        return expected is found
    return all(found.get(word) == value for word, value in expected.items())


def compare(truth, notices):
    """The tallies by name, and each fault in words."""
    tallies = {name: Tally() for name in ["notices", *FLAGS, "grants", "behind"]}
    faults = []
    told = defaultdict(list)
    for notice in notices:
        told[notice["account"], notice["event_id"]].append(notice)
    planted = {(line["account"], line["event_id"]) for line in truth}
    tallies["notices"].count(len(truth), len(notices), len(planted & told.keys()))
    for event in sorted(told.keys() - planted):
        faults.append(f"wrong: told, and in no line of the truth: {event[1]} {told[event][0]['event_time']} {told[event][0]['headline']}")
    for line in truth:
        found = told.get((line["account"], line["event_id"]), [])
        if len(found) != 1:
            faults.append(f"{'missed' if not found else 'wrong'}: {len(found)} notices of {describe(line)}")
        notice = found[0] if found else {}
        unusual = notice.get("unusual", [])
        for flag in FLAGS:
            expected, flagged = flag in line["flags"], flag in unusual
            tallies[flag].count(expected, flagged, expected and flagged)
            if expected != flagged:
                faults.append(f"{'missed' if expected else 'wrong'}: {flag}: {describe(line)}")
        if unusual != sorted(set(unusual) & set(FLAGS), key=FLAGS.index):
            faults.append(f"wrong: the order of {unusual}: {describe(line)}")
        verdict = (notice.get("grants") or {}).get("verdict")
        tallies["grants"].count(line["grants"] is not None, verdict is not None, verdict is not None and verdict == line["grants"])
        if verdict != line["grants"]:
            faults.append(f"{'missed' if verdict is None else 'wrong'}: grants {line['grants']}, told {verdict}: {describe(line)}")
        behind = notice.get("behind")
        is_right = is_behind(line["behind"], behind)
        tallies["behind"].count(line["behind"] is not None, behind is not None, is_right and behind is not None)
        if not is_right:
            faults.append(f"{'missed' if behind is None else 'wrong'}: behind {line['behind']}, told {behind}: {describe(line)}")
        # The addresses of the story are those of countries by a table of ours.
        place = notice.get("network", {})
        if place.get("kind") == "country" and place["country"] != country_of(notice["source_ip"]):
            faults.append(f"wrong: {notice['source_ip']} is registered in {place['country']}, by support/places.py in {country_of(notice['source_ip'])}")
    return tallies, faults


def show(tallies):
    print(f"{'':16}{'expected':>9}{'flagged':>9}{'right':>7}{'wrong':>7}{'missed':>8}{'precision':>11}{'recall':>8}")
    for name, tally in tallies.items():
        print(f"{name:16}{tally.expected:9}{tally.flagged:9}{tally.right:7}{tally.flagged - tally.right:7}{tally.expected - tally.right:8}{tally.precision:11.3f}{tally.recall:8.3f}")


def told(line):
    """The notice that says exactly what a line of the truth says."""
    whole = {"name": "x", "account": "x", "sure": "certain", "how": "machine"}
    return {"account": line["account"], "event_id": line["event_id"], "event_time": line["time"], "headline": "", "unusual": line["flags"],
            "grants": line["grants"] and {"verdict": line["grants"]}, "behind": line["behind"] and whole | line["behind"]}


def spoiled(truth):
    """The truth, wrong in one line, in every way: what was done to it, and the lines."""
    def one(which, change):
        nth = next(nth for nth, line in enumerate(truth) if which(line))
        lines = [dict(line) for line in truth]
        change(lines, nth)
        return lines

    for flag in FLAGS:
        if any(flag in line["flags"] for line in truth):
            yield f"without a {flag}", one(lambda line: flag in line["flags"], lambda lines, nth: lines[nth].update(flags=[f for f in lines[nth]["flags"] if f != flag]))
        yield f"with one {flag} more", one(lambda line: not line["flags"], lambda lines, nth: lines[nth].update(flags=[flag]))
    yield "another verdict", one(lambda line: line["grants"] == "reads", lambda lines, nth: lines[nth].update(grants="writes"))
    yield "no verdict", one(lambda line: line["grants"], lambda lines, nth: lines[nth].update(grants=None))
    yield "a verdict more", one(lambda line: not line["grants"], lambda lines, nth: lines[nth].update(grants="reads"))
    for word in ("name", "account", "sure", "how"):
        yield f"another {word} behind", one(lambda line: word in (line["behind"] or {}), lambda lines, nth: lines[nth].update(behind=lines[nth]["behind"] | {word: "nobody"}))
    yield "nobody behind", one(lambda line: line["behind"], lambda lines, nth: lines[nth].update(behind=None))
    yield "somebody behind", one(lambda line: not line["behind"], lambda lines, nth: lines[nth].update(behind={"name": "alice"}))
    yield "a line less", truth[1:]
    yield "a line more", [*truth, truth[0] | {"event_id": "00000000-0000-4000-8000-000000000000"}]


def can_fail(truth, oracle):
    """The check itself: notices that say exactly the truth pass, and each spoiled truth does not, nor a notice told twice."""
    notices = [told(line) for line in truth]
    faults = [f"a notice for each line of the truth is not enough: {fault}" for fault in compare(truth, notices)[1]]
    ways = 0
    for what, lines in spoiled(truth):
        ways += 1
        tallies, found = compare(lines, notices)
        if not found or all(tally.precision == tally.recall == 1 for tally in tallies.values()):
            faults.append(f"a truth {what} is not noticed")
        if "verdict" not in what and not planted_against_oracle(lines, oracle):
            faults.append(f"a truth {what} is not noticed by the oracle")
    if not compare(truth, [*notices, notices[0]])[1]:
        faults.append("a notice told twice is not noticed")
    print(f"a truth that is wrong, in {ways} ways: {'noticed each time' if not faults else 'NOT noticed'}")
    return faults


def misshapen(logs):
    """What is not as CloudTrail delivers it: objects that come twice, and records that are not in order."""
    paths = sorted(logs.rglob("*.json.gz"))
    seen, again, disorder, regions, accounts = set(), 0, 0, set(), set()
    for path in paths:
        records = json.loads(gzip.decompress(path.read_bytes()))["Records"]
        times = [time_of(record) for record in records]
        disorder += any(second < first for first, second in zip(times, times[1:]))
        first = frozenset(record["eventID"] for record in records)
        again += first in seen
        seen.add(first)
        account, _, region, year, month, day = path.relative_to(logs).parts[1:7]
        regions.add(region)
        accounts.add(account)
        if any(record["recipientAccountId"] != account for record in records) or not path.name.startswith(f"{account}_CloudTrail_") or f"_{year}{month}{day}T" not in path.name:
            yield f"{path} is not where such records belong"
    if not 0.15 < again / (len(paths) - again) < 0.35:
        yield f"{again} of {len(paths)} objects are there twice"
    if disorder < len(paths) / 50:
        yield f"{disorder} of {len(paths)} objects are out of order"
    if len(regions) < 4 or len(accounts) != 3:
        yield f"regions {sorted(regions)}, accounts {sorted(accounts)}"


def differs_again(folder, arguments):
    """A seed is one story, whatever the order of sets and dictionaries."""
    again = folder / "again"
    subprocess.run([sys.executable, GENERATOR, again, *arguments], check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONHASHSEED": "7"})
    files = {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    there = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and again not in path.parents}
    differing = (files ^ there) | {one for one in files & there if (again / one).read_bytes() != (folder / one).read_bytes()}
    shutil.rmtree(again)
    return [f"the same seed made another {one}" for one in sorted(differing)]


def notices_of(text):
    return [one for one in map(json.loads, text.splitlines()) if one["type"] == "notice"]


def check(folder, seed, notices):
    """The tallies and the faults of one story."""
    days = DAYS.get(seed, 60)
    print(f"seed {seed}, {days} days: ", end="", flush=True)
    arguments = ["--seed", str(seed), "--days", str(days)]
    subprocess.run([sys.executable, GENERATOR, folder, *arguments], check=True)
    truth = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    oracle = Oracle(records_of(folder / "logs"))
    faults = [*misshapen(folder / "logs"), *differs_again(folder, arguments), *planted_against_oracle(truth, oracle)]
    print(f"what was planted and an oracle agree on {len(truth)} lines" if not faults else f"{len(faults)} faults of the story itself")
    if not faults:
        faults += can_fail(truth, oracle)
    if notices is None:
        # Away from any trailbell.yaml.
        command = [program(), "scan", "--output", "json", "--timezone", "UTC", "--lang", "en", folder / "logs"]
        notices = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout
        (folder / "notices.jsonl").write_text(notices, encoding="utf-8")
    tallies, wrong = compare(truth, notices_of(notices))
    return tallies, [f"seed {seed}: {fault}" for fault in faults + wrong]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--keep", type=Path, metavar="FOLDER", help="leave stories, truths and notices there")
    arguments.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    arguments.add_argument("--notices", type=Path, metavar="FILE", help="compare these notices (of the first seed) instead of running trailbell")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        given = options.notices and options.notices.read_text(encoding="utf-8")
        results = [check(folder / f"seed-{seed}", seed, given) for seed in (options.seeds[:1] if given else options.seeds)]
    total = {name: Tally() for name in results[0][0]}
    for name, tally in total.items():
        for tallies, _ in results:
            tally.count(tallies[name].expected, tallies[name].flagged, tallies[name].right)
    print()
    show(total)
    faults = [fault for _, faults in results for fault in faults]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"\n{len(faults)} faults" if faults else "\neverything unusual was flagged once, and nothing else")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
