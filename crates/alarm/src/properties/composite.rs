//! The properties of a composite alarm.

use serde_json::Value;

use super::reader::Reader;
use super::{Properties, PropertyError};
use crate::{CompositeAlarm, Rule, Suppressor};

const KNOWN: &[&str] = &[
    "ActionsEnabled",
    "ActionsSuppressor",
    "ActionsSuppressorExtensionPeriod",
    "ActionsSuppressorWaitPeriod",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "AlarmRule",
    "InsufficientDataActions",
    "OKActions",
    "Tags",
];

/// What `describe-alarms` adds.
const PASSED_OVER: &[&str] = &[
    "ActionsSuppressedBy",
    "ActionsSuppressedReason",
    "AlarmArn",
    "AlarmConfigurationUpdatedTimestamp",
    "Arn",
    "StateReason",
    "StateReasonData",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "StateValue",
];

pub(super) fn read(value: &Value, name: Option<&str>) -> Result<Properties<CompositeAlarm>, PropertyError> {
    let reader = Reader::new(value)?;
    let text = reader.required("AlarmRule", reader.text("AlarmRule")?)?;
    let rule = Rule::parse(&text).map_err(|error| {
        let diagnostic = error.diagnostic();
        let hint = diagnostic.hint.clone();
        let span = Some(diagnostic.span);
        PropertyError { hint, span, ..PropertyError::wrong(error.to_string()) }.at("AlarmRule")
    })?;
    let wait = reader.whole("ActionsSuppressorWaitPeriod", 0)?;
    let extension = reader.whole("ActionsSuppressorExtensionPeriod", 0)?;
    let suppressor = match reader.bounded("ActionsSuppressor", 1, 1600)? {
        Some(alarm) => Some(Suppressor {
            alarm,
            wait: reader.required("ActionsSuppressorWaitPeriod", wait)?,
            extension: reader.required("ActionsSuppressorExtensionPeriod", extension)?,
        }),
        None if wait.is_some() || extension.is_some() => {
            reader.required("ActionsSuppressor", None::<()>)?;
            None
        }
        None => None,
    };
    let alarm = CompositeAlarm {
        name: reader.alarm_name(name)?,
        description: reader.description()?,
        rule,
        suppressor,
        actions: reader.actions()?,
        configured_at: reader.configured_at(),
    };
    Ok(Properties { alarm, unknown: reader.unknown(KNOWN, PASSED_OVER) })
}
