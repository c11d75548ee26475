//! What each action of AWS does: views, reads, writes, or changes who can do what.
//!
//! From AWS's own list of actions, as `data/actions.txt` has it: a line for each service, and in it for each
//! level the beginnings of the names that have it, as short as tells them apart (`G` where all that begins so
//! only reads). Names that change permissions stand there whole, with a `$`, so that a `Deny` of just that name
//! takes it away; so do all names of IAM and STS. An action that AWS added since is told by the verb it begins with.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::pattern::{Case, covers, is_everything, meets};
use crate::verdict::Level;

const ACTIONS: &str = include_str!("../data/actions.txt");

/// Verbs that only read. The list has what begins so apart from what writes (`VERBS` in the script).
const VERBS: &[&str] = &["Describe", "List", "Get", "BatchGet"];

fn starts_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|first| first.eq_ignore_ascii_case(start))
}

/// The beginning of some actions' names in one service, and what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    /// The service's prefix, `s3`.
    pub(crate) service: &'static str,
    /// The beginning of the names; the whole name where `is_name`.
    pub(crate) start: &'static str,
    /// Whether `start` is one action's whole name.
    pub(crate) is_name: bool,
    /// What they do.
    pub(crate) level: Level,
}

impl Group {
    /// Whether some action of the group is matched by a pattern of names.
    pub(crate) fn meets(&self, name: &str) -> bool {
        if is_everything(name) {
            return true;
        }
        // "D" is all that is deleted and disabled; what describes, and is not in the list by itself, is none of it.
        let only_reads = |verb: &&str| {
            self.start.len() < verb.len() && starts_with(verb, self.start) && starts_with(name, verb)
        };
        if !self.is_name && self.level >= Level::Writes && VERBS.iter().any(only_reads) {
            return false;
        }
        if self.is_name {
            covers(name, self.start, Case::Ignored)
        } else if !name.contains(['*', '?']) {
            starts_with(name, self.start)
        } else {
            meets(name, &self.as_pattern(), Case::Ignored)
        }
    }

    /// Whether every action of the group is.
    pub(crate) fn is_covered_by(&self, name: &str) -> bool {
        if self.is_name {
            covers(name, self.start, Case::Ignored)
        } else {
            covers(name, &self.as_pattern(), Case::Ignored)
        }
    }

    fn as_pattern(self) -> String {
        format!("{}*", self.start)
    }
}

/// A service: its prefix, and its groups as the list has them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    pub(crate) prefix: &'static str,
    levels: &'static str,
}

/// Every service in the list, their prefixes in small letters.
pub(crate) fn services() -> impl Iterator<Item = Service> {
    ACTIONS
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(prefix, levels)| Service { prefix, levels })
}

static BY_PREFIX: LazyLock<HashMap<&str, Service>> =
    LazyLock::new(|| services().map(|service| (service.prefix, service)).collect());

/// The service of that prefix, in whatever case; `None` for one that is not in the list.
pub(crate) fn service(prefix: &str) -> Option<Service> {
    BY_PREFIX.get(prefix.to_ascii_lowercase().as_str()).copied()
}

impl Service {
    /// Every group of it, the gravest first.
    pub(crate) fn groups(self) -> impl Iterator<Item = Group> {
        self.levels.split('\t').flat_map(move |part| {
            let (level, starts) = part.split_at_checked(1).unwrap_or(("", ""));
            let level = match level {
                "p" => Level::ChangesPermissions,
                "w" => Level::Writes,
                "r" => Level::Reads,
                _ => Level::Views,
            };
            starts.split(' ').map(move |start| Group {
                service: self.prefix,
                start: start.strip_suffix('$').unwrap_or(start),
                is_name: start.ends_with('$'),
                level,
            })
        })
    }
}

/// By the verb alone, for a name or pattern that the list does not have.
pub(crate) fn by_verb(name: &str) -> Level {
    const VIEWS: &[&str] = &["list", "describe"];
    const READS: &[&str] =
        &["get", "batchget", "view", "search", "query", "read", "lookup", "check", "validate", "estimate"];
    let name = name.to_ascii_lowercase();
    if VIEWS.iter().any(|verb| name.starts_with(verb)) {
        Level::Views
    } else if READS.iter().any(|verb| name.starts_with(verb)) {
        Level::Reads
    } else {
        Level::Writes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(action: &str) -> Option<Level> {
        let (prefix, name) = action.split_once(':').unwrap();
        service(prefix)?.groups().find(|group| group.meets(name)).map(|group| group.level)
    }

    #[test]
    fn the_list_tells_what_an_action_does() {
        for (action, expected) in [
            ("s3:GetObject", Level::Reads),
            ("s3:ListAllMyBuckets", Level::Views),
            ("S3:PUTOBJECT", Level::Writes),
            ("s3:PutBucketPolicy", Level::ChangesPermissions),
            ("ec2:RunInstances", Level::Writes),
            ("ec2:DescribeInstances", Level::Views),
            ("iam:CreateUser", Level::Writes),
            ("iam:AttachUserPolicy", Level::ChangesPermissions),
            ("iam:GetUser", Level::Reads),
            ("sts:AssumeRole", Level::Writes),
            ("kms:Decrypt", Level::Reads),
            ("sso:PutPermissionsPolicy", Level::ChangesPermissions),
        ] {
            assert_eq!(level(action), Some(expected), "{action}");
        }
        assert_eq!(level("nosuchservice:Get"), None);
    }

    /// The table's shape: every line has a service in order, and each of its parts a known level and some names.
    #[test]
    fn the_table_is_whole() {
        let names: Vec<&str> = services().map(|service| service.prefix).collect();
        assert!(names.len() > 400 && names.is_sorted(), "{}", names.len());
        for line in ACTIONS.lines() {
            for part in line.split('\t').skip(1) {
                assert!(part.starts_with(['p', 'w', 'r', 'l']), "{line}");
                assert!(
                    part[1..].split(' ').all(|start| start
                        .trim_end_matches('$')
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"_-*".contains(&b))),
                    "{line}"
                );
            }
        }
        assert!(ACTIONS.len() < 64_000, "{}", ACTIONS.len());
    }

    #[test]
    fn what_aws_added_since_is_told_by_its_verb() {
        assert_eq!(by_verb("DescribeSomethingNew"), Level::Views);
        assert_eq!(by_verb("get*"), Level::Reads);
        assert_eq!(by_verb("*"), Level::Writes);
    }
}
