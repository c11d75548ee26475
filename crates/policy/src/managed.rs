//! AWS's managed policies that say something by their name alone.

/// A managed policy of AWS that says something by its name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Managed {
    /// `AdministratorAccess`: the only one of about 1,600 that plainly allows `*` on `*`.
    AdministratorAccess,
    /// `IAMFullAccess`: `iam:*`.
    IamFullAccess,
    /// `PowerUserAccess`: everything but identities, by `NotAction`.
    PowerUserAccess,
    /// `AWSCompromisedKeyQuarantine`, `...V2`, `...V3`: AWS believes that a key leaked.
    Quarantine,
    /// `AWSDenyAll`: a block.
    DenyAll,
}

impl Managed {
    /// The one an ARN names, in any partition. A customer's own policy of the same name is another policy.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let (_, path) = arn.split_once(":iam::aws:policy/")?;
        match path.rsplit('/').next()? {
            "AdministratorAccess" => Some(Self::AdministratorAccess),
            "IAMFullAccess" => Some(Self::IamFullAccess),
            "PowerUserAccess" => Some(Self::PowerUserAccess),
            "AWSDenyAll" => Some(Self::DenyAll),
            name if name.starts_with("AWSCompromisedKeyQuarantine") => Some(Self::Quarantine),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_awss_own_policy_has_the_meaning() {
        assert_eq!(
            Managed::of_arn("arn:aws:iam::aws:policy/AdministratorAccess"),
            Some(Managed::AdministratorAccess)
        );
        assert_eq!(Managed::of_arn("arn:aws-cn:iam::aws:policy/AWSDenyAll"), Some(Managed::DenyAll));
        assert_eq!(
            Managed::of_arn("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"),
            Some(Managed::Quarantine)
        );
        assert_eq!(Managed::of_arn("arn:aws:iam::123456789012:policy/AdministratorAccess"), None);
        assert_eq!(Managed::of_arn("arn:aws:iam::aws:policy/AdministratorAccess-Amplify"), None);
    }
}
