//! Reading the fields of a request into values that cannot be wrong, and naming
//! every bad one at once.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use proto::convert::{from_id, from_timestamp};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use uuid::Uuid;

/// The fields of one request as they are read. Each reader gives `None` for a bad
/// field and remembers why; [`Fields::whole`] gives what was read, or refuses.
#[derive(Debug, Default)]
pub struct Fields {
    details: ErrorDetails,
}

impl Fields {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that a field breaks a rule. `why` names no value: it may be personal.
    pub fn violation(&mut self, field: &str, rule: &str, why: &str) {
        self.details.add_bad_request_violation(field, format!("{why} ({rule})"));
    }

    /// The value, or a violation where there is none.
    pub fn check<T>(&mut self, field: &str, rule: &str, why: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.violation(field, rule, why);
        }
        value
    }

    /// Notes a violation where a condition does not hold.
    pub fn holds(&mut self, field: &str, rule: &str, why: &str, condition: bool) {
        if !condition {
            self.violation(field, rule, why);
        }
    }

    /// Text whose length, in characters, lies in `length`. Text of white space
    /// only counts as empty.
    pub fn text(
        &mut self,
        field: &str,
        rule: &str,
        text: String,
        length: RangeInclusive<usize>,
    ) -> Option<String> {
        // Protobuf may carry it, PostgreSQL's text may not.
        if text.contains('\0') {
            self.violation(field, rule, "holds the character NUL");
            return None;
        }
        let characters = if text.trim().is_empty() { 0 } else { text.chars().count() };
        if length.contains(&characters) {
            return Some(if characters == 0 { String::new() } else { text });
        }
        let (least, most) = (length.start(), length.end());
        let why = match characters {
            0 => "is missing".to_owned(),
            _ => format!("must have {least} to {most} characters"),
        };
        self.violation(field, rule, &why);
        None
    }

    /// A code of a contract's enumeration that is known and is not unspecified.
    pub fn code<E: TryFrom<i32>>(&mut self, field: &str, rule: &str, number: i32) -> Option<E> {
        let known = E::try_from(number).ok().filter(|_| number != 0);
        let why = if number == 0 { "is missing" } else { "is not a known code" };
        self.check(field, rule, why, known)
    }

    /// An id.
    pub fn id(&mut self, field: &str, rule: &str, text: &str) -> Option<Uuid> {
        self.check(field, rule, "is not a UUID", from_id(text))
    }

    /// Ids in order, each once.
    pub fn ids(&mut self, field: &str, rule: &str, texts: &[String]) -> Option<Vec<Uuid>> {
        let mut ids = each(texts, |place, text| self.id(&format!("{field}[{place}]"), rule, text))?;
        ids.sort_unstable();
        ids.dedup();
        Some(ids)
    }

    /// The client's own id for a command, the same when it is sent again (R12).
    pub fn request_id(&mut self, text: &str) -> Option<Uuid> {
        self.id("request_id", "R12", text)
    }

    /// A record that a command changes, and its revision as the caller read it.
    pub fn target(
        &mut self,
        field: &str,
        rule: &str,
        (record, revision): (&str, i64),
    ) -> Option<(Uuid, i64)> {
        let record = self.id(field, rule, record);
        record.zip(self.revision("revision", rule, revision))
    }

    /// A revision as the caller read it.
    pub fn revision(&mut self, field: &str, rule: &str, revision: i64) -> Option<i64> {
        self.check(field, rule, "is missing", Some(revision).filter(|revision| *revision > 0))
    }

    /// An instant that is not after `now`.
    pub fn past(
        &mut self,
        field: &str,
        rule: &str,
        at: Option<&prost_types::Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let at = at.and_then(from_timestamp).filter(|at| *at <= now);
        self.check(field, rule, "is not an instant of the past", at)
    }

    /// What was read, where nothing was wrong.
    ///
    /// # Errors
    /// The refusal that names every bad field and its rule.
    pub fn whole<T>(self, read: Option<T>) -> Result<T, Status> {
        match read {
            Some(read) if self.good() => Ok(read),
            _ => Err(self.refuse()),
        }
    }

    /// Whether nothing was wrong so far.
    pub fn good(&self) -> bool {
        !self.details.has_bad_request_violations()
    }

    /// The refusal that names every bad field and its rule.
    pub fn refuse(self) -> Status {
        Status::with_error_details(
            Code::InvalidArgument,
            "the request cannot be accepted; every bad field is named",
            self.details,
        )
    }
}

/// Reads every item, also behind a bad one, so that each violation is named.
pub fn each<T, U>(
    items: impl IntoIterator<Item = T>,
    mut read: impl FnMut(usize, T) -> Option<U>,
) -> Option<Vec<U>> {
    let read: Vec<Option<U>> =
        items.into_iter().enumerate().map(|(place, item)| read(place, item)).collect();
    read.into_iter().collect()
}

/// Reads what may be left out: there is nothing wrong with nothing.
pub fn optional<T, U>(given: Option<T>, read: impl FnOnce(T) -> Option<U>) -> Option<Option<U>> {
    given.map_or(Some(None), |given| read(given).map(Some))
}

/// A text that is left out where it is empty.
pub fn unless_empty<T: AsRef<str>>(text: T) -> Option<T> {
    Some(text).filter(|text| !text.as_ref().is_empty())
}

/// A code of a contract's enumeration that is left out where it is unspecified.
pub fn unless_zero(number: i32) -> Option<i32> {
    Some(number).filter(|number| *number != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_good_and_what_is_given_is_read() {
        let mut fields = Fields::new();
        let mut read = |text| optional(unless_empty(text), |text| fields.id("id", "R12", text));
        let nil = Uuid::nil().to_string();
        assert_eq!([read(""), read("1"), read(&nil)], [Some(None), None, Some(Some(Uuid::nil()))]);
        assert_eq!((unless_zero(0), unless_zero(7)), (None, Some(7)));
    }

    #[test]
    fn every_bad_field_is_named_with_its_rule() {
        let mut fields = Fields::new();
        assert!(fields.text("concern", "R5", "  ".into(), 1..=10).is_none());
        assert!(fields.text("rationale", "R16", "äöü".into(), 1..=3).is_some());
        assert!(fields.text("name", "R4", "äöüß".into(), 0..=3).is_none());
        assert!(fields.text("reason", "R41", "a\0b".into(), 0..=9).is_none());
        assert_eq!(fields.text("note", "R28", " ".into(), 0..=3).as_deref(), Some(""));
        assert!(!fields.good());
        let status = fields.refuse();
        let request = status.get_details_bad_request().unwrap();
        let named: Vec<_> =
            request.field_violations.iter().map(|v| (&*v.field, &*v.description)).collect();
        assert_eq!(
            named,
            [
                ("concern", "is missing (R5)"),
                ("name", "must have 0 to 3 characters (R4)"),
                ("reason", "holds the character NUL (R41)")
            ]
        );
    }
}
