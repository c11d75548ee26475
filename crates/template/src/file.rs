//! A file that was handed in: its name, its text, and what it is called in ids.

use std::sync::Arc;

/// A file's name and text. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    name: Arc<str>,
    text: Arc<str>,
}

impl File {
    /// A file of that name (a path or a URL, as messages are to show it) and text.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The name it was handed in with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name without folders and ending: what stands before the colon in `TEMPLATE:LogicalId`.
    pub fn stem(&self) -> &str {
        let name = file_name(&self.name);
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => name,
        }
    }
}

/// Whether a text is meant as a template, or is what `describe-metric-filters` or `describe-alarms` printed, and nothing else: told
/// by the keys at its top, so that a broken one is known, too.
#[must_use]
pub fn is_template(text: &str) -> bool {
    let keys = ["AWSTemplateFormatVersion", "Resources"];
    let described = ["metricFilters", "MetricAlarms", "CompositeAlarms"];
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('{') {
        return keys.iter().chain(&described).any(|key| text.contains(&format!("\"{key}\"")));
    }
    text.lines().any(|line| {
        let key = line.split(':').next().unwrap_or_default().trim_matches(['"', '\'']);
        line.contains(':') && keys.contains(&key)
    })
}

/// The last part of a path or URL, without a URL's query.
pub(crate) fn file_name(path: &str) -> &str {
    let path = if path.contains("://") { path.split(['?', '#']).next().unwrap_or(path) } else { path };
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_told_by_its_content() {
        for template in [
            "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}",
            "# ours\nResources:\n  A: [broken",
            "\u{feff}{\n \"Resources\": {}}",
            "\"Resources\": {}",
            "{ \"metricFilters\": [] }",
        ] {
            assert!(is_template(template), "{template}");
        }
        for other in
            ["rules:\n  Resources: 1\n", "language: en", "", "# Resources: none\n", "{}", "Resources"]
        {
            assert!(!is_template(other), "{other}");
        }
    }

    #[test]
    fn a_template_is_called_by_its_files_name() {
        for (name, stem) in [
            ("seed/console-login.yaml", "console-login"),
            ("C:\\templates\\iam.json", "iam"),
            ("https://bucket.s3.amazonaws.com/a/lower.yaml?versionId=1/2", "lower"),
            ("template", "template"),
            (".yaml", ".yaml"),
        ] {
            assert_eq!(File::new(name, "").stem(), stem);
        }
    }
}
