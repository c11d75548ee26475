"""Sixty days of three accounts, as CloudTrail records, with what a watchful reader should make of each.

A small company: `main` where it works, `jump` where some people are known and from which they take roles elsewhere, `audit` where others look. Most
days are like the day before. What is planted stands in `surprises`, `guesses`, `chains` and `escalations`; the rest of the story is there so that
nothing else is said. Everything that is told has a line in the truth, ordinary days too: its flags, what its policy allows, who was behind it, and
why. Nothing is planted near a limit: whether two hours are two hours or two hours and a minute is for unit tests.
"""

import json
import random
from datetime import datetime, timedelta, timezone

from support.agents import BOTO, CHROME, CI, EDGE, FIREFOX, IPHONE, LAPTOP, TERRAFORM
from support.cloudtrail import ADMIN, CONSOLE_HOME, GLOBAL, HOME, LOOK_AROUND, Recorder, access_key, stamp
from support.places import AMAZON, NETWORKS, RUNNER, mobile

MAIN, JUMP, AUDIT = "123456789012", "210987654321", "345678901234"
# Accounts of others, whose logs nobody here has.
PARTNER, VENDOR, STRANGER = "555566667777", "444455556666", "666677778888"
START = datetime(2026, 9, 21, tzinfo=timezone.utc)  # a Monday
JST = timedelta(hours=9)
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15"
REPOSITORY = "repo:my-shop-example/infrastructure:ref:refs/heads/main"
GITHUB = "token.actions.githubusercontent.com"

# The days on which people who use the command line change their keys for new ones.
KEY_CHANGES = (0, 32, 56)
# What may be concluded where nobody's word is needed, where somebody's is, and where it is all there is.
CERTAIN, LIKELY, CLAIMED = "certain", "likely", "claimed"


def aws(policy):
    return f"arn:aws:iam::aws:policy/{policy}"


def document(actions, resource="*", **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource, **more}]}, separators=(",", ":"))


def trusting(principal, action="sts:AssumeRole", condition=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action} | ({"Condition": condition} if condition else {})
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


