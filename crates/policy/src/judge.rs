//! How much a policy allows.
//!
//! A document is judged by itself: what a permissions boundary, an SCP, a resource's own policy or another policy
//! of the same person adds or takes away is not in it. Three questions are asked, the gravest first: does it allow
//! everything; does it allow one of the known ways to everything ([`crate::escalation`]); and what is the gravest
//! thing that the actions it allows do ([`crate::access`]). A `Deny` takes away what it plainly covers, never
//! more; one with a condition makes what it covers conditional.

use std::collections::BTreeSet;

use crate::access::{self, Group, Service};
use crate::escalation::{ALONE, On, TAKERS, Taker};
use crate::pattern::{Case, covers, is_everything, meets};
use crate::verdict::{Because, Level, Verdict};
use crate::{Effect, Policy, Statement};

/// More patterns than this that leave the service open (`*:Get*`) are not looked up one by one.
const MOST_OPEN: usize = 50;

impl Policy {
    /// What the document allows whoever it is attached to.
    pub fn judge(&self) -> Verdict {
        Judge::of(self).verdict()
    }
}

/// One pattern of actions.
#[derive(Debug, Clone, Copy)]
struct Actions<'a> {
    service: &'a str,
    name: &'a str,
    /// As it stands in the document.
    written: &'a str,
}

impl<'a> Actions<'a> {
    /// `None` for what IAM would refuse, which matches nothing.
    fn of(written: &'a str) -> Option<Self> {
        match written.split_once(':') {
            Some((service, name)) if !service.is_empty() && !name.is_empty() => {
                Some(Self { service, name, written })
            }
            None if is_everything(written) => Some(Self { service: "*", name: "*", written }),
            _ => None,
        }
    }

    fn is_everything(&self) -> bool {
        is_everything(self.service) && is_everything(self.name)
    }

    fn leaves_service_open(&self) -> bool {
        self.service.contains(['*', '?'])
    }

    fn is_name(&self) -> bool {
        !self.written.contains(['*', '?'])
    }

    fn has(&self, service: &str, name: &str) -> bool {
        covers(self.service, service, Case::Ignored) && covers(self.name, name, Case::Ignored)
    }

    /// Whether it covers all that another pattern does.
    fn has_all(&self, other: &Self) -> bool {
        self.has(other.service, other.name)
    }

    fn meets(&self, service: &str, name: &str) -> bool {
        meets(self.service, service, Case::Ignored) && meets(self.name, name, Case::Ignored)
    }
}

/// A statement made ready.
#[derive(Debug)]
struct Rule<'a> {
    statement: &'a Statement,
    actions: Vec<Actions<'a>>,
    /// `NotAction`: all but `actions`.
    all_but: bool,
    /// `None` where there is neither `Resource` nor `NotResource`.
    resources: Resources<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Resources<'a> {
    These(&'a [String]),
    AllBut(&'a [String]),
}

/// How far an allowed action reaches among the things it can be done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// None of them.
    None,
    /// One, or a few of a name.
    Few,
    /// Whoever acts: `${aws:username}`.
    Self_,
    /// Any.
    All,
}

/// An action as some statement allows it.
#[derive(Debug, Clone, Copy)]
struct Allowed<'a> {
    reach: Reach,
    conditional: bool,
    written: &'a str,
    on: Option<&'a str>,
    rule: &'a Rule<'a>,
}

/// What is left of an allowance after the denials.
enum Left {
    Nothing,
    OnlyUnderCondition,
    Whole,
}

/// A level that was found, and why.
struct Found {
    level: Level,
    conditional: bool,
    because: Because,
}

impl<'a> Rule<'a> {
    fn of(statement: &'a Statement) -> Option<Self> {
        let (texts, all_but) = match (&statement.actions, &statement.not_actions) {
            (Some(actions), _) => (actions, false),
            (None, Some(actions)) => (actions, true),
            (None, None) => return None,
        };
        let resources = match (&statement.resources, &statement.not_resources) {
            (Some(resources), _) => Resources::These(resources),
            (None, Some(resources)) => Resources::AllBut(resources),
            (None, None) => return None,
        };
        Some(Self {
            statement,
            actions: texts.iter().filter_map(|text| Actions::of(text)).collect(),
            all_but,
            resources,
        })
    }

