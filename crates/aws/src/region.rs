//! Regions and partitions: where a service's hosts are, and which regions an account has unless somebody changed it.

/// The regions of the standard partition that every account has enabled and cannot switch off (AWS Account Management's
/// documentation, "Enable or disable AWS Regions").
const DEFAULT_ENABLED: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The partition a region is in: the second field of its ARNs.
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// The end of the names of a region's hosts.
pub(crate) fn dns_suffix(region: &str) -> &'static str {
    if partition(region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// The region in which a partition's global services (IAM, the root user's sign-in) are recorded, and where lists of
/// the account are asked for.
pub fn home(region: &str) -> &'static str {
    match partition(region) {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// The regions every account of the region's partition has.
pub(crate) fn default_enabled(region: &str) -> Vec<String> {
    let names: &[&str] = match partition(region) {
        "aws-cn" => &["cn-north-1", "cn-northwest-1"],
        "aws-us-gov" => &["us-gov-east-1", "us-gov-west-1"],
        _ => &DEFAULT_ENABLED,
    };
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Whether a text can be a region's name: it becomes part of a host's name, so nothing else may.
pub(crate) fn is_region(text: &str) -> bool {
    (4..=32).contains(&text.len())
        && text.contains('-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The region of an ARN (`arn:aws:sns:eu-west-1:123456789012:topic`), where it has one.
pub(crate) fn of_arn(arn: &str) -> Option<&str> {
    let mut fields = arn.splitn(6, ':');
    let is_arn = fields.next() == Some("arn");
    let region = fields.nth(2)?;
    (is_arn && is_region(region)).then_some(region)
}

/// The region of a queue's URL (`https://sqs.eu-west-1.amazonaws.com/123456789012/queue`), where its host says.
pub(crate) fn of_queue_url(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?;
    let labels: Vec<&str> = host.split('.').collect();
    // `queue.amazonaws.com` and `eu-west-1.queue.amazonaws.com` are the hosts of the oldest queues.
    let region = match labels.as_slice() {
        ["sqs" | "sqs-fips", region, ..] | [region, "queue", ..] => *region,
        ["queue", ..] => "us-east-1",
        _ => return None,
    };
    let is_aws =
        host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") || host.ends_with(".api.aws");
    (is_aws && is_region(region)).then(|| region.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_read_from_arns_and_queue_urls_of_every_partition() {
        assert_eq!(of_arn("arn:aws:sns:eu-west-1:123456789012:t"), Some("eu-west-1"));
        assert_eq!(of_arn("arn:aws-cn:logs:cn-north-1:123456789012:log-group:g:*"), Some("cn-north-1"));
        assert_eq!(of_arn("arn:aws:iam::123456789012:role/r"), None);
        assert_eq!(of_arn("group"), None);
        let queue = |host: &str| of_queue_url(&format!("https://{host}/123456789012/q"));
        assert_eq!(queue("sqs.us-gov-west-1.amazonaws.com").as_deref(), Some("us-gov-west-1"));
        assert_eq!(queue("sqs.cn-north-1.amazonaws.com.cn").as_deref(), Some("cn-north-1"));
        assert_eq!(queue("eu-west-1.queue.amazonaws.com").as_deref(), Some("eu-west-1"));
        assert_eq!(queue("queue.amazonaws.com").as_deref(), Some("us-east-1"));
        assert_eq!(queue("sqs.eu-west-1.evil.example"), None);
        assert_eq!(queue("127.0.0.1:5000"), None);
    }

    #[test]
    fn a_region_cannot_bend_a_host_name() {
        for wrong in
            ["", "x", "eu-west-1.evil.example", "eu-west-1/..", "EU-WEST-1", "eu west", "-eu-west-1", "a@b-c"]
        {
            assert!(!is_region(wrong), "{wrong}");
        }
        assert!(is_region("us-iso-east-1"));
    }

    #[test]
    fn hosts_know_their_partition() {
        use crate::service::Service;
        assert_eq!(Service::CloudTrail.host("eu-west-1"), "cloudtrail.eu-west-1.amazonaws.com");
        assert_eq!(Service::Ses.host("us-east-1"), "email.us-east-1.amazonaws.com");
        assert_eq!(Service::Sqs.host("cn-north-1"), "sqs.cn-north-1.amazonaws.com.cn");
    }
}
