//! The condition: `selection and not 1 of filter_*`, read by descent into an expression over the selections.

use std::ops::Range;

use trailbell_text::{Diagnostic, Span};
use trailbell_yaml::{Node, Reader, Scalar, Value as Yaml, suggestion};

use crate::detection::{MAX_VALUES, Selection};
use crate::pattern::{Pattern, Unit};
use crate::syntax::Expression;

/// Brackets and `not` within one another.
pub const MAX_DEPTH: usize = 64;

/// Ways to choose the selections of `3 of x*`.
const MAX_CHOICES: usize = 1000;

type Refusal = (Range<usize>, String, String);

/// Reads a condition, or a list of which one must hold.
pub(crate) fn read(reader: &mut Reader<'_>, node: &Node, selections: &[Selection]) -> Option<Expression> {
    let nodes = match &node.value {
        Yaml::Sequence(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut any = Vec::with_capacity(nodes.len());
    let mut size = 0;
    for node in nodes {
        let scalar = reader.scalar(node, "A condition")?;
        match (Parser { selections, text: &scalar.text, at: 0, size }).read() {
            Ok((expression, new_size)) => {
                size = new_size;
                any.push(expression);
            }
            Err(refusal) => {
                let problem = diagnostic(reader, node, scalar, refusal);
                reader.problems.push(problem);
                return None;
            }
        }
    }
    if any.is_empty() {
        reader.problem(node.span, "A condition is missing");
        return None;
    }
    if any.len() == 1 { any.pop() } else { Some(Expression::Any(any)) }
}

fn diagnostic(
    reader: &Reader<'_>,
    node: &Node,
    scalar: &Scalar,
    (range, message, hint): Refusal,
) -> Diagnostic {
    let span: Span = reader.locate(node, scalar, range);
    Diagnostic { message, span, hint: (!hint.is_empty()).then_some(hint) }
}

struct Parser<'t> {
    selections: &'t [Selection],
    text: &'t str,
    at: usize,
    /// Values in the expression so far: a selection that is named twice counts twice.
    size: usize,
}

/// A word with its place.
type Token<'t> = (&'t str, Range<usize>);

impl<'t> Parser<'t> {
    fn read(mut self) -> Result<(Expression, usize), Refusal> {
        let expression = self.any(0)?;
        match self.peek() {
            None => Ok((expression, self.size)),
            Some(("|", range)) => Err(self.aggregation(&range)),
            Some((")", range)) => Err((range, "This bracket closes nothing".to_owned(), String::new())),
            Some((word, range)) => {
                Err((range, format!("`and` or `or` is missing before `{word}`"), String::new()))
            }
        }
    }