    /// The pattern by which it has an action; the whole of `NotAction` is `*`.
    fn pattern_for(&self, service: &str, name: &str) -> Option<&'a str> {
        let found = self.actions.iter().find(|actions| actions.has(service, name));
        match (self.all_but, found) {
            (false, found) => found.map(|actions| actions.written),
            (true, None) => Some("*"),
            (true, Some(_)) => None,
        }
    }

    /// Whether it has all that a group of actions, cut by a pattern, has.
    fn has_group(&self, group: &Group, cut: &Actions<'_>) -> bool {
        let covered = |actions: &Actions<'_>| {
            covers(actions.service, group.service, Case::Ignored)
                && (group.is_covered_by(actions.name) || covers(actions.name, cut.name, Case::Ignored))
        };
        let touched = |actions: &Actions<'_>| {
            covers(actions.service, group.service, Case::Ignored) && group.meets(actions.name)
        };
        if self.all_but { !self.actions.iter().any(touched) } else { self.actions.iter().any(covered) }
    }

    /// Whether it is about every resource.
    fn is_everywhere(&self) -> bool {
        matches!(self.resources, Resources::These(list) if list.iter().any(|resource| is_everything(resource)))
    }

    /// Whether it is about all that a resource of another statement can be.
    fn covers_resource(&self, resource: &str) -> bool {
        match self.resources {
            Resources::These(list) => {
                list.iter().any(|mine| covers(&plain(mine), &plain(resource), Case::Kept))
            }
            Resources::AllBut(list) => {
                !list.iter().any(|mine| meets(&plain(mine), &plain(resource), Case::Kept))
            }
        }
    }

    /// Its resources, one by one; all but some count as all.
    fn each_resource(&self) -> Vec<&'a str> {
        match self.resources {
            Resources::These(list) => list.iter().map(String::as_str).collect(),
            Resources::AllBut(_) => vec!["*"],
        }
    }
}

