//! The one who acted, the account, and the other things that every sentence names.

use trailbell_record::{Actor, ActorKind, Credential, TargetKind};
use trailbell_text::{Phrase, Untrusted};

use crate::facts::Reader;
use crate::lang::{Both, Lang};
use crate::template;

/// What ends a list of which so many more are not shown.
pub(crate) fn and_more(more: usize, lang: Lang) -> String {
    match lang {
        Lang::En => format!(" (+{more})"),
        Lang::Ja => format!("、ほか {more} 件"),
    }
}

/// The one who acted, as the subject of a sentence. A session's name is whatever its taker chose, so the role
/// stands beside it; Identity Center's names are its own.
pub(crate) fn actor(actor: &Actor, reader: &Reader) -> Phrase {
    let template = match actor.kind {
        ActorKind::Root => Both::new("The root user", "ルートユーザー"),
        ActorKind::OutsideAccount if actor.name.is_empty() => {
            Both::new("Somebody[ of account {account}]", "[別アカウント {account} の|別アカウントの]何者か")
        }
        ActorKind::OutsideAccount => {
            Both::new("{name}[ of account {account}]", "[別アカウント {account} の|別アカウントの] {name}")
        }
        ActorKind::AwsService => Both::new("[{name}|AWS]", "[{name}|AWS]"),
        ActorKind::AssumedRole | ActorKind::FederatedUser => {
            Both::new("[{name}|Somebody][ (role {role})]", "[{name}|何者か][(ロール {role})]")
        }
        ActorKind::IamUser | ActorKind::IdentityCenterUser | ActorKind::Unknown => {
            Both::new("[{name}|Somebody]", "[{name}|何者か]")
        }
    };
    template::fill(template.get(reader.lang), &|key| match key {
        "name" => known(&actor.name),
        "role" => actor.role.as_ref().and_then(known),
        "account" => actor.account.as_ref().map(|id| account(id, reader)),
        _ => None,
    })
}

/// "alice (IAM user, access key AKIA...)": the name, what sort of principal, and the credential used.
pub(crate) fn who(actor: &Actor, reader: &Reader) -> Phrase {
    let kind = match actor.kind {
        ActorKind::Root => Both::new("root user", "ルートユーザー"),
        ActorKind::IamUser => Both::new("IAM user", "IAM ユーザー"),
        ActorKind::AssumedRole => Both::new("session of role {role}", "ロール {role} のセッション"),
        ActorKind::FederatedUser => {
            Both::new("federated user[, role {role}]", "フェデレーティッドユーザー[、ロール {role}]")
        }
        ActorKind::IdentityCenterUser => Both::new("IAM Identity Center", "IAM Identity Center"),
        ActorKind::AwsService => Both::new("AWS service", "AWS サービス"),
        ActorKind::OutsideAccount => Both::new("another account[: {account}]", "別アカウント[: {account}]"),
        ActorKind::Unknown => Both::new("the record does not say what", "種別の記録なし"),
    };
    let credential = match &actor.credential {
        Credential::AccessKey(_) => Both::new(", access key {key}", "、アクセスキー {key}"),
        Credential::ConsoleSession(_) => {
            Both::new(", console session[ {key}]", "、コンソールセッション[ {key}]")
        }
        Credential::TemporarySession(_) => {
            Both::new(", temporary session[ {key}]", "、一時セッション[ {key}]")
        }
        Credential::Service | Credential::Unknown => Both::new("", ""),
    };
    let value = |key: &str| match key {
        "name" => known(&actor.name),
        "role" => actor.role.as_ref().and_then(known),
        "account" => actor.account.as_ref().map(|id| account(id, reader)),
        "key" => access_key(&actor.credential).and_then(known),
        _ => None,
    };
    let lang = reader.lang;
    let name = match actor.kind {
        ActorKind::Root => Both::new("root", "root"),
        _ => Both::new("[{name}|name not recorded]", "[{name}|名前の記録なし]"),
    };
    let mut phrase = template::fill(name.get(lang), &value);
    phrase.push(lang.pick(" (", "("));
    phrase.append(template::fill(kind.get(lang), &value));
    phrase.append(template::fill(credential.get(lang), &value));
    phrase.push(lang.pick(")", ")"));
    phrase
}

