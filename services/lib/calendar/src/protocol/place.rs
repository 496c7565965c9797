//! Where in a protocol file something is: the line and the key at an offset of its text.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// Number of the line, from 1.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}

/// The innermost key whose name or value covers the offset, with its tables before it.
/// What stands under a `[header]` is not within the span of its table, so every branch is
/// followed.
pub(super) fn key_at(table: &DeTable<'_>, offset: usize) -> Option<String> {
    let mut found = None;
    for (key, value) in table {
        if let Some(inner) = key_within(value.get_ref(), offset) {
            return Some(format!("{}.{inner}", key.get_ref()));
        }
        if covers(&key.span(), offset) || covers(&value.span(), offset) {
            found = Some(key.get_ref().to_string());
        }
    }
    found
}

fn key_within(value: &DeValue<'_>, offset: usize) -> Option<String> {
    if let Some(table) = value.as_table() {
        return key_at(table, offset);
    }
    value.as_array()?.iter().find_map(|element| key_within(element.get_ref(), offset))
}

fn covers(span: &Range<usize>, offset: usize) -> bool {
    span.contains(&offset) || span.start == offset
}
