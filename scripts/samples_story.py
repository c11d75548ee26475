"""The week of 9-15 November 2026 in one small account, as CloudTrail records.

Everything is invented: people, names, ids and keys. Only the shapes are CloudTrail's (record version 1.11), and
the addresses are real so that their country of registration can be looked up: access networks of Japanese
providers for the people, a cloud provider's for the CI, an anonymising network's exit for the intruder.
Times are written as the people lived them, in Tokyo.
"""

import json
from datetime import datetime, timedelta, timezone

from support.agents import BOTO, CHROME, CI, EDGE, FIREFOX, IPHONE, LAPTOP, TERRAFORM
from support.cloudtrail import ADMIN, CONSOLE_HOME, GLOBAL, HOME, LOOK_AROUND, Recorder, access_key, create_role, long_date, put_role_policy, stamp

ACCOUNT = "123456789012"
JST = timezone(timedelta(hours=9))
DAYS = {"Mon": 9, "Tue": 10, "Wed": 11, "Thu": 12, "Fri": 13, "Sat": 14, "Sun": 15}

OFFICE, HOME_NET, MOBILE = "133.242.18.77", "126.78.214.9", "2400:4050:c2a1:3f00:5d1c:88e0:1b7a:9c40"
SATORU_NET = "126.121.7.52"
CI_NET, INTRUDER = "20.42.11.16", "185.220.101.34"

def at(when):
    """'Tue 10:31:05' in Tokyo -> UTC."""
    day, clock = when.split()
    hour, minute, second = map(int, clock.split(":"))
    return datetime(2026, 11, DAYS[day], hour, minute, second, tzinfo=JST).astimezone(timezone.utc)


