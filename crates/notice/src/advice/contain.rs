//! Stopping the one who acted. Undoing an act leaves whoever did it free to do it again.

use trailbell_record::{Actor, ActorKind, How, Mfa, Operation, Way};
use trailbell_text::{Phrase, Untrusted};

use super::{Command, Context, Purpose, Step};
use crate::behind;
use crate::facts::What;
use crate::lang::Both;

/// An inline policy that denies everything, for when the quota of attached policies is full.
const DENY_ALL: &str = r#"--policy-name TrailbellDenyAll --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'"#;

/// What the console's "Revoke active sessions" writes. The time is the shell's, when the command is run: a
/// time printed here would leave every session opened since alive.
const REVOKE: &str = r#"--policy-name AWSRevokeOlderSessions --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}}}]}'"#;

/// The steps that stop whoever acted.
pub(super) fn actor(context: &Context<'_>) -> Vec<Step> {
    let actor = context.facts.actor;
    let role = actor.role.as_ref().filter(|role| !role.is_empty());
    match (actor.kind, role) {
        (ActorKind::Root, _) => root(context),
        (ActorKind::IamUser, _) => vec![iam_user(context, &actor.name), new_credentials(context)],
        (ActorKind::IdentityCenterUser, _) => identity_center(context),
        (ActorKind::AssumedRole, Some(role)) if role.raw().starts_with("AWSServiceRoleFor") => vec![service(context)],
        (ActorKind::AssumedRole, Some(role)) => {
            let mut steps = behind_the_role(context);
            steps.push(revoke_sessions(context, role));
            steps
        }
        (ActorKind::FederatedUser, Some(role)) => vec![at_the_identity_provider(context), revoke_sessions(context, role)],
        (ActorKind::FederatedUser, None) => match issuing_user(actor) {
            Some(user) => vec![iam_user(context, &user), federation_token_of(context, &user)],
            None => vec![federation_token(context)],
        },
        (ActorKind::AssumedRole | ActorKind::Unknown, _) => vec![context.step(Both::new(
            "The record does not say who it was in a way that can be acted on. Read the raw record, and the records around it with the same access key.",
            "この記録だけでは操作者を特定できません。元の記録と、同じアクセスキーによる前後の記録を確認してください。",
        ))],
        (ActorKind::AwsService, _) => vec![service(context)],
        (ActorKind::OutsideAccount, _) => vec![outsider(context)],
    }
}

/// Commands run in the record's account, where somebody of another one cannot be stopped.
fn outsider(context: &Context<'_>) -> Step {
    if matches!(context.facts.what, What::Change(change) if change.operation == Operation::AssumeRoot) {
        return context.step(Both::new(
            "Whoever did this acts from the organization's management account, or from one that it delegated this to. Stop them there: nothing in this account can.",
            "操作者は、組織の管理アカウント(または委任管理者アカウント)に属しています。このアカウントからは停止できないため、操作者のアカウントで停止してください。",
        ));
    }
    context.step(Both::new(
        "The caller belongs to another account and cannot be stopped from this one. If that account is yours, stop them there; if not, ask its owner. Here you can take that account out of the policy (a trust policy, a resource policy) that lets it in; if that is your own way in, make sure of another one first.",
        "操作者は別の AWS アカウントに属しており、このアカウントからは停止できません。ご自身のアカウントであればそのアカウントで停止し、そうでなければ所有者に連絡してください。その上で、相手を許可しているポリシー(信頼ポリシーやリソースポリシー)から外すことを検討してください(ご自身の唯一の入り口である場合は、先に別の手段を確保してください)。",
    ))
}

/// `AWSDenyAll` stops the user's live sessions too, which taking away a password or a key does not.
pub(super) fn iam_user(context: &Context<'_>, name: &Untrusted) -> Step {
    let deny_all = format!("--policy-arn arn:{}:iam::aws:policy/AWSDenyAll", context.partition);
    let user = |operation: &'static str| Command::aws(operation).value("--user-name", Some(name.clone()));
    let step = context.step_about(
        Both::new(
            "Stop {name}: deny everything, live sessions included. Everything that works as {name} stops, programs too.",
            "{name} のすべての操作を拒否して停止してください(有効なセッションも止まります。{name} の権限で動くプログラムも停止します)。",
        ),
        name,
    );
    context.with_commands(
        step,
        vec![
            (Purpose::Do, user("iam attach-user-policy").ours(&deny_all)),
            (Purpose::IfQuotaFull, user("iam put-user-policy").ours(DENY_ALL)),
            (Purpose::WayBack, user("iam detach-user-policy").ours(&deny_all)),
            (
                Purpose::WayBackIfQuotaFull,
                user("iam delete-user-policy").ours("--policy-name TrailbellDenyAll"),
            ),
        ],
    )
}

fn new_credentials(context: &Context<'_>) -> Step {
    context.step_about(
        Both::new(
            "Before you lift that again, give {name} a new password, remove MFA devices and access keys that are not theirs, and replace the rest.",
            "拒否を解除する前に、{name} のパスワードを変更し、身に覚えのない MFA デバイスとアクセスキーを削除し、残りのキーも交換してください。",
        ),
        &context.facts.actor.name,
    )
}

