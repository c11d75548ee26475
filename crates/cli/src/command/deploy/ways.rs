//! Through which ways trailbell hears, where nobody says: what the account's trails allow, and what costs least.

use trailbell_aws::{Error, Trail};

use super::parameters::Parameters;
use super::talk::theirs;
use crate::context::Failure;

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// In words, with why.
    pub(super) words: String,
    /// Whether `EventBridge` is to be listened to in every region: it is all there is, and sign-ins are recorded in many.
    pub(super) in_all_regions: bool,
}

impl Chosen {
    fn here(words: String) -> Self {
        Self { words, in_all_regions: false }
    }
}

/// Fills in how a new stack hears, where that is left open; says in words what was chosen and why.
///
/// A multi-region trail that delivers to a log group here is listened to as it is. One that delivers to none still brings
/// `EventBridge` its events. Without one, a new one is made: its first copy of management events is free.
pub(super) fn choose(
    parameters: &mut Parameters,
    trails: Result<Vec<Trail>, Error>,
    region: &str,
    account: &str,
) -> Result<Option<Chosen>, Failure> {
    let needs_group = parameters.is_yes("WatchWithLogs") || parameters.is_yes("WatchWithAlarm");
    let is_settled = parameters.is_yes("CreateTrail") || !parameters.value("TrailLogGroup").is_empty();
    if !needs_group || is_settled {
        return Ok(None);
    }
    let trails = trails.map_err(|error| {
        Failure::Told(format!(
            "whether the account has a trail cannot be seen: {error}; say yourself what to listen to: \
             --parameter TrailLogGroup=NAME, --parameter CreateTrail=yes, or --parameter WatchWithLogs=no with another way"
        ))
    })?;
    let records = |trail: &&Trail| {
        trail.is_multi_region
            && trail.status.as_ref().is_ok_and(|status| status.is_logging)
            && trail.management.as_ref().is_ok_and(|management| management.writes)
    };
    let group_here =
        |trail: &Trail| Some((trail.name.clone(), group(trail.log_group.as_deref()?, region, account)?));
    if let Some((trail, group)) = trails.iter().filter(records).find_map(group_here) {
        let words =
            format!("the log group {} of the trail {} is listened to", theirs(&group), theirs(&trail));
        parameters.set("TrailLogGroup", group);
        return Ok(Some(Chosen::here(words)));
    }
    let insists = ["WatchWithLogs", "WatchWithAlarm"]
        .into_iter()
        .find(|way| parameters.is_asked(way) && parameters.is_yes(way));
    match (trails.iter().find(records), insists) {
        (Some(trail), Some(way)) => Err(Failure::Told(format!(
            "{way} needs a log group, and the trail {} delivers to none in {region}: give it one (CloudTrail console, the trail, \
             CloudWatch Logs), or have a second trail made with --parameter CreateTrail=yes, which AWS charges for",
            theirs(&trail.name)
        ))),
        (Some(trail), None) => {
            parameters.set("WatchWithLogs", "no");
            parameters.set("WatchWithEventBridge", "yes");
            if !parameters.is_yes("WatchWithEventBridge") {
                return Ok(None);
            }
            let words = format!(
                "the trail {} delivers to no log group in {region}, so EventBridge's rules listen to what it records",
                theirs(&trail.name)
            );
            if parameters.is_asked("WatchWithEventBridge") {
                return Ok(Some(Chosen::here(words)));
            }
            let words = format!("{words}, in every enabled region, since sign-ins are recorded in many");
            Ok(Some(Chosen { words, in_all_regions: true }))
        }
        (None, _) => {
            parameters.set("CreateTrail", "yes");
            if !parameters.is_yes("CreateTrail") {
                return Err(Failure::Told(
                    "no trail records this account in every region, so nothing would be heard: leave CreateTrail=no out, or make one"
                        .to_owned(),
                ));
            }
            Ok(Some(Chosen::here("no trail records this account in every region, so one is made".to_owned())))
        }
    }
}

/// Whether what the trail records comes through `EventBridge` and no other way.
pub(super) fn is_eventbridge_alone(parameters: &Parameters) -> bool {
    parameters.is_yes("WatchWithEventBridge")
        && !parameters.is_yes("WatchWithLogs")
        && parameters.value("TrailBucket").is_empty()
}

