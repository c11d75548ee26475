#!/usr/bin/env python3
"""Detection rules by the hundred in three languages, from a seed, with what each of them means.

    scripts/generate-rules.py OUT --count N [--languages filter,event,sigma] [--pinned] [--seed 1]

OUT/ then holds `rules/`, one rule a file (`*.filter`, a CloudWatch Logs filter pattern; `*.json`, an EventBridge event
pattern; `*.yml`, a Sigma rule), and `truth.json`, which says of each file what it asks for in one small form: tests of
which all must hold, each a path, how it compares, and values of which one will do. `met` below reads that form.
Same seed, same rules; the first of many are the rules of few.

Of ten rules one is about a call that generate-logs.py makes: a rare one, or a frequent one narrowed by who, whence, what
or how it ended, as a rule that somebody is woken by has to be. The other nine are about calls that do not occur there:
four name one call, two a list, one a prefix, one narrows further (error code, user agent, addresses, request), one looks
for the root user, and of those every tenth names no call. Of a hundred rules one more names no event at all and looks
at every record's user agent; with --pinned all rules name one.
"""

import argparse
import importlib.util
import ipaddress
import json
import random
import re
import sys
import uuid
from pathlib import Path

_spec = importlib.util.spec_from_file_location("generate_logs", Path(__file__).with_name("generate-logs.py"))
logs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(logs)

