//! The sentences for what touches the record keeping, and for what opens a resource to others.

use trailbell_text::Untrusted;

use super::Words;

const fn w(en: &'static str, en_tried: &'static str, ja: &'static str, ja_tried: &'static str) -> Words {
    Words::new(en, en_tried, ja, ja_tried)
}

/// `goes_dark`: afterwards less is recorded for certain.
#[rustfmt::skip]
pub(super) fn words(service: &str, event: &str, goes_dark: bool) -> Words {
    match (service, event) {
        ("cloudtrail", "StopLogging") => w(
            "{actor} switched off trail {target}.", "{actor} tried to switch off [trail {target}|a trail]",
            "{actor} が証跡 {target} の記録を停止しました。", "{actor} が証跡[ {target} ]の記録を停止しようとしました",
        ),
        ("cloudtrail", "DeleteTrail") => w(
            "{actor} deleted trail {target}.", "{actor} tried to delete [trail {target}|a trail]",
            "{actor} が証跡 {target} を削除しました。", "{actor} が証跡[ {target} ]を削除しようとしました",
        ),
        ("cloudtrail", "UpdateTrail" | "PutEventSelectors" | "PutInsightSelectors") => w(
            "{actor} changed trail {target} ({event}).", "{actor} tried to change [trail {target}|a trail] ({event})",
            "{actor} が証跡 {target} の設定を変更しました({event})。", "{actor} が証跡[ {target} ]の設定({event})を変更しようとしました",
        ),
        ("guardduty", "DeleteDetector") => w(
            "{actor} deleted GuardDuty detector {target}.", "{actor} tried to delete [GuardDuty detector {target}|a GuardDuty detector]",
            "{actor} が GuardDuty のディテクター {target} を削除しました。", "{actor} が GuardDuty のディテクター[ {target} ]を削除しようとしました",
        ),
        ("config", "StopConfigurationRecorder") => w(
            "{actor} stopped AWS Config's recorder {target}.", "{actor} tried to stop AWS Config's recorder[ {target}]",
            "{actor} が AWS Config のレコーダー {target} を停止しました。", "{actor} が AWS Config のレコーダー[ {target} ]を停止しようとしました",
        ),
        ("ec2", "DeleteFlowLogs") => w(
            "{actor} deleted VPC flow logs[ ({target})].", "{actor} tried to delete VPC flow logs[ ({target})]",
            "{actor} が VPC フローログ[({target})]を削除しました。", "{actor} が VPC フローログ[({target})]を削除しようとしました",
        ),
        ("access-analyzer", "DeleteAnalyzer") => w(
            "{actor} deleted analyzer {target}.", "{actor} tried to delete [analyzer {target}|an analyzer]",
            "{actor} がアナライザー {target} を削除しました。", "{actor} がアナライザー[ {target} ]を削除しようとしました",
        ),
        _ if goes_dark => w(
            "{actor} switched off a part of the record keeping: {event} in {service}[ ({target})].",
            "{actor} tried to switch off a part of the record keeping ({event} in {service}[, {target}])",
            "{actor} が記録や監視の一部を停止しました({service} の {event}[、対象: {target}])。",
            "{actor} が記録や監視の一部({service} の {event}[、対象: {target}])を停止しようとしました",
        ),
        _ => w(
            "{actor} changed the record keeping: {event} in {service}[ ({target})].",
            "{actor} tried to change the record keeping ({event} in {service}[, {target}])",
            "{actor} が記録や監視の設定を変更しました({service} の {event}[、対象: {target}])。",
            "{actor} が記録や監視の設定({service} の {event}[、対象: {target}])を変更しようとしました",
        ),
    }
}

/// For a resource's own policy: whom it lets in now, as far as the request says.
#[rustfmt::skip]
pub(super) fn sharing(anyone: bool, outside: &[Untrusted]) -> Words {
    if anyone {
        w(
            "{actor} opened [{target}|a resource] to anyone ({event} in {service}).", "{actor} tried to open [{target}|a resource] to anyone ({event} in {service})",
            "{actor} が[ {target} |リソース]を誰でも使えるようにしました({service} の {event})。", "{actor} が {service} の {event} で、[ {target} |リソース]を誰でも使えるようにしようとしました",
        )
    } else if outside.is_empty() {
        w(
            "{actor} changed who may use [{target}|a resource] ({event} in {service}).", "{actor} tried to change who may use [{target}|a resource] ({event} in {service})",
            "{actor} が[ {target} |リソース]を使える相手の設定を変更しました({service} の {event})。", "{actor} が[ {target} |リソース]を使える相手の設定({service} の {event})を変更しようとしました",
        )
    } else {
        w(
            "{actor} let {outside} use [{target}|a resource] ({event} in {service}).", "{actor} tried to let {outside} use [{target}|a resource] ({event} in {service})",
            "{actor} が {outside} に[ {target} |リソース]の使用を許可しました({service} の {event})。", "{actor} が {outside} に[ {target} |リソース]の使用({service} の {event})を許可しようとしました",
        )
    }
}
