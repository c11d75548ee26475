//! The quick no for the rules that come with the program: whether a few fields alone show that none of them can meet a
//! record. Conditions have their index.

use rustc_hash::FxHashSet;
use trailbell_record::{Operation, SessionGrant, SignIn};

use crate::fields::Fields;
use crate::rule::{Check, Rule};
use crate::sharing::Sharing;
use crate::tampering::Tampering;

/// What any of the rules could meet that come with the program and are on.
#[derive(Debug, Default)]
pub(crate) struct Prescreen {
    names: FxHashSet<Box<str>>,
    writes_in_iam: bool,
    root: bool,
    /// Names of the events that hand out credentials, where it is asked who is behind them.
    grants: FxHashSet<Box<str>>,
}

impl Prescreen {
    pub(crate) fn of(rules: &[Rule]) -> Self {
        let mut screen = Self::default();
        for rule in rules.iter().filter(|rule| rule.enabled) {
            match &rule.check {
                Check::SignIn => screen.names.extend(SignIn::event_names().map(Into::into)),
                Check::Change => {
                    screen.names.extend(Operation::events().map(|(_, name)| name.into()));
                    screen.writes_in_iam = true;
                }
                Check::Tampering => screen.names.extend(Tampering::event_names().map(Into::into)),
                Check::Root => screen.root = true,
                Check::Sharing => screen.names.extend(Sharing::event_names().map(Into::into)),
                Check::Condition(_) | Check::Correlation(_) => {}
            }
        }
        screen
    }

    /// The same, letting through who hands out credentials as well.
    pub(crate) fn with_grants(mut self) -> Self {
        self.grants = SessionGrant::event_names().map(Into::into).collect();
        self
    }

    /// Whether the record may hand out credentials to somebody; AWS's services take roles all day for themselves.
    pub(crate) fn may_grant(&self, fields: &Fields<'_>) -> bool {
        fields.event_name.is_some_and(|name| self.grants.contains(name))
            && fields.error_code.is_none()
            && fields.identity_type != Some("AWSService")
    }

    /// Whether it depends on the string at a path whether any of them can meet a record.
    pub(crate) fn looks_at(&self, path: &[&str]) -> bool {
        match path {
            ["eventName"] => !self.names.is_empty() || !self.grants.is_empty(),
            ["eventSource"] => self.writes_in_iam,
            ["userIdentity", "type"] => self.root,
            _ => false,
        }
    }

    /// Whether one of them could meet a record for having that string at a path.
    pub(crate) fn wants(&self, path: &[&str], value: &str) -> bool {
        match path {
            ["eventName"] => self.names.contains(value) || self.grants.contains(value),
            ["eventSource"] => self.writes_in_iam && value.starts_with("iam"),
            ["userIdentity", "type"] => self.root && value == "Root",
            _ => false,
        }
    }

    /// `false` only where none can meet a record with these fields; `None`: nothing is known of them, and it may hand out credentials as well.
    pub(crate) fn passes(&self, fields: Option<&Fields<'_>>) -> bool {
        let Some(fields) = fields else {
            return self.root || self.writes_in_iam || !self.names.is_empty() || !self.grants.is_empty();
        };
        (self.root && fields.identity_type == Some("Root"))
            || fields.event_name.is_some_and(|name| self.names.contains(name))
            || (self.writes_in_iam
                && fields.read_only != Some(true)
                && fields.event_source.is_some_and(|source| source.starts_with("iam")))
    }
}
