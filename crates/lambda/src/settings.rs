//! From the function's environment and the `trailbell.yaml` beside it to settings.

use std::collections::BTreeMap;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use trailbell_config::{
    Account, AwsAccess, CarriedSigma, ChannelSettings, Ignore, Language, Loaded, Lookups, SecretFile,
    Settings, Target,
};
use trailbell_detect::BUILTIN_RULES;
use trailbell_notice::Lang;

/// What the template tells the function. The names are those of the template's environment variables, in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// The ledger's table.
    pub(crate) table: String,
    /// The topic that notices go to where the configuration names no channel.
    pub(crate) topic_arn: Option<String>,
    /// The queue for what was given up.
    pub(crate) dead_letters_url: Option<String>,
    /// The function's own role: what it does itself is not told.
    pub(crate) role_arn: Option<String>,
    /// The parameter that holds secrets.
    pub(crate) secrets_parameter: Option<String>,
    /// The ways in that the stack has.
    pub(crate) paths: Vec<String>,
    language: Option<String>,
    timezone: Option<String>,
    verification_phrase: Option<String>,
    account_name: Option<String>,
}

impl Surroundings {
    /// Reads the environment.
    pub(crate) fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let table = get("TRAILBELL_TABLE").ok_or_else(|| {
            "TRAILBELL_TABLE is not set: it names the DynamoDB table of the ledger; the stack that `trailbell deploy` makes sets it".to_owned()
        })?;
        let paths = get("TRAILBELL_PATHS").unwrap_or_default();
        Ok(Self {
            table,
            topic_arn: get("TRAILBELL_TOPIC_ARN"),
            dead_letters_url: get("TRAILBELL_DEAD_LETTERS_URL"),
            role_arn: get("TRAILBELL_ROLE_ARN"),
            secrets_parameter: get("TRAILBELL_SECRETS_PARAMETER"),
            paths: paths
                .split(',')
                .map(str::trim)
                .filter(|path| !path.is_empty())
                .map(str::to_owned)
                .collect(),
            language: get("TRAILBELL_LANGUAGE"),
            timezone: get("TRAILBELL_TIMEZONE"),
            verification_phrase: get("TRAILBELL_VERIFICATION_PHRASE"),
            account_name: get("TRAILBELL_ACCOUNT_NAME"),
        })
    }
}

/// The settings, and whatever else is said about them.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) settings: Settings,
    pub(crate) lang: Lang,
    pub(crate) zone: TimeZone,
    /// What somebody should know, in words.
    pub(crate) remarks: Vec<String>,
}

