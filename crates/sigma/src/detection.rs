//! The `detection` of a rule: its selections, and the condition in which they are put.

use ipnet::IpNet;
use trailbell_text::{Diagnostic, Span};
use trailbell_yaml::{Node, Plain, Reader, Scalar, Value as Yaml};

use crate::condition;
use crate::encode::forms;
use crate::modifier::{Flags, Kind, Modifiers};
use crate::number::Number;
use crate::pattern::{MAX_LOOSE, Pattern, Unit, any_dash, literal, plain, units};
use crate::syntax::{Expression, FieldReference, Item, Position, Test, Value};

/// Selections of one rule.
pub const MAX_SELECTIONS: usize = 256;

/// Values in all selections of one rule.
pub const MAX_VALUES: usize = 20_000;

/// Regular expressions of one rule.
pub const MAX_EXPRESSIONS: usize = 100;

/// Bytes that a compiled regular expression may take.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// Brackets within brackets of a regular expression.
const MAX_REGEX_DEPTH: u32 = 64;

/// A selection by its name.
pub(crate) struct Selection {
    pub(crate) name: String,
    pub(crate) expression: Expression,
}

/// How many regular expressions a detection has: each may take long to compile, so they are counted before.
pub(crate) fn expressions(node: &Node) -> usize {
    match &node.value {
        Yaml::Scalar(_) => 0,
        Yaml::Sequence(items) => items.iter().map(expressions).sum(),
        Yaml::Mapping(pairs) => pairs
            .iter()
            .map(|(key, value)| match (&key.value, &value.value) {
                (Yaml::Scalar(key), Yaml::Sequence(items)) if is_expression(&key.text) => items.len(),
                (Yaml::Scalar(key), _) if is_expression(&key.text) => 1,
                _ => expressions(value),
            })
            .sum(),
    }
}

fn is_expression(key: &str) -> bool {
    key.split('|').skip(1).any(|modifier| modifier == "re")
}

/// Reads a detection; `None` where something is wrong, which the reader has then noted.
pub(crate) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Expression> {
    let problems = reader.problems.len();
    let mut selections = Vec::new();
    let mut conditions: Option<&Node> = None;
    let mut values = 0;
    for (name, span, node) in reader.entries(node, "`detection`") {
        match name.text.as_str() {
            "condition" => conditions = Some(node),
            "timeframe" => reader.problem_with_hint(
                span,
                "`timeframe` belongs to aggregations, which Sigma has given up",
                "write a correlation with a `timespan` instead",
            ),
            _ if selections.len() == MAX_SELECTIONS => {
                reader.problem(
                    span,
                    format!("A rule may have {MAX_SELECTIONS} selections, and this is one more"),
                );
                return None;
            }
            text => {
                let expression = selection(reader, text, span, node);
                values +=
                    expression.as_ref().map_or(0, |e| e.items().iter().map(|item| item.values.len()).sum());
                if values > MAX_VALUES {
                    reader.problem(span, format!("A rule may have {MAX_VALUES} values, and here are more"));
                    return None;
                }
                // A selection in which something is wrong is still one that the condition may name.
                let expression = expression.unwrap_or(Expression::Any(Vec::new()));
                selections.push(Selection { name: text.to_owned(), expression });
            }
        }
    }
    let Some(conditions) = conditions else {
        reader.problem_with_hint(node.span, "`detection` has no `condition`", "write `condition: selection`");
        return None;
    };
    let expression = condition::read(reader, conditions, &selections);
    expression.filter(|_| reader.problems.len() == problems)
}

/// A selection: fields that all must hold, or a list of such of which one must, or keywords.
fn selection(reader: &mut Reader<'_>, name: &str, span: Span, node: &Node) -> Option<Expression> {
    match &node.value {
        Yaml::Mapping(pairs) if pairs.is_empty() => {
            reader.problem(node.span, format!("The selection `{name}` is empty"));
            None
        }
        Yaml::Mapping(_) => fields(reader, name, node),
        Yaml::Sequence(items) if items.is_empty() => {
            reader.problem(node.span, format!("The selection `{name}` is empty"));
            None
        }
        Yaml::Sequence(items) => {
            let mut any = Vec::with_capacity(items.len());
            for item in items {
                any.push(match &item.value {
                    Yaml::Mapping(pairs) if !pairs.is_empty() => fields(reader, name, item),
                    Yaml::Scalar(_) => keyword(reader, name, item),
                    _ => {
                        reader.problem_with_hint(
                            item.span,
                            format!("The selection `{name}` is a list of fields or of keywords"),
                            "write `- field: value` or `- keyword`",
                        );
                        None
                    }
                });
            }
            any.into_iter().collect::<Option<Vec<_>>>().map(Expression::Any)
        }
        Yaml::Scalar(_) if node.is_null() => {
            reader.problem_with_hint(
                span,
                format!("The selection `{name}` is empty"),
                "write `field: value` below it",
            );
            None
        }
        Yaml::Scalar(_) => keyword(reader, name, node),
    }
}

