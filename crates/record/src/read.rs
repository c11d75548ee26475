//! Bytes of any form CloudTrail is delivered in -> single events.
