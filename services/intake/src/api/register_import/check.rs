//! What would be refused of rows, without a hub: for whoever prepares an import.

use jiff::Timestamp;
use proto::intake::v1::{EpisodeRow, RowProblem};

use super::parse;
use crate::domain::codes::Codes;

/// Looks at rows as an import does, and takes none.
pub struct RowCheck {
    codes: Codes,
}

impl RowCheck {
    /// With the national lists as they were when this was built.
    ///
    /// # Errors
    /// Where those are not what they should be.
    pub fn embedded() -> Result<Self, serde_json::Error> {
        Ok(Self { codes: Codes::embedded(std::iter::empty())? })
    }

    /// Every field of the row that would be refused at `now` (R8, R9).
    pub fn problems(&self, row: EpisodeRow, now: Timestamp) -> Vec<RowProblem> {
        // References count within their system; any one will do.
        parse::row(row, "system", (&self.codes, now)).err().unwrap_or_default()
    }
}
