//! What one version of a policy allows or denies and another does not, and whom each lets in.

use crate::pattern::{Case, covers};
use crate::{Effect, Policy, Statement, Trusted, Who};

/// From one version of a document to another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// What only the later one says, in its order.
    pub added: Vec<Part>,
    /// What only the earlier one said and nothing in the later one covers, in its order.
    pub removed: Vec<Part>,
    /// Whom only the later one lets in, or lets in without the condition there was.
    pub let_in: Vec<Trusted>,
    /// Whom only the earlier one let in.
    pub shut_out: Vec<Who>,
}

impl Difference {
    /// Whether there is none that is told.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.let_in.is_empty() && self.shut_out.is_empty()
    }
}

/// Some actions of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Whether it allows or denies.
    pub allows: bool,
    /// The actions.
    pub actions: Listed,
    /// The resources.
    pub resources: Listed,
    /// Whether only under a condition.
    pub conditional: bool,
}

/// A list of a statement, as it is written. The texts are the document's own: show them as hostile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// `Action`, `Resource`.
    These(Vec<String>),
    /// `NotAction`, `NotResource`: everything else.
    AllBut(Vec<String>),
}

/// What `after` says that `before` did not, and the other way round. Order, capitals of actions, and statements
/// cut or joined make no difference.
pub fn difference(before: &Policy, after: &Policy) -> Difference {
    let (old, new) = (atoms(before), atoms(after));
    let is_told = |list: &[Atom<'_>], atom: &Atom<'_>| list.iter().any(|one| one.covers(atom));
    // What a wider part allowed before is new only where that part has gone.
    let kept: Vec<Atom<'_>> = old.iter().filter(|atom| is_told(&new, atom)).cloned().collect();
    let added = new.iter().filter(|atom| !is_told(&kept, atom));
    let removed = old.iter().filter(|atom| !is_told(&new, atom));
    let (earlier, later) = (before.trusted(), after.trusted());
    let let_in = later.iter().filter(|now| {
        !earlier.iter().any(|was| {
            was.who == now.who && was.opening >= now.opening && (!was.conditional || now.conditional)
        })
    });
    let shut_out = earlier.iter().filter(|was| !later.iter().any(|now| now.who == was.who));
    Difference {
        added: parts(added),
        removed: parts(removed),
        let_in: let_in.cloned().collect(),
        shut_out: shut_out.map(|was| was.who.clone()).collect(),
    }
}

/// One action of one statement; all of a `NotAction`'s at once.
#[derive(Debug, Clone)]
struct Atom<'a> {
    statement: &'a Statement,
    actions: &'a [String],
}

fn atoms(policy: &Policy) -> Vec<Atom<'_>> {
    let mut atoms: Vec<Atom<'_>> = Vec::new();
    // A trust policy's statements have no resource: whom they let in is told by itself.
    let told = policy.statements.iter().filter(|s| s.effect != Effect::Unknown && s.has_resources());
    for statement in told {
        match (&statement.actions, &statement.not_actions) {
            (Some(actions), _) => {
                atoms.extend(actions.chunks(1).map(|one| Atom { statement, actions: one }));
            }
            (None, Some(all)) => atoms.push(Atom { statement, actions: all }),
            (None, None) => {}
        }
    }
    atoms
}

impl Statement {
    const fn has_resources(&self) -> bool {
        self.resources.is_some() || self.not_resources.is_some()
    }

    const fn is_all_but(&self) -> bool {
        self.actions.is_none()
    }
}

impl Atom<'_> {
    /// Whether whatever `other` says is said by this one.
    fn covers(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.statement, other.statement);
        mine.effect == theirs.effect
            && (!mine.conditional || same_conditions(mine, theirs))
            && self.covers_actions(other)
            && covers_resources(mine, theirs)
    }

    fn covers_actions(&self, other: &Self) -> bool {
        let has = |list: &[String], action: &str| list.iter().any(|one| covers(one, action, Case::Ignored));
        match (self.statement.is_all_but(), other.statement.is_all_but()) {
            (false, false) => other.actions.iter().all(|action| has(self.actions, action)),
            (true, true) => self.actions.iter().all(|action| has(other.actions, action)),
            (false, true) => has(self.actions, "*"),
            (true, false) => false,
        }
    }
}

fn covers_resources(mine: &Statement, theirs: &Statement) -> bool {
    let has = |list: &[String], one: &str| list.iter().any(|wide| covers(wide, one, Case::Kept));
    match (&mine.resources, &mine.not_resources, &theirs.resources, &theirs.not_resources) {
        (Some(wide), _, Some(narrow), _) => narrow.iter().all(|one| has(wide, one)),
        (Some(wide), _, None, _) => has(wide, "*"),
        (None, Some(out), None, Some(narrower_out)) => out.iter().all(|one| has(narrower_out, one)),
        _ => false,
    }
}

fn same_conditions(one: &Statement, other: &Statement) -> bool {
    one.conditions.len() == other.conditions.len()
        && one.conditions.iter().all(|c| other.conditions.contains(c))
}

