//! What partner-checks tells of checks with agencies, as a case knows it.

use access::Personal;
use jiff::Timestamp;
use uuid::Uuid;

use super::gate::Mark;

/// How urgent a check is (R34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "screening.rag", rename_all = "snake_case")]
pub enum Rag {
    /// The most urgent.
    Red,
    /// In between.
    Amber,
    /// The least urgent.
    Green,
}

/// What is known of a check.
pub struct KnownCheck {
    /// The check.
    pub id: Uuid,
    /// Code of the agency asked.
    pub agency: String,
    /// How urgent.
    pub rag: Rag,
    /// When the answer is due; `None` while only its answer has been heard of.
    pub deadline: Option<Timestamp>,
    /// When the final answer was received.
    pub answered_at: Option<Timestamp>,
    /// It was withdrawn, and nobody waits for its answer.
    pub withdrawn: Option<Because>,
    /// The latest mark.
    pub mark: Option<Mark>,
    /// The check's revision that its latest final answer or correction made.
    pub answer_revision: Option<i64>,
    /// No person has read that one (R40).
    pub answer_unread: bool,
}

/// Why a check was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// It is about children whom their units have (R9).
    WithUnit,
    /// It is about nobody who is on the contact any more (R20).
    TakenOff,
    /// Consent was taken back, or the basis ended that it rests on, before its agency had it (R6,
    /// R38).
    WithoutConsent,
}

/// What is known of a risk flag (R41).
pub struct KnownFlag {
    /// The flag.
    pub id: Uuid,
    /// The check; `None` where it came without a request.
    pub check: Option<Uuid>,
    /// When it was received.
    pub received_at: Timestamp,
    /// A decision has named it, or somebody has read it after the last one.
    pub acknowledged: bool,
}

/// Consent was taken back that a check rests on which its agency has (R6), or the basis ended
/// (R38), or the check tells of a child who was put on the contact by mistake (R20).
pub struct ConsentWithdrawal {
    /// The check.
    pub check: Uuid,
    /// The check's revision that told it.
    pub revision: i64,
    /// Code of the agency that has it.
    pub agency: String,
    /// When.
    pub withdrawn_at: Timestamp,
    /// Not consent: a child it tells of was put on the contact by mistake (R20).
    pub taken_off: bool,
    /// Not consent: the basis that it rests on was ended (R38).
    pub basis_ended: bool,
    /// What a MASH Manager has decided on it.
    pub decision: Option<Personal<String>>,
}

/// An agency was asked.
pub struct Requested {
    /// The check.
    pub check: Uuid,
    /// The contact.
    pub contact: Uuid,
    /// Code of the agency.
    pub agency: String,
    /// How urgent.
    pub rag: Rag,
    /// When the answer is due.
    pub deadline: Timestamp,
}

/// How far an answer goes. An interim one leaves its check open: a case does not hear of
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The agency's answer.
    Final,
    /// It corrects what was answered before, and moves no instant of it.
    Correction,
}

/// An agency has given its final answer, or corrected it.
pub struct Answered {
    /// The check.
    pub check: Uuid,
    /// The contact.
    pub contact: Uuid,
    /// Code of the agency.
    pub agency: String,
    /// How urgent the check is.
    pub rag: Rag,
    /// How far it goes.
    pub extent: Extent,
    /// The check's revision that it made, by which whoever read it names it.
    pub revision: i64,
    /// When it was received.
    pub received_at: Timestamp,
}

/// A check was withdrawn: nobody waits for its answer any more (R6, R9).
pub struct Withdrawn {
    /// The check.
    pub check: Uuid,
    /// The contact.
    pub contact: Uuid,
    /// Code of the agency.
    pub agency: String,
    /// How urgent it was.
    pub rag: Rag,
    /// Why.
    pub because: Because,
}

/// An agency has flagged a risk.
pub struct Flagged {
    /// The flag.
    pub flag: Uuid,
    /// The check; `None` where it came without a request.
    pub check: Option<Uuid>,
    /// The contact.
    pub contact: Uuid,
    /// Code of the agency.
    pub agency: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// When the check is due as RED, where it was not RED before.
    pub red_deadline: Option<Timestamp>,
}

/// What partner-checks saw of a RED check that did not get through, or did at last.
pub struct Seen {
    /// The check.
    pub check: Uuid,
    /// What.
    pub sight: Sight,
    /// When.
    pub at: Timestamp,
}

/// What was seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It had not reached the agency's system in time: they are to be telephoned (R46).
    Undelivered,
    /// It has reached it.
    Delivered,
    /// It was overdue, and nobody had been paged (R43).
    Unpaged,
}

/// A check of the police that was answered at the epoch, as this revision, or not yet.
#[cfg(test)]
pub(super) fn known_check(id: Uuid, answer_revision: Option<i64>) -> KnownCheck {
    KnownCheck {
        id,
        agency: "police".to_owned(),
        rag: Rag::Red,
        deadline: None,
        answered_at: answer_revision.map(|_| Timestamp::UNIX_EPOCH),
        withdrawn: None,
        mark: None,
        answer_revision,
        answer_unread: answer_revision.is_some(),
    }
}
