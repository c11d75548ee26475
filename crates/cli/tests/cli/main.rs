//! The program as its users run it, by topic.

mod check;
mod explain;
mod find;
mod hostile;
mod scan;
mod shared;
mod stack;
mod usage;
mod util;
