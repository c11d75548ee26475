#!/usr/bin/env python3
"""The AWS sources, the channels and the ledger on DynamoDB against moto, an emulator that others wrote.

    scripts/test-aws.py

Makes a virtual environment under `target/` (once), starts `moto_server` on a free port of 127.0.0.1, creates a queue, a
bucket, a topic, a log group, a stream and a trail, puts events into them, and runs
`cargo test -p trailbell-aws --test emulator --test ledger` with their names. Fails where any of this does.
"""

import gzip
import json
import os
import subprocess
import sys
import time

from support.emulator import PACKAGES, client as client_of, moto
from support.tools import ROOT, with_packages

with_packages("moto", PACKAGES)


def main() -> int:
    with moto() as endpoint:
        environment = os.environ | furnish(endpoint) | {"TRAILBELL_EMULATOR": endpoint}
        test = ["cargo", "test", "-p", "trailbell-aws", "--locked", "--test", "emulator", "--test", "ledger"]
        return subprocess.run(test, cwd=ROOT, env=environment, check=False).returncode


def furnish(endpoint: str) -> dict[str, str]:
    """Everything the tests read, and what it is called."""
    def client(service: str):
        return client_of(service, endpoint)

    def event(name: str) -> str:
        return json.dumps({"eventVersion": "1.11", "eventID": name, "eventName": "CreateUser",
                           "eventSource": "iam.amazonaws.com", "eventTime": "2026-11-24T10:00:00Z",
                           "awsRegion": "us-east-1", "recipientAccountId": "123456789012"})

    s3, sqs, sns = client("s3"), client("sqs"), client("sns")
    key = "AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/24/a b+c.json.gz"
    records = ",".join(event(f"object-{n}") for n in range(3))
    s3.create_bucket(Bucket="logs")
    s3.put_object(Bucket="logs", Key=key, Body=gzip.compress(f'{{"Records":[{records}]}}'.encode()))
    queue = sqs.create_queue(QueueName="trail")["QueueUrl"]
    escaped = key.replace("+", "%2B").replace(" ", "+")
    word = {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": "us-east-1",
                         "s3": {"bucket": {"name": "logs"}, "object": {"key": escaped}}}]}
    for body in [json.dumps(word), event("record-0"), json.dumps({"Event": "s3:TestEvent", "Bucket": "logs"})]:
        sqs.send_message(QueueUrl=queue, MessageBody=body)

    topic = sns.create_topic(Name="trailbell")["TopicArn"]
    other = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=other, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    logs = client("logs")
    logs.create_log_group(logGroupName="trail")
    logs.create_log_stream(logGroupName="trail", logStreamName="s")
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName="trail", logStreamName="s",
                        logEvents=[{"timestamp": now - 1000 + n, "message": event(f"log-{n}")} for n in range(3)])

    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="trail", ShardCount=2)
    for n in range(3):
        envelope = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "trail", "logStream": "s",
                    "subscriptionFilters": ["f"],
                    "logEvents": [{"id": str(n), "timestamp": now, "message": event(f"stream-{n}")}]}
        kinesis.put_record(StreamName="trail", PartitionKey=str(n), Data=gzip.compress(json.dumps(envelope).encode()))

    cloudtrail = client("cloudtrail")
    cloudtrail.create_trail(Name="main", S3BucketName="logs", IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="main")
    return {"TRAILBELL_QUEUE": queue, "TRAILBELL_TOPIC": topic, "TRAILBELL_LOG_GROUP": "trail", "TRAILBELL_STREAM": "trail"}


if __name__ == "__main__":
    sys.exit(main())
