//! What is passed on (R3, R10): between the hub and the out-of-hours Emergency Duty Team,
//! and to other authorities. The words are about a child, so they are sealed.

use access::Personal;
use jiff::Timestamp;
use uuid::Uuid;

use super::{authority::Authority, clock::Running, receipt::Receipt};

/// Which way a hand-over between the hub and the Emergency Duty Team goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.hand_over_direction", rename_all = "snake_case")]
pub enum Direction {
    /// From the hub to the team.
    ToEdt,
    /// From the team to the hub.
    FromEdt,
}

/// What one side hands to the other.
pub enum Content {
    /// An urgent contact came outside hub hours: nobody asked for it, the contact says all.
    Automatic,
    /// What the team is asked to look after.
    Asked(Personal<String>),
    /// What the team did.
    Done {
        /// When it acted.
        acted_at: Timestamp,
        /// What it did.
        done: Personal<String>,
        /// What is left to the hub; empty where nothing is.
        left_to_do: Personal<String>,
    },
}

impl Content {
    /// Which way it goes.
    pub fn direction(&self) -> Direction {
        match self {
            Self::Automatic | Self::Asked(_) => Direction::ToEdt,
            Self::Done { .. } => Direction::FromEdt,
        }
    }
}

/// A hand-over between the hub and the team.
pub struct HandOver {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The contact.
    pub contact: Uuid,
    /// What is handed over.
    pub content: Content,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who made it: an opaque id.
    pub made_by: String,
    /// The clock until the other side has taken it.
    pub clock: Running,
    /// That the other side took it.
    pub taken: Option<Taken>,
}

/// That the other side has a hand-over.
pub struct Taken {
    /// Since when.
    pub at: Timestamp,
    /// Who received or reviewed it: an opaque id.
    pub by: String,
    /// What the hub said of what the team did.
    pub review: Option<Personal<String>>,
}

/// A receipt of the team that was recorded of the wrong contact.
pub struct UndoneReceipt {
    /// The hand-over.
    pub hand_over: Uuid,
    /// What was recorded.
    pub taken: Taken,
    /// Why it is undone.
    pub reason: Personal<String>,
    /// Who undid it: an opaque id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl HandOver {
    /// From when the clock runs again once the team's receipt is undone (R10): from when the
    /// contact was handed over, as if nobody had ever had it. What nobody has had for that long is
    /// late at once, and pages. `None` where nobody has said that they have it; what the hub has
    /// reviewed is not undone.
    pub fn runs_again_from(&self) -> Option<Timestamp> {
        let is_receipt = self.content.direction() == Direction::ToEdt && self.taken.is_some();
        is_receipt.then_some(self.made_at)
    }
}

/// Whether somebody may review what the team did: not whoever wrote it down (R10).
pub fn may_review(hand_over: &HandOver, reviewer: &str) -> bool {
    hand_over.made_by != reviewer
}

/// The secure way by which another authority was told (R73).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.secure_way", rename_all = "snake_case")]
pub enum SecureWay {
    /// Secure mail to a listed address.
    Email,
    /// A call to a number that was verified.
    Telephone,
    /// A system that both are known to.
    System,
}

/// What another authority is told of children of its area.
pub struct Passing {
    /// The children.
    pub children: Vec<Uuid>,
    /// The authority.
    pub authority: Authority,
    /// How it was told.
    pub way: SecureWay,
    /// What, why, and which effects were weighed (R44).
    pub information: Personal<String>,
    /// What the hub did first; empty where there is no danger.
    pub acted_first: Personal<String>,
}

/// That a manager took children back from another authority.
pub struct TakenBack {
    /// When.
    pub at: Timestamp,
    /// Who did: an opaque id.
    pub by: String,
    /// Why.
    pub reason: Personal<String>,
}

/// Children who were passed to another authority.
pub struct PassedOn {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The contact.
    pub contact: Uuid,
    /// What was passed.
    pub passing: Passing,
    /// When.
    pub passed_at: Timestamp,
    /// Who passed them: an opaque id.
    pub passed_by: String,
    /// The clock until the authority says that it has them.
    pub clock: Running,
    /// That it has them.
    pub receipt: Option<Receipt>,
    /// Who recorded that: an opaque id.
    pub receipt_recorded_by: Option<String>,
    /// That a manager took them back.
    pub taken_back: Option<TakenBack>,
}

/// Whether children may be passed to another authority: where there is danger, the hub
/// acts first and says what it did (R3).
pub fn may_pass(passing: &Passing, in_danger: bool) -> bool {
    !in_danger || !passing.acted_first.open().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passing(acted_first: &str) -> Passing {
        Passing {
            children: vec![Uuid::from_u128(1)],
            authority: Authority::parse("211", Personal::new(String::new()))
                .unwrap_or_else(|_| panic!("is one")),
            way: SecureWay::Telephone,
            information: Personal::new("Lives there.".to_owned()),
            acted_first: Personal::new(acted_first.to_owned()),
        }
    }

    #[test]
    fn r10_a_receipt_that_is_undone_has_its_clock_run_from_the_hand_over() {
        let nothing = || Personal::new("Nothing.".to_owned());
        let taken = || Taken { at: Timestamp::MAX, by: "b".to_owned(), review: None };
        let made = |content, taken| HandOver {
            id: Uuid::nil(),
            revision: 1,
            contact: Uuid::nil(),
            content,
            made_at: Timestamp::UNIX_EPOCH,
            made_by: "a".to_owned(),
            clock: Running { id: Uuid::nil(), due_at: Timestamp::UNIX_EPOCH },
            taken,
        };
        let received = made(Content::Automatic, Some(taken()));
        assert_eq!(received.runs_again_from(), Some(Timestamp::UNIX_EPOCH));
        assert_eq!(made(Content::Automatic, None).runs_again_from(), None);
        let done = Content::Done {
            acted_at: Timestamp::UNIX_EPOCH,
            done: nothing(),
            left_to_do: nothing(),
        };
        assert_eq!(made(done, Some(taken())).runs_again_from(), None);
    }

    #[test]
    fn r3_where_there_is_danger_the_hub_acts_first() {
        assert!(may_pass(&passing(""), false));
        assert!(!may_pass(&passing(""), true));
        assert!(may_pass(&passing("The police are with her."), true));
    }
}