/// A resource with its policy variables as names: `${aws:username}` is somebody, and the star of `${*}` is a letter.
fn plain(resource: &str) -> String {
    let mut out = String::with_capacity(resource.len());
    let mut rest = resource;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((variable, behind)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push('\u{1}');
        out.extend(variable.chars().map(|c| if matches!(c, '*' | '?') { '\u{2}' } else { c }));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// How far a resource reaches among the things an action is done to.
fn reach(resource: &str, on: On) -> Reach {
    if is_everything(resource) {
        return Reach::All;
    }
    let plain = plain(resource);
    let Some(kind) = on.kind() else {
        let is_theirs =
            ["arn:*:sso:*", "arn:*:identitystore:*"].iter().any(|theirs| meets(&plain, theirs, Case::Kept));
        return match (is_theirs, plain.contains('*')) {
            (false, _) => Reach::None,
            (true, false) => Reach::Few,
            (true, true) => Reach::All,
        };
    };
    // `arn:aws:iam::123456789012:user/bob`: a star stays within its part, except in an ARN cut short (`arn:aws:iam::*`).
    let parts: Vec<&str> = plain.splitn(6, ':').collect();
    let (pattern, start) = match parts.as_slice() {
        [arn, partition, service, region, account, name] => {
            let fits = [
                (arn, "arn"),
                (partition, "aws*"),
                (service, "iam"),
                (region, ""),
                (account, "????????????"),
            ];
            if !fits.iter().all(|(part, usual)| meets(part, usual, Case::Kept) || part.starts_with('\u{1}')) {
                return Reach::None;
            }
            (*name, kind.to_owned())
        }
        _ => (plain.as_str(), format!("arn:aws:iam::123456789012:{kind}")),
    };
    if !meets(pattern, &format!("{start}*"), Case::Kept) {
        return Reach::None;
    }
    // Names that nobody has in mind.
    if ["q7zx", "q7/zx/q7zx"].iter().any(|name| covers(pattern, &format!("{start}{name}"), Case::Kept)) {
        return Reach::All;
    }
    let is_own = ["\u{1}aws:username", "\u{1}aws:userid"].iter().any(|variable| plain.ends_with(variable));
    if is_own && kind == "user/" { Reach::Self_ } else { Reach::Few }
}

struct Judge<'a> {
    allow: Vec<Rule<'a>>,
    deny: Vec<Rule<'a>>,
}

impl<'a> Judge<'a> {
    fn of(policy: &'a Policy) -> Self {
        let of = |effect: Effect| {
            policy.statements.iter().filter(|s| s.effect == effect).filter_map(Rule::of).collect()
        };
        Self { allow: of(Effect::Allow), deny: of(Effect::Deny) }
    }

    fn verdict(&self) -> Verdict {
        let mut found = self.administrator();
        found.extend(self.ways_to_everything());
        // What the actions do matters where nothing graver is certain.
        if !found.iter().any(|one| one.level >= Level::CanBecomeAdministrator && !one.conditional) {
            found.extend(self.what_actions_do());
        }
        let Some(level) = found.iter().map(|one| one.level).max() else { return Verdict::NOTHING };
        let always = found.iter().filter(|one| !one.conditional).map(|one| one.level).max();
        let conditional = always != Some(level);
        let mut because: Vec<Because> = Vec::new();
        for one in found.into_iter().filter(|one| one.level == level && one.conditional == conditional) {
            if because.len() < Verdict::MOST && !because.iter().any(|known| known.says_the_same(&one.because))
            {
                because.push(one.because);
            }
        }
        Verdict { level, because, conditional, always: always.unwrap_or(Level::Nothing) }
    }

    /// `*` on `*`, and everything but a list.
    fn administrator(&self) -> Vec<Found> {
        let wide = |rule: &&Rule<'_>| {
            (rule.all_but || rule.actions.iter().any(Actions::is_everything))
                && (rule.is_everywhere() || matches!(rule.resources, Resources::AllBut(_)))
        };
        let mut found = Vec::new();
        for rule in self.allow.iter().filter(wide) {
            let (mut conditional, mut is_all) = (rule.statement.conditional, true);
            let mut written: Vec<String> = Vec::new();
            if rule.all_but {
                // What one statement leaves out, another may give.
                let left_out: Vec<&Actions<'_>> = rule
                    .actions
                    .iter()
                    .filter(|actions| !self.allow.iter().any(|other| other.gives_everywhere(actions)))
                    .collect();
                is_all &= left_out.is_empty();
                written.extend(left_out.iter().map(|actions| actions.written.to_owned()));
            }
            if let Resources::AllBut(list) = rule.resources {
                is_all &= list.is_empty();
                written.extend(list.iter().cloned());
            }
            for deny in &self.deny {
                let is_wide = deny.all_but || deny.actions.iter().any(Actions::is_everything);
                if deny.statement.conditional {
                    conditional |= is_wide;
                } else if deny.all_but || !deny.actions.is_empty() {
                    is_all = false;
                    if deny.is_everywhere() && !deny.all_but {
                        written.extend(deny.actions.iter().map(|actions| actions.written.to_owned()));
                    }
                }
            }
            if is_all {
                found.push(Found {
                    level: Level::FullAdministrator,
                    conditional,
                    because: Because::Everything,
                });
            } else if let Some(way) = self.opens_a_way(rule).filter(|_| !written.is_empty()) {
                // What is left is still a way to everything; that it is nearly everything says more.
                let because = Because::AllBut { written };
                let level = Level::CanBecomeAdministrator;
                found.push(Found { level, conditional: conditional || way, because });
            }
        }
        found
    }

    /// Whether one statement opens a way to everything, and whether only under a condition.
    fn opens_a_way(&self, rule: &Rule<'a>) -> Option<bool> {
        let ways = ALONE.iter().filter_map(|(service, name, on)| {
            self.allowed_by(rule, service, name, *on).into_iter().find(|one| escalates(one.reach, *on))
        });
        ways.map(|one| one.conditional).min()
    }

    fn ways_to_everything(&self) -> Vec<Found> {
        let mut found = Vec::new();
        for (service, name, on) in ALONE {
            for one in self.allow.iter().flat_map(|rule| self.allowed_by(rule, service, name, *on)) {
                let level = if escalates(one.reach, *on) {
                    Level::CanBecomeAdministrator
                } else if one.reach == Reach::Few && (*on != On::Role || *service == "iam") {
                    // It makes somebody of a name an administrator, who may be anybody.
                    Level::ChangesPermissions
                } else {
                    continue;
                };
                found.push(Found {
                    level,
                    conditional: one.conditional,
                    because: one.because(service, name),
                });
            }
        }
        found.extend(self.handed_roles());
        found
    }

    /// `iam:PassRole` on any role, with something that takes it.
    fn handed_roles(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let passes: Vec<Allowed<'_>> = self
            .allow
            .iter()
            .flat_map(|rule| self.allowed_by(rule, "iam", "PassRole", On::Role))
            .filter(|pass| pass.reach == Reach::All)
            .collect();
        if passes.is_empty() {
            return found;
        }
        // One way for each that roles are handed to says enough.
        let mut told: Vec<(&str, bool)> = Vec::new();
        for taker in TAKERS {
            let needs: Option<Vec<bool>> =
                taker.actions.iter().map(|action| self.is_conditional(action)).collect();
            let Some(needs) = needs else { continue };
            let handed = passes.iter().filter(|pass| pass.may_go_to(taker));
            let Some(free) = handed.map(|pass| !pass.conditional).max() else { continue };
            let Some(first) = taker.actions.first() else { continue };
            let conditional = !free || needs.contains(&true);
            if told.contains(&(taker.principal, conditional)) {
                continue;
            }
            told.push((taker.principal, conditional));
            let because = Because::PassRole { with: first };
            found.push(Found { level: Level::CanBecomeAdministrator, conditional, because });
        }
        found
    }

    /// Whether an action is allowed on anything only under a condition; `None` where it is not allowed.
    fn is_conditional(&self, action: &str) -> Option<bool> {
        let (service, name) = action.split_once(':')?;
        self.allow
            .iter()
            .filter(|rule| rule.pattern_for(service, name).is_some())
            .flat_map(|rule| {
                let left = rule
                    .each_resource()
                    .into_iter()
                    .map(|resource| self.left(resource, |deny| deny.pattern_for(service, name).is_some()));
                left.filter_map(|left| match left {
                    Left::Nothing => None,
                    Left::OnlyUnderCondition => Some(true),
                    Left::Whole => Some(rule.statement.conditional),
                })
                .collect::<Vec<_>>()
            })
            .min()
    }

    /// What the denials that have an action leave of a resource.
    fn left(&self, resource: &str, has: impl Fn(&Rule<'_>) -> bool) -> Left {
        let mut left = Left::Whole;
        for deny in self.deny.iter().filter(|deny| has(deny) && deny.covers_resource(resource)) {
            if !deny.statement.conditional {
                return Left::Nothing;
            }
            left = Left::OnlyUnderCondition;
        }
        left
    }

    /// How one statement allows an action, a resource each.
    fn allowed_by<'s>(&self, rule: &'s Rule<'a>, service: &str, name: &str, on: On) -> Vec<Allowed<'s>> {
        let Some(written) = rule.pattern_for(service, name) else { return Vec::new() };
        let mut found = Vec::new();
        for resource in rule.each_resource() {
            let mut reach_here = reach(resource, on);
            if let Resources::AllBut(list) = rule.resources
                && list.iter().any(|out| reach(out, on) == Reach::All)
            {
                reach_here = Reach::None;
            }
            let mut conditional = rule.statement.conditional;
            match self.left(resource, |deny| deny.pattern_for(service, name).is_some()) {
                Left::Nothing => continue,
                Left::OnlyUnderCondition => conditional = true,
                Left::Whole => {}
            }
            // Denied on all but a list: what is left is in the list.
            for deny in self
                .deny
                .iter()
                .filter(|deny| !deny.statement.conditional && deny.pattern_for(service, name).is_some())
            {
                match deny.resources {
                    Resources::AllBut(list) => {
                        let most = list.iter().map(|kept| reach(kept, on)).max().unwrap_or(Reach::None);
                        reach_here = reach_here.min(most);
                    }
                    Resources::These(list)
                        if list.iter().any(|resource| reach(resource, on) == Reach::All) =>
                    {
                        reach_here = Reach::None;
                    }
                    Resources::These(_) => {}
                }
            }
            if reach_here > Reach::None {
                let on = if reach_here == Reach::All { None } else { Some(resource) };
                found.push(Allowed { reach: reach_here, conditional, written, on, rule });
            }
        }
        found
    }

    /// The gravest thing that the allowed actions do, a pattern each.
    fn what_actions_do(&self) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut open = 0;
        let mut known: BTreeSet<(String, Level, bool)> = BTreeSet::new();
        for rule in &self.allow {
            let everything = [Actions { service: "*", name: "*", written: "*" }];
            let patterns: &[Actions<'_>] = if rule.all_but { &everything } else { &rule.actions };
            for actions in patterns {
                if actions.leaves_service_open() && !actions.is_everything() {
                    open += 1;
                }
                for (level, conditional, such_as) in self.does(rule, actions, open > MOST_OPEN) {
                    if !known.insert((actions.written.to_ascii_lowercase(), level, conditional)) {
                        continue;
                    }
                    let on = match rule.resources {
                        Resources::These(list) if !rule.is_everywhere() => list.first().cloned(),
                        _ => None,
                    };
                    let because = if rule.all_but {
                        Because::AllBut { written: rule.listed() }
                    } else {
                        Because::Action { written: actions.written.to_owned(), such_as, on }
                    };
                    found.push(Found { level, conditional, because });
                }
            }
        }
        found
    }

    /// The gravest thing that one pattern of a statement allows, and the gravest without a condition.
    fn does(
        &self,
        rule: &Rule<'_>,
        actions: &Actions<'_>,
        is_too_open: bool,
    ) -> Vec<(Level, bool, Option<String>)> {
        if is_too_open {
            return vec![(Level::ChangesPermissions, rule.statement.conditional, None)];
        }
        // Whatever the action: what of the statement's resources each set of denials leaves.
        let resources = rule.each_resource();
        let denials: Vec<Vec<&Rule<'_>>> = {
            let mut sets: Vec<(Vec<usize>, &str)> = Vec::new();
            for resource in &resources {
                let set: Vec<usize> =
                    (0..self.deny.len()).filter(|at| self.deny[*at].covers_resource(resource)).collect();
                if !sets.iter().any(|(known, _)| *known == set) {
                    sets.push((set, resource));
                }
            }
            sets.into_iter().map(|(set, _)| set.into_iter().map(|at| &self.deny[at]).collect()).collect()
        };
        let state = |has: &dyn Fn(&Rule<'_>) -> bool| {
            denials
                .iter()
                .filter_map(|set| {
                    let hit = set.iter().filter(|deny| has(deny));
                    hit.map(|deny| deny.statement.conditional)
                        .try_fold(rule.statement.conditional, |_, conditional| conditional.then_some(true))
                })
                .min()
        };
        let mut best: Option<(Level, bool, Option<String>)> = None;
        let mut free: Option<Level> = None;
        let mut is_known = false;
        for service in services_of(rule, actions) {
            for mut group in service.groups() {
                // The one condition that says what an action does: sessions that only read.
                if group.service == "s3express" && rule.statement.only_reads() {
                    group.level = group.level.min(Level::Reads);
                }
                let better = best.as_ref().is_none_or(|(level, conditional, _)| {
                    group.level > *level || group.level == *level && *conditional
                });
                if !better && free.is_some_and(|level| level >= group.level) {
                    // The gravest come first: nothing that follows in this service says more.
                    break;
                }
                if !group.meets(actions.name) {
                    continue;
                }
                is_known = true;
                if rule.all_but
                    && rule.actions.iter().any(|out| {
                        covers(out.service, group.service, Case::Ignored) && group.is_covered_by(out.name)
                    })
                {
                    continue;
                }
                if !applies(rule, &group) {
                    continue;
                }
                let Some(conditional) = state(&|deny| deny.has_group(&group, actions)) else { continue };
                if better {
                    let such_as = (group.is_name && !actions.is_name())
                        .then(|| format!("{}:{}", group.service, group.start));
                    best = Some((group.level, conditional, such_as));
                }
                if !conditional && free.is_none_or(|level| level < group.level) {
                    free = Some(group.level);
                }
            }
        }
        if !is_known && !actions.leaves_service_open() {
            let denied = |deny: &Rule<'_>| {
                if deny.all_but {
                    !deny.actions.iter().any(|out| out.meets(actions.service, actions.name))
                } else {
                    deny.actions.iter().any(|other| other.has_all(actions))
                }
            };
            best = state(&denied).map(|conditional| (access::by_verb(actions.name), conditional, None));
        }
        let lesser = match (&best, free) {
            (Some((_, true, _)), Some(level)) => Some((level, false, None)),
            _ => None,
        };
        best.into_iter().chain(lesser).collect()
    }
}

