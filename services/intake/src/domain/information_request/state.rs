//! The states of a request for information, and which act leads from one to another
//! (R54, R55).

use thiserror::Error;

use super::Kind;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.information_request_state", rename_all = "snake_case")]
pub enum State {
    /// With the hub.
    Received,
    /// Passed to a unit that has not said yet that it has it.
    PassedToUnit,
    /// A unit has it.
    ReceivedByUnit,
    /// Passed to information governance, which has not said yet that it has it.
    PassedToGovernance,
    /// Information governance has it.
    ReceivedByGovernance,
    /// Answered.
    Answered,
    /// Refused.
    Refused,
}

impl State {
    /// Those in which somebody still waits for something.
    pub const NOT_OVER: [Self; 3] = [Self::Received, Self::PassedToUnit, Self::PassedToGovernance];

    /// Whether somebody was passed it who has not said yet that they have it.
    pub fn awaits_receipt(self) -> bool {
        match self {
            Self::PassedToUnit | Self::PassedToGovernance => true,
            Self::Received
            | Self::ReceivedByUnit
            | Self::ReceivedByGovernance
            | Self::Answered
            | Self::Refused => false,
        }
    }
}

/// What can be done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Make sure who asks.
    Verify,
    /// Set its date.
    Date,
    /// Pass it to a unit.
    PassToUnit,
    /// Pass it to information governance.
    PassToGovernance,
    /// Record that whoever it was passed to has it.
    RecordReceipt,
    /// Answer it.
    Answer,
    /// Refuse it.
    Refuse,
    /// Take it back from whoever it was passed to.
    TakeBack,
    /// Put what it says as it ought to be.
    Correct,
}

/// An act that a request does not allow where it stands.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotNow {
    /// It is with somebody else, or decided.
    #[error("the request is no longer with the hub")]
    NotWithHub,
    /// It was passed to nobody, or they have said so before.
    #[error("no receipt of the request is awaited")]
    NoReceiptAwaited,
    /// It is with the hub: there is nobody to take it back from.
    #[error("the request was passed to nobody")]
    NotPassed,
    /// It is for information governance (R55).
    #[error("subject access and freedom of information go to information governance")]
    GoesToGovernance,
    /// It is not for information governance.
    #[error("only subject access and freedom of information go to information governance")]
    NotForGovernance,
    /// Its date is not a manager's to set (R55).
    #[error("only urgent child protection and court requests are dated by a manager")]
    NotDatedByManager,
}

/// The state that `act` leads to (R54, R55). Whatever was passed on can be taken back, also where
/// they said that they have it: a unit may find only then that it is not theirs, and nobody would
/// have it. What was answered or refused is over.
///
/// # Errors
/// Where the request does not allow it.
pub fn after(kind: Kind, state: State, act: Act) -> Result<State, NotNow> {
    match state {
        State::Received => with_hub(kind, act),
        State::PassedToUnit => passed(act, Some(State::ReceivedByUnit)),
        State::PassedToGovernance => passed(act, Some(State::ReceivedByGovernance)),
        State::ReceivedByUnit | State::ReceivedByGovernance => passed(act, None),
        State::Answered | State::Refused => over(act),
    }
}

fn with_hub(kind: Kind, act: Act) -> Result<State, NotNow> {
    match act {
        Act::Verify | Act::Correct => Ok(State::Received),
        Act::Date if kind.is_dated_by_a_manager() => Ok(State::Received),
        Act::Date => Err(NotNow::NotDatedByManager),
        Act::PassToGovernance if kind.is_for_governance() => Ok(State::PassedToGovernance),
        Act::PassToGovernance => Err(NotNow::NotForGovernance),
        Act::PassToUnit | Act::Answer | Act::Refuse if kind.is_for_governance() => {
            Err(NotNow::GoesToGovernance)
        }
        Act::PassToUnit => Ok(State::PassedToUnit),
        Act::Answer => Ok(State::Answered),
        Act::Refuse => Ok(State::Refused),
        Act::RecordReceipt => Err(NotNow::NoReceiptAwaited),
        Act::TakeBack => Err(NotNow::NotPassed),
    }
}

