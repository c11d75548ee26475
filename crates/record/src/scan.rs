//! The fast scan: validates, splits and finds the few fields that rules ask for first, in one pass.
