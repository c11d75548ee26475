//! AWS's regions: their names in both languages.
//!
//! `scripts/check-regions.py` says whether they are all here, of every partition; one that is too new is shown as its code.

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
    ("eu-isoe-west-1", "EU ISOE West", "EU ISOE 西部"),
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
    ("me-west-1", "Middle East (Saudi Arabia)", "中東(サウジアラビア)"),
    ("mx-central-1", "Mexico (Central)", "メキシコ(中部)"),
    ("sa-east-1", "South America (São Paulo)", "南米(サンパウロ)"),
    ("sa-west-1", "South America (Chile)", "南米(チリ)"),
    ("us-east-1", "US East (N. Virginia)", "米国東部(バージニア北部)"),
    ("us-east-2", "US East (Ohio)", "米国東部(オハイオ)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)", "AWS GovCloud(米国東部)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)", "AWS GovCloud(米国西部)"),
    ("us-iso-east-1", "US ISO East", "US ISO 東部"),
    ("us-iso-west-1", "US ISO West", "US ISO 西部"),
    ("us-isob-east-1", "US ISOB East (Ohio)", "US ISOB 東部(オハイオ)"),
    ("us-isob-west-1", "US ISOB West", "US ISOB 西部"),
    ("us-isof-east-1", "US ISOF East", "US ISOF 東部"),
    ("us-isof-south-1", "US ISOF South", "US ISOF 南部"),
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

#[cfg(test)]
mod tests {
    use trailbell_text::Channel;

    use super::*;

    #[test]
    fn a_region_has_its_name_in_both_languages_and_an_unknown_one_is_its_code() {
        let shown = |code, lang| phrase(code, lang).render(Channel::Terminal);
        assert_eq!(shown("ap-northeast-1", Lang::En), "ap-northeast-1, Asia Pacific (Tokyo)");
        assert_eq!(shown("sa-west-1", Lang::Ja), "sa-west-1、南米(チリ)");
        assert_eq!(shown("us-isof-south-1", Lang::En), "us-isof-south-1, US ISOF South");
        assert_eq!(shown("xx-new-1", Lang::En), "xx-new-1");
        assert_eq!(shown("", Lang::Ja), "");
    }

    #[test]
    fn every_region_is_a_code_with_two_names_and_stands_once() {
        assert!(REGIONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (code, english, japanese) in REGIONS {
            assert!(is_code(code) && !english.is_empty() && !japanese.is_empty(), "{code}");
        }
    }
}