fn keyword(reader: &mut Reader<'_>, selection: &str, node: &Node) -> Option<Expression> {
    let key =
        Key { selection, field: None, span: node.span, modifiers: Modifiers::default(), written: Vec::new() };
    key.item(reader, node).map(Expression::Item)
}

/// Fields that all must hold.
fn fields(reader: &mut Reader<'_>, selection: &str, node: &Node) -> Option<Expression> {
    let mut all = Vec::new();
    for (scalar, span, value) in reader.entries(node, "A selection") {
        let item = Key::read(reader, selection, scalar, span).and_then(|key| key.item(reader, value));
        all.push(item.map(Expression::Item));
    }
    all.into_iter().collect::<Option<Vec<_>>>().map(Expression::All)
}

/// What stands before the colon of an item.
struct Key<'r> {
    selection: &'r str,
    field: Option<String>,
    span: Span,
    modifiers: Modifiers,
    written: Vec<String>,
}

impl<'r> Key<'r> {
    fn read(reader: &mut Reader<'_>, selection: &'r str, scalar: &Scalar, span: Span) -> Option<Self> {
        let key = Node { span, value: Yaml::Scalar(scalar.clone()) };
        let mut at = 0;
        let mut parts = Vec::new();
        for part in scalar.text.split('|') {
            parts.push((part, reader.locate(&key, scalar, at..at + part.len())));
            at += part.len() + 1;
        }
        let (field, written) = parts.split_first()?;
        let modifiers = match Modifiers::read(written) {
            Ok(modifiers) => modifiers,
            Err(problem) => {
                reader.problems.push(problem);
                return None;
            }
        };
        let field = (!field.0.is_empty()).then(|| field.0.to_owned());
        if field.is_none() && !matches!(modifiers.kind, Kind::Plain | Kind::Regex(_)) {
            reader.problem_with_hint(span, "This modifier needs a field before it", "write `field|modifier`");
            return None;
        }
        if field.is_none() && modifiers.negated {
            reader.problem_with_hint(
                span,
                "`neq` needs a field before it",
                "write `not` before the selection",
            );
            return None;
        }
        let written = written.iter().map(|(name, _)| (*name).to_owned()).collect();
        Some(Self { selection, field, span, modifiers, written })
    }

    fn item(self, reader: &mut Reader<'_>, node: &Node) -> Option<Item> {
        let nodes = match &node.value {
            Yaml::Sequence(items) if items.is_empty() => {
                reader.problem_with_hint(
                    node.span,
                    "This list has no value",
                    "write '' for an empty text, null for none",
                );
                return None;
            }
            Yaml::Sequence(_) if self.modifiers.kind == Kind::Exists => {
                reader.problem(node.span, "`exists` takes one value, true or false");
                return None;
            }
            Yaml::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            match self.value(reader, node) {
                Ok(value) => values.push(value),
                Err(problem) => reader.problems.push(problem),
            }
        }
        (values.len() == nodes.len()).then(|| Item {
            selection: self.selection.to_owned(),
            field: self.field,
            modifiers: self.written,
            values,
            all: self.modifiers.all,
            negated: self.modifiers.negated,
            span: self.span,
        })
    }

    fn value(&self, reader: &Reader<'_>, node: &Node) -> Result<Value, Diagnostic> {
        let Yaml::Scalar(scalar) = &node.value else {
            return Err(Diagnostic::new("A value must be a text, a number, true, false or null", node.span)
                .with_hint("fields inside fields are written with dots: userIdentity.type"));
        };
        let tests = self.tests(scalar).map_err(|(message, hint)| Diagnostic {
            message,
            span: node.span,
            hint: (!hint.is_empty()).then_some(hint),
        });
        // An expression that is wrong is wrong at a place in it.
        let tests = match (tests, self.modifiers.kind) {
            (Err(problem), Kind::Regex(_)) => {
                let place = regex_place(&scalar.text).map(|range| reader.locate(node, scalar, range));
                return Err(Diagnostic { span: place.unwrap_or(problem.span), ..problem });
            }
            (tests, _) => tests?,
        };
        let written = match scalar.kind() {
            Plain::Null => "null".to_owned(),
            Plain::Text => format!("'{}'", scalar.text.replace('\'', "''")),
            Plain::Number | Plain::Boolean(_) => scalar.text.clone(),
        };
        Ok(Value { written, tests, span: node.span })
    }