/// Puts the configuration's text, the Sigma files it names and the environment together. `secrets` are what `${NAME}` stands for, before the environment's.
pub(crate) fn resolve(
    text: &str,
    sigma: &CarriedSigma,
    surroundings: &Surroundings,
    secrets: &BTreeMap<String, String>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Resolved, String> {
    let lookups = Lookups {
        environment: &|name| secrets.get(name).cloned().or_else(|| variable(name)),
        file: &|path| {
            std::fs::read_to_string(path)
                .map(|text| SecretFile { text, open_to_others: false })
                .map_err(|error| format!("{path}: {error}"))
        },
        sigma: &|path| sigma.at(path),
    };
    let Loaded { mut settings, warnings, files } = trailbell_config::parse(text, BUILTIN_RULES, lookups)
        .map_err(|invalid| {
            format!("the configuration cannot be used\n{}", invalid.render("trailbell.yaml", text))
        })?;
    let shown = trailbell_config::showable(text);
    let mut remarks: Vec<String> =
        warnings.iter().map(|warning| warning.render("trailbell.yaml", &shown)).collect();
    for file in &files {
        remarks.extend(file.warnings.iter().map(|warning| warning.render(&file.name, &file.text)));
    }
    if !settings.sources.is_empty() {
        remarks.push("`sources` says nothing here: what wakes the function is in its stack".to_owned());
    }
    if !settings.networks.is_empty() {
        remarks.push(
            "`networks` says nothing here: the function carries no such files, and tells countries by the registries".to_owned(),
        );
    }
    let lang = match (settings.language, surroundings.language.as_deref()) {
        (Some(Language::Ja), _) | (None, Some("ja")) => Lang::Ja,
        _ => Lang::En,
    };
    let zone = match (&settings.timezone, &surroundings.timezone) {
        (Some(zone), _) => zone.clone(),
        (None, Some(name)) => TimeZoneDatabase::bundled().get(name).map_err(|_| {
            format!(
                "there is no time zone {name:?}: set the stack's TimeZone to an IANA name such as Asia/Tokyo"
            )
        })?,
        (None, None) => TimeZone::UTC,
    };
    settings.verification_phrase =
        settings.verification_phrase.take().or_else(|| surroundings.verification_phrase.clone());
    if let (Some(name), Some(id)) = (&surroundings.account_name, own_account(surroundings)) {
        let named = Account { name: Some(name.clone()), profile: None };
        settings.accounts.entry(id.to_owned()).or_insert(named);
    }
    if settings.channels.is_empty()
        && let Some(topic) = &surroundings.topic_arn
    {
        let target = Target::Sns { aws: AwsAccess::default(), topic: topic.clone() };
        settings.channels.push(ChannelSettings::new("topic".to_owned(), target));
    }
    if let Some(sessions) = surroundings.role_arn.as_deref().and_then(sessions_of) {
        settings.ignores.push(Ignore {
            principal: Some(sessions),
            reason: Some("trailbell itself".to_owned()),
            ..Ignore::default()
        });
    }
    Ok(Resolved { settings, lang, zone, remarks })
}

fn own_account(surroundings: &Surroundings) -> Option<&str> {
    let arn = surroundings.role_arn.as_deref().or(surroundings.topic_arn.as_deref())?;
    arn.split(':').nth(4).filter(|id| id.len() == 12)
}

/// `arn:aws:iam::1:role/path/name` -> the ARNs of its sessions, `arn:aws:sts::1:assumed-role/name/*`: those have no path.
fn sessions_of(role: &str) -> Option<String> {
    let [_, partition, "iam", _, account, resource] = role.splitn(6, ':').collect::<Vec<_>>()[..] else {
        return None;
    };
    let name = resource.strip_prefix("role/")?.rsplit('/').next()?;
    Some(format!("arn:{partition}:sts::{account}:assumed-role/{name}/*"))
}

#[cfg(test)]
mod tests {
    use trailbell_config::SigmaFile;

    use super::*;

    fn surroundings(more: &[(&str, &str)]) -> Surroundings {
        let all: BTreeMap<String, String> = [
            ("TRAILBELL_TABLE", "t"),
            ("TRAILBELL_TOPIC_ARN", "arn:aws:sns:eu-west-1:012345678901:t"),
            ("TRAILBELL_ROLE_ARN", "arn:aws:iam::012345678901:role/a/b/trailbell-Role-1"),
        ]
        .iter()
        .chain(more)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
        Surroundings::read(&|name| all.get(name).cloned()).unwrap()
    }

    fn resolved(text: &str, more: &[(&str, &str)]) -> Resolved {
        resolve(text, &CarriedSigma::default(), &surroundings(more), &BTreeMap::new(), &|_| None).unwrap()
    }

    #[test]
    fn without_a_configuration_the_topic_is_told() {
        let Resolved { settings, lang, zone, remarks } = resolved("", &[]);
        let [channel] = settings.channels.as_slice() else { panic!("{:?}", settings.channels) };
        assert_eq!(channel.name, "topic");
        assert!(matches!(&channel.target, Target::Sns { topic, .. } if topic.ends_with(":t")));
        assert_eq!((lang, zone), (Lang::En, TimeZone::UTC));
        assert_eq!(remarks, Vec::<String>::new());
    }

    #[test]
    fn the_configuration_goes_before_the_environment() {
        let more = &[
            ("TRAILBELL_LANGUAGE", "ja"),
            ("TRAILBELL_TIMEZONE", "Asia/Tokyo"),
            ("TRAILBELL_VERIFICATION_PHRASE", "three cats"),
            ("TRAILBELL_ACCOUNT_NAME", "my-blog"),
        ];
        let alone = resolved("", more);
        assert_eq!(alone.lang, Lang::Ja);
        assert_eq!(alone.zone.iana_name(), Some("Asia/Tokyo"));
        assert_eq!(alone.settings.verification_phrase.as_deref(), Some("three cats"));
        assert_eq!(alone.settings.accounts["012345678901"].name.as_deref(), Some("my-blog"));
        let both = resolved(
            "language: en\ntimezone: UTC\nverification_phrase: a dog\naccounts:\n  012345678901: { name: shop }\nsources:\n  h: event-history\nchannels:\n  x: { type: sns, topic: 'arn:aws:sns:eu-west-1:012345678901:own' }\n",
            more,
        );
        assert_eq!(both.lang, Lang::En);
        assert_eq!(both.settings.verification_phrase.as_deref(), Some("a dog"));
        assert_eq!(both.settings.accounts["012345678901"].name.as_deref(), Some("shop"));
        assert_eq!(both.settings.channels.len(), 1);
        assert!(both.remarks.iter().any(|remark| remark.contains("`sources` says nothing here")));
    }

    #[test]
    fn secrets_come_from_the_parameter_before_the_environment() {
        let text = "channels:\n  x: { type: line, token: '${TOKEN}', to: U01 }\n";
        let secrets = BTreeMap::from([("TOKEN".to_owned(), "from-the-parameter".to_owned())]);
        let environment = |_: &str| Some("from-the-environment".into());
        let got =
            resolve(text, &CarriedSigma::default(), &surroundings(&[]), &secrets, &environment).unwrap();
        let Target::Line { token, .. } = &got.settings.channels[0].target else { panic!() };
        assert_eq!(token.expose(), "from-the-parameter");
    }

    #[test]
    fn sigma_files_that_came_along_are_the_rules_they_were() {
        let document = "title: A user\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: CreateUser}, condition: s}\nlevel: high\n";
        let many = "title: Many users\ncorrelation: {type: event_count, rules: [A user, A guest], timespan: 1h, condition: {gte: 3}}\n";
        let guest = document
            .replace("A user", "A guest")
            .replace("product: aws, service: cloudtrail", "product: windows");
        let file = |name: &str, text: String| SigmaFile { name: format!("rules.d/{name}"), text };
        let files = vec![file("user.yml", format!("{document}---\n{many}")), file("guest.yml", guest)];
        let mut sigma = CarriedSigma::default();
        sigma.carry("rules.d", files);
        let text = "rules: { all: { sigma: rules.d } }\n";
        let got = resolve(text, &sigma, &surroundings(&[]), &BTreeMap::new(), &|_| None).unwrap();
        let names: Vec<&str> = got.settings.own_rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["user", "user-2"]);
        let [remark] = got.remarks.as_slice() else { panic!("{:?}", got.remarks) };
        assert!(
            remark.starts_with("rules.d/user.yml:") && remark.contains("`A guest` is for other logs"),
            "{remark}"
        );
    }

    #[test]
    fn its_own_sessions_are_ignored_whatever_the_role_s_path() {
        let settings = resolved("", &[]).settings;
        let own = "arn:aws:sts::012345678901:assumed-role/trailbell-Role-1/trailbell-Function-2";
        let other = "arn:aws:sts::012345678901:assumed-role/trailbell-Role-11/x";
        let quiet = |arn: &str| {
            let subject = trailbell_config::Subject { arn: Some(arn), ..Default::default() };
            settings.ignores.iter().any(|ignore| ignore.matches(&subject, "iam-change"))
        };
        assert!(quiet(own) && !quiet(other));
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        assert!(Surroundings::read(&|_| None).unwrap_err().contains("TRAILBELL_TABLE"));
        let refused = |text: &str, surroundings: &Surroundings| {
            resolve(text, &CarriedSigma::default(), surroundings, &BTreeMap::new(), &|_| None).unwrap_err()
        };
        let wrong = refused("chanels: {}", &surroundings(&[]));
        assert!(wrong.contains("trailbell.yaml:1:1") && wrong.contains("channels"), "{wrong}");
        let zone = surroundings(&[("TRAILBELL_TIMEZONE", "Mars/Base")]);
        assert!(refused("", &zone).contains("Asia/Tokyo"));
        let nowhere = refused("rules: { all: { sigma: rules.d } }", &surroundings(&[]));
        assert!(
            nowhere.contains("trailbell.yaml:1:24") && nowhere.contains("`trailbell deploy` carries"),
            "{nowhere}"
        );
    }
}
