//! Everything that talks to AWS: signed calls, sources, the SNS and SES channels.
