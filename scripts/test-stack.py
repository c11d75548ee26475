#!/usr/bin/env python3
"""The stack of deploy/trailbell.yaml in ministack, with the real function in it.

    scripts/test-stack.py

Made by `trailbell deploy` (what that prints is what the READMEs show), described resource by resource, woken by a Logs payload, an
EventBridge sign-in and an SQS batch: the notice must arrive in a queue subscribed to the topic; the same event by all three once. A topic
that fails is tried again, then the message lies in the dead-letter queue. A folder of Sigma rules goes along and rings. Then `trailbell deploy --delete`, and nothing may be left. What
ministack cannot do is listed at the end, and in docs/deploy.md how to see it in a real account.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

from support.refusing import Refusing
from support.stack import PACKAGES, ministack, resources, zipped
from support.tools import ROOT, bootstrap, program, with_packages
from support.transcript import READMES, disagreement, shown_in

with_packages("ministack", PACKAGES)
from support.emulator import client as client_of  # noqa: E402
from support.events import event, root_sign_in  # noqa: E402
from support.payloads import eventbridge, logs  # noqa: E402

NAME = "trailbell"
SIGN = "prints in an emulator"
"""What stands before a README's block, with the command: `<!-- prints in an emulator: trailbell deploy ... -->`."""
MASKS = {r"\b\d\d:\d\d:\d\d\b": "hh:mm:ss", r"\b\d+ KB\b": "n KB", r"\bfor (arm64|x86_64)\b": "for this machine"}
"""What is another at every run, in a README as in what is printed."""
CONFIGURATION = "delivery: { learning: off, all_is_well: off, give_up_after: 1m }\n"


def check(what: str, holds: bool, seen=None) -> None:
    if not holds:
        sys.exit(f"NOT: {what}; seen: {json.dumps(seen, default=str)[:1500]}")
    print(f"  {what}")


class Made(dict):
    """The stack's resources, logical id -> physical id, that remembers which have been looked at."""

    def __init__(self, endpoint: str):
        super().__init__({name: physical for name, (_, physical) in resources(endpoint, NAME).items()})
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.seen.add(name)
        return super().__getitem__(name)


def describe(endpoint: str, outputs: dict[str, str]) -> None:
    """Every resource, asked of its own service: an emulator's CREATE_COMPLETE proves nothing."""
    made = Made(endpoint)
    topic_and_key(endpoint, made, outputs)
    function_and_role(endpoint, made, outputs)
    table_and_queues(endpoint, made, outputs)
    rules_and_filter(endpoint, made, outputs)
    alarms(endpoint, made, outputs)
    # ministack takes it and keeps nothing of it that could be asked.
    made.seen.add("FunctionRetries")
    check(f"that were all of its {len(made)} resources", set(made) == made.seen, sorted(set(made) - made.seen))


def topic_and_key(endpoint: str, made: Made, outputs: dict[str, str]) -> None:
    sns = client_of("sns", endpoint)
    check("the topic is the output's", made["Topic"] == outputs["TopicArn"], made["Topic"])
    topic = sns.get_topic_attributes(TopicArn=made["Topic"])["Attributes"]
    check("its policy lets alarms of this account publish", bool(made["TopicPolicy"]) and "cloudwatch.amazonaws.com" in topic.get("Policy", ""), topic)
    subscriptions = {one["Endpoint"]: one["SubscriptionArn"] for one in sns.list_subscriptions_by_topic(TopicArn=made["Topic"])["Subscriptions"]}
    check("two addresses are subscribed", (subscriptions["me@example.com"], subscriptions["you@example.com"]) == (made["Email1"], made["Email2"]), subscriptions)
    # ministack does not evaluate the conditions of the other eight, and subscribes nobody by them.
    made.seen |= {f"Email{number}" for number in range(3, 11)}
    key = client_of("kms", endpoint).describe_key(KeyId=made["Key"])["KeyMetadata"]
    check("the key is on", key["KeyState"] == "Enabled", key)