/// The key id of a credential, whole: AWS refuses a shortened one, and it is no secret.
pub(crate) fn access_key(credential: &Credential) -> Option<&Untrusted> {
    match credential {
        Credential::AccessKey(id) => Some(id),
        Credential::ConsoleSession(id) | Credential::TemporarySession(id) => id.as_ref(),
        Credential::Service | Credential::Unknown => None,
    }
}

/// "my-blog (123456789012)", or the bare number of an account without a name.
pub(crate) fn account(id: &Untrusted, reader: &Reader) -> Phrase {
    let mut phrase = Phrase::new();
    match reader.accounts.get(id.raw()).and_then(|account| account.name.clone()) {
        Some(name) => {
            phrase.push(Untrusted::new(name));
            phrase.push(reader.lang.pick(" (", "(")).push(id.clone()).push(reader.lang.pick(")", ")"));
        }
        None => {
            phrase.push(id.clone());
        }
    }
    phrase
}

/// `my-blog/123456789012`, for a line that must be short.
pub(crate) fn account_in_title(id: &Untrusted, reader: &Reader) -> Phrase {
    let mut phrase = Phrase::new();
    if let Some(name) = reader.accounts.get(id.raw()).and_then(|account| account.name.clone()) {
        phrase.push(Untrusted::new(name)).push("/");
    }
    phrase.push(id.clone());
    phrase
}

/// The sort of thing in words.
pub(crate) const fn kind(kind: TargetKind, lang: Lang) -> &'static str {
    let words = match kind {
        TargetKind::User => Both::new("user", "ユーザー"),
        TargetKind::Group => Both::new("group", "グループ"),
        TargetKind::Role => Both::new("role", "ロール"),
        TargetKind::Policy => Both::new("policy", "ポリシー"),
        TargetKind::InstanceProfile => Both::new("instance profile", "インスタンスプロファイル"),
        TargetKind::MfaDevice => Both::new("MFA device", "MFA デバイス"),
        TargetKind::ServerCertificate => Both::new("server certificate", "サーバー証明書"),
        TargetKind::IdentityProvider => Both::new("identity provider", "ID プロバイダー"),
        TargetKind::Account => Both::new("account", "アカウント"),
        TargetKind::AccountAlias => Both::new("account alias", "アカウントエイリアス"),
        TargetKind::DelegationRequest => Both::new("delegation request", "アクセス委任リクエスト"),
        TargetKind::FederatedSession => Both::new("federated session", "フェデレーションセッション"),
        TargetKind::PermissionSet => Both::new("permission set", "許可セット"),
        TargetKind::IdentityCenter => Both::new("Identity Center instance", "Identity Center"),
        TargetKind::DirectoryUser => Both::new("Identity Center user", "Identity Center ユーザー"),
        TargetKind::TrustAnchor => Both::new("trust anchor", "信頼アンカー"),
        TargetKind::Region => Both::new("region", "リージョン"),
        TargetKind::Organization => Both::new("organization", "組織"),
        TargetKind::Other => Both::new("object", "対象"),
    };
    words.get(lang)
}

/// A value as a phrase, where it says anything.
pub(crate) fn known(value: &Untrusted) -> Option<Phrase> {
    if value.is_empty() {
        return None;
    }
    let mut phrase = Phrase::new();
    phrase.push(value.clone());
    Some(phrase)
}

/// The sort of credential, as JSON has it.
pub(crate) const fn credential_word(credential: &Credential) -> &'static str {
    match credential {
        Credential::AccessKey(_) => "access-key",
        Credential::ConsoleSession(_) => "console-session",
        Credential::TemporarySession(_) => "temporary-session",
        Credential::Service => "aws-service",
        Credential::Unknown => "unknown",
    }
}
