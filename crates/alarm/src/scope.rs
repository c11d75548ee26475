//! The account and Region an alarm lives in, and what follows from them: ARNs, the Region's name, the console.

use serde::{Deserialize, Serialize};

/// An account and a Region. Alarms of one composite alarm are all of one scope.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The account's 12 digits.
    pub account: String,
    /// The Region's code, as `us-east-1`.
    pub region: String,
}

impl Scope {
    /// An account and a Region.
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self { account: account.into(), region: region.into() }
    }

    /// The partition of the Region, as it stands in ARNs.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        PARTITIONS
            .iter()
            .find(|(prefix, ..)| self.region.starts_with(prefix))
            .map_or("aws", |(_, partition, _)| partition)
    }

    /// The ARN of an alarm of that name here.
    #[must_use]
    pub fn alarm_arn(&self, name: &str) -> String {
        format!("arn:{}:cloudwatch:{}:{}:alarm:{name}", self.partition(), self.region, self.account)
    }

    /// The Region as AWS's messages call it (`US East (N. Virginia)`); a Region we have no name for is its code.
    #[must_use]
    pub fn region_name(&self) -> &str {
        REGIONS.iter().find(|(code, _)| *code == self.region).map_or(self.region.as_str(), |(_, name)| name)
    }

    /// The console's host name.
    pub(crate) fn console_host(&self) -> String {
        let domain = PARTITIONS
            .iter()
            .find(|(prefix, ..)| self.region.starts_with(prefix))
            .map_or("console.aws.amazon.com", |(.., domain)| domain);
        format!("{}.{domain}", self.region)
    }
}

/// A reference to an alarm, taken apart where it is an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlarmArn<'a> {
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> AlarmArn<'a> {
    /// `None` where the text is no alarm's ARN, and so is a name. A name may contain colons.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(7, ':');
        let head = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account) = (parts.next()?, parts.next()?);
        let (kind, name) = (parts.next()?, parts.next()?);
        let partition = head.1 == "aws" || head.1.starts_with("aws-");
        (head.0 == "arn" && partition && head.2 == "cloudwatch" && kind == "alarm" && !name.is_empty())
            .then_some(Self { region, account, name })
    }
}

/// The name of the alarm a reference means, be it a name or an ARN.
#[must_use]
pub fn alarm_name(reference: &str) -> &str {
    AlarmArn::parse(reference).map_or(reference, |arn| arn.name)
}

/// The Regions outside the `aws` partition: how their codes begin, the partition, the console's domain.
const PARTITIONS: &[(&str, &str, &str)] = &[
    ("cn-", "aws-cn", "console.amazonaws.cn"),
    ("us-gov-", "aws-us-gov", "console.amazonaws-us-gov.com"),
    ("eusc-", "aws-eusc", "console.amazonaws-eusc.eu"),
];

/// Code and name of every Region of AWS's commercial, China, `GovCloud` and European sovereign partitions, as alarm messages name
/// them: those of published messages say "EU" where the console has come to say "Europe", and Sao Paulo is without its tilde
/// in AWS's older lists of names. Of the others no message is known.
const REGIONS: &[(&str, &str)] = &[
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-east-2", "Asia Pacific (Taipei)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-6", "Asia Pacific (New Zealand)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "EU (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-north-1", "EU (Stockholm)"),
    ("eu-south-1", "EU (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "EU (Ireland)"),
    ("eu-west-2", "EU (London)"),
    ("eu-west-3", "EU (Paris)"),
    ("eusc-de-east-1", "AWS European Sovereign Cloud (Germany)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (Sao Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-west-1", "US West (N. California)"),
    ("us-west-2", "US West (Oregon)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_the_partition_of_its_region() {
        assert_eq!(
            Scope::new("111111111111", "cn-north-1").alarm_arn("a"),
            "arn:aws-cn:cloudwatch:cn-north-1:111111111111:alarm:a"
        );
        assert_eq!(Scope::new("1", "us-east-1").partition(), "aws");
        assert_eq!(
            Scope::new("1", "us-gov-west-1").console_host(),
            "us-gov-west-1.console.amazonaws-us-gov.com"
        );
    }

    #[test]
    fn a_region_without_a_name_is_its_code() {
        assert_eq!(Scope::new("1", "sa-east-1").region_name(), "South America (Sao Paulo)");
        assert_eq!(Scope::new("1", "xx-new-9").region_name(), "xx-new-9");
    }

    #[test]
    fn a_reference_is_a_name_unless_it_is_an_alarms_arn() {
        assert_eq!(alarm_name("arn:aws:cloudwatch:us-east-1:1:alarm:a:b"), "a:b");
        assert_eq!(alarm_name("arn:aws:sns:us-east-1:1:topic"), "arn:aws:sns:us-east-1:1:topic");
        assert_eq!(alarm_name("plain"), "plain");
    }
}
