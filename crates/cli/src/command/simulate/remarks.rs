//! What was taken for granted, what was not run, and what would not work in AWS, in words.

use trailbell_engine::simulate::{Remark, RuleNotRun};
use trailbell_notice::Lang;

use super::words::{safe, topic_name};

/// One remark as a sentence.
pub(super) fn sentence(remark: &Remark, lang: Lang) -> String {
    match lang {
        Lang::En => english(remark),
        Lang::Ja => japanese(remark),
    }
}

fn list(names: &[String], topics: bool) -> String {
    let shown = names.iter().map(|name| if topics { topic_name(name) } else { safe(name) });
    shown.collect::<Vec<_>>().join(", ")
}

fn english(remark: &Remark) -> String {
    match remark {
        Remark::GroupsTakenForTrails { groups } => format!(
            "No trail is in the templates: every record is taken to come into {}.",
            list(groups, false)
        ),
        Remark::NoTrailWrites { group } => {
            format!("No trail in the templates writes to {}: its filters see nothing.", safe(group))
        }
        Remark::TakenAsConfirmed { subscriptions: 1 } => {
            "The subscription by mail or web address is taken as confirmed; AWS sends nothing before somebody follows its link.".to_owned()
        }
        Remark::TakenAsConfirmed { subscriptions } => format!(
            "{subscriptions} subscriptions by mail or web address are taken as confirmed; AWS sends nothing before somebody follows its link."
        ),
        Remark::Forwards { function, topics, subject } => {
            let subject = subject.as_deref().map(|subject| format!(" with the subject {}", safe(subject)));
            format!(
                "Function {}: its environment names {}; it is taken to publish each log event there{}.",
                safe(function),
                list(topics, true),
                subject.unwrap_or_default()
            )
        }
        Remark::FunctionUnknown { function } => {
            format!("Function {} is called; what it does then is its code's matter.", safe(function))
        }
        Remark::NoPermission { function, principal } => format!(
            "Nothing in the templates allows {principal} to call function {}: without an AWS::Lambda::Permission AWS would not. Here it is called all the same.",
            safe(function)
        ),
        Remark::NoTopicPolicy { topic, rule } => format!(
            "Rule {} publishes to topic {}, whose policy does not let events.amazonaws.com in: AWS would lose it. Here it is published all the same.",
            safe(rule),
            safe(topic)
        ),
        Remark::NoSubscriber { topic } => format!("Topic {} has no subscriber.", safe(topic)),
        Remark::TopicUnknown { arn } => {
            format!("Topic {} is in none of the templates: who listens there is not known.", safe(arn))
        }
        Remark::ManySubscriptionFilters { group, filters } => format!(
            "{} has {filters} subscription filters; AWS's documentation allows 2 for one log group (5 were measured).",
            safe(group)
        ),
        Remark::NotFollowed { from, to } => {
            format!("{} leads to {}, which is not followed further.", safe(from), safe(to))
        }
        Remark::NothingFeeds { alarm, metric } => {
            format!("Alarm {}: no metric filter in the templates publishes {}.", safe(alarm), safe(metric))
        }
        Remark::AlarmNotRun { alarm, why } => format!("Alarm {}: {}.", safe(alarm), safe(why)),
        Remark::RuleNotRun { rule, why } => {
            let why = match why {
                RuleNotRun::Disabled => "it is disabled",
                RuleNotRun::Schedule => "it runs on a schedule",
                RuleNotRun::Bus => "AWS's own events come by the default bus only",
            };
            format!("Rule {} does not run: {why}.", safe(rule))
        }
        Remark::RuleMissed { rule, other_regions, reading, other_accounts } => {
            let mut parts = Vec::new();
            if *other_regions > 0 {
                parts.push(format!("{other_regions} of other regions (a rule hears its own region only)"));
            }
            if *reading > 0 {
                parts.push(format!(
                    "{reading} that only read (these need State: ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS)"
                ));
            }
            if *other_accounts > 0 {
                parts.push(format!("{other_accounts} of other accounts"));
            }
            format!("Rule {} did not hear of events its pattern meets: {}.", safe(rule), parts.join(", "))
        }
        Remark::TooLarge { records } => {
            format!("{records} records are over 256 KB: CloudTrail brings those to S3 only.")
        }
        Remark::WithoutTime { records } => format!("{records} records have no time and are left out."),
    }
}

