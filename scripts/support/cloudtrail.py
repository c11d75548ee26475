"""CloudTrail records of an account that does not exist, shaped like CloudTrail's own (record version 1.11).

Who acts (users, root, sessions of roles) and what is recorded of it: sign-ins with their `CheckMfa`, runs of reads, changes of IAM. Ids and keys
end in EXAMPLE; the same seed gives the same records.
"""

import json
import random
import urllib.parse
import uuid
from datetime import timedelta

HOME, GLOBAL = "ap-northeast-1", "us-east-1"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"

CONSOLE_HOME = [
    ("ec2", "DescribeRegions", {"regionSet": {}, "allRegions": True}),
    ("health", "DescribeEventAggregates", {"aggregateField": "eventTypeCategory", "filter": {"eventStatusCodes": ["open", "upcoming"]}}),
    ("cloudwatch", "DescribeAlarms", {"maxRecords": 100, "stateValue": "ALARM"}),
]
LOOK_AROUND = [
    ("ec2", "DescribeInstances", {"maxResults": 50, "instancesSet": {}, "filterSet": {}}),
    ("ec2", "DescribeSecurityGroups", {"maxResults": 100, "securityGroupSet": {}, "filterSet": {}}),
    ("s3", "ListBuckets", {"Host": "s3.ap-northeast-1.amazonaws.com"}),
    ("cloudfront", "ListDistributions", None),
    ("lambda", "ListFunctions20150331", {"maxItems": 50}),
    ("logs", "DescribeLogGroups", {"limit": 50, "logGroupNamePrefix": "/aws/lambda/blog-"}),
    ("rds", "DescribeDBInstances", {"maxRecords": 20}),
]


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def long_date(time):
    """The date format of IAM's responseElements."""
    return f"{time:%b} {time.day}, {time.year}, {time.hour % 12 or 12}:{time:%M:%S %p}"


