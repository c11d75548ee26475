//! How and when people are told, where it is remembered, and where health is served.

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::{Time, Weekday};

use crate::reader::Reader;
use crate::values::{clock_time, is_off};
use crate::watch::{DeliverySettings, LedgerSettings};
use crate::watch_keys::{DELIVERY, LEDGER};
use trailbell_yaml::Node;

/// Where health and metrics are served without a word about it: this machine only.
pub(crate) const LISTEN: &str = "127.0.0.1:9477";

/// The week's days as settings spell them.
const DAYS: &[(&str, Weekday)] = &[
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> DeliverySettings {
    let default = DeliverySettings::default();
    let fields = reader.fields(node, DELIVERY, "`delivery`");
    let learning = fields
        .get("learning")
        .and_then(|node| reader.duration_or_off(node, "`learning`", (DAY / 24, DAY * 90)));
    let digest_at = fields.get("digest_at").and_then(|node| reader.time(node, "`digest_at`"));
    let all_is_well = fields.get("all_is_well").map_or(default.all_is_well, |node| weekly(node, reader));
    let group = fields.get("group").and_then(|node| reader.duration(node, "`group`", (SECOND, DAY / 24)));
    let give_up_after = fields
        .get("give_up_after")
        .and_then(|node| reader.duration(node, "`give_up_after`", (SECOND * 60, DAY * 14)));
    let silence =
        fields.get("silence").and_then(|node| reader.duration(node, "`silence`", (SECOND * 60, DAY * 90)));
    DeliverySettings {
        learning: learning.unwrap_or(default.learning),
        digest_at: digest_at.unwrap_or(default.digest_at),
        all_is_well,
        group: group.unwrap_or(default.group),
        give_up_after: give_up_after.unwrap_or(default.give_up_after),
        silence: silence.or(default.silence),
    }
}

/// `monday 09:00`, or `off`, which is `None`.
fn weekly(node: &Node, reader: &mut Reader<'_>) -> Option<(Weekday, Time)> {
    if is_off(node) {
        return None;
    }
    let scalar = reader.scalar(node, "`all_is_well`")?;
    let when = scalar.text.split_once(' ').and_then(|(day, time)| {
        let (_, day) = DAYS.iter().find(|(word, _)| *word == day)?;
        Some((*day, clock_time(time)?))
    });
    if when.is_none() {
        reader.problem_with_hint(
            node.span,
            format!("`{}` is not a day and a time", scalar.text),
            "write them as monday 09:00, or off",
        );
    }
    when
}

pub(crate) fn ledger(node: &Node, reader: &mut Reader<'_>) -> LedgerSettings {
    let default = LedgerSettings::default();
    let fields = reader.fields(node, LEDGER, "`ledger`");
    let keep = fields.get("keep").and_then(|node| reader.duration(node, "`keep`", (DAY, DAY * 3660)));
    LedgerSettings {
        path: fields.get("path").and_then(|node| reader.text(node, "`path`")).map(PathBuf::from),
        keep: keep.unwrap_or(default.keep),
        max_size: fields.get("max_size").and_then(|node| reader.size(node, "`max_size`", (1 << 20, 1 << 40))),
    }
}

pub(crate) fn listen(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    if is_off(node) {
        return None;
    }
    let (place, loopback) = reader.listen(node, "`listen`")?;
    if !loopback {
        reader.warn(
            node.span,
            "Health and metrics are served to other machines, without a password",
            "keep them to this machine with 127.0.0.1, or see that only your monitoring can reach the port",
        );
    }
    Some(place)
}