def function_and_role(endpoint: str, made: Made, outputs: dict[str, str]) -> None:
    functions, iam = client_of("lambda", endpoint), client_of("iam", endpoint)
    function = functions.get_function_configuration(FunctionName=made["Function"])
    check("the function: provided.al2023, 256 MB, 120 s", (function["Runtime"], function["MemorySize"], function["Timeout"]) == ("provided.al2023", 256, 120), function)
    variables = function["Environment"]["Variables"]
    check("its environment names table, topic, queue and role",
          (variables["TRAILBELL_TABLE"], variables["TRAILBELL_TOPIC_ARN"], variables["TRAILBELL_DEAD_LETTERS_URL"])
          == (outputs["TableName"], outputs["TopicArn"], outputs["DeadLetterQueueUrl"]) and made["FunctionRole"] in variables["TRAILBELL_ROLE_ARN"]
          and variables["TRAILBELL_PATHS"] == "logs,eventbridge,config,queue", variables)
    policy = json.loads(functions.get_policy(FunctionName=made["Function"])["Policy"])
    may_call = [made[name] for name in ("ClockMayCall", "LogsMayCall", "SignInRuleMayCall", "ChangeRuleMayCall", "ConfigRuleMayCall")]
    principals = [statement["Principal"] for statement in policy["Statement"]]
    callers = {one if isinstance(one, str) else one["Service"] for one in principals}
    check("Logs, three rules and the clock may call it, nobody else", len(principals) == len(may_call)
          and callers == {"logs.amazonaws.com", "events.amazonaws.com"}, policy)
    role = iam.get_role_policy(RoleName=made["FunctionRole"], PolicyName="what-it-needs")
    check("the role's policy is the template's", "ItsLedger" in json.dumps(role["PolicyDocument"]), role)
    check("the role has no managed policy", iam.list_attached_role_policies(RoleName=made["FunctionRole"])["AttachedPolicies"] == [])
    groups = {one["logGroupName"]: one for one in client_of("logs", endpoint).describe_log_groups()["logGroups"]}
    check("the function's log group keeps for a year, as it was changed to", groups[made["FunctionLogGroup"]].get("retentionInDays") == 365, groups)


def table_and_queues(endpoint: str, made: Made, outputs: dict[str, str]) -> None:
    table = client_of("dynamodb", endpoint).describe_table(TableName=made["Table"])["Table"]
    check("the table has its three local indexes", [one["IndexName"] for one in table["LocalSecondaryIndexes"]] == ["by-l1", "by-l2", "by-l3"], table)
    sqs = client_of("sqs", endpoint)
    dead = sqs.get_queue_attributes(QueueUrl=made["DeadLetterQueue"], AttributeNames=["All"])["Attributes"]
    check("the dead-letter queue keeps for fourteen days", dead["MessageRetentionPeriod"] == "1209600", dead)
    check("and its policy refuses what is not encrypted on its way", bool(made["DeadLetterQueuePolicy"]) and "SecureTransport" in dead["Policy"], dead)
    feed = sqs.get_queue_attributes(QueueUrl=made["FeedQueue"], AttributeNames=["All"])["Attributes"]
    check("the feed queue waits six timeouts", feed["VisibilityTimeout"] == "720", feed)
    check("and EventBridge may write to it", bool(made["FeedQueuePolicy"]) and "events.amazonaws.com" in feed["Policy"], feed)
    mappings = {one["UUID"]: one for one in client_of("lambda", endpoint).list_event_source_mappings(FunctionName=outputs["FunctionName"])["EventSourceMappings"]}
    check("a batch reports what failed in it", mappings[made["Feed"]]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], mappings)


