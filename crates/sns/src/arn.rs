//! Where a topic is, from its ARN: the host that its subscribers' links lead to.

/// `sns.eu-central-1.amazonaws.com`, for the ARN of a topic or a subscription. Without a region in the ARN, that of
/// the API's oldest endpoint.
pub(crate) fn host(arn: &str) -> String {
    let mut parts = arn.split(':').skip(1);
    let partition = parts.next().unwrap_or_default();
    let region = parts.nth(1).filter(|region| is_name(region)).unwrap_or("us-east-1");
    let domain = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("sns.{region}.{domain}")
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A value inside a query: what would end it there, or act on a terminal or a mail, is escaped; the colons of an ARN
/// and the `@` of an address are not, as SNS writes them.
pub(crate) fn in_query(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:@/!$'()*,;?".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
