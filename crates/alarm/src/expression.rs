//! Metric math: one expression's text read into a tree.
//!
//! Known are numbers, ids, `+ - * / ^`, unary `-`, comparisons (1 or 0), `AND OR`, brackets, `[m1, m2]`, and the functions of
//! [`FUNCTIONS`]. Every other function of CloudWatch's is refused by name: a wrong figure would be worse than none.

use trailbell_text::{Diagnostic, Span};

/// The longest expression AWS takes, in characters.
const LONGEST: usize = 2048;
/// Brackets and functions inside one another.
const DEEPEST: usize = 32;
/// Operators in one expression: a tree leans on its left side by as many.
const MOST_OPERATORS: usize = 256;

/// The functions that are known.
pub(crate) const FUNCTIONS: [&str; 12] = [
    "AVG",
    "FILL",
    "FIRST",
    "IF",
    "LAST",
    "MAX",
    "METRICS",
    "MIN",
    "REMOVE_EMPTY",
    "SORT",
    "SUM",
    "TIME_SERIES",
];

/// Functions of CloudWatch's that are not computed here; named so that the error says which it is.
const OTHERS: [&str; 25] = [
    "ABS",
    "ANOMALY_DETECTION_BAND",
    "CEIL",
    "DATAPOINT_COUNT",
    "DAY",
    "DB_PERF_INSIGHTS",
    "DIFF",
    "DIFF_TIME",
    "EPOCH",
    "FLOOR",
    "HOUR",
    "INSIGHT_RULE_METRIC",
    "LAMBDA",
    "LOG",
    "LOG10",
    "METRIC_COUNT",
    "MINUTE",
    "MONTH",
    "PERIOD",
    "RATE",
    "RUNNING_SUM",
    "SEARCH",
    "SERVICE_QUOTA",
    "SLICE",
    "STDDEV",
];

/// A tree of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NodeKind {
    Number(f64),
    /// The id of another query.
    Id(String),
    /// A word that a function takes: `REPEAT`, `MAX`, `DESC`.
    Word(String),
    /// Text in quotes.
    Text(String),
    Minus(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    /// `[m1, m2]`
    Array(Vec<Node>),
    Call(String, Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

impl Operator {
    /// Of two numbers; what is no number (a division by zero) is no point.
    pub(crate) fn of(self, left: f64, right: f64) -> Option<f64> {
        let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
        #[expect(clippy::float_cmp, reason = "`==` of metric math compares numbers as they are")]
        let value = match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Power => left.powf(right),
            Self::Less => truth(left < right),
            Self::LessOrEqual => truth(left <= right),
            Self::Greater => truth(left > right),
            Self::GreaterOrEqual => truth(left >= right),
            Self::Equal => truth(left == right),
            Self::NotEqual => truth(left != right),
            Self::And => truth(left != 0.0 && right != 0.0),
            Self::Or => truth(left != 0.0 || right != 0.0),
        };
        value.is_finite().then_some(value)
    }

    /// How tightly it binds; the tighter the greater.
    const fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::Equal
            | Self::NotEqual => 3,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide => 5,
            Self::Power => 7,
        }
    }
}

/// How tightly a unary minus binds: `-2 ^ 2` is `-(2 ^ 2)`.
const MINUS: u8 = 6;