LANGUAGES = {"filter": "filter", "event": "json", "sigma": "yml"}
# Calls of AWS services as CloudTrail names them: verbs before the colon, what they are said of behind it.
CALLS = {
    "iam": "Create Delete: Role Group Policy InstanceProfile PolicyVersion OpenIDConnectProvider SAMLProvider VirtualMFADevice AccountAlias; Attach Detach: UserPolicy GroupPolicy;"
           " Put Delete: UserPolicy GroupPolicy RolePermissionsBoundary UserPermissionsBoundary; Update: AccessKey AssumeRolePolicy LoginProfile AccountPasswordPolicy SAMLProvider SSHPublicKey;"
           " Enable Deactivate: MFADevice; Add: RoleToInstanceProfile; Remove: UserFromGroup RoleFromInstanceProfile; Set: DefaultPolicyVersion; Upload: ServerCertificate",
    "ec2": "Create Delete: Vpc Subnet Route RouteTable InternetGateway NatGateway NetworkAcl NetworkAclEntry SecurityGroup KeyPair Snapshot Volume FlowLogs VpcEndpoint VpnConnection TransitGateway;"
           " Authorize Revoke: SecurityGroupIngress SecurityGroupEgress; Run Stop Terminate: Instances; Modify: InstanceAttribute SnapshotAttribute ImageAttribute VpcAttribute;"
           " Attach Detach: InternetGateway Volume NetworkInterface; Disable Enable: EbsEncryptionByDefault SerialConsoleAccess; Get: PasswordData ConsoleOutput; Import: KeyPair; Copy: Image Snapshot; Replace: Route IamInstanceProfileAssociation",
    "s3": "Create Delete: Bucket; Put Delete: BucketPolicy BucketEncryption BucketLifecycle BucketCors BucketReplication BucketWebsite; Put: BucketAcl BucketLogging BucketVersioning BucketPublicAccessBlock ObjectAcl; Delete: AccountPublicAccessBlock",
    "kms": "Create: Key Grant Alias; Disable Enable: Key KeyRotation; Schedule Cancel: KeyDeletion; Put: KeyPolicy; Revoke Retire: Grant; Delete: ImportedKeyMaterial; Import: KeyMaterial; Update: Alias KeyDescription",
    "cloudtrail": "Create Delete Update: Trail EventDataStore; Start Stop: Logging; Put: EventSelectors InsightSelectors; Add Remove: Tags",
    "config": "Delete Put: ConfigRule ConfigurationRecorder DeliveryChannel ConfigurationAggregator OrganizationConfigRule RetentionConfiguration; Start Stop: ConfigurationRecorder",
    "guardduty": "Create Delete Update: Detector Filter IPSet ThreatIntelSet; Delete: Members Invitations PublishingDestination; Disassociate: Members; Stop: MonitoringMembers; Archive: Findings",
    "securityhub": "Enable Disable: SecurityHub ImportFindingsForProduct; Batch: UpdateFindings DisableStandards EnableStandards; Create Delete Update: ActionTarget Insight; Delete: Members",
    "organizations": "Create: Account Organization OrganizationalUnit Policy; Delete: Organization OrganizationalUnit Policy; Attach Detach: Policy; Enable Disable: PolicyType AWSServiceAccess; Leave: Organization; Move: Account; Close: Account; Invite: AccountToOrganization; Register Deregister: DelegatedAdministrator",
    "secretsmanager": "Create Delete Restore Update Rotate: Secret; Put Delete: ResourcePolicy; Put: SecretValue; Cancel: RotateSecret",
    "ssm": "Send Cancel: Command; Start Terminate Resume: Session; Create Delete Update: Association Document MaintenanceWindow PatchBaseline; Put Delete: Parameter; Modify: DocumentPermission",
    "lambda": "Create Delete: Function20150331 EventSourceMapping20150331 Alias20150331; Add: Permission20150331v2 LayerVersionPermission20181031; Remove: Permission20150331v2; Update: FunctionConfiguration20150331v2 EventSourceMapping20150331",
    "rds": "Create Delete Modify: DBInstance DBCluster DBSubnetGroup DBParameterGroup OptionGroup EventSubscription; Modify: DBSnapshotAttribute DBClusterSnapshotAttribute; Create Delete Copy: DBSnapshot DBClusterSnapshot; Restore: DBInstanceFromS3 DBInstanceFromDBSnapshot; Reboot Start Stop: DBInstance; Start: ExportTask",
    "eks": "Create Delete: Cluster Nodegroup FargateProfile Addon AccessEntry; Update: ClusterConfig ClusterVersion NodegroupConfig; Associate Disassociate: IdentityProviderConfig AccessPolicy",
    "ecs": "Create Delete Update: Cluster Service CapacityProvider TaskSet; Register Deregister: TaskDefinition ContainerInstance; Run Start Stop: Task; Execute: Command; Put: AccountSetting",
    "ecr": "Create Delete: Repository PullThroughCacheRule; Put Delete: LifecyclePolicy RegistryPolicy; Set Delete: RepositoryPolicy; Put: Image ImageScanningConfiguration ImageTagMutability",
    "route53": "Create Delete: HostedZone HealthCheck QueryLoggingConfig TrafficPolicy; Change: ResourceRecordSets; Associate: VPCWithHostedZone; Disassociate: VPCFromHostedZone",
    "route53domains": "Register Transfer Delete Renew: Domain; Disable Enable: DomainTransferLock DomainAutoRenew; Update: DomainContact DomainNameservers",
    "cloudfront": "Create Delete Update: Distribution CachePolicy OriginAccessControl Function KeyGroup PublicKey ResponseHeadersPolicy",
    "apigateway": "Create Delete Update: RestApi Stage Deployment Authorizer ApiKey DomainName UsagePlan; Import: RestApi",
    "cognito-idp": "Create Delete Update: UserPool UserPoolClient IdentityProvider Group ResourceServer; Admin: CreateUser DeleteUser SetUserPassword DisableUser",
    "dynamodb": "Create Delete Update: Table; Create Update: GlobalTable; Create Delete: Backup; Restore: TableFromBackup TableToPointInTime; Update: ContinuousBackups TimeToLive; Export: TableToPointInTime",
    "elasticache": "Create Delete Modify: CacheCluster ReplicationGroup CacheSubnetGroup CacheParameterGroup User UserGroup; Authorize Revoke: CacheSecurityGroupIngress",
    "elasticfilesystem": "Create Delete: FileSystem MountTarget AccessPoint; Put Delete: FileSystemPolicy; Modify: MountTargetSecurityGroups; Put: BackupPolicy LifecycleConfiguration",
    "elasticmapreduce": "Run: JobFlow; Terminate: JobFlows; Add: JobFlowSteps InstanceGroups; Put: BlockPublicAccessConfiguration AutoScalingPolicy; Create Delete: SecurityConfiguration Studio",
    "redshift": "Create Delete Modify: Cluster ClusterParameterGroup ClusterSubnetGroup EventSubscription SnapshotSchedule; Disable Enable: Logging SnapshotCopy; Authorize Revoke: ClusterSecurityGroupIngress SnapshotAccess",
    "glue": "Create Delete Update: Job Crawler Database Table Trigger Connection DevEndpoint; Start Stop: Crawler Trigger; Put Delete: ResourcePolicy",
    "sagemaker": "Create Delete Update: NotebookInstance Endpoint Domain UserProfile Image; Create: PresignedNotebookInstanceUrl PresignedDomainUrl TrainingJob Model; Start Stop: NotebookInstance",
    "sns": "Create Delete: Topic PlatformApplication; Set: TopicAttributes SubscriptionAttributes; Add Remove: Permission; Put: DataProtectionPolicy",
    "sqs": "Create Delete Purge: Queue; Set: QueueAttributes; Add Remove: Permission",
    "ses": "Verify Delete: EmailIdentity; Update: AccountSendingEnabled; Create Delete: ConfigurationSet ReceiptRule Template; Put: IdentityPolicy",
    "sso": "Create Delete Update: PermissionSet Instance; Create Delete: AccountAssignment; Attach: ManagedPolicyToPermissionSet; Detach: ManagedPolicyFromPermissionSet; Put: InlinePolicyToPermissionSet PermissionsBoundaryToPermissionSet; Delete: InlinePolicyFromPermissionSet PermissionsBoundaryFromPermissionSet; Provision: PermissionSet",
    "wafv2": "Create Delete Update: WebACL RuleGroup IPSet RegexPatternSet; Associate Disassociate: WebACL; Put Delete: LoggingConfiguration PermissionPolicy",
    "acm": "Request Delete Import Export Renew: Certificate; Update: CertificateOptions; Put: AccountConfiguration",
    "backup": "Create Delete Update: BackupPlan Framework ReportPlan; Create Delete: BackupVault BackupSelection; Delete: RecoveryPoint; Put Delete: BackupVaultAccessPolicy BackupVaultLockConfiguration BackupVaultNotifications",
    "codebuild": "Create Delete Update: Project Webhook ReportGroup; Start Stop Retry: Build BuildBatch; Import Delete: SourceCredentials; Put: ResourcePolicy",
    "codepipeline": "Create Delete Update: Pipeline; Put: ApprovalResult Webhook; Disable Enable: StageTransition; Start: PipelineExecution",
    "macie2": "Enable Disable: Macie OrganizationAdminAccount; Create Delete Update: FindingsFilter AllowList; Create: ClassificationJob; Update: ClassificationJob MacieSession",
    "ram": "Create Delete Update Associate Disassociate: ResourceShare; Accept Reject: ResourceShareInvitation; Enable: SharingWithAwsOrganization; Promote: ResourceShareCreatedFromPolicy",
    "bedrock": "Create Delete Update: Guardrail; Invoke: Model ModelWithResponseStream; Put Delete: ModelInvocationLoggingConfiguration; Create: ModelCustomizationJob ProvisionedModelThroughput FoundationModelAgreement",
    "events": "Put Delete Disable Enable: Rule; Put Remove: Targets Permission; Create Delete Update: EventBus Connection ApiDestination Archive",
    "logs": "Delete: LogGroup LogStream MetricFilter SubscriptionFilter RetentionPolicy Destination ResourcePolicy; Put: MetricFilter SubscriptionFilter RetentionPolicy DestinationPolicy; Disassociate Associate: KmsKey; Create: ExportTask",
    "monitoring": "Delete: Dashboards Alarms InsightRules; Disable Enable: AlarmActions InsightRules; Put: Dashboard MetricAlarm CompositeAlarm InsightRule; Set: AlarmState",
    "network-firewall": "Create Delete: Firewall FirewallPolicy RuleGroup; Update: LoggingConfiguration FirewallDeleteProtection SubnetChangeProtection; Disassociate: Subnets",
    "access-analyzer": "Create Delete: Analyzer ArchiveRule; Update: Findings ArchiveRule; Start: PolicyGeneration",
    "identitystore": "Create Delete Update: User Group; Create Delete: GroupMembership",
    "transfer": "Create Delete Update: Server User Connector Access; Start Stop: Server; Import Delete: SshPublicKey",
    "datasync": "Create Delete Update: Task Agent; Create: LocationS3 LocationNfs LocationSmb; Start Cancel: TaskExecution",
}
AGENTS = ["Terraform", "Boto3", "aws-sdk-java", "amazon-ssm-agent", "aws-cli"]
STRANGE_AGENTS = ["kali", "parrot", "pentoo", "pacu", "ScoutSuite", "prowler", "CloudMapper", "TruffleHog", "S3 Browser", "WinSCP"]
FAILURES = ["AccessDenied", "Client.UnauthorizedOperation", "UnauthorizedOperation", "AccessDeniedException", "ThrottlingException"]


