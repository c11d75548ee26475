//! Pseudo parameters: what a template may ask about the account and stack it is in.

use trailbell_text::stable_hash;

/// Their names without `AWS::`.
pub(crate) const NAMES: [&str; 8] =
    ["AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix"];

/// Their values in one stack.
#[derive(Debug, Clone)]
pub(crate) struct Pseudo {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) partition: String,
    pub(crate) url_suffix: String,
    pub(crate) stack_name: String,
    pub(crate) stack_id: String,
    pub(crate) notification_arns: Vec<String>,
}

impl Pseudo {
    /// Those of a stack; `given` are values for `AWS::X` that were said otherwise.
    pub(crate) fn new<'g>(
        account: &str,
        region: &str,
        stack_name: &str,
        given: impl Fn(&str) -> Option<&'g str>,
    ) -> Self {
        let or = |name: &str, otherwise: &str| given(name).unwrap_or(otherwise).to_owned();
        let region = or("AWS::Region", region);
        let account = or("AWS::AccountId", account);
        let stack_name = or("AWS::StackName", stack_name);
        let (partition, url_suffix) = partition_of(&region);
        let partition = or("AWS::Partition", partition);
        let uuid = uuid(&[&account, &region, &stack_name]);
        let stack_id = format!("arn:{partition}:cloudformation:{region}:{account}:stack/{stack_name}/{uuid}");
        Self {
            url_suffix: or("AWS::URLSuffix", url_suffix),
            stack_id: or("AWS::StackId", &stack_id),
            notification_arns: given("AWS::NotificationARNs")
                .map_or_else(Vec::new, |list| list.split(',').map(|arn| arn.trim().to_owned()).collect()),
            account,
            region,
            partition,
            stack_name,
        }
    }
}

/// A region's partition and the domain its services are under.
fn partition_of(region: &str) -> (&'static str, &'static str) {
    for (prefix, partition, suffix) in [
        ("cn-", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-", "aws-us-gov", "amazonaws.com"),
        ("us-iso-", "aws-iso", "c2s.ic.gov"),
        ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
        ("eusc-", "aws-eusc", "amazonaws.eu"),
    ] {
        if region.starts_with(prefix) {
            return (partition, suffix);
        }
    }
    ("aws", "amazonaws.com")
}

/// A UUID that is always the same for the same parts.
pub(crate) fn uuid(parts: &[&str]) -> String {
    let hex = format!("{:032x}", stable_hash(parts));
    let mut uuid = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(digit);
    }
    uuid
}

/// The part CloudFormation makes up in a name, always the same for the same parts: 12 letters and digits.
pub(crate) fn suffix(parts: &[&str]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let hash = stable_hash(parts);
    (0..12)
        .filter_map(|at| ALPHABET.get(usize::try_from(hash >> (at * 5) & 31).ok()?))
        .map(|byte| char::from(*byte))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stacks_own_words_follow_from_account_region_and_name() {
        let pseudo = Pseudo::new("012345678901", "cn-north-1", "iam", |_| None);
        assert_eq!((pseudo.partition.as_str(), pseudo.url_suffix.as_str()), ("aws-cn", "amazonaws.com.cn"));
        assert!(pseudo.stack_id.starts_with("arn:aws-cn:cloudformation:cn-north-1:012345678901:stack/iam/"));
        assert_eq!(pseudo.stack_id.rsplit('/').next().unwrap().len(), 36);
    }

    #[test]
    fn a_made_up_name_is_always_the_same() {
        assert_eq!(suffix(&["iam", "Topic"]), suffix(&["iam", "Topic"]));
        assert_ne!(suffix(&["iam", "Topic"]), suffix(&["iam", "Topic2"]));
        assert_eq!(suffix(&["iam", "Topic"]).len(), 12);
    }
}
