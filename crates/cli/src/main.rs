//! `trailbell`, the doorbell of an AWS account. Glue only: arguments become settings, settings become calls of
//! the library crates, and what they say goes to standard output (data) or standard error (talk).

mod args;
mod command;
mod context;
mod networks;
mod output;
mod progress;
mod report;
mod rule_files;
mod station;
mod when;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use args::{Cli, Command};
use context::{Context, Failure};

fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os()))
}

/// Everything but the process's own beginning and end; the exit status.
fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let Cli { command, global } = match args::parse(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for and go to standard output; the rest is a usage error.
            let status = if error.use_stderr() { 2 } else { 0 };
            return if error.print().is_ok() { status } else { 0 };
        }
    };
    let done = match command {
        Command::Completions(completions) => command::completions::run(&completions),
        Command::Schema => command::schema::run(),
        Command::Test(test) => {
            Context::looking(&global).and_then(|context| command::test::run(&test, &global, &context))
        }
        Command::Check(check) => command::check::run(&check, &global),
        Command::Scan(scan) => {
            Context::looking(&global).and_then(|context| command::scan::run(&scan, &context))
        }
        Command::Match(find) => {
            Context::looking(&global).and_then(|context| command::find::run(&find, &context))
        }
        Command::Simulate(simulate) => {
            Context::looking(&global).and_then(|context| command::simulate::run(&simulate, &context))
        }
        Command::Explain(explain) => {
            Context::looking(&global).and_then(|context| command::explain::run(&explain, &context))
        }
        Command::Rules(rules) => {
            Context::looking(&global).and_then(|context| command::rules::run(&rules, &context))
        }
        Command::Run(run) => command::run::run(&run, &global),
        Command::Learn(learn) => {
            // The Event history is asked as the configuration's source asks it.
            let context = if learn.event_history { Context::new(&global) } else { Context::looking(&global) };
            context.and_then(|context| command::learn::run(&learn, &context))
        }
        Command::Timeline(timeline) => {
            Context::looking(&global).and_then(|context| command::timeline::run(&timeline, &context))
        }
        Command::Show(show) => {
            Context::looking(&global).and_then(|context| command::show::run(&show, &context))
        }
        Command::Deliveries(deliveries) => {
            Context::looking(&global).and_then(|context| command::deliveries::run(&deliveries, &context))
        }
        Command::Alarms(alarms) => {
            Context::looking(&global).and_then(|context| command::alarms::run(&alarms, &context))
        }
        Command::SendTest(send) => {
            Context::new(&global).and_then(|context| command::send_test::run(&send, &context))
        }
        Command::Init(init) => command::init::run(&init, &global),
        Command::Doctor(doctor) => command::doctor::run(&doctor, &global),
        Command::Deploy(deploy) => command::deploy::run(&deploy, &global),
        Command::Template(template) => command::template::run(&template, &global),
        Command::Recipients(recipients) => command::recipients::run(&recipients, &global),
        Command::ExplainAlarm(explain) => {
            Context::looking(&global).and_then(|context| command::explain_alarm::run(&explain, &context))
        }
        Command::Mute(mute) => {
            Context::looking(&global).and_then(|context| command::mute::run(&mute, &context))
        }
    };
    match done {
        Ok(status) => status,
        Err(Failure::ReaderLeft) => 0,
        Err(Failure::Told(message)) => {
            // Nothing is left to be done about a standard error that cannot be written to.
            let _ = writeln!(io::stderr(), "trailbell: {message}");
            2
        }
    }
}
