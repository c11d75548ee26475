//! Every key of `trailbell.yaml`, once: the reader knows a key from these tables, and the JSON Schema that
//! editors complete from is made of them.

use serde_json::{Map, Value, json};
use trailbell_text::Severity;

use crate::{rule_alarm, usual, watch_keys};

/// One key of a mapping.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// What an editor shows beside it: one or two sentences.
    pub(crate) about: &'static str,
    /// The JSON Schema of its value, without the description.
    pub(crate) value: fn(built_in_rules: &[&str]) -> Value,
}

/// IANA names and AWS ids have no blanks at their ends, and a text of blanks only says nothing.
const SOME_TEXT: &str = r"\S";

pub(crate) fn text(_: &[&str]) -> Value {
    json!({"type": "string", "pattern": SOME_TEXT})
}

pub(crate) fn flag(_: &[&str]) -> Value {
    json!({"type": "boolean"})
}

pub(crate) fn severity(_: &[&str]) -> Value {
    json!({"enum": Severity::WORDS})
}

pub(crate) const TOP: &[Key] = &[
    Key {
        name: "language",
        about: "Language of notices: en (English) or ja (Japanese). Without it, the language of the terminal.",
        value: |_| json!({"enum": crate::Language::WORDS}),
    },
    Key {
        name: "timezone",
        about: "Time zone in which notices tell times, by its IANA name, such as Asia/Tokyo. Without it, the machine's.",
        value: text,
    },
    Key {
        name: "verification_phrase",
        about: "Words only you know, printed in every notice: a message without them is not from trailbell.",
        value: text,
    },
    Key {
        name: "accounts",
        about: "What your AWS accounts are called, by their 12-digit ids.",
        value: |rules| {
            json!({
                "type": ["object", "null"],
                "propertyNames": {"pattern": "^[0-9]{12}$"},
                "additionalProperties": mapping(ACCOUNT, rules, json!({"minProperties": 1})),
            })
        },
    },
    Key {
        name: "rules",
        about: "What to tell, by rule name. A built-in rule can be switched on or off and given another severity; any other name is a rule of your own and needs a filter, an event-pattern or Sigma.",
        value: |rules| {
            let built_in = mapping(BUILT_IN_RULE, rules, json!({"minProperties": 1}));
            let own = mapping(
                OWN_RULE,
                rules,
                json!({"oneOf": [{"required": ["filter"]}, {"required": ["event-pattern"]}, {"required": ["sigma"]}]}),
            );
            let known: Map<String, Value> =
                rules.iter().map(|name| ((*name).to_owned(), built_in.clone())).collect();
            json!({
                "type": ["object", "null"],
                "properties": known,
                "propertyNames": {"pattern": OWN_RULE_NAME},
                "additionalProperties": own,
            })
        },
    },
    Key {
        name: "ignore",
        about: "What not to tell. An entry applies where everything it gives holds; an event is told unless every rule it met is ignored.",
        value: |rules| {
            let some = json!({"anyOf": [
                {"required": ["principal"]}, {"required": ["address"]}, {"required": ["rule"]}, {"required": ["event"]},
            ]});
            json!({"type": ["array", "null"], "items": mapping(IGNORE, rules, some)})
        },
    },
    Key {
        name: "expected",
        about: "Whom and what you expect: no country of these is called new, and rules can ask for it.",
        value: |rules| or_null(usual::EXPECTED, rules),
    },
    Key {
        name: "history",
        about: "How long one learns what is usual, and remembers it.",
        value: |rules| or_null(usual::HISTORY, rules),
    },
    Key {
        name: "sources",
        about: "Where events come from while keeping watch, each under a name of yours. More than one may bring the same event: it is told once.",
        value: |rules| {
            json!({
                "type": ["object", "null"],
                "propertyNames": {"pattern": watch_keys::NAME},
                "additionalProperties": watch_keys::source_schema(rules),
            })
        },
    },
    Key {
        name: "channels",
        about: "Who is told and how, each under a name of yours.",
        value: |rules| {
            json!({
                "type": ["object", "null"],
                "propertyNames": {"pattern": watch_keys::NAME},
                "additionalProperties": watch_keys::channel_schema(rules),
            })
        },
    },
    Key {
        name: "delivery",
        about: "How and when people are told.",
        value: |rules| or_null(watch_keys::DELIVERY, rules),
    },
    Key {
        name: "ledger",
        about: "Where what was seen and told is remembered.",
        value: |rules| or_null(watch_keys::LEDGER, rules),
    },
    Key {
        name: "networks",
        about: "Files in MaxMind's format (.mmdb) that say more of addresses than what comes with the program. A function in an account has none.",
        value: |rules| or_null(NETWORKS, rules),
    },
    Key {
        name: "listen",
        about: "Where health and metrics are served: an address and a port, or off. 127.0.0.1:9477 without it.",
        value: text,
    },
];

