//! The program as its users run it, by topic.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test stops at the first thing that is not as it should be, and says on standard error what it skipped"
)]

mod alarms;
mod aws;
mod check;
mod cloud;
mod deploy;
mod doctor;
mod explain;
mod explain_alarm;
mod find;
mod hostile;
mod init;
mod learn;
mod networks;
mod report;
mod rules;
mod run;
mod scan;
mod send_test;
mod shared;
mod sigma;
mod simulate;
mod stack;
mod test;
mod usage;
mod util;
