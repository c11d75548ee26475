"""Events for the test scripts: made here, like AWS's own in every field that is read."""

import time

ACCOUNT = "123456789012"


def event(number: int, told: bool, at: float) -> dict:
    """A key made for somebody else, each by a user of its own, so that nothing is grouped; or something nobody tells."""
    user = f"user-{number}"
    name, source = ("CreateAccessKey", "iam") if told else ("DescribeInstances", "ec2")
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "principalId": f"AIDA{number:016d}", "accountId": ACCOUNT, "userName": user,
                         "arn": f"arn:aws:iam::{ACCOUNT}:user/{user}", "accessKeyId": f"AKIA{number:016d}"},
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
        "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.22.0",
        "requestParameters": {"userName": "root-of-all"} if told else None,
        "responseElements": {"accessKey": {"userName": "root-of-all", "accessKeyId": f"AKIA9{number:015d}", "status": "Active"}} if told else None,
        "eventID": f"00000000-0000-4000-8000-{number:012d}", "readOnly": not told, "eventType": "AwsApiCall",
        "managementEvent": True, "recipientAccountId": ACCOUNT, "eventCategory": "Management",
    }


def root_sign_in(at: float, number: int = 0) -> dict:
    """The root user, without MFA."""
    return {"eventVersion": "1.08", "userIdentity": {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT},
            "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)), "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin",
            "awsRegion": "us-east-1", "sourceIPAddress": f"203.0.113.{number}", "userAgent": "Mozilla/5.0", "requestParameters": None,
            "responseElements": {"ConsoleLogin": "Success"}, "additionalEventData": {"LoginTo": "x", "MobileVersion": "No", "MFAUsed": "No"},
            "eventID": f"11111111-0000-4000-8000-{number:012d}", "eventType": "AwsConsoleSignIn", "recipientAccountId": ACCOUNT}