/// What was passed on is taken back, or its receipt is recorded where one is awaited.
fn passed(act: Act, awaited: Option<State>) -> Result<State, NotNow> {
    match act {
        Act::RecordReceipt => awaited.ok_or(NotNow::NoReceiptAwaited),
        Act::TakeBack => Ok(State::Received),
        Act::Verify
        | Act::Date
        | Act::PassToUnit
        | Act::PassToGovernance
        | Act::Answer
        | Act::Refuse
        | Act::Correct => Err(NotNow::NotWithHub),
    }
}

/// Nothing follows on a decision.
fn over(act: Act) -> Result<State, NotNow> {
    match act {
        Act::RecordReceipt => Err(NotNow::NoReceiptAwaited),
        Act::Verify
        | Act::Date
        | Act::PassToUnit
        | Act::PassToGovernance
        | Act::Answer
        | Act::Refuse
        | Act::TakeBack
        | Act::Correct => Err(NotNow::NotWithHub),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 5] = [
        Kind::Routine,
        Kind::UrgentChildProtection,
        Kind::Court,
        Kind::SubjectAccess,
        Kind::FreedomOfInformation,
    ];
    const STATES: [State; 7] = [
        State::Received,
        State::PassedToUnit,
        State::ReceivedByUnit,
        State::PassedToGovernance,
        State::ReceivedByGovernance,
        State::Answered,
        State::Refused,
    ];
    const ACTS: [Act; 9] = [
        Act::Verify,
        Act::Date,
        Act::PassToUnit,
        Act::PassToGovernance,
        Act::RecordReceipt,
        Act::Answer,
        Act::Refuse,
        Act::TakeBack,
        Act::Correct,
    ];

    /// What each act leads to from `Received`, kind by kind, written out.
    fn from_received(kind: Kind) -> [Result<State, NotNow>; 9] {
        use NotNow::{
            GoesToGovernance, NoReceiptAwaited, NotDatedByManager, NotForGovernance, NotPassed,
        };
        let (passed, answered, refused) = (State::PassedToUnit, State::Answered, State::Refused);
        let (verified, to_governance) = (State::Received, State::PassedToGovernance);
        match kind {
            Kind::Routine => [
                Ok(verified),
                Err(NotDatedByManager),
                Ok(passed),
                Err(NotForGovernance),
                Err(NoReceiptAwaited),
                Ok(answered),
                Ok(refused),
                Err(NotPassed),
                Ok(State::Received),
            ],
            Kind::UrgentChildProtection | Kind::Court => [
                Ok(verified),
                Ok(State::Received),
                Ok(passed),
                Err(NotForGovernance),
                Err(NoReceiptAwaited),
                Ok(answered),
                Ok(refused),
                Err(NotPassed),
                Ok(State::Received),
            ],
            Kind::SubjectAccess | Kind::FreedomOfInformation => [
                Ok(verified),
                Err(NotDatedByManager),
                Err(GoesToGovernance),
                Ok(to_governance),
                Err(NoReceiptAwaited),
                Err(GoesToGovernance),
                Err(GoesToGovernance),
                Err(NotPassed),
                Ok(State::Received),
            ],
        }
    }

    #[test]
    fn r54_r55_every_act_in_every_state_for_every_kind() {
        let mut asked = 0;
        for kind in KINDS {
            for state in STATES {
                for (place, act) in ACTS.into_iter().enumerate() {
                    let expected = match (state, act) {
                        (State::Received, _) => from_received(kind)[place],
                        (State::PassedToUnit, Act::RecordReceipt) => Ok(State::ReceivedByUnit),
                        (State::PassedToGovernance, Act::RecordReceipt) => {
                            Ok(State::ReceivedByGovernance)
                        }
                        (_, Act::RecordReceipt) => Err(NotNow::NoReceiptAwaited),
                        (State::Answered | State::Refused, Act::TakeBack) => {
                            Err(NotNow::NotWithHub)
                        }
                        (_, Act::TakeBack) => Ok(State::Received),
                        (_, _) => Err(NotNow::NotWithHub),
                    };
                    assert_eq!(after(kind, state, act), expected, "{kind:?} {state:?} {act:?}");
                    asked += 1;
                }
            }
        }
        assert_eq!(asked, 5 * 7 * 9);
    }

    #[test]
    fn r54_nothing_is_over_while_a_receipt_is_awaited() {
        for state in STATES {
            let waits = after(Kind::Routine, state, Act::RecordReceipt).is_ok();
            assert!(!waits || State::NOT_OVER.contains(&state), "{state:?}");
        }
    }
}