REFRESH = [("iam", "GetRole", {"roleName": "blog-image-resizer"}), ("iam", "ListRolePolicies", {"roleName": "blog-image-resizer"}),
           ("iam", "ListAttachedRolePolicies", {"roleName": "blog-image-resizer"}),
           ("lambda", "GetFunction20150331v2", {"functionName": "blog-image-resizer"}),
           ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/aws/lambda/blog-image-resizer"})]


def ci(week):
    """The deployment pipeline: a session an hour on working days. Nobody wants to hear of it."""
    for day in ("Mon", "Tue", "Wed", "Thu", "Fri"):
        for hour in range(10, 19):
            start = at(f"{day} {hour}:04:{week.random.randint(10, 59)}")
            session_name = f"GitHubActions-{day}-{hour}"
            provider = "token.actions.githubusercontent.com"
            subject = "repo:my-blog-example/site:ref:refs/heads/main"
            session = week.assume_role_with_web_identity(start, "github-actions-deploy", session_name, provider, subject, CI_NET, CI.format(command="sts.AssumeRoleWithWebIdentity"))
            time = week.reads(start + timedelta(seconds=3), session, CI_NET, CI, [("sts", "GetCallerIdentity", None), ("s3", "ListObjects", {"bucketName": "my-blog-site", "prefix": "", "list-type": "2"})])
            if hour in (11, 17):
                week.add(time + timedelta(seconds=9), "cloudfront", "CreateInvalidation", session, CI_NET, CI.format(command="cloudfront.create-invalidation"), GLOBAL,
                         params={"distributionId": "E2QWRUHEXAMPLE", "invalidationBatch": {"paths": {"quantity": 1, "items": ["/*"]}, "callerReference": f"cli-{int(time.timestamp())}"}},
                         response={"location": "https://cloudfront.amazonaws.com/2020-05-31/distribution/E2QWRUHEXAMPLE/invalidation/I1EXAMPLE"})


def everyday(week):
    """Sign-ins and looking around; nobody should be woken by any of it."""
    haruka, kenji = week.user("haruka"), week.user("kenji")
    for when, ip, agent, region in [("Mon 09:12:41", OFFICE, CHROME, HOME), ("Wed 09:20:03", OFFICE, CHROME, HOME), ("Thu 22:41:18", HOME_NET, IPHONE, "ap-southeast-2")]:
        time = at(when)
        week.sign_in(time, haruka, ip, agent, region, "Yes", factor="Virtual MFA")
        session = week.user("haruka", week.id("ASIA", when), time)
        later = week.reads(time + timedelta(seconds=4), session, ip, agent, CONSOLE_HOME, console=True)
        week.reads(later + timedelta(minutes=3), session, ip, agent, week.random.sample(LOOK_AROUND, 5), console=True)
    # A mistyped password, then the right one.
    week.sign_in(at("Tue 10:02:11"), {k: v for k, v in kenji.items() if k != "arn"} | {"accessKeyId": ""}, OFFICE, EDGE, HOME, "No", failed=True)
    time = at("Tue 10:02:52")
    week.sign_in(time, kenji, OFFICE, EDGE, HOME, "Yes", factor="Virtual MFA")
    session = week.user("kenji", week.id("ASIA", "kenji-tue"), time)
    week.reads(time + timedelta(seconds=5), session, OFFICE, EDGE, CONSOLE_HOME + LOOK_AROUND[:4], console=True)
    # Somebody out there tries a name that does not exist.
    nobody = {"type": "IAMUser", "accountId": ACCOUNT, "accessKeyId": "", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    week.add(at("Wed 04:37:29"), "signin", "ConsoleLogin", nobody, "5.188.10.61", FIREFOX, GLOBAL, response={"ConsoleLogin": "Failure"}, error=(None, "No username found in supplied account"),
             more={"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No"}, kind="AwsConsoleSignIn", host="signin.aws.amazon.com", request=False)
    # The root user looks at the bill: with MFA.
    time = at("Fri 08:31:20")
    week.sign_in(time, week.root(), OFFICE, CHROME, GLOBAL, "Yes", factor="Virtual MFA")
    week.add(time + timedelta(seconds=31), "billingconsole", "GetBillsForBillingPeriod", week.root(time), OFFICE, CHROME, GLOBAL, read=True, kind="AwsConsoleAction", host="billing.console.aws.amazon.com", console=True)
    # The reading that software does all day.
    for day in ("Mon", "Wed", "Fri", "Sun"):
        start = at(f"{day} 06:00:12")
        monitor = week.role("blog-monitor", "blog-monitor", start)
        week.reads(start, monitor, "3.112.23.0", "Boto3/1.40.52 md/Botocore#1.40.52 ua/2.1 os/linux#5.10.245 md/arch#aarch64 lang/python#3.13.8 exec-env/AWS_Lambda_python3.13",
                   [("cloudwatch", "DescribeAlarms", {"maxRecords": 100}), ("ec2", "DescribeInstanceStatus", {"instancesSet": {}, "includeAllInstances": True}),
                    ("rds", "DescribeDBInstances", None), ("s3", "GetBucketLocation", {"bucketName": "my-blog-site", "location": ""})])
        service = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
        week.add(start - timedelta(seconds=2), "sts", "AssumeRole", service, "lambda.amazonaws.com", "lambda.amazonaws.com", HOME,
                 params={"roleArn": f"arn:aws:iam::{ACCOUNT}:role/blog-monitor", "roleSessionName": "blog-monitor"},
                 response={"credentials": {"accessKeyId": monitor["accessKeyId"], "sessionToken": "REDACTED", "expiration": long_date(start + timedelta(hours=12))}},
                 resources=[{"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": f"arn:aws:iam::{ACCOUNT}:role/blog-monitor"}], read=True, invoked=True)
    # The nightly backup with the key that will leak.
    for day in ("Mon", "Tue", "Wed", "Thu", "Fri"):
        backup = week.user("blog-backup", week.id("AKIA", "blog-backup"))
        week.reads(at(f"{day} 03:00:07"), backup, OFFICE, "aws-cli/1.42.70 md/Botocore#1.40.70 ua/2.1 os/linux#6.1.0-40-amd64 md/arch#x86_64 lang/python#3.11.2 md/command#{command}",
                   [("s3", "ListBuckets", {"Host": "s3.ap-northeast-1.amazonaws.com"}), ("s3", "GetBucketVersioning", {"bucketName": "my-blog-backup", "versioning": ""})])


def identity_center(week):
    """One person through the portal: six records of one sign-in."""
    session, opened = week.identity_center(at("Thu 09:05:30"), "satoru@example.com", "97c4aa0e-60b1-70d2-5f2d-8c1e0example", ("ReadOnlyAccess", "3f2a9c81d04b67e5"), SATORU_NET, CHROME)
    week.reads(opened + timedelta(seconds=6), session, SATORU_NET, CHROME, CONSOLE_HOME + LOOK_AROUND[2:5], console=True)


def aws_login(week):
    """`aws login` on a laptop: allowed in the browser, then tokens for the command line, one of them refreshed."""
    time = at("Fri 13:15:02")
    session = week.user("kenji", week.id("ASIA", "kenji-login"), time - timedelta(minutes=4))
    session["sessionContext"]["signInSessionArn"] = f"arn:aws:signin:{HOME}:{ACCOUNT}:session/{week.uuid()}"
    client = {"client_id": "arn:aws:signin:::devtools/same-device"}
    host = f"{HOME}.signin.aws.amazon.com"
    week.sign_in(time - timedelta(minutes=4), week.user("kenji"), OFFICE, EDGE, HOME, "Yes", factor="Virtual MFA")
    week.add(time, "signin", "AuthorizeOAuth2Access", session, OFFICE, EDGE, HOME, params=client | {"response_type": "code", "scope": "openid", "redirect_uri": "http://127.0.0.1:53127/oauth/callback", "code_challenge_method": "SHA-256"}, more={"success": "true"}, read=True, host=host)
    for seconds, grant in ((2, "authorization_code"), (841, "refresh_token")):
        week.add(time + timedelta(seconds=seconds), "signin", "CreateOAuth2Token", session, OFFICE, LAPTOP.format(command="login"), HOME, params=client | {"grant_type": grant}, more={"success": "true"}, read=True, host=host)
    week.reads(time + timedelta(seconds=30), session, OFFICE, LAPTOP, [("sts", "GetCallerIdentity", None), ("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/blog-image-resizer", "filterPattern": "ERROR"})])


def people_and_keys(week):
    """IAM work that was meant: a newcomer, and a key changed for a new one."""
    time = at("Mon 11:02:10")
    haruka = week.user("haruka", week.id("ASIA", "Mon 09:12:41"), at("Mon 09:12:41"))

    def iam(seconds, name, params=None, response=None, who=haruka, ip=OFFICE, agent=CHROME, **rest):
        return week.add(time + timedelta(seconds=seconds), "iam", name, who, ip, agent, params=params, response=response, **{"console": True, **rest})

    iam(0, "ListUsers", {"maxItems": 1000}, read=True)
    iam(24, "CreateUser", {"userName": "yui", "tags": [{"key": "氏名", "value": "佐藤 結衣"}]}, {"user": {"path": "/", "userName": "yui", "userId": week.id("AIDA", "yui"), "arn": f"arn:aws:iam::{ACCOUNT}:user/yui", "createDate": long_date(time), "tags": [{"key": "氏名", "value": "佐藤 結衣"}]}})
    iam(25, "CreateLoginProfile", {"userName": "yui", "passwordResetRequired": True}, {"loginProfile": {"userName": "yui", "createDate": long_date(time), "passwordResetRequired": True}})
    iam(26, "AddUserToGroup", {"userName": "yui", "groupName": "developers"})
    # She signs in for the first time, without MFA yet, changes the password and registers a phone.
    first = at("Mon 13:30:44")
    yui = week.user("yui", week.id("ASIA", "yui-mon"), first, mfa=False)
    week.sign_in(first, week.user("yui"), MOBILE, CHROME, HOME, "No")
    week.add(first + timedelta(seconds=20), "iam", "ChangePassword", yui, MOBILE, CHROME, console=True)
    week.add(first + timedelta(seconds=95), "iam", "CreateVirtualMFADevice", yui, MOBILE, CHROME, params={"path": "/", "virtualMFADeviceName": "yui"}, response={"virtualMFADevice": {"serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/yui"}}, console=True)
    week.add(first + timedelta(seconds=140), "iam", "EnableMFADevice", yui, MOBILE, CHROME, params={"userName": "yui", "serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/yui"}, console=True)
    # kenji's key is a year old: a new one, a day of both, the old one off and away.
    time, kenji = at("Tue 10:20:00"), week.user("kenji", week.id("AKIA", "kenji-old"))
    old, new = week.id("AKIA", "kenji-old"), week.id("AKIA", "kenji-new")
    cli = {"who": kenji, "console": False}
    iam(0, "ListAccessKeys", None, read=True, agent=LAPTOP.format(command="iam.list-access-keys"), **cli)
    made = access_key(time, "kenji", new, ask=False)
    iam(14, "CreateAccessKey", made["params"], made["response"], agent=LAPTOP.format(command="iam.create-access-key"), **cli)
    time, cli["who"] = at("Wed 10:25:00"), week.user("kenji", new)
    iam(0, "UpdateAccessKey", {"accessKeyId": old, "status": "Inactive"}, agent=LAPTOP.format(command="iam.update-access-key"), **cli)
    iam(46, "DeleteAccessKey", {"accessKeyId": old}, agent=LAPTOP.format(command="iam.delete-access-key"), **cli)


def terraform(week):
    """kenji runs `terraform apply`: reads first, then a dozen IAM writes within a minute."""
    time = at("Wed 15:40:05")
    session = week.assume_role(time, "terraform", "kenji", week.user("kenji", week.id("AKIA", "kenji-new")), OFFICE, TERRAFORM.format(service="sts"))
    week.reads(time + timedelta(seconds=2), session, OFFICE, TERRAFORM, [("sts", "GetCallerIdentity", None)] + REFRESH * 2)
    now = time + timedelta(seconds=40)
    agent = TERRAFORM.format(service="iam")
    for name, service in (("blog-search-indexer", "lambda.amazonaws.com"), ("blog-search-api", "lambda.amazonaws.com"), ("blog-batch", "ec2.amazonaws.com")):
        create_role(week, now, session, OFFICE, agent, name, service)
        put_role_policy(week, now + timedelta(seconds=2), session, OFFICE, agent, name, "read-content", ["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::my-blog-site", "arn:aws:s3:::my-blog-site/*"])
        week.add(now + timedelta(seconds=3), "iam", "AttachRolePolicy", session, OFFICE, agent, params={"roleName": name, "policyArn": "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy" if name == "blog-batch" else "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"})
        now += timedelta(seconds=7)
    week.add(now, "iam", "CreateInstanceProfile", session, OFFICE, agent, params={"instanceProfileName": "blog-batch", "path": "/"}, response={"instanceProfile": {"path": "/", "instanceProfileName": "blog-batch", "instanceProfileId": week.id("AIPA", "blog-batch"), "arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/blog-batch", "createDate": long_date(now), "roles": []}})
    week.add(now + timedelta(seconds=4), "iam", "AddRoleToInstanceProfile", session, OFFICE, agent, params={"instanceProfileName": "blog-batch", "roleName": "blog-batch"})
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "es:ESHttp*", "Resource": f"arn:aws:es:{HOME}:{ACCOUNT}:domain/blog/*"}]})
    arn = f"arn:aws:iam::{ACCOUNT}:policy/blog-search"
    week.add(now + timedelta(seconds=5), "iam", "CreatePolicy", session, OFFICE, agent, params={"policyName": "blog-search", "path": "/", "policyDocument": document}, response={"policy": {"policyName": "blog-search", "policyId": week.id("ANPA", "blog-search"), "arn": arn, "path": "/", "defaultVersionId": "v1", "attachmentCount": 0, "isAttachable": True, "createDate": long_date(now)}})
    week.add(now + timedelta(seconds=7), "iam", "AttachRolePolicy", session, OFFICE, agent, params={"roleName": "blog-search-api", "policyArn": arn})
    week.add(now + timedelta(seconds=8), "lambda", "CreateFunction20150331", session, OFFICE, TERRAFORM.format(service="lambda"), params={"functionName": "blog-search-api", "runtime": "python3.13", "role": f"arn:aws:iam::{ACCOUNT}:role/blog-search-api", "handler": "app.handler"}, response={"functionName": "blog-search-api", "functionArn": f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:blog-search-api"})


def stack(week):
    """haruka creates a stack in the console; CloudFormation makes its roles."""
    time = at("Thu 14:10:20")
    haruka = week.user("haruka", week.id("ASIA", "haruka-thu"), at("Thu 14:02:10"))
    week.sign_in(at("Thu 14:02:10"), week.user("haruka"), OFFICE, CHROME, HOME, "Yes", factor="Virtual MFA")
    stack_arn = f"arn:aws:cloudformation:{HOME}:{ACCOUNT}:stack/blog-comments/{week.uuid()}"
    week.add(time, "cloudformation", "CreateStack", haruka, OFFICE, CHROME, params={"stackName": "blog-comments", "capabilities": ["CAPABILITY_IAM"], "templateURL": f"https://s3.{HOME}.amazonaws.com/cf-templates-example-{HOME}/comments.yaml"}, response={"stackId": stack_arn}, console=True)
    by_stack = json.loads(json.dumps(haruka)) | {"invokedBy": "cloudformation.amazonaws.com"}
    caller = "cloudformation.amazonaws.com"
    now = time + timedelta(seconds=5)
    for logical, service in (("CommentsFunctionRole", "lambda.amazonaws.com"), ("CommentsApiRole", "apigateway.amazonaws.com"), ("ModerationRole", "states.amazonaws.com")):
        name = f"blog-comments-{logical}-{week.id('X', logical)[1:11]}"
        create_role(week, now, by_stack, caller, caller, name, service, invoked=True)
        put_role_policy(week, now + timedelta(seconds=17), by_stack, caller, caller, name, "inline", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], f"arn:aws:dynamodb:{HOME}:{ACCOUNT}:table/comments", invoked=True)
        now += timedelta(seconds=3)
    week.add(now + timedelta(seconds=20), "dynamodb", "CreateTable", by_stack, caller, caller, params={"tableName": "comments", "billingMode": "PAY_PER_REQUEST"}, invoked=True)


def intrusion(week):
    """Saturday, small hours: the backup user's key, left in a public repository, is tried, and works."""
    key = week.id("AKIA", "blog-backup")
    thief = week.user("blog-backup", key)
    time = at("Sat 03:12:07")
    denied = "User: arn:aws:iam::{account}:user/blog-backup is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action"

    def call(seconds, source, name, params=None, response=None, who=thief, agent=BOTO, refused=None, **rest):
        if refused:
            code = "Client.UnauthorizedOperation" if source == "ec2" else "AccessDenied" if source in ("iam", "s3") else "AccessDeniedException"
            text = "You are not authorized to perform this operation." if source == "ec2" else denied.format(account=ACCOUNT, action=f"{source}:{name}", resource=refused)
            rest["error"] = (code, text)
        return week.add(time + timedelta(seconds=seconds), source, name, who, INTRUDER, agent, params=params, response=response, **rest)

    call(0, "sts", "GetCallerIdentity", read=True)
    call(19, "iam", "ListUsers", None, read=True)
    call(21, "iam", "ListAttachedUserPolicies", {"userName": "blog-backup"}, read=True)
    call(23, "iam", "GetAccountAuthorizationDetails", None, read=True, refused="*")
    call(24, "s3", "ListBuckets", {"Host": "s3.amazonaws.com"}, read=True, region=GLOBAL)
    call(27, "secretsmanager", "ListSecrets", None, read=True, refused="*", region=GLOBAL)
    call(31, "ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}, read=True, refused="*", region=GLOBAL)
    call(32, "ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}, read=True, refused="*", region="us-west-2")
    call(68, "iam", "CreateAccessKey", None, refused="user haruka")
    call(75, "iam", "PutUserPolicy", None, refused="user blog-backup")
    new = "svc-monitoring"
    call(104, "iam", "CreateUser", {"userName": new}, {"user": {"path": "/", "userName": new, "userId": week.id("AIDA", new), "arn": f"arn:aws:iam::{ACCOUNT}:user/{new}", "createDate": long_date(time)}})
    call(106, "iam", "CreateLoginProfile", {"userName": new, "passwordResetRequired": False}, {"loginProfile": {"userName": new, "createDate": long_date(time), "passwordResetRequired": False}})
    call(109, "iam", "AttachUserPolicy", {"userName": new, "policyArn": ADMIN})
    opened = time + timedelta(seconds=187)
    week.sign_in(opened, week.user(new), INTRUDER, FIREFOX, GLOBAL, "No")
    inside = week.user(new, week.id("ASIA", new), opened, mfa=False)
    web = {"who": inside, "agent": FIREFOX, "console": True}
    week.reads(opened + timedelta(seconds=6), inside, INTRUDER, FIREFOX, CONSOLE_HOME + LOOK_AROUND[:3], console=True, region=GLOBAL)
    made = access_key(opened, new, week.id("AKIA", new))
    call(243, "iam", "CreateAccessKey", made["params"], made["response"], **web)
    call(281, "iam", "DeactivateMFADevice", {"userName": "haruka", "serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/haruka"}, **web)
    call(288, "iam", "UpdateLoginProfile", {"userName": "haruka", "passwordResetRequired": False}, **web)
    call(334, "cloudtrail", "DescribeTrails", {"includeShadowTrails": True}, read=True, **web)
    call(347, "cloudtrail", "StopLogging", {"name": f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/my-blog-trail"}, **web)


def morning_after(week):
    """The owner, once awake: records begin again with StartLogging, then the intruder is put out."""
    time = at("Sat 09:24:40")
    haruka = week.user("haruka", week.id("AKIA", "haruka"))

    def call(seconds, name, params, source="iam", response=None, region=None):
        command = "".join("-" + c.lower() if c.isupper() else c for c in name.replace("MFA", "Mfa")).lstrip("-")
        week.add(time + timedelta(seconds=seconds), source, name, haruka, HOME_NET, LAPTOP.format(command=f"{source}.{command}"), region, params=params, response=response)

    call(0, "StartLogging", {"name": f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/my-blog-trail"}, "cloudtrail")
    call(41, "UpdateAccessKey", {"userName": "blog-backup", "accessKeyId": week.id("AKIA", "blog-backup"), "status": "Inactive"})
    for seconds, user in ((50, "blog-backup"), (58, "svc-monitoring")):
        call(seconds, "AttachUserPolicy", {"userName": user, "policyArn": "arn:aws:iam::aws:policy/AWSDenyAll"})
    call(66, "DetachUserPolicy", {"userName": "svc-monitoring", "policyArn": ADMIN})
    call(75, "DeleteLoginProfile", {"userName": "svc-monitoring"})
    call(83, "UpdateAccessKey", {"userName": "svc-monitoring", "accessKeyId": week.id("AKIA", "svc-monitoring"), "status": "Inactive"})
    call(150, "EnableMFADevice", {"userName": "haruka", "serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/haruka-2"})


def week(seed=20261109):
    """All records, in no particular order."""
    week = Recorder(seed, ACCOUNT)
    for part in (everyday, ci, people_and_keys, identity_center, aws_login, terraform, stack, intrusion, morning_after):
        part(week)
    # Nothing is recorded between StopLogging and StartLogging.
    off, on = stamp(at("Sat 03:17:54")), stamp(at("Sat 09:24:40"))
    week.records = [r for r in week.records if not off < r["eventTime"] < on]
    return week
