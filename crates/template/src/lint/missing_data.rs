//! Alarms that get no data while all is well.

use super::Findings;
use super::metric::{Published, looks_upwards, published, wanted};
use crate::Stacks;

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    let published = published(stacks);
    for wanted in wanted(stacks).iter().filter(|wanted| wanted.is_direct) {
        let mut sources = published.iter().filter(|one| one.is(wanted)).peekable();
        let Some(filter) = sources.peek().map(|one| one.filter.origin.logical_id.as_str()) else { continue };
        let has_default = |one: &Published<'_>| one.transformation.default_value.is_some();
        if sources.any(has_default) {
            continue;
        }
        let alarm = wanted.alarm;
        match alarm.properties.text(&["TreatMissingData"]) {
            None => findings.warn(
                "missing-data",
                &alarm.origin,
                alarm.origin.span,
                format!(
                    "while no event matches, {filter} gives this alarm no data: it falls into INSUFFICIENT_DATA, \
                     which mails whoever InsufficientDataActions name and looks like a fault"
                ),
                format!("write TreatMissingData: notBreaching here, or DefaultValue: 0 in {filter}"),
            ),
            Some(treatment) if treatment.value == "breaching" && looks_upwards(alarm) == Some(true) => findings.warn(
                "missing-data",
                &alarm.origin,
                treatment.span,
                format!("while no event matches, {filter} gives this alarm no data, and breaching makes that ALARM"),
                "write notBreaching: no event is good news here",
            ),
            Some(_) => {}
        }
    }
}
