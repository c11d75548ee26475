//! Numbers, dates and the short words of the page, in both languages.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use trailbell_notice::Lang;
use trailbell_record::ActorKind;
use trailbell_text::Severity;

use crate::count::Counts;

/// `1,234,567`.
pub(crate) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "1 notice", "52 notices"; 「52 件」.
pub(crate) fn notices(count: u64, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{} {}", number(count), if count == 1 { "notice" } else { "notices" }),
        Lang::Ja => format!("{} 件", number(count)),
    }
}

/// "4 critical, 3 high"; 「緊急 4 件、高 3 件」. Nothing where there is none.
pub(crate) fn by_severity(counts: &Counts, lang: Lang) -> String {
    let each = counts.worst_first().map(|(severity, count)| match lang {
        Lang::En => format!("{} {severity}", number(count)),
        Lang::Ja => format!("{} {} 件", severity_word(severity, lang), number(count)),
    });
    each.collect::<Vec<_>>().join(lang.pick(", ", "、"))
}

/// "7 notices, all low"; "12 notices: 1 critical, 11 low"; 「12 件(緊急 1 件、低 11 件)」.
pub(crate) fn notices_by_severity(counts: &Counts, lang: Lang) -> String {
    let total = notices(counts.total(), lang);
    let each = by_severity(counts, lang);
    match (lang, counts.total(), counts.worst_first().next()) {
        (Lang::En, 1, Some((severity, _))) => format!("{total}, {severity}"),
        (Lang::En, count, Some((severity, same))) if count == same => format!("{total}, all {severity}"),
        (Lang::En, ..) => format!("{total}: {each}"),
        (Lang::Ja, count, Some((severity, same))) if count == same => {
            format!("{total}(重要度: {})", severity_word(severity, lang))
        }
        (Lang::Ja, ..) => format!("{total}({each})"),
    }
}

/// The severity's word within a sentence.
pub(crate) const fn severity_word(severity: Severity, lang: Lang) -> &'static str {
    match lang {
        Lang::En => severity.word(),
        Lang::Ja => trailbell_notice::render::severity(severity, lang),
    }
}

/// The instant on the reader's clock.
pub(crate) fn local(at: Timestamp, zone: &TimeZone) -> ZonedDateTime {
    at.to_zoned_datetime(zone.clone())
}

/// `03:12`.
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).strftime("%H:%M").to_string()
}

/// `2026-11-14 03:12`.
pub(crate) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// "Saturday 14 November 2026"; 「2026年11月14日(土)」.
pub(crate) fn long_date(date: Date, lang: Lang) -> String {
    match lang {
        Lang::En => date.strftime("%A %-d %B %Y").to_string(),
        Lang::Ja => format!("{}年{}月{}日({})", date.year(), date.month(), date.day(), weekday(date)),
    }
}

/// "Sat 14 Nov"; 「11/14(土)」.
pub(crate) fn short_date(date: Date, lang: Lang) -> String {
    match lang {
        Lang::En => date.strftime("%a %-d %b").to_string(),
        Lang::Ja => format!("{}/{}({})", date.month(), date.day(), weekday(date)),
    }
}

/// "9–15 November 2026"; 「2026年11月9日〜15日」.
pub(crate) fn span(from: Date, to: Date, lang: Lang) -> String {
    let same_year = from.year() == to.year();
    let same_month = same_year && from.month() == to.month();
    match lang {
        Lang::En => {
            let end = to.strftime("%-d %B %Y").to_string();
            let begin = match (same_month, same_year) {
                _ if from == to => return end,
                (true, _) => return format!("{}–{end}", from.day()),
                (_, true) => from.strftime("%-d %B"),
                _ => from.strftime("%-d %B %Y"),
            };
            format!("{begin} – {end}")
        }
        Lang::Ja => {
            let begin = format!("{}年{}月{}日", from.year(), from.month(), from.day());
            match (same_month, same_year) {
                _ if from == to => begin,
                (true, _) => format!("{begin}〜{}日", to.day()),
                (_, true) => format!("{begin}〜{}月{}日", to.month(), to.day()),
                _ => format!("{begin}〜{}年{}月{}日", to.year(), to.month(), to.day()),
            }
        }
    }
}

fn weekday(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "月",
        Weekday::Tuesday => "火",
        Weekday::Wednesday => "水",
        Weekday::Thursday => "木",
        Weekday::Friday => "金",
        Weekday::Saturday => "土",
        Weekday::Sunday => "日",
    }
}

/// The sort of principal.
pub(crate) const fn kind(kind: ActorKind, lang: Lang) -> &'static str {
    match kind {
        ActorKind::Root => lang.pick("root user", "ルートユーザー"),
        ActorKind::IamUser => lang.pick("IAM user", "IAM ユーザー"),
        ActorKind::AssumedRole => lang.pick("role session", "ロールのセッション"),
        ActorKind::FederatedUser => lang.pick("federated user", "フェデレーティッドユーザー"),
        ActorKind::IdentityCenterUser => "IAM Identity Center",
        ActorKind::AwsService => lang.pick("AWS service", "AWS サービス"),
        ActorKind::OutsideAccount => lang.pick("another account", "別アカウント"),
        ActorKind::Unknown => lang.pick("the record does not say what", "種別の記録なし"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_grouped_by_thousands() {
        let shown = [0, 7, 999, 1_000, 12_345, 1_234_567].map(number);
        assert_eq!(shown, ["0", "7", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn a_span_says_nothing_twice() {
        let date = |year, month, day| Date::constant(year, month, day);
        let (from, to) = (date(2026, 11, 9), date(2026, 11, 15));
        for (from, to, en, ja) in [
            (from, to, "9–15 November 2026", "2026年11月9日〜15日"),
            (from, from, "9 November 2026", "2026年11月9日"),
            (date(2026, 10, 30), to, "30 October – 15 November 2026", "2026年10月30日〜11月15日"),
            (date(2025, 11, 9), to, "9 November 2025 – 15 November 2026", "2025年11月9日〜2026年11月15日"),
        ] {
            assert_eq!(span(from, to, Lang::En), en);
            assert_eq!(span(from, to, Lang::Ja), ja);
        }
        assert_eq!(long_date(to, Lang::En), "Sunday 15 November 2026");
        assert_eq!(long_date(to, Lang::Ja), "2026年11月15日(日)");
    }
}