fn root(context: &Context<'_>) -> Vec<Step> {
    vec![
        context.step(Both::new(
            "Secure the mailbox of the root user's e-mail address first: whoever reads it can reset the root password. Change its password and look for forwarding rules.",
            "まず、ルートユーザーのメールアドレスの受信箱を保護してください(受信箱を読める人は、ルートのパスワードを再設定できます)。メールのパスワードを変更し、転送設定も確認してください。",
        )),
        context.step(Both::new(
            "Sign in as root and change the root password. IAM cannot deny root anything, so this is what stops an intruder.",
            "ルートユーザーでサインインし、ルートのパスワードを変更してください(IAM ポリシーではルートを拒否できないため、侵入者を止めるのはこの変更です)。",
        )),
        context.step(Both::new(
            "Under Security credentials, remove MFA devices that are not yours and add your own.",
            "「セキュリティ認証情報」で、身に覚えのない MFA デバイスを削除し、ご自身の MFA デバイスを登録してください。",
        )),
        context.step(Both::new(
            "There too: deactivate root's access keys, make sure that nothing breaks, then delete them.",
            "同じ画面で、ルートのアクセスキーを無効化してください。影響がないことを確認したら、削除してください。",
        )),
    ]
}

fn behind_the_role(context: &Context<'_>) -> Vec<Step> {
    if let Some(step) = switched_from(context) {
        return vec![step];
    }
    if let Some(steps) = known_behind(context) {
        return steps;
    }
    vec![context.step(Both::new(
        "First stop whoever took the role, in the account they came from (the AssumeRole or SwitchRole record, or the role's trust policy, says which): otherwise they take it again.",
        "先に、ロールを引き受けた本人を、引き受け元のアカウントで停止してください(停止しないと、相手は再びロールを引き受けることができます。引き受け元は、AssumeRole や SwitchRole の記録、またはロールの信頼ポリシーで確認できます)。",
    ))]
}

/// AWS's own records say who took the role: in this account by a command, elsewhere in words, for commands run in the record's account.
fn known_behind(context: &Context<'_>) -> Option<Vec<Step>> {
    let behind = context.facts.behind.as_ref()?;
    if behind.how == How::Federated {
        return Some(vec![at_the_identity_provider(context)]);
    }
    let (name, account) = behind::certain(behind)?;
    let is_here = context.facts.record.account() == Some(account.raw());
    match behind.kind {
        ActorKind::IamUser if is_here => Some(vec![iam_user(context, name)]),
        ActorKind::IamUser => Some(vec![stop_elsewhere(context, name, account)]),
        _ => None,
    }
}

/// A role switch says who took the role, and where they are to be stopped. In words: commands run in the account
/// of the role.
fn switched_from(context: &Context<'_>) -> Option<Step> {
    let What::SignIn(sign_in) = context.facts.what else { return None };
    let switch = sign_in.switch.as_ref()?;
    let (name, account) = (switch.from_name.as_ref()?, switch.from_account.as_ref()?);
    (!name.is_empty() && !account.is_empty()).then(|| stop_elsewhere(context, name, account))
}

/// The one who took the role belongs to another account.
fn stop_elsewhere(context: &Context<'_>, name: &Untrusted, account: &Untrusted) -> Step {
    let text = Both::new(
        "First stop {name} in account {account}, where they came from: otherwise they take the role again. For an IAM user, attach AWSDenyAll to them there; it stops live sessions too.",
        "先に、切り替え元のアカウント {account} で {name} を停止してください(停止しないと、相手は再びロールに切り替えることができます。IAM ユーザーであれば、そのアカウントで AWSDenyAll をアタッチすると、有効なセッションも止まります)。",
    );
    let text = Phrase::fill(text.get(context.lang), |key| match key {
        "name" => Some(name.clone().into()),
        "account" => Some(account.clone().into()),
        _ => None,
    });
    Step { text, commands: Vec::new() }
}

fn at_the_identity_provider(context: &Context<'_>) -> Step {
    context.step(Both::new(
        "First stop the person or the program at the identity provider that let them in: otherwise they come in again.",
        "先に、サインインを許可した ID プロバイダー側で、本人(またはプログラム)を停止してください(停止しないと、相手は再びサインインできます)。",
    ))
}

fn revoke_sessions(context: &Context<'_>, role: &Untrusted) -> Step {
    let of_role = |operation: &'static str| Command::aws(operation).value("--role-name", Some(role.clone()));
    let step = context.step_about(
        Both::new(
            "Then end the sessions of role {name}. This ends everybody's sessions of that role, not only this one (programs that renew theirs go on). Take it back when the old sessions have run out.",
            "次に、ロール {name} のセッションを取り消してください。このセッションだけでなく、このロールを使う全員のセッションが切れます(新しく取得し直したセッションは使えます)。元に戻すのは、古いセッションの期限が切れてからにしてください。",
        ),
        role,
    );
    context.with_commands(
        step,
        vec![
            (Purpose::Do, of_role("iam put-role-policy").ours(REVOKE)),
            (
                Purpose::WayBack,
                of_role("iam delete-role-policy").ours("--policy-name AWSRevokeOlderSessions"),
            ),
        ],
    )
}

