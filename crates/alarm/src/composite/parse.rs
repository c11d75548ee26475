//! Reading an alarm rule. The grammar and the words of its errors are those of `PutCompositeAlarm`, as captured;
//! that `AND` binds tighter than `OR` is ours: AWS does not say.

use trailbell_text::Span;

use super::rule::{Expression, MAX_CHARACTERS, MAX_CHILDREN, MAX_DEPTH, MAX_ELEMENTS, RuleError, Threshold};
use super::token::{Kind, Token, tokens, unquote};
use crate::{State, alarm_name};

/// What AWS says can begin an expression.
const EXPRESSION: &str = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA";
/// What AWS says can be an alarm's name: any word, keywords included.
const NAME: &str = "'NOT', 'AND', 'OR', 'AT_LEAST', NUMBER, PERCENTAGE NUMBER, TRUE or FALSE, ALARM, OK, or \
                    INSUFFICIENT_DATA, unquoted alarm name, quoted alarm name";
const STATE: &str = "ALARM, OK, or INSUFFICIENT_DATA";

/// What a rule says, and where it names alarms.
pub(super) fn rule(text: &str) -> Result<(Expression, Vec<(String, Span)>), RuleError> {
    let length = text.chars().count();
    let whole = Span::new(0, text.len());
    if length == 0 {
        return Err(RuleError::new(constraint("", "greater than or equal to 1"), whole)
            .hint("write a rule, such as ALARM(name)"));
    }
    if length > MAX_CHARACTERS {
        let shown: String = text.chars().take(40).chain("...".chars()).collect();
        return Err(RuleError::new(constraint(&shown, "less than or equal to 10240"), whole)
            .hint("put parts of the rule into composite alarms of their own"));
    }
    let mut parser = Parser { text, tokens: tokens(text), at: 0, references: Vec::new(), elements: 0 };
    let expression = parser.any(0)?;
    if parser.peek().kind != Kind::End {
        return Err(parser.not_an_operator(Kind::End, "<EOF>"));
    }
    let mut names: Vec<&str> = parser.references.iter().map(|(name, _)| alarm_name(name)).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > MAX_CHILDREN {
        let problem = format!("{} alarms are named, more than {MAX_CHILDREN}", names.len());
        return Err(
            RuleError::in_rule(&problem, whole).hint("group alarms into composite alarms of their own")
        );
    }
    Ok((expression, parser.references))
}

fn constraint(value: &str, bound: &str) -> String {
    format!(
        "1 validation error detected: Value '{value}' at 'alarmRule' failed to satisfy constraint: Member must \
         have length {bound}"
    )
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    references: Vec<(String, Span)>,
    elements: usize,
}

impl<'a> Parser<'a> {
    fn token(&self, at: usize) -> Token {
        let end = Token { kind: Kind::End, start: self.text.len(), end: self.text.len() };
        self.tokens.get(at).copied().unwrap_or(end)
    }

