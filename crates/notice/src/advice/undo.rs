//! Taking a change back: one arm for each [`Operation`]. Only asked for changes that succeeded.
//!
//! Where the earlier state is not in the record (a policy's earlier text), no command is offered: deleting
//! what is there now could take away more than was added.

use trailbell_record::{ActorKind, Change, Operation, PolicySeen, TargetKind, Through};
use trailbell_text::Untrusted;

use super::{Command, Context, Purpose, Step, contain};
use crate::changed;
use crate::lang::Both;

/// The steps that take `change` back.
pub(super) fn change(context: &Context<'_>, change: &Change) -> Vec<Step> {
    let undo = Undo { context, change };
    if change.through == Some(Through::IdentityCenter) || undo.is_awss_own_role() {
        return vec![context.step(Both::new(
            "What was changed belongs to AWS (a service, or Identity Center), and is not to be edited in IAM: take the change back where it was made.",
            "対象は AWS のサービス(または Identity Center)が管理しているため、IAM では編集できません。変更元のサービスで元に戻してください。",
        ))];
    }
    if change.target.is_root && undo.names_a_user() {
        // Without `--user-name` such a command acts on whoever runs it, which must not be another administrator.
        return vec![context.step(Both::new(
            "Only root can take this back: sign in as root, Security credentials.",
            "この変更を元に戻せるのはルートユーザーだけです。ルートでサインインし、「セキュリティ認証情報」で元に戻してください。",
        ))];
    }
    undo.steps()
}

/// AWS quarantines a user whose key it found in public. Its policy stops little, and stays where it is.
pub(super) fn quarantine(context: &Context<'_>, change: &Change) -> Vec<Step> {
    let name = &change.target.name;
    let list = Command::aws("iam list-access-keys").value("--user-name", Some(name.clone()));
    let find = context.step_about(
        Both::new(
            "Find the access keys of {name}; deactivate each one (update-access-key --status Inactive), then delete it. Keep the quarantine policy where it is until they are gone: it does not stop everything.",
            "{name} のアクセスキーを確認し、すべて無効化(update-access-key --status Inactive)してから削除してください。隔離ポリシーで止まるのは一部の操作だけです。削除が終わるまで、隔離ポリシーはそのままにしてください。",
        ),
        name,
    );
    let mut steps = Vec::new();
    if context.facts.outcome == trailbell_text::Outcome::Success {
        steps.push(contain::iam_user(context, name));
        steps.push(context.with_commands(find, vec![(Purpose::Do, list)]));
        steps.push(context.step(Both::new(
            "Look where the key was left (a public repository, an image, a log), and at what was done with it since.",
            "キーが漏れた場所(公開リポジトリ、コンテナイメージ、ログなど)と、そのキーで行われた操作を確認してください。",
        )));
    }
    steps
}

/// A stack is taken back as a whole.
pub(super) fn stack(context: &Context<'_>) -> Step {
    context.step(Both::new(
        "This came through CloudFormation, and so did what stands under \"Also\". Find the stack in CloudFormation and take its changes back there together: update it to its earlier template, or, if it is new, delete it (that deletes everything in it). Taking single changes back by hand leaves the rest in place.",
        "CloudFormation を通じた変更です(「ほかの変更」に示したものがあれば、それも含みます)。個別に元に戻すだけでは残りの変更がそのままになるため、CloudFormation で該当のスタックを確認し、以前のテンプレートに更新してください。新しく作られたスタックであれば、削除してください(スタック内のリソースはすべて削除されます)。",
    ))
}

/// Which statement was added is not in every record: the owner looks.
pub(super) fn sharing(context: &Context<'_>) -> Step {
    context.step(Both::new(
        "Then look at the resource's own policy in the console of its service, and take out whoever should not be in it. It may have been there before.",
        "次に、該当サービスのコンソールでリソースのポリシーを確認し、許可すべきでない相手を外してください(以前から許可されていた可能性もあります)。",
    ))
}

struct Undo<'a> {
    context: &'a Context<'a>,
    change: &'a Change,
}

