//! Passing a child with an open case to the unit that holds it (R9).

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::hand_over::SecureWay;

/// A clock of a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its id.
    pub clock: Uuid,
    /// When it runs out.
    pub due_at: Timestamp,
}

/// That the unit was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// When.
    pub at: Timestamp,
    /// Who told it: an opaque id.
    pub by: String,
    /// How.
    pub way: SecureWay,
    /// The clock until it says that it has the children.
    pub receipt: Running,
}

/// Children of a contact who are, or are to be, with the unit that holds their case.
#[derive(Clone)]
pub struct UnitHandOver {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The contact.
    pub contact: Uuid,
    /// The children.
    pub children: Vec<Uuid>,
    /// The unit; empty where the case system does not say.
    pub unit: String,
    /// When it was known that the case is open.
    pub found_at: Timestamp,
    /// The clock until the unit is told.
    pub passing: Running,
    /// That it was.
    pub passed: Option<Passed>,
    /// When the unit had the children, and who said so there.
    pub receipt: Option<(Timestamp, Personal<String>)>,
    /// When it was found out that there is no open case after all.
    pub withdrawn_at: Option<Timestamp>,
}

/// Why something cannot be recorded of a hand-over to a unit.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UnitRefusal {
    /// The unit was told already.
    #[error("the unit was told already")]
    PassedAlready,
    /// Nobody has told the unit.
    #[error("nobody has told the unit yet")]
    NotPassed,
    /// The unit has them already.
    #[error("the unit has said already that it has them")]
    ReceivedAlready,
    /// The receipt is said to be from before the unit was told.
    #[error("the receipt is from before the unit was told")]
    ReceiptBeforePassing,
    /// There is no open case after all.
    #[error("it was withdrawn: the match with the open case was undone")]
    Withdrawn,
}

impl UnitHandOver {
    /// Whether it can be recorded that the unit was told (R9).
    pub fn may_pass(&self) -> Result<(), UnitRefusal> {
        match (&self.withdrawn_at, &self.passed) {
            (Some(_), _) => Err(UnitRefusal::Withdrawn),
            (None, Some(_)) => Err(UnitRefusal::PassedAlready),
            (None, None) => Ok(()),
        }
    }

    /// Whether the unit's receipt of an instant can be recorded (R9); gives the passing
    /// that it answers.
    pub fn may_receive(&self, at: Timestamp) -> Result<&Passed, UnitRefusal> {
        if self.withdrawn_at.is_some() {
            return Err(UnitRefusal::Withdrawn);
        }
        if self.receipt.is_some() {
            return Err(UnitRefusal::ReceivedAlready);
        }
        let passed = self.passed.as_ref().ok_or(UnitRefusal::NotPassed)?;
        if at < passed.at { Err(UnitRefusal::ReceiptBeforePassing) } else { Ok(passed) }
    }

    /// The clock that runs; none once the unit has the children or it was withdrawn.
    pub fn running(&self) -> Option<Running> {
        if self.receipt.is_some() || self.withdrawn_at.is_some() {
            return None;
        }
        Some(self.passed.as_ref().map_or(self.passing, |passed| passed.receipt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(id: u128) -> Running {
        Running { clock: Uuid::from_u128(id), due_at: Timestamp::UNIX_EPOCH }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn found() -> UnitHandOver {
        UnitHandOver {
            id: Uuid::from_u128(1),
            revision: 1,
            contact: Uuid::from_u128(2),
            children: vec![Uuid::from_u128(3)],
            unit: "Unit 7".to_owned(),
            found_at: at(0),
            passing: running(4),
            passed: None,
            receipt: None,
            withdrawn_at: None,
        }
    }

    fn passed() -> UnitHandOver {
        let way = SecureWay::Telephone;
        let passed = Passed { at: at(60), by: "a".to_owned(), way, receipt: running(5) };
        UnitHandOver { passed: Some(passed), ..found() }
    }

    #[test]
    fn r9_the_unit_is_told_and_then_has_them() {
        assert_eq!(found().may_pass(), Ok(()));
        assert_eq!(found().may_receive(at(60)), Err(UnitRefusal::NotPassed));
        assert_eq!(found().running(), Some(running(4)));
        assert_eq!(passed().may_pass(), Err(UnitRefusal::PassedAlready));
        assert_eq!(passed().may_receive(at(59)), Err(UnitRefusal::ReceiptBeforePassing));
        assert!(passed().may_receive(at(60)).is_ok());
        assert_eq!(passed().running(), Some(running(5)));
        let receipt = Some((at(61), Personal::new("Duty".to_owned())));
        let received = UnitHandOver { receipt, ..passed() };
        assert_eq!(received.may_receive(at(62)), Err(UnitRefusal::ReceivedAlready));
        assert_eq!(received.running(), None);
        for hand_over in [found(), passed()] {
            let withdrawn = UnitHandOver { withdrawn_at: Some(at(70)), ..hand_over };
            assert_eq!(withdrawn.may_pass(), Err(UnitRefusal::Withdrawn));
            assert_eq!(withdrawn.may_receive(at(80)), Err(UnitRefusal::Withdrawn));
            assert_eq!(withdrawn.running(), None);
        }
    }
}
