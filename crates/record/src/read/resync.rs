//! Where to go on after something broken.
//!
//! In a list: behind the bracket that closes the broken element, if a comma or the list's end follows; else at the
//! next thing that is an intact event. Between values: the next line that begins one. All of it costs a second look
//! at bytes already seen, so each source has a budget for it.

use super::element::Brackets;
use super::state::State;
use crate::form;
use crate::scan::Scan;

/// Bytes in which an element's closing bracket is looked for.
pub(crate) const CLOSE: usize = 1 << 20;
/// Bytes in which a broken element is looked through for the names of CloudTrail's fields.
pub(crate) const RESEMBLANCE: usize = 64 << 10;

/// A place to go on, if it is in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// There.
    At(usize),
    /// Not in sight; the bytes before this one are of no use.
    NotBefore(usize),
}

/// Whether a broken value was meant to be one of ours.
pub(crate) fn resembles_event(bytes: &[u8]) -> bool {
    let bytes = &bytes[..bytes.len().min(RESEMBLANCE)];
    ["\"eventVersion\"", "\"eventName\"", "\"eventSource\"", "\"userIdentity\"", "\"CloudTrailEvent\""]
        .iter()
        .any(|key| memchr::memmem::find(bytes, key.as_bytes()).is_some())
}

/// The byte behind the value that starts here, by its brackets alone.
pub(crate) fn close(bytes: &[u8], in_list: bool, state: &mut State) -> Option<usize> {
    let bytes = &bytes[..bytes.len().min(CLOSE).min(state.search_budget)];
    let end = match bytes.first()? {
        b'{' | b'[' => {
            let mut brackets = Brackets::default();
            bytes.iter().position(|byte| {
                brackets.step(*byte);
                brackets.depth == 0 && matches!(byte, b'}' | b']')
            })
        }
        // Not a container: a list's next comma or end, or the line's end.
        _ => memchr::memchr3(b',', b']', b'\n', &bytes[1..]),
    };
    state.search_budget -= end.map_or(bytes.len(), |end| end + 1);
    let end = end? + 1;
    if !in_list {
        return Some(end);
    }
    // A quote too few moves every bracket: another event in there means that this one ended before it.
    if let Next::At(event) = next_event(&bytes[1..end], state) {
        return Some(1 + event);
    }
    list_goes_on(&bytes[end..], state).then_some(end)
}

/// Whether an element of a list may have ended here.
fn list_goes_on(bytes: &[u8], state: &mut State) -> bool {
    let mut tokens = bytes.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
    match (tokens.next(), tokens.next()) {
        (Some((_, b']')), _) => true,
        (Some((_, b',')), Some((next, _))) => {
            let scan = state.scanner.scan(&bytes[next..]);
            let cost = if let Scan::Whole(found) = scan { found.text.len() } else { 1 << 10 };
            state.search_budget = state.search_budget.saturating_sub(cost);
            scan != Scan::Broken
        }
        _ => false,
    }
}

/// The next line, if it begins a value, for a value that is bad at `offset` and stands on one line up to there.
pub(crate) fn next_line(bytes: &[u8], offset: usize) -> Option<usize> {
    let offset = offset.min(bytes.len());
    if memchr::memchr(b'\n', &bytes[..offset]).is_some() {
        return None;
    }
    let next = offset + memchr::memchr(b'\n', &bytes[offset..])? + 1;
    matches!(bytes.get(next), Some(b'{' | b'[' | b'"')).then_some(next)
}

/// The next line that begins an object, wherever the broken value ends.
pub(crate) fn next_object_line(bytes: &[u8]) -> Next {
    match memchr::memmem::find(bytes, b"\n{") {
        Some(at) => Next::At(at + 1),
        None => Next::NotBefore(bytes.len().saturating_sub(1)),
    }
}

/// The next intact event of a list.
pub(crate) fn next_event(bytes: &[u8], state: &mut State) -> Next {
    let mut from = 0;
    while let Some(brace) = memchr::memchr(b'{', &bytes[from..]).map(|i| from + i) {
        from = brace + 1;
        let mut before = bytes[..brace].iter().rev().filter(|byte| !byte.is_ascii_whitespace());
        if before.next() != Some(&b',') {
            continue;
        }
        let candidate = &bytes[brace..bytes.len().min(brace + CLOSE)];
        let cost = match state.scanner.scan(candidate) {
            Scan::Whole(found) if form::is_plain_event(found.text, &found.fields) => return Next::At(brace),
            Scan::Whole(found) => found.text.len(),
            Scan::Cut if candidate.len() < CLOSE => return Next::NotBefore(brace.saturating_sub(1)),
            Scan::Cut => CLOSE,
            Scan::Broken => 1 << 10,
        };
        state.search_budget = state.search_budget.saturating_sub(cost);
        if state.search_budget == 0 {
            break;
        }
    }
    Next::NotBefore(bytes.len().saturating_sub(1))
}
