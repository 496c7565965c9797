//! What intake tells of the register.

use jiff::Timestamp;
use proto::{convert::to_timestamp, intake::v1 as pb};
use uuid::Uuid;

use crate::domain::register::{Difference, MatchState, Questions};

/// A person decided a match.
pub fn match_decided(
    id: Uuid,
    (one, other): (Uuid, Uuid),
    state: MatchState,
    at: Timestamp,
) -> pb::MatchDecided {
    pb::MatchDecided {
        match_id: id.to_string(),
        one_id: one.to_string(),
        other_id: other.to_string(),
        state: match_state(state).into(),
        decided_at: Some(to_timestamp(at)),
    }
}

/// It was answered what is different this time.
pub fn difference_answered(difference: &Difference) -> pb::DifferenceAnswered {
    pb::DifferenceAnswered {
        difference_id: difference.id.to_string(),
        contact_id: difference.contact.to_string(),
        child_id: difference.child.to_string(),
        answered_at: Some(to_timestamp(difference.at)),
    }
}

/// Other questions about a contact are open than before.
pub fn open_questions_changed(questions: &Questions, at: Timestamp) -> pb::OpenQuestionsChanged {
    pb::OpenQuestionsChanged {
        contact_id: questions.contact.to_string(),
        matches_waiting: questions.matches,
        differences_unanswered: questions.differences,
        changed_at: Some(to_timestamp(at)),
    }
}

/// How a match stands, for the wire.
pub fn match_state(state: MatchState) -> pb::MatchState {
    match state {
        MatchState::Proposed => pb::MatchState::Proposed,
        MatchState::Linked => pb::MatchState::Linked,
        MatchState::Rejected => pb::MatchState::Rejected,
        MatchState::Undone => pb::MatchState::Undone,
    }
}
