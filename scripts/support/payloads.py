"""What wakes a function, as AWS sends it."""

import base64
import gzip
import json

from support.events import ACCOUNT


def logs(*events: dict, kind: str = "DATA_MESSAGE") -> dict:
    envelope = {"messageType": kind, "owner": ACCOUNT, "logGroup": "trail", "logStream": "s", "subscriptionFilters": ["f"],
                "logEvents": [{"id": str(n), "timestamp": 0, "message": json.dumps(one)} for n, one in enumerate(events)]}
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(envelope).encode())).decode()}}


def eventbridge(one: dict, detail_type: str = "AWS API Call via CloudTrail") -> dict:
    return {"version": "0", "id": "e", "detail-type": detail_type, "source": "aws.iam", "account": ACCOUNT,
            "time": one["eventTime"], "region": "us-east-1", "resources": [], "detail": one}


def sqs_batch(*bodies: str) -> dict:
    return {"Records": [{"messageId": f"m{n}", "receiptHandle": "r", "body": body, "attributes": {}, "messageAttributes": {},
                         "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:1:q", "awsRegion": "us-east-1"}
                        for n, body in enumerate(bodies)]}


def sns(message: str) -> dict:
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn:aws:sns:us-east-1:1:t:s",
                         "Sns": {"Type": "Notification", "MessageId": "i", "TopicArn": "arn:aws:sns:us-east-1:1:t", "Message": message}}]}


def kinesis(*payloads: bytes) -> dict:
    return {"Records": [{"eventSource": "aws:kinesis", "eventID": f"shardId-0:{n}",
                         "kinesis": {"sequenceNumber": str(n), "partitionKey": "p", "data": base64.b64encode(payload).decode()}}
                        for n, payload in enumerate(payloads)]}


def object_created(key: str) -> dict:
    return {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": "us-east-1",
                         "s3": {"bucket": {"name": "logs"}, "object": {"key": key}}}]}
