//! Comparing without regard to case as AWS does: each character of the *pattern* stands for its lower and its upper
//! case form, which may have another length (`ß` is `SS`, and not `ss`).

/// A text of a pattern that is compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreCase {
    text: String,
    /// The two forms of each character.
    forms: Vec<[String; 2]>,
}

impl IgnoreCase {
    pub(crate) fn new(text: &str) -> Self {
        let mut forms = Vec::new();
        for c in text.chars() {
            if u32::from(c) > 0xffff {
                // AWS takes such a character as its two surrogates, each of which it writes as a question mark.
                forms.extend([["?".to_owned(), "?".to_owned()], ["?".to_owned(), "?".to_owned()]]);
            } else {
                forms.push([c.to_lowercase().collect(), c.to_uppercase().collect()]);
            }
        }
        Self { text: text.to_owned(), forms }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn equals(&self, text: &str) -> bool {
        self.ends_of(text).contains(&text.len())
    }

    pub(crate) fn starts(&self, text: &str) -> bool {
        !self.ends_of(text).is_empty()
    }

    pub(crate) fn ends(&self, text: &str) -> bool {
        let mut places = vec![text.len()];
        for forms in self.forms.iter().rev() {
            places = step(&places, forms, |at, form| text.get(..at)?.strip_suffix(form).map(str::len));
        }
        !places.is_empty()
    }

    /// Where in `text` the whole of this may end, if it begins where `text` does.
    fn ends_of(&self, text: &str) -> Vec<usize> {
        let mut places = vec![0];
        for forms in &self.forms {
            places =
                step(&places, forms, |at, form| text.get(at..)?.starts_with(form).then_some(at + form.len()));
        }
        places
    }
}

/// The places after one more character, from each of `places`.
fn step(places: &[usize], forms: &[String; 2], next: impl Fn(usize, &str) -> Option<usize>) -> Vec<usize> {
    let mut after: Vec<usize> =
        places.iter().flat_map(|at| forms.iter().filter_map(|form| next(*at, form))).collect();
    after.sort_unstable();
    after.dedup();
    after
}
