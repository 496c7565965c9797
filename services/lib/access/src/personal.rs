//! Personal values: what could tell a reader who a child, a relative or a referrer
//! is.

/// A personal value, wrapped from the moment it enters. It cannot be printed,
/// logged, compared or serialised by accident; it is opened where it is stored,
/// matched, disclosed or shown, and nowhere else.
///
/// ```
/// use access::Personal;
/// let name = Personal::new("Ada".to_owned());
/// let text = name.open();
/// assert_eq!(text, "Ada");
/// ```
///
/// It has no `Debug`:
/// ```compile_fail,E0277
/// use access::Personal;
/// let name = Personal::new("Ada".to_owned());
/// let text = format!("{name:?}");
/// assert_eq!(text, "Ada");
/// ```
///
/// It has no `Display`:
/// ```compile_fail,E0277
/// use access::Personal;
/// let name = Personal::new("Ada".to_owned());
/// let text = format!("{name}");
/// assert_eq!(text, "Ada");
/// ```
///
/// It has no `Serialize`:
/// ```compile_fail,E0277
/// use access::Personal;
/// let name = Personal::new("Ada".to_owned());
/// let text = serde_json::to_string(&name);
/// assert_eq!(text.unwrap_or_default(), "Ada");
/// ```
///
/// The value behind it serialises, so that the refusal above is the wrapper's:
/// ```
/// use access::Personal;
/// let name = Personal::new("Ada".to_owned());
/// let text = serde_json::to_string(name.open());
/// assert_eq!(text.unwrap_or_default(), "\"Ada\"");
/// ```
#[derive(Clone)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for a place that stores, matches, discloses or shows it.
    pub fn open(&self) -> &T {
        &self.0
    }

    /// The value itself, for the same places.
    pub fn into_open(self) -> T {
        self.0
    }
}

impl Personal<String> {
    /// A text that may be left out; `None` for an empty one.
    #[must_use]
    pub fn unless_empty(text: String) -> Option<Self> {
        Some(text).filter(|text| !text.is_empty()).map(Self::new)
    }
}