/// Joins what differs in the action only.
fn parts<'a>(atoms: impl Iterator<Item = &'a Atom<'a>>) -> Vec<Part> {
    let mut parts: Vec<(&Statement, Part)> = Vec::new();
    for atom in atoms {
        let statement = atom.statement;
        let alike = |known: &&mut (&Statement, Part)| {
            let (other, _) = known;
            other.effect == statement.effect
                && other.is_all_but() == statement.is_all_but()
                && !statement.is_all_but()
                && other.resources == statement.resources
                && other.not_resources == statement.not_resources
                && same_conditions(other, statement)
        };
        if let Some((_, Part { actions: Listed::These(known), .. })) = parts.iter_mut().find(alike) {
            let new =
                atom.actions.iter().filter(|action| !known.contains(action)).cloned().collect::<Vec<_>>();
            known.extend(new);
            continue;
        }
        let actions = atom.actions.to_vec();
        let resources = match (&statement.resources, &statement.not_resources) {
            (None, Some(out)) => Listed::AllBut(out.clone()),
            (resources, _) => Listed::These(resources.clone().unwrap_or_default()),
        };
        let part = Part {
            allows: statement.effect == Effect::Allow,
            actions: if statement.is_all_but() { Listed::AllBut(actions) } else { Listed::These(actions) },
            resources,
            conditional: statement.conditional,
        };
        parts.push((statement, part));
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn between(before: &str, after: &str) -> Difference {
        let read = |statements: &str| Policy::parse(&format!(r#"{{"Statement":[{statements}]}}"#)).unwrap();
        difference(&read(before), &read(after))
    }

    /// `+s3:GetObject on *` for what is new, `-` for what has gone, `!` before what denies.
    fn told(before: &str, after: &str) -> Vec<String> {
        let difference = between(before, after);
        let word = |sign: &str, part: &Part| {
            let deny = if part.allows { "" } else { "!" };
            let list = |listed: &Listed| match listed {
                Listed::These(list) => list.join(","),
                Listed::AllBut(list) => format!("all but {}", list.join(",")),
            };
            let condition = if part.conditional { " if" } else { "" };
            format!("{sign}{deny}{} on {}{condition}", list(&part.actions), list(&part.resources))
        };
        let added = difference.added.iter().map(|part| word("+", part));
        added.chain(difference.removed.iter().map(|part| word("-", part))).collect()
    }

    #[test]
    fn what_was_added_and_what_has_gone() {
        let get = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
        let both = r#"{"Effect":"Allow","Action":["S3:getobject","s3:PutObject"],"Resource":["*"]}"#;
        let all = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
        let mfa = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
        let deny = r#"{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::b"}"#;
        let but = r#"{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}"#;
        let but_more = r#"{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}"#;
        for (before, after, expected) in [
            (get, get, &[][..]),
            (get, both, &["+s3:PutObject on *"]),
            (both, get, &["-s3:PutObject on *"]),
            (get, all, &["+s3:* on *"]),
            (all, get, &["+s3:GetObject on *", "-s3:* on *"]),
            (all, &format!("{get},{all}"), &[]),
            (mfa, all, &["+s3:* on *"]),
            (all, mfa, &["+s3:* on * if", "-s3:* on *"]),
            (mfa, mfa, &[]),
            (all, &format!("{all},{deny}"), &["+!s3:DeleteBucket on arn:aws:s3:::b"]),
            (&format!("{all},{deny}"), all, &["-!s3:DeleteBucket on arn:aws:s3:::b"]),
            (but_more, but, &["+all but iam:* on *"]),
            ("", r#"{"Effect":"Allow"}"#, &[]),
        ] {
            assert_eq!(told(before, after), expected, "{before} -> {after}");
        }
    }

    #[test]
    fn whom_a_trust_policy_lets_in_now() {
        let own = r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"123456789012"}}"#;
        let other = r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"210987654321"}}"#;
        let other_if = r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"210987654321"},"Condition":{"StringEquals":{"sts:ExternalId":"x"}}}"#;
        let names = |before: &str, after: &str| {
            let found = between(before, after);
            assert!(found.added.is_empty() && found.removed.is_empty());
            let let_in: Vec<String> = found.let_in.iter().map(|one| one.who.to_string()).collect();
            let shut_out: Vec<String> = found.shut_out.iter().map(ToString::to_string).collect();
            (let_in.join(","), shut_out.join(","))
        };
        let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        assert_eq!(names(own, own), pair("", ""));
        assert_eq!(names(own, &format!("{own},{other}")), pair("210987654321", ""));
        assert_eq!(names(&format!("{own},{other}"), own), pair("", "210987654321"));
        // The condition has gone: it is let in as it was not before.
        assert_eq!(names(other_if, other), pair("210987654321", ""));
        assert_eq!(names(other, other_if), pair("", ""));
    }

    proptest! {
        #[test]
        fn a_document_does_not_differ_from_itself(
            actions in prop::collection::vec("(s3|iam|\\*):[GP*?a-c]{1,4}", 0..4),
            resources in prop::collection::vec("[*a-b?]{1,3}", 0..3),
        ) {
            let statement = format!(r#"{{"Effect":"Allow","Action":{actions:?},"Resource":{resources:?}}}"#);
            prop_assert!(between(&statement, &statement).is_empty());
        }
    }
}
