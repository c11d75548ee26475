//! What an identity must be allowed for each source and channel, as IAM policies: only what is called, only reading (and, of
//! a queue, deleting what was read).

use serde_json::{Value, json};
use trailbell_config::{SourceKind, Target};

use crate::region::of_queue_url;

/// The policy document for what the settings name, ready for `aws iam create-policy`: the sources, the channels, and what `doctor` looks
/// at. What the settings do not say stands in it in words that are to be replaced: the bucket behind a queue, as `YOUR-TRAIL-BUCKET`, and a region or
/// account as `*`.
pub fn policy(sources: &[SourceKind], channels: &[Target]) -> Value {
    let arn = |source: &SourceKind| match source {
        SourceKind::Sqs { url, .. } => queue_arn(url),
        SourceKind::CloudwatchLogs { aws, log_group, .. } => {
            arn_of(log_group, "logs", aws.region.as_deref(), "log-group:")
        }
        SourceKind::Kinesis { aws, stream, .. } => {
            arn_of(stream, "kinesis", aws.region.as_deref(), "stream/")
        }
        _ => String::new(),
    };
    let arns: Vec<String> = sources.iter().map(arn).collect();
    let mut grants: Vec<Grant<'_>> =
        sources.iter().zip(&arns).filter_map(|(source, arn)| of_source(source, arn)).collect();
    grants.extend(channels.iter().filter_map(of_channel));
    if !grants.is_empty() {
        grants.push(Grant::Doctor);
    }
    document(&grants)
}

fn of_channel(target: &Target) -> Option<Grant<'_>> {
    match target {
        Target::Sns { topic, .. } => Some(Grant::Sns { topic }),
        Target::Ses { from, .. } => Some(Grant::Ses { from }),
        _ => None,
    }
}

fn of_source<'a>(source: &SourceKind, arn: &'a str) -> Option<Grant<'a>> {
    match source {
        SourceKind::EventHistory { .. } => Some(Grant::EventHistory),
        SourceKind::Sqs { .. } => Some(Grant::Sqs { queue: arn, bucket: Some("YOUR-TRAIL-BUCKET") }),
        SourceKind::CloudwatchLogs { .. } => Some(Grant::CloudwatchLogs { log_group: arn }),
        SourceKind::Kinesis { .. } => Some(Grant::Kinesis { stream: arn }),
        SourceKind::Folder { .. } | SourceKind::Stdin | SourceKind::Http { .. } => None,
    }
}

/// The ARN of a queue, by its URL: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
fn queue_arn(url: &str) -> String {
    let region = of_queue_url(url).unwrap_or_else(|| "*".to_owned());
    let mut parts = url.trim_end_matches('/').rsplit('/');
    let (name, account) = (parts.next().unwrap_or("*"), parts.next().unwrap_or("*"));
    format!("arn:{}:sqs:{region}:{account}:{name}", partition_of(&region))
}

/// The ARN of something named by its name, or by its ARN already.
fn arn_of(name: &str, service: &str, region: Option<&str>, kind: &str) -> String {
    if name.starts_with("arn:") {
        return name.trim_end_matches(":*").to_owned();
    }
    let region = region.unwrap_or("*");
    format!("arn:{}:{service}:{region}:*:{kind}{name}", partition_of(region))
}

fn partition_of(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// What is to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant<'a> {
    /// The Event history of an account.
    EventHistory,
    /// A queue, by its ARN, and the logs in a bucket (by name), where its messages are word of objects.
    Sqs {
        /// The queue's ARN.
        queue: &'a str,
        /// The bucket's name.
        bucket: Option<&'a str>,
    },
    /// A log group, by its ARN without `:*`.
    CloudwatchLogs {
        /// The group's ARN.
        log_group: &'a str,
    },
    /// A stream, by its ARN.
    Kinesis {
        /// The stream's ARN.
        stream: &'a str,
    },
    /// A topic to publish to, by its ARN.
    Sns {
        /// The topic's ARN.
        topic: &'a str,
    },
    /// Mail over SES from an address.
    Ses {
        /// The sender's address.
        from: &'a str,
    },
    /// What `doctor` looks at besides: the trails, and who has not confirmed a topic's subscription.
    Doctor,
}