def occurring():
    """(service, name, requestParameters) of what generate-logs.py makes: frequent calls, rare calls."""
    frequent = [(source, name, params) for _, source, name, _, params, _, _ in logs.CALLS]
    rare = [("iam", name, params) for name, params, _ in logs.WRITES] + [("signin", "ConsoleLogin", "null")]
    return frequent, rare


def absent():
    """{service: names} of calls that generate-logs.py never makes."""
    frequent, rare = occurring()
    made = {(source, name) for source, name, _ in frequent + rare} | {("kms", "RotateKey")}
    services = {}
    for service, text in CALLS.items():
        names = [verb + noun for part in text.split(";") for verbs, nouns in [part.split(":")] for verb in verbs.split() for noun in nouns.split()]
        services[service] = [name for name in dict.fromkeys(names) if (service, name) not in made]
    return services


def equals(path, *values):
    return {"path": path, "is": "equal", "values": list(values)}


def test(path, how, *values):
    return {"path": path, "is": how, "values": list(values)}


def call(service, *names):
    return [equals("eventSource", f"{service}.amazonaws.com"), equals("eventName", *names)]


def root():
    return [equals("userIdentity.type", "Root"), test("eventType", "other", "AwsServiceEvent")]


class Maker:
    def __init__(self, options):
        self.options = options
        self.services = absent()
        self.frequent, self.rare = occurring()
        self.made = self.frequent + self.rare

    def rule(self, number):
        """(what it is about in a few words, its tests)."""
        rand = random.Random(f"{self.options.seed} rule {number}")
        ten, slot = divmod(number, 10)
        if slot == 0:
            return self.about_what_occurs(rand, ten)
        if not self.options.pinned and number % 100 == 97:
            agents = rand.sample(STRANGE_AGENTS, rand.randint(1, 3))
            return "tools of attackers", [test("userAgent", "contains", *agents)]
        service = rand.choice(list(self.services))
        name = rand.choice(self.services[service])
        if slot in (1, 2, 3, 4):
            return f"{service} {name}", call(service, name)
        if slot in (5, 6):
            names = rand.sample(self.services[service], rand.randint(2, 6))
            return f"{service} {names[0]} and more", call(service, *names)
        if slot == 7:
            return self.about_a_prefix(rand)
        if slot == 8:
            narrow = [
                test("userAgent", "contains", rand.choice(AGENTS)), equals("errorCode", rand.choice(FAILURES)), test("requestParameters.name", "prefix", f"prod-{rand.choice('abcdefgh')}"),
                test("sourceIPAddress", "cidr", f"10.{rand.randint(0, 255)}.0.0/16"),
            ]
            return f"{service} {name}, narrowed", call(service, name) + [narrow[ten % len(narrow)]]
        if ten % 10 == 0 and not self.options.pinned:
            return "the root user", root()
        return f"the root user in {service}", call(service, name) + root()

    def about_a_prefix(self, rand):
        while True:
            service = rand.choice(list(self.services))
            name = rand.choice(self.services[service])
            # The first word, such as Delete.
            word = re.match("[A-Z][a-z]+", name)[0]
            if not any(source == service and made.startswith(word) for source, made, _ in [*self.made, ("kms", "RotateKey", "")]):
                return f"{service} {word}", [equals("eventSource", f"{service}.amazonaws.com"), test("eventName", "prefix", word)]

    def about_what_occurs(self, rand, ten):
        # Six ways in three languages: each way comes in each language.
        way = (ten + ten // 6) % 6
        if way == 0:
            service, name, _ = rand.choice(self.rare)
            return f"{service} {name}", call(service, name)
        service, name, params = rand.choice(self.frequent)
        tests = call(service, name)
        if way == 1:
            tests.append(equals("errorCode", "AccessDenied"))
        elif way == 2:
            tests += root()
        elif way == 3:
            texts = {key: value for key, value in (json.loads(params) or {}).items() if isinstance(value, str) and "{n}" in value and key.isalnum()}
            if texts:
                key = min(texts)
                # Half of the nouns begin with twelve zeros.
                tests.append(test(f"requestParameters.{key}", "prefix", texts[key].partition("{n}")[0] + "000000000000" + rand.choice("0123456789abcdef")))
            else:
                tests.append(equals("errorCode", "NoSuchEntityException"))
        elif way == 4:
            tests += [test("userAgent", "contains", rand.choice(AGENTS)), equals("errorCode", *FAILURES[:2])]
        else:
            tests.append(test("sourceIPAddress", "cidr", f"10.{rand.randint(0, 7)}.0.0/16"))
        return f"{service} {name}, narrowed", tests


# ---------------------------------------------------------------- the languages


def as_filter(tests):
    """The pattern, and the tests as the language has them: of addresses it knows the text only."""

    def one(path, how, value):
        written = {"equal": value, "prefix": f"{value}*", "contains": f"*{value}*", "other": value, "cidr": f"{value}*"}[how]
        return f"$.{path} {'!=' if how == 'other' else '='} {json.dumps(written)}"

    meant = [{**t, "is": "prefix", "values": [v.removesuffix("0.0/16") for v in t["values"]]} if t["is"] == "cidr" else t for t in tests]
    parts = [[one(t["path"], t["is"], value) for value in t["values"]] for t in meant]
    return "{ " + " && ".join(f"({' || '.join(part)})" for part in parts) + " }\n", meant


def as_event(tests):
    forms = {"equal": lambda v: v, "prefix": lambda v: {"prefix": v}, "contains": lambda v: {"wildcard": f"*{v}*"}, "cidr": lambda v: {"cidr": v}, "other": lambda v: {"anything-but": v}}
    pattern, detail = {}, {}
    sources = [value for t in tests if t["path"] == "eventSource" for value in t["values"]]
    if sources and sources != ["signin.amazonaws.com"]:
        pattern = {"source": ["aws." + source.removesuffix(".amazonaws.com") for source in sources], "detail-type": ["AWS API Call via CloudTrail"]}
        tests = [*tests, equals("eventType", "AwsApiCall")]
    for t in tests:
        if t["path"] == "eventType" and t["is"] == "equal":
            continue
        *outer, last = t["path"].split(".")
        place = detail
        for step in outer:
            place = place.setdefault(step, {})
        place[last] = [forms[t["is"]](value) for value in t["values"]]
    return json.dumps({**pattern, "detail": detail}, indent=2) + "\n", tests


def as_sigma(tests, title, number):
    """Sigma compares without regard to case."""
    suffix = {"equal": "", "prefix": "|startswith", "contains": "|contains", "cidr": "|cidr", "other": ""}
    lines = [f"title: {json.dumps(title)}", f"id: {uuid.uuid5(uuid.NAMESPACE_URL, f'rule {number} {title}')}", "status: experimental", "logsource:", "    product: aws", "    service: cloudtrail", "detection:", "    selection:"]

    def fields(chosen):
        for t in chosen:
            values = [json.dumps(value) for value in t["values"]]
            yield f"        {t['path']}{suffix[t['is']]}:" + (f" {values[0]}" if len(values) == 1 else "".join(f"\n            - {value}" for value in values))

    wanted, unwanted = [t for t in tests if t["is"] != "other"], [t for t in tests if t["is"] == "other"]
    lines += fields(wanted)
    if unwanted:
        lines += ["    filter:", *fields(unwanted)]
    lines += ["    condition: selection" + (" and not filter" if unwanted else ""), f"level: {['low', 'medium', 'high'][number % 3]}"]
    return "\n".join(lines) + "\n", [{**t, "any_case": True} for t in tests]


# ---------------------------------------------------------------- what a rule means


def value_at(record, path):
    """The string at the path, the keys of inner objects joined by dots; None where there is none."""
    for step in path.split("."):
        record = record.get(step) if isinstance(record, dict) else None
    return record if isinstance(record, str) else None


def holds(test, value):
    if test["is"] == "cidr":
        try:
            return value is not None and any(ipaddress.ip_address(value) in ipaddress.ip_network(network) for network in test["values"])
        except ValueError:
            return False
    if value is None:
        return False
    fold = str.lower if test.get("any_case") else str
    value, values = fold(value), [fold(wanted) for wanted in test["values"]]
    return {
        "equal": lambda: value in values, "other": lambda: value not in values,
        "prefix": lambda: any(value.startswith(wanted) for wanted in values), "contains": lambda: any(wanted in value for wanted in values),
    }[test["is"]]()


def met(tests, record):
    """Whether a record, as json.loads makes it, is one a rule of these tests asks for."""
    return all(holds(test, value_at(record, test["path"])) for test in tests)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--count", type=int, required=True)
    arguments.add_argument("--languages", default=",".join(LANGUAGES), help="some of filter,event,sigma: taken in turns")
    arguments.add_argument("--pinned", action="store_true", help="no rule that names no event")
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    languages = options.languages.split(",")
    if unknown := set(languages) - set(LANGUAGES):
        arguments.error(f"no such language: {', '.join(sorted(unknown))}")
    folder = options.out / "rules"
    if folder.exists():
        sys.exit(f"{folder} is there already; name another folder")
    folder.mkdir(parents=True)
    maker, truth = Maker(options), []
    for number in range(options.count):
        language = languages[number % len(languages)]
        about, tests = maker.rule(number)
        text, meant = as_filter(tests) if language == "filter" else as_event(tests) if language == "event" else as_sigma(tests, about, number)
        slug = "-".join("".join(letter.lower() if letter.isalnum() else " " for letter in about).split())
        file = f"{number:04}-{slug}.{LANGUAGES[language]}"
        (folder / file).write_text(text)
        truth.append({"file": file, "language": language, "tests": meant})
    (options.out / "truth.json").write_text(json.dumps({"seed": options.seed, "count": options.count, "pinned": options.pinned, "rules": truth}, indent=1) + "\n")
    print(f"{options.count} rules: " + ", ".join(f"{sum(rule['language'] == language for rule in truth)} {language}" for language in languages))


if __name__ == "__main__":
    main()
