//! One file a command.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod find;
pub(crate) mod scan;
pub(crate) mod schema;
