//! Which of CloudTrail's forms a JSON value is, told by its content.
