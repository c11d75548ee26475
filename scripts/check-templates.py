#!/usr/bin/env python3
"""The CloudFormation templates, by those who know: cfn-lint, checkov, cfn-guard with rules of our own, and parliament for the function's policy and for
the one needed to deploy.

    scripts/check-templates.py

Every rule of `deploy/rules.guard` is also shown to fail: each of a list of damaged templates must be refused by the rule that is there for
it. The patterns in the templates are compared with what they are said to be, and the forwarder's with the main template's. docs/deploy-policy.json must
allow what `deploy` calls and what CloudFormation calls for each type of resource. Fails on any finding.
"""

import copy
import json
import pathlib
import re
import subprocess
import sys

from support.deploy_policy import LONGEST, LOOKING, allowed, by_source, by_types, missing
from support.tools import ROOT, with_packages

with_packages("templates", ["cfn-lint==1.58.0", "checkov==3.3.30", "cfn-guard-rs==0.3.3", "parliament==1.6.4", "setuptools<81"])

import cfnlint.decode  # noqa: E402
import parliament  # noqa: E402
from cfn_guard_rs.cfn_guard_rs import run_checks_rs  # noqa: E402

DEPLOY = ROOT / "deploy"
TEMPLATES = [DEPLOY / "trailbell.yaml", DEPLOY / "forwarder.yaml"]
TOOLS = pathlib.Path(sys.prefix) / "bin"
WITH_STARS = {
    # Lambda's four actions on how a function is retried, and no other.
    "lambda:*FunctionEventInvokeConfig",
    # CloudFormation reads every trait of a bucket; these read, and only our own buckets.
    "s3:GetBucket*",
}
"""The actions of docs/deploy-policy.json that are not written out, each with its reason."""
LONGEST_INLINE = 51_200
"""CloudFormation's limit for a template that is handed over in the call."""

found: list[str] = []


def finding(words: str) -> None:
    found.append(words)
    print(f"  FINDING: {words}")


def template(path: pathlib.Path) -> dict:
    """With every short intrinsic written out, as plain JSON."""
    decoded, matches = cfnlint.decode.decode(str(path))
    if matches:
        sys.exit(f"{path}: {matches}")
    return json.loads(json.dumps(decoded, default=str))


