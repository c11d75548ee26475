//! The sentence of every way into the console, and of every step that leads nowhere.

use trailbell_history::{BURST, Unusual};
use trailbell_record::{ActorKind, Mfa, SignIn, Step, Way};
use trailbell_text::{Outcome, Phrase, Untrusted};

use crate::facts::{Facts, Reader};
use crate::lang::{Both, Lang};
use crate::notice::without_full_stop;
use crate::{behind, network, template, words};

pub(super) fn headline(facts: &Facts<'_>, sign_in: &SignIn, reader: &Reader) -> Phrase {
    let after_a_burst =
        facts.outcome == Outcome::Success && sign_in.step.completes() && burst(facts).is_some();
    let template = match facts.outcome {
        Outcome::Success if sign_in.step.completes() => done(facts, sign_in),
        Outcome::Success => unfinished(sign_in),
        Outcome::Failure | Outcome::Denied => failed(facts, sign_in),
    };
    let place = reader.networks.of(facts.record.source_address()).place();
    let sentence = template::fill(template.get(reader.lang), &|key| match key {
        "actor" => Some(behind::subject(facts, reader)),
        // The name that was typed, which is not yet anybody.
        "name" => words::known(&facts.actor.name),
        "place" => place.as_deref().map(|place| network::place_phrase(place, reader.lang)),
        "from" => sign_in.switch.as_ref()?.from_name.as_ref().and_then(words::known),
        "from_account" => {
            let account = sign_in.switch.as_ref()?.from_account.as_ref()?;
            let own = facts.record.account() == Some(account.raw());
            (!own && !account.is_empty()).then(|| words::account(account, reader))
        }
        "role" => {
            let switched = sign_in.switch.as_ref().and_then(|switch| switch.role.as_ref());
            switched.or(facts.actor.role.as_ref()).and_then(words::known)
        }
        "opened" => {
            let opened = sign_in.opened.as_ref().and_then(|opened| opened.account.clone());
            // The console that is opened is the one of the account whose log says so.
            let own =
                || facts.record.account().filter(|_| sign_in.step == Step::ConsoleLogin).map(Untrusted::from);
            let account = opened.or_else(own)?;
            let named = reader.accounts.get(account.raw()).is_some_and(|known| known.name.is_some());
            let mut phrase =
                Phrase::ours(if named { "" } else { reader.lang.pick("account ", "アカウント ") });
            phrase.append(words::account(&account, reader));
            Some(phrase)
        }
        "set" => {
            let opened = sign_in.opened.as_ref().and_then(|opened| opened.permission_set.clone());
            opened.or_else(|| permission_set(facts.actor.role.as_ref()?)).as_ref().and_then(words::known)
        }
        "error" => facts.record.error_code().and_then(|code| words::known(&code.into())),
        _ => None,
    });
    let sentence = match burst(facts).filter(|_| after_a_burst) {
        Some(failures) => after_failures(sentence, failures, reader),
        None => sentence,
    };
    // An Event history download as CSV has no column for how a sign-in ended.
    let says = facts.record.text(&["responseElements", "ConsoleLogin"]).is_some();
    if facts.outcome == Outcome::Success && sign_in.step == Step::ConsoleLogin && !says {
        return or_tried_to(&sentence, reader);
    }
    sentence
}

/// Nothing is claimed that the record does not say.
fn or_tried_to(sentence: &Phrase, reader: &Reader) -> Phrase {
    let mut phrase = without_full_stop(sentence);
    phrase.push(reader.lang.pick(
        ", or tried to: this form of the log does not say how it ended.",
        "(試みただけの可能性もあります。成功したかどうかは、この形式のログには記録されていません)。",
    ));
    phrase
}

/// So many failures before a success are no slip of the finger.
fn burst(facts: &Facts<'_>) -> Option<u64> {
    facts.comparison.as_ref().map(|comparison| comparison.failures_before).filter(|count| *count >= BURST)
}

/// Why it is critical belongs into the sentence.
fn after_failures(sentence: Phrase, failures: u64, reader: &Reader) -> Phrase {
    let count = failures.to_string();
    match reader.lang {
        Lang::En => {
            let mut phrase = without_full_stop(&sentence);
            phrase.push_ours(format!(", after {count} failed attempts."));
            phrase
        }
        Lang::Ja => {
            let mut phrase = Phrase::ours(format!("{count} 回の失敗の後、"));
            phrase.append(sentence);
            phrase
        }
    }
}

/// `AWSReservedSSO_ReadOnlyAccess_0123456789abcdef` is permission set `ReadOnlyAccess`.
fn permission_set(role: &Untrusted) -> Option<Untrusted> {
    let (set, _) = role.raw().strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
    Some(Untrusted::from(set))
}

