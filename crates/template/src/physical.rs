//! What `Ref` and `Fn::GetAtt` of a resource give, as far as that is known without AWS: names and ARNs follow from the
//! properties; a name that CloudFormation makes up is made up here, always the same; anything else is a marked placeholder.

use crate::pseudo::{Pseudo, suffix, uuid};
use crate::resolved::Resolved;

/// What stands before a value that is known in AWS only.
pub const PLACEHOLDER: &str = "placeholder:";

/// Whether a text has a value in it that is known in AWS only: a placeholder, or a dynamic reference (`{{resolve:..}}`).
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    text.contains(PLACEHOLDER) || text.contains("{{resolve:")
}

pub(crate) fn placeholder(what: &str) -> String {
    format!("{PLACEHOLDER}{what}")
}

/// A resource as other resources see it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Physical {
    /// What `Ref` gives.
    pub(crate) reference: String,
    /// What `Fn::GetAtt` gives.
    pub(crate) attributes: Vec<(String, String)>,
    /// Whether there are no other attributes.
    pub(crate) is_complete: bool,
    /// The name, where the type has one.
    pub(crate) name: Option<String>,
    pub(crate) arn: Option<String>,
}

impl Physical {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    const fn complete(mut self) -> Self {
        self.is_complete = true;
        self
    }
}

/// A resource whose physical form is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) pseudo: &'a Pseudo,
    /// `TEMPLATE:LogicalId`, for placeholders.
    pub(crate) qualified: String,
    pub(crate) id: &'a str,
    pub(crate) type_name: &'a str,
    pub(crate) properties: &'a Resolved,
}

impl Asked<'_> {
    fn text(&self, property: &str) -> Option<&str> {
        self.properties.get(property).and_then(Resolved::text).filter(|text| !text.is_empty())
    }

    /// The name that a property gives, or the one CloudFormation would make up: `STACK-LOGICALID-XXXXXXXXXXXX`.
    fn name(&self, property: &str, longest: usize) -> String {
        if let Some(name) = self.text(property) {
            return name.to_owned();
        }
        let stack = &self.pseudo.stack_name;
        let made_up = suffix(&[stack, self.id]);
        let mut lead = format!("{stack}-{}", self.id);
        while lead.len() + 1 + made_up.len() > longest && lead.pop().is_some() {}
        format!("{lead}-{made_up}")
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let Pseudo { partition, region, account, .. } = self.pseudo;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    fn global_arn(&self, service: &str, resource: &str) -> String {
        let Pseudo { partition, account, .. } = self.pseudo;
        format!("arn:{partition}:{service}::{account}:{resource}")
    }

    /// A resource whose `Ref` is its name.
    fn named(&self, name: String, service: &str, resource: &str) -> Physical {
        let arn = self.arn(service, resource);
        Physical { reference: name.clone(), name: Some(name), arn: Some(arn.clone()), ..Physical::default() }
            .with("Arn", arn)
    }

    /// A resource whose `Ref` is its ARN.
    fn by_arn(arn: String, name: String) -> Physical {
        Physical { reference: arn.clone(), name: Some(name), arn: Some(arn), ..Physical::default() }
    }

    fn role(&self, name_property: &str, kind: &str) -> Physical {
        let name = self.name(name_property, 64);
        let path = self.text("Path").unwrap_or("/").to_owned();
        let arn = self.global_arn("iam", &format!("{kind}{path}{name}"));
        Physical { reference: name.clone(), name: Some(name), arn: Some(arn.clone()), ..Physical::default() }
            .with("Arn", arn)
    }
}

