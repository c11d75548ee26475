//! The JSON of a message for programs, kept within a channel's size.

use serde_json::{Map, Value, json};

/// A member of this many bytes or fewer stays where the whole is too large.
const SMALL: usize = 1_000;

/// The object as it is where its text is at most `max` bytes; else its small members (never a part of one), in order while they fit, and
/// the names of what was left out under `left_out`.
pub(crate) fn within(object: &Value, max: usize) -> Value {
    if object.to_string().len() <= max {
        return object.clone();
    }
    let mut kept = Map::new();
    let mut left_out = Vec::new();
    // Room for the list of names, which are ours.
    let mut room = max.saturating_sub(2_000);
    for (name, value) in object.as_object().into_iter().flatten() {
        let size = name.len() + value.to_string().len() + 4;
        if size <= SMALL && size <= room {
            room -= size;
            kept.insert(name.clone(), value.clone());
        } else {
            left_out.push(name.clone());
        }
    }
    left_out.truncate(50);
    kept.insert("left_out".to_owned(), json!(left_out));
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_left_out_whole_and_named() {
        let object = json!({"headline": "x", "items": vec!["y".repeat(100); 1_000], "severity": "high"});
        assert_eq!(within(&object, 1_000_000), object);
        let small = within(&object, 20_000);
        assert_eq!(small, json!({"headline": "x", "severity": "high", "left_out": ["items"]}));
    }
}