fn done(facts: &Facts<'_>, sign_in: &SignIn) -> Both {
    let new_place = facts.comparison.as_ref().is_some_and(|comparison| {
        comparison.from_here == Some(0)
            && (comparison.is(Unusual::Country) || comparison.is(Unusual::Network))
    });
    match (sign_in.way, sign_in.mfa) {
        (Way::Root, Mfa::No) => Both::new(
            "The root user signed in to the AWS console without MFA.",
            "ルートユーザーが MFA を使わずに AWS コンソールへサインインしました。",
        ),
        (Way::Root, _) => Both::new(
            "The root user signed in to the AWS console.",
            "ルートユーザーが AWS コンソールへサインインしました。",
        ),
        (Way::IamUser | Way::Federated | Way::Unknown, _) if new_place => Both::new(
            "{actor} signed in to the console from {place}, a first for {name}.",
            "{actor} が、普段と異なる場所({place})からコンソールにサインインしました。",
        ),
        (Way::IamUser, Mfa::No) => Both::new(
            "{actor} signed in to the console without MFA.",
            "{actor} が MFA を使わずにコンソールにサインインしました。",
        ),
        (Way::IamUser | Way::Federated | Way::Unknown, _) => {
            Both::new("{actor} signed in to the console.", "{actor} がコンソールにサインインしました。")
        }
        (Way::RoleSwitch, _) => Both::new(
            "[{from}|Somebody][ of account {from_account}] switched to [role {role}|another role].",
            "[別アカウント {from_account} の ][{from}|何者か] が、[ロール {role} |別のロール]に切り替えました。",
        ),
        (Way::IdentityCenter, _) if matches!(sign_in.step, Step::Federate | Step::ConsoleLogin) => Both::new(
            "{actor} opened [{opened}|an account] through IAM Identity Center[ ({set})].",
            "{actor} が IAM Identity Center 経由で[ {opened} |アカウント]にアクセスしました[(許可セット: {set})]。",
        ),
        (Way::IdentityCenter, _) => Both::new(
            "{actor} signed in to the IAM Identity Center portal.",
            "{actor} が IAM Identity Center のポータルにサインインしました。",
        ),
        (Way::AwsLogin, _) => Both::new(
            "{actor} let a command line or another program in through the console's sign-in (aws login).",
            "{actor} がコンソールのサインインを使って、コマンドラインなどのプログラムにアクセスを許可しました(aws login)。",
        ),
    }
}

/// Steps after which nobody is in yet. Told alone, so that nobody reads "signed in" where it was not.
const fn unfinished(sign_in: &SignIn) -> Both {
    match sign_in.step {
        Step::CheckMfa => Both::new(
            "The password of [{name}|a user] was accepted; the sign-in was not finished (MFA was asked for).",
            "[{name} の]パスワードは受け付けられましたが、サインインは完了していません(MFA の確認段階です)。",
        ),
        Step::CredentialChallenge => Both::new(
            "[{name}|Somebody] was asked for a credential by IAM Identity Center; the sign-in was not finished.",
            "[{name}|何者か] が IAM Identity Center で認証情報の入力を求められましたが、サインインは完了していません。",
        ),
        Step::CredentialVerification => Both::new(
            "IAM Identity Center accepted a credential of [{name}|a user]; the sign-in was not finished.",
            "IAM Identity Center で[ {name} の]認証情報が受け付けられましたが、サインインは完了していません。",
        ),
        Step::GetSigninToken => Both::new(
            "{actor} made a sign-in link to the console from temporary credentials; its use is not recorded yet.",
            "{actor} が一時的な認証情報からコンソールのサインイン用リンクを作成しました(使用はまだ記録されていません)。",
        ),
        _ => Both::new(
            "[{name}|Somebody] was recognised by IAM Identity Center; no account was opened yet.",
            "[{name}|何者か] が IAM Identity Center で認証されましたが、まだどのアカウントにもアクセスしていません。",
        ),
    }
}

fn failed(facts: &Facts<'_>, sign_in: &SignIn) -> Both {
    let refused = facts.outcome == Outcome::Denied;
    match sign_in.way {
        Way::RoleSwitch => Both::new(
            "[{from}|Somebody][ of account {from_account}] tried to switch to [role {role}|another role] and failed[ ({error})].",
            "[別アカウント {from_account} の ][{from}|何者か] が、[ロール {role} |別のロール]に切り替えようとしましたが、失敗しました[({error})]。",
        ),
        Way::AwsLogin => Both::new(
            "A program tried to get in through the sign-in of [{name}|somebody] (aws login) and failed[ ({error})].",
            "プログラムが[ {name} の]サインイン(aws login)を使おうとしましたが、失敗しました[({error})]。",
        ),
        _ if refused => Both::new(
            "A sign-in as [{name}|an unknown user] was refused by a policy of this account or organization.",
            "[{name}|不明なユーザー] としてのサインインが、アカウントまたは組織のポリシーにより拒否されました。",
        ),
        Way::IdentityCenter => Both::new(
            "A sign-in as [{name}|an unknown user] to IAM Identity Center failed.",
            "IAM Identity Center への[ {name} としての]サインインが失敗しました。",
        ),
        Way::Root => Both::new(
            "A sign-in as the root user failed.",
            "ルートユーザーとしてのサインインが失敗しました。",
        ),
        _ if facts.actor.kind == ActorKind::Unknown || facts.actor.name.is_empty() => Both::new(
            "A sign-in with an unknown user name failed (AWS hides names that do not exist; it may be a password typed in the wrong box).",
            "不明なユーザー名によるサインインが失敗しました(AWS は存在しないユーザー名を記録に残しません。パスワードを誤ってユーザー名欄に入力した可能性もあります)。",
        ),
        _ => Both::new(
            "A sign-in as [{name}|an unknown user] failed.",
            "[{name}|不明なユーザー] のユーザー名によるサインインが失敗しました。",
        ),
    }
}
