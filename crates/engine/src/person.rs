//! Whose habits an action is compared with, and what of it is compared.

use trailbell_detect::{Detection, What};
use trailbell_history::{Deed, Ending, Occurrence, Sort};
use trailbell_notice::{Client, Networks};
use trailbell_record::{
    Actor, ActorKind, Behind, GrantTexts, How, Operation, Outcome, PlainCaller, Record, SessionGrant, Sure,
    Way,
};
use trailbell_text::{Untrusted, stable_hash};

/// No name AWS gives out makes a key this long; of what is longer its hash is remembered.
const LONGEST: usize = 256;

/// The action as history takes it, with how it ended; `None` where nobody in particular acted, or at no time.
pub(crate) fn occurrence(
    record: &Record,
    detection: &Detection,
    behind: Option<&Behind>,
    networks: &Networks,
) -> Option<(Occurrence, Ending)> {
    let actor = &detection.actor;
    let ending = ending(detection);
    // AWS hides the names of those who do not exist; who guesses them is known by the address.
    let nobody = || (ending == Ending::Failed).then(|| ("nobody".to_owned(), Sort::Machine));
    let (person, sort) = switched(detection).or_else(|| who(actor, behind)).or_else(nobody)?;
    let network = networks.of(record.source_address());
    let family = Client::of(record.user_agent()).family();
    let occurrence = Occurrence {
        role: role(actor, &person).map(bounded),
        person: bounded(person),
        sort,
        name: bounded(format!("{}/{}", record.account().unwrap_or_default(), actor.name.raw())),
        at: record.event_time()?,
        deed: deed(&detection.what),
        place: network.place(),
        network: network.owner(),
        client: match &detection.what {
            // Doors differ: a first `aws login` by somebody who uses the console daily is a first all the same.
            What::SignIn(sign_in) if sign_in.way == Way::AwsLogin => {
                family.map(|family| format!("aws login, {family}"))
            }
            _ => family.map(str::to_owned),
        },
        address: record.source_address().map(|address| bounded(address.to_owned())),
    };
    Some((occurrence, ending))
}

/// A role switch says who switched.
fn switched(detection: &Detection) -> Option<(String, Sort)> {
    let What::SignIn(sign_in) = &detection.what else { return None };
    let switch = sign_in.switch.as_ref()?;
    let is_user = switch.from_arn.as_ref()?.raw().contains(":user/");
    let (account, name) = (switch.from_account.as_ref()?, switch.from_name.as_ref()?);
    (is_user && !name.is_empty()).then(|| (user(account.raw(), name.raw()), Sort::Human))
}

fn user(account: &str, name: &str) -> String {
    format!("{account}/user/{name}")
}

/// Whoever took a role, by their key, and the role's; `None` where nobody is known or no role was taken.
pub(crate) fn taker(grant: &SessionGrant, behind: Option<&Behind>) -> Option<(String, String)> {
    let role = grant.role.as_ref().filter(|role| !role.is_empty())?;
    let account = grant.account.as_ref().map(Untrusted::raw).unwrap_or_default();
    let (person, sort) = match &grant.switched_from {
        Some(switch) => {
            let account = switch.from_account.as_ref()?;
            (user(account.raw(), switch.from_name.as_ref()?.raw()), Sort::Human)
        }
        None => who(&grant.caller, behind)?,
    };
    (sort == Sort::Human).then(|| (bounded(person), bounded(role_key(account, role.raw()))))
}

/// The same, where nobody is known behind whoever asked: only a user is somebody then.
pub(crate) fn plain_taker(grant: &GrantTexts<'_>) -> Option<(String, String)> {
    let PlainCaller::User { account, name } = grant.caller() else { return None };
    let (role_account, role) = grant.role()?;
    Some((bounded(user(account, name)), bounded(role_key(role_account, role))))
}

/// The one behind the credentials where that is known, else the one they are of.
fn who(actor: &Actor, behind: Option<&Behind>) -> Option<(String, Sort)> {
    behind.and_then(somebody).or_else(|| person(actor))
}