impl Undo<'_> {
    fn value(&self, key: &str) -> Option<Untrusted> {
        self.change.value(key)
    }

    fn is_awss_own_role(&self) -> bool {
        let name = self.change.target.name.raw();
        let theirs = name.starts_with("AWSReservedSSO_") || name.starts_with("AWSServiceRoleFor");
        theirs && self.change.target.kind == TargetKind::Role
    }

    /// A step with one command.
    fn one(&self, text: Both, command: Command) -> Vec<Step> {
        vec![self.context.with_commands(self.context.step(text), vec![(Purpose::Do, command)])]
    }

    /// A step of words.
    fn words(&self, en: &'static str, ja: &'static str) -> Vec<Step> {
        vec![self.context.step(Both::new(en, ja))]
    }

    /// `aws iam OPERATION --user-name TARGET`.
    fn on_user(&self, operation: &'static str) -> Command {
        Command::aws(operation).value("--user-name", self.value("target"))
    }

    /// Whether the undo of the operation is a command about a user by name, which root has not.
    const fn names_a_user(&self) -> bool {
        use Operation as O;
        matches!(
            self.change.operation,
            O::CreateAccessKeySelf
                | O::CreateAccessKeyOther
                | O::ActivateAccessKey
                | O::DeactivateAccessKey
                | O::CreateLoginProfile
                | O::UpdateLoginProfileOther
                | O::UpdateLoginProfileSelf
                | O::ChangePassword
                | O::DeleteLoginProfile
                | O::DeactivateMfaDevice
                | O::EnableMfaDevice
                | O::UploadSshPublicKey
                | O::CreateServiceSpecificCredential
                | O::ResetServiceSpecificCredential
                | O::UploadSigningCertificate
        )
    }

    /// The operation and option for the sort of principal that the target is; `None` for any other target.
    fn on_principal(&self, user: &'static str, group: &'static str, role: &'static str) -> Option<Command> {
        let (operation, option) = match self.change.target.kind {
            TargetKind::User => (user, "--user-name"),
            TargetKind::Group => (group, "--group-name"),
            TargetKind::Role => (role, "--role-name"),
            _ => return None,
        };
        Some(Command::aws(operation).value(option, self.value("target")))
    }

    /// Identity Center lives in one region, which its records name.
    fn region(&self) -> Option<Untrusted> {
        self.context.facts.record.region().map(Untrusted::from)
    }

    /// An account as an invitation names it.
    fn as_invited(&self) -> Option<Untrusted> {
        let account = self.value("target")?;
        let is_number = account.raw().len() == 12 && account.raw().bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| Untrusted::new(format!("Id={},Type=ACCOUNT", account.raw())))
    }

    fn assignment(&self, operation: &'static str) -> Command {
        Command::aws(operation)
            .value("--instance-arn", self.value("instance_arn"))
            .value("--target-id", self.value("account"))
            .ours("--target-type AWS_ACCOUNT")
            .value("--permission-set-arn", self.value("ps_arn"))
            .value("--principal-type", self.value("principal_type"))
            .value("--principal-id", self.value("principal_id"))
            .value("--region", self.region())
    }

    #[expect(clippy::match_same_arms, reason = "each arm says for itself why there is nothing to undo")]
    fn steps(&self) -> Vec<Step> {
        use Operation as O;
        let event = self.context.facts.record.event_name();
        let earlier = self.context.facts.earlier_policy.as_ref();
        let has_text = earlier.is_some_and(|seen| seen.text.is_some());
        let has_version = earlier.is_some_and(|seen| seen.version.is_some());
        match self.change.operation {
            O::CreateUser => self.one(
                Both::new(
                    "Delete the new user. AWS refuses while keys, a password, policies or groups remain: remove those first.",
                    "作成されたユーザーを削除してください(キー、パスワード、ポリシー、グループが残っている間は失敗するため、先に取り除いてください)。",
                ),
                self.on_user("iam delete-user"),
            ),
            O::CreateAccessKeyRoot => self.one(
                Both::new(
                    "Deactivate the key. Only root can: run this as root itself, or use root's Security credentials page. Then delete it.",
                    "キーを無効化してください。この操作はルートユーザーにしかできないため、ルートユーザーとして実行するか、ルートの「セキュリティ認証情報」で行ってください。その後、削除してください。",
                ),
                Command::aws("iam update-access-key").value("--access-key-id", self.value("key_id")).ours("--status Inactive"),
            ),
            O::CreateAccessKeySelf | O::CreateAccessKeyOther | O::ActivateAccessKey => self.one(
                Both::new(
                    "Deactivate the key. Programs that use it stop; sessions made with it earlier live on for up to 36 hours.",
                    "キーを無効化してください(このキーを使うプログラムは停止します。このキーで取得済みのセッションは最長 36 時間残ります)。",
                ),
                self.on_user("iam update-access-key").value("--access-key-id", self.value("key_id")).ours("--status Inactive"),
            ),
            O::DeactivateAccessKey => self.one(
                Both::new("If the key is needed, activate it again.", "キーが必要な場合は、再び有効にしてください。"),
                self.on_user("iam update-access-key").value("--access-key-id", self.value("key_id")).ours("--status Active"),
            ),
            O::DeleteAccessKey => self.words(
                "A deleted key cannot come back: create a new one where it was needed.",
                "削除されたキーは元に戻せません。必要な場合は、新しいキーを作成してください。",
            ),
            O::CreateLoginProfile => self.one(
                Both::new(
                    "Take the console password away. Right after its creation AWS may answer EntityTemporarilyUnmodifiable: repeat the command.",
                    "コンソール用パスワードを削除してください(作成直後は EntityTemporarilyUnmodifiable で失敗することがあります。その場合は繰り返してください)。",
                ),
                self.on_user("iam delete-login-profile"),
            ),
            O::CreateLoginProfileRoot => self.words(
                "From the management account, remove the member account's root credentials again (IAM console, Root access management).",
                "管理アカウントの IAM コンソール(ルートアクセス管理)で、このメンバーアカウントのルート認証情報を再び削除してください。",
            ),
            O::UpdateLoginProfileOther => self.one(
                Both::new(
                    "Take the console password away; the old one cannot come back. Then set a new one for its owner.",
                    "コンソール用パスワードを削除してください(以前のパスワードには戻せません)。その後、本人のために新しく設定してください。",
                ),
                self.on_user("iam delete-login-profile"),
            ),
            O::UpdateLoginProfileSelf | O::ChangePassword => self.one(
                Both::new(
                    "The old password cannot come back: set a new one for the user, of your own choice for the dots.",
                    "以前のパスワードには戻せません。「...」をご自身で決めたパスワードに置き換えて、新しく設定してください。",
                ),
                self.on_user("iam update-login-profile").ours("--password '...' --password-reset-required"),
            ),
            O::DeleteLoginProfile => self.one(
                Both::new(
                    "If the user needs the console, set a new password: put one of your own choice for the dots.",
                    "コンソールが必要な場合は、「...」をご自身で決めたパスワードに置き換えて設定してください。",
                ),
                self.on_user("iam create-login-profile").ours("--password '...' --password-reset-required"),
            ),
            O::DeactivateMfaDevice => self.one(
                Both::new(
                    "Register the MFA device again, with its owner: put two codes that it shows one after the other for the sets of dots. If the device was deleted too, register a new one in the console.",
                    "本人と一緒に、MFA デバイスを登録し直してください。「......」を、デバイスに連続して表示される 2 つのコードに置き換えてください(デバイス自体も削除されている場合は、コンソールで新しく登録してください)。",
                ),
                self.on_user("iam enable-mfa-device")
                    .value("--serial-number", self.value("serial"))
                    .ours("--authentication-code1 '......' --authentication-code2 '......'"),
            ),
            O::EnableMfaDevice => self.one(
                Both::new(
                    "Remove the MFA device. If it was the user's only one, the password alone is enough until another is registered.",
                    "この MFA デバイスを取り除いてください(ほかに登録がない場合、次に登録するまでパスワードだけでサインインできる状態になります)。",
                ),
                self.on_user("iam deactivate-mfa-device").value("--serial-number", self.value("serial")),
            ),
            // They change nobody's rights by themselves.
            O::CreateVirtualMfaDevice | O::DeleteVirtualMfaDevice | O::ResyncMfaDevice | O::ChangeTags => Vec::new(),
            O::UploadSshPublicKey => self.one(
                Both::new("Deactivate the SSH key.", "SSH キーを無効化してください。"),
                self.on_user("iam update-ssh-public-key").value("--ssh-public-key-id", self.value("ssh_id")).ours("--status Inactive"),
            ),
            O::CreateServiceSpecificCredential | O::ResetServiceSpecificCredential => self.one(
                Both::new("Deactivate the credential.", "認証情報を無効化してください。"),
                self.on_user("iam update-service-specific-credential")
                    .value("--service-specific-credential-id", self.value("cred_id"))
                    .ours("--status Inactive"),
            ),
            O::UploadSigningCertificate => self.one(
                Both::new("Deactivate the certificate.", "証明書を無効化してください。"),
                self.on_user("iam update-signing-certificate").value("--certificate-id", self.value("cred_id")).ours("--status Inactive"),
            ),
            O::AttachPolicy => self.principal_step(
                Both::new(
                    "Detach the policy. It may have been there before: attaching it twice looks the same in the record.",
                    "ポリシーをデタッチしてください(以前からアタッチされていた可能性もあります。その場合も同じ記録になります)。",
                ),
                self.on_principal("iam detach-user-policy", "iam detach-group-policy", "iam detach-role-policy")
                    .map(|command| command.value("--policy-arn", self.value("policy_arn"))),
            ),
            // Told apart above; its policy is never offered for detaching.
            O::AttachQuarantinePolicy => Vec::new(),
            O::DetachPolicy => self.principal_step(
                Both::new("Attach the policy again.", "ポリシーを再びアタッチしてください。"),
                self.on_principal("iam attach-user-policy", "iam attach-group-policy", "iam attach-role-policy")
                    .map(|command| command.value("--policy-arn", self.value("policy_arn"))),
            ),
            // Deleting it would take away what was there before, too.
            O::PutInlinePolicy if earlier.is_some() && !has_text => self.seen_step(
                Both::new(
                    "Put the earlier text of the inline policy back from your own copy (save it as previous.json): a policy of this name was set on {day}[, event {event}], but its text is not recorded. Do not delete the policy: that would take away what was allowed before.",
                    "インラインポリシーを以前の内容に戻してください。同名のポリシーが {day} に設定されていますが[(イベント {event})]、内容は記録に残っていないため、控えを previous.json として保存してください。以前から許可されていた操作まで失われるため、ポリシーは削除しないでください。",
                ),
                earlier,
                self.put_inline_policy(),
            ),
            O::PutInlinePolicy if earlier.is_some() => self.seen_step(
                Both::new(
                    "Put the earlier text of the inline policy back: save it as previous.json from the record of {day}[, event {event}]. Do not delete the policy: that would take away what was allowed before.",
                    "インラインポリシーを以前の内容に戻してください。以前の内容は {day} の記録[(イベント {event})]にあります(previous.json として保存してください)。以前から許可されていた操作まで失われるため、ポリシーは削除しないでください。",
                ),
                earlier,
                self.put_inline_policy(),
            ),
            O::PutInlinePolicy => self.principal_step(
                Both::new(
                    "Delete the inline policy, but only if it did not exist before: it may have been there, and overwritten without a word. Then put its earlier text back instead.",
                    "インラインポリシーを削除してください。ただし、以前から同名のポリシーがあった場合は(警告なく上書きされます)、削除せずに以前の内容へ戻してください。",
                ),
                self.on_principal("iam delete-user-policy", "iam delete-group-policy", "iam delete-role-policy")
                    .map(|command| command.value("--policy-name", self.value("policy"))),
            ),
            O::RevokeSessions => self.one(
                Both::new(
                    "Defenders do this. Only if none of your own people did it, let the older sessions work again.",
                    "通常は防御のための操作です。ご自身や関係者が行ったものでない場合に限り、次のコマンドで取り消しを解除してください。",
                ),
                Command::aws("iam delete-role-policy")
                    .value("--role-name", self.value("target"))
                    .ours("--policy-name AWSRevokeOlderSessions"),
            ),
            O::DeleteInlinePolicy if has_text => self.seen_step(
                Both::new(
                    "Put the inline policy back: save its text as previous.json from the record of {day}[, event {event}].",
                    "インラインポリシーを元に戻してください。内容は {day} の記録[(イベント {event})]にあります(previous.json として保存してください)。",
                ),
                earlier,
                self.put_inline_policy(),
            ),
            O::DeleteInlinePolicy => self.words(
                "Putting it back needs its earlier text, which is not in the record: use a copy of your own.",
                "元に戻すには以前の内容が必要です(この記録には含まれません)。控えから復元してください。",
            ),
            O::CreatePolicy => self.one(
                Both::new(
                    "Delete the policy. AWS refuses while it is attached or has other versions.",
                    "ポリシーを削除してください(アタッチされている間や、ほかのバージョンがある間は失敗します)。",
                ),
                Command::aws("iam delete-policy").value("--policy-arn", self.value("policy_arn")),
            ),
            O::CreatePolicyVersion => self.one(
                Both::new("Delete the version.", "このバージョンを削除してください。"),
                Command::aws("iam delete-policy-version")
                    .value("--policy-arn", self.value("policy_arn"))
                    .value("--version-id", self.value("version")),
            ),
            O::ChangePolicy | O::SetDefaultPolicyVersion if has_version => self.seen_step(
                Both::new(
                    "Put the version back that was in force before, as far as trailbell has seen: {version}, of {day}[, event {event}].",
                    "以前有効だったバージョンに戻してください。trailbell が確認した範囲では、{day} の {version}[(イベント {event})]です。",
                ),
                earlier,
                Some(
                    Command::aws("iam set-default-policy-version")
                        .value("--policy-arn", self.value("policy_arn"))
                        .value("--version-id", earlier.and_then(|seen| seen.version.clone())),
                ),
            ),
            O::ChangePolicy | O::SetDefaultPolicyVersion => self.one(
                Both::new(
                    "List the versions, then put the one that was in force before back (aws iam set-default-policy-version). The record does not say which that was.",
                    "バージョンの一覧を確認し、以前有効だったバージョンに戻してください(aws iam set-default-policy-version。どれだったかは、この記録には含まれません)。",
                ),
                Command::aws("iam list-policy-versions").value("--policy-arn", self.value("policy_arn")),
            ),
            O::AddUserToGroup => self.one(
                Both::new(
                    "Take the user out of the group. They may have been there before: adding them twice looks the same in the record.",
                    "ユーザーをグループから外してください(以前から所属していた可能性もあります。その場合も同じ記録になります)。",
                ),
                self.on_user("iam remove-user-from-group").value("--group-name", self.value("group")),
            ),
            O::RemoveUserFromGroup => self.one(
                Both::new("Put the user back into the group.", "ユーザーをグループに戻してください。"),
                self.on_user("iam add-user-to-group").value("--group-name", self.value("group")),
            ),
            O::CreateRole => self.one(
                Both::new(
                    "Delete the role. AWS refuses while policies are attached: detach those first.",
                    "ロールを削除してください(ポリシーが残っている間は失敗するため、先に取り除いてください)。",
                ),
                Command::aws("iam delete-role").value("--role-name", self.value("target")),
            ),
            O::UpdateAssumeRolePolicy if has_text && changed::only_shuts_out(self.context.facts) => self.seen_step(
                Both::new(
                    "Only if it was not meant, put the earlier trust policy back: save it as previous.json from the record of {day}[, event {event}]. That lets in again whoever it shut out (see \"Changed\"): leave it as it is if you do not know them.",
                    "意図しない変更だった場合に限り、以前の信頼ポリシーに戻してください。以前の内容は {day} の記録[(イベント {event})]にあります(previous.json として保存してください)。戻すと、この変更で外された相手(「変更点」を参照)が再び引き受けられるようになります。身に覚えのない相手であれば、戻さないでください。",
                ),
                earlier,
                Some(self.update_assume_role_policy()),
            ),
            O::UpdateAssumeRolePolicy if has_text => self.seen_step(
                Both::new(
                    "Last, put the earlier trust policy back: save it as previous.json from the record of {day}[, event {event}]. Take care: taking somebody out of a trust policy may close your own only door.",
                    "最後に、以前の信頼ポリシーに戻してください。以前の内容は {day} の記録[(イベント {event})]にあります(previous.json として保存してください)。信頼ポリシーから外すことで、ご自身の唯一の入り口が閉じないことを先に確認してください。",
                ),
                earlier,
                Some(self.update_assume_role_policy()),
            ),
            O::UpdateAssumeRolePolicy => self.one(
                Both::new(
                    "Last, put the earlier trust policy back (its text is not in the record; save it as previous.json). Take care: taking somebody out of a trust policy may close your own only door.",
                    "最後に、以前の信頼ポリシーに戻してください(内容はこの記録に含まれないため、控えを previous.json として保存してください)。信頼ポリシーから外すことで、ご自身の唯一の入り口が閉じないことを先に確認してください。",
                ),
                self.update_assume_role_policy(),
            ),
            O::UpdateRoleSessions => self.words(
                "Set the earlier session length again (aws iam update-role --max-session-duration); the record does not say what it was. AWS's own default is one hour.",
                "最大セッション時間を以前の値に戻してください(aws iam update-role --max-session-duration。以前の値はこの記録に含まれません。AWS の既定値は 1 時間です)。",
            ),
            O::UpdateRole | O::OtherIamWrite => self.words(
                "Look at the raw record for what exactly was changed, and take it back in the console.",
                "元の記録で変更内容を確認し、コンソールで元に戻してください。",
            ),
            O::PutPermissionsBoundary => self.principal_step(
                Both::new(
                    "Put the earlier boundary back. Only if there was none before, remove this one: without a boundary, rights grow.",
                    "以前の境界に戻してください。以前は境界がなかった場合に限り、次のコマンドで削除してください(境界がなくなると権限は広がります)。",
                ),
                self.boundary_owner("iam delete-user-permissions-boundary", "iam delete-role-permissions-boundary"),
            ),
            O::DeletePermissionsBoundary => self.principal_step(
                Both::new(
                    "Put the earlier boundary back: the ARN of its policy for EARLIER_BOUNDARY_POLICY. The record does not say which policy it was.",
                    "EARLIER_BOUNDARY_POLICY を以前の境界のポリシー ARN に置き換えて、境界を設定し直してください(どのポリシーだったかは、この記録には含まれません)。",
                ),
                self.boundary_owner("iam put-user-permissions-boundary", "iam put-role-permissions-boundary")
                    .map(|command| command.ours("--permissions-boundary EARLIER_BOUNDARY_POLICY")),
            ),
            O::CreateInstanceProfile => self.one(
                Both::new("Delete the instance profile.", "インスタンスプロファイルを削除してください。"),
                Command::aws("iam delete-instance-profile").value("--instance-profile-name", self.value("target")),
            ),
            O::AddRoleToInstanceProfile => self.one(
                Both::new(
                    "Take the role out of the instance profile. Instances that use it lose their rights.",
                    "インスタンスプロファイルからロールを外してください(使用中のインスタンスは権限を失います)。",
                ),
                Command::aws("iam remove-role-from-instance-profile")
                    .value("--instance-profile-name", self.value("target"))
                    .value("--role-name", self.value("role")),
            ),
            O::CreateServiceLinkedRole => self.words(
                "AWS made this role because a service was used for the first time: find out who used it and why.",
                "サービスが初めて使われたときに AWS が作成するロールです。誰が何のために使ったかを確認してください。",
            ),
            O::CreateSamlProvider => self.one(
                Both::new(
                    "Delete the identity provider. This cuts off everybody who signs in by it.",
                    "ID プロバイダーを削除してください(これを使ってサインインする全員がサインインできなくなります)。",
                ),
                Command::aws("iam delete-saml-provider").value("--saml-provider-arn", self.value("provider_arn")),
            ),
            O::UpdateSamlProvider => self.words(
                "Upload the earlier metadata document again; deleting the provider would cut off everybody who signs in by it.",
                "以前のメタデータドキュメントをアップロードし直してください(プロバイダーを削除すると、利用者全員がサインインできなくなります)。",
            ),
            O::CreateOidcProvider => self.one(
                Both::new(
                    "Delete the provider. This stops the CI and other programs that use it.",
                    "プロバイダーを削除してください(これを使う CI などは停止します)。",
                ),
                Command::aws("iam delete-open-id-connect-provider")
                    .value("--open-id-connect-provider-arn", self.value("provider_arn")),
            ),
            O::UpdateOidcProvider if event == "AddClientIDToOpenIDConnectProvider" => self.one(
                Both::new(
                    "Take the new audience out again. It may have been there before. Deleting the provider would stop the CI that uses it.",
                    "追加された対象者(クライアント ID)を取り除いてください(以前から登録されていた可能性もあります。プロバイダーを削除すると、これを使う CI などが停止します)。",
                ),
                Command::aws("iam remove-client-id-from-open-id-connect-provider")
                    .value("--open-id-connect-provider-arn", self.value("provider_arn"))
                    .value("--client-id", self.value("client_id")),
            ),
            O::UpdateOidcProvider => self.words(
                "Take the new audience or thumbprint out again; deleting the provider would stop the CI that uses it.",
                "追加された対象者(クライアント ID)やサムプリントを取り除いてください(プロバイダーを削除すると、これを使う CI などが停止します)。",
            ),
            O::DeleteEntity => self.words(
                "What was deleted cannot come back: create it again from your own records, if it is needed.",
                "削除されたものは元に戻せません。必要な場合は、控えをもとに作成し直してください。",
            ),
            O::Rename => self.one(
                Both::new("Give it its earlier name again.", "元の名前に戻してください。"),
                match self.change.target.kind {
                    TargetKind::Group => Command::aws("iam update-group")
                        .value("--group-name", self.value("new_name"))
                        .value("--new-group-name", self.value("target")),
                    _ => Command::aws("iam update-user")
                        .value("--user-name", self.value("new_name"))
                        .value("--new-user-name", self.value("target")),
                },
            ),
            O::UpdatePasswordPolicy | O::DeletePasswordPolicy => self.words(
                "Set the earlier values again (IAM console, Account settings); the record does not have them.",
                "IAM コンソールの「アカウント設定」で、以前の値に戻してください(以前の値はこの記録に含まれません)。",
            ),
            O::SetStsPreferences => self.one(
                Both::new(
                    "Set the default again. Tokens of version 1 are not valid in regions that have to be enabled.",
                    "既定値に戻してください(バージョン 1 のトークンは、有効化が必要なリージョンでは使えません)。",
                ),
                Command::aws("iam set-security-token-service-preferences").ours("--global-endpoint-token-version v1Token"),
            ),
            O::CreateAccountAlias => self.one(
                Both::new(
                    "Delete the alias; create the earlier one again, if there was one.",
                    "エイリアスを削除してください。以前のエイリアスがあった場合は、作成し直してください。",
                ),
                Command::aws("iam delete-account-alias").value("--account-alias", self.value("target")),
            ),
            O::DeleteAccountAlias => self.one(
                Both::new(
                    "Create the alias again, before anybody else takes it.",
                    "ほかの人に取得される前に、エイリアスを作成し直してください。",
                ),
                Command::aws("iam create-account-alias").value("--account-alias", self.value("target")),
            ),
            O::EnableCentralRootAccess => self.one(
                Both::new("Switch it off again.", "再び無効にしてください。"),
                Command::aws(if event.ends_with("RootSessions") {
                    "iam disable-organizations-root-sessions"
                } else {
                    "iam disable-organizations-root-credentials-management"
                }),
            ),
            O::DisableCentralRootAccess => self.one(
                Both::new("Switch it on again, if you used it.", "利用していた場合は、再び有効にしてください。"),
                Command::aws(if event.ends_with("RootSessions") {
                    "iam enable-organizations-root-sessions"
                } else {
                    "iam enable-organizations-root-credentials-management"
                }),
            ),
            O::EnableOutboundFederation => self.one(
                Both::new(
                    "Switch it off again. What relies on such tokens elsewhere stops.",
                    "再び無効にしてください(このトークンに依存する外部サービスは停止します)。",
                ),
                Command::aws("iam disable-outbound-web-identity-federation"),
            ),
            O::CreateDelegationRequest | O::AcceptDelegationRequest | O::SendDelegationToken => self.words(
                "Look at the request in the IAM console and end the partner's access there.",
                "IAM コンソールでリクエストの内容を確認し、パートナーのアクセスを終了してください。",
            ),
            // The member account's own record: what stops the next session is not to be run there.
            O::AssumeRoot if self.context.facts.actor.kind == ActorKind::OutsideAccount => self.words(
                "Root sessions end after 15 minutes by themselves. In the management account, switch root sessions off for the organization (aws iam disable-organizations-root-sessions): that stops the next one, in every member account.",
                "ルートセッションは 15 分で終了します。次のセッションを防ぐには、管理アカウントで組織のルートセッションを無効にしてください(aws iam disable-organizations-root-sessions。すべてのメンバーアカウントに影響します)。",
            ),
            O::AssumeRoot => self.one(
                Both::new(
                    "Root sessions end after 15 minutes by themselves. This stops the next one, in every member account (it works in the management account, or where it delegated this to).",
                    "ルートセッションは 15 分で終了します。次のセッションを防ぐには、次を実行してください(管理アカウントまたは委任管理者アカウントで有効です。すべてのメンバーアカウントに影響します)。",
                ),
                Command::aws("iam disable-organizations-root-sessions"),
            ),
            O::GetFederationToken => self.words(
                "The credentials live for up to 36 hours. They can do no more than the IAM user who made them. Deactivating the key does not stop them: deny that user everything, which does.",
                "発行された認証情報は最長 36 時間有効です。権限は、発行した IAM ユーザーの権限を超えません。キーを無効化しても止まらないため、発行した IAM ユーザーのすべての操作を拒否してください(この認証情報も使えなくなります)。",
            ),
            // Told only where it was refused.
            O::AssumeRoleFederated => Vec::new(),
            O::CreateAccountAssignment => self.one(
                Both::new(
                    "Take the assignment away, after a look whether it was there before.",
                    "割り当てを外してください(以前からの割り当てではないことを、先に確認してください)。",
                ),
                self.assignment("sso-admin delete-account-assignment"),
            ),
            O::DeleteAccountAssignment => self.one(
                Both::new("Give the assignment back.", "割り当てを戻してください。"),
                self.assignment("sso-admin create-account-assignment"),
            ),
            O::AddPolicyToPermissionSet if event == "AttachManagedPolicyToPermissionSet" => {
                let set = |operation| {
                    Command::aws(operation)
                        .value("--instance-arn", self.value("instance_arn"))
                        .value("--permission-set-arn", self.value("ps_arn"))
                };
                let mut steps = self.one(
                    Both::new("Take the policy out of the permission set.", "許可セットからポリシーを外してください。"),
                    set("sso-admin detach-managed-policy-from-permission-set")
                        .value("--managed-policy-arn", self.value("policy_arn"))
                        .value("--region", self.region()),
                );
                steps.extend(self.one(
                    Both::new(
                        "Then apply the permission set: until then the accounts keep the policy.",
                        "続けて、許可セットを各アカウントに反映してください(反映するまで、各アカウントにはポリシーが残ります)。",
                    ),
                    set("sso-admin provision-permission-set")
                        .ours("--target-type ALL_PROVISIONED_ACCOUNTS")
                        .value("--region", self.region()),
                ));
                steps
            }
            O::AddPolicyToPermissionSet | O::ChangePermissionSet => self.words(
                "In the Identity Center console, set the permission set as it was before (the record does not have the earlier text), then provision it again.",
                "IAM Identity Center のコンソールで、許可セットを以前の内容に戻し(以前の内容はこの記録に含まれません)、再度プロビジョニングしてください。",
            ),
            // They follow a change that is told by itself.
            O::CreatePermissionSet | O::ProvisionPermissionSet => Vec::new(),
            O::ChangeIdentityCenter | O::ChangeExternalIdentityProvider => self.words(
                "Look at the settings of Identity Center, and set them as they were.",
                "IAM Identity Center の設定を確認し、元の設定に戻してください。",
            ),
            O::CreateDirectoryUser => self.one(
                Both::new("Delete the user.", "ユーザーを削除してください。"),
                Command::aws("identitystore delete-user")
                    .value("--identity-store-id", self.value("store_id"))
                    .value("--user-id", self.value("user_id"))
                    .value("--region", self.region()),
            ),
            O::AddMemberToDirectoryGroup => self.one(
                Both::new("Take the member out of the group.", "メンバーをグループから外してください。"),
                Command::aws("identitystore delete-group-membership")
                    .value("--identity-store-id", self.value("store_id"))
                    .value("--membership-id", self.value("membership_id"))
                    .value("--region", self.region()),
            ),
            O::ChangeDirectorySignIn => self.words(
                "In the Identity Center console, look at the person's password and MFA devices and at the MFA settings, and set them right.",
                "IAM Identity Center のコンソールで、対象者のパスワードと MFA デバイス、および MFA の設定を確認し、正しい状態に戻してください。",
            ),
            O::TrustCertificateAuthority if event == "CreateProfile" => self.one(
                Both::new(
                    "Disable the profile. Programs outside AWS that use it stop.",
                    "プロファイルを無効化してください(これを使う AWS 外のプログラムは停止します)。",
                ),
                Command::aws("rolesanywhere disable-profile")
                    .value("--profile-id", self.value("profile_id"))
                    .value("--region", self.region()),
            ),
            O::TrustCertificateAuthority => self.one(
                Both::new(
                    "Disable the trust anchor. Programs outside AWS that use it stop.",
                    "信頼アンカーを無効化してください(これを使う AWS 外のプログラムは停止します)。",
                ),
                Command::aws("rolesanywhere disable-trust-anchor")
                    .value("--trust-anchor-id", self.value("anchor_id"))
                    .value("--region", self.region()),
            ),
            O::ChangeConsoleAuthorization => self.one(
                Both::new(
                    "If you are shut out of the console: with an access key and a recent AWS CLI, from any network, this takes the policies away (they do not bind access keys). Everybody can sign in again, also whoever they kept out.",
                    "コンソールに入れなくなった場合は、アクセスキーと新しい AWS CLI を使って次を実行してください(このポリシーはアクセスキーによる操作を制限しないため、どのネットワークからでも実行できます。ポリシーは削除され、防いでいた相手も再びサインインできるようになります)。",
                ),
                Command::aws("signin delete-console-authorization-configuration"),
            ),
            // Root's own containment says it all.
            O::RequestRootPasswordRecovery | O::CompleteRootPasswordRecovery | O::UpdateRootPassword
                if self.context.facts.actor.kind == ActorKind::Root =>
            {
                Vec::new()
            }
            O::RequestRootPasswordRecovery | O::CompleteRootPasswordRecovery | O::UpdateRootPassword => self.words(
                "Secure the mailbox of the root user first: whoever reads it can reset the root password again. Then set a new root password and check root's MFA.",
                "まず、ルートユーザーのメールの受信箱を保護してください(受信箱を読める人は、何度でも再設定できます)。その後、ルートのパスワードを変更し、MFA を確認してください。",
            ),
            O::UpdateRootEmail | O::ChangePrimaryEmail => self.words(
                "Somebody may be taking the account over: call AWS Support at once (also without signing in), and secure the earlier mailbox.",
                "アカウントを乗っ取られるおそれがあります。すぐに AWS サポートに連絡し(サインインできなくても連絡できます)、以前のメールの受信箱を保護してください。",
            ),
            O::ChangeContact => self.words(
                "Set the contact right (console, Account): AWS's own warnings go there.",
                "コンソールの「アカウント」で連絡先を正しい内容に戻してください(AWS からの警告が届く宛先です)。",
            ),
            O::EnableRegion => self.one(
                Both::new(
                    "Look for resources in the region, then disable it.",
                    "このリージョンのリソースを確認した上で、リージョンを無効化してください。",
                ),
                Command::aws("account disable-region").value("--region-name", self.value("region")),
            ),
            O::RemoveAccountFromOrganization => self.one(
                Both::new(
                    "The account is outside the organization's guard rails now: invite it again. Whoever holds the account has to accept.",
                    "アカウントは組織の制限(SCP など)の対象外になっています。再度招待してください(そのアカウント側での承認が必要です)。",
                ),
                Command::aws("organizations invite-account-to-organization").value("--target", self.as_invited()),
            ),
            O::LeaveOrganization => self.words(
                "The account is outside the organization's guard rails now: have the management account invite it again.",
                "アカウントは組織の制限(SCP など)の対象外になっています。管理アカウントから再度招待してください。",
            ),
            O::DetachOrganizationPolicy => self.one(
                Both::new("Attach the policy again.", "ポリシーを再びアタッチしてください。"),
                Command::aws("organizations attach-policy")
                    .value("--policy-id", self.value("policy"))
                    .value("--target-id", self.value("target")),
            ),
            O::DisableOrganizationPolicyType => self.one(
                Both::new(
                    "Enable the policy type again, then look whether every policy of that type is attached where it was: disabling took them all off.",
                    "ポリシータイプを再び有効化し、その種類のポリシーがすべて元のとおりアタッチされているかを確認してください(無効化により、すべて外れています)。",
                ),
                Command::aws("organizations enable-policy-type")
                    .value("--root-id", self.value("root_id"))
                    .value("--policy-type", self.value("policy_type")),
            ),
            O::InviteAccountToOrganization => self.one(
                Both::new(
                    "Cancel the invitation. If it was accepted already, take the account out again in the Organizations console.",
                    "招待を取り消してください(すでに承認されている場合は、AWS Organizations のコンソールでアカウントを組織から外してください)。",
                ),
                Command::aws("organizations cancel-handshake").value("--handshake-id", self.value("handshake_id")),
            ),
            O::AcceptHandshake => self.words(
                "In the Organizations console, cancel the invitation, or take the account out again.",
                "AWS Organizations のコンソールで、招待を取り消すか、アカウントを組織から外してください。",
            ),
        }
    }

    /// A step that goes back to what was seen before.
    fn seen_step(&self, text: Both, seen: Option<&PolicySeen>, command: Option<Command>) -> Vec<Step> {
        let Some(seen) = seen else { return Vec::new() };
        let step = self.context.step_seen(text, seen);
        match command {
            Some(command) => vec![self.context.with_commands(step, vec![(Purpose::Do, command)])],
            None => vec![step],
        }
    }

    fn put_inline_policy(&self) -> Option<Command> {
        let command =
            self.on_principal("iam put-user-policy", "iam put-group-policy", "iam put-role-policy")?;
        Some(
            command
                .value("--policy-name", self.value("policy"))
                .ours("--policy-document file://previous.json"),
        )
    }

    fn update_assume_role_policy(&self) -> Command {
        Command::aws("iam update-assume-role-policy")
            .value("--role-name", self.value("target"))
            .ours("--policy-document file://previous.json")
    }

    /// A step whose command exists only for a user, group or role.
    fn principal_step(&self, text: Both, command: Option<Command>) -> Vec<Step> {
        match command {
            Some(command) => self.one(text, command),
            None => vec![self.context.step(text)],
        }
    }

    fn boundary_owner(&self, user: &'static str, role: &'static str) -> Option<Command> {
        // A group has no boundary.
        if self.change.target.kind == TargetKind::Group { None } else { self.on_principal(user, "", role) }
    }
}
