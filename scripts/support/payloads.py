"""What wakes a function, as AWS sends it."""

import base64
import gzip
import json
import time

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


def moment(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(at))


def alarm(name: str, namespace: str, metric: str, minute: int) -> dict:
    """EventBridge's event: one datapoint of that minute has set it off."""
    reason = f"Threshold Crossed: 1 datapoint [1.0 ({time.strftime('%d/%m/%y %H:%M:%S', time.gmtime(minute))})] was greater than the threshold (0.0)."
    data = {"version": "1.0", "queryDate": moment(minute + 70), "startDate": moment(minute), "statistic": "Sum", "period": 60,
            "recentDatapoints": [1.0], "threshold": 0.0, "evaluatedDatapoints": [{"timestamp": moment(minute), "sampleCount": 1.0, "value": 1.0}]}
    stat = {"metric": {"namespace": namespace, "name": metric, "dimensions": {}}, "period": 60, "stat": "Sum"}
    return {"version": "0", "id": "e", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "account": ACCOUNT,
            "time": moment(minute + 70), "region": "us-east-1", "resources": [f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}"],
            "detail": {"alarmName": name, "state": {"value": "ALARM", "reason": reason, "reasonData": json.dumps(data), "timestamp": moment(minute + 70)},
                       "previousState": {"value": "OK"}, "configuration": {"metrics": [{"id": "m", "metricStat": stat, "returnData": True}]}}}


def alarm_message(event: dict) -> dict:
    """What the same alarm's action sends to a topic."""
    detail, arn = event["detail"], event["resources"][0]
    stat = detail["configuration"]["metrics"][0]["metricStat"]
    return {"AlarmName": detail["alarmName"], "AlarmDescription": None, "AWSAccountId": ACCOUNT, "NewStateValue": "ALARM", "NewStateReason": detail["state"]["reason"],
            "StateChangeTime": detail["state"]["timestamp"], "Region": "US East (N. Virginia)", "AlarmArn": arn, "OldStateValue": "OK",
            "Trigger": {"MetricName": stat["metric"]["name"], "Namespace": stat["metric"]["namespace"], "Statistic": "SUM", "Period": 60, "Threshold": 0.0}}


def alarm_call(event: dict) -> dict:
    """What the same alarm calls a function with that is its action."""
    return {"source": "aws.cloudwatch", "alarmArn": event["resources"][0], "accountId": ACCOUNT, "time": event["time"], "region": "us-east-1",
            "alarmData": event["detail"]}


def configuration_item(user: str, at: int) -> dict:
    item = {"resourceType": "AWS::IAM::User", "resourceId": "AIDA1", "resourceName": user, "awsAccountId": ACCOUNT, "awsRegion": "global",
            "configurationItemStatus": "OK", "configurationItemCaptureTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))}
    return {"version": "0", "id": "e", "detail-type": "Config Configuration Item Change", "source": "aws.config", "account": ACCOUNT,
            "detail": {"messageType": "ConfigurationItemChangeNotification", "configurationItem": item,
                       "configurationItemDiff": {"changeType": "UPDATE", "changedProperties": {"Configuration.Path": {}}}}}