/// The services whose actions a pattern can mean.
fn services_of(rule: &Rule<'_>, actions: &Actions<'_>) -> Vec<Service> {
    if !actions.leaves_service_open() {
        return access::service(actions.service).into_iter().collect();
    }
    // `*` on a bucket is what can be done to buckets.
    let arns: Option<Vec<&str>> = match rule.resources {
        Resources::These(list) => {
            list.iter().map(|resource| resource.strip_prefix("arn:")?.split(':').nth(1)).collect()
        }
        Resources::AllBut(_) => None,
    };
    access::services()
        .filter(|service| covers(actions.service, service.prefix, Case::Ignored))
        .filter(|service| {
            arns.as_ref().is_none_or(|arns| arns.iter().any(|arn| covers(arn, service.prefix, Case::Kept)))
        })
        .collect()
}

/// Whether a statement's resources can be what an action of IAM is done to; for all others it is not asked.
fn applies(rule: &Rule<'_>, group: &Group) -> bool {
    let known = ALONE.iter().find(|(service, name, _)| *service == group.service && *name == group.start);
    match (rule.resources, known) {
        (Resources::These(list), Some((.., on))) => {
            list.iter().any(|resource| reach(resource, *on) > Reach::None)
        }
        (Resources::AllBut(list), Some((.., on))) => {
            !list.iter().any(|resource| reach(resource, *on) == Reach::All)
        }
        (Resources::These(list), None) if group.service == "iam" => {
            list.iter().any(|resource| meets(&plain(resource), "arn:*:iam::*", Case::Kept))
        }
        _ => true,
    }
}

