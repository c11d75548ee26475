//! What was done to whom: one variant for each row that is told.