/// The name of a log group of this region and account, by its ARN.
fn group(arn: &str, region: &str, account: &str) -> Option<String> {
    let fields: Vec<&str> = arn.splitn(7, ':').collect();
    let ["arn", _, "logs", its_region, its_account, "log-group", name] = fields.as_slice() else {
        return None;
    };
    let is_here = *its_region == region && *its_account == account;
    is_here.then(|| name.strip_suffix(":*").unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use trailbell_aws::{Management, TrailStatus};

    use super::super::templates::{self, MAIN};
    use super::*;

    fn trail(log_group: Option<&str>) -> Trail {
        Trail {
            name: "main".to_owned(),
            arn: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main".to_owned(),
            home_region: "eu-west-1".to_owned(),
            is_multi_region: true,
            is_organization: false,
            has_file_validation: true,
            bucket: None,
            topic: None,
            log_group: log_group.map(str::to_owned),
            status: Ok(TrailStatus {
                is_logging: true,
                delivered: None,
                delivery_error: None,
                log_group_error: None,
                topic_error: None,
            }),
            management: Ok(Management { reads: true, writes: true, without: Vec::new() }),
        }
    }

    /// The parameters that come of these flags and trails, or the words of refusal.
    fn chosen(flags: &[&str], trails: Vec<Trail>) -> Result<Vec<(String, String)>, String> {
        chosen_with_regions(flags, trails).map(|(parameters, _)| parameters)
    }

    /// The same, and whether every region is listened to.
    fn chosen_with_regions(
        flags: &[&str],
        trails: Vec<Trail>,
    ) -> Result<(Vec<(String, String)>, bool), String> {
        let mut parameters = Parameters::new(templates::parameters(MAIN), None);
        let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        parameters.ask(&flags).unwrap();
        match choose(&mut parameters, Ok(trails), "eu-west-1", "123456789012") {
            Ok(chosen) => {
                let set = parameters.differences().into_iter();
                let set = set.map(|(name, _, value)| (name.to_owned(), value.to_owned())).collect();
                Ok((set, chosen.is_some_and(|chosen| chosen.in_all_regions)))
            }
            Err(Failure::Told(words)) => Err(words),
            Err(Failure::ReaderLeft) => Err(String::new()),
        }
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const HERE: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:aws/trail:*";

    #[test]
    fn the_log_group_of_a_trail_that_is_there_is_listened_to() {
        assert_eq!(chosen(&[], vec![trail(Some(HERE))]), Ok(pairs(&[("TrailLogGroup", "aws/trail")])));
    }

    #[test]
    fn a_trail_without_a_group_here_is_heard_through_eventbridge() {
        let elsewhere = "arn:aws:logs:us-east-1:123456789012:log-group:g:*";
        for group in [None, Some(elsewhere)] {
            let wanted = Ok(pairs(&[("WatchWithEventBridge", "yes"), ("WatchWithLogs", "no")]));
            assert_eq!(chosen(&[], vec![trail(group)]), wanted);
        }
        // Chosen by itself, it has to hear sign-ins, which are recorded in many regions; who asks for it says how far.
        assert!(chosen_with_regions(&[], vec![trail(None)]).unwrap().1);
        assert!(!chosen_with_regions(&["WatchWithEventBridge=yes"], vec![trail(None)]).unwrap().1);
        assert!(!chosen_with_regions(&[], vec![trail(Some(HERE))]).unwrap().1);
        let words = chosen(&["WatchWithLogs=yes"], vec![trail(None)]).unwrap_err();
        assert!(words.contains("give it one"), "{words}");
    }

    #[test]
    fn without_a_trail_one_is_made_and_one_that_does_not_record_is_none() {
        assert_eq!(chosen(&[], Vec::new()), Ok(pairs(&[("CreateTrail", "yes")])));
        let one_region = Trail { is_multi_region: false, ..trail(Some(HERE)) };
        let mut still = trail(Some(HERE));
        still.status.as_mut().unwrap().is_logging = false;
        assert_eq!(chosen(&[], vec![one_region, still]), Ok(pairs(&[("CreateTrail", "yes")])));
        assert!(chosen(&["CreateTrail=no"], Vec::new()).unwrap_err().contains("nothing would be heard"));
    }

    #[test]
    fn what_was_decided_is_left_alone() {
        for flag in ["TrailLogGroup=mine", "CreateTrail=yes"] {
            assert_eq!(chosen(&[flag], vec![trail(Some(HERE))]).unwrap().len(), 1, "{flag}");
        }
        let other = &["WatchWithLogs=no", "WatchWithConfig=yes"];
        assert_eq!(chosen(other, Vec::new()).unwrap().len(), 2);
    }
}
