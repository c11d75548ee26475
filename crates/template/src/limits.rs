//! How much a template may be: CloudFormation's own limits where it has them, and bounds of ours on what a few lines can blow up to.

/// Bytes of a template's text: what CloudFormation takes from S3.
pub const MAX_BYTES: usize = 1_048_576;

/// Collections inside one another, the outermost counted as 1. Real templates stay under 20.
pub(crate) const MAX_DEPTH: usize = 64;

/// Values that aliases and merge keys of one file may repeat.
pub(crate) const MAX_REPEATED: usize = 50_000;

/// Resources of one template: CloudFormation's own limit.
pub(crate) const MAX_RESOURCES: usize = 500;

/// Parameters of one template: CloudFormation's own limit.
pub(crate) const MAX_PARAMETERS: usize = 200;

/// Stacks of one call, nested ones included.
pub(crate) const MAX_STACKS: usize = 500;

/// Stacks nested in one another.
pub(crate) const MAX_NESTING: usize = 16;

/// Bytes of a parameter's value: CloudFormation's own limit.
pub(crate) const MAX_PARAMETER_BYTES: usize = 4096;

/// Bytes that all values of a call may come to once they are resolved: `Fn::Join` of a `Fn::Join` doubles with every line.
pub(crate) const MAX_RESOLVED_BYTES: usize = 64 << 20;

/// Problems that are told of one file; the rest is counted.
pub(crate) const MAX_PROBLEMS: usize = 50;
