//! How trailbell is.
/// Placeholder
pub struct Status;
/// Placeholder
pub struct Ledger;
/// Placeholder
pub fn serve() {}