    fn tests(&self, scalar: &Scalar) -> Result<Vec<Test>, (String, String)> {
        let refuse = |message: &str, hint: &str| Err((message.to_owned(), hint.to_owned()));
        let text = scalar.text.as_str();
        let modifiers = &self.modifiers;
        let test = match modifiers.kind {
            Kind::Exists => match text.to_ascii_lowercase().as_str() {
                "true" => Test::Exists(true),
                "false" => Test::Exists(false),
                _ => return refuse("`exists` takes true or false", ""),
            },
            Kind::Regex(flags) => Test::Regex(regex(text, flags)?),
            Kind::Field if text.is_empty() || scalar.kind() != Plain::Text => {
                return refuse("`fieldref` takes the name of a field", "");
            }
            Kind::Field => Test::Field(FieldReference {
                field: text.to_owned(),
                position: modifiers.position.unwrap_or(Position::Whole),
                cased: modifiers.cased,
            }),
            Kind::Network => {
                match text.parse().or_else(|_| text.parse().map(|ip: std::net::IpAddr| IpNet::from(ip))) {
                    Ok(network) => Test::Network(network),
                    Err(_) => return refuse("This is no network", "write it as 10.0.0.0/8 or 2001:db8::/32"),
                }
            }
            Kind::Order(order) => match Number::parse(text) {
                Some(number) => Test::Order(order, number),
                None => return refuse("This modifier takes a number", ""),
            },
            Kind::Plain => return self.plain_tests(scalar),
        };
        Ok(vec![test])
    }

    fn plain_tests(&self, scalar: &Scalar) -> Result<Vec<Test>, (String, String)> {
        let modifiers = &self.modifiers;
        let as_text = self.field.is_none()
            || modifiers.position.is_some()
            || modifiers.windash
            || !modifiers.encodings.is_empty();
        match scalar.kind() {
            Plain::Null if as_text || modifiers.cased => {
                return Err((
                    "null is no text".to_owned(),
                    "leave the modifier out, or put the value in quotes".to_owned(),
                ));
            }
            Plain::Null => return Ok(vec![Test::Null]),
            Plain::Boolean(value) if !as_text => return Ok(vec![Test::Boolean(value)]),
            Plain::Number if !as_text => {
                if let Some(number) = Number::parse(&scalar.text) {
                    return Ok(vec![Test::Number(number)]);
                }
            }
            _ => {}
        }
        let mut written = units(&scalar.text);
        if modifiers.windash {
            any_dash(&mut written);
        }
        let forms = if modifiers.encodings.is_empty() { vec![written] } else { self.encoded(&written)? };
        // A keyword is looked for inside of every text.
        let position = match (modifiers.position, &self.field) {
            (None, None) => Position::Anywhere,
            (position, _) => position.unwrap_or(Position::Whole),
        };
        forms
            .into_iter()
            .map(|mut form| {
                if matches!(position, Position::Anywhere | Position::End) {
                    form.insert(0, Unit::Many);
                }
                if matches!(position, Position::Anywhere | Position::Start) {
                    form.push(Unit::Many);
                }
                Pattern::new(&form, modifiers.cased).map(Test::Text).ok_or_else(|| {
                    (
                        format!(
                            "A part of this with ? or dashes in it is longer than {MAX_LOOSE} characters"
                        ),
                        "put a * between".to_owned(),
                    )
                })
            })
            .collect()
    }

    fn encoded(&self, written: &[Unit]) -> Result<Vec<Vec<Unit>>, (String, String)> {
        let Some(text) = plain(written) else {
            return Err((
                "A wildcard cannot be encoded".to_owned(),
                "write a plain text; a backslash makes * and ? plain".to_owned(),
            ));
        };
        match forms(&text, &self.modifiers.encodings) {
            Some(forms) if forms.iter().any(String::is_empty) => Err((
                "This is too short to be found once it is encoded".to_owned(),
                "write at least two characters".to_owned(),
            )),
            Some(forms) => Ok(forms.iter().map(|form| literal(form)).collect()),
            None => Err((
                "What this is encoded to is no text".to_owned(),
                "put |base64offset|contains after the encoding, or turn the encodings around".to_owned(),
            )),
        }
    }
}

fn regex(text: &str, flags: Flags) -> Result<regex::Regex, (String, String)> {
    regex::RegexBuilder::new(text)
        .case_insensitive(flags.ignore_case)
        .multi_line(flags.many_lines)
        .dot_matches_new_line(flags.dot_is_newline)
        .size_limit(MAX_REGEX_BYTES)
        .nest_limit(MAX_REGEX_DEPTH)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => (
                "This regular expression is too large".to_owned(),
                "make its repetitions shorter".to_owned(),
            ),
            error => {
                let shown = error.to_string();
                let reason = shown.lines().last().unwrap_or_default();
                let reason = reason.strip_prefix("error: ").unwrap_or(reason);
                let hint = if reason.contains("look-around") || reason.contains("backreference") {
                    "expressions run in bounded time here, which these do not allow; write a selection and `not`"
                } else {
                    ""
                };
                (format!("This regular expression is not understood: {reason}"), hint.to_owned())
            }
        })
}

/// Where look-around or a reference back stands in an expression.
fn regex_place(text: &str) -> Option<std::ops::Range<usize>> {
    ["(?=", "(?!", "(?<=", "(?<!"].iter().find_map(|what| text.find(what).map(|at| at..at + what.len()))
}
