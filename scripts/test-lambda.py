#!/usr/bin/env python3
"""The real `bootstrap` under the Lambda Runtime API, with moto for DynamoDB, SNS, SQS and S3.

    scripts/test-lambda.py

Everything that can wake the function wakes it: what is told must arrive in an SQS queue subscribed to the topic, once, however often and
by however many ways it comes; what is broken must fail with a clear reason and harm nothing after it; what no channel takes must lie in
the dead-letter queue; two copies at once must not tell twice.
"""

import base64
import concurrent.futures
import gzip
import json
import pathlib
import sys
import tempfile
import time

from support.emulator import PACKAGES, client, moto
from support.refusing import Refusing
from support.runtime_api import Failed, Function
from support.tools import ROOT, dynamodb_stand_in, with_packages

with_packages("moto", PACKAGES)
from support.account import CONFIGURATION, Account  # noqa: E402
from support.events import ACCOUNT, event, root_sign_in  # noqa: E402
from support.payloads import alarm, alarm_call, alarm_message, configuration_item, eventbridge, kinesis, logs, object_created, sns, sqs_batch  # noqa: E402


def check(what: str, holds: bool, seen=None) -> None:
    if not holds:
        sys.exit(f"NOT: {what}; seen: {json.dumps(seen, ensure_ascii=False)[:1500]}")
    print(f"  {what}")


def fails(function: Function, payload, word: str) -> None:
    try:
        answer = function.call(payload)
    except Failed as error:
        check(f"refused with a reason: {str(error)[:110]}", word in str(error), str(error))
        return
    check(f"refused: {str(payload)[:60]}", False, answer)


def every_way(account: Account, function: Function) -> None:
    now = time.time()
    numbers = iter(range(1, 1000))

    def told():
        return event(next(numbers), True, now)

    def s3_object(*events: dict) -> str:
        key = f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2026/11/25/{next(numbers)}.json.gz"
        account.s3.put_object(Bucket="logs", Key=key, Body=gzip.compress(json.dumps({"Records": events}).encode()))
        return key

    account.s3.create_bucket(Bucket="logs")
    ways = {
        "a CloudWatch Logs payload": logs(told(), event(next(numbers), False, now)),
        "an EventBridge event": eventbridge(told()),
        "an SQS batch with an event": sqs_batch(json.dumps(eventbridge(told()))),
        "an SQS batch with word of an object": sqs_batch(json.dumps(object_created(s3_object(told())))),
        "SNS with a record": sns(json.dumps(told())),
        "SNS with word of an object": sns(json.dumps(object_created(s3_object(told())))),
        "an S3 notification": object_created(s3_object(told())),
        "a Kinesis batch with a Logs payload": kinesis(base64.b64decode(logs(told())["awslogs"]["data"])),
    }
    function.ready()
    account.received()
    for way, payload in ways.items():
        answer = function.call(payload)
        check(f"{way}: one notice", len(found := account.notices()) == 1, [answer, found])
        check("  it has a subject and the severity as an attribute",
              "access key" in found[0]["Subject"] and found[0]["MessageAttributes"]["severity"]["Value"] in ("medium", "high"), found)
        function.call(payload)
        check("  and not again", account.notices() == [])
    one = told()
    for payload in (logs(one), eventbridge(one), sqs_batch(json.dumps(one)), sns(json.dumps(one)), kinesis(json.dumps(one).encode())):
        function.call(payload)
    check("the same event by five ways: one notice", len(found := account.notices()) == 1, found)
    for name, payload in {"a control message": logs(kind="CONTROL_MESSAGE"), "S3's test": {"Service": "Amazon S3", "Event": "s3:TestEvent"},
                          "the clock": {"trailbell": "tick"}}.items():
        check(f"{name}: nothing to tell", function.call(payload) is None and account.notices() == [])
    own = told()
    own["userIdentity"] = {"type": "AssumedRole", "principalId": "AROA:trailbell", "accountId": ACCOUNT,
                           "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/trailbell-role/trailbell"}
    function.call(logs(own))
    check("its own doing is not told", account.notices() == [])


def sign_ins(account: Account, function: Function) -> None:
    for number, spelling in enumerate(("AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail")):
        function.call(eventbridge(root_sign_in(time.time(), number), spelling))
        check(f"'{spelling}' rings", any("root user signed in" in found["Message"] for found in account.received()))


