//! The Sigma files that settings name, as one text that goes along with the settings to a machine that has no such files.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sigma::SigmaFile;

/// The Sigma files behind each path that settings name: there the look-up [`Lookups::sigma`](crate::Lookups) answers from here.
///
/// The files are whole and in their order, so that rules have the names they have where the files are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CarriedSigma {
    by_path: BTreeMap<String, Vec<SigmaFile>>,
}

/// Why a text is not that of carried files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is not what `trailbell deploy` writes: an object, and for each path a list of files, each a `name` and a `text`"
)]
pub struct NotCarried;

impl CarriedSigma {
    /// What the text's file is called, beside the configuration.
    pub const FILE_NAME: &str = "trailbell-sigma.json";
    /// Longest text of carried files, in bytes: every start of a function reads it. Sigma's own rules for CloudTrail are less than a
    /// twentieth of it.
    pub const MAX_BYTES: usize = 2 << 20;

    /// Takes the files at a path, which is as the settings write it.
    pub fn carry(&mut self, path: &str, files: Vec<SigmaFile>) {
        self.by_path.insert(path.to_owned(), files);
    }

    /// The files at a path; the error says in words that it was not carried.
    pub fn at(&self, path: &str) -> Result<Vec<SigmaFile>, String> {
        self.by_path.get(path).cloned().ok_or_else(|| {
            "they are not here: `trailbell deploy` carries such files along; where it is not used, write each rule in the configuration, its keys below `sigma:`"
                .to_owned()
        })
    }

    /// Every file, path after path.
    pub fn files(&self) -> impl Iterator<Item = &SigmaFile> {
        self.by_path.values().flatten()
    }

    /// The same with other names for the files.
    #[must_use]
    pub fn renamed(mut self, name: impl Fn(&str) -> String) -> Self {
        for file in self.by_path.values_mut().flatten() {
            file.name = name(&file.name);
        }
        self
    }

    /// As a text, JSON: `{"PATH": [{"name": "...", "text": "..."}]}`. The same files make the same text.
    pub fn to_text(&self) -> String {
        let list = |files: &[SigmaFile]| -> Value {
            files.iter().map(|file| json!({ "name": file.name, "text": file.text })).collect()
        };
        let all = self.by_path.iter().map(|(path, files)| (path.clone(), list(files)));
        Value::Object(all.collect()).to_string()
    }

    /// Reads such a text.
    pub fn parse(text: &str) -> Result<Self, NotCarried> {
        let Ok(Value::Object(all)) = serde_json::from_str(text) else { return Err(NotCarried) };
        let word = |file: &Value, key: &str| Some(file.get(key)?.as_str()?.to_owned());
        let file = |file: &Value| Some(SigmaFile { name: word(file, "name")?, text: word(file, "text")? });
        let files = |list: &Value| list.as_array()?.iter().map(file).collect::<Option<Vec<_>>>();
        let by_path = all.iter().map(|(path, list)| Some((path.clone(), files(list)?)));
        by_path.collect::<Option<_>>().map(|by_path| Self { by_path }).ok_or(NotCarried)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> SigmaFile {
        SigmaFile { name: name.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn what_is_carried_comes_out_as_it_went_in_and_in_its_order() {
        let mut carried = CarriedSigma::default();
        let files = vec![file("rules.d/b.yml", "title: \"ä\"\n---\n"), file("rules.d/a.yml", "")];
        carried.carry("rules.d", files.clone());
        carried.carry("../one.yml", vec![file("../one.yml", "x")]);
        let read = CarriedSigma::parse(&carried.to_text()).unwrap();
        assert_eq!(read, carried);
        assert_eq!(read.at("rules.d").unwrap(), files);
        assert_eq!((read.files().count(), read.to_text()), (3, carried.to_text()));
        assert!(read.at("rules.d/").unwrap_err().contains("trailbell deploy"));
    }

    #[test]
    fn files_may_be_called_otherwise() {
        let mut carried = CarriedSigma::default();
        carried.carry("rules.d", vec![file("/home/me/rules.d/a.yml", "x")]);
        let carried = carried.renamed(|name| name.replace("/home/me/", ""));
        assert_eq!(carried.at("rules.d").unwrap(), [file("rules.d/a.yml", "x")]);
    }

    #[test]
    fn a_text_of_another_shape_is_refused() {
        for text in [
            "",
            "[]",
            "{",
            r#"{"a": 1}"#,
            r#"{"a": [1]}"#,
            r#"{"a": [{"name": "x"}]}"#,
            r#"{"a": [{"name": 1, "text": ""}]}"#,
        ] {
            assert_eq!(CarriedSigma::parse(text), Err(NotCarried), "{text}");
        }
        assert_eq!(CarriedSigma::parse("{}"), Ok(CarriedSigma::default()));
    }
}