def rules_and_filter(endpoint: str, made: Made, outputs: dict[str, str]) -> None:
    events = client_of("events", endpoint)
    rules = {made[name]: name for name in ("Clock", "SignInRule", "ChangeRule", "ConfigRule", "FeedRule")}
    states = {rules[rule["Name"]]: rule for rule in events.list_rules()["Rules"] if rule["Name"] in rules}
    check("five rules", len(states) == 5, states)
    check("the sign-in rule asks for read-only events too", states["SignInRule"]["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", states)
    for name in ("Clock", "SignInRule", "ChangeRule", "ConfigRule"):
        targets = events.list_targets_by_rule(Rule=states[name]["Name"])["Targets"]
        check(f"{name} calls the function", [one["Arn"] for one in targets] == [outputs["FunctionArn"]]
              and (name != "Clock" or json.loads(targets[0]["Input"]) == {"trailbell": "tick"}), targets)
    filters = client_of("logs", endpoint).describe_subscription_filters(logGroupName="trail")["subscriptionFilters"]
    check("one subscription filter carries all rules", [one["filterName"] for one in filters] == [made["Subscription"].split("|")[-1]]
          and filters[0]["destinationArn"] == outputs["FunctionArn"] and "AwsConsole*" in filters[0]["filterPattern"], [filters, made["Subscription"]])


def alarms(endpoint: str, made: Made, outputs: dict[str, str]) -> None:
    found = {one["AlarmName"]: one for one in client_of("cloudwatch", endpoint).describe_alarms()["MetricAlarms"]}
    for name in ("DeadLettersAlarm", "ErrorsAlarm", "TicksAlarm", "StillnessAlarm", "SilenceAlarm"):
        check(f"{name} tells the topic", found[made[name]]["AlarmActions"] == [outputs["TopicArn"]], found.keys())


def with_variables(functions, name: str, more: dict[str, str]) -> None:
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables | more})


