//! Nested stacks whose template cannot be had.

use super::Findings;
use crate::collect::NESTED;
use crate::{Stacks, is_placeholder};

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    for nested in stacks.resources.iter().filter(|resource| resource.origin.type_name == NESTED) {
        let child = format!("{}/{}", nested.origin.template, nested.origin.logical_id);
        let Some(url) = nested.properties.text(&["TemplateURL"]) else { continue };
        let is_url = url.value.starts_with("https://") || url.value.starts_with("http://");
        let is_read = stacks.stacks.iter().any(|stack| stack.template == child);
        if is_read || is_url && !url.value.contains(char::is_whitespace) || is_placeholder(&url.value) {
            continue;
        }
        let parent = stacks.stacks.iter().find(|stack| stack.template == nested.origin.template);
        let parameter =
            parent.and_then(|stack| stack.parameters.iter().find(|(_, value)| **value == url.value));
        let value = match parameter {
            Some((name, _)) => format!("the default of {name}, `{}`,", url.value),
            None => format!("`{}`", url.value),
        };
        let fix = match parameter {
            Some((name, _)) => format!("take the Default of {name} out, so that CloudFormation asks for it; or write what it nests into this template, and nothing need be put in S3 first"),
            None => "write the https URL of the template in S3, or a file beside this one that `aws cloudformation package` uploads".to_owned(),
        };
        findings.warn(
            "nested-template",
            &nested.origin,
            url.span,
            format!("{value} is neither a URL nor a file that is here: a stack made with it fails"),
            fix,
        );
    }
}