/// Whether a text can be the id of a query: a small letter, then letters, digits and underscores, at most 255.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() <= 255
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<Node, Diagnostic> {
    if text.chars().count() > LONGEST {
        return Err(Diagnostic::new(
            format!("an expression has at most {LONGEST} characters"),
            Span::new(0, text.len()),
        ));
    }
    let mut parser = Parser { text, at: 0, depth: 0, operators: 0 };
    let node = parser.binary(0)?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(parser.unexpected("an operator or the end"));
    }
    Ok(node)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    operators: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes this text, blanks before it skipped, if it comes next.
    fn take(&mut self, text: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn unexpected(&mut self, wanted: &str) -> Diagnostic {
        self.blanks();
        match self.rest().chars().next() {
            Some(found) => {
                Diagnostic::new(format!("expected {wanted}"), Span::new(self.at, self.at + found.len_utf8()))
            }
            None => Diagnostic::new(format!("expected {wanted}, not the end"), Span::new(self.at, self.at)),
        }
    }

    /// A word of letters, digits and underscores that comes next; it is not taken.
    fn word(&mut self) -> &'t str {
        self.blanks();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    fn operator(&mut self, weakest: u8) -> Option<Operator> {
        const SIGNS: [(&str, Operator); 15] = [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("&&", Operator::And),
            ("||", Operator::Or),
            ("<", Operator::Less),
            (">", Operator::Greater),
            ("+", Operator::Add),
            ("-", Operator::Subtract),
            ("*", Operator::Multiply),
            ("/", Operator::Divide),
            ("^", Operator::Power),
            ("AND", Operator::And),
            ("OR", Operator::Or),
        ];
        let word = self.word();
        let (sign, operator) = SIGNS.into_iter().find(|(sign, _)| {
            if sign.starts_with(|c: char| c.is_alphabetic()) {
                word == *sign
            } else {
                self.rest().starts_with(sign)
            }
        })?;
        (operator.strength() >= weakest).then(|| {
            self.at += sign.len();
            operator
        })
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Diagnostic>) -> Result<T, Diagnostic> {
        if self.depth == DEEPEST {
            return Err(Diagnostic::new(
                format!("nested more than {DEEPEST} deep"),
                Span::new(self.at, self.at),
            ));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn binary(&mut self, weakest: u8) -> Result<Node, Diagnostic> {
        let mut left = self.unary()?;
        while let Some(operator) = self.operator(weakest) {
            self.operators += 1;
            if self.operators > MOST_OPERATORS {
                return Err(Diagnostic::new(
                    format!("more than {MOST_OPERATORS} operators"),
                    Span::new(self.at, self.at),
                ));
            }
            // `^` groups from the right, all others from the left.
            let next = operator.strength() + u8::from(operator != Operator::Power);
            let right = self.deeper(|parser| parser.binary(next))?;
            let span = Span::new(left.span.start, right.span.end);
            left = Node { kind: NodeKind::Binary(operator, Box::new(left), Box::new(right)), span };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, Diagnostic> {
        self.blanks();
        let start = self.at;
        if self.take("-") {
            let inner = self.deeper(|parser| parser.binary(MINUS))?;
            let span = Span::new(start, inner.span.end);
            return Ok(Node { kind: NodeKind::Minus(Box::new(inner)), span });
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Node, Diagnostic> {
        self.blanks();
        let start = self.at;
        if self.take("(") {
            let mut inner = self.deeper(|parser| parser.binary(0))?;
            if !self.take(")") {
                return Err(self.unexpected("`)`"));
            }
            inner.span = Span::new(start, self.at);
            return Ok(inner);
        }
        if self.take("[") {
            let elements = self.deeper(|parser| parser.list("]"))?;
            return Ok(Node { kind: NodeKind::Array(elements), span: Span::new(start, self.at) });
        }
        for quote in ['"', '\''] {
            if self.rest().starts_with(quote) {
                let inside = self.rest().get(1..).unwrap_or_default();
                let Some(end) = inside.find(quote) else {
                    return Err(Diagnostic::new("the quote is not closed", Span::new(start, start + 1)));
                };
                self.at += end + 2;
                let text = inside.get(..end).unwrap_or_default().to_owned();
                return Ok(Node { kind: NodeKind::Text(text), span: Span::new(start, self.at) });
            }
        }
        if self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.number(start);
        }
        let word = self.word();
        if word.is_empty() {
            return Err(self.unexpected("a number, an id or a function"));
        }
        self.at += word.len();
        let span = Span::new(start, self.at);
        if self.take("(") {
            return self.call(word, span);
        }
        if is_id(word) {
            return Ok(Node { kind: NodeKind::Id(word.to_owned()), span });
        }
        Ok(Node { kind: NodeKind::Word(word.to_owned()), span })
    }

    fn call(&mut self, name: &str, span: Span) -> Result<Node, Diagnostic> {
        if !FUNCTIONS.contains(&name) {
            let upper = name.to_uppercase();
            let known = FUNCTIONS.join(", ");
            let error = if OTHERS.contains(&name) {
                Diagnostic::new(format!("the function {name} is not computed here"), span)
            } else {
                Diagnostic::new(format!("{name} is no function of metric math"), span)
            };
            return Err(if FUNCTIONS.contains(&upper.as_str()) {
                error.with_hint(format!("write {upper}: functions are in capitals"))
            } else {
                error.with_hint(format!("the functions that are: {known}"))
            });
        }
        let arguments = self.deeper(|parser| parser.list(")"))?;
        Ok(Node { kind: NodeKind::Call(name.to_owned(), arguments), span: Span::new(span.start, self.at) })
    }

    /// What is between commas, up to `end`, which is taken.
    fn list(&mut self, end: &str) -> Result<Vec<Node>, Diagnostic> {
        let mut elements = Vec::new();
        if self.take(end) {
            return Ok(elements);
        }
        loop {
            elements.push(self.binary(0)?);
            if self.take(end) {
                return Ok(elements);
            }
            if !self.take(",") {
                return Err(self.unexpected(&format!("`,` or `{end}`")));
            }
        }
    }

    fn number(&mut self, start: usize) -> Result<Node, Diagnostic> {
        let rest = self.rest();
        let mut end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let after = rest.get(end..).unwrap_or_default();
        if let Some(exponent) = after.strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            let digits = exponent.bytes().skip(sign).take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                end += 1 + sign + digits;
            }
        }
        self.at += end;
        let span = Span::new(start, self.at);
        let value = rest.get(..end).and_then(|text| text.parse::<f64>().ok()).filter(|v| v.is_finite());
        value
            .map(|value| Node { kind: NodeKind::Number(value), span })
            .ok_or_else(|| Diagnostic::new("this is no number", span))
    }
}
