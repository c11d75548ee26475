//! The commands, one file each.

pub(crate) mod alarms;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod deliveries;
pub(crate) mod deploy;
pub(crate) mod doctor;
mod event_history;
pub(crate) mod explain;
pub(crate) mod explain_alarm;
pub(crate) mod find;
pub(crate) mod init;
pub(crate) mod learn;
mod ledger;
pub(crate) mod mute;
pub(crate) mod recipients;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod send_test;
pub(crate) mod show;
pub(crate) mod simulate;
mod story;
pub(crate) mod template;
pub(crate) mod test;
pub(crate) mod timeline;
