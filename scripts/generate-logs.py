#!/usr/bin/env python3
"""CloudTrail logs by the gigabyte, from a seed, with their ground truth.

    scripts/generate-logs.py OUT [--size 1G] [--as s3|one-gzip|ndjson] [--profile ordinary|busy]
                                 [--duplicates 0.27] [--seed 1] [--jobs 2]

OUT/ then holds `logs/` and `truth.json`; the last line printed is the compression ratio reached, which belongs beside
any speed measured on it. Same seed, same logs (compressed bytes may differ between zlib versions).

What it imitates, by measurement of real deliveries: records a file (mean 7.9, median 5, 90 % 16, 99 % 33, most 622;
`busy`: about 600), runs of one actor and one call within a file (the gzip ratio depends on it), who acts (few act
most), which calls, 10 % errors, TLS details and the like as often as they occur, a third of the files out of order,
27 % of the records delivered twice in another object. Sign-ins are 0.05 % of records, IAM writes 0.1 %, malformed
records 0.01 %; there is one record of 256 KB; empty, digest and Insight objects among the S3 objects; now and then
UTF-8 and \\u escapes, the latter also in the name of an IAM write.
"""

import argparse
import functools
import gzip
import json
import multiprocessing
import random
import sys
import time
import zlib
from pathlib import Path

ACCOUNT = "210987654321"
REGIONS = ["us-east-1"] * 6 + ["us-west-2"] * 3 + ["ap-northeast-1"] * 2 + ["eu-west-1"]
CHUNK = 16 << 20
START = 1_789_948_800  # 2026-09-21T00:00:00Z
# Records a file: (share of files, that many at most), straight lines between.
ORDINARY = [(0.0, 1), (0.17, 1), (0.5, 5), (0.75, 9), (0.9, 16), (0.99, 33), (0.9995, 110), (1.0, 622)]