def run(name: str, *command: str) -> None:
    done = subprocess.run([str(TOOLS / name), *command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        finding(f"{name}\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
    else:
        print(f"{name}: clean")


def refused_by(data: dict, rules: str) -> set[str]:
    """The names of the rules that a template does not meet. One rule at a time: the library cuts the beginning off a report of more than
    4,096 bytes, and only a rule that is not met has so much to say."""
    head, *each = re.split(r"^(?=rule )", rules, flags=re.MULTILINE)
    refused = set()
    for rule in each:
        try:
            is_met = json.loads(run_checks_rs(json.dumps(data), head + rule, False))["status"] != "FAIL"
        except json.JSONDecodeError:
            is_met = False
        if not is_met:
            refused.add(rule.split()[1])
    return refused


def guard(templates: dict[str, dict]) -> None:
    rules = (DEPLOY / "rules.guard").read_text()
    names = {line.split()[1] for line in rules.splitlines() if line.startswith("rule ")}
    for name, data in templates.items():
        for rule in sorted(refused_by(data, rules)):
            finding(f"{name} does not meet {rule}")

    # A check that cannot fail is none.
    def damage(resource: str, change, rule: str):
        data = copy.deepcopy(templates["trailbell.yaml"])
        change(data["Resources"][resource]["Properties"])
        if rule not in refused_by(data, rules):
            finding(f"{rule} does not refuse a damaged {resource}")
        shown.add(rule)

    def set_to(key, value):
        return lambda properties: properties.__setitem__(key, value)

    def without(key):
        return lambda properties: properties.pop(key)

    shown: set[str] = set()
    damage("FunctionRole", set_to("ManagedPolicyArns", ["arn:aws:iam::aws:policy/AmazonSNSFullAccess"]), "no_managed_policies")
    for resource, key in {"FunctionRole": "RoleName", "Function": "FunctionName", "Topic": "TopicName", "Table": "TableName", "NewTrailBucket": "BucketName",
                          "DeadLetterQueue": "QueueName", "FunctionLogGroup": "LogGroupName", "ErrorsAlarm": "AlarmName"}.items():
        damage(resource, set_to(key, "fixed"), "no_fixed_names")
    damage("Topic", without("KmsMasterKeyId"), "encrypted_with_our_key")
    damage("Topic", set_to("KmsMasterKeyId", "alias/aws/sns"), "encrypted_with_our_key")
    damage("FeedQueue", without("KmsMasterKeyId"), "encrypted_with_our_key")
    damage("FunctionLogGroup", without("KmsKeyId"), "encrypted_with_our_key")
    damage("NewTrailLogGroup", without("RetentionInDays"), "logs_end")
    damage("Function", without("DeadLetterConfig"), "nothing_is_swallowed")
    damage("Feed", set_to("FunctionResponseTypes", []), "nothing_is_swallowed")
    damage("LogsMayCall", without("SourceArn"), "callers_are_named")
    damage("NewTrailBucketPolicy", lambda p: p["PolicyDocument"]["Statement"].pop(), "plain_http_is_refused")
    damage("NewTrailBucket", lambda p: p["PublicAccessBlockConfiguration"].__setitem__("BlockPublicPolicy", False), "buckets_are_closed")
    damage("NewTrail", set_to("IsMultiRegionTrail", False), "trails_hear_everything")
    damage("NewTrail", set_to("EnableLogFileValidation", False), "trails_hear_everything")
    damage("ErrorsAlarm", without("TreatMissingData"), "alarms_decide_about_silence")
    if left := names - shown:
        finding(f"no damaged template shows that these rules can fail: {sorted(left)}")
    print(f"cfn-guard: {len(names)} rules hold, and each refuses what it is there for")


def policies(templates: dict[str, dict]) -> None:
    """Every policy a role gets, with conditions taken as met and references as some ARN."""
    def plain(value):
        if isinstance(value, dict):
            if "Fn::If" in value:
                return plain(value["Fn::If"][1])
            if "Ref" in value or "Fn::GetAtt" in value:
                known = {"Topic": "arn:aws:sns:us-east-1:123456789012:t", "HomeEventBusArn": "arn:aws:events:eu-west-1:123456789012:event-bus/default"}
                logical = value.get("Ref") or value["Fn::GetAtt"][0]
                kinds = {"Table": "dynamodb:us-east-1:123456789012:table/t", "DeadLetterQueue": "sqs:us-east-1:123456789012:q",
                         "Key": "kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"}
                return known.get(logical) or f"arn:aws:{kinds.get(logical, 'sqs:us-east-1:123456789012:' + logical)}"
            if "Fn::Sub" in value:
                text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
                for name, stands_for in {"${AWS::Partition}": "aws", "${AWS::Region}": "us-east-1", "${AWS::AccountId}": "123456789012", "${AWS::StackName}": "trailbell",
                                         "${Table.Arn}": "arn:aws:dynamodb:us-east-1:123456789012:table/t", "${TrailBucket}": "bucket", "${SecretsParameter}": "/t",
                                         "${FunctionLogGroup.Arn}": "arn:aws:logs:us-east-1:123456789012:log-group:g:*",
                                         "${NewTrailLogGroup.Arn}": "arn:aws:logs:us-east-1:123456789012:log-group:g:*"}.items():
                    text = text.replace(name, stands_for)
                return text
            return {key: plain(one) for key, one in value.items()}
        if isinstance(value, list):
            return [plain(one) for one in value]
        return value

    checked = 0
    for name, data in templates.items():
        for logical, resource in data["Resources"].items():
            documents = []
            if resource["Type"] == "AWS::IAM::RolePolicy":
                documents.append(resource["Properties"]["PolicyDocument"])
            if resource["Type"] == "AWS::IAM::Role":
                documents += [policy["PolicyDocument"] for policy in resource["Properties"].get("Policies", [])]
            for document in documents:
                checked += 1
                resolved = json.dumps(plain(document))
                for problem in parliament.analyze_policy_string(resolved).findings:
                    finding(f"{name}: {logical}: {problem}")
                for statement in json.loads(resolved)["Statement"]:
                    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                    if any("*" in action for action in actions):
                        finding(f"{name}: {logical} allows {actions}")
                    if statement["Resource"] == "*":
                        finding(f"{name}: {logical} allows {actions} on everything")
    wrong = parliament.analyze_policy_string('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publsh","Resource":"*"}]}')
    if not wrong.findings:
        finding("parliament says nothing of an action that there is not")
    print(f"parliament: {checked} policies, every action written out")


def deploy_policy(templates: dict[str, dict]) -> None:
    """The policy of who deploys: nothing missing, nothing parliament knows better, short enough for IAM."""
    path = ROOT / "docs" / "deploy-policy.json"
    policy = json.loads(path.read_text())
    compact = json.dumps(policy, separators=(",", ":"))
    for problem in parliament.analyze_policy_string(compact).findings:
        finding(f"{path.name}: {problem}")
    if len(compact) > LONGEST:
        finding(f"{path.name} has {len(compact)} characters: IAM takes {LONGEST:,} in a managed policy")
    for action in set(allowed(policy)):
        if "*" in action and action not in WITH_STARS:
            finding(f"{path.name} allows {action}, which is not written out")
    needed = by_types(templates) | by_source(ROOT / "crates" / "aws" / "src" / "deploy")
    for action in missing(needed, allowed(policy)):
        finding(f"{path.name} does not allow {action}, which deploying needs")
    looks = allowed(policy, "Look")
    for action in missing(LOOKING, looks):
        finding(f"{path.name}: the statements Look... do not allow {action}, which looking needs")
    for action in looks:
        if not action.split(":")[1].startswith(("Describe", "Get", "List")):
            finding(f"{path.name}: a statement Look... allows {action}, which does more than look")
    # A check that cannot fail is none: without any one of them something is missing.
    for action in needed:
        others = [other for other in allowed(policy) if other != action and other not in WITH_STARS]
        if action not in missing(needed, others):
            finding(f"{path.name} without {action} is not refused")
    print(f"deploy-policy.json: {len(needed)} actions needed and allowed, {len(compact):,} characters")


def patterns(templates: dict[str, dict]) -> None:
    main, forwarder = (templates[name]["Resources"] for name in ("trailbell.yaml", "forwarder.yaml"))
    for rule in ("SignInRule", "ChangeRule"):
        for key in ("EventPattern", "State"):
            if main[rule]["Properties"].get(key) != forwarder[rule]["Properties"].get(key):
                finding(f"{rule}: the forwarder's {key} is another one than the main template's")
    for pattern in (templates["trailbell.yaml"]["Parameters"]["FilterPattern"]["Default"], main["ChangeMetric"]["Properties"]["FilterPattern"]):
        if len(pattern) > 1024:
            finding(f"CloudWatch Logs takes at most 1,024 characters, and this has {len(pattern)}: {pattern[:60]}")
    for path in TEMPLATES:
        if (size := path.stat().st_size) > LONGEST_INLINE:
            finding(f"{path.name} has {size} bytes: more than CloudFormation takes in the call")
    print("patterns: the same in both templates, and short enough")


def main() -> None:
    templates = {path.name: template(path) for path in TEMPLATES}
    run("cfn-lint", *(str(path) for path in TEMPLATES))
    run("checkov", "--quiet", "--compact", "--skip-download", "--framework", "cloudformation", "-d", str(DEPLOY))
    guard(templates)
    policies(templates)
    deploy_policy(templates)
    patterns(templates)
    if found:
        sys.exit(f"{len(found)} findings")


if __name__ == "__main__":
    main()
