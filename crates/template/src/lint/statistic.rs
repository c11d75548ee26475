//! Statistics that a metric filter's default value spoils. AWS adds the default once for every event that does not match.

use super::Findings;
use super::metric::{published, wanted};
use crate::{Stacks, is_placeholder};

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    let published = published(stacks);
    for wanted in wanted(stacks) {
        let source = published
            .iter()
            .filter(|one| one.is(&wanted))
            .find_map(|one| Some((one, one.transformation.default_value?)));
        let (Some((source, default)), Some(statistic)) = (source, &wanted.statistic) else { continue };
        // One that is not known may be the right one; of one there is not, it is said that AWS refuses it.
        if is_placeholder(&statistic.value) || trailbell_alarm::Statistic::parse(&statistic.value).is_err() {
            continue;
        }
        let filter = &source.filter.origin.logical_id;
        let (what, fix) = match statistic.value.as_str() {
            "Maximum" => continue,
            "Sum" if default == 0.0 => continue,
            "Sum" => ("Sum grows by it with every event of the log group", "write DefaultValue: 0"),
            "SampleCount" => {
                ("SampleCount counts every event of the log group", "ask for Sum to count what matches")
            }
            "Minimum" => ("Minimum is nearly always the default", "ask for Sum or Maximum"),
            "Average" => (
                "Average sinks towards the default, the more other events there are",
                "ask for Sum or Maximum",
            ),
            _ => ("this statistic is nearly always the default", "ask for Sum or Maximum"),
        };
        findings.warn(
            "statistic-with-default",
            &wanted.alarm.origin,
            statistic.span,
            format!("the default value {default} of {filter} counts once for each event that does not match, so {what}"),
            format!("{fix}, or take the DefaultValue out of {filter} and write TreatMissingData: notBreaching"),
        );
    }
}
