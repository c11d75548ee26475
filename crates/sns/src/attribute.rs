//! Message attributes: their types, what `Publish` asks of them, and what a filter policy sees of them.

use trailbell_json::Json;

use crate::error::Error;

/// The bytes an attribute's name may have.
const MAX_NAME: usize = 256;

/// The digits a number may have, zeroes at either end apart.
const MAX_DIGITS: usize = 38;

/// An attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// `String`, `String.Array`, `Number`, `Binary`, or one of these with a suffix of one's own (`Number.int`).
    pub data_type: String,
    /// The value: text, or of `Binary` its base64.
    pub value: String,
}

impl Attribute {
    /// What `Publish` asks of an attribute.
    pub(crate) fn check(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        let prefix = self.data_type.split('.').next().unwrap_or_default();
        if !matches!(prefix, "String" | "Number" | "Binary") {
            return Err(Error::value(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
            )));
        }
        if self.value.is_empty() {
            return Err(Error::value(format!(
                "The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{}'.",
                self.data_type
            )));
        }
        if prefix == "Number" { check_number(name, &self.value) } else { Ok(()) }
    }

    /// What a filter policy compares, `None` for a binary attribute, which it does not see.
    pub(crate) fn filtered(&self) -> Option<Json> {
        match self.data_type.split('.').next()? {
            "Binary" => None,
            "Number" => Some(Json::Number(self.value.strip_prefix('+').unwrap_or(&self.value).to_owned())),
            _ if self.data_type == "String.Array" => match Json::parse(&self.value) {
                Ok(Json::Array(elements)) => {
                    Some(Json::Array(elements.into_iter().filter(is_plain).collect()))
                }
                // Chosen: a list that cannot be read has no elements.
                _ => Some(Json::Array(Vec::new())),
            },
            _ => Some(Json::String(self.value.clone())),
        }
    }
}

const fn is_plain(json: &Json) -> bool {
    !matches!(json, Json::Array(_) | Json::Object(_))
}

/// A name has letters of ASCII, digits, hyphens, underscores, and dots that stand alone inside it.
fn check_name(name: &str) -> Result<(), Error> {
    let message = if name.is_empty() || name.len() > MAX_NAME {
        format!("Length of message attribute name must be less than {MAX_NAME} bytes.")
    } else if name.starts_with('.') {
        "Invalid message attribute name starting with character '.' was found.".to_owned()
    } else if name.ends_with('.') {
        "Invalid message attribute name ending with character '.' was found.".to_owned()
    } else if let Some(c) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
    {
        format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(c)
        )
    } else if name.contains("..") {
        "Message attribute name can not have successive '.' character.".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::value(message))
}

/// AWS judges a number by the power of ten of its last digit, so `0e-100000` is out of range although it is nothing.
fn check_number(name: &str, text: &str) -> Result<(), Error> {
    let Some((digits, scale)) = decimal(text) else {
        return Err(Error::value(format!("Could not cast message attribute '{name}' value to number.")));
    };
    if scale <= -126 || scale > 128 {
        return Err(Error::value(format!(
            "Message attribute '{name}' number value [{text}] scale must be 10^-128 and 10^126."
        )));
    }
    if digits > MAX_DIGITS {
        // The limit is documented, the words are chosen.
        return Err(Error::value(format!(
            "Message attribute '{name}' number value [{text}] has more than {MAX_DIGITS} digits."
        )));
    }
    Ok(())
}

/// How many digits a decimal number has, zeroes at either end apart, and how many of them are behind the point, which is
/// negative where zeroes before it are not written.
fn decimal(text: &str) -> Option<(usize, i64)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let scale = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
    Some((all.trim_matches('0').len(), scale))
}
