//! Prints every command that a notice can offer, one a line, each once: `scripts/check-commands.py` gives them
//! to the real AWS CLI.

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;

use support::{Case, OUTSIDER, PERSON, ROLE, ROOT, ROWS, SERVICE, call, others, reader, rows};
use trailbell_notice::Lang;

#[expect(clippy::print_stdout, reason = "printing is what this example is for")]
fn main() {
    let mut reader = reader(Lang::En);
    // A profile with a blank in its name, as settings may have it.
    for account in reader.accounts.values_mut() {
        account.profile = Some("my blog".to_owned());
    }
    let mut cases: Vec<Case> =
        rows().map(|(_, case)| case).chain(others().into_iter().map(|(_, case)| case)).collect();
    for identity in [ROOT, ROLE, PERSON, SERVICE, OUTSIDER] {
        cases.extend(ROWS.iter().map(|(service, event, request, response)| {
            Case::new(&call(service, event, identity, request, response, ""))
        }));
    }
    let mut lines = BTreeSet::new();
    for case in &cases {
        let notice = case.notice(&reader);
        for command in notice.advice.steps.iter().flat_map(|step| &step.commands) {
            lines.insert(command.line.clone());
        }
    }
    for line in lines {
        println!("{line}");
    }
}
