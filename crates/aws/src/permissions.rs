//! What an identity must be allowed for each source and channel, as IAM policies: only what is called, only reading (and, of
//! a queue, deleting what was read).

use serde_json::{Value, json};

/// What is to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant<'a> {
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

/// The policy document that allows all of these, ready for `aws iam create-policy`.
pub fn policy(grants: &[Grant<'_>]) -> Value {
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
            policy(&[Grant::EventHistory]),
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
        let text = policy(&grants).to_string();
        assert!(!text.contains(r#"["*"]"#), "{text}");
        assert!(text.contains("arn:aws-cn:s3:::logs/*"));
        for word in ["Put", "Create", "Update", "Write", "iam:", "\"*\""] {
            assert!(!text.contains(word), "{word}");
        }
    }
}