def woken(endpoint: str, outputs: dict[str, str]) -> None:
    def client(service: str):
        return client_of(service, endpoint)

    functions, sqs, sns = client("lambda"), client("sqs"), client("sns")
    # A real account needs no address; the emulator's functions do.
    with_variables(functions, outputs["FunctionName"], {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
    queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=outputs["TopicArn"], Protocol="sqs", Endpoint=arn)
    feed = resources(endpoint, NAME)["FeedQueue"][1]

    def told(word: str, seconds: float = 60) -> list[str]:
        """Messages with that word, once the first has come and a while after."""
        found, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
                body = json.loads(message["Body"])
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                if word in body["Message"]:
                    found.append(body["Subject"])
                    end = min(end, time.monotonic() + 4)
        return found

    def by_logs(one: dict) -> None:
        functions.invoke(FunctionName=outputs["FunctionName"], InvocationType="Event", Payload=json.dumps(logs(one)))

    def by_rule(one: dict, detail_type: str = "AWS API Call via CloudTrail", source: str = "aws.iam") -> None:
        client("events").put_events(Entries=[{"Source": source, "DetailType": detail_type, "Detail": json.dumps(one)}])

    def by_queue(one: dict) -> None:
        sqs.send_message(QueueUrl=feed, MessageBody=json.dumps(eventbridge(one)))

    now = time.time()
    for number, (way, wake) in enumerate({"a Logs payload": by_logs, "an EventBridge rule": by_rule, "an SQS batch": by_queue}.items(), 1):
        wake(event(number, True, now))
        found = told(f"user-{number} created")
        check(f"{way} wakes the function, and the notice arrives: {found[:1]}", len(found) == 1, found)
    # In AWS the state "enabled with read-only events" is on; ministack takes it for off.
    client("events").enable_rule(Name=resources(endpoint, NAME)["SignInRule"][1])
    by_rule(root_sign_in(now), "AWS Console Sign In via CloudTrail", "aws.signin")
    check("an EventBridge sign-in rings", len(found := told("root user signed in")) == 1, found)
    for number in range(9, 17):
        one = event(number, True, time.time())
        for wake in (by_logs, by_rule, by_queue):
            wake(one)
        check("the same event by three ways at once arrives once", len(found := told(f"user-{number} created")) == 1, found)


def failing_topic(endpoint: str, outputs: dict[str, str]) -> None:
    """SNS answers 500: every tick tries again as the schedule says, and after a minute (as this test's configuration has it) it is given up."""
    functions, sqs = client_of("lambda", endpoint), client_of("sqs", endpoint)
    down, name = Refusing(), outputs["FunctionName"]
    with_variables(functions, name, {"AWS_ENDPOINT_URL_SNS": down.url})
    functions.invoke(FunctionName=name, Payload=json.dumps(logs(event(20, True, time.time()))))
    found: list[dict] = []
    end = time.monotonic() + 240
    while not found and time.monotonic() < end:
        time.sleep(3)
        functions.invoke(FunctionName=name, Payload=json.dumps({"trailbell": "tick"}))
        messages = sqs.receive_message(QueueUrl=outputs["DeadLetterQueueUrl"], MaxNumberOfMessages=10).get("Messages", [])
        found += [body for message in messages if "user-20 " in (body := json.loads(message["Body"])).get("subject", "")]
    check(f"a failing topic: {down.asked} attempts, then the message lies in the stack's dead-letter queue, with the reason",
          len(found) == 1 and down.asked >= 3 and "500" in found[0]["reason"], [found, down.asked])
    down.shutdown()


class Command:
    """`trailbell` against the emulator. What it says is shown where a check of it fails."""

    def __init__(self, endpoint: str, folder: pathlib.Path):
        self.endpoint, self.folder = endpoint, folder
        self.environment = os.environ | {"LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1"}
        self.printed: dict[str, str] = {}

    def run(self, *arguments: str, status: int = 0, stdout=subprocess.PIPE, stderr=subprocess.PIPE) -> subprocess.CompletedProcess:
        command = [program(), *arguments, "--endpoint-url", self.endpoint, "--region", "us-east-1"]
        done = subprocess.run(command, stdout=stdout, stderr=stderr, text=True, cwd=self.folder, env=self.environment)
        check(f"trailbell {' '.join(arguments[:2])} ... exits with {status}", done.returncode == status, [done.stdout, done.stderr])
        return done

    def typed(self, line: str, status: int = 0) -> str:
        """A line as in a shell, perhaps with `> FILE` at its end; what is seen in the terminal then."""
        words = shlex.split(line)
        at = words.index(">") if ">" in words else len(words)
        if at < len(words):
            with (self.folder / words[at + 1]).open("w") as file:
                seen = self.run(*words[1:at], status=status, stdout=file).stderr
        else:
            seen = self.run(*words[1:], status=status, stderr=subprocess.STDOUT).stdout
        self.printed[line] = f"$ {line}\n{seen}"
        return seen

    def as_shown(self) -> None:
        """Whether every README shows what was typed, and nothing that was not."""
        def masked(text: str) -> str:
            for pattern, word in MASKS.items():
                text = re.sub(pattern, word, text)
            return text

        for readme in READMES:
            shown = {command: text for name, command, text in shown_in(ROOT, SIGN) if name == readme}
            check(f"{readme} shows {len(self.printed)} commands in an emulator", list(shown) == list(self.printed), [list(shown), list(self.printed)])
            for command, printed in self.printed.items():
                problem = disagreement(masked(shown[command]), masked(printed))
                check(f"and as it is: {' '.join(command.split()[:3])} ...", problem is None, [problem, printed])


def as_the_readmes_show(command: Command) -> None:
    """The stack as a newcomer makes it: looked at, made, taken away. Every line of the READMEs' transcripts must have been printed."""
    flags = "--function-zip function.zip --email me@example.com --parameter TrailLogGroup=trail"
    looked = command.typed(f"trailbell deploy --dry-run {flags} > template.yaml")
    check("the dry run prints the template and the plan, and changes nothing",
          (command.folder / "template.yaml").read_text() == (ROOT / "deploy" / "trailbell.yaml").read_text()
          and "is new" in looked and "nothing was changed" in looked.lower() and left_in(command.endpoint) == [], looked)
    # The check at the end finds that this account has no trail, which ministack cannot have: exit status 1.
    done = command.typed(f"trailbell deploy --yes {flags}", status=1)
    check("and then it is there", "The stack trailbell stands." in done, done)
    command.as_shown()
    delete(command)


def deployed(command: Command) -> dict[str, str]:
    """The stack made with every way in that ministack can have, then changed; its outputs."""
    # ministack cannot make metric filters: without the way Alarm.
    parameters = {"TrailLogGroup": "trail", "TrailBucket": "trail-bucket", "WatchWithLogs": "yes", "WatchWithEventBridge": "yes",
                  "WatchWithConfig": "yes", "WatchWithAlarm": "no", "VerificationPhrase": "quiet river"}
    arguments = ["deploy", "--function-zip", "function.zip", *(word for name, value in parameters.items() for word in ("--parameter", f"{name}={value}")),
                 *(word for address in ("me@example.com", "you@example.com") for word in ("--email", address))]
    done = command.run(*arguments, "--yes", status=1)
    check("every resource is told of", "The stack trailbell stands." in done.stderr and done.stderr.count("CREATE_COMPLETE") >= 38
          and "ok       function" in done.stdout, [done.stdout, done.stderr])
    check("what is wrong is one thing, the trail", done.stdout.count("WRONG") == 1 and "no trail" in done.stdout, done.stdout)
    again = command.run("deploy", "--function-zip", "function.zip", "--parameter", "LogRetentionDays=365", "--yes", status=1)
    check("run again it changes what has changed", "LogRetentionDays  365 (was 90)" in again.stderr and "EmailAddresses" not in again.stderr, again.stderr)
    command.run("recipients", "add", "c@example.com")
    told = command.run("recipients", "list").stdout
    check("a third recipient is added", all(f"{name}@example.com" in told for name in ("me", "you", "c")), told)
    command.run("recipients", "remove", "c@example.com")
    outputs = client_of("cloudformation", command.endpoint).describe_stacks(StackName=NAME)["Stacks"][0]["Outputs"]
    return {one["OutputKey"]: one["OutputValue"] for one in outputs}


def delete(command: Command) -> None:
    done = command.run("deploy", "--delete", "--yes")
    left = left_in(command.endpoint)
    check("deleted, and nothing is left", "Nothing is left." in done.stderr and left == [], [done.stderr[-500:], left])


def left_in(endpoint: str) -> list[str]:
    """Whatever there is in the account but what was there before, and what the emulator itself brings."""
    def client(service: str):
        return client_of(service, endpoint)

    logs_client = client("logs")
    return [
        *(one["TopicArn"] for one in client("sns").list_topics()["Topics"]),
        *client("dynamodb").list_tables()["TableNames"],
        *(url for url in client("sqs").list_queues().get("QueueUrls", []) if not url.endswith("/subscriber")),
        *(one["FunctionName"] for one in client("lambda").list_functions()["Functions"]),
        *(one["UUID"] for one in client("lambda").list_event_source_mappings()["EventSourceMappings"]),
        *(one["RoleName"] for one in client("iam").list_roles()["Roles"]),
        *(one["Name"] for one in client("events").list_rules()["Rules"]),
        *(one["AlarmName"] for one in client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(one["logGroupName"] for one in logs_client.describe_log_groups()["logGroups"] if one["logGroupName"] != "trail"),
        *(one["filterName"] for one in logs_client.describe_subscription_filters(logGroupName="trail")["subscriptionFilters"]),
        *(one["Name"] for one in client("s3").list_buckets()["Buckets"] if one["Name"] != "trail-bucket"),
        *(one["StackName"] for one in client("cloudformation").list_stacks()["StackSummaries"] if one["StackStatus"] != "DELETE_COMPLETE"),
        *(one["KeyId"] for one in client("kms").list_keys()["Keys"] if client("kms").describe_key(KeyId=one["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"),
    ]


def looked_into(command: Command, outputs: dict[str, str]) -> None:
    """The commands that look into a ledger look into the stack's, too, and change it beside the function."""
    functions, there = client_of("lambda", command.endpoint), ("--stack-name", NAME)
    listed = command.run("timeline", *there).stdout
    check("timeline shows what the function told", "user-1 created" in listed and "root user signed in" in listed, listed)
    shown = command.run("show", event(1, True, 0)["eventID"], *there).stdout
    check("show says it whole", "user-1 created an access key" in shown and "If not:" in shown, shown)
    sent = command.run("deliveries", *there).stdout
    check("deliveries lists what was sent", sent.count("sent") > 10, sent)
    muted = command.run("mute", "--principal", "user-17", "--for", "1h", *there).stdout
    functions.invoke(FunctionName=outputs["FunctionName"], Payload=json.dumps(logs(event(17, True, time.time()))))
    why = command.run("explain", event(17, True, 0)["eventID"], *there).stdout
    check("a mute from here quiets the function at once", "muted" in why.lower(), why)
    command.run("mute", "end", muted.split()[0], *there)
    check("and can be taken back", "nothing is muted" in command.run("mute", "list", *there).stderr)


RULES = {"website.yml": """title: A bucket became a website
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: putbucketwebsite}, condition: s}
level: high
---
title: A bucket was opened
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: putbucketcors}, condition: s}
""", "deep/many.yml": """title: Buckets are being opened
correlation: {type: event_count, rules: [A bucket was opened], group-by: [userIdentity.accountId], timespan: 1h, condition: {gte: 2}}
level: critical
"""}


def files_of_rules(command: Command, outputs: dict[str, str]) -> None:
    """Sigma rules of a folder beside the configuration: the function tells what they meet, by the names they have here."""
    for name, text in RULES.items():
        path = command.folder / "rules.d" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (command.folder / "trailbell.yaml").write_text(CONFIGURATION + "rules: { community: { sigma: ./rules.d/ } }\n")
    done = command.run("deploy", "--function-zip", "function.zip", "--yes", status=1)
    check("files of Sigma rules go along", "2 files go along" in done.stderr and "The stack trailbell stands." in done.stderr, done.stderr)
    functions, name = client_of("lambda", command.endpoint), outputs["FunctionName"]
    with_variables(functions, name, {"AWS_ENDPOINT_URL": command.endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
    events = [event(number, False, time.time()) | {"eventSource": "s3.amazonaws.com", "eventName": operation}
              for number, operation in ((31, "PutBucketWebsite"), (32, "PutBucketCors"), (33, "PutBucketCors"))]
    functions.invoke(FunctionName=name, Payload=json.dumps(logs(*events)))
    # The second event only counts.
    shown = [command.run("show", one["eventID"], "--stack-name", NAME, "--output", "json", status=status).stdout
             for one, status in zip(events, (0, 1, 0))]
    website, many = json.loads(shown[0]), json.loads(shown[2])
    check("what a rule of a file meets is told, as severe as its level", (website["rules"], website["severity"]) == (["website"], "high"), website)
    check("and a correlation with the event that completes it", (many["rules"], many["severity"]) == (["many"], "critical"), many)


def main() -> None:
    with ministack() as endpoint, tempfile.TemporaryDirectory() as folder:
        client_of("s3", endpoint).create_bucket(Bucket="trail-bucket")
        client_of("logs", endpoint).create_log_group(logGroupName="trail")
        command = Command(endpoint, pathlib.Path(folder))
        (command.folder / "function.zip").write_bytes(zipped(bootstrap()))
        (command.folder / "trailbell.yaml").write_text(CONFIGURATION)
        as_the_readmes_show(command)
        outputs = deployed(command)
        describe(endpoint, outputs)
        woken(endpoint, outputs)
        looked_into(command, outputs)
        files_of_rules(command, outputs)
        failing_topic(endpoint, outputs)
        delete(command)
    print("ministack: deployed, described, woken three ways, told once, with rules of files, retried and given up, deleted. Not shown by it: filter patterns (it matches none), "
          "metric filters, alarms, a trail, Lambda's own retries and the queue's into the dead-letter queue, encryption and key policies")


if __name__ == "__main__":
    main()
