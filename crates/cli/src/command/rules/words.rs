//! What is said about rules, in English and Japanese.

use trailbell_notice::Lang;

/// Both are as wide in a terminal.
pub(super) const fn on_or_off(enabled: bool, lang: Lang) -> &'static str {
    match (lang, enabled) {
        (Lang::En, true) => "on ",
        (Lang::En, false) => "off",
        (Lang::Ja, true) => "有効",
        (Lang::Ja, false) => "無効",
    }
}

/// What a built-in rule looks at.
pub(super) fn looks_at(rule: &str, lang: Lang) -> String {
    if let Some(number) = rule.strip_prefix("cis-") {
        return match lang {
            Lang::En => {
                format!(
                    "the filter pattern of the CIS AWS Foundations Benchmark, section {number}, as it is printed there"
                )
            }
            Lang::Ja => {
                format!("CIS AWS Foundations Benchmark {number} 節のフィルターパターン(記載のとおり)")
            }
        };
    }
    let (en, ja) = match rule {
        "console-sign-in" => (
            "every step of a way into the console: sign-ins of root, IAM users and federated users, role switches, IAM Identity Center, \
             `aws login`; eventName, eventSource and eventType",
            "コンソールに入るまでのすべての手順(ルート、IAM ユーザー、フェデレーテッドユーザーのサインイン、ロールの切り替え、IAM Identity Center、\
             `aws login`)。eventName、eventSource、eventType を見ます",
        ),
        "iam-change" => (
            "every call that decides who can do what (IAM, STS, Identity Center, Organizations, Roles Anywhere, account contacts), succeeded, failed \
             or refused; eventSource and eventName, in IAM also readOnly",
            "誰が何をできるかを決めるすべての操作(IAM、STS、Identity Center、Organizations、Roles Anywhere、アカウントの連絡先)。成功、失敗、拒否を\
             区別します。eventSource と eventName、IAM では readOnly も見ます",
        ),
        "trail-tampering" => (
            "calls that switch off or change what records and watches (CloudTrail, Config, GuardDuty, Security Hub, flow logs, ...); eventSource and \
             eventName",
            "記録や監視を止める、または変える操作(CloudTrail、Config、GuardDuty、Security Hub、フローログなど)。eventSource と eventName を見ます",
        ),
        "root-activity" => (
            "everything the root user does itself: userIdentity.type is Root, userIdentity.invokedBy is missing, eventType is not AwsServiceEvent",
            "ルートユーザー自身のすべての操作。userIdentity.type が Root で、userIdentity.invokedBy がなく、eventType が AwsServiceEvent ではないものです",
        ),
        _ => (
            "calls that set a resource's own policy (buckets, keys, queues, topics, functions, ...); eventSource, eventName and whether a policy is given",
            "リソース自身のポリシーを設定する操作(バケット、キー、キュー、トピック、関数など)。eventSource、eventName と、ポリシーの指定の有無を見ます",
        ),
    };
    match lang {
        Lang::En => en.to_owned(),
        Lang::Ja => ja.to_owned(),
    }
}
