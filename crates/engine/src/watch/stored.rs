//! A notice as it is kept: the record and what was concluded from it, or what an alarm had to say, so that it can be worded
//! later, in any language, as often as anybody asks.

use serde::{Deserialize, Serialize};
use trailbell_detect::{Detection, What};
use trailbell_json::Json;
use trailbell_notice::{Comparison, Folded, Rung};
use trailbell_record::{Behind, Mfa, PolicySeen, Record};
use trailbell_text::{Kind, Severity};

use crate::compare::Telling;
use crate::correlations::Completed;

/// The form this version writes. A later one reads it too.
const FORM: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    form: u32,
    record: String,
    kind: Kind,
    severity: Severity,
    rules: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    behind: Option<Behind>,
    #[serde(default)]
    comparison: Option<Comparison>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earlier_policy: Option<PolicySeen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    named_policy: Option<PolicySeen>,
    #[serde(default)]
    folded: Vec<Folded>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    completed: Vec<Completed>,
    /// Of a sign-in: what all its records together say.
    #[serde(default)]
    mfa: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredAlarm {
    form: u32,
    alarm: Rung,
}

/// Why a kept notice cannot be worded.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("a kept notice has the form {0}, which this version of trailbell does not know")]
    Form(u32),
    #[error("a kept notice cannot be read: {0}")]
    Json(String),
}

/// What is kept of an action that is told.
pub(super) fn write(telling: &Telling) -> String {
    let stored = Stored {
        form: FORM,
        record: telling.record.json().to_string(),
        kind: telling.detection.kind,
        severity: telling.detection.severity,
        rules: telling.detection.rules.iter().map(|rule| rule.as_str().to_owned()).collect(),
        behind: telling.behind.clone(),
        comparison: telling.comparison.clone(),
        earlier_policy: telling.earlier_policy.clone(),
        named_policy: telling.named_policy.clone(),
        folded: telling.folded.clone(),
        completed: telling.completed.clone(),
        mfa: match &telling.detection.what {
            What::SignIn(sign_in) => Some(sign_in.mfa.word().to_owned()),
            _ => None,
        },
    };
    // Strings, numbers and lists of them: it cannot fail.
    serde_json::to_string(&stored).unwrap_or_default()
}

/// What is kept of what a rule's alarm has to say.
pub(super) fn write_alarm(rung: &Rung) -> String {
    serde_json::to_string(&StoredAlarm { form: FORM, alarm: rung.clone() }).unwrap_or_default()
}

/// What was kept.
pub(super) enum Kept {
    /// An action.
    Action(Box<Telling>),
    /// What a rule's alarm had to say.
    Alarm(Box<Rung>),
}

/// What was kept, again.
pub(super) fn read_any(facts: &str) -> Result<Kept, Unreadable> {
    match serde_json::from_str::<StoredAlarm>(facts) {
        Ok(StoredAlarm { form: FORM, alarm }) => Ok(Kept::Alarm(Box::new(alarm))),
        _ => read(facts).map(|telling| Kept::Action(Box::new(telling))),
    }
}

/// The action again.
pub(super) fn read(facts: &str) -> Result<Telling, Unreadable> {
    let json = |error: &dyn std::fmt::Display| Unreadable::Json(error.to_string());
    let stored: Stored = serde_json::from_str(facts).map_err(|error| json(&error))?;
    if stored.form != FORM {
        return Err(Unreadable::Form(stored.form));
    }
    let record = Record::new(Json::parse(&stored.record).map_err(|error| json(&error))?);
    let mut detection = Detection::again(&record, stored.kind, stored.severity, &stored.rules);
    if let What::SignIn(sign_in) = &mut detection.what {
        let mfa = [Mfa::Yes, Mfa::No].into_iter().find(|mfa| stored.mfa.as_deref() == Some(mfa.word()));
        sign_in.mfa = mfa.unwrap_or(Mfa::Unknown);
    }
    Ok(Telling {
        record,
        detection,
        behind: stored.behind,
        comparison: stored.comparison,
        earlier_policy: stored.earlier_policy,
        named_policy: stored.named_policy,
        folded: stored.folded,
        events: Vec::new(),
        completed: stored.completed,
    })
}
