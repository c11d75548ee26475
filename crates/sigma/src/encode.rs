//! `wide`, `utf16` and `base64`: what a value looks like inside something encoded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::modifier::Encoding;

/// The forms of a text after the encodings, one by one. `None` where the last gives bytes that no text holds.
pub(crate) fn forms(text: &str, encodings: &[Encoding]) -> Option<Vec<String>> {
    let mut forms = vec![text.as_bytes().to_vec()];
    for encoding in encodings {
        forms = forms.iter().map(|bytes| encoded(bytes, *encoding)).collect::<Option<Vec<_>>>()?.concat();
    }
    forms.into_iter().map(|bytes| String::from_utf8(bytes).ok()).collect()
}

fn encoded(bytes: &[u8], encoding: Encoding) -> Option<Vec<Vec<u8>>> {
    let units = || Some(std::str::from_utf8(bytes).ok()?.encode_utf16());
    Some(match encoding {
        Encoding::Base64 => vec![STANDARD.encode(bytes).into_bytes()],
        Encoding::Base64Offset => (0..3).map(|shift| at_offset(bytes, shift)).collect(),
        Encoding::Utf16LittleEndian => vec![units()?.flat_map(u16::to_le_bytes).collect()],
        Encoding::Utf16BigEndian => vec![units()?.flat_map(u16::to_be_bytes).collect()],
        Encoding::Utf16 => {
            vec![[0xff, 0xfe].into_iter().chain(units()?.flat_map(u16::to_le_bytes)).collect()]
        }
    })
}

/// What is sure to stand in the base64 of a text that has `bytes` at a place which leaves `shift` after division by three:
/// the characters in which no bit comes from a neighbour.
fn at_offset(bytes: &[u8], shift: usize) -> Vec<u8> {
    let mut shifted = vec![0; shift];
    shifted.extend(bytes);
    let all = STANDARD.encode(&shifted).into_bytes();
    // Each character has six bits; `shift` bytes before us reach into its first characters, rounded up.
    let first = (shift * 8).div_ceil(6);
    let last = shifted.len() * 8 / 6;
    all.get(first..last).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_the_base64_of_whatever_it_stands_in() {
        let forms = forms("iex ()", &[Encoding::Base64Offset]).unwrap();
        assert_eq!(forms.len(), 3);
        for before in ["", "a", "ab", "abc", "abcd"] {
            for after in ["", "x", "xy", "xyz"] {
                let whole = STANDARD.encode(format!("{before}iex (){after}"));
                assert!(forms.iter().any(|form| whole.contains(form.as_str())), "{whole} {forms:?}");
            }
        }
    }

    #[test]
    fn utf_16_is_little_endian_unless_it_says_big() {
        assert_eq!(forms("ab", &[Encoding::Utf16LittleEndian]).unwrap(), ["a\0b\0"]);
        assert_eq!(forms("ab", &[Encoding::Utf16BigEndian]).unwrap(), ["\0a\0b"]);
        assert_eq!(forms("ab", &[Encoding::Utf16]), None, "the byte order mark is no UTF-8");
        assert_eq!(forms("ab", &[Encoding::Utf16, Encoding::Base64]).unwrap(), ["//5hAGIA"]);
    }
}
