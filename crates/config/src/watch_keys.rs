//! Every key of the sections that keeping watch adds, and the types of sources and channels with theirs.

use serde_json::{Map, Value, json};
use trailbell_text::{Kind, Severity};

use crate::keys::{Key, flag, mapping, severity, text};
use crate::values::{DURATION, SIZE, TIME};

/// A type of source or channel: its word and what it may and must be given.
pub(crate) struct Shape {
    pub(crate) word: &'static str,
    pub(crate) keys: &'static [Key],
    pub(crate) required: &'static [&'static str],
}

/// What a source or a channel may be called: one word that needs no quotes in a shell.
pub(crate) const NAME: &str = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$";

/// How the URL form of a channel begins.
pub(crate) const CHANNEL_URL: &str = r"^(\$\{|file:|https?://|stdout(:|$)|command:|arn:|(slack|slack-bot|teams|discord|gchat|line|tgram|ntfys?|ntfy\+http|pagerduty|webhook\+https?|smtps?|sns|ses)://)";

fn duration(_: &[&str]) -> Value {
    json!({"type": "string", "pattern": DURATION})
}

fn duration_or_off(_: &[&str]) -> Value {
    json!({"anyOf": [{"enum": ["off"]}, {"type": "string", "pattern": DURATION}]})
}

fn size(_: &[&str]) -> Value {
    json!({"type": "string", "pattern": SIZE})
}

/// One text, or a list of some.
fn texts(_: &[&str]) -> Value {
    let one = json!({"type": "string", "pattern": r"\S"});
    json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
}

fn text_or_number(_: &[&str]) -> Value {
    json!({"anyOf": [{"type": "string", "pattern": r"\S"}, {"type": "integer"}]})
}

const PROFILE: Key = Key {
    name: "profile",
    about: "An AWS CLI profile; without it, what the AWS CLI would use.",
    value: text,
};
const ROLE: Key = Key { name: "role", about: "The ARN of a role to assume.", value: text };
const REGION: Key = Key {
    name: "region",
    about: "The AWS Region to ask; without it, that of the ARN or URL, of the profile or the environment.",
    value: text,
};
const ENDPOINT: Key =
    Key { name: "endpoint", about: "Another endpoint than the service's own, for an emulator.", value: text };
const EVERY: Key = Key {
    name: "every",
    about: "How often to look: a number and s, m, h or d, such as 1m.",
    value: duration,
};
const FIRST_LOOK: Key = Key {
    name: "first_look",
    about: "How far the very first look goes back, such as 1d. Later ones continue where the last ended.",
    value: duration,
};

pub(crate) const SOURCES: &[Shape] = &[
    Shape {
        word: "event-history",
        required: &[],
        keys: &[
            Key {
                name: "regions",
                about: "The AWS Regions to ask; without them, all that are enabled in the account.",
                value: texts,
            },
            EVERY,
            FIRST_LOOK,
            PROFILE,
            ROLE,
            REGION,
            ENDPOINT,
        ],
    },
    Shape {
        word: "sqs",
        required: &["url"],
        keys: &[
            Key {
                name: "url",
                about: "The queue's URL, such as https://sqs.us-east-1.amazonaws.com/123456789012/trail.",
                value: text,
            },
            PROFILE,
            ROLE,
            REGION,
            ENDPOINT,
        ],
    },
    Shape {
        word: "cloudwatch-logs",
        required: &["log_group"],
        keys: &[
            Key {
                name: "log_group",
                about: "The name or ARN of the log group that a trail delivers to.",
                value: text,
            },
            EVERY,
            FIRST_LOOK,
            PROFILE,
            ROLE,
            REGION,
            ENDPOINT,
        ],
    },
    Shape {
        word: "kinesis",
        required: &["stream"],
        keys: &[
            Key {
                name: "stream",
                about: "The name or ARN of the stream that a log group is subscribed to.",
                value: text,
            },
            Key {
                name: "from",
                about: "Where the very first look begins: latest, or oldest for all that the stream still keeps.",
                value: |_| json!({"enum": ["latest", "oldest"]}),
            },
            PROFILE,
            ROLE,
            REGION,
            ENDPOINT,
        ],
    },
    Shape {
        word: "folder",
        required: &["path"],
        keys: &[
            Key {
                name: "path",
                about: "The folder that CloudTrail's files appear in; folders inside it are looked into.",
                value: text,
            },
            EVERY,
        ],
    },
    Shape { word: "stdin", required: &[], keys: &[] },
    Shape {
        word: "http",
        required: &["listen"],
        keys: &[
            Key {
                name: "listen",
                about: "The address and port to listen at, such as 127.0.0.1:8787.",
                value: text,
            },
            Key {
                name: "path",
                about: "The path that is served; / without it.",
                value: |_| json!({"type": "string", "pattern": "^/"}),
            },
            Key {
                name: "secret",
                about: "What a sender must show, as '${NAME}' or file:PATH: in a header, as Firehose's access key, or as the key of a signature.",
                value: text,
            },
            Key {
                name: "topics",
                about: "The ARNs of the SNS topics whose messages, and whose subscription, are accepted.",
                value: texts,
            },
            Key { name: "max_body", about: "Most bytes of one request, such as 6M.", value: size },
        ],
    },
];

