//! What makes a message an event: it has a name on the wire.

use prost::{Message, Name};

/// A message that a service tells the others. Events carry ids, codes and times,
/// nothing that names a person (R63).
pub trait Event: Message + Name {
    /// The one follower it is addressed to, where it has one: the last token of
    /// its subject. For a check this is the agency's code.
    fn addressee(&self) -> Option<&str> {
        None
    }
}

macro_rules! events {
    ($($package:ident: $($message:ident),+;)+) => {
        $($(impl Event for crate::$package::v1::$message {})+)+
    };
}

events! {
    intake: ContactReceived, BasisRecorded, BasisEnded, ContactAmended, ConsentChanged, OverrideReviewed, InformationRequestReceived, RequesterVerified, InformationRequestDated,
        InformationRequestPassed, InformationRequestReceiptRecorded, InformationRequestAnswered,
        InformationRequestRefused, InformationRequestTakenBack, InformationRequestCorrected,
        InformationRequestOpenCaseChanged, NoticeReceived, NoticeProposalChanged, NoticePriorityConfirmed,
        HandOverMade, HandOverTaken, HandOverReceiptUndone, TakenBackFromAuthority, PassedToAuthority,
        AuthorityReceiptRecorded, ContactKept, MatchDecided,
        DifferenceAnswered, OpenCaseFound, ContactPassedToUnit, UnitReceiptRecorded,
        UnitHandOverWithdrawn, HandOverUnitChanged, OpenQuestionsChanged;
    screening: CaseOpened, InitialDecisionMade, OutcomeDecided, ReferrerInformed, ChildrenWithUnit, ChildrenBackInHub, ChildrenAdded, ChildrenTakenOff,
        CaseRetimed, CaseClosed;
    partner_checks: CheckDelivered, CheckSeen, CheckAnswered, CheckWithdrawn, CheckConsentWithdrawn, RiskFlagged, AgreementConfirmed, CheckOverdueUnpaged,
        CheckUndelivered, AgreementLapsesSoon;
    deadlines: ClockWarned, ClockRanOut, PageRaised, PageClimbed, PageAcknowledged, PageResolved;
}

impl Event for crate::partner_checks::v1::CheckRequested {
    fn addressee(&self) -> Option<&str> {
        Some(&self.agency)
    }
}
