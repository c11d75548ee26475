//! Which events are one human action, and which of them speaks; [`crate::fold`] does the folding.

use trailbell_detect::{Detection, What};
use trailbell_record::{Change, Operation, Record, SignIn, Step, Way};
use trailbell_text::{Severity, Untrusted};

use crate::fold::Belonging;

const MINUTE: i64 = 60 * 1_000_000;

/// With what the event belongs together; `None` where it stands alone.
pub(crate) fn belonging(record: &Record, detection: &Detection) -> Option<Belonging> {
    match &detection.what {
        What::SignIn(sign_in) => of_sign_in(record, detection, sign_in),
        What::Change(change) => of_change(record, detection, change),
        What::Trail(_) | What::Root | What::Sharing(_) | What::Rule => None,
    }
}

/// `CheckMfa` belongs to the `ConsoleLogin` after it, Identity Center's steps to each other, and `aws login`'s
/// token refreshes to its first one.
fn of_sign_in(record: &Record, detection: &Detection, sign_in: &SignIn) -> Option<Belonging> {
    let keys = sign_in.fold_keys(record, &detection.actor);
    let once = match sign_in.way {
        Way::AwsLogin => sign_in.session.as_ref().map(|session| session.raw().to_owned()),
        _ => None,
    };
    // The same person may open two accounts from one portal, and somebody else may come in as the same person
    // from elsewhere: two doors, two notices.
    let opened = match (&sign_in.opened, sign_in.step) {
        (Some(opened), _) => opened.account.as_ref().map(Untrusted::raw),
        (None, Step::ConsoleLogin) => record.account(),
        (None, _) => None,
    };
    let address = record.source_address().unwrap_or_default();
    let distinct = opened.map(|account| format!("{account}/{address}"));
    // A failed or a finished sign-in is over; a step, and whatever comes through the portal, may have company.
    let completes =
        matches!(sign_in.step, Step::ConsoleLogin | Step::SwitchRole) && sign_in.way != Way::IdentityCenter;
    (!keys.is_empty()).then_some(Belonging {
        keys,
        window: 15 * MINUTE,
        patience: if matches!(sign_in.step, Step::CheckMfa) { 15 * MINUTE } else { 2 * MINUTE },
        rank: sign_in.step.rank(),
        once,
        distinct,
        completes,
    })
}

fn of_change(record: &Record, detection: &Detection, change: &Change) -> Option<Belonging> {
    let account = record.account().unwrap_or_default();
    let group = |key: String, rank: u32, distinct: Option<String>| {
        Some(Belonging {
            keys: vec![key],
            window: 5 * MINUTE,
            patience: MINUTE,
            rank,
            once: None,
            distinct,
            completes: false,
        })
    };
    let gravity = rank_of(detection.severity);
    // Changes a service makes for somebody are one cause: a stack, an assignment.
    if let Some(through) = change.through {
        let who = detection.actor.key().unwrap_or_default();
        return group(format!("through/{account}/{who}/{through:?}"), gravity, None);
    }
    match change.operation {
        // A virtual device says nothing until somebody uses it, or after they stopped.
        Operation::CreateVirtualMfaDevice
        | Operation::DeleteVirtualMfaDevice
        | Operation::ResyncMfaDevice
        | Operation::EnableMfaDevice
        | Operation::DeactivateMfaDevice => {
            let serial = change.value("serial")?;
            let speaks =
                matches!(change.operation, Operation::EnableMfaDevice | Operation::DeactivateMfaDevice);
            let distinct = speaks.then(|| format!("{:?}", change.operation));
            group(format!("mfa/{account}/{}", serial.raw()), u32::from(speaks), distinct)
        }
        _ => None,
    }
}

const fn rank_of(severity: Severity) -> u32 {
    severity as u32
}