def envelopes(account: Account, function: Function) -> None:
    """Every envelope that AWS was recorded to send: read whoever it comes by, its events (none of them CloudTrail's) ignored; with CloudTrail's in
    their place, told once."""
    place = ROOT.parent / "shared" / "conformance" / "subscription-payload.jsonl"
    if not place.exists():
        print(f"  {place} is not here: the recorded envelopes are NOT tested")
        return
    cases = [case for case in map(json.loads, place.read_text().splitlines()) if case.get("envelopes")]
    number = told = 0
    for case in cases:
        for envelope in case["envelopes"]:
            is_stream = case["destination"] == "kinesis"

            def payload(one: dict) -> dict:
                packed = gzip.compress(json.dumps(one).encode())
                return kinesis(packed) if is_stream else {"awslogs": {"data": base64.b64encode(packed).decode()}}

            nothing_failed = {"batchItemFailures": []} if is_stream else None
            answer = function.call(payload(envelope))
            if answer != nothing_failed or account.notices():
                check(f"{case['id']}: as it is, ignored", False, answer)
            record = event(9000 + (number := number + 1), True, time.time())
            ours = envelope | {"logEvents": [one | {"message": json.dumps(record)} for one in envelope["logEvents"]]}
            answer = function.call(payload(ours))
            expected = 1 if envelope["messageType"] == "DATA_MESSAGE" else 0
            found = account.notices()
            told += len(found)
            if answer != nothing_failed or len(found) != expected:
                check(f"{case['id']}: with a record of CloudTrail's, {expected} notices", False, [answer, found])
    check(f"{number} recorded envelopes are read: ignored as they are, {told} told with a record of CloudTrail's in them", number >= 10 and 0 < told < number)


def alarms(account: Account, function: Function) -> None:
    """A metric filter's alarm, told of by EventBridge, by its topic and by a call: explained once, by who did what."""
    logs_client, now = client("logs", account.endpoint), int(time.time())
    logs_client.create_log_group(logGroupName="trail")
    logs_client.create_log_stream(logGroupName="trail", logStreamName="s")
    logs_client.put_metric_filter(logGroupName="trail", filterName="iam", filterPattern='{ $.eventSource = "iam.*" }', metricTransformations=[
        {"metricNamespace": "CIS", "metricName": "IamChanges", "metricValue": "1"}])
    minute = now // 60 * 60
    logs_client.put_log_events(logGroupName="trail", logStreamName="s", logEvents=[
        {"timestamp": (minute - 3600) * 1000, "message": json.dumps(event(8000, True, now))},
        {"timestamp": minute * 1000, "message": json.dumps(event(8001, True, now))}])
    told = alarm("iam-changes", "CIS", "IamChanges", minute)
    for payload in (told, sns(json.dumps(alarm_message(told))), alarm_call(told)):
        function.call(payload)
    found = [one for one in account.received() if "iam-changes" in one["Subject"]]
    check("an alarm is explained once, however often it is told of: " + (found[0]["Subject"] if found else ""), len(found) == 1, found)
    text = found[0]["Message"]
    check("  by who did what and from where, with AWS's reason, the filter and the time, and no event of another time",
          "user-8001 created an access key" in text and "198.51.100.7" in text and "Threshold Crossed" in text and 'iam.*' in text and "user-8000" not in text, text)
    function.call(alarm("cpu", "AWS/EC2", "CPUUtilization", minute))
    check("an alarm of the region that stands on no log is not told", account.received() == [])
    function.call(sns(json.dumps(alarm_message(alarm("cpu", "AWS/EC2", "CPUUtilization", minute)))))
    check("but one that somebody sends here is", len(found := account.received()) == 1 and "No metric filter" in found[0]["Message"], found)
    function.call(told | {"detail": told["detail"] | {"state": told["detail"]["state"] | {"value": "OK"}}})
    check("that it is well again is not told", account.received() == [])
    for payload in (item := configuration_item("bob", now), sns(json.dumps(item["detail"]))):
        function.call(payload)
    check("what Config saw is told once, without a name", len(found := account.received()) == 1 and "IAM user bob" in found[0]["Subject"]
          and "Config does not say" in found[0]["Message"], found)


