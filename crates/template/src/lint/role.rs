//! Roles of functions that may do too much, and role names that only one stack can have.

use serde_json::Value;
use trailbell_text::Span;

use super::Findings;
use crate::model::Resource;
use crate::{Stacks, is_placeholder};

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    for role in stacks.resources.iter().filter(|resource| resource.origin.type_name == "AWS::IAM::Role") {
        fixed_name(stacks, role, findings);
        let document = role.properties.json().get("AssumeRolePolicyDocument").map(Value::to_string);
        if document.is_some_and(|document| document.contains("lambda.amazonaws.com")) {
            broad_policies(role, findings);
        }
    }
}

fn broad_policies(role: &Resource, findings: &mut Findings) {
    let policies = role.properties.json().get("ManagedPolicyArns").and_then(Value::as_array);
    for index in 0..policies.map_or(0, Vec::len) {
        let Some(policy) = role.properties.text(&["ManagedPolicyArns", &index.to_string()]) else { continue };
        let Some(name) =
            policy.value.rsplit('/').next().filter(|_| policy.value.contains(":iam::aws:policy/"))
        else {
            continue;
        };
        let is_broad =
            name.ends_with("FullAccess") || matches!(name, "AdministratorAccess" | "PowerUserAccess");
        if !is_broad {
            continue;
        }
        let (may, fix) = if name == "AmazonSNSFullAccess" {
            (
                "the function may delete every topic and subscribe anybody, and needs to publish to one",
                "write a policy that allows sns:Publish on the topic's ARN only",
            )
        } else {
            (
                "the function may do far more than it needs",
                "write a policy with the actions and ARNs the code uses",
            )
        };
        findings.warn("broad-policy", &role.origin, policy.span, format!("{name}: {may}"), fix);
    }
}

/// A name written out, in a template that is made to be used more than once.
fn fixed_name(stacks: &Stacks, role: &Resource, findings: &mut Findings) {
    let Some(name) = role.properties.text(&["RoleName"]).filter(|name| !is_placeholder(&name.value)) else {
        return;
    };
    let stack = stacks.stacks.iter().find(|stack| stack.template == role.origin.template);
    let is_for_many = stack.is_some_and(|stack| !stack.parameters.is_empty() || stack.template.contains('/'));
    if is_for_many && is_the_same_in_every_stack(role.origin.file.text(), name.span) {
        findings.warn(
            "fixed-role-name",
            &role.origin,
            name.span,
            format!(
                "the role is called {} in every stack of this template: a second stack in the account fails, and creating \
                 one needs CAPABILITY_NAMED_IAM",
                name.value
            ),
            "take RoleName out, and CloudFormation makes a name up; or put ${AWS::StackName} in it",
        );
    }
}

/// Whether what writes a name holds nothing that differs between two stacks in an account.
fn is_the_same_in_every_stack(source: &str, span: Span) -> bool {
    let Some(written) = source.get(span.start..span.end) else { return false };
    let mut rest = written.to_owned();
    for same in ["${AWS::AccountId}", "${AWS::Partition}", "${AWS::URLSuffix}"] {
        rest = rest.replace(same, "");
    }
    !["${", "Ref", "GetAtt", "Select", "FindInMap", "ImportValue", "Fn::If", "!If"]
        .iter()
        .any(|varies| rest.contains(varies))
}
