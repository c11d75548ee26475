//! Switching the record keeping on again.

use trailbell_text::Untrusted;

use super::{Command, Context, Purpose, Step};
use crate::lang::Both;

/// The steps after a part of the record keeping was switched off or changed. `target` is the trail or the like.
pub(super) fn steps(context: &Context<'_>, target: Option<&Untrusted>, goes_dark: bool) -> Vec<Step> {
    let record = context.facts.record;
    let region = record.region().map(Untrusted::from);
    let again = context.step(Both::new("Switch the recording on again.", "記録を再び開始してください。"));
    let first = match (record.service(), record.event_name()) {
        ("cloudtrail", "StopLogging") => {
            let start = Command::aws("cloudtrail start-logging")
                .value("--name", target.cloned())
                .value("--region", region);
            context.with_commands(again, vec![(Purpose::Do, start)])
        }
        ("config", "StopConfigurationRecorder") => {
            let start = Command::aws("configservice start-configuration-recorder")
                .value("--configuration-recorder-name", target.cloned())
                .value("--region", region);
            context.with_commands(again, vec![(Purpose::Do, start)])
        }
        _ => context.step(Both::new(
            "Set the recording up again as it was, in the console of the service.",
            "該当サービスのコンソールで、記録の設定を元に戻してください。",
        )),
    };
    let mut steps = vec![first];
    if goes_dark {
        steps.push(context.step(Both::new(
            "Then look at what was done in the meantime: CloudTrail's Event history keeps management events for 90 days even without a trail.",
            "その後、止まっていた間の操作を CloudTrail の「イベント履歴」で確認してください(証跡がなくても、管理イベントは 90 日間残ります)。",
        )));
    }
    steps
}