/// The roles of Identity Center cannot be edited in IAM, and its own API knows people by ids not in the record.
fn identity_center(context: &Context<'_>) -> Vec<Step> {
    vec![
        context.step_about(
            Both::new(
                "In the Identity Center console (in the management or the delegated account), under Users: disable access for {name} and end their active sessions. AWSReservedSSO roles cannot be edited in IAM.",
                "IAM Identity Center のコンソール(管理アカウントまたは委任管理者アカウント)の「ユーザー」で、{name} のアクセスを無効にし、有効なセッションを終了してください(AWSReservedSSO のロールは IAM では編集できません)。",
            ),
            &context.facts.actor.name,
        ),
        context.step(Both::new(
            "Sessions in the accounts go on until they run out. To cut them at once, add a Deny on the user's identitystore:userId to the permission set's inline policy and provision it again; take it out the same way.",
            "各アカウントのセッションは、期限が切れるまで有効なままです。すぐに止める場合は、許可セットのインラインポリシーに、identitystore:userId がそのユーザーの ID と一致する場合だけ拒否する Deny を追加し、再度プロビジョニングしてください。元に戻すときは、同じ手順で取り除いてください。",
        )),
    ]
}

/// The IAM user who called `GetFederationToken`, where the session names its issuer.
pub(crate) fn issuing_user(actor: &Actor) -> Option<Untrusted> {
    let (_, path) = actor.issuer_arn.as_ref()?.raw().split_once(":user/")?;
    path.rsplit('/').next().map(Untrusted::from)
}

fn federation_token_of(context: &Context<'_>, user: &Untrusted) -> Step {
    context.step_about(
        Both::new(
            "These credentials were given out by {name} (GetFederationToken) and live for up to 36 hours, also when the key that made them is deactivated: keep the Deny until they have run out, and replace {name}'s keys.",
            "この認証情報は {name} が発行したもの(GetFederationToken)で、発行に使われたキーを無効にしても最長 36 時間残ります。期限が切れるまで拒否を解除せず、{name} のキーを交換してください。",
        ),
        user,
    )
}

fn federation_token(context: &Context<'_>) -> Step {
    context.step(Both::new(
        "These credentials were given out by an IAM user (GetFederationToken) and outlive the key that made them. Deny that user everything, which stops them too; deactivating the key is not enough. The record's session issuer says who it is.",
        "この認証情報は IAM ユーザーが発行したもの(GetFederationToken)で、発行に使われたキーを無効にしても残ります。元の記録のセッション発行者で発行元の IAM ユーザーを確認し、そのユーザーのすべての操作を拒否してください。",
    ))
}

fn service(context: &Context<'_>) -> Step {
    context.step(Both::new(
        "An AWS service did this for somebody. Find out whose stack, assignment or resource it worked for, and stop that person first.",
        "AWS のサービスが代理で実行した操作です。どのスタック、割り当て、リソースのための操作かを調べ、その依頼者を先に停止してください。",
    ))
}

/// Nobody came in, and the name was typed by whoever it was: nothing of it goes into a command.
///
/// A role switch is tried by somebody already signed in, but the record of a failed one does not prove as whom.
pub(super) fn failed_sign_in(context: &Context<'_>) -> Step {
    let password_known = matches!(context.facts.what, What::SignIn(sign_in) if sign_in.mfa == Mfa::Yes);
    if matches!(context.facts.what, What::SignIn(sign_in) if sign_in.way == Way::RoleSwitch) {
        return context.step(Both::new(
            "The role was not taken, but whoever tried is signed in already: look for that sign-in, and stop that user first.",
            "ロールへの切り替えは成立していませんが、操作者はすでにサインインしています。そのサインインの記録を確認し、先にそのユーザーを停止してください。",
        ));
    }
    if context.facts.actor.name.is_empty() && context.facts.actor.kind != ActorKind::Root {
        return context.step(Both::new(
            "Nobody came in, and AWS does not say that such a user exists. Watch whether it goes on, and from where.",
            "サインインは成立していません。この名前のユーザーが存在するかどうかは、記録からはわかりません。続くかどうか、どこから来ているかを確認してください。",
        ));
    }
    if password_known {
        return context.step(Both::new(
            "An MFA code was asked for, so the password is probably known to whoever this was. Sign in and change it, at AWS and wherever else it is used.",
            "MFA コードの入力まで進んでいるため、パスワードを知られている可能性が高いと考えられます。サインインして、AWS と、同じパスワードを使うほかのサービスのパスワードを変更してください。",
        ));
    }
    context.step(Both::new(
        "Nobody came in. If it goes on, make sure that the user has a long password of its own and MFA.",
        "サインインは成立していません。続く場合は、このユーザーに固有の長いパスワードと MFA が設定されていることを確認してください。",
    ))
}