    fn peek(&self) -> Token {
        self.token(self.at)
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn take(&mut self, kind: Kind) -> bool {
        let found = self.peek().kind == kind;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, kind: Kind, expected: &str) -> Result<Token, RuleError> {
        if self.peek().kind == kind { Ok(self.next()) } else { Err(self.unsupported(expected)) }
    }

    fn words(&self, token: Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    fn any(&mut self, depth: usize) -> Result<Expression, RuleError> {
        let mut parts = vec![self.all(depth)?];
        while self.take(Kind::Or) {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, RuleError> {
        let mut parts = vec![self.operand(depth)?];
        while self.take(Kind::And) {
            parts.push(self.operand(depth)?);
        }
        Ok(one_or(parts, Expression::All))
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, RuleError> {
        let token = self.peek();
        if depth > MAX_DEPTH {
            let problem = format!("nested more than {MAX_DEPTH} deep");
            return Err(RuleError::in_rule(&problem, Span::new(token.start, token.end))
                .hint("put parts of the rule into composite alarms of their own"));
        }
        match token.kind {
            Kind::Not => {
                self.at += 1;
                Ok(Expression::Not(Box::new(self.operand(depth + 1)?)))
            }
            Kind::Open => {
                self.at += 1;
                self.count(token)?;
                let inner = self.any(depth + 1)?;
                if !self.take(Kind::Close) {
                    return Err(self.not_an_operator(Kind::Close, "')'"));
                }
                Ok(inner)
            }
            Kind::Constant(value) => {
                self.at += 1;
                self.count(token)?;
                Ok(Expression::Constant(value))
            }
            Kind::State(state) => {
                self.at += 1;
                self.expect(Kind::Open, "'('")?;
                let alarm = self.name(NAME)?;
                self.expect(Kind::Close, "')'")?;
                Ok(Expression::Is { state, alarm })
            }
            Kind::AtLeast => self.at_least(),
            _ => Err(self.unsupported(EXPRESSION)),
        }
    }

    fn at_least(&mut self) -> Result<Expression, RuleError> {
        let keyword = self.next();
        self.count(keyword)?;
        self.expect(Kind::Open, "'('")?;
        let number = self.peek();
        if !matches!(number.kind, Kind::Number | Kind::Percentage) {
            return Err(self.unsupported("NUMBER, PERCENTAGE NUMBER"));
        }
        self.at += 1;
        self.expect(Kind::Comma, "','")?;
        let negated = self.peek().kind == Kind::Not;
        self.at += usize::from(negated);
        let state = self.state(negated)?;
        self.expect(Kind::Comma, "','")?;
        self.expect(Kind::Open, "'('")?;
        let mut alarms = vec![self.name_of_list()?];
        while self.take(Kind::Comma) {
            alarms.push(self.name_of_list()?);
        }
        self.expect(Kind::Close, "',', ')'")?;
        self.expect(Kind::Close, "')'")?;
        Ok(Expression::AtLeast { threshold: self.threshold(number, alarms.len())?, negated, state, alarms })
    }

    fn state(&mut self, negated: bool) -> Result<State, RuleError> {
        let Kind::State(state) = self.peek().kind else {
            return Err(self.unsupported(if negated {
                STATE
            } else {
                "'NOT', ALARM, OK, or INSUFFICIENT_DATA"
            }));
        };
        self.at += 1;
        Ok(state)
    }

    fn threshold(&self, number: Token, alarms: usize) -> Result<Threshold, RuleError> {
        let span = Span::new(number.start, number.end);
        let digits = self.words(number).trim_end_matches('%');
        // A number no `u32` holds is out of range all the same.
        let value: u32 = digits.parse().unwrap_or(u32::MAX);
        if number.kind == Kind::Percentage {
            if (1..=100).contains(&value) {
                return Ok(Threshold::Percent(value));
            }
            return Err(RuleError::in_rule("AT_LEAST percentage threshold must be between 1 and 100", span));
        }
        if value >= 1 && usize::try_from(value).is_ok_and(|value| value <= alarms) {
            return Ok(Threshold::Count(value));
        }
        let problem =
            format!("AT_LEAST absolute threshold must be between 1 and number of alarms ({alarms})");
        Err(RuleError::in_rule(&problem, span))
    }

    /// An alarm's name or ARN: a quoted one, or any single word.
    fn name(&mut self, expected: &str) -> Result<String, RuleError> {
        let token = self.peek();
        let name = match token.kind {
            Kind::Quoted => unquote(self.words(token)),
            Kind::Open | Kind::Close | Kind::Comma | Kind::Broken | Kind::End => {
                return Err(self.unsupported(expected));
            }
            _ => self.words(token).to_owned(),
        };
        self.at += 1;
        self.count(token)?;
        self.references.push((name.clone(), Span::new(token.start, token.end)));
        Ok(name)
    }

    /// A name in `AT_LEAST`'s list. AWS reads one token ahead here, and its message shows both.
    fn name_of_list(&mut self) -> Result<String, RuleError> {
        let (first, second) = (self.peek(), self.token(self.at + 1));
        self.name(NAME).map_err(|error| {
            if matches!(first.kind, Kind::Close | Kind::Comma) {
                let shown = format!("{}{}", self.words(first), self.words(second));
                self.unsupported_as(&shown, first, NAME)
            } else {
                error
            }
        })
    }

    fn count(&mut self, token: Token) -> Result<(), RuleError> {
        self.elements += 1;
        if self.elements <= MAX_ELEMENTS {
            return Ok(());
        }
        let problem = format!("more than {MAX_ELEMENTS} elements");
        Err(RuleError::in_rule(&problem, Span::new(token.start, token.end))
            .hint("put parts of the rule into composite alarms of their own"))
    }

    /// Something stands where an operator or the end should. AWS leaves the operators out of its list where the
    /// rule would be right without the token.
    fn not_an_operator(&self, closer: Kind, closer_words: &str) -> RuleError {
        if self.peek().kind != Kind::End && self.token(self.at + 1).kind == closer {
            self.unsupported(closer_words)
        } else {
            self.unsupported(&format!("{closer_words}, 'AND', 'OR'"))
        }
    }

    fn unsupported(&self, expected: &str) -> RuleError {
        let token = self.peek();
        let shown = if token.kind == Kind::End { "<EOF>" } else { self.words(token) };
        self.unsupported_as(shown, token, expected)
    }

    fn unsupported_as(&self, shown: &str, token: Token, expected: &str) -> RuleError {
        let characters = self.text.get(..token.start).unwrap_or_default().chars().count();
        let problem = format!("Unsupported token '{shown}' at char {characters}, must be: {expected}");
        let error = RuleError::in_rule(&problem, Span::new(token.start, token.end));
        match self.guess(token) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// What the writer of the wrong token probably meant.
    fn guess(&self, token: Token) -> Option<String> {
        let words = self.words(token);
        match words {
            "&&" | "&" => return Some("write AND".to_owned()),
            "||" | "|" => return Some("write OR".to_owned()),
            _ if words.starts_with('!') => return Some("write NOT before what shall not hold".to_owned()),
            _ => {}
        }
        if token.kind == Kind::Broken {
            return Some(if words == "\"\"" { "name an alarm" } else { "close the quotes" }.to_owned());
        }
        let upper = words.to_ascii_uppercase();
        let keywords = ["AND", "OR", "NOT", "TRUE", "FALSE", "AT_LEAST", "ALARM", "OK", "INSUFFICIENT_DATA"];
        if token.kind == Kind::Word && keywords.contains(&upper.as_str()) {
            let earlier = self.at.checked_sub(2).map(|at| self.token(at).kind);
            if upper != words && !matches!(earlier, Some(Kind::Open)) {
                return Some(format!("keywords are upper-case: write {upper}"));
            }
        }
        let before = self.at.checked_sub(1).map(|at| self.token(at).kind);
        (before == Some(Kind::Word) && token.kind != Kind::End)
            .then(|| "put a name with spaces, commas or parentheses into double quotes".to_owned())
    }
}

fn one_or(mut parts: Vec<Expression>, many: impl FnOnce(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            many(parts)
        }
        (_, None) => many(parts),
    }
}