const fn escalates(reach: Reach, on: On) -> bool {
    match (reach, on) {
        (Reach::All, _) | (Reach::Self_, On::UserRights) => true,
        (Reach::None | Reach::Few | Reach::Self_, _) => false,
    }
}

impl Allowed<'_> {
    fn because(&self, service: &str, name: &str) -> Because {
        if self.rule.all_but {
            return Because::AllBut { written: self.rule.listed() };
        }
        let such_as = self.written.contains(['*', '?']).then(|| format!("{service}:{name}"));
        Because::Action { written: self.written.to_owned(), such_as, on: self.on.map(str::to_owned) }
    }

    /// Whether a condition on whom the role is handed to lets it go there.
    fn may_go_to(&self, taker: &Taker) -> bool {
        self.rule.statement.passed_to.as_ref().is_none_or(|services| {
            services.iter().any(|service| {
                let service = service.replace(".amazonaws.com.cn", ".amazonaws.com");
                meets(&service, taker.principal, Case::Ignored)
            })
        })
    }
}

impl Because {
    /// Whether a person would read the same twice: another example of the same pattern, a rest of the same list.
    fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Action { written, on, .. }, Self::Action { written: other, on: other_on, .. }) => {
                written == other && on == other_on
            }
            (Self::AllBut { .. }, Self::AllBut { .. }) => true,
            _ => self == other,
        }
    }
}

impl Rule<'_> {
    /// Its actions as they are written.
    fn listed(&self) -> Vec<String> {
        self.actions.iter().map(|actions| actions.written.to_owned()).collect()
    }

    /// Whether it gives, without a condition and everywhere, all that a pattern has.
    fn gives_everywhere(&self, actions: &Actions<'_>) -> bool {
        !self.all_but
            && !self.statement.conditional
            && self.is_everywhere()
            && self.actions.iter().any(|mine| mine.has_all(actions))
    }
}