    fn peek(&self) -> Option<Token<'t>> {
        let rest = self.text.get(self.at..)?;
        let start = self.at + rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|');
        let length = match rest.chars().next()? {
            '(' | ')' | '|' => 1,
            _ => rest.find(ends).unwrap_or(rest.len()),
        };
        Some((rest.get(..length)?, start..start + length))
    }

    fn next(&mut self) -> Option<Token<'t>> {
        let token = self.peek()?;
        self.at = token.1.end;
        Some(token)
    }

    fn skip(&mut self, word: &str) -> bool {
        let is_next = self.peek().is_some_and(|(next, _)| next.eq_ignore_ascii_case(word));
        if is_next {
            self.next();
        }
        is_next
    }

    fn any(&mut self, depth: usize) -> Result<Expression, Refusal> {
        let mut parts = vec![self.all(depth)?];
        while self.skip("or") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, Refusal> {
        let mut parts = vec![self.one(depth)?];
        while self.skip("and") {
            parts.push(self.one(depth)?);
        }
        Ok(one_or(parts, Expression::All))
    }

    fn one(&mut self, depth: usize) -> Result<Expression, Refusal> {
        let Some((word, range)) = self.next() else {
            let end = self.text.trim_end().len();
            return Err((end..end, "A selection is missing at the end".to_owned(), self.known()));
        };
        if depth > MAX_DEPTH {
            return Err((range, format!("This is nested deeper than {MAX_DEPTH} levels"), String::new()));
        }
        if word.eq_ignore_ascii_case("not") {
            return Ok(Expression::Not(Box::new(self.one(depth + 1)?)));
        }
        if word == "(" {
            let inner = self.any(depth + 1)?;
            return match self.next() {
                Some((")", _)) => Ok(inner),
                Some(("|", range)) => Err(self.aggregation(&range)),
                _ => Err((range, "This bracket is not closed".to_owned(), "write `)`".to_owned())),
            };
        }
        if matches!(word, ")" | "|") || ["and", "or", "of"].iter().any(|own| word.eq_ignore_ascii_case(own)) {
            return Err((range, format!("A selection is missing before `{word}`"), self.known()));
        }
        if let Some((of, _)) = self.peek()
            && of.eq_ignore_ascii_case("of")
        {
            self.next();
            return self.several(word, range);
        }
        let Some(selection) = self.selections.iter().find(|selection| selection.name == word) else {
            let hint = if word.contains('*') { format!("write `1 of {word}`") } else { self.nearest(word) };
            return Err((range, format!("There is no selection `{word}`"), hint));
        };
        self.put(selection, &range)
    }

    /// `1 of x*`, from behind `of`.
    fn several(&mut self, quantity: &str, range: Range<usize>) -> Result<Expression, Refusal> {
        let Some((name, named)) = self.next().filter(|(word, _)| !matches!(*word, "(" | ")" | "|")) else {
            return Err((
                range,
                "What this is of is missing".to_owned(),
                "write `1 of them` or `1 of name*`".to_owned(),
            ));
        };
        let selections = self.selections;
        let chosen: Vec<&Selection> = if name.eq_ignore_ascii_case("them") {
            selections.iter().filter(|selection| !selection.name.starts_with('_')).collect()
        } else {
            let units: Vec<Unit> =
                name.chars().map(|c| if c == '*' { Unit::Many } else { Unit::Char(c) }).collect();
            let pattern = Pattern::new(&units, true);
            selections
                .iter()
                .filter(|selection| name.starts_with('_') || !selection.name.starts_with('_'))
                .filter(|selection| pattern.as_ref().is_some_and(|pattern| pattern.matches(&selection.name)))
                .collect()
        };
        if chosen.is_empty() {
            return Err((named, format!("No selection is `{name}`"), self.nearest(name)));
        }
        let parts =
            chosen.iter().map(|selection| self.put(selection, &named)).collect::<Result<Vec<_>, _>>()?;
        let count = match quantity.to_ascii_lowercase().as_str() {
            "all" => return Ok(one_or(parts, Expression::All)),
            "any" | "1" => return Ok(one_or(parts, Expression::Any)),
            number => number.parse::<usize>().ok().filter(|count| *count > 0),
        };
        match count {
            None => {
                Err((range, format!("`{quantity}` is no count"), "write 1, all, any or a number".to_owned()))
            }
            Some(count) if count > parts.len() => Err((
                range,
                format!("`{name}` names {} selections, fewer than {count}", parts.len()),
                String::new(),
            )),
            Some(count) if count == parts.len() => Ok(Expression::All(parts)),
            Some(count) => self.choices(count, &parts, &range),
        }
    }

    /// Every choice of `count` parts, of which one must hold whole.
    fn choices(
        &mut self,
        count: usize,
        parts: &[Expression],
        range: &Range<usize>,
    ) -> Result<Expression, Refusal> {
        let mut choices: Vec<Vec<usize>> = vec![Vec::new()];
        for chosen in 0..count {
            // Only as far as enough stay for the rest: so every beginning here is that of a whole choice.
            let end = parts.len() + chosen + 1 - count;
            choices = choices
                .iter()
                .flat_map(|choice| {
                    let first = choice.last().map_or(0, |last| last + 1);
                    (first..end).map(move |next| choice.iter().copied().chain([next]).collect())
                })
                .take(MAX_CHOICES + 1)
                .collect();
        }
        let each: usize = parts.iter().map(size_of).sum();
        self.size = self.size.saturating_add(each.saturating_mul(choices.len()));
        if choices.len() > MAX_CHOICES || self.size > MAX_VALUES {
            return Err((
                range.clone(),
                format!("There are too many ways to choose {count} of {} selections", parts.len()),
                "choose among fewer".to_owned(),
            ));
        }
        let all = |choice: &Vec<usize>| {
            Expression::All(choice.iter().filter_map(|index| parts.get(*index).cloned()).collect())
        };
        Ok(Expression::Any(choices.iter().map(all).collect()))
    }

    fn put(&mut self, selection: &Selection, range: &Range<usize>) -> Result<Expression, Refusal> {
        self.size = self.size.saturating_add(size_of(&selection.expression));
        if self.size > MAX_VALUES {
            return Err((
                range.clone(),
                format!("The condition names selections so often that it has more than {MAX_VALUES} values"),
                "name each selection once".to_owned(),
            ));
        }
        Ok(selection.expression.clone())
    }

    fn aggregation(&self, range: &Range<usize>) -> Refusal {
        (
            range.start..self.text.trim_end().len(),
            "Aggregations (`| count() ...`) are not read: Sigma has given them up".to_owned(),
            "write a correlation of type event_count or value_count beside the rule".to_owned(),
        )
    }

    fn names(&self) -> Vec<&'t str> {
        self.selections.iter().map(|selection| selection.name.as_str()).take(20).collect()
    }

    fn nearest(&self, word: &str) -> String {
        if self.selections.is_empty() { self.known() } else { suggestion(word, &self.names()) }
    }

    fn known(&self) -> String {
        let names = self.names();
        if names.is_empty() {
            "write a selection beside `condition`".to_owned()
        } else {
            format!("known here: {}", names.join(", "))
        }
    }
}

fn one_or(mut parts: Vec<Expression>, of: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { of(parts) }
}

fn size_of(expression: &Expression) -> usize {
    expression.items().iter().map(|item| item.values.len()).sum::<usize>().max(1)
}
