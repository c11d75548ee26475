//! The console's Event history download as CSV.
