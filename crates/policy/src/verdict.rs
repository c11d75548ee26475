//! What a judge says of a policy: how much it allows, because of what, and whether only under a condition.

use std::fmt;

/// How much a policy lets whoever has it do, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing at all.
    Nothing,
    /// Lists and descriptions, not what is inside.
    Views,
    /// Reads.
    Reads,
    /// Creates, changes or deletes.
    Writes,
    /// Changes who can do what, short of a plain way to everything.
    ChangesPermissions,
    /// Has a known way to give itself everything.
    CanBecomeAdministrator,
    /// `*` on `*`.
    FullAdministrator,
}

impl Level {
    /// Every level, least first.
    pub const ALL: &'static [Self] = &[
        Self::Nothing,
        Self::Views,
        Self::Reads,
        Self::Writes,
        Self::ChangesPermissions,
        Self::CanBecomeAdministrator,
        Self::FullAdministrator,
    ];

    /// The word for it in the JSON form of a notice.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Views => "views",
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::ChangesPermissions => "changes-permissions",
            Self::CanBecomeAdministrator => "can-become-administrator",
            Self::FullAdministrator => "full-administrator",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a policy allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The most that it allows.
    pub level: Level,
    /// Why: what in the document decides, at most [`Verdict::MOST`], the plainest first.
    pub because: Vec<Because>,
    /// Whether that much is allowed only where a condition is met.
    pub conditional: bool,
    /// The most that it allows whatever the conditions say; `level` itself where that needs none.
    pub always: Level,
}

impl Verdict {
    /// As many reasons as a person reads.
    pub const MOST: usize = 3;

    /// Of a policy that allows nothing.
    pub const NOTHING: Self =
        Self { level: Level::Nothing, because: Vec::new(), conditional: false, always: Level::Nothing };
}

/// One thing in a document that decides. Texts named `written` or `on` are the document's own, chosen by whoever
/// wrote it: show them as hostile. All others are names of AWS's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Because {
    /// `*` on everything.
    Everything,
    /// Everything but what is listed (`NotAction`, `NotResource`, or a `Deny` beside `*`).
    AllBut {
        /// What is left out, as it stands in the document.
        written: Vec<String>,
    },
    /// Actions that are allowed.
    Action {
        /// As the document writes them: a name, or a pattern.
        written: String,
        /// The name that decides, where `written` is a pattern.
        such_as: Option<String>,
        /// The resource they are allowed on, where that is not everything; empty where it is not known which.
        on: Option<String>,
    },
    /// Handing any role to something of one's own that then acts with it.
    PassRole {
        /// The action that makes it: `lambda:CreateFunction`, ...
        with: &'static str,
    },
}
