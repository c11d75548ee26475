#!/usr/bin/env python3
"""The stack of deploy/trailbell.yaml in ministack, with the real function in it.

    scripts/test-stack.py

Made by change set, described resource by resource, woken by a Logs payload, an EventBridge sign-in and an SQS batch: the notice must arrive in a
queue subscribed to the topic; the same event by all three once. Then deleted, and nothing may be left. What ministack cannot do is listed
at the end, and in docs/deploy.md how to see it in a real account.
"""

import json
import sys
import time

from support.stack import PACKAGES, create, ministack, resources, settle, zipped
from support.tools import ROOT, bootstrap, with_packages

with_packages("ministack", PACKAGES)
from support.emulator import client as client_of  # noqa: E402
from support.events import event, root_sign_in  # noqa: E402
from support.payloads import eventbridge, logs  # noqa: E402

TEMPLATE = ROOT / "deploy" / "trailbell.yaml"
NAME = "bell"


def check(what: str, holds: bool, seen=None) -> None:
    if not holds:
        sys.exit(f"NOT: {what}; seen: {json.dumps(seen, default=str)[:1500]}")
    print(f"  {what}")


def describe(endpoint: str, outputs: dict[str, str]) -> None:
    """Every resource, asked of its own service: an emulator's CREATE_COMPLETE proves nothing."""
    def client(service: str):
        return client_of(service, endpoint)

    made = resources(endpoint, NAME)
    topic = client("sns").get_topic_attributes(TopicArn=outputs["TopicArn"])["Attributes"]
    check("the topic's policy lets alarms of this account publish", "cloudwatch.amazonaws.com" in topic.get("Policy", ""), topic)
    endpoints = {one["Endpoint"] for one in client("sns").list_subscriptions_by_topic(TopicArn=outputs["TopicArn"])["Subscriptions"]}
    check("two addresses are subscribed", {"a@example.com", "b@example.com"} <= endpoints, endpoints)
    function = client("lambda").get_function_configuration(FunctionName=outputs["FunctionName"])
    check("the function: provided.al2023, 256 MB, 120 s", (function["Runtime"], function["MemorySize"], function["Timeout"]) == ("provided.al2023", 256, 120), function)
    variables = function["Environment"]["Variables"]
    check("its environment names table, topic, queue and role",
          (variables["TRAILBELL_TABLE"], variables["TRAILBELL_TOPIC_ARN"], variables["TRAILBELL_DEAD_LETTERS_URL"])
          == (outputs["TableName"], outputs["TopicArn"], outputs["DeadLetterQueueUrl"]) and "FunctionRole" in variables["TRAILBELL_ROLE_ARN"]
          and variables["TRAILBELL_PATHS"] == "logs,eventbridge,config,queue", variables)
    policy = json.loads(client("lambda").get_policy(FunctionName=outputs["FunctionName"])["Policy"])
    principals = [statement["Principal"] for statement in policy["Statement"]]
    callers = {one if isinstance(one, str) else one["Service"] for one in principals}
    check("only Logs and EventBridge may call it", callers == {"logs.amazonaws.com", "events.amazonaws.com"}, policy)
    role = client("iam").get_role_policy(RoleName=made["FunctionRole"][1], PolicyName="what-it-needs")
    check("the role's policy is the template's", "ItsLedger" in json.dumps(role["PolicyDocument"]), role)
    check("the role has no managed policy", client("iam").list_attached_role_policies(RoleName=made["FunctionRole"][1])["AttachedPolicies"] == [])
    table = client("dynamodb").describe_table(TableName=outputs["TableName"])["Table"]
    check("the table has its three local indexes", [one["IndexName"] for one in table["LocalSecondaryIndexes"]] == ["by-l1", "by-l2", "by-l3"], table)
    queues = client("sqs")
    dead = queues.get_queue_attributes(QueueUrl=outputs["DeadLetterQueueUrl"], AttributeNames=["All"])["Attributes"]
    check("the dead-letter queue keeps for fourteen days", dead["MessageRetentionPeriod"] == "1209600", dead)
    feed = queues.get_queue_attributes(QueueUrl=made["FeedQueue"][1], AttributeNames=["All"])["Attributes"]
    check("the feed queue waits six timeouts", feed["VisibilityTimeout"] == "720", feed)
    mapping = client("lambda").list_event_source_mappings(FunctionName=outputs["FunctionName"])["EventSourceMappings"][0]
    check("a batch reports what failed in it", mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], mapping)
    rules = {made[name][1]: name for name in ("Clock", "SignInRule", "ChangeRule", "ConfigRule", "FeedRule")}
    states = {rules[rule["Name"]]: rule for rule in client("events").list_rules()["Rules"] if rule["Name"] in rules}
    check("five rules", len(states) == 5, states)
    check("the sign-in rule asks for read-only events too", states["SignInRule"]["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", states)
    targets = client("events").list_targets_by_rule(Rule=states["Clock"]["Name"])["Targets"]
    check("the clock calls the function", targets[0]["Arn"] == outputs["FunctionArn"] and json.loads(targets[0]["Input"]) == {"trailbell": "tick"}, targets)
    filters = client("logs").describe_subscription_filters(logGroupName="trail")["subscriptionFilters"]
    check("one subscription filter carries all rules", len(filters) == 1 and filters[0]["destinationArn"] == outputs["FunctionArn"]
          and "AwsConsole*" in filters[0]["filterPattern"], filters)
    alarms = {one["AlarmName"]: one for one in client("cloudwatch").describe_alarms()["MetricAlarms"]}
    for name in ("DeadLettersAlarm", "ErrorsAlarm", "StillnessAlarm", "SilenceAlarm"):
        check(f"{name} tells the topic", alarms[made[name][1]]["AlarmActions"] == [outputs["TopicArn"]], alarms.keys())
    groups = client("logs").describe_log_groups()["logGroups"]
    own = [one for one in groups if one["logGroupName"] == made["FunctionLogGroup"][1]]
    check("the function's log group ends after ninety days", own and own[0].get("retentionInDays") == 90, groups)


def woken(endpoint: str, outputs: dict[str, str]) -> None:
    def client(service: str):
        return client_of(service, endpoint)

    functions, sqs, sns = client("lambda"), client("sqs"), client("sns")
    # A real account needs no address; the emulator's functions do.
    variables = functions.get_function_configuration(FunctionName=outputs["FunctionName"])["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=outputs["FunctionName"], Environment={"Variables": variables | {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}})
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
                    end = min(end, time.monotonic() + 6)
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
    by_rule(root_sign_in(now), "AWS Console Sign In via CloudTrail", "aws.signin")
    check("an EventBridge sign-in rings", len(found := told("root user signed in")) == 1, found)
    one = event(9, True, now)
    for wake in (by_logs, by_rule, by_queue):
        wake(one)
    check("the same event by three ways arrives once", len(found := told("user-9 created")) == 1, found)


def main() -> None:
    with ministack() as endpoint:
        s3 = client_of("s3", endpoint)
        for bucket in ("upload", "trail-bucket"):
            s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket="upload", Key="function.zip", Body=zipped(bootstrap()))
        client_of("logs", endpoint).create_log_group(logGroupName="trail")
        # ministack cannot make metric filters: without the way Alarm.
        outputs = create(endpoint, NAME, TEMPLATE, {
            "CodeBucket": "upload", "CodeKey": "function.zip", "Architecture": "x86_64", "TrailLogGroup": "trail", "TrailBucket": "trail-bucket",
            "WatchWithLogs": "yes", "WatchWithEventBridge": "yes", "WatchWithConfig": "yes", "WatchWithAlarm": "no",
            "EmailAddresses": "a@example.com,b@example.com"})
        describe(endpoint, outputs)
        woken(endpoint, outputs)
        cloudformation = client_of("cloudformation", endpoint)
        left = resources(endpoint, NAME)
        cloudformation.delete_stack(StackName=NAME)
        try:
            settle(lambda: cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"])
        except cloudformation.exceptions.ClientError as error:
            if "does not exist" not in str(error):
                raise
        queues = client_of("sqs", endpoint).list_queues().get("QueueUrls", [])
        check("deleted, and nothing of it is left", outputs["TopicArn"] not in [one["TopicArn"] for one in client_of("sns", endpoint).list_topics()["Topics"]]
              and outputs["TableName"] not in client_of("dynamodb", endpoint).list_tables()["TableNames"]
              and not any("DeadLetterQueue" in url or "FeedQueue" in url for url in queues)
              and outputs["FunctionName"] not in [one["FunctionName"] for one in client_of("lambda", endpoint).list_functions()["Functions"]]
              and left["FunctionRole"][1] not in [one["RoleName"] for one in client_of("iam", endpoint).list_roles()["Roles"]]
              and not client_of("logs", endpoint).describe_subscription_filters(logGroupName="trail")["subscriptionFilters"], queues)
    print("ministack: made, described, woken three ways, told once, deleted. Not shown by it: filter patterns (it matches none), metric filters, alarms, a trail, "
          "Lambda's own retries and the queue's into the dead-letter queue, encryption and key policies")


if __name__ == "__main__":
    main()
