//! Ways into the console, and what the record says about MFA.
