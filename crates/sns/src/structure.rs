//! `MessageStructure: json`: one message with a text for each protocol.

use trailbell_json::Json;

use crate::error::Error;

/// A message's texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Texts {
    pub(crate) default: String,
    /// Texts of single protocols, by their names.
    pub(crate) of_protocols: Vec<(String, String)>,
}

impl Texts {
    /// The same text for everybody.
    pub(crate) const fn plain(text: String) -> Self {
        Self { default: text, of_protocols: Vec::new() }
    }

    /// Reads a structured message. It must have a `default`; keys whose value is no string are ignored, `null` is the
    /// text `null`, and a key may not be given twice.
    pub(crate) fn structured(message: &str) -> Result<Self, Error> {
        let unreadable = || Error::parameter("Message Structure - JSON message body failed to parse");
        let Ok(Json::Object(members)) = Json::parse(message) else { return Err(unreadable()) };
        let mut default = None;
        let mut of_protocols: Vec<(String, String)> = Vec::new();
        let mut names: Vec<&String> = members.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
            return Err(unreadable());
        }
        for (name, value) in &members {
            let text = match value {
                Json::String(text) => text.clone(),
                Json::Null => "null".to_owned(),
                _ => continue,
            };
            if name == "default" {
                default = Some(text);
            } else {
                of_protocols.push((name.clone(), text));
            }
        }
        let default = default
            .ok_or_else(|| Error::parameter("Message Structure - No default entry in JSON message body"))?;
        Ok(Self { default, of_protocols })
    }

    /// The text of a protocol, an empty one included.
    pub(crate) fn of(&self, protocol: &str) -> &str {
        let own = self.of_protocols.iter().find(|(name, _)| name == protocol);
        own.map_or(&self.default, |(_, text)| text)
    }
}