fn japanese(remark: &Remark) -> String {
    match remark {
        Remark::GroupsTakenForTrails { groups } => format!(
            "テンプレートに証跡がないため、すべてのレコードが {} に届くものとしています。",
            list(groups, false)
        ),
        Remark::NoTrailWrites { group } => format!(
            "テンプレートの証跡は {} に書き込みません。このロググループのフィルターには何も届きません。",
            safe(group)
        ),
        Remark::TakenAsConfirmed { subscriptions } => format!(
            "メールまたは Web アドレスのサブスクリプション {subscriptions} 件は、確認済みとして扱っています。実際の AWS では、確認メールのリンクを開くまで何も届きません。"
        ),
        Remark::Forwards { function, topics, subject } => {
            let subject = subject.as_deref().map(|subject| format!("件名「{}」で", safe(subject)));
            format!(
                "関数 {} は環境変数に {} を持つため、受け取ったログイベントを 1 件ずつ{}このトピックに発行するものとしています。",
                safe(function),
                list(topics, true),
                subject.unwrap_or_default()
            )
        }
        Remark::FunctionUnknown { function } => {
            format!(
                "関数 {} を呼び出します。その先の動作はコード次第のため、追っていません。",
                safe(function)
            )
        }
        Remark::NoPermission { function, principal } => format!(
            "{principal} に関数 {} の呼び出しを許可する AWS::Lambda::Permission がテンプレートにありません。実際の AWS では呼び出されませんが、ここでは呼び出されたものとしています。",
            safe(function)
        ),
        Remark::NoTopicPolicy { topic, rule } => format!(
            "ルール {} の送信先トピック {} のポリシーは events.amazonaws.com からの発行を許可していません。実際の AWS では届きませんが、ここでは届いたものとしています。",
            safe(rule),
            safe(topic)
        ),
        Remark::NoSubscriber { topic } => {
            format!("トピック {} にはサブスクリプションがありません。", safe(topic))
        }
        Remark::TopicUnknown { arn } => {
            format!("トピック {} はテンプレートにないため、購読者がわかりません。", safe(arn))
        }
        Remark::ManySubscriptionFilters { group, filters } => format!(
            "{} には {filters} 個のサブスクリプションフィルターがあります。AWS のドキュメントでは、1 つのロググループにつき 2 個までです(実測では 5 個まで)。",
            safe(group)
        ),
        Remark::NotFollowed { from, to } => {
            format!("{} の送信先 {} から先は追っていません。", safe(from), safe(to))
        }
        Remark::NothingFeeds { alarm, metric } => format!(
            "アラーム {}: {} を発行するメトリクスフィルターがテンプレートにありません。",
            safe(alarm),
            safe(metric)
        ),
        Remark::AlarmNotRun { alarm, why } => {
            format!("アラーム {}: 実行できません({})。", safe(alarm), safe(why))
        }
        Remark::RuleNotRun { rule, why } => {
            let why = match why {
                RuleNotRun::Disabled => "無効になっています",
                RuleNotRun::Schedule => "スケジュールで動くルールです",
                RuleNotRun::Bus => "AWS 自身のイベントはデフォルトのイベントバスにしか届きません",
            };
            format!("ルール {} は実行していません。{why}。", safe(rule))
        }
        Remark::RuleMissed { rule, other_regions, reading, other_accounts } => {
            let mut parts = Vec::new();
            if *other_regions > 0 {
                parts.push(format!("ほかのリージョンのイベント {other_regions} 件(ルールには自分のリージョンのイベントしか届きません)"));
            }
            if *reading > 0 {
                parts.push(format!(
                    "読み取りのみのイベント {reading} 件(State を ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS にする必要があります)"
                ));
            }
            if *other_accounts > 0 {
                parts.push(format!("ほかのアカウントのイベント {other_accounts} 件"));
            }
            format!("ルール {} のパターンに合うのに届かなかったもの: {}。", safe(rule), parts.join("、"))
        }
        Remark::TooLarge { records } => {
            format!(
                "256 KB を超えるレコードが {records} 件あります。CloudTrail はこれらを S3 にだけ配信します。"
            )
        }
        Remark::WithoutTime { records } => {
            format!("時刻のないレコード {records} 件は対象外です。")
        }
    }
}
