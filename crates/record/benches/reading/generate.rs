//! Log files as accounts really have them, made from a seed: sizes, fields and how well they pack follow counts of
//! real deliveries (mean 8 records an object, half of them 5 or fewer, one in a hundred above 33; about 1.3 KB a
//! record; runs of one caller doing one thing, which is why they pack at 5 or 6 to 1).

use std::fmt::Write as _;

/// A set of sources, plain and packed.
pub(crate) struct Corpus {
    pub(crate) plain: Vec<Vec<u8>>,
    pub(crate) packed: Vec<Vec<u8>>,
    /// Unpacked bytes of all.
    pub(crate) bytes: u64,
    pub(crate) events: u64,
}

/// xorshift64*: the corpus must be the same everywhere, its randomness need not be good.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.index(choices.len())]
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }
}

/// eventSource, eventName, readOnly, requestParameters, responseElements
type Call = (&'static str, &'static str, bool, &'static str, &'static str);

const CALLS: [Call; 11] = [
    (
        "ec2",
        "DescribeRouteTables",
        true,
        r#"{"routeTableIdSet":{"items":[{"routeTableId":"rtb-0a1b2c3d4e5f60718"}]},"filterSet":{}}"#,
        "null",
    ),
    (
        "ec2",
        "DescribeInstances",
        true,
        r#"{"maxResults":100,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"}]}}]}}"#,
        "null",
    ),
    (
        "kms",
        "Decrypt",
        true,
        r#"{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::example-bucket/logs"}}"#,
        "null",
    ),
    (
        "s3",
        "PutObject",
        false,
        r#"{"bucketName":"example-bucket","Host":"example-bucket.s3.us-east-1.amazonaws.com","key":"logs/2026/11/23/part-00017.parquet","x-amz-server-side-encryption":"aws:kms"}"#,
        r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-version-id":"3HL4kqtJvjVBH40Nrjfkd"}"#,
    ),
    (
        "s3",
        "GetBucketAcl",
        true,
        r#"{"bucketName":"example-bucket","Host":"example-bucket.s3.us-east-1.amazonaws.com","acl":""}"#,
        "null",
    ),
    (
        "ssm",
        "UpdateInstanceInformation",
        false,
        r#"{"instanceId":"i-0123456789abcdef0","agentVersion":"3.2.1478.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.0.12.34","computerName":"ip-10-0-12-34.ec2.internal","agentName":"amazon-ssm-agent","availabilityZone":"us-east-1a"}"#,
        "null",
    ),
    ("ssm", "DescribeParameters", true, r#"{"maxResults":50}"#, "null"),
    (
        "sts",
        "AssumeRole",
        true,
        r#"{"roleArn":"arn:aws:iam::123456789012:role/deploy","roleSessionName":"ci-4711","durationSeconds":3600}"#,
        r#"{"credentials":{"accessKeyId":"ASIAEXAMPLEEXAMPLE12","sessionToken":"IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDexample","expiration":"Nov 23, 2026, 11:00:00 AM"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLEEXAMPLE123:ci-4711","arn":"arn:aws:sts::123456789012:assumed-role/deploy/ci-4711"}}"#,
    ),
    ("iam", "GetRole", true, r#"{"roleName":"deploy"}"#, "null"),
    (
        "secretsmanager",
        "GetSecretValue",
        true,
        r#"{"secretId":"arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf"}"#,
        "null",
    ),
    ("rds", "DescribeDBInstances", true, r#"{"filters":[],"maxRecords":100,"includeShared":false}"#, "null"),
];

/// A write in IAM: one event in a thousand, as in an ordinary account.
const IAM_WRITE: Call = (
    "iam",
    "PutRolePolicy",
    false,
    r#"{"roleName":"deploy","policyName":"inline","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\"],\"Resource\":\"arn:aws:s3:::example-bucket/*\"}]}"}"#,
    "null",
);

fn caller(random: &mut Random) -> String {
    let person = random.of(&["alice", "bob", "terraform", "deploy-bot", "carol.danvers"]);
    let id = random.below(5);
    match random.below(10) {
        0..4 => format!(
            r#"{{"type":"IAMUser","principalId":"AIDAEXAMPLEEXAMPLE{id:03}","arn":"arn:aws:iam::123456789012:user/{person}","accountId":"123456789012","accessKeyId":"AKIAEXAMPLEEXAMP{id:04}","userName":"{person}"}}"#
        ),
        4..8 => format!(
            r#"{{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE{id:03}:{person}","arn":"arn:aws:sts::123456789012:assumed-role/app/{person}","accountId":"123456789012","accessKeyId":"ASIAEXAMPLEEXAMP{id:04}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE{id:03}","arn":"arn:aws:iam::123456789012:role/app","accountId":"123456789012","userName":"app"}},"webIdFederationData":{{}},"attributes":{{"creationDate":"2026-11-23T09:12:44Z","mfaAuthenticated":"false"}}}}}}"#
        ),
        _ => format!(r#"{{"type":"AWSService","invokedBy":"service{id}.amazonaws.com"}}"#),
    }
}

/// Appends one record.
fn record(random: &mut Random, out: &mut String, caller: &str, call: Call, agent: &str, second: u64) {
    let (service, name, read_only, request, response) = call;
    let error = if random.below(10) == 0 {
        r#""errorCode":"AccessDenied","errorMessage":"User is not authorized to perform this operation because no identity-based policy allows it","#
    } else {
        ""
    };
    // What keeps real records from packing better still: ids that S3 and others add to nearly every one.
    let extra: String = (0..if service == "s3" { 76 } else { 28 })
        .map(|_| {
            char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[random.index(64)])
        })
        .collect();
    let _ = write!(
        out,
        r#"{{"eventVersion":"1.11","userIdentity":{caller},"eventTime":"2026-11-23T{:02}:{:02}:{:02}Z","eventSource":"{service}.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.{}","userAgent":"{agent}",{error}"requestParameters":{request},"responseElements":{response},"additionalEventData":{{"x-amz-id-2":"{extra}"}},"requestID":"{}","eventID":"{}","readOnly":{read_only},"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{service}.us-east-1.amazonaws.com"}}}}"#,
        second / 3600 % 24,
        second / 60 % 60,
        second % 60,
        random.below(200),
        random.uuid(),
        random.uuid(),
    );
}

/// `count` records with `between` between them, in runs of one caller doing one thing.
fn records(random: &mut Random, count: u64, between: char) -> String {
    let mut out = String::new();
    let mut left_of_run = 0;
    let (mut who, mut call, mut agent) = (String::new(), CALLS[0], "");
    let mut second = random.below(86_400);
    for i in 0..count {
        if left_of_run == 0 {
            left_of_run = 1 + random.below(6);
            who = caller(random);
            call = if random.below(1000) == 0 { IAM_WRITE } else { CALLS[random.index(CALLS.len())] };
            agent = random.of(&[
                "aws-cli/2.13.5 Python/3.11.4 Linux/5.10.184 exe/x86_64.amzn.2 prompt/off command/ec2.describe-instances",
                "[Boto3/1.26.165 Python/3.10.6 Linux/5.19.0-46-generic Botocore/1.29.165]",
                "APN/1.0 HashiCorp/1.0 Terraform/1.5.2 (+https://www.terraform.io) terraform-provider-aws/5.7.0 aws-sdk-go/1.44.289",
                "AWS Internal",
            ]);
        }
        left_of_run -= 1;
        second += random.below(20);
        if i > 0 {
            out.push(between);
        }
        record(random, &mut out, &who, call, agent, second);
    }
    out
}

impl Corpus {
    fn new(plain: Vec<Vec<u8>>, events: u64) -> Self {
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let packed = plain
            .iter()
            .map(|file| {
                let mut packed = vec![0; compressor.gzip_compress_bound(file.len())];
                let length = compressor.gzip_compress(file, &mut packed).unwrap_or_default();
                packed.truncate(length);
                packed
            })
            .collect();
        Self { bytes: plain.iter().map(|file| file.len() as u64).sum(), plain, packed, events }
    }

    fn objects(count: u64, size: impl Fn(&mut Random) -> u64) -> Self {
        let mut random = Random(0x5eed);
        let mut events = 0;
        let plain = (0..count)
            .map(|_| {
                let size = size(&mut random);
                events += size;
                format!(r#"{{"Records":[{}]}}"#, records(&mut random, size, ',')).into_bytes()
            })
            .collect();
        Self::new(plain, events)
    }

    /// An ordinary account's objects: 2 KB packed.
    pub(crate) fn small_objects() -> Self {
        Self::objects(2000, |random| match random.below(100) {
            0..50 => 1 + random.below(5),
            50..90 => 6 + random.below(11),
            90..99 => 17 + random.below(17),
            _ => 34 + random.below(100),
        })
    }

    /// A busy account's: 600 records each.
    pub(crate) fn busy_objects() -> Self {
        Self::objects(30, |_| 600)
    }

    /// One source, a record a line.
    pub(crate) fn lines() -> Self {
        let events = 40_000;
        let mut lines = records(&mut Random(0x5eed), events, '\n');
        lines.push('\n');
        Self::new(vec![lines.into_bytes()], events)
    }
}