/// The physical form of a resource.
pub(crate) fn of(asked: &Asked<'_>) -> Physical {
    let Asked { pseudo, id, .. } = asked;
    match asked.type_name {
        "AWS::SNS::Topic" => {
            let mut name = asked.name("TopicName", 256);
            if asked.text("FifoTopic") == Some("true") && asked.text("TopicName").is_none() {
                name.push_str(".fifo");
            }
            let arn = asked.arn("sns", &name);
            Asked::by_arn(arn.clone(), name.clone()).with("TopicArn", arn).with("TopicName", name).complete()
        }
        "AWS::SNS::Subscription" => {
            let topic = asked.text("TopicArn").unwrap_or_default();
            let arn = format!("{topic}:{}", uuid(&[&pseudo.stack_id, id]));
            Asked::by_arn(arn.clone(), (*id).to_owned()).with("Arn", arn)
        }
        "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => {
            let name = asked.name("AlarmName", 255);
            asked.named(name.clone(), "cloudwatch", &format!("alarm:{name}")).complete()
        }
        "AWS::Logs::LogGroup" => {
            let name = asked.name("LogGroupName", 512);
            asked.named(name.clone(), "logs", &format!("log-group:{name}:*"))
        }
        "AWS::Logs::MetricFilter" | "AWS::Logs::SubscriptionFilter" => {
            let name = asked.name("FilterName", 512);
            Physical { reference: name.clone(), name: Some(name), ..Physical::default() }.complete()
        }
        "AWS::Logs::Destination" => {
            let name = asked.name("DestinationName", 512);
            asked.named(name.clone(), "logs", &format!("destination:{name}"))
        }
        "AWS::Lambda::Function" => {
            let name = asked.name("FunctionName", 64);
            asked.named(name.clone(), "lambda", &format!("function:{name}"))
        }
        "AWS::IAM::Role" => asked.role("RoleName", "role"),
        "AWS::IAM::User" => asked.role("UserName", "user"),
        "AWS::IAM::Group" => asked.role("GroupName", "group"),
        "AWS::IAM::ManagedPolicy" => {
            let role = asked.role("ManagedPolicyName", "policy");
            let arn = role.arn.clone().unwrap_or_default();
            Physical { reference: arn.clone(), ..role }.with("PolicyArn", arn)
        }
        "AWS::SQS::Queue" => {
            let mut name = asked.name("QueueName", 80);
            if asked.text("FifoQueue") == Some("true") && asked.text("QueueName").is_none() {
                name.push_str(".fifo");
            }
            let url =
                format!("https://sqs.{}.{}/{}/{name}", pseudo.region, pseudo.url_suffix, pseudo.account);
            let queue =
                asked.named(name.clone(), "sqs", &name).with("QueueName", name).with("QueueUrl", url.clone());
            Physical { reference: url, ..queue }.complete()
        }
        "AWS::Events::Rule" => {
            let name = asked.name("Name", 64);
            // A bus may be named by its ARN.
            let bus = asked.text("EventBusName").map(|bus| bus.rsplit('/').next().unwrap_or(bus));
            match bus.filter(|bus| *bus != "default") {
                None => asked.named(name.clone(), "events", &format!("rule/{name}")).complete(),
                Some(bus) => {
                    let rule = asked.named(name.clone(), "events", &format!("rule/{bus}/{name}"));
                    Physical { reference: format!("{bus}|{name}"), ..rule }.complete()
                }
            }
        }
        "AWS::Events::EventBus" => {
            let name = asked.name("Name", 256);
            asked.named(name.clone(), "events", &format!("event-bus/{name}")).with("Name", name)
        }
        "AWS::Kinesis::Stream" => {
            let name = asked.name("Name", 128);
            asked.named(name.clone(), "kinesis", &format!("stream/{name}"))
        }
        "AWS::KinesisFirehose::DeliveryStream" => {
            let name = asked.name("DeliveryStreamName", 64);
            asked.named(name.clone(), "firehose", &format!("deliverystream/{name}"))
        }
        "AWS::CloudTrail::Trail" => {
            let name = asked.name("TrailName", 128);
            asked.named(name.clone(), "cloudtrail", &format!("trail/{name}"))
        }
        "AWS::S3::Bucket" => {
            let name = asked
                .text("BucketName")
                .map_or_else(|| asked.name("BucketName", 63).to_lowercase(), str::to_owned);
            let arn = format!("arn:{}:s3:::{name}", pseudo.partition);
            let domain = format!("{name}.s3.{}", pseudo.url_suffix);
            Physical {
                reference: name.clone(),
                name: Some(name),
                arn: Some(arn.clone()),
                ..Physical::default()
            }
            .with("Arn", arn)
            .with("DomainName", domain)
        }
        "AWS::KMS::Key" => {
            let key = uuid(&[&pseudo.stack_id, id]);
            asked.named(key.clone(), "kms", &format!("key/{key}")).with("KeyId", key)
        }
        "AWS::DynamoDB::Table" => {
            let name = asked.name("TableName", 255);
            asked.named(name.clone(), "dynamodb", &format!("table/{name}"))
        }
        "AWS::SSM::Parameter" => {
            let name = asked.name("Name", 1011);
            let value = asked.text("Value").unwrap_or_default();
            Physical { reference: name.clone(), name: Some(name), ..Physical::default() }.with("Value", value)
        }
        "AWS::CloudFormation::WaitConditionHandle" | "AWS::SNS::TopicPolicy" | "AWS::SQS::QueuePolicy" => {
            let name = asked.name("", 255);
            Physical { reference: name, ..Physical::default() }
        }
        _ => Physical { reference: placeholder(&asked.qualified), ..Physical::default() },
    }
}

/// A nested stack: its ARN, and the outputs of its template.
pub(crate) fn nested(
    stack_id: &str,
    stack_name: &str,
    outputs: impl Iterator<Item = (String, String)>,
) -> Physical {
    let mut stack = Asked::by_arn(stack_id.to_owned(), stack_name.to_owned()).complete();
    stack.attributes.extend(outputs.map(|(name, value)| (format!("Outputs.{name}"), value)));
    stack
}
