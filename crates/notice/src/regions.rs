//! AWS's regions: their names in both languages, and the console's host in each partition.

use std::fmt::Write as _;

use trailbell_text::{Phrase, Untrusted};

use crate::lang::Lang;

/// Code, English name, Japanese name, as AWS's own region lists print them.
const REGIONS: &[(&str, &str, &str)] = &[
    ("af-south-1", "Africa (Cape Town)", "アフリカ(ケープタウン)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)", "アジアパシフィック(香港)"),
    ("ap-east-2", "Asia Pacific (Taipei)", "アジアパシフィック(台北)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)", "アジアパシフィック(東京)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)", "アジアパシフィック(ソウル)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)", "アジアパシフィック(大阪)"),
    ("ap-south-1", "Asia Pacific (Mumbai)", "アジアパシフィック(ムンバイ)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)", "アジアパシフィック(ハイデラバード)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)", "アジアパシフィック(シンガポール)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)", "アジアパシフィック(シドニー)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)", "アジアパシフィック(ジャカルタ)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)", "アジアパシフィック(メルボルン)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)", "アジアパシフィック(マレーシア)"),
    ("ap-southeast-6", "Asia Pacific (New Zealand)", "アジアパシフィック(ニュージーランド)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)", "アジアパシフィック(タイ)"),
    ("ca-central-1", "Canada (Central)", "カナダ(中部)"),
    ("ca-west-1", "Canada West (Calgary)", "カナダ西部(カルガリー)"),
    ("cn-north-1", "China (Beijing)", "中国(北京)"),
    ("cn-northwest-1", "China (Ningxia)", "中国(寧夏)"),
    ("eu-central-1", "Europe (Frankfurt)", "欧州(フランクフルト)"),
    ("eu-central-2", "Europe (Zurich)", "欧州(チューリッヒ)"),
    ("eu-north-1", "Europe (Stockholm)", "欧州(ストックホルム)"),
    ("eu-south-1", "Europe (Milan)", "欧州(ミラノ)"),
    ("eu-south-2", "Europe (Spain)", "欧州(スペイン)"),
    ("eu-west-1", "Europe (Ireland)", "欧州(アイルランド)"),
    ("eu-west-2", "Europe (London)", "欧州(ロンドン)"),
    ("eu-west-3", "Europe (Paris)", "欧州(パリ)"),
    ("eusc-de-east-1", "AWS European Sovereign Cloud (Germany)", "AWS European Sovereign Cloud(ドイツ)"),
    ("il-central-1", "Israel (Tel Aviv)", "イスラエル(テルアビブ)"),
    ("me-central-1", "Middle East (UAE)", "中東(アラブ首長国連邦)"),
    ("me-south-1", "Middle East (Bahrain)", "中東(バーレーン)"),
    ("mx-central-1", "Mexico (Central)", "メキシコ(中部)"),
    ("sa-east-1", "South America (São Paulo)", "南米(サンパウロ)"),
    ("us-east-1", "US East (N. Virginia)", "米国東部(バージニア北部)"),
    ("us-east-2", "US East (Ohio)", "米国東部(オハイオ)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)", "AWS GovCloud(米国東部)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)", "AWS GovCloud(米国西部)"),
    ("us-west-1", "US West (N. California)", "米国西部(北カリフォルニア)"),
    ("us-west-2", "US West (Oregon)", "米国西部(オレゴン)"),
];

/// `ap-northeast-1, Asia Pacific (Tokyo)`; a region we have no name for is its code.
pub(crate) fn phrase(code: &str, lang: Lang) -> Phrase {
    let mut phrase = Phrase::new();
    phrase.push(Untrusted::from(code));
    if let Some((_, english, japanese)) = REGIONS.iter().find(|(known, ..)| *known == code) {
        phrase.push(lang.pick(", ", "、")).push(lang.pick(*english, *japanese));
    }
    phrase
}

/// Whether a string has the shape of a region code, so that it may stand in a host name.
pub(crate) fn is_code(code: &str) -> bool {
    code.len() <= 24
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && code.split('-').count() >= 3
        && code.split('-').all(|part| !part.is_empty())
}

/// The record's page in the console's Event history, which is kept per region and for 90 days. `None` where
/// the region is no region, or is of a partition whose console we do not know.
pub(crate) fn event_link(region: &str, event_id: &str) -> Option<String> {
    if !is_code(region) || event_id.is_empty() || event_id.len() > 128 {
        return None;
    }
    let domain = match region.split('-').next() {
        Some("cn") => "console.amazonaws.cn",
        Some("us") if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        Some("eusc") => return None,
        _ if region.contains("-iso") => return None,
        _ => "console.aws.amazon.com",
    };
    let id = percent_encode(event_id);
    Some(format!("https://{region}.{domain}/cloudtrailv2/home?region={region}#/events/{id}"))
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_goes_to_the_partition_of_the_records_region() {
        let host =
            |region| event_link(region, "a1").map(|l| l.split('/').nth(2).unwrap_or_default().to_owned());
        assert_eq!(host("ap-northeast-1").as_deref(), Some("ap-northeast-1.console.aws.amazon.com"));
        assert_eq!(host("cn-north-1").as_deref(), Some("cn-north-1.console.amazonaws.cn"));
        assert_eq!(host("us-gov-west-1").as_deref(), Some("us-gov-west-1.console.amazonaws-us-gov.com"));
        assert_eq!(host("us-iso-east-1"), None);
    }

    #[test]
    fn a_hostile_region_or_id_cannot_leave_its_place_in_the_link() {
        assert_eq!(event_link("evil.example/us-east-1", "a"), None);
        let link = event_link("us-east-1", "a\"><script>/../?#\u{202e}").unwrap();
        assert!(link.ends_with("#/events/a%22%3E%3Cscript%3E%2F..%2F%3F%23%E2%80%AE"), "{link}");
    }
}