def broken(account: Account, function: Function) -> None:
    good = logs(event(2001, True, time.time()))
    bomb = base64.b64encode(gzip.compress(b"{\"logEvents\":[" + b" " * (300 << 20) + b"]}")).decode()
    fails(function, {"awslogs": {"data": "%%%"}}, "base64")
    fails(function, {"awslogs": {"data": base64.b64encode(b"no gzip at all").decode()}}, "")
    fails(function, {"awslogs": {"data": good["awslogs"]["data"][:-40]}}, "")
    fails(function, {"awslogs": {"data": bomb}}, "")
    fails(function, {"some": "thing"}, "CloudTrail")
    fails(function, object_created("AWSLogs/gone.json.gz"), "NoSuchKey")
    fails(function, b"[" * 200_000 + b"]" * 200_000, "")
    one = len(json.dumps(event(3000, False, time.time()))) + 2
    big = {"Records": [event(3000 + n, False, time.time()) for n in range(6_000_000 // one)]}
    check("six megabytes are read", function.call(big) is None, len(json.dumps(big)))
    answer = function.call(sqs_batch("no JSON", json.dumps(event(2002, True, time.time())), json.dumps({"some": "thing"})))
    failed = [one["itemIdentifier"] for one in answer["batchItemFailures"]]
    check("of a batch only what is broken comes again", failed == ["m0", "m2"], answer)
    check("and what is whole is told", len(account.notices()) == 1)
    hostile = event(2003, True, time.time())
    hostile["userIdentity"]["userName"] = "<b>\u001b[31m\r\nBcc: a@b " + "x" * 5000
    hostile["userAgent"] = "\u202e" + "y" * 100_000
    function.call(logs(hostile))
    found = account.notices()
    check("a hostile record harms neither subject nor text", len(found) == 1 and "\u001b" not in json.dumps(found, ensure_ascii=False)
          and "\n" not in found[0]["Subject"], found)
    function.call(good)
    check("after all that the function still tells", len(account.notices()) == 1)
    check("and is the process it was", function.process.poll() is None)


def copies_at_once(account: Account) -> None:
    copies = [account.function() for _ in range(3)]
    for copy in copies:
        copy.ready()
    account.received()
    payloads = [logs(event(5000 + n, True, time.time())) for n in range(12)]
    with concurrent.futures.ThreadPoolExecutor(len(copies)) as pool:
        # Every copy gets every payload, at the same time.
        def all_of_them(copy):
            for payload in payloads:
                copy.call(payload)

        list(pool.map(all_of_them, copies))
    found = account.notices()
    for _ in range(20):
        if len(found) >= len(payloads):
            break
        copies[0].call({"trailbell": "tick"})
        found += account.notices()
    check("three copies at once, the same 12 events: 12 notices, each once",
          len(found) == 12 and len({one["Message"] for one in found}) == 12, [len(found)])
    for copy in copies:
        copy.stop()


def one_alarm_at_once(account: Account) -> None:
    """An alarm that comes by EventBridge, by its topic and as a call in the same instant, to a copy each, while SNS takes its time."""
    account.received()
    copies = [account.function() for _ in range(3)]
    for copy in copies:
        copy.ready()
    for number in range(6):
        told = alarm(f"alarm-{number}", "AWS/EC2", "CPUUtilization", int(time.time()) // 60 * 60)
        payloads = (sns(json.dumps(alarm_message(told))), alarm_call(told), sqs_batch(json.dumps(alarm_message(told))))
        with concurrent.futures.ThreadPoolExecutor(len(copies)) as pool:
            list(pool.map(lambda pair: pair[0].call(pair[1]), zip(copies, payloads)))
    found = account.received()
    for _ in range(20):
        if len(found) >= 6:
            break
        copies[0].call({"trailbell": "tick"})
        found += account.received()
    subjects = [one["Subject"] for one in found]
    check("six alarms, each told of by three copies at once: six messages", sorted(subjects) == sorted(set(subjects)) and len(subjects) == 6, subjects)
    for copy in copies:
        copy.stop()


def a_rule_counts(account: Account, place: pathlib.Path) -> None:
    """Copies that share a ledger share a rule's alarm: each event counts once, and it rings once, at a tick of whichever copy."""
    (place / "trailbell.yaml").write_text(CONFIGURATION + """rules:
  refused-calls:
    filter: '{ $.errorCode = "AccessDenied*" }'
    description: Calls were refused
    alarm: { threshold: 4, period: 5m }
""")
    copies = [account.function() for _ in range(2)]
    for copy in copies:
        copy.ready()
    account.received()
    at = time.time() - 200
    payloads = [logs(event(7200 + number, False, at) | {"errorCode": "AccessDenied"}) for number in range(4)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        # Each event reaches both copies at once.
        for done in [pool.submit(copy.call, payload) for payload in payloads for copy in copies]:
            done.result()
        check("a rule that counts tells no event by itself", not any("user-72" in one["Message"] for one in account.received()))
        found, end = [], time.monotonic() + 150
        # The alarm is looked at once a minute.
        while not found and time.monotonic() < end:
            for done in [pool.submit(copy.call, {"trailbell": "tick"}) for copy in copies]:
                done.result()
            found = account.received()
            time.sleep(0 if found else 5)
    found += account.received()
    check("a rule's alarm rings once, with who did what: " + (found[0]["Subject"] if found else ""),
          len(found) == 1 and "Calls were refused: 4 times" in found[0]["Message"] and "user-7203 (1)" in found[0]["Message"], found)
    for copy in copies:
        copy.stop()
    (place / "trailbell.yaml").write_text(CONFIGURATION)


def killed(account: Account) -> None:
    """A copy dies in the middle; what it had taken is told by the next one."""
    account.received()
    found = []
    for number in range(10):
        function = account.function()
        function.ready()
        payload = logs(*(event(6000 + 10 * number + n, True, time.time()) for n in range(3)))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            call = pool.submit(function.call, payload, 3)
            time.sleep(0.004 * number)
            function.process.kill()
            try:
                call.result()
            except Exception:  # noqa: BLE001: the process is gone
                pass
        function.stop()
        # Lambda calls again with what failed.
        again = account.function()
        again.call(payload)
        found += account.notices()
        again.stop()
    # A copy that died while it sent had claimed the message for three minutes: until then it is nobody else's.
    after = account.function()
    end = time.monotonic() + 240
    while len({one["Message"].splitlines()[0] for one in found}) < 30 and time.monotonic() < end:
        time.sleep(5)
        after.call({"trailbell": "tick"})
        found += account.notices()
    after.stop()
    whole = {one["Message"].splitlines()[0] for one in found}
    check(f"ten copies killed in the middle of three events each: 30 notices, none lost, {len(found) - len(whole)} sent twice", len(whole) == 30, len(whole))


def nobody_takes_it(account: Account, place: pathlib.Path) -> None:
    """A topic that fails for a while: tried again and again, then given up into the dead-letter queue. One that is gone: the same."""
    (place / "trailbell.yaml").write_text("delivery: { learning: off, all_is_well: off, give_up_after: 1m }\n")
    sns_server = Refusing()
    function = account.function(AWS_ENDPOINT_URL_SNS=sns_server.url)
    function.ready()
    account.received(account.dead)
    function.call(logs(event(7001, True, time.time())))
    dead: list[dict] = []
    end = time.monotonic() + 200
    while not any("user-7001" in one["text"] for one in dead) and time.monotonic() < end:
        time.sleep(3)
        function.call({"trailbell": "tick"})
        dead += account.received(account.dead)
    ours = [one for one in dead if "user-7001" in one["text"]]
    check(f"a topic that fails: {sns_server.asked} attempts, then the whole message lies in the dead-letter queue, once, with the reason",
          len(ours) == 1 and sns_server.asked >= 3 and ours[0]["trailbell"] == "given-up" and "500" in ours[0]["reason"]
          and "created an access key" in ours[0]["subject"] and ours[0]["notice"]["event_id"].endswith("7001"), [dead, sns_server.asked])
    function.stop()
    sns_server.shutdown()
    function = account.function(TRAILBELL_TOPIC_ARN=account.topic + "-gone")
    function.ready()
    function.call(logs(event(7002, True, time.time())))
    dead = account.received(account.dead)
    check("a topic that is gone: the same", any("user-7002" in one["text"] and "NotFound" in one["reason"] for one in dead), dead)
    function.stop()
    (place / "trailbell.yaml").write_text(CONFIGURATION)


def not_ready(account: Account, place: pathlib.Path) -> None:
    (place / "trailbell.yaml").write_text("chanels: {}\n")
    function = account.function()
    function.ready()
    fails(function, logs(event(7100, True, time.time())), "trailbell.yaml:1:1")
    before = (place / "log").stat().st_size
    answer = function.call({"trailbell": "tick"})
    with (place / "log").open() as log:
        log.seek(before)
        lines = [json.loads(line) for line in log if line.startswith("{")]
    counted = [line for line in lines if line.get("FailedTicks") == 1 and line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "trailbell"]
    check("a tick that fails is counted and not called a failure, which would fill the dead-letter queue", answer is None and len(counted) == 1, lines)
    (place / "trailbell.yaml").write_text(CONFIGURATION)
    check("a configuration that is mended is used at the next call, without a new start", function.call({"trailbell": "tick"}) is None)
    function.stop()


def main() -> None:
    with moto() as endpoint, tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        account = Account(endpoint, place)
        function = account.function()
        try:
            every_way(account, function)
            sign_ins(account, function)
            alarms(account, function)
            envelopes(account, function)
            broken(account, function)
            function.stop()
            with dynamodb_stand_in() as dynamodb:
                shared = Account(endpoint, place, dynamodb)
                copies_at_once(shared)
                one_alarm_at_once(shared)
                a_rule_counts(shared, place)
                killed(shared)
            nobody_takes_it(account, place)
            not_ready(account, place)
        except BaseException:
            print((place / "log").read_text()[-3000:])
            raise
        print("the function: every way in, twice and at once, broken payloads, copies killed: all as it should be")


if __name__ == "__main__":
    main()