class Recorder:
    """What happens in one account, as records."""

    def __init__(self, seed, account):
        self.random = random.Random(seed)
        self.account = account
        self.records = []
        self.ids = {}

    def uuid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def id(self, prefix, name):
        """The id of a named thing: AIDA..., AROA..., AKIA...; made once. Ends in EXAMPLE, as AWS's own examples do."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
        length = 9 if prefix in ("AKIA", "ASIA") else 10
        key = (prefix, name)
        if key not in self.ids:
            self.ids[key] = prefix + "".join(self.random.choice(letters) for _ in range(length)) + "EXAMPLE"
        return self.ids[key]

    # Who acts.

    def user(self, name, key=None, session=None, mfa=True):
        identity = {"type": "IAMUser", "principalId": self.id("AIDA", name), "arn": f"arn:aws:iam::{self.account}:user/{name}", "accountId": self.account}
        if key:
            identity["accessKeyId"] = key
        identity["userName"] = name
        if session:
            identity["sessionContext"] = {"attributes": {"creationDate": stamp(session), "mfaAuthenticated": str(mfa).lower()}}
        return identity

    def root(self, session=None):
        identity = {"type": "Root", "principalId": self.account, "arn": f"arn:aws:iam::{self.account}:root", "accountId": self.account}
        if session:
            identity["accessKeyId"] = self.id("ASIA", "root")
            identity["sessionContext"] = {"attributes": {"creationDate": stamp(session), "mfaAuthenticated": "true"}}
        return identity

    def role(self, role, session_name, start, path="", key=True, mfa="false"):
        identity = {
            "type": "AssumedRole",
            "principalId": f"{self.id('AROA', role)}:{session_name}",
            "arn": f"arn:aws:sts::{self.account}:assumed-role/{role}/{session_name}",
            "accountId": self.account,
        }
        if key:
            identity["accessKeyId"] = self.id("ASIA", f"{role}/{session_name}/{stamp(start)}")
        identity["sessionContext"] = {
            "sessionIssuer": {
                "type": "Role",
                "principalId": self.id("AROA", role),
                "arn": f"arn:aws:iam::{self.account}:role/{path}{role}",
                "accountId": self.account,
                "userName": role,
            },
            "attributes": {"creationDate": stamp(start), "mfaAuthenticated": mfa},
        }
        return identity

    # What is recorded.

    def add(self, time, source, name, who, ip, agent, region=None, params=None, response=None, error=None, more=None,
            resources=None, read=False, kind="AwsApiCall", details=None, host=None, console=False, request=True, invoked=False):
        if region is None:
            region = GLOBAL if source in ("iam", "sts", "organizations") else HOME
        record = {
            "eventVersion": "1.11", "userIdentity": who, "eventTime": stamp(time),
            "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": region,
            "sourceIPAddress": ip, "userAgent": agent,
        }
        if error:
            record["errorCode"], record["errorMessage"] = error if error[0] else (None, error[1])
            if not error[0]:
                del record["errorCode"]
        record["requestParameters"], record["responseElements"] = params, response
        if more:
            record["additionalEventData"] = more
        if request:
            record["requestID"] = self.uuid()
        record["eventID"], record["readOnly"] = self.uuid(), read
        if resources:
            record["resources"] = resources
        record["eventType"], record["managementEvent"], record["recipientAccountId"] = kind, True, self.account
        if details:
            record["serviceEventDetails"] = details
        record["eventCategory"] = "Management"
        if not invoked and kind != "AwsServiceEvent":
            if host is None:
                host = f"{source}.amazonaws.com" if source == "iam" else f"{source}.{region}.amazonaws.com"
            record["tlsDetails"] = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host}
        if console:
            record["sessionCredentialFromConsole"] = "true"
        self.records.append(record)
        return record

    def assume_role(self, time, role, session_name, who, ip, agent, path="", more=None):
        """`who` takes a role of this account; returns the session that comes of it. `more` goes into the parameters."""
        session = self.role(role, session_name, time, path)
        role_arn = f"arn:aws:iam::{self.account}:role/{path}{role}"
        self.add(time, "sts", "AssumeRole", who, ip, agent, HOME,
                 params={"roleArn": role_arn, "roleSessionName": session_name, "durationSeconds": 3600} | (more or {}),
                 response=self.given(session, time), resources=[{"accountId": self.account, "type": "AWS::IAM::Role", "ARN": role_arn}], read=True)
        return session

    def assume_role_with_web_identity(self, time, role, session_name, provider, subject, ip, agent):
        """Somebody whom an OpenID Connect provider vouches for takes a role."""
        session = self.role(role, session_name, time)
        provider_arn = f"arn:aws:iam::{self.account}:oidc-provider/{provider}"
        role_arn = f"arn:aws:iam::{self.account}:role/{role}"
        federated = {"type": "WebIdentityUser", "principalId": f"{provider_arn}:sts.amazonaws.com:{subject}", "userName": subject, "identityProvider": provider_arn}
        given = self.given(session, time)
        self.add(time, "sts", "AssumeRoleWithWebIdentity", federated, ip, agent, HOME,
                 params={"roleArn": role_arn, "roleSessionName": session_name, "durationSeconds": 3600},
                 response={"credentials": given["credentials"], "subjectFromWebIdentityToken": subject, "assumedRoleUser": given["assumedRoleUser"],
                           "provider": provider_arn, "audience": "sts.amazonaws.com"},
                 resources=[{"accountId": self.account, "type": "AWS::IAM::Role", "ARN": role_arn}], read=True)
        return session

    @staticmethod
    def given(session, time):
        """What STS answers to whoever takes a role: the key of the session to come."""
        return {"credentials": {"accessKeyId": session["accessKeyId"], "sessionToken": "REDACTED", "expiration": long_date(time + timedelta(hours=1))},
                "assumedRoleUser": {"assumedRoleId": session["principalId"], "arn": session["arn"]}}

    def sign_in(self, time, who, ip, agent, region, mfa, login_to="https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true", failed=False, factor=None):
        more = {"LoginTo": login_to, "MobileVersion": "Yes" if "iPhone" in agent else "No"}
        if mfa == "Yes":
            more["MFAIdentifier"] = f"arn:aws:iam::{self.account}:{'mfa/root-account-mfa-device' if who['type'] == 'Root' else 'mfa/' + who['userName']}"
        more["MFAUsed"] = mfa
        host = f"{region}.signin.aws.amazon.com"
        if factor:
            checked = {k: v for k, v in who.items() if k not in ("arn",)} | {"accessKeyId": ""}
            self.add(time - timedelta(seconds=self.random.randint(6, 16)), "signin", "CheckMfa", checked, ip, agent, region,
                     response={"CheckMfa": "Success"}, more={"MfaType": factor}, kind="AwsConsoleSignIn", host=host, request=False)
        return self.add(time, "signin", "ConsoleLogin", who, ip, agent, region, response={"ConsoleLogin": "Failure" if failed else "Success"},
                        error=(None, "Failed authentication") if failed else None, more=more, kind="AwsConsoleSignIn", host=host, request=False)

    def identity_center(self, time, name, user_id, permission_set, ip, agent):
        """Somebody signs in to Identity Center's portal and opens the account from it: seven records and the account's own. `permission_set` is
        its name and the digits its role is made known by. Returns the session and when it began."""
        flow = self.uuid()
        person = {"type": "IdentityCenterUser", "accountId": self.account, "onBehalfOf": {"userId": user_id, "identityStoreArn": f"arn:aws:identitystore::{self.account}:identitystore/d-95673example"}, "credentialId": self.uuid()}
        portal = {"AuthWorkflowID": flow, "LoginTo": "https://d-95673example.awsapps.com/start/"}
        set_name, digits = permission_set

        def event(seconds, source, event_name, details, more):
            self.add(time + timedelta(seconds=seconds), source, event_name, person, ip, agent, HOME, kind="AwsServiceEvent", details=details, more=more)

        event(0, "signin", "CredentialChallenge", {"CredentialChallenge": "Success"}, {"AuthWorkflowID": flow, "CredentialType": "PASSWORD"})
        event(7, "signin", "CredentialVerification", {"CredentialVerification": "Success"}, {"AuthWorkflowID": flow, "CredentialType": "PASSWORD"})
        event(8, "signin", "CredentialChallenge", {"CredentialChallenge": "Success"}, {"AuthWorkflowID": flow, "CredentialType": "WEBAUTHN"})
        event(13, "signin", "CredentialVerification", {"CredentialVerification": "Success"}, {"AuthWorkflowID": flow, "CredentialType": "WEBAUTHN"})
        event(14, "signin", "UserAuthentication", {"UserAuthentication": "Success"}, portal | {"CredentialType": "PASSWORD,WEBAUTHN"})
        event(15, "sso", "Authenticate", None, None)
        event(41, "sso", "Federate", {"role_name": set_name, "account_id": self.account}, None)
        role = f"AWSReservedSSO_{set_name}_{digits}"
        path = f"aws-reserved/sso.amazonaws.com/{HOME}/"
        opened = time + timedelta(seconds=42)
        self.sign_in(opened + timedelta(seconds=1), self.role(role, name, opened, path, key=False), ip, agent, HOME, "No")
        return self.role(role, name, opened, path), opened

    def reads(self, time, who, ip, agent, calls, console=False, region=HOME):
        """A run of read calls a second or two apart."""
        for source, name, params in calls:
            here = GLOBAL if source == "iam" else region
            self.add(time, source, name, who, ip, agent.format(service=source, command=f"{source}.{name}"), here, params=params, read=True, console=console)
            time += timedelta(seconds=self.random.randint(0, 2))
        return time


def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}, separators=(",", ":"))


def create_role(recorder, time, who, ip, agent, name, service, invoked=False, path="/"):
    return recorder.add(time, "iam", "CreateRole", who, ip, agent, params={"roleName": name, "path": path, "assumeRolePolicyDocument": trust(service)}, response={"role": {
        "path": path, "roleName": name, "roleId": recorder.id("AROA", name), "arn": f"arn:aws:iam::{recorder.account}:role{path}{name}",
        "createDate": long_date(time), "assumeRolePolicyDocument": urllib.parse.quote(trust(service), safe="")}}, invoked=invoked)


def put_role_policy(recorder, time, who, ip, agent, role, policy, actions, resource, invoked=False):
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}, separators=(",", ":"))
    recorder.add(time, "iam", "PutRolePolicy", who, ip, agent, params={"roleName": role, "policyName": policy, "policyDocument": document}, invoked=invoked)


def access_key(time, user, key, ask=True):
    return {"params": {"userName": user} if ask else None,
            "response": {"accessKey": {"userName": user, "accessKeyId": key, "status": "Active", "createDate": long_date(time)}}}
