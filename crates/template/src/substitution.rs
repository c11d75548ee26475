//! The text of `Fn::Sub`: what is literal in it and what is a name.

/// A part of the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Literal(&'a str),
    /// `${Name}`, without the braces.
    Name(&'a str),
}

/// Splits the text. `${!Literal}` is `${Literal}`, literally; a `${` that is not closed is literal, too.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("${") {
        let (before, behind) = (&rest[..open], &rest[open + 2..]);
        let Some(close) = behind.find('}') else { break };
        let name = &behind[..close];
        if !before.is_empty() {
            parts.push(Part::Literal(before));
        }
        if let Some(literal) = name.strip_prefix('!') {
            parts.push(Part::Literal("${"));
            parts.push(Part::Literal(literal));
            parts.push(Part::Literal("}"));
        } else {
            parts.push(Part::Name(name));
        }
        rest = &behind[close + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_literals_are_told_apart() {
        use Part::{Literal, Name};
        assert_eq!(parts("a-${B}${C.D}"), [Literal("a-"), Name("B"), Name("C.D")]);
        assert_eq!(parts("$${A}"), [Literal("$"), Name("A")]);
        assert_eq!(parts("${!A} ${"), [Literal("${"), Literal("A"), Literal("}"), Literal(" ${")]);
        assert_eq!(parts(""), []);
    }
}