# Changes of an ordinary week: name, parameters, and what the policy in them allows. Where there is none (a new user, a key), nothing can be said of
# what it allows: that depends on policies elsewhere.
ORDINARY = [
    ("AttachUserPolicy", {"userName": "contractor", "policyArn": aws("ReadOnlyAccess")}, "reads"),
    ("AttachRolePolicy", {"roleName": "shop-reports", "policyArn": aws("AmazonS3ReadOnlyAccess")}, "reads"),
    ("AttachRolePolicy", {"roleName": "shop-orders", "policyArn": aws("service-role/AWSLambdaBasicExecutionRole")}, "writes"),
    ("PutRolePolicy", {"roleName": "shop-reports", "policyName": "read-orders", "policyDocument": document(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::shop-orders", "arn:aws:s3:::shop-orders/*"])}, "reads"),
    ("PutUserPolicy", {"userName": "contractor", "policyName": "see-machines", "policyDocument": document("ec2:DescribeInstances")}, "views"),
    ("PutRolePolicy", {"roleName": "shop-orders", "policyName": "write-orders", "policyDocument": document(["dynamodb:PutItem", "dynamodb:UpdateItem"], f"arn:aws:dynamodb:{HOME}:{MAIN}:table/orders")}, "writes"),
    ("DetachUserPolicy", {"userName": "contractor", "policyArn": aws("ReadOnlyAccess")}, None),
    ("AddUserToGroup", {"userName": "contractor", "groupName": "visitors"}, None),
    ("RemoveUserFromGroup", {"userName": "contractor", "groupName": "visitors"}, None),
]


class Story:
    def __init__(self, seed, days, noise):
        self.random = random.Random(f"story {seed}")
        # What nobody hears of has dice of its own: more or less of it leaves the story as it is.
        self.noise_random = random.Random(f"noise {seed}")
        self.days, self.noise = days, noise
        self.main, self.jump, self.audit = self.recorders = [Recorder(f"{seed} {account}", account) for account in (MAIN, JUMP, AUDIT)]
        self.truth = []
        self.people = {}
        # Days somebody's habits rest, because something is planted.
        self.reserved = set()

    def at(self, day, clock, spread=6):
        """That day in Japan, some minutes and seconds later."""
        hour, minute = map(int, clock.split(":"))
        return START - JST + timedelta(days=day, hours=hour, minutes=minute, seconds=self.random.randint(1, spread * 60))

    def is_workday(self, day):
        return (START + timedelta(days=day)).weekday() < 5

    def tell(self, record, why, flags=(), grants=None, behind=None):
        self.truth.append({"event_id": record["eventID"], "account": record["recipientAccountId"], "time": record["eventTime"],
                           "flags": list(flags), "grants": grants, "behind": behind, "why": why})
        return record

    def change(self, recorder, time, who, ip, agent, name, params, why, flags=(), grants=None, behind=None, **more):
        """A change of IAM."""
        command = f"iam.{name}"
        record = recorder.add(time, "iam", name, who, ip, agent.format(service="iam", command=command), params=params, **more)
        return self.tell(record, why, flags, grants, behind)

    def reads(self, recorder, time, who, ip, agent, calls, console=False, region=HOME):
        """Reading that nobody hears of, more or less of it."""
        many = round(len(calls) * self.noise)
        chosen = self.noise_random.choices(calls, k=many) if many > len(calls) else self.noise_random.sample(calls, many)
        recorder.reads(time, who, ip, agent, chosen, console=console, region=region)

    def across(self, time, caller, who, target, role, session_name, ip, agent, more=None):
        """Somebody known in one account takes a role of another: a record in each, of which the second does not know the name. `caller` is
        the recorder of the first, or the id of an account whose logs are not here."""
        known = isinstance(caller, Recorder)
        stranger = {"type": "AWSAccount", "principalId": who["principalId"], "accountId": caller.account if known else caller}
        session = target.assume_role(time, role, session_name, stranger, ip, agent, more=more)
        there = target.records[-1]
        there["sharedEventID"] = target.uuid()
        if known:
            caller.records.append(there | {"eventID": caller.uuid(), "userIdentity": who, "recipientAccountId": caller.account})
        return session


class Person:
    """An IAM user with habits."""

    def __init__(self, story, recorder, name, browser=CHROME, network=None, cli=False, rests=False):
        self.story, self.recorder, self.name, self.browser = story, recorder, name, browser
        # A place in the office, or a mobile network's address of the day.
        self.network = network and f"{network}.{story.random.randint(2, 250)}"
        self.days = {}
        self.cli, self.session = cli, None
        # Whether only the story moves them.
        self.rests = rests
        story.people[name] = self

    def address(self, day):
        return self.network or self.days.setdefault(day, mobile(self.story.random))

    def agent(self, day):
        """Browsers update themselves every three weeks: the same program."""
        return self.browser.replace("142", str(131 + day // 21))

    def morning(self, day):
        """Why nothing is to be said of a usual sign-in."""
        if day < 7:
            return "in the first week: what is usual is being learned"
        if day % 21 == 0 and "142" in self.browser:
            return "the browser has updated itself"
        return "a usual morning" if self.network else "a usual morning, and another address of the same country"

    def key(self, day):
        """The access key of that day: changed for a new one now and then."""
        changed = [change for change in KEY_CHANGES if self.cli and change < day]
        return self.recorder.id("AKIA", f"{self.name} {max(changed, default=None)}")

    def failing(self):
        """How a record names somebody who does not come in."""
        return {key: value for key, value in self.recorder.user(self.name).items() if key != "arn"} | {"accessKeyId": ""}

    def sign_in(self, day, clock, why="a usual day", flags=(), ip=None, agent=None, mfa="Yes", failed=False):
        story = self.story
        time, ip, agent = story.at(day, clock), ip or self.address(day), agent or self.agent(day)
        region = story.random.choice((HOME, HOME, GLOBAL, "ap-southeast-2"))
        if failed:
            story.tell(self.recorder.sign_in(time, self.failing(), ip, agent, region, "No", failed=True), why, flags)
            return
        factor = "Virtual MFA" if mfa == "Yes" else None
        story.tell(self.recorder.sign_in(time, self.recorder.user(self.name), ip, agent, region, mfa, factor=factor), why, flags)
        self.session = self.recorder.user(self.name, self.recorder.id("ASIA", f"{self.name} {stamp(time)}"), time, mfa == "Yes")
        story.reads(self.recorder, time + timedelta(seconds=4), self.session, ip, agent, CONSOLE_HOME, console=True, region=HOME)
        story.reads(self.recorder, time + timedelta(minutes=4), self.session, ip, agent, LOOK_AROUND, console=True, region=story.random.choice((HOME, HOME, "us-west-2")))

    def in_console(self, day, clock, name, params, why="a usual change", flags=(), grants=None, ip=None, agent=None, response=None):
        """A change in the console, in the session of the last sign-in."""
        return self.story.change(self.recorder, self.story.at(day, clock), self.session, ip or self.address(day), agent or self.agent(day), name, params,
                                 why, flags, grants, response=response, console=True)

    def by_key(self, day, clock, name, params, why="a usual change", flags=(), grants=None, ip=None, agent=LAPTOP, response=None):
        """A change on the command line."""
        return self.story.change(self.recorder, self.story.at(day, clock), self.recorder.user(self.name, self.key(day)), ip or self.address(day), agent, name, params,
                                 why, flags, grants, response=response)

    def rotate_key(self, day, clock, why):
        """A new key, the old one off. Whoever has a new key is who they were."""
        old, new = self.key(day), self.key(day + 1)
        time, ip = self.story.at(day, clock, 1), self.address(day)
        made = access_key(time, self.name, new, ask=False)
        self.story.change(self.recorder, time, self.recorder.user(self.name, old), ip, LAPTOP, "CreateAccessKey", made["params"], why, response=made["response"])
        self.story.change(self.recorder, time + timedelta(minutes=5), self.recorder.user(self.name, new), ip, LAPTOP, "UpdateAccessKey", {"userName": self.name, "accessKeyId": old, "status": "Inactive"}, why)


def behind(name, account, sure, how):
    return {"name": name, "account": account, "sure": sure, "how": how}


# Days like others.

def office(story):
    """People at their desks: a sign-in in the morning, often one after lunch, now and then a change."""
    for person in story.people.values():
        if person.rests:
            continue
        for day in range(story.days):
            if not story.is_workday(day) or (person.name, day) in story.reserved:
                continue
            person.sign_in(day, f"09:{story.random.randint(0, 30):02}", person.morning(day))
            if day == 0 and person.cli:
                person.rotate_key(day, "09:50", "the first day of all: what is used today is usual")
            if story.random.random() < 0.25 and person.recorder is story.main:
                name, params, grants = story.random.choice(ORDINARY)
                person.in_console(day, f"10:{story.random.randint(15, 50)}", name, params, grants=grants)
            # Some days end without anybody coming back from lunch.
            if day == 0 or story.random.random() < 0.5:
                person.sign_in(day, f"13:{story.random.randint(5, 40):02}", "back from lunch")
            if person.cli and day in KEY_CHANGES[1:]:
                person.rotate_key(day, "10:10", "a key is changed for a new one")


def evenings(story):
    """carol looks at her telephone, at weekends too."""
    carol = story.people["carol"]
    for day in range(story.days):
        if ("carol", day) not in story.reserved and (day == 0 or story.random.random() < 0.3):
            carol.sign_in(day, f"21:{story.random.randint(0, 40):02}", "an evening, by telephone", agent=IPHONE)


def roles_taken_daily(story):
    """Admin by alice to read, OrgAdmin from the jump account by bob, also to change."""
    alice, bob = story.people["alice"], story.people["bob"]
    for day in range(story.days):
        if not story.is_workday(day):
            continue
        if ("alice", day) not in story.reserved:
            time, ip = story.at(day, "10:55"), alice.address(day)
            session = story.main.assume_role(time, "Admin", "alice", story.main.user("alice", alice.key(day)), ip, LAPTOP.format(command="sts.assume-role"))
            story.reads(story.main, time + timedelta(seconds=20), session, ip, LAPTOP, LOOK_AROUND)
            if day in (16, 17, 36):
                name, params, grants = story.random.choice(ORDINARY)
                story.change(story.main, time + timedelta(seconds=90), session, ip, LAPTOP, name, params, "a role taken daily: the first change in it is no first time",
                             grants=grants, behind=behind("alice", MAIN, CERTAIN, "key-issued"))
        if ("bob", day) not in story.reserved:
            time, ip = story.at(day, "09:40"), bob.address(day)
            session = story.across(time, story.jump, story.jump.user("bob", bob.key(day)), story.main, "OrgAdmin", "bob", ip, LAPTOP.format(command="sts.assume-role"))
            story.reads(story.main, time + timedelta(seconds=20), session, ip, LAPTOP, LOOK_AROUND[:4])
            if day == 0 or story.random.random() < 0.25:
                name, params, grants = story.random.choice(ORDINARY)
                story.change(story.main, time + timedelta(seconds=200), session, ip, LAPTOP, name, params, "bob's usual role in the other account",
                             grants=grants, behind=behind("bob", JUMP, CERTAIN, "key-issued"))


def portal(story):
    """People of Identity Center, and one who comes by SAML."""
    network = f"{NETWORKS['JP'][1]}.{story.random.randint(2, 250)}"

    def opens(day, clock, name, user_id, permission_set, why="a usual day at the portal", flags=()):
        session, opened = story.main.identity_center(story.at(day, clock), name, user_id, permission_set, network, CHROME.replace("142", str(131 + day // 21)))
        story.tell(story.main.records[-1], why, flags, behind={"name": name, "how": "identity-center"})
        story.reads(story.main, opened + timedelta(seconds=9), session, network, CHROME, CONSOLE_HOME + LOOK_AROUND[2:5], console=True)

    satoru, yui = ("satoru@example.com", "97c4aa0e-60b1-70d2-5f2d-8c1e0example"), ("yui@example.com", "97c4aa0e-71c2-80e3-6a3e-9d2f1example")
    looks, rules = ("ReadOnlyAccess", "3f2a9c81d04b67e5"), ("AdministratorAccess", "77e0b1c2d3a4f596")
    for day in range(1, story.days):
        if story.is_workday(day) and (day < 3 or story.random.random() < 0.5):
            opens(day, "09:35", *satoru, looks)
        if day > 28 and story.is_workday(day) and story.random.random() < 0.4:
            opens(day, "10:10", *yui, looks, "yui is known by now")
    opens(28, "10:10", *yui, looks, "a person of Identity Center whom nobody has seen", ["person"])
    opens(29, "11:15", *satoru, rules, "satoru opens the account with this permission set for the first time", ["role"])
    opens(39, "11:15", *satoru, rules, "satoru has had this permission set before")
    for day in range(1, story.days):
        if story.is_workday(day) and (day < 3 or story.random.random() < 0.4):
            saml(story, day, network)


def saml(story, day, ip):
    name, role = "frank@example.com", "SamlUsers"
    time = story.at(day, "10:30")
    person = {"type": "SAMLUser", "principalId": f"abcd1234example=:{name}", "userName": name, "identityProvider": "abcd1234example="}
    session = story.main.role(role, name, time)
    provider = f"arn:aws:iam::{MAIN}:saml-provider/corporate"
    role_arn = f"arn:aws:iam::{MAIN}:role/{role}"
    story.main.add(time, "sts", "AssumeRoleWithSAML", person, ip, EDGE, GLOBAL, read=True,
                   params={"sAMLAssertionID": f"_{story.main.uuid()}", "roleSessionName": name, "durationSeconds": 3600, "roleArn": role_arn, "principalArn": provider},
                   response=story.main.given(session, time) | {"subject": name, "subjectType": "persistent", "issuer": "https://id.example.com/saml", "audience": "https://signin.aws.amazon.com/saml", "nameQualifier": "abcd1234example="},
                   resources=[{"accountId": MAIN, "type": "AWS::IAM::Role", "ARN": role_arn}, {"accountId": MAIN, "type": "AWS::IAM::SAMLProvider", "ARN": provider}])
    record = story.main.sign_in(time + timedelta(seconds=2), story.main.role(role, name, time, key=False), ip, EDGE, HOME, "No")
    story.tell(record, "a usual day through the company's identity provider", behind={"name": name, "how": "federated"})
    story.reads(story.main, time + timedelta(seconds=8), session, ip, EDGE, CONSOLE_HOME, console=True)


def machines(story):
    """The pipeline every hour, Terraform by it, a Lambda function that changes keys, an EC2 instance, AWS itself."""
    for hour in range(24 * story.days):
        day, clock = divmod(hour, 24)
        start = START + timedelta(hours=hour, minutes=4, seconds=story.random.randint(5, 55))
        session = story.main.assume_role_with_web_identity(start, "github-actions-deploy", f"GitHubActions-{hour}", GITHUB, REPOSITORY, RUNNER, CI.format(command="sts.AssumeRoleWithWebIdentity"))
        story.reads(story.main, start + timedelta(seconds=3), session, RUNNER, CI, [("sts", "GetCallerIdentity", None), ("s3", "ListObjects", {"bucketName": "my-shop-site", "prefix": "", "list-type": "2"})])
        if clock % 3 == 0:
            instance = story.main.role("shop-web", "i-0a1b2c3d4e5f60718", START + timedelta(hours=hour - hour % 6))
            instance["sessionContext"]["ec2RoleDelivery"] = "2.0"
            story.reads(story.main, start + timedelta(minutes=7), instance, f"{AMAZON}.40", BOTO.replace("+kali", ""), [("ssm", "GetParameter", {"name": "/shop/prod/database", "withDecryption": True}), ("s3", "GetBucketLocation", {"bucketName": "my-shop-site", "location": ""})])
            story.main.add(start + timedelta(minutes=20), "kms", "RotateKey", {"accountId": MAIN, "invokedBy": "AWS Internal"}, "AWS Internal", "AWS Internal", HOME, read=False, kind="AwsServiceEvent")
        if clock == 6:
            key_changer(story, day, start + timedelta(minutes=31))
        if clock == 5 and day % 7 == 1:
            terraform(story, start + timedelta(minutes=12))


def key_changer(story, day, time):
    ip, agent = f"{AMAZON}.17", "Boto3/1.40.52 md/Botocore#1.40.52 ua/2.1 os/linux#5.10.245 md/arch#aarch64 lang/python#3.13.8 exec-env/AWS_Lambda_python3.13"
    service = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
    session = story.main.assume_role(time, "key-changer", "key-changer", service, "lambda.amazonaws.com", "lambda.amazonaws.com")
    story.reads(story.main, time + timedelta(seconds=3), session, ip, agent, [("iam", "ListUsers", None), ("iam", "ListAccessKeys", {"userName": "shop-mail"})])
    if day % 7 == 2:
        story.change(story.main, time + timedelta(seconds=9), session, ip, agent, "UpdateAccessKey", {"userName": "shop-mail", "accessKeyId": story.main.id("AKIA", f"shop-mail {day}"), "status": "Inactive"},
                     "a function changes a key, as every week", behind={"how": "machine"})


def terraform(story, time):
    session = story.main.assume_role_with_web_identity(time, "terraform", "GitHubActions-apply", GITHUB, REPOSITORY, RUNNER, TERRAFORM.format(service="sts"))
    story.reads(story.main, time + timedelta(seconds=2), session, RUNNER, TERRAFORM, LOOK_AROUND)
    for nth, (name, params, grants) in enumerate((ORDINARY[2], ORDINARY[3], ORDINARY[5])):
        story.change(story.main, time + timedelta(seconds=40 + 3 * nth), session, RUNNER, TERRAFORM, name, params, "Terraform by the pipeline, as every week",
                     grants=grants, behind={"name": REPOSITORY})


def root(story):
    """Seldom, and then to look at the bill."""
    ip = f"{NETWORKS['JP'][0]}.9"
    for day, why, flags in ((2, "root in the first week", []), (12, "root after ten days", []), (46, "root after 34 days", ["return"]), (49, "root after three days", [])):
        time = story.at(day, "11:05")
        story.tell(story.main.sign_in(time, story.main.root(), ip, CHROME, GLOBAL, "Yes", factor="Virtual MFA"), why, flags)
        bill = story.main.add(time + timedelta(seconds=31), "billingconsole", "GetBillsForBillingPeriod", story.main.root(time), ip, CHROME, GLOBAL, read=True, kind="AwsConsoleAction", host="billing.console.aws.amazon.com", console=True)
        story.tell(bill, "what root then does")


# What is planted.

def reserve(story, name, *days):
    story.reserved |= {(name, day) for day in days}


def pick(story, country, nth=None):
    """An address of that country."""
    return f"{NETWORKS[country][-1 if nth is None else nth]}.{story.random.randint(2, 250)}"


def surprises(story):
    """Sign-ins from elsewhere, with something else, at another time; journeys; guesses; newcomers."""
    person = story.people

    # alice flies to Amsterdam; another program on another day.
    alice, there = person["alice"], pick(story, "NL", 0)
    reserve(story, "alice", 30, 31)
    alice.sign_in(30, "15:00", "the first time from there, with what is usual", ["country"], ip=there)
    alice.in_console(30, "15:20", "AddUserToGroup", {"userName": "contractor", "groupName": "visitors"}, "a country that was flagged at the sign-in", ip=there)
    alice.sign_in(31, "14:40", "a country that has been seen", ip=there)
    reserve(story, "alice", 25, 26)
    alice.sign_in(25, "09:20", "a browser never used before", ["client"], agent=FIREFOX)
    alice.sign_in(26, "09:20", "a browser that was new yesterday", agent=FIREFOX)

    # carol: two typing errors; then a country seen in a change first, and in a sign-in later; then another program.
    carol, there = person["carol"], pick(story, "DE", 0)
    reserve(story, "carol", 18, 33, 34, 41)
    for minute in (10, 12):
        carol.sign_in(18, f"10:{minute}", "a typing error", failed=True)
    carol.sign_in(18, "10:20", "two typing errors before it are no burst")
    carol.sign_in(33, "20:30", "the evening before", agent=IPHONE)
    carol.by_key(34, "14:00", "RemoveUserFromGroup", {"userName": "contractor", "groupName": "visitors"}, "the first time from there, and it is a change", ["country"], ip=there)
    carol.sign_in(34, "15:30", "a country that was flagged at the change", ip=there)
    carol.by_key(41, "14:00", "RemoveUserFromGroup", {"userName": "contractor", "groupName": "visitors"}, "a program never used before", ["client"], agent=BOTO)
    carol.by_key(41, "14:20", "AddUserToGroup", {"userName": "contractor", "groupName": "visitors"}, "a program that was new just now", agent=BOTO)

    # haruka is an early bird with a narrow habit; one night she is awake.
    haruka = person["haruka"]
    for day in range(story.days):
        if story.is_workday(day) and day not in (36, 37):
            haruka.sign_in(day, "09:10", "the usual time of day")
            if day % 5 == 1:
                haruka.in_console(day, "09:35", "AddUserToGroup", {"userName": "contractor", "groupName": "visitors"})
    haruka.sign_in(36, "03:05", "never before at such a time", ["hour"])
    haruka.sign_in(37, "03:15", "that time was new last night")

    # kenta works in Osaka and Busan, which are near; he forgets his password.
    kenta, busan = person["kenta"], pick(story, "KR", 0)
    kenta.sign_in(0, "09:15", "the first day of all")
    kenta.sign_in(0, "19:00", "the first day of all: two countries are usual", ip=busan)
    for day in range(1, story.days):
        if story.is_workday(day) and day != 29:
            weekday = day % 7
            kenta.sign_in(day, "09:15", "one of two usual countries", ip=busan if weekday > 2 else None)
            if weekday == 2:
                kenta.sign_in(day, "09:50", "over a strait by VPN: too near to be a journey", ip=busan)
    start = story.at(29, "09:15", 1)
    for seconds, why, flags in ((0, "a failure", []), (35, "two failures", []), (95, "the third failure within five minutes", ["burst"])):
        story.tell(story.main.sign_in(start + timedelta(seconds=seconds), kenta.failing(), busan, kenta.agent(29), HOME, "No", failed=True), why, flags)
    kenta.sign_in(29, "09:22", "it works after three failures", ["after-failures"], ip=busan)
    kenta.sign_in(29, "10:40", "the failures are long past", ip=busan)

    # emi travels, as fast as airliners do.
    emi, us, gb, fr = person["emi"], pick(story, "US", 0), pick(story, "GB", 0), pick(story, "FR", 0)
    for day in (0, 1, 2, 3, 4, 7, 8, 9):
        emi.sign_in(day, "09:30", "before the journey")
    emi.sign_in(10, "23:00", "after a flight over the Pacific", ["country"], ip=us)
    emi.sign_in(11, "22:50", "still there", ip=us)
    emi.sign_in(12, "23:20", "still there", ip=us)
    emi.sign_in(13, "18:00", "after a flight over the Atlantic", ["country"], ip=gb)
    emi.sign_in(15, "18:10", "still there", ip=gb)
    for day in (17, 18, 21, 22, 23, 24, 25, 28, 29, 30, 31, 32, 35, 36, 37):
        emi.sign_in(day, "09:30", "at home again")
    emi.sign_in(38, "18:20", "another journey", ["country"], ip=fr)
    emi.sign_in(40, "10:10", "back from it")
    for minute in (0, 10, 20, 30, 40):
        emi.sign_in(50, f"09:{minute:02}", "failures ten minutes apart are no burst", failed=True)
    emi.sign_in(50, "11:20", "an hour and a half after the last failure")

    # naoki's VPN has an exit in Amsterdam. In the first days he uses it now and then; later both on one morning.
    naoki, exit_node = person["naoki"], pick(story, "NL")
    naoki.sign_in(0, "09:05", "the first day of all")
    naoki.sign_in(0, "22:30", "the first day of all: by VPN, thirteen hours later", ip=exit_node)
    for day in range(2, 11):
        naoki.sign_in(day, *(("09:10", "without the VPN") if day % 2 == 0 else ("12:00", "by VPN")), ip=exit_node if day % 2 else None)
    naoki.sign_in(11, "09:05", "without the VPN")
    naoki.sign_in(11, "09:35", "nobody travels so fast: a pair of countries is flagged once", ["travel"], ip=exit_node)
    naoki.sign_in(11, "10:10", "back again: the pair has been flagged")
    for day in range(14, story.days):
        if story.is_workday(day):
            naoki.sign_in(day, "09:05", "without the VPN")
            naoki.sign_in(day, "09:40", "two usual countries, by VPN", ip=exit_node)

    # takumi's password is known to somebody in Brazil; and a neighbour of Japan is no journey.
    takumi, brazil, russia = person["takumi"], pick(story, "BR", 0), pick(story, "RU", 0)
    reserve(story, "takumi", 38, 45, 52)
    takumi.sign_in(38, "10:00", "a usual morning")
    takumi.sign_in(38, "11:30", "the other side of the world, an hour and a half later", ["country", "travel"], ip=brazil)
    takumi.sign_in(38, "13:00", "home, too soon: the pair has been flagged")
    takumi.sign_in(45, "10:00", "a usual morning")
    takumi.sign_in(45, "10:40", "the same pair again", ip=brazil)
    takumi.sign_in(45, "13:00", "home again")
    takumi.sign_in(52, "10:00", "a usual morning")
    takumi.sign_in(52, "10:35", "a new country, but a near one", ["country"], ip=russia)
    takumi.sign_in(52, "11:40", "home again")

    # bob's account of the jump account, from a hotel, at night, with another browser.
    bob, hotel = person["bob"], pick(story, "RU", 0)
    reserve(story, "bob", 52, 53)
    bob.sign_in(53, "02:10", "another country, another program, another time", ["country", "client", "hour"], ip=hotel, agent=FIREFOX)
    bob.sign_in(53, "03:30", "all of it has been flagged", ip=hotel, agent=FIREFOX)

    # chika tries a desktop in Amazon's network.
    chika = person["chika"]
    reserve(story, "chika", 35, 36)
    chika.sign_in(35, "09:30", "a network this person never came from: Amazon's, which is no country", ["network"], ip=f"{AMAZON}.80")
    chika.sign_in(36, "09:30", "a network that has been flagged", ip=f"{AMAZON}.81")

    # Newcomers: one in the first week, one later, announced by a new user and a password.
    ren, mio = person["ren"], person["mio"]
    ren.sign_in(4, "11:00", "somebody new in the first week: trailbell still learns")
    mio.sign_in(22, "13:30", "somebody whom nobody has seen", ["person"])
    for newcomer, first in ((ren, 7), (mio, 23)):
        for day in range(first, story.days):
            if story.is_workday(day):
                newcomer.sign_in(day, "09:25", "known by now")
                if day % 2:
                    newcomer.sign_in(day, "13:20", "known by now")
    if story.days > 70:
        gin = person["gin"]
        for day, clock in ((0, "09:10"), (1, "09:20"), (2, "09:15"), (2, "13:10")):
            gin.sign_in(day, clock, "in the first days")
        gin.sign_in(66, "09:30", "after 64 days", ["return"])
        gin.sign_in(67, "09:30", "back since yesterday")


def guesses(story):
    """Guessing from one address, with names that are; with names that are not; and one name from many addresses. One guess is right."""
    intruder = pick(story, "DE", 1)
    names = ["alice", "carol", "haruka", "takumi", "emi"]
    start = story.at(46, "03:00", 2)
    for nth in range(1, 35):
        who = story.people[names[nth % len(names)]].failing()
        flags, why = (["burst"], f"failure {nth} of a row from one address") if nth in (3, 30) else ([], "between two flags of one burst")
        story.tell(story.main.sign_in(start + timedelta(seconds=20 * nth), who, intruder, FIREFOX, GLOBAL, "No", failed=True), why, flags)
    start = story.at(55, "02:00", 2)
    nobody = {"type": "IAMUser", "accountId": MAIN, "accessKeyId": "", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    elsewhere = pick(story, "RU", 1)
    for nth in range(1, 9):
        record = story.main.add(start + timedelta(seconds=25 * nth), "signin", "ConsoleLogin", nobody, elsewhere, FIREFOX, GLOBAL, response={"ConsoleLogin": "Failure"},
                                error=(None, "No username found in supplied account"), more={"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No"},
                                kind="AwsConsoleSignIn", host="signin.aws.amazon.com", request=False)
        story.tell(record, "names that do not exist, from one address", ["burst"] if nth == 3 else [])
    start, who = story.at(43, "11:30", 2), story.people["ryo"].failing()
    for nth, country in enumerate(("DE", "NL", "BR", "FR", "GB"), 1):
        record = story.main.sign_in(start + timedelta(seconds=30 * nth), who, pick(story, country, 0), FIREFOX, GLOBAL, "No", failed=True)
        story.tell(record, "one name from many addresses", ["burst"] if nth == 3 else [])
    return intruder


def chains(story):
    """Who is behind a role: by the key that was issued, over accounts and hops, by a source identity, by a switch, and by nothing but a claim."""
    alice, bob, takumi, hiro = (story.people[name] for name in ("alice", "bob", "takumi", "hiro"))

    def does(recorder, time, session, ip, why, flags=(), who=None, nth=0, agent=LAPTOP):
        name, params, grants = ORDINARY[nth]
        story.change(recorder, time, session, ip, agent, name, params, why, flags, grants, who)

    # The same account.
    for day, why, flags in ((22, "alice takes this role for the first time", ["role"]), (23, "alice took this role yesterday", [])):
        time, ip = story.at(day, "14:10"), alice.address(day)
        session = story.main.assume_role(time, "Billing", "alice", story.main.user("alice", alice.key(day)), ip, LAPTOP.format(command="sts.assume-role"))
        does(story.main, time + timedelta(minutes=3), session, ip, why, flags, behind("alice", MAIN, CERTAIN, "key-issued"))
        does(story.main, time + timedelta(minutes=5), session, ip, "the same session", [], behind("alice", MAIN, CERTAIN, "key-issued"), 6)
    # A session that is called like somebody else: the key says who it is.
    time, ip = story.at(23, "11:20"), takumi.address(23)
    session = story.main.assume_role(time, "Admin", "alice", story.main.user("takumi", takumi.key(23)), ip, LAPTOP.format(command="sts.assume-role"))
    does(story.main, time + timedelta(minutes=2), session, ip, "takumi, in a session called alice, takes this role for the first time", ["role"], behind("takumi", MAIN, CERTAIN, "key-issued"), 3)
    # Three hops over three accounts.
    for day, why, flags in ((28, "three hops: a role taken for the first time", ["role"]), (42, "three hops again", [])):
        time, ip = story.at(day, "13:50"), hiro.address(day)
        agent = LAPTOP.format(command="sts.assume-role")
        hop = story.jump.assume_role(time, "Hop", "hiro", story.jump.user("hiro", hiro.key(day)), ip, agent)
        middle = story.across(time + timedelta(seconds=20), story.jump, hop, story.main, "Middle", "hiro-2", ip, agent)
        last = story.across(time + timedelta(seconds=40), story.main, middle, story.audit, "Auditor", "session", ip, agent)
        does(story.audit, time + timedelta(minutes=2), last, ip, why, flags, behind("hiro", JUMP, CERTAIN, "key-issued"), 4)
    # Somebody new, of another account, who is first heard of in a role.
    key = story.jump.id("AKIA", "sho")
    ip = pick(story, "JP", 0)
    for day, why, flags in ((40, "somebody whom nobody has seen, in a role", ["person"]), (43, "known by now", [])):
        time = story.at(day, "11:00")
        session = story.across(time, story.jump, story.jump.user("sho", key), story.main, "OrgAdmin", "sho", ip, LAPTOP.format(command="sts.assume-role"))
        does(story.main, time + timedelta(minutes=2), session, ip, why, flags, behind("sho", JUMP, CERTAIN, "key-issued"), 8)
    # A partner says who it is, and nobody can change it on the way.
    ip = pick(story, "JP", 1)
    for day in (3, 10, 24, 44):
        time = story.at(day, "15:00")
        who = {"principalId": "AROAPARTNEREXAMPLE:deployer"}
        session = story.across(time, PARTNER, who, story.main, "PartnerAccess", "deploy", ip, LAPTOP.format(command="sts.assume-role"), {"sourceIdentity": "dave"})
        session["sessionContext"]["sourceIdentity"] = "dave"
        story.main.records[-1]["responseElements"]["sourceIdentity"] = "dave"
        does(story.main, time + timedelta(minutes=1), session, ip, "a partner's dave, by source identity; from the first week on", [], {"name": "dave", "sure": LIKELY, "how": "source-identity"}, 3)
    # A vendor calls the session alice. That is a claim, and alice's habits have nothing to do with it.
    ip = pick(story, "US", 1)
    for day in (33, 34):
        time = story.at(day, "20:00")
        session = story.across(time, VENDOR, {"principalId": "AROAVENDOREXAMPLE:x"}, story.main, "VendorAccess", "alice", ip, BOTO)
        does(story.main, time + timedelta(minutes=1), session, ip, "a session called alice, by somebody of an account nobody knows: only that account is sure, and nothing is new of alice", [], {"account": VENDOR, "sure": LIKELY, "how": "key-issued"}, 1, BOTO)
    time = story.at(35, "20:00")
    does(story.main, time, story.main.role("VendorAccess", "alice", time), ip, "a session called alice, which nobody saw handed out: a claim, and nothing is new of alice", [], {"name": "alice", "sure": CLAIMED, "how": "session-name"}, 1, BOTO)
    # bob switches roles in the console.
    for day, why, flags in ((24, "bob switches to this role for the first time", ["role"]), (31, "bob has switched to this role before", [])):
        time, ip, agent = story.at(day, "13:55"), bob.address(day), bob.agent(day)
        switch = story.main.add(time, "signin", "SwitchRole", story.main.role("Operator", "bob", time, key=False), ip, agent, HOME, response={"SwitchRole": "Success"},
                                more={"SwitchFrom": f"arn:aws:iam::{JUMP}:user/bob", "RedirectTo": "https://console.aws.amazon.com/console/home"}, kind="AwsConsoleSignIn",
                                host=f"{HOME}.signin.aws.amazon.com", request=False)
        story.tell(switch, why, flags, behind={"name": "bob", "account": JUMP, "how": "role-switch"})
        session = story.main.role("Operator", "bob", time)
        name, params, grants = ORDINARY[7]
        story.change(story.main, time + timedelta(minutes=4), session, ip, agent, name, params, "in the role bob switched to", grants=grants,
                     behind={"name": "bob", "account": JUMP, "how": "role-switch"}, console=True)


def escalations(story, intruder):
    """Changes that give more than they should: by an intruder, by people with good reasons, by a pipeline."""
    alice, sora = story.people["alice"], story.people["sora"]

    # The guess that was right. sora's password was weak; the row of failures before it was from the same address.
    reserve(story, "sora", 45, 46, 47)
    sora.sign_in(45, "09:30", "the last sign-in that was sora's own")
    sora.sign_in(46, "03:20", "a guess that was right", ["country", "client", "hour", "after-failures"], ip=intruder, agent=FIREFOX, mfa="No")
    new = "svc-monitoring"

    def steals(clock, name, params, why, grants=None, response=None):
        sora.in_console(46, clock, name, params, why, grants=grants, ip=intruder, agent=FIREFOX, response=response)

    steals("03:30", "CreateUser", {"userName": new}, "the intruder's new user")
    steals("03:37", "CreateLoginProfile", {"userName": new, "passwordResetRequired": False}, "a password for another user")
    steals("03:44", "AttachUserPolicy", {"userName": new, "policyArn": ADMIN}, "full administrator", "full-administrator")
    made = access_key(story.at(46, "03:51"), "haruka", story.main.id("AKIA", "stolen"))
    steals("03:51", "CreateAccessKey", made["params"], "a key for another user", response=made["response"])
    steals("03:58", "DeactivateMFADevice", {"userName": "haruka", "serialNumber": f"arn:aws:iam::{MAIN}:mfa/haruka"}, "another user's second factor is off")
    steals("04:05", "UpdateAssumeRolePolicy", {"roleName": "Admin", "policyDocument": trusting({"AWS": f"arn:aws:iam::{STRANGER}:root"})}, "an outside account may take a role")
    # AWS finds the key in a public repository.
    quarantine = {"userName": "haruka", "policyArn": aws("AWSCompromisedKeyQuarantineV3")}
    story.change(story.main, story.at(46, "05:00"), {"type": "AWSService", "invokedBy": "iam.amazonaws.com"}, "iam.amazonaws.com", "iam.amazonaws.com", "AttachUserPolicy", quarantine,
                 "AWS's own quarantine: it only denies", grants="nothing", invoked=True)
    # The morning after, by alice.
    reserve(story, "alice", 46)
    alice.sign_in(46, "09:05", "a usual morning, with much to do")
    alice.by_key(46, "09:30", "AttachUserPolicy", {"userName": new, "policyArn": aws("AWSDenyAll")}, "a block: nothing is allowed", grants="nothing")
    alice.by_key(46, "09:40", "DetachUserPolicy", {"userName": new, "policyArn": ADMIN}, "administrator rights taken away")
    # alice's own, in her usual role.
    ip = alice.address(51)
    time = story.at(51, "10:20")
    session = story.main.assume_role(time, "Admin", "alice", story.main.user("alice", alice.key(51)), ip, LAPTOP.format(command="sts.assume-role"))
    shop = f"arn:aws:iam::{MAIN}:policy/shop-deploy"
    passing = document(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])
    for minutes, name, params, grants, why, response in (
        (2, "PutUserPolicy", {"userName": "contractor", "policyName": "helper", "policyDocument": document("iam:*")}, "can-become-administrator", "all of IAM, for a contractor", None),
        (4, "CreatePolicyVersion", {"policyArn": shop, "policyDocument": passing, "setAsDefault": True}, "can-become-administrator", "may hand any role to a function of its own",
         {"policyVersion": {"versionId": "v2", "isDefaultVersion": True}}),
        (6, "AttachUserPolicy", {"userName": "contractor", "policyArn": aws("IAMFullAccess")}, "can-become-administrator", "all of IAM by AWS's policy", None),
    ):
        story.change(story.main, time + timedelta(minutes=minutes), session, ip, LAPTOP, name, params, why, grants=grants, behind=behind("alice", MAIN, CERTAIN, "key-issued"), response=response)
    # The pipeline opens a role to every repository there is.
    time = START + timedelta(days=45, hours=7, minutes=10, seconds=story.random.randint(0, 50))
    session = story.main.assume_role_with_web_identity(time, "terraform", "GitHubActions-apply", GITHUB, REPOSITORY, RUNNER, TERRAFORM.format(service="sts"))
    anybody = trusting({"Federated": f"arn:aws:iam::{MAIN}:oidc-provider/{GITHUB}"}, "sts:AssumeRoleWithWebIdentity", {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}})
    story.change(story.main, time + timedelta(seconds=30), session, RUNNER, TERRAFORM, "UpdateAssumeRolePolicy", {"roleName": "github-actions-deploy", "policyDocument": anybody},
                 "any repository of GitHub may take the role", behind={"name": REPOSITORY})
    # A newcomer, by alice.
    alice.by_key(22, "10:35", "CreateUser", {"userName": "mio"}, "a newcomer is made ready")
    alice.by_key(22, "10:45", "CreateLoginProfile", {"userName": "mio", "passwordResetRequired": True}, "a newcomer's first password")


def write(seed, days=60, noise=1.0):
    """The whole story."""
    story = Story(seed, days, noise)
    desk = NETWORKS["JP"][0]
    for name, recorder, more in (
        ("alice", story.main, {"network": desk, "cli": True}), ("carol", story.main, {"browser": SAFARI, "cli": True}), ("takumi", story.main, {"network": desk, "cli": True}),
        ("sora", story.main, {"network": desk}), ("ryo", story.main, {}), ("bob", story.jump, {"network": desk, "cli": True}), ("hiro", story.jump, {"cli": True}),
        ("chika", story.audit, {"browser": EDGE, "network": desk}),
        # Who lives by the story alone.
        *((name, story.main, {"rests": True}) for name in ("haruka", "kenta", "emi", "naoki", "ren", "mio", "gin")),
    ):
        Person(story, recorder, name, **more)
    surprises(story)
    intruder = guesses(story)
    chains(story)
    escalations(story, intruder)
    for part in (office, evenings, roles_taken_daily, portal, machines, root):
        part(story)
    end = START - JST + timedelta(days=days)
    for recorder in story.recorders:
        recorder.records = [record for record in recorder.records if record["eventTime"] < stamp(end)]
    story.truth = sorted((line for line in story.truth if line["time"] < stamp(end)), key=lambda line: (line["time"], line["event_id"]))
    return story
