//! Whether it succeeded, failed or was refused.