# Share, source, name, readOnly, requestParameters ({n} varies), responseElements, resource type (for `resources`).
CALLS = [
    (60, "ec2", "DescribeInstances", 1, '{"instancesSet":{"items":[{"instanceId":"i-0{n}"}]},"filterSet":{}}', "null", None),
    (50, "ec2", "DescribeRouteTables", 1, '{"routeTableIdSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-0{n}"}]}}]}}', "null", None),
    (45, "ec2", "DescribeSecurityGroups", 1, '{"maxResults":1000,"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"sg-0{n}"}]},"filterSet":{}}', "null", None),
    (40, "ec2", "DescribeVolumes", 1, '{"volumeSet":{"items":[{"volumeId":"vol-0{n}"}]},"filterSet":{}}', "null", None),
    (25, "ec2", "DescribeNetworkInterfaces", 1, '{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"eni-0{n}"}]},"filterSet":{}}', "null", None),
    (12, "ec2", "CreateTags", 0, '{"resourcesSet":{"items":[{"resourceId":"i-0{n}"}]},"tagSet":{"items":[{"key":"Name","value":"worker-{n}"}]}}', '{"requestId":"{n}","_return":true}', None),
    (60, "ssm", "UpdateInstanceInformation", 0, '{"instanceId":"i-0{n}","agentVersion":"3.3.3050.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023"}', "null", None),
    (55, "ssm", "GetParameter", 1, '{"name":"/app/prod/setting-{n}","withDecryption":true}', "null", "AWS::SSM::Parameter"),
    (30, "ssm", "DescribeParameters", 1, '{"maxResults":50,"parameterFilters":[{"key":"Path","values":["/app/prod/{n}"]}]}', "null", None),
    (30, "iam", "GetUser", 1, '{"userName":"user-{n}"}', "null", None),
    (30, "iam", "GetRole", 1, '{"roleName":"service-role-{n}"}', "null", None),
    (25, "iam", "ListAttachedRolePolicies", 1, '{"roleName":"service-role-{n}"}', "null", None),
    (20, "iam", "GetPolicyVersion", 1, '{"policyArn":"arn:aws:iam::%s:policy/policy-{n}","versionId":"v1"}' % ACCOUNT, "null", None),
    (45, "s3", "GetBucketAcl", 1, '{"bucketName":"data-{n}","Host":"data-{n}.s3.amazonaws.com","acl":""}', "null", "AWS::S3::Bucket"),
    (60, "s3", "PutObject", 0, '{"bucketName":"data-lake","Host":"data-lake.s3.amazonaws.com","key":"year=2026/part-{n}.parquet","x-amz-server-side-encryption":"aws:kms"}', '{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:%s:key/0e5d0ab6-097e-49d8-99ef-747ce3e5f8f4"}' % ACCOUNT, "AWS::S3::Object"),
    (50, "s3", "GetObject", 1, '{"bucketName":"data-lake","Host":"data-lake.s3.amazonaws.com","key":"year=2026/part-{n}.parquet"}', "null", "AWS::S3::Object"),
    (20, "s3", "ListBuckets", 1, '{"Host":"s3.amazonaws.com"}', "null", None),
    (70, "kms", "Decrypt", 1, '{"encryptionContext":{"PARAMETER_ARN":"arn:aws:ssm:us-east-1:%s:parameter/app/prod/setting-{n}"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}' % ACCOUNT, "null", "AWS::KMS::Key"),
    (50, "kms", "GenerateDataKey", 1, '{"keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::data-lake/year=2026/part-{n}.parquet"},"keyId":"arn:aws:kms:us-east-1:%s:key/0e5d0ab6-097e-49d8-99ef-747ce3e5f8f4"}' % ACCOUNT, "null", "AWS::KMS::Key"),
    (60, "secretsmanager", "GetSecretValue", 1, '{"secretId":"prod/db-{n}"}', "null", None),
    (20, "secretsmanager", "DescribeSecret", 1, '{"secretId":"prod/db-{n}"}', "null", None),
    (35, "rds", "DescribeDBInstances", 1, '{"dBInstanceIdentifier":"db-{n}"}', "null", None),
    (10, "rds", "DescribeDBSnapshots", 1, '{"dBInstanceIdentifier":"db-{n}","includeShared":false,"includePublic":false}', "null", None),
    (60, "sts", "AssumeRole", 1, '{"roleArn":"arn:aws:iam::%s:role/service-role-{n}","roleSessionName":"session-{n}","durationSeconds":3600}' % ACCOUNT, '{"credentials":{"accessKeyId":"ASIA{N}","sessionToken":"IQoJb3JpZ2luX2VjE{n}{n}{n}{n}","expiration":"Sep 22, 2026, 1:12:07 AM"},"assumedRoleUser":{"assumedRoleId":"AROAQ3EGEXAMPLEROLE21:session-{n}","arn":"arn:aws:sts::%s:assumed-role/service-role-{n}/session-{n}"}}' % ACCOUNT, "AWS::IAM::Role"),
    (12, "sts", "GetCallerIdentity", 1, "null", "null", None),
    (25, "logs", "CreateLogStream", 0, '{"logGroupName":"/aws/lambda/handler","logStreamName":"2026/09/21/[$LATEST]{n}"}', "null", None),
    (20, "logs", "DescribeLogGroups", 1, '{"logGroupNamePrefix":"/aws/lambda/handler-{n}"}', "null", None),
    (25, "lambda", "GetFunction20150331v2", 1, '{"functionName":"handler-{n}"}', "null", None),
    (6, "lambda", "UpdateFunctionCode20150331v2", 0, '{"functionName":"handler-{n}","s3Bucket":"artifacts","s3Key":"{n}.zip","dryRun":false,"publish":false}', '{"functionName":"handler-{n}","runtime":"python3.13","codeSize":1048576,"state":"Active"}', None),
    (20, "monitoring", "DescribeAlarms", 1, '{"maxRecords":100,"alarmNamePrefix":"svc-{n}"}', "null", None),
    (15, "dynamodb", "DescribeTable", 1, '{"tableName":"table-{n}"}', "null", "AWS::DynamoDB::Table"),
    (10, "autoscaling", "DescribeAutoScalingGroups", 1, '{"autoScalingGroupNames":["group-{n}"],"maxRecords":50}', "null", None),
    (8, "elasticloadbalancing", "DescribeTargetHealth", 1, '{"targetGroupArn":"arn:aws:elasticloadbalancing:us-east-1:%s:targetgroup/web/{n}"}' % ACCOUNT, "null", None),
    (8, "cloudformation", "DescribeStacks", 1, '{"stackName":"stack-{n}"}', "null", None),
]
WRITES = [
    ("CreateUser", '{"userName":"new-{n}"}', '{"user":{"path":"/","userName":"new-{n}","userId":"AIDAQ3EGEXAMPLEUSER21","arn":"arn:aws:iam::%s:user/new-{n}","createDate":"Sep 22, 2026, 1:12:07 AM"}}' % ACCOUNT),
    ("CreateAccessKey", '{"userName":"user-{n}"}', '{"accessKey":{"userName":"user-{n}","accessKeyId":"AKIA{N}","status":"Active","createDate":"Sep 22, 2026, 1:12:07 AM"}}'),
    ("AttachRolePolicy", '{"roleName":"service-role-{n}","policyArn":"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}', "null"),
    ("PutRolePolicy", '{"roleName":"service-role-{n}","policyName":"inline","policyDocument":"{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{\\"Effect\\":\\"Allow\\",\\"Action\\":\\"s3:GetObject\\",\\"Resource\\":\\"arn:aws:s3:::data-{n}/*\\"}]}"}', "null"),
    ("CreateLoginProfile", '{"userName":"user-{n}","passwordResetRequired":true}', '{"loginProfile":{"userName":"user-{n}","createDate":"Sep 22, 2026, 1:12:07 AM","passwordResetRequired":true}}'),
    ("AddUserToGroup", '{"userName":"user-{n}","groupName":"developers"}', "null"),
    ("DeleteAccessKey", '{"userName":"user-{n}","accessKeyId":"AKIA{N}"}', "null"),
]
AGENTS = [
    "aws-cli/2.31.38 md/awscrt#0.28.4 ua/2.1 os/linux#6.1.148-173.267.amzn2023.x86_64 md/arch#x86_64 lang/python#3.13.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off",
    "Boto3/1.40.52 md/Botocore#1.40.52 ua/2.1 os/linux#5.10.245 md/arch#aarch64 lang/python#3.13.8 md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 cfg/retry-mode#legacy Botocore/1.40.52",
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.5 (+https://www.terraform.io) terraform-provider-aws/6.20.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.39.6 ua/2.1 os/linux lang/go#1.24.8 md/GOARCH#amd64 md/GOOS#linux",
    "aws-sdk-java/2.34.0 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10.245 lang/java#21.0.8 md/OpenJDK_64-Bit_Server_VM#21.0.8+9-LTS md/vendor#Amazon.com_Inc. exec-env/AWS_ECS_FARGATE cfg/retry-mode#standard",
    "aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.24.6 md/GOOS#linux md/GOARCH#arm64 api/ec2#1.254.1 amazon-ssm-agent/3.3.3050.0",
]
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
ERRORS = [("AccessDenied", "User: arn:aws:sts::%s:assumed-role/service-role/app is not authorized to perform this action because no identity-based policy allows it" % ACCOUNT),
          ("Client.UnauthorizedOperation", "You are not authorized to perform this operation."),
          ("ResourceNotFoundException", "The requested resource was not found"), ("NoSuchEntityException", "The entity cannot be found.")]
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SHARES = {"sign_in": 0.0005, "iam_write": 0.001, "malformed": 0.0001}


class Chunk:
    """One piece of the logs, made alone from (seed, index), so that any number of processes makes the same whole."""

    def __init__(self, options, index):
        self.options, self.index = options, index
        self.rand = random.Random(f"{options.seed} {index}")
        self.actors = population(options.seed)
        self.weights = [1 / (rank + 1) for rank in range(len(self.actors))]  # Zipf: the first acts most
        self.call_weights = [call[0] for call in CALLS]
        self.time = START + index * 3600
        # A busy account does many things at once: shorter runs.
        self.runs = (1, 1, 1, 2) if options.profile == "busy" else (1, 1, 2, 2, 3, 5)
        self.truth = dict.fromkeys(["objects", "empty_objects", "digest_objects", "insight_objects", "records_delivered", "records", "sign_ins",
                                    "iam_writes", "told_delivered_again", "malformed", "raw_bytes", "gzip_bytes"], 0)

    def identifier(self):
        h = f"{self.rand.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def objects(self, size):
        """(kind, records) until `size` raw bytes: records as bytes; kind None for log files."""
        made = 0
        if self.index == 0:
            made += yield from self.deliver([self.huge()], 0, False)
        while made < size:
            self.time += self.rand.randint(0, 3)
            chance = self.rand.random()
            if chance < 0.004:
                yield "empty", []
            elif chance < 0.006:
                yield "digest", [self.digest()]
            elif chance < 0.008:
                yield "insight", [self.insight()]
            else:
                made += yield from self.deliver(*self.file())

    def deliver(self, records, told, malformed):
        """Yields one object's records, perhaps twice; returns the raw bytes. A broken record comes once: it has no
        identity to be known again by."""
        copies = 2 if not malformed and self.rand.random() < self.options.duplicates else 1
        for _ in range(copies):
            yield None, records
        readable = len(records) - malformed
        self.truth["records"] += readable
        self.truth["records_delivered"] += readable * copies
        self.truth["told_delivered_again"] += told * (copies - 1)
        self.truth["malformed"] += malformed
        return (sum(map(len, records)) + len(records)) * copies

    def file(self):
        """The records of one file, how many of them are told, and whether one is broken."""
        rand = self.rand
        count = rand.randint(560, 640) if self.options.profile == "busy" else quantile(ORDINARY, rand.random())
        region = rand.choice(REGIONS)
        records, told, malformed = [], 0, False
        second = self.time
        while len(records) < count:
            # A run: one actor makes one call again and again.
            run = self.run(region)
            for _ in range(min(count - len(records), rand.choice(self.runs))):
                second += rand.choice((0, 0, 0, 1, 1, 2))
                chance = rand.random()
                if chance < SHARES["sign_in"]:
                    record, told = self.sign_in(second), told + 1
                    self.truth["sign_ins"] += 1
                elif chance < SHARES["sign_in"] + SHARES["iam_write"]:
                    record, told = self.iam_write(second), told + 1
                    self.truth["iam_writes"] += 1
                else:
                    record = self.record(run, second)
                    if chance > 1 - SHARES["malformed"] and not malformed:
                        record, malformed = self.spoil(record), True
                records.append(record)
        if len(records) > 1 and rand.random() < 0.33:
            rand.shuffle(records)
        return records, told, malformed

    def run(self, region):
        """The parts that all records of a run share: (before time, before parameters, parameters, answer, ...)."""
        rand = self.rand
        _, source, name, read, params, response, resource = rand.choices(CALLS, self.call_weights)[0]
        identity, ip, agent, service = rand.choices(self.actors, self.weights)[0]
        if source in ("iam", "sts"):
            region = "us-east-1"
        error = ""
        if rand.random() < 0.10:
            code, message = rand.choice(ERRORS)
            error, response = f',"errorCode":"{code}","errorMessage":"{message}"', "null"
        tail = ""
        if resource:
            tail = f',"resources":[{{"accountId":"{ACCOUNT}","type":"{resource}","ARN":"arn:aws:{source}:{region}:{ACCOUNT}:thing/shared"}}]'
        category = "Data" if name in ("PutObject", "GetObject") else "Management"
        kind = "AwsApiCall"
        if rand.random() < 0.014:
            source, name, read, params, response, error, tail, kind = "kms", "RotateKey", 0, "null", "null", "", "", "AwsServiceEvent"
            identity, ip, agent, service = f'{{"accountId":"{ACCOUNT}","invokedBy":"AWS Internal"}}', "AWS Internal", "AWS Internal", True
        more = ""
        if source == "s3" and category == "Data":
            more = ',"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{id2}=","bytesTransferredOut":4096}'
        end = tail + f',"eventType":"{kind}","managementEvent":{str(category == "Management").lower()},"recipientAccountId":"{ACCOUNT}","eventCategory":"{category}"'
        if not service:
            end += f',"tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{source}.{region}.amazonaws.com"}}'
            if rand.random() < 0.1:
                end += ',"sessionCredentialFromConsole":"true"'
        same = rand.random() < 0.5 and self.noun()
        return (f'{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"',
                f'","eventSource":"{source}.amazonaws.com","eventName":"{name}","awsRegion":"{region}","sourceIPAddress":"{ip}","userAgent":"{agent}"{error},"requestParameters":',
                params, response, more, f'","readOnly":{"true" if read else "false"}{end}}}', same)

    def noun(self):
        return f"{self.rand.getrandbits(64) >> self.rand.choice((0, 48)):016x}"

    def record(self, run, second):
        before, middle, params, response, more, end, same = run
        noun = same or self.noun()
        if more:
            more = more.replace("{id2}", f"{self.rand.getrandbits(200):050x}")
        chance = self.rand.random()
        if chance < 0.005:
            middle = middle.replace('"userAgent":"', '"userAgent":"試験 ', 1)
        elif chance < 0.010 and params != "null":
            params = params.replace("{n}", "\\u0061\\u00e9{n}")
        text = f'{before}{clock(second)}{middle}{params},"responseElements":{response}{more},"requestID":"{self.identifier()}","eventID":"{self.identifier()}{end}'
        return text.replace("{n}", noun).replace("{N}", noun.upper().translate(TO_BASE32)).encode()

    def iam_write(self, second):
        name, params, response = self.rand.choice(WRITES)
        if self.rand.random() < 0.05:
            name = f"\\u{ord(name[0]):04x}{name[1:]}"
        error = ""
        if self.rand.random() < 0.1:
            error, response = ',"errorCode":"AccessDenied","errorMessage":"User is not authorized to perform this action"', "null"
        user = self.rand.randint(0, 199)
        run = (f'{{"eventVersion":"1.11","userIdentity":{iam_user(user)},"eventTime":"',
               f'","eventSource":"iam.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","sourceIPAddress":"{address(user)}","userAgent":"{AGENTS[user % 3]}"{error},"requestParameters":',
               params, response, "", f'","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"{ACCOUNT}","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"iam.amazonaws.com"}}}}', None)
        return self.record(run, second)

    def sign_in(self, second):
        user = self.rand.randint(0, 199)
        failed = self.rand.random() < 0.1
        error = ',"errorMessage":"Failed authentication"' if failed else ""
        mfa = "Yes" if self.rand.random() < 0.8 else "No"
        return (f'{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"{user_id(user)}","arn":"arn:aws:iam::{ACCOUNT}:user/user-{user}","accountId":"{ACCOUNT}","userName":"user-{user}"}},'
                f'"eventTime":"{clock(second)}","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"{address(user)}","userAgent":"{BROWSER}"{error},'
                f'"requestParameters":null,"responseElements":{{"ConsoleLogin":"{"Failure" if failed else "Success"}"}},"additionalEventData":{{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"{mfa}"}},'
                f'"eventID":"{self.identifier()}","readOnly":false,"eventType":"AwsConsoleSignIn","managementEvent":true,"recipientAccountId":"{ACCOUNT}","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"us-east-1.signin.aws.amazon.com"}}}}').encode()

    def spoil(self, record):
        """Broken so that a reader can tell where the record ends: quotes and brackets stay in pairs."""
        return self.rand.choice([
            lambda r: r.replace(b'"readOnly":', b'"readOnly":x', 1),
            lambda r: r.replace(b'"eventName":"', b'"eventName":"\x01', 1),
            lambda r: r.replace(b'"eventName":', b'"eventName" ', 1),
            lambda r: r.replace(b'"userAgent":"', b'"userAgent":"\xff', 1),
            lambda r: r.replace(b'"userAgent":"', b'"userAgent":"\\q', 1),
        ])(record)

    def huge(self):
        """The largest record CloudTrail delivers: 256 KB, by its two largest fields and its text."""
        run = self.run("us-east-1")
        items = ",".join(f'{{"key":"setting-{i}","value":"{self.noun()}{self.noun()}{"x" * 24}"}}' for i in range(1050))
        text = self.record((run[0], run[1], f'{{"items":[{items}]}}', f'{{"items":[{items}]}}', "", run[5], None), self.time)
        padding = 256 * 1024 - len(text) - len(',"vpcEndpointId":""')
        return text[:-1] + b',"vpcEndpointId":"' + b"x" * padding + b'"}'

    def digest(self):
        return (f'{{"awsAccountId":"{ACCOUNT}","digestStartTime":"{clock(self.time)}","digestEndTime":"{clock(self.time + 3600)}","digestS3Bucket":"trail","digestS3Object":"x","digestSignatureAlgorithm":"SHA256withRSA",'
                f'"previousDigestS3Object":null,"logFiles":[{{"s3Bucket":"trail","s3Object":"y","hashValue":"{self.rand.getrandbits(256):064x}","hashAlgorithm":"SHA-256"}}]}}').encode()

    def insight(self):
        return (f'{{"eventVersion":"1.09","eventTime":"{clock(self.time)}","awsRegion":"us-east-1","eventID":"{self.identifier()}","eventType":"AwsCloudTrailInsight","recipientAccountId":"{ACCOUNT}","sharedEventID":"{self.identifier()}",'
                f'"insightDetails":{{"state":"Start","eventSource":"ssm.amazonaws.com","eventName":"UpdateInstanceInformation","insightType":"ApiCallRateInsight"}},"eventCategory":"Insight"}}').encode()


TO_BASE32 = str.maketrans("0189", "WXYZ")


def quantile(table, share):
    for (low, fewest), (high, most) in zip(table, table[1:]):
        if share <= high:
            return round(fewest + (most - fewest) * (share - low) / (high - low))
    return table[-1][1]


@functools.lru_cache(maxsize=4096)
def clock(second):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


def user_id(number):
    return f"AIDAQ3EGEXAMPLE{number:06}".translate(str.maketrans("01", "AB"))


def address(number):
    return f"126.{number % 200}.{number * 7 % 250}.{number % 250 + 1}"


def iam_user(number):
    return (f'{{"type":"IAMUser","principalId":"{user_id(number)}","arn":"arn:aws:iam::{ACCOUNT}:user/user-{number}","accountId":"{ACCOUNT}",'
            f'"accessKeyId":"AKIAQ3EGEXAMPLE{number:05}","userName":"user-{number}"}}')


def population(seed):
    """Who acts: (userIdentity, address, user agent, whether a service), the busiest first."""
    rand = random.Random(f"{seed} population")
    actors = []
    for rank in range(300):
        kind = rand.random()
        if kind < 0.2:
            actors.append((iam_user(rank), address(rank), rand.choice(AGENTS), False))
        elif kind < 0.4:
            service = rand.choice(["lambda", "config", "cloudtrail", "rds", "ecs"]) + ".amazonaws.com"
            actors.append((f'{{"type":"AWSService","invokedBy":"{service}"}}', service, service, True))
        else:
            role, name = f"service-role-{rank % 40}", f"{rand.getrandbits(68):017x}"
            role_id = f"AROAQ3EGEXAMPLE{rank % 40:06}".translate(str.maketrans("01", "AB"))
            key = "ASIA" + "".join(rand.choice(BASE32) for _ in range(16))
            actors.append((f'{{"type":"AssumedRole","principalId":"{role_id}:i-{name}","arn":"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/i-{name}","accountId":"{ACCOUNT}","accessKeyId":"{key}",'
                           f'"sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{role_id}","arn":"arn:aws:iam::{ACCOUNT}:role/{role}","accountId":"{ACCOUNT}","userName":"{role}"}},'
                           f'"attributes":{{"creationDate":"2026-09-21T06:{rank % 60:02}:11Z","mfaAuthenticated":"false"}},"ec2RoleDelivery":"2.0"}}}}',
                           f"10.{rank % 8}.{rank % 250}.{rank * 11 % 250}", rand.choice(AGENTS), False))
    return actors


def work(task):
    """Makes one chunk. S3 objects are written here; for one file the raw records go back to be joined in order."""
    options, index, size = task
    chunk = Chunk(options, index)
    out = Path(options.out) / "logs"
    truth, joined, number = chunk.truth, [], 0
    for kind, records in chunk.objects(size):
        if options.form != "s3":
            if kind is None:
                joined += records
            continue
        body = records[0] if kind == "digest" else b'{"Records":[' + b",".join(records) + b"]}"
        packed = zlib.compress(body, options.level, 31)
        folder = {"digest": "CloudTrail-Digest", "insight": "CloudTrail-Insight"}.get(kind, "CloudTrail")
        region = REGIONS[(index + number) % len(REGIONS)]
        place = out / f"AWSLogs/{ACCOUNT}/{folder}/{region}" / clock(chunk.time)[:10].replace("-", "/")
        place.mkdir(parents=True, exist_ok=True)
        delivered = clock(chunk.time)[:16].replace("-", "").replace(":", "")
        (place / f"{ACCOUNT}_{folder}_{region}_{delivered}Z_{index:06}{number:010}.json.gz").write_bytes(packed)
        number += 1
        truth["objects"] += 1
        truth["raw_bytes"] += len(body)
        truth["gzip_bytes"] += len(packed)
        if kind:
            truth[f"{kind}_objects"] += 1
    return truth, joined


def size_of(text):
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    return int(float(text[:-1]) * units[text[-1].upper()]) if text[-1].upper() in units else int(text)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("out")
    arguments.add_argument("--size", type=size_of, default="1G", help="raw bytes, such as 64M or 1G")
    arguments.add_argument("--as", dest="form", choices=["s3", "one-gzip", "ndjson"], default="s3")
    arguments.add_argument("--profile", choices=["ordinary", "busy"], default="ordinary")
    arguments.add_argument("--duplicates", type=float, default=0.27, help="share of objects delivered twice")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--level", type=int, default=6, help="gzip level; CloudTrail's ratio is nearest at 6")
    options = arguments.parse_args()
    out = Path(options.out)
    if (out / "logs").exists():
        sys.exit(f"{out}/logs is there already; name another folder")
    (out / "logs").mkdir(parents=True)
    sizes = [CHUNK] * (options.size // CHUNK) + ([options.size % CHUNK] if options.size % CHUNK else [])
    tasks = [(options, index, size) for index, size in enumerate(sizes)]
    total = {}
    single = None
    if options.form == "one-gzip":
        single = gzip.GzipFile(out / "logs/all.json.gz", "wb", compresslevel=options.level, mtime=0)
        single.write(b'{"Records":[')
    elif options.form == "ndjson":
        single = open(out / "logs/all.ndjson", "wb")
    first = True
    with multiprocessing.Pool(options.jobs) as pool:
        for truth, records in pool.imap(work, tasks):
            for key, value in truth.items():
                total[key] = total.get(key, 0) + value
            if single and records:
                text = (b"," if options.form == "one-gzip" else b"\n").join(records)
                if options.form == "ndjson":
                    text += b"\n"
                elif not first:
                    text = b"," + text
                single.write(text)
                first = False
                total["raw_bytes"] += len(text)
    if options.form == "one-gzip":
        single.write(b"]}")
        total["raw_bytes"] += len(b'{"Records":[]}')
    if single:
        single.close()
        total["objects"] = 1
        total["gzip_bytes"] = (out / "logs/all.json.gz").stat().st_size if options.form == "one-gzip" else 0
    total["seed"], total["form"], total["profile"] = options.seed, options.form, options.profile
    (out / "truth.json").write_text(json.dumps(total, indent=1) + "\n")
    ratio = f", gzip ratio {total['raw_bytes'] / total['gzip_bytes']:.2f}" if total["gzip_bytes"] else ""
    print(f"{total['objects']} objects, {total['records_delivered']} records ({total['records']} distinct), {total['raw_bytes']} raw bytes"
          f" ({total['raw_bytes'] / max(total['records_delivered'], 1):.0f} a record){ratio}")


if __name__ == "__main__":
    main()
