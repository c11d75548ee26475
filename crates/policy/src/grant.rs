//! What a permissions policy allows: the plain cases.

use crate::{Policy, Statement};

/// How much is allowed, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Allows {
    /// No statement allows anything.
    Nothing,
    /// Something, not judged further.
    Something,
    /// Everything but a list (`NotAction` or `NotResource`), as `PowerUserAccess` does.
    AlmostEverything,
    /// All of IAM: whoever has it can give themselves everything.
    AllOfIam,
    /// `*` on `*`: full administrator.
    Everything,
}

/// What a policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The most that a statement allows.
    pub allows: Allows,
    /// Whether it is allowed only under a condition.
    pub conditional: bool,
}

impl Policy {
    /// The most that the document allows. One without condition counts before a greater one with; a denial of
    /// everything leaves nothing, smaller denials are not weighed (see [`Policy::has_deny`]).
    pub fn grant(&self) -> Grant {
        let nothing = Grant { allows: Allows::Nothing, conditional: false };
        if self.statements.iter().any(|s| !s.allow && !s.conditional && s.extent() == Allows::Everything) {
            return nothing;
        }
        let most = |conditional: bool| {
            self.statements
                .iter()
                .filter(|s| s.allow && s.conditional == conditional)
                .map(Statement::extent)
                .max()
        };
        let free = most(false).unwrap_or(Allows::Nothing);
        let bound = most(true).unwrap_or(Allows::Nothing);
        // `s3:Get*` for all and `*` with MFA: the interesting part is the `*`.
        if bound > free && (bound > Allows::Something || free == Allows::Nothing) {
            Grant { allows: bound, conditional: true }
        } else {
            Grant { allows: free, conditional: false }
        }
    }
}

impl Statement {
    /// How far the statement reaches, whether it allows or denies.
    fn extent(&self) -> Allows {
        let everywhere = self.resources.as_ref().is_some_and(|list| list.iter().any(|r| only_stars(r)));
        if let Some(not_actions) = &self.not_actions {
            let none_left = not_actions.iter().any(|action| is_everything(action));
            let wide = everywhere || self.not_resources.is_some();
            return if wide && !none_left { Allows::AlmostEverything } else { Allows::Something };
        }
        let actions = self.actions.as_deref().unwrap_or_default();
        let all = actions.iter().any(|action| is_everything(action));
        let all_of_iam = actions.iter().any(|action| is_all_of_iam(action));
        match (all, everywhere) {
            (true, true) => Allows::Everything,
            (true, false) if self.not_resources.is_some() => Allows::AlmostEverything,
            _ if all_of_iam && everywhere => Allows::AllOfIam,
            _ => Allows::Something,
        }
    }
}

/// `*` and its other spellings, such as `*:*`.
fn is_everything(action: &str) -> bool {
    action
        .split_once(':')
        .map_or_else(|| only_stars(action), |(service, name)| only_stars(service) && only_stars(name))
}

/// Action names are compared without regard to case.
fn is_all_of_iam(action: &str) -> bool {
    action
        .split_once(':')
        .is_some_and(|(service, name)| service.eq_ignore_ascii_case("iam") && only_stars(name))
}

fn only_stars(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|b| b == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_cases_are_told_apart() {
        let cases = [
            (r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, Allows::Everything, false),
            (r#"[{"Effect":"Allow","Action":["s3:*","*:*"],"Resource":["*"]}]"#, Allows::Everything, false),
            (r#"{"Effect":"Allow","Action":"IAM:*","Resource":"*"}"#, Allows::AllOfIam, false),
            (r#"{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}"#, Allows::AlmostEverything, false),
            (
                r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::x"}"#,
                Allows::AlmostEverything,
                false,
            ),
            (r#"{"Effect":"Allow","NotAction":"*","Resource":"*"}"#, Allows::Something, false),
            (
                r#"{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::1:user/x"}"#,
                Allows::Something,
                false,
            ),
            (r#"{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}"#, Allows::Something, false),
            (
                r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"b"}}}"#,
                Allows::Everything,
                true,
            ),
            (r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}"#, Allows::Everything, false),
            (r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#, Allows::Nothing, false),
            (
                r#"[{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"s3:*","Resource":"*"}]"#,
                Allows::Nothing,
                false,
            ),
            (
                r#"[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"b"}}}]"#,
                Allows::Everything,
                true,
            ),
            ("[]", Allows::Nothing, false),
        ];
        for (statement, allows, conditional) in cases {
            let policy = Policy::parse(&format!(r#"{{"Statement":{statement}}}"#)).unwrap();
            assert_eq!(policy.grant(), Grant { allows, conditional }, "{statement}");
        }
    }
}
