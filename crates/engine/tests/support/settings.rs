//! Settings of a test: one channel, and nothing but notices.

use trailbell_config::{Lookups, Settings};

/// With more lines of `trailbell.yaml`.
pub(crate) fn settings(more: &str) -> Settings {
    let text = format!(
        "channels: {{ desk: 'stdout:' }}\ndelivery: {{ learning: off, all_is_well: off, group: 1s }}\n{more}"
    );
    trailbell_config::parse(&text, trailbell_detect::BUILTIN_RULES, Lookups::none())
        .unwrap_or_else(|invalid| panic!("{}", invalid.render("", &text)))
        .settings
}
