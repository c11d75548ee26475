//! A rule: what it says about itself, for which logs it is, and what it detects.

use trailbell_json::Json;
use trailbell_yaml::{Node, Reader};

use crate::detection;
use crate::header::{Header, text};
use crate::syntax::Expression;

/// A checked rule.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(crate) header: Header,
    pub(crate) log_source: LogSource,
    pub(crate) detection: Expression,
}

/// The logs that a rule is for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogSource {
    /// `aws`
    pub product: Option<String>,
    /// `cloudtrail`
    pub service: Option<String>,
    /// `process_creation`; CloudTrail has none.
    pub category: Option<String>,
}

impl LogSource {
    /// Whether CloudTrail's events are meant: the product is `aws`, and the service `cloudtrail` or not given.
    pub fn is_for_cloudtrail(&self) -> bool {
        let is = |word: &Option<String>, wanted: &str| {
            word.as_ref().is_some_and(|word| word.eq_ignore_ascii_case(wanted))
        };
        is(&self.product, "aws") && (self.service.is_none() || is(&self.service, "cloudtrail"))
    }

    fn read(reader: &mut Reader<'_>, node: &Node) -> Self {
        let mut source = Self::default();
        for (key, _, value) in reader.entries(node, "`logsource`") {
            let into = match key.text.as_str() {
                "product" => &mut source.product,
                "service" => &mut source.service,
                "category" => &mut source.category,
                // `definition` and whatever else explains the source.
                _ => continue,
            };
            if !value.is_null() {
                *into = text(reader, value, &format!("`{}`", key.text));
            }
        }
        source
    }
}

impl Rule {
    /// Reads what a document with a `detection` says; `None` where something is wrong, which the reader has then noted.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        document: &Node,
        get: &impl Fn(&str) -> Option<Node>,
    ) -> Option<Self> {
        let header = Header::read(reader, document, get);
        let log_source = if let Some(node) = get("logsource") {
            LogSource::read(reader, &node)
        } else {
            reader.problem_with_hint(
                header.span,
                "This rule has no `logsource`",
                "write `logsource:` and below it `product: aws` and `service: cloudtrail`",
            );
            LogSource::default()
        };
        let detection = detection::read(reader, &get("detection")?)?;
        reader.problems.is_empty().then_some(Self { header, log_source, detection })
    }

    /// The logs that it is for.
    pub const fn log_source(&self) -> &LogSource {
        &self.log_source
    }

    /// What it asks of an event.
    pub const fn detection(&self) -> &Expression {
        &self.detection
    }

    /// Whether the event is what it detects. Its log source is not looked at.
    pub fn matches(&self, event: &Json) -> bool {
        self.detection.matches(event)
    }
}
