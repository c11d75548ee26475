//! The sentence of every change: one row of words for each [`Operation`].
//!
//! A row has the whole sentence for what was done, and the words up to "tried to ..." for what was not; how it
//! ended is added behind those. The wordings are the product's own table of headlines.

use trailbell_record::Operation;

use super::Words;

const fn w(en: &'static str, en_tried: &'static str, ja: &'static str, ja_tried: &'static str) -> Words {
    Words::new(en, en_tried, ja, ja_tried)
}

/// The words for an operation. `event` tells apart what one row tells of several API operations; without
/// `parameters` the record has none, as refused requests often have.
#[rustfmt::skip]
pub(super) fn words(operation: Operation, event: &str, parameters: bool) -> Words {
    use Operation as O;
    match operation {
        O::CreateUser => w(
            "{actor} created IAM user {target}.", "{actor} tried to create [IAM user {target}|an IAM user]",
            "{actor} が IAM ユーザー {target} を作成しました。", "{actor} が IAM ユーザー[ {target} ]を作成しようとしました",
        ),
        O::CreateAccessKeySelf => w(
            "{actor} created an access key for themselves[ ({key_id})].", "{actor} tried to create an access key for themselves",
            "{actor} が自分用のアクセスキー[({key_id})]を作成しました。", "{actor} が自分用のアクセスキーを作成しようとしました",
        ),
        O::CreateAccessKeyOther => w(
            "{actor} created an access key for {target}[ ({key_id})].", "{actor} tried to create an access key[ for {target}]",
            "{actor} が {target} のアクセスキー[({key_id})]を作成しました。", "{actor} が[ {target} の]アクセスキーを作成しようとしました",
        ),
        O::CreateAccessKeyRoot => w(
            "An access key was created for the root user[ ({key_id})].", "{actor} tried to create an access key for the root user",
            "ルートユーザーのアクセスキー[({key_id})]が作成されました。", "{actor} がルートユーザーのアクセスキーを作成しようとしました",
        ),
        // Both are `UpdateAccessKey`; a refused one is recorded without saying which.
        O::ActivateAccessKey | O::DeactivateAccessKey if !parameters => w(
            "{actor} changed whether an access key[ of {target}] works.", "{actor} tried to change whether an access key[ of {target}] works",
            "{actor} が[ {target} の]アクセスキーの有効・無効を変更しました。", "{actor} が[ {target} の]アクセスキーの有効・無効を変更しようとしました",
        ),
        O::ActivateAccessKey => w(
            "{actor} re-activated access key {key_id} of {target}.", "{actor} tried to re-activate [access key {key_id}|an access key][ of {target}]",
            "{actor} が {target} のアクセスキー {key_id} を再び有効にしました。", "{actor} が[ {target} の]アクセスキー[ {key_id} ]を再び有効にしようとしました",
        ),
        O::DeactivateAccessKey => w(
            "{actor} deactivated access key {key_id} of {target}.", "{actor} tried to deactivate [access key {key_id}|an access key][ of {target}]",
            "{actor} が {target} のアクセスキー {key_id} を無効化しました。", "{actor} が[ {target} の]アクセスキー[ {key_id} ]を無効化しようとしました",
        ),
        O::DeleteAccessKey => w(
            "{actor} deleted access key {key_id} of {target}.", "{actor} tried to delete [access key {key_id}|an access key][ of {target}]",
            "{actor} が {target} のアクセスキー {key_id} を削除しました。", "{actor} が[ {target} の]アクセスキー[ {key_id} ]を削除しようとしました",
        ),
        O::CreateLoginProfile => w(
            "{actor} set a console password for {target}.", "{actor} tried to set a console password[ for {target}]",
            "{actor} が {target} のコンソール用パスワードを設定しました。", "{actor} が[ {target} の]コンソール用パスワードを設定しようとしました",
        ),
        O::CreateLoginProfileRoot => w(
            "{actor} let the root user have a console password again.", "{actor} tried to let the root user have a console password again",
            "{actor} がルートユーザーのコンソール用パスワードを再び設定できるようにしました。", "{actor} がルートユーザーのコンソール用パスワードを再び設定できるようにしようとしました",
        ),
        O::UpdateLoginProfileOther => w(
            "{actor} changed {target}'s console password.", "{actor} tried to change [{target}'s|a] console password",
            "{actor} が {target} のコンソール用パスワードを変更しました。", "{actor} が[ {target} の]コンソール用パスワードを変更しようとしました",
        ),
        O::UpdateLoginProfileSelf => w(
            "{actor} set their own console password anew, without giving the old one.", "{actor} tried to set their own console password anew",
            "{actor} が現在のパスワードを入力せずに、自分のコンソール用パスワードを設定し直しました。", "{actor} が自分のコンソール用パスワードを設定し直そうとしました",
        ),
        O::ChangePassword => w(
            "{actor} changed their own console password.", "{actor} tried to change their own console password",
            "{actor} が自分のコンソール用パスワードを変更しました。", "{actor} が自分のコンソール用パスワードを変更しようとしました",
        ),
        O::DeleteLoginProfile => w(
            "{actor} removed {target}'s console password.", "{actor} tried to remove [{target}'s|a] console password",
            "{actor} が {target} のコンソール用パスワードを削除しました。", "{actor} が[ {target} の]コンソール用パスワードを削除しようとしました",
        ),
        O::DeactivateMfaDevice => w(
            "{actor} removed an MFA device from {target}.", "{actor} tried to remove an MFA device[ from {target}]",
            "{actor} が {target} の MFA デバイスを無効化しました。", "{actor} が[ {target} の] MFA デバイスを無効化しようとしました",
        ),
        O::EnableMfaDevice => w(
            "{actor} registered an MFA device for {target}.", "{actor} tried to register an MFA device[ for {target}]",
            "{actor} が {target} に MFA デバイスを登録しました。", "{actor} が[ {target} に] MFA デバイスを登録しようとしました",
        ),
        O::CreateVirtualMfaDevice => w(
            "{actor} prepared a virtual MFA device[ ({serial})].", "{actor} tried to prepare a virtual MFA device",
            "{actor} が仮想 MFA デバイス[({serial})]を準備しました。", "{actor} が仮想 MFA デバイスを準備しようとしました",
        ),
        O::DeleteVirtualMfaDevice => w(
            "{actor} deleted a virtual MFA device[ ({serial})].", "{actor} tried to delete a virtual MFA device[ ({serial})]",
            "{actor} が仮想 MFA デバイス[({serial})]を削除しました。", "{actor} が仮想 MFA デバイス[({serial})]を削除しようとしました",
        ),
        O::ResyncMfaDevice => w(
            "{actor} synchronised {target}'s MFA device.", "{actor} tried to synchronise [{target}'s|an] MFA device",
            "{actor} が {target} の MFA デバイスを再同期しました。", "{actor} が[ {target} の] MFA デバイスを再同期しようとしました",
        ),
        O::UploadSshPublicKey => w(
            "{actor} added an SSH public key for {target}.", "{actor} tried to add an SSH public key[ for {target}]",
            "{actor} が {target} の SSH 公開鍵を登録しました。", "{actor} が[ {target} の] SSH 公開鍵を登録しようとしました",
        ),
        O::CreateServiceSpecificCredential => w(
            "{actor} created a [{service}|service] credential for {target}.", "{actor} tried to create a [{service}|service] credential[ for {target}]",
            "{actor} が {target} の[ {service} 用|サービス用]認証情報を作成しました。", "{actor} が[ {target} の][ {service} 用|サービス用]認証情報を作成しようとしました",
        ),
        O::ResetServiceSpecificCredential => w(
            "{actor} made a new secret for {target}'s [{service}|service] credential.", "{actor} tried to make a new secret for [{target}'s|a] [{service}|service] credential",
            "{actor} が {target} の[ {service} 用|サービス用]認証情報のシークレットを再発行しました。", "{actor} が[ {target} の][ {service} 用|サービス用]認証情報のシークレットを再発行しようとしました",
        ),
        O::UploadSigningCertificate => w(
            "{actor} added a signing certificate for {target}.", "{actor} tried to add a signing certificate[ for {target}]",
            "{actor} が {target} の署名用証明書を登録しました。", "{actor} が[ {target} の]署名用証明書を登録しようとしました",
        ),
        O::AttachPolicy => w(
            "{actor} attached {policy} to {target}.", "{actor} tried to attach [{policy}|a policy][ to {target}]",
            "{actor} が {target} に {policy} をアタッチしました。", "{actor} が[ {target} に][ {policy} |ポリシー]をアタッチしようとしました",
        ),
        O::AttachQuarantinePolicy => w(
            "AWS quarantined {target}: its access key is believed to have leaked.", "{actor} tried to attach AWS's quarantine policy[ to {target}]",
            "AWS が {target} を隔離しました(アクセスキーの漏えいが疑われています)。", "{actor} が[ {target} に] AWS の隔離ポリシーをアタッチしようとしました",
        ),
        O::DetachPolicy => w(
            "{actor} detached {policy} from {target}.", "{actor} tried to detach [{policy}|a policy][ from {target}]",
            "{actor} が {target} から {policy} をデタッチしました。", "{actor} が[ {target} から][ {policy} |ポリシー]をデタッチしようとしました",
        ),
        O::PutInlinePolicy => w(
            "{actor} put inline policy {policy} on {target}[: it allows {allowed}].", "{actor} tried to put [inline policy {policy}|an inline policy][ on {target}]",
            "{actor} が {target} にインラインポリシー {policy} を設定しました[({allowed} を許可)]。", "{actor} が[ {target} に]インラインポリシー[ {policy} ]を設定しようとしました",
        ),
        O::RevokeSessions => w(
            "{actor} revoked the active sessions of role {target}.", "{actor} tried to revoke the active sessions of [role {target}|a role]",
            "{actor} がロール {target} の有効なセッションを取り消しました。", "{actor} がロール[ {target} ]の有効なセッションを取り消そうとしました",
        ),
        O::DeleteInlinePolicy => w(
            "{actor} deleted inline policy {policy} from {target}.", "{actor} tried to delete [inline policy {policy}|an inline policy][ from {target}]",
            "{actor} が {target} のインラインポリシー {policy} を削除しました。", "{actor} が[ {target} の]インラインポリシー[ {policy} ]を削除しようとしました",
        ),
        O::CreatePolicy => w(
            "{actor} created policy {policy}.", "{actor} tried to create [policy {policy}|a policy]",
            "{actor} がポリシー {policy} を作成しました。", "{actor} がポリシー[ {policy} ]を作成しようとしました",
        ),
        O::CreatePolicyVersion => w(
            "{actor} created version [{version} ]of policy {policy}, not yet in force.", "{actor} tried to create a version of [policy {policy}|a policy]",
            "{actor} がポリシー {policy} のバージョン[ {version} ]を作成しました(まだ有効ではありません)。", "{actor} がポリシー[ {policy} ]の新しいバージョンを作成しようとしました",
        ),
        O::ChangePolicy => w(
            "{actor} changed policy {policy}[ (version {version} is now in force)].", "{actor} tried to change [policy {policy}|a policy]",
            "{actor} がポリシー {policy} を変更しました[(バージョン {version} が有効になりました)]。", "{actor} がポリシー[ {policy} ]を変更しようとしました",
        ),
        O::SetDefaultPolicyVersion => w(
            "{actor} switched policy {policy} to version {version}.", "{actor} tried to switch [policy {policy}|a policy] to [version {version}|another version]",
            "{actor} がポリシー {policy} の有効なバージョンを {version} に切り替えました。", "{actor} がポリシー[ {policy} ]の有効なバージョンを[ {version} に]切り替えようとしました",
        ),
        O::AddUserToGroup => w(
            "{actor} added {target} to group {group}.", "{actor} tried to add [{target}|a user] to [group {group}|a group]",
            "{actor} が {target} をグループ {group} に追加しました。", "{actor} が[ {target} |ユーザー]をグループ[ {group} ]に追加しようとしました",
        ),
        O::RemoveUserFromGroup => w(
            "{actor} removed {target} from group {group}.", "{actor} tried to remove [{target}|a user] from [group {group}|a group]",
            "{actor} が {target} をグループ {group} から外しました。", "{actor} が[ {target} |ユーザー]をグループ[ {group} ]から外そうとしました",
        ),
        O::CreateRole => w(
            "{actor} created role {target}[, which {trusted} may assume].", "{actor} tried to create [role {target}|a role]",
            "{actor} がロール {target} を作成しました[({trusted} が引き受け可能です)]。", "{actor} がロール[ {target} ]を作成しようとしました",
        ),
        O::UpdateAssumeRolePolicy => w(
            "{actor} changed who may assume role {target}.", "{actor} tried to change who may assume [role {target}|a role]",
            "{actor} がロール {target} の信頼ポリシー(引き受けられる相手)を変更しました。", "{actor} がロール[ {target} ]の信頼ポリシー(引き受けられる相手)を変更しようとしました",
        ),
        O::UpdateRoleSessions => w(
            "{actor} changed role {target}'s settings[ (sessions up to {hours} h)].", "{actor} tried to change [role {target}'s|a role's] settings[ (sessions up to {hours} h)]",
            "{actor} がロール {target} の設定を変更しました[(最大セッション時間 {hours} 時間)]。", "{actor} がロール[ {target} ]の設定を変更しようとしました",
        ),
        O::UpdateRole => w(
            "{actor} changed role {target}'s settings.", "{actor} tried to change [role {target}'s|a role's] settings",
            "{actor} がロール {target} の設定を変更しました。", "{actor} がロール[ {target} ]の設定を変更しようとしました",
        ),
        O::PutPermissionsBoundary => w(
            "{actor} set {target}'s permissions boundary to {policy}.", "{actor} tried to set [{target}'s|a] permissions boundary[ to {policy}]",
            "{actor} が {target} のアクセス許可の境界を {policy} に設定しました。", "{actor} が[ {target} の]アクセス許可の境界を[ {policy} に]設定しようとしました",
        ),
        O::DeletePermissionsBoundary => w(
            "{actor} removed {target}'s permissions boundary.", "{actor} tried to remove [{target}'s|a] permissions boundary",
            "{actor} が {target} のアクセス許可の境界を削除しました。", "{actor} が[ {target} の]アクセス許可の境界を削除しようとしました",
        ),
        O::CreateInstanceProfile => w(
            "{actor} created instance profile {target}.", "{actor} tried to create [instance profile {target}|an instance profile]",
            "{actor} がインスタンスプロファイル {target} を作成しました。", "{actor} がインスタンスプロファイル[ {target} ]を作成しようとしました",
        ),
        O::AddRoleToInstanceProfile => w(
            "{actor} put role {role} into instance profile {target}.", "{actor} tried to put [role {role}|a role] into [instance profile {target}|an instance profile]",
            "{actor} がインスタンスプロファイル {target} にロール {role} を追加しました。", "{actor} がインスタンスプロファイル[ {target} ]にロール[ {role} ]を追加しようとしました",
        ),
        O::CreateServiceLinkedRole => w(
            "{actor} started using [{service}|an AWS service] (service-linked role created).", "{actor} tried to create a service-linked role[ for {service}]",
            "[{service} の]サービスにリンクされたロールが作成されました(操作者: {actor})。", "{actor} が[ {service} の]サービスにリンクされたロールを作成しようとしました",
        ),
        O::CreateSamlProvider => w(
            "{actor} added SAML identity provider {target}.", "{actor} tried to add [SAML identity provider {target}|a SAML identity provider]",
            "{actor} が SAML ID プロバイダー {target} を追加しました。", "{actor} が SAML ID プロバイダー[ {target} ]を追加しようとしました",
        ),
        O::UpdateSamlProvider => w(
            "{actor} changed SAML identity provider {target}.", "{actor} tried to change [SAML identity provider {target}|a SAML identity provider]",
            "{actor} が SAML ID プロバイダー {target} を変更しました。", "{actor} が SAML ID プロバイダー[ {target} ]を変更しようとしました",
        ),
        O::CreateOidcProvider => w(
            "{actor} added OpenID Connect provider {target}.", "{actor} tried to add [OpenID Connect provider {target}|an OpenID Connect provider]",
            "{actor} が OpenID Connect プロバイダー {target} を追加しました。", "{actor} が OpenID Connect プロバイダー[ {target} ]を追加しようとしました",
        ),
        O::UpdateOidcProvider => w(
            "{actor} changed OpenID Connect provider {target}.", "{actor} tried to change [OpenID Connect provider {target}|an OpenID Connect provider]",
            "{actor} が OpenID Connect プロバイダー {target} を変更しました。", "{actor} が OpenID Connect プロバイダー[ {target} ]を変更しようとしました",
        ),
        O::DeleteEntity => w(
            "{actor} deleted {kind} {target}.", "{actor} tried to delete [{kind} {target}|a {kind}]",
            "{actor} が{kind} {target} を削除しました。", "{actor} が{kind}[ {target} ]を削除しようとしました",
        ),
        O::Rename => w(
            "{actor} renamed {kind} {target} to {new_name}.", "{actor} tried to rename [{kind} {target}|a {kind}][ to {new_name}]",
            "{actor} が{kind} {target} の名前を {new_name} に変更しました。", "{actor} が{kind}[ {target} ]の名前を[ {new_name} に]変更しようとしました",
        ),
        O::UpdatePasswordPolicy => w(
            "{actor} changed the account's password policy.", "{actor} tried to change the account's password policy",
            "{actor} がアカウントのパスワードポリシーを変更しました。", "{actor} がアカウントのパスワードポリシーを変更しようとしました",
        ),
        O::DeletePasswordPolicy => w(
            "{actor} removed the account's password policy.", "{actor} tried to remove the account's password policy",
            "{actor} がアカウントのパスワードポリシーを削除しました。", "{actor} がアカウントのパスワードポリシーを削除しようとしました",
        ),
        O::SetStsPreferences => w(
            "{actor} changed the STS token settings.", "{actor} tried to change the STS token settings",
            "{actor} が STS トークンの設定を変更しました。", "{actor} が STS トークンの設定を変更しようとしました",
        ),
        O::CreateAccountAlias => w(
            "{actor} changed the account alias to {target}.", "{actor} tried to change the account alias[ to {target}]",
            "{actor} がアカウントエイリアスを {target} に変更しました。", "{actor} がアカウントエイリアスを[ {target} に]変更しようとしました",
        ),
        O::DeleteAccountAlias => w(
            "{actor} deleted the account alias[ {target}].", "{actor} tried to delete the account alias[ {target}]",
            "{actor} がアカウントエイリアス[ {target} ]を削除しました。", "{actor} がアカウントエイリアス[ {target} ]を削除しようとしました",
        ),
        O::EnableCentralRootAccess => w(
            "{actor} switched central root access on for the organization ({event}).", "{actor} tried to switch central root access on for the organization ({event})",
            "{actor} が組織のルートアクセス一元管理({event})を有効化しました。", "{actor} が組織のルートアクセス一元管理({event})を有効化しようとしました",
        ),
        O::DisableCentralRootAccess => w(
            "{actor} switched central root access off for the organization ({event}).", "{actor} tried to switch central root access off for the organization ({event})",
            "{actor} が組織のルートアクセス一元管理({event})を無効化しました。", "{actor} が組織のルートアクセス一元管理({event})を無効化しようとしました",
        ),
        O::EnableOutboundFederation => w(
            "{actor} switched on outbound identity federation.", "{actor} tried to switch on outbound identity federation",
            "{actor} がアウトバウンド ID フェデレーションを有効にしました。", "{actor} がアウトバウンド ID フェデレーションを有効にしようとしました",
        ),
        O::CreateDelegationRequest => w(
            "{actor} made a request for access to this account[ ({target})].", "{actor} tried to make a request for access to this account",
            "{actor} がこのアカウントへのアクセス委任リクエスト[({target})]を作成しました。", "{actor} がこのアカウントへのアクセス委任リクエストを作成しようとしました",
        ),
        O::AcceptDelegationRequest => w(
            "{actor} accepted a partner's request for access[ ({target})].", "{actor} tried to accept a partner's request for access[ ({target})]",
            "{actor} がパートナーからのアクセス委任リクエスト[({target})]を承認しました。", "{actor} がパートナーからのアクセス委任リクエスト[({target})]を承認しようとしました",
        ),
        O::SendDelegationToken => w(
            "{actor} sent a partner the token for a request for access[ ({target})].", "{actor} tried to send a partner the token for a request for access[ ({target})]",
            "{actor} がアクセス委任リクエスト[({target})]のトークンをパートナーに送信しました。", "{actor} がアクセス委任リクエスト[({target})]のトークンをパートナーに送信しようとしました",
        ),
        O::ChangeTags => w(
            "{actor} changed tags[ of {target}].", "{actor} tried to change tags[ of {target}]",
            "{actor} が[ {target} の]タグを変更しました。", "{actor} が[ {target} の]タグを変更しようとしました",
        ),
        O::OtherIamWrite => w(
            "{actor} ran {event} in IAM[ on {target}].", "{actor} tried to run {event} in IAM[ on {target}]",
            "{actor} が IAM で {event} を実行しました[(対象: {target})]。", "{actor} が IAM で[ {event}(対象: {target})を| {event} を]実行しようとしました",
        ),
        O::AssumeRoot => w(
            "{actor} opened a root session in account {account}[ ({task})].", "{actor} tried to open a root session[ in account {account}][ ({task})]",
            "{actor} がアカウント {account} のルートセッションを開始しました[(タスク: {task})]。", "{actor} が[アカウント {account} の]ルートセッションを開始しようとしました",
        ),
        O::GetFederationToken => w(
            "{actor} created temporary credentials[ named {target}].", "{actor} tried to create temporary credentials[ named {target}]",
            "{actor} が[ {target} という名前の]一時的な認証情報を発行しました。", "{actor} が[ {target} という名前の]一時的な認証情報を発行しようとしました",
        ),
        O::AssumeRoleFederated => w(
            "{actor} took [role {role}|a role][ through {provider}].", "{actor} tried to take [role {role}|a role][ through {provider}]",
            "{actor} が[ {provider} 経由で]ロール[ {role} ]を引き受けました。", "{actor} が[ {provider} 経由で]ロール[ {role} ]を引き受けようとしました",
        ),
        O::CreateAccountAssignment => w(
            "{actor} gave {principal} access to {account} with permission set {target}.", "{actor} tried to give [{principal}|somebody] access to [{account}|an account][ with permission set {target}]",
            "{actor} が {principal} にアカウント {account} への許可セット {target} を割り当てました。", "{actor} が[ {principal} に][アカウント {account} への]許可セット[ {target} ]を割り当てようとしました",
        ),
        O::DeleteAccountAssignment => w(
            "{actor} removed {principal}'s access to {account} ({target}).", "{actor} tried to remove [{principal}'s|somebody's] access to [{account}|an account][ ({target})]",
            "{actor} が {principal} からアカウント {account} への許可セット {target} の割り当てを外しました。", "{actor} が[ {principal} から][アカウント {account} への]許可セット[ {target} ]の割り当てを外そうとしました",
        ),
        O::AddPolicyToPermissionSet => w(
            "{actor} added {policy} to permission set {target}.", "{actor} tried to add [{policy}|a policy] to [permission set {target}|a permission set]",
            "{actor} が許可セット {target} に {policy} を追加しました。", "{actor} が許可セット[ {target} ]に[ {policy} |ポリシー]を追加しようとしました",
        ),
        O::ChangePermissionSet => w(
            "{actor} changed permission set {target}.", "{actor} tried to change [permission set {target}|a permission set]",
            "{actor} が許可セット {target} を変更しました。", "{actor} が許可セット[ {target} ]を変更しようとしました",
        ),
        O::CreatePermissionSet => w(
            "{actor} created permission set {target}.", "{actor} tried to create [permission set {target}|a permission set]",
            "{actor} が許可セット {target} を作成しました。", "{actor} が許可セット[ {target} ]を作成しようとしました",
        ),
        O::ProvisionPermissionSet => w(
            "{actor} applied permission set {target} to its accounts.", "{actor} tried to apply [permission set {target}|a permission set] to its accounts",
            "{actor} が許可セット {target} を各アカウントに反映しました。", "{actor} が許可セット[ {target} ]を各アカウントに反映しようとしました",
        ),
        O::ChangeIdentityCenter => w(
            "{actor} changed Identity Center itself ({event}).", "{actor} tried to change Identity Center itself ({event})",
            "{actor} が IAM Identity Center の設定を変更しました({event})。", "{actor} が IAM Identity Center の設定({event})を変更しようとしました",
        ),
        O::CreateDirectoryUser => w(
            "{actor} created Identity Center user {target}.", "{actor} tried to create [Identity Center user {target}|an Identity Center user]",
            "{actor} が Identity Center ユーザー {target} を作成しました。", "{actor} が Identity Center ユーザー[ {target} ]を作成しようとしました",
        ),
        O::AddMemberToDirectoryGroup => w(
            "{actor} added {target} to Identity Center group {group}.", "{actor} tried to add [{target}|somebody] to [Identity Center group {group}|an Identity Center group]",
            "{actor} が {target} を Identity Center のグループ {group} に追加しました。", "{actor} が[ {target} を] Identity Center のグループ[ {group} ]に追加しようとしました",
        ),
        O::ChangeDirectorySignIn => w(
            "{actor} changed how [{target} signs|people sign] in to Identity Center ({event}).", "{actor} tried to change how [{target} signs|people sign] in to Identity Center ({event})",
            "{actor} が Identity Center のサインイン設定({event}[、対象: {target}])を変更しました。", "{actor} が Identity Center のサインイン設定({event}[、対象: {target}])を変更しようとしました",
        ),
        O::ChangeExternalIdentityProvider => w(
            "{actor} changed the identity provider that Identity Center trusts ({event}).", "{actor} tried to change the identity provider that Identity Center trusts ({event})",
            "{actor} が Identity Center で信頼する外部 ID プロバイダーを変更しました({event})。", "{actor} が Identity Center で信頼する外部 ID プロバイダー({event})を変更しようとしました",
        ),
        O::TrustCertificateAuthority if event == "CreateProfile" => w(
            "{actor} created an IAM Roles Anywhere profile ({target}).", "{actor} tried to create an IAM Roles Anywhere profile[ ({target})]",
            "{actor} が IAM Roles Anywhere のプロファイル {target} を作成しました。", "{actor} が IAM Roles Anywhere のプロファイル[ {target} ]を作成しようとしました",
        ),
        O::TrustCertificateAuthority => w(
            "{actor} let a certificate authority issue AWS sessions[ ({target})].", "{actor} tried to let a certificate authority issue AWS sessions[ ({target})]",
            "{actor} が、認証局の証明書で AWS のセッションを取得できるようにしました(IAM Roles Anywhere の信頼アンカー[ {target}]、{event})。", "{actor} が、認証局の証明書で AWS のセッションを取得できるように(IAM Roles Anywhere の信頼アンカー[ {target}]、{event})しようとしました",
        ),
        O::ChangeConsoleAuthorization => w(
            "{actor} changed from where and by whom the console can be reached.", "{actor} tried to change from where and by whom the console can be reached",
            "{actor} がコンソールへのサインインを制限するポリシーを変更しました。", "{actor} がコンソールへのサインインを制限するポリシーを変更しようとしました",
        ),
        O::RequestRootPasswordRecovery => w(
            "Somebody asked to reset the root password.", "Somebody tried to ask for a reset of the root password",
            "ルートユーザーのパスワード再設定がリクエストされました。", "何者かがルートユーザーのパスワード再設定をリクエストしようとしました",
        ),
        O::CompleteRootPasswordRecovery => w(
            "The root password was reset.", "Somebody tried to reset the root password",
            "ルートユーザーのパスワードが再設定されました。", "何者かがルートユーザーのパスワードを再設定しようとしました",
        ),
        O::UpdateRootPassword => w(
            "The root user's password was changed.", "Somebody tried to change the root user's password",
            "ルートユーザーのパスワードが変更されました。", "何者かがルートユーザーのパスワードを変更しようとしました",
        ),
        O::UpdateRootEmail => w(
            "The root user's e-mail address was changed.", "Somebody tried to change the root user's e-mail address",
            "ルートユーザーのメールアドレスが変更されました。", "何者かがルートユーザーのメールアドレスを変更しようとしました",
        ),
        O::ChangePrimaryEmail if event == "StartPrimaryEmailUpdate" => w(
            "{actor} began to change the account's e-mail address.", "{actor} tried to begin changing the account's e-mail address",
            "{actor} がアカウントのメールアドレスの変更手続きを開始しました。", "{actor} がアカウントのメールアドレスの変更手続きを開始しようとしました",
        ),
        O::ChangePrimaryEmail => w(
            "{actor} changed the account's e-mail address.", "{actor} tried to change the account's e-mail address",
            "{actor} がアカウントのメールアドレスを変更しました。", "{actor} がアカウントのメールアドレスを変更しようとしました",
        ),
        O::ChangeContact if event == "DeleteAlternateContact" => w(
            "{actor} removed the account's[ {contact}] contact.", "{actor} tried to remove the account's[ {contact}] contact",
            "{actor} がアカウントの連絡先[({contact})]を削除しました。", "{actor} がアカウントの連絡先[({contact})]を削除しようとしました",
        ),
        O::ChangeContact => w(
            "{actor} changed the account's[ {contact}] contact.", "{actor} tried to change the account's[ {contact}] contact",
            "{actor} がアカウントの連絡先[({contact})]を変更しました。", "{actor} がアカウントの連絡先[({contact})]を変更しようとしました",
        ),
        O::EnableRegion => w(
            "{actor} enabled region {region}.", "{actor} tried to enable [region {region}|a region]",
            "{actor} がリージョン {region} を有効にしました。", "{actor} がリージョン[ {region} ]を有効にしようとしました",
        ),
        O::LeaveOrganization => w(
            "{actor} left the organization.", "{actor} tried to leave the organization",
            "{actor} が組織からの離脱を実行しました。", "{actor} が組織から離脱しようとしました",
        ),
        O::RemoveAccountFromOrganization => w(
            "{actor} removed account {target} from the organization.", "{actor} tried to remove [account {target}|an account] from the organization",
            "{actor} が組織からアカウント {target} を削除しました。", "{actor} が組織からアカウント[ {target} ]を削除しようとしました",
        ),
        O::DetachOrganizationPolicy => w(
            "{actor} detached organization policy {policy} from {target}.", "{actor} tried to detach [organization policy {policy}|an organization policy][ from {target}]",
            "{actor} が {target} から組織のポリシー {policy} をデタッチしました。", "{actor} が[ {target} から]組織のポリシー[ {policy} ]をデタッチしようとしました",
        ),
        O::DisableOrganizationPolicyType => w(
            "{actor} switched off a kind of organization policy[ ({target})].", "{actor} tried to switch off a kind of organization policy[ ({target})]",
            "{actor} が組織のポリシータイプ[({target})]を無効にしました。", "{actor} が組織のポリシータイプ[({target})]を無効にしようとしました",
        ),
        O::InviteAccountToOrganization => w(
            "{actor} invited {target} to the organization.", "{actor} tried to invite [{target}|an account] to the organization",
            "{actor} が {target} を組織に招待しました。", "{actor} が[ {target} |アカウント]を組織に招待しようとしました",
        ),
        O::AcceptHandshake => w(
            "{actor} accepted an invitation between organizations[ ({target})].", "{actor} tried to accept an invitation between organizations[ ({target})]",
            "{actor} が組織の招待[({target})]を承認しました。", "{actor} が組織の招待[({target})]を承認しようとしました",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &[&str] = &["", "CreateProfile", "StartPrimaryEmailUpdate", "DeleteAlternateContact"];

    #[test]
    fn every_row_is_a_sentence_in_both_languages_and_japanese_is_polite() {
        for operation in Operation::ALL {
            for event in EVENTS {
                let Words { done, tried } = words(*operation, event, true);
                assert!(done.en.ends_with('.') && !tried.en.ends_with('.'), "{operation:?}");
                assert!(tried.en.contains(" tried to "), "{operation:?}");
                assert!(
                    done.ja.ends_with("ました。") || done.ja.ends_with(")。") || done.ja.ends_with("]。"),
                    "{operation:?}"
                );
                assert!(tried.ja.contains("うとしました"), "{operation:?}");
            }
        }
    }

    /// The two languages say the same: what stands in one stands in the other.
    #[test]
    fn a_place_of_one_language_is_a_place_of_the_other() {
        let places = |text: &str| {
            let mut names: Vec<String> =
                text.split('{').skip(1).map(|p| p.split('}').next().unwrap().to_owned()).collect();
            names.sort();
            names.dedup();
            names.retain(|name| name != "event");
            names
        };
        for operation in Operation::ALL {
            for event in EVENTS {
                let Words { done, .. } = words(*operation, event, true);
                assert_eq!(places(done.en), places(done.ja), "{operation:?}");
            }
        }
    }
}