pub(crate) const NETWORKS: &[Key] = &[
    Key {
        name: "country",
        about: "A file of countries, such as GeoLite2-Country.mmdb, from this file on: it comes before the registries' own statistics.",
        value: text,
    },
    Key {
        name: "asn",
        about: "A file of network numbers and their owners, such as GeoLite2-ASN.mmdb, from this file on: notices then say whose network an address is of.",
        value: text,
    },
    Key {
        name: "city",
        about: "A file with coordinates, such as GeoLite2-City.mmdb, from this file on: for the distance between two sign-ins alone. No notice names a city.",
        value: text,
    },
];

pub(crate) const ACCOUNT: &[Key] = &[
    Key { name: "name", about: "What notices call the account.", value: text },
    Key {
        name: "profile",
        about: "The AWS CLI profile for this account: printed commands then carry --profile.",
        value: |_| json!({"type": "string", "pattern": "^[A-Za-z0-9+=,.@_/:][A-Za-z0-9+=,.@_/:-]*$"}),
    },
];

pub(crate) const BUILT_IN_RULE: &[Key] = &[
    Key { name: "enabled", about: "Whether the rule is on.", value: flag },
    Key {
        name: "severity",
        about: "Severity of everything the rule tells, in place of its own judgement.",
        value: severity,
    },
    usual::WHEN,
    usual::SEVERITY_WHEN,
    RULE_ALARM,
];

const RULE_ALARM: Key = Key {
    name: "alarm",
    about: "Counts what the rule meets and tells when it is too much, on a CloudWatch alarm's terms.",
    value: rule_alarm::schema,
};

pub(crate) const OWN_RULE: &[Key] = &[
    Key {
        name: "filter",
        about: "A CloudWatch Logs filter pattern, such as { $.eventName = \"DeleteBucket\" }; single quotes around it keep YAML from reading it.",
        value: text,
    },
    Key {
        name: "event-pattern",
        about: "An EventBridge event pattern, asked about the event that EventBridge makes of the record: a text of JSON, or its fields as YAML. In place of a filter.",
        value: |_| json!({"type": ["string", "object"], "pattern": SOME_TEXT, "minProperties": 1}),
    },
    Key {
        name: "sigma",
        about: "A Sigma rule, its keys below or as a text of several lines; or the path of a file or a folder of Sigma rules, from this file on: each becomes a rule that is named as its file. A correlation counts what other Sigma rules of the settings meet. In place of a filter.",
        value: |_| json!({"type": ["string", "object"], "pattern": SOME_TEXT, "minProperties": 1}),
    },
    Key {
        name: "severity",
        about: "How much a match matters; without it, what a Sigma rule's level says, else medium.",
        value: severity,
    },
    Key { name: "description", about: "One sentence that notices show: what a match means.", value: text },
    Key { name: "enabled", about: "false keeps the rule without using it.", value: flag },
    usual::WHEN,
    usual::SEVERITY_WHEN,
    RULE_ALARM,
];

pub(crate) const IGNORE: &[Key] = &[
    Key {
        name: "principal",
        about: "Who acted: a name as notices show it, or an ARN; * stands for anything.",
        value: text,
    },
    Key {
        name: "address",
        about: "Where from: an IP address, a network such as 203.0.113.0/24, or an AWS service such as cloudformation.amazonaws.com.",
        value: text,
    },
    Key {
        name: "rule",
        about: "Only what this rule tells: a built-in rule or one of your own.",
        value: text,
    },
    Key {
        name: "event",
        about: "Only this API call, such as CreateAccessKey; * stands for anything.",
        value: text,
    },
    Key { name: "reason", about: "Why, for whoever reads this next year.", value: text },
    Key {
        name: "until",
        about: "The last day the entry applies, as YYYY-MM-DD in the time zone of notices; afterwards events are told again.",
        value: |_| json!({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
    },
];

/// What an own rule may be called: a line that starts and ends visibly, at most 64 characters.
pub(crate) const OWN_RULE_NAME: &str = r"^\S(.{0,62}\S)?$";

fn or_null(keys: &[Key], built_in_rules: &[&str]) -> Value {
    mapping(keys, built_in_rules, json!({"type": ["object", "null"]}))
}

/// The schema of a mapping with these keys and no others, with `more` beside.
pub(crate) fn mapping(keys: &[Key], built_in_rules: &[&str], more: Value) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| {
            let mut value = (key.value)(built_in_rules);
            value["description"] = key.about.into();
            (key.name.to_owned(), value)
        })
        .collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if let (Value::Object(schema), Value::Object(more)) = (&mut schema, more) {
        schema.extend(more);
    }
    schema
}