fn document(grants: &[Grant<'_>]) -> Value {
    let statements: Vec<Value> = grants.iter().flat_map(|grant| statements(*grant)).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn statements(grant: Grant<'_>) -> Vec<Value> {
    let partition = |arn: &str| arn.split(':').nth(1).unwrap_or("aws").to_owned();
    match grant {
        // None of these knows resources.
        Grant::EventHistory => vec![allow(
            &["cloudtrail:LookupEvents", "account:ListRegions", "ec2:DescribeRegions"],
            &["*".to_owned()],
        )],
        Grant::Sqs { queue, bucket } => {
            let actions = [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueAttributes",
            ];
            let mut statements = vec![allow(&actions, &[queue.to_owned()])];
            if let Some(bucket) = bucket {
                let bucket = format!("arn:{}:s3:::{bucket}", partition(queue));
                let objects = format!("{bucket}/*");
                statements.push(allow(&["s3:GetObject", "s3:GetObjectVersion"], &[objects]));
                // Without it an object that is gone looks like one that may not be read.
                statements.push(allow(&["s3:ListBucket"], &[bucket]));
            }
            statements
        }
        Grant::CloudwatchLogs { log_group } => vec![allow(
            &["logs:FilterLogEvents", "logs:DescribeLogStreams"],
            &[log_group.to_owned(), format!("{log_group}:*")],
        )],
        Grant::Kinesis { stream } => vec![allow(
            &[
                "kinesis:ListShards",
                "kinesis:GetShardIterator",
                "kinesis:GetRecords",
                "kinesis:DescribeStreamSummary",
            ],
            &[stream.to_owned()],
        )],
        Grant::Sns { topic } => {
            vec![allow(&["sns:Publish", "sns:ListSubscriptionsByTopic"], &[topic.to_owned()])]
        }
        Grant::Ses { from } => {
            let mut statement = allow(&["ses:SendEmail", "ses:SendRawEmail"], &["*".to_owned()]);
            statement["Condition"] = json!({ "StringEquals": { "ses:FromAddress": from } });
            vec![statement]
        }
        Grant::Doctor => vec![allow(
            &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"],
            &["*".to_owned()],
        )],
    }
}

fn allow(actions: &[&str], resources: &[String]) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_history_needs_three_actions_and_no_more() {
        assert_eq!(
            document(&[Grant::EventHistory]),
            json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Resource": ["*"],
                "Action": ["cloudtrail:LookupEvents", "account:ListRegions", "ec2:DescribeRegions"] }] })
        );
    }

    #[test]
    fn nothing_is_allowed_everywhere_that_can_be_allowed_somewhere() {
        let grants = [
            Grant::Sqs { queue: "arn:aws-cn:sqs:cn-north-1:123456789012:q", bucket: Some("logs") },
            Grant::CloudwatchLogs { log_group: "arn:aws:logs:eu-west-1:123456789012:log-group:g" },
            Grant::Kinesis { stream: "arn:aws:kinesis:eu-west-1:123456789012:stream/s" },
            Grant::Sns { topic: "arn:aws:sns:eu-west-1:123456789012:t" },
        ];
        let text = document(&grants).to_string();
        assert!(!text.contains(r#"["*"]"#), "{text}");
        assert!(text.contains("arn:aws-cn:s3:::logs/*"));
        for word in ["Put", "Create", "Update", "Write", "iam:", "\"*\""] {
            assert!(!text.contains(word), "{word}");
        }
    }

    #[test]
    fn a_configuration_says_what_it_needs() {
        let text = "sources:
  history: event-history
  queue: { type: sqs, url: https://sqs.eu-west-1.amazonaws.com/123456789012/trail }
  logs: { type: cloudwatch-logs, log_group: trail, region: cn-north-1 }
channels:
  topic: arn:aws:sns:us-east-1:123456789012:trailbell
";
        let lookups = trailbell_config::Lookups::none();
        let settings = trailbell_config::parse(text, &[], lookups).unwrap().settings;
        let sources: Vec<SourceKind> = settings.sources.into_iter().map(|source| source.source).collect();
        let channels: Vec<Target> = settings.channels.into_iter().map(|channel| channel.target).collect();
        let text = policy(&sources, &channels).to_string();
        for needed in [
            "cloudtrail:LookupEvents",
            "arn:aws:sqs:eu-west-1:123456789012:trail",
            "arn:aws:s3:::YOUR-TRAIL-BUCKET/*",
            "arn:aws-cn:logs:cn-north-1:*:log-group:trail",
            "arn:aws:sns:us-east-1:123456789012:trailbell",
            "cloudtrail:GetTrailStatus",
        ] {
            assert!(text.contains(needed), "{needed} in {text}");
        }
        assert_eq!(policy(&[SourceKind::Stdin], &[])["Statement"], json!([]));
    }
}