/// What every channel may be told about which notices reach it.
pub(crate) const ROUTING: &[Key] = &[
    Key {
        name: "language",
        about: "Language of this channel's notices: en or ja. Without it, that of all notices.",
        value: |_| json!({"enum": crate::Language::WORDS}),
    },
    Key {
        name: "minimum_severity",
        about: "Less grave than this is not told here; info, which is everything, without it.",
        value: severity,
    },
    Key {
        name: "accounts",
        about: "Only these accounts, by their 12-digit ids in quotes.",
        value: |_| {
            let one = json!({"type": "string", "pattern": "^[0-9]{12}$"});
            json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
        },
    },
    Key {
        name: "kinds",
        about: "Only notices of these kinds.",
        value: |_| {
            let one = json!({"enum": Kind::WORDS});
            json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
        },
    },
    Key {
        name: "quiet_hours",
        about: "No message in these hours except critical ones, such as 23:00-07:00, in the time zone of notices.",
        value: |_| json!({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"}),
    },
    Key {
        name: "monthly_budget",
        about: "Most messages a month; what is more waits for the digest. Critical ones are sent all the same. LINE has 200 without it.",
        value: |_| json!({"type": "integer", "minimum": 1, "maximum": 1_000_000}),
    },
    Key {
        name: "digest_below",
        about: "Less grave than this waits for the daily digest. LINE has critical without it.",
        value: |_| json!({"enum": Severity::WORDS}),
    },
    Key {
        name: "operations",
        about: "Whether trailbell's own words come here: that it is deaf, well again, or that all is well. true without it.",
        value: flag,
    },
];

/// The key of the form that is one URL with routing beside it.
pub(crate) const URL_FORM: &[Key] = &[Key {
    name: "url",
    about: "The channel as one URL, such as slack://T…/B/X, or '${NAME}' or file:PATH where it is kept.",
    value: |_| json!({"type": "string", "pattern": CHANNEL_URL}),
}];

/// One key of a channel's table whose value is a text or a secret.
const fn key(name: &'static str, about: &'static str) -> Key {
    Key { name, about, value: text }
}

const TO: Key = Key { name: "to", about: "The mail addresses to write to.", value: texts };
const FROM: Key = key("from", "The mail address it comes from.");
const TOKEN: &str = "The access token, as '${NAME}' or file:PATH.";
const WEBHOOK: &str = "The webhook's URL, which opens the channel: as '${NAME}' or file:PATH.";

pub(crate) const CHANNELS: &[Shape] = &[
    Shape {
        word: "email",
        required: &["to", "server"],
        keys: &[
            TO,
            key(
                "from",
                "The mail address it comes from; the user name where that is one and this is missing.",
            ),
            key("server", "The mail server: smtps://HOST:465 for TLS, smtp://HOST:587 for STARTTLS."),
            Key {
                name: "security",
                about: "tls, starttls, or none, which is for a mail server on this machine only; the server's URL says it too.",
                value: |_| json!({"enum": ["tls", "starttls", "none"]}),
            },
            key("username", "The user name at the mail server."),
            key("password", "Its password, as '${NAME}' or file:PATH."),
        ],
    },
    Shape {
        word: "sns",
        required: &["topic"],
        keys: &[key("topic", "The ARN of the topic."), PROFILE, ROLE, REGION, ENDPOINT],
    },
    Shape { word: "ses", required: &["to", "from"], keys: &[TO, FROM, PROFILE, ROLE, REGION, ENDPOINT] },
    Shape { word: "slack", required: &["webhook"], keys: &[key("webhook", WEBHOOK)] },
    Shape {
        word: "slack-bot",
        required: &["token", "channel"],
        keys: &[
            key("token", TOKEN),
            key("channel", "The id of the conversation, such as C0123456789."),
            ENDPOINT,
        ],
    },
    Shape { word: "teams", required: &["webhook"], keys: &[key("webhook", WEBHOOK)] },
    Shape { word: "discord", required: &["webhook"], keys: &[key("webhook", WEBHOOK)] },
    Shape { word: "google-chat", required: &["webhook"], keys: &[key("webhook", WEBHOOK)] },
    Shape {
        word: "line",
        required: &["token", "to"],
        keys: &[
            key("token", TOKEN),
            key("to", "The id of the user (U…), group (C…) or room (R…)."),
            ENDPOINT,
        ],
    },
    Shape {
        word: "telegram",
        required: &["token", "chat"],
        keys: &[
            key("token", TOKEN),
            Key {
                name: "chat",
                about: "The chat's id, or @name of a public channel.",
                value: text_or_number,
            },
            Key { name: "topic", about: "The id of a topic in it.", value: text_or_number },
            ENDPOINT,
        ],
    },
    Shape {
        word: "ntfy",
        required: &["topic"],
        keys: &[
            key("server", "The server; https://ntfy.sh without it."),
            key(
                "topic",
                "The topic, which is its own password: a long random word, as '${NAME}' or file:PATH.",
            ),
            key("token", TOKEN),
        ],
    },
    Shape {
        word: "pagerduty",
        required: &["routing_key"],
        keys: &[
            key(
                "routing_key",
                "The integration key of the service (Events API v2), as '${NAME}' or file:PATH.",
            ),
            ENDPOINT,
        ],
    },
    Shape {
        word: "webhook",
        required: &["url"],
        keys: &[
            key("url", "Where to post to; https."),
            key(
                "secret",
                "The key messages are signed with (Standard Webhooks, whsec_…), as '${NAME}' or file:PATH.",
            ),
            Key {
                name: "headers",
                about: "Headers to send along, by name; each value is kept as a secret.",
                value: |_| {
                    json!({
                        "type": "object",
                        "minProperties": 1,
                        "propertyNames": {"pattern": "^[A-Za-z0-9-]{1,64}$"},
                        "additionalProperties": {"type": "string", "pattern": r"\S"},
                    })
                },
            },
        ],
    },
    Shape {
        word: "command",
        required: &["program"],
        keys: &[Key {
            name: "program",
            about: "The program and its arguments; no shell is between. The notice comes as JSON on its standard input.",
            value: texts,
        }],
    },
    Shape {
        word: "file",
        required: &["path"],
        keys: &[key("path", "The file that JSON lines are appended to.")],
    },
    Shape {
        word: "stdout",
        required: &[],
        keys: &[Key {
            name: "format",
            about: "text for people, or json for one object a line.",
            value: |_| json!({"enum": ["text", "json"]}),
        }],
    },
];

pub(crate) const DELIVERY: &[Key] = &[
    Key {
        name: "learning",
        about: "How long after the first start everything below high waits for the daily digest, such as 7d, or off.",
        value: duration_or_off,
    },
    Key {
        name: "digest_at",
        about: "When daily digests are sent, as HH:MM in the time zone of notices.",
        value: |_| json!({"type": "string", "pattern": TIME}),
    },
    Key {
        name: "all_is_well",
        about: "When the weekly word that all is well is sent, such as monday 09:00, or off.",
        value: |_| {
            json!({
                "type": "string",
                "pattern": "^(off|(monday|tuesday|wednesday|thursday|friday|saturday|sunday) ([01][0-9]|2[0-3]):[0-5][0-9])$",
            })
        },
    },
    Key {
        name: "group",
        about: "How long notices that belong together are gathered after the first, such as 5m.",
        value: duration,
    },
    Key {
        name: "give_up_after",
        about: "How long a message is tried again when its channel refuses, such as 24h.",
        value: duration,
    },
    Key {
        name: "silence",
        about: "How long a source may bring nothing before that is told, such as 6h; without it, longer than usual.",
        value: duration,
    },
];

pub(crate) const LEDGER: &[Key] = &[
    key("path", "The file; without it, trailbell.db in the place this system has for such files."),
    Key { name: "keep", about: "How long notices are kept, such as 400d.", value: duration },
    Key { name: "max_size", about: "Most bytes it may grow to, such as 1G.", value: size },
];

/// What one source may be: a type alone where it needs nothing else, or a mapping.
pub(crate) fn source_schema(rules: &[&str]) -> Value {
    let alone: Vec<&str> =
        SOURCES.iter().filter(|shape| shape.required.is_empty()).map(|shape| shape.word).collect();
    let mut forms = vec![json!({"enum": alone})];
    forms.extend(SOURCES.iter().map(|shape| table(shape, &[], rules)));
    json!({"oneOf": forms})
}

/// What one channel may be: a URL, a mapping with a URL, or a mapping with a type.
pub(crate) fn channel_schema(rules: &[&str]) -> Value {
    let mut with_url = mapping(URL_FORM, rules, json!({"required": ["url"]}));
    add(&mut with_url, ROUTING, rules);
    let mut forms = vec![json!({"type": "string", "pattern": CHANNEL_URL}), with_url];
    forms.extend(CHANNELS.iter().map(|shape| table(shape, ROUTING, rules)));
    json!({"oneOf": forms})
}

fn table(shape: &Shape, more: &[Key], rules: &[&str]) -> Value {
    let required: Vec<&str> = ["type"].iter().chain(shape.required).copied().collect();
    let mut schema = mapping(shape.keys, rules, json!({"required": required}));
    add(&mut schema, more, rules);
    schema["properties"]["type"] = json!({"const": shape.word, "description": "What it is."});
    schema
}

fn add(schema: &mut Value, keys: &[Key], rules: &[&str]) {
    let more = mapping(keys, rules, json!({}));
    if let (Some(Value::Object(properties)), Some(Value::Object(more))) =
        (schema.get_mut("properties"), more.get("properties").cloned())
    {
        properties.extend::<Map<String, Value>>(more);
    }
}