/// The person who is behind; a program has as many names as it has runs, and what a session calls itself is no proof.
fn somebody(behind: &Behind) -> Option<(String, Sort)> {
    // Of somebody of another account whose name is not recorded there is only a number.
    let is_nobody = behind.name.is_empty() || behind.kind == ActorKind::OutsideAccount;
    if behind.how == How::Machine || behind.sure == Sure::Claimed || is_nobody {
        return None;
    }
    let name = behind.name.raw();
    let account = behind.account.as_ref().map(Untrusted::raw).unwrap_or_default();
    let key = match (behind.how, behind.kind) {
        (How::SourceIdentity, _) => format!("source-identity/{name}"),
        (_, ActorKind::Root) => format!("{account}/root"),
        (_, ActorKind::IamUser) => user(account, name),
        (_, ActorKind::IdentityCenterUser) => identity_center(name),
        (_, ActorKind::FederatedUser) => format!("{account}/federated/{name}"),
        _ => format!("{account}/{}/{name}", behind.kind.word()),
    };
    Some((key, if behind.kind == ActorKind::Root { Sort::Root } else { Sort::Human }))
}

fn identity_center(name: &str) -> String {
    format!("identity-center/{}", name.to_lowercase())
}

fn role_key(account: &str, role: &str) -> String {
    format!("{account}/role/{role}")
}

/// Who it is, by a key under which all they do comes together, and what sort of principal.
fn person(actor: &Actor) -> Option<(String, Sort)> {
    let account = actor.account.as_ref().map(Untrusted::raw).unwrap_or_default();
    Some(match actor.kind {
        ActorKind::AwsService => return None,
        ActorKind::Root => (actor.key()?, Sort::Root),
        // By name: the one who takes a role is known by name alone.
        ActorKind::IamUser if !actor.name.is_empty() => (user(account, actor.name.raw()), Sort::Human),
        // One person takes many permission sets in many accounts.
        ActorKind::IdentityCenterUser if actor.role.is_some() && !actor.name.is_empty() => {
            (identity_center(actor.name.raw()), Sort::Human)
        }
        ActorKind::FederatedUser if !actor.name.is_empty() => {
            (format!("{account}/federated/{}", actor.name.raw()), Sort::Human)
        }
        ActorKind::IamUser
        | ActorKind::IdentityCenterUser
        | ActorKind::FederatedUser
        | ActorKind::OutsideAccount
        | ActorKind::Unknown => (actor.key()?, Sort::Human),
        // Whoever takes a role may call the session what they like: a new name every time, or another person's.
        ActorKind::AssumedRole => match &actor.role {
            Some(role) if !role.is_empty() => (role_key(account, role.raw()), Sort::Machine),
            _ => (actor.key()?, Sort::Machine),
        },
    })
}

/// Records can be made by anybody; what is remembered has a bound.
fn bounded(key: String) -> String {
    if key.len() <= LONGEST { key } else { format!("hash/{:032x}", stable_hash(&[&key])) }
}

/// The role that was acted in, where the person is known without it.
fn role(actor: &Actor, person: &str) -> Option<String> {
    let role = actor.role.as_ref().filter(|role| !role.is_empty())?;
    let account = actor.account.as_ref().map(Untrusted::raw).unwrap_or_default();
    let name = actor.permission_set();
    let key = role_key(account, name.as_ref().unwrap_or(role).raw());
    (key != person).then_some(key)
}

const fn deed(what: &What) -> Deed {
    match what {
        What::SignIn(_) => Deed::SignIn,
        What::Change(_) => Deed::Change,
        _ => Deed::Other,
    }
}

fn ending(detection: &Detection) -> Ending {
    match &detection.what {
        What::SignIn(_) if detection.outcome != Outcome::Success => Ending::Failed,
        What::SignIn(sign_in) if !sign_in.step.completes() => Ending::Unproven,
        // Asked for by whoever likes, under the name they like.
        What::Change(change)
            if matches!(
                change.operation,
                Operation::AssumeRoleFederated
                    | Operation::RequestRootPasswordRecovery
                    | Operation::CompleteRootPasswordRecovery
            ) =>
        {
            Ending::Unproven
        }
        _ => Ending::Authentic,
    }
}
