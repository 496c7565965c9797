//! What a refused caller is told: a stable reason, its rule, and the ways forward. No
//! gate blocks something without saying what can be done at once.

use messaging::store_failure;
use runtime::refusal::{not_found, refusal, stale_revision};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    commands::CommandError,
    domain::{
        case::CaseRefusal, consent::NotAgreed, gate::GateRefusal, referrer::ReferrerRefusal,
        review::ReviewRefusal,
    },
};

impl From<CommandError> for Status {
    fn from(error: CommandError) -> Self {
        match &error {
            CommandError::NotOpenYet => {
                let ways = "try again in a moment: the contact's arrival may be on its way";
                precondition("CASE_NOT_OPEN_YET", &error.to_string(), &[ways_forward(ways)])
            }
            CommandError::Case(refused) => case(refused),
            CommandError::Gate(GateRefusal::NoSuchCheck) => not_found("check on this contact"),
            CommandError::Gate(refused @ GateRefusal::NotConsidered(checks)) => {
                let ways = "mark each check as considered, with the latest answer as seen, outstanding \
                            because, or not needed because; \
                            for Section 47 or immediate danger give one covering reason";
                let facts = [rule("R27"), ("check_ids", list(checks)), ways_forward(ways)];
                precondition("CHECKS_NOT_CONSIDERED", &refused.to_string(), &facts)
            }
            CommandError::Consent(NotAgreed(children)) => {
                let ways = "seek consent, and record it; \
                            record an override, on both grounds; record another basis: Section 47, \
                            on reasonable cause to suspect significant harm. One just recorded is \
                            heard of in a moment. Screening (C, D) needs none of them";
                let facts = [rule("R21"), ("child_ids", list(children)), ways_forward(ways)];
                precondition("CONSENT_REQUIRED", &error.to_string(), &facts)
            }
            CommandError::Decider(refused) => {
                let facts = [rule("R26"), ways_forward("hand it to the MASH Manager")];
                refusal(Code::PermissionDenied, "NOT_ALLOWED", &refused.to_string(), &facts)
            }
            CommandError::Referrer(refused) => referrer(refused),
            CommandError::Review(ReviewRefusal::NoSuchAnswer) => {
                not_found("answer on this contact")
            }
            CommandError::Review(ReviewRefusal::NoSuchFlag) => not_found("flag on this contact"),
            CommandError::Review(ReviewRefusal::NoSuchWithdrawal) => {
                not_found("withdrawal of consent on this contact")
            }
            CommandError::Review(refused @ ReviewRefusal::NotTheirs) => {
                let facts = [rule("R6"), ways_forward("hand it to the MASH Manager")];
                refusal(Code::PermissionDenied, "NOT_ALLOWED", &refused.to_string(), &facts)
            }
            CommandError::Review(refused @ ReviewRefusal::DecisionToCome(children)) => {
                let ways = ways_forward("name the flags in the decision for them (seen_flag_ids)");
                let facts = [rule("R41"), ("child_ids", list(children)), ways];
                precondition("DECISION_TO_COME", &refused.to_string(), &facts)
            }
            CommandError::Append(cause) => cause.into(),
            CommandError::Store(cause) => store_failure(cause),
        }
    }
}

fn case(refused: &CaseRefusal) -> Status {
    let says = refused.to_string();
    match refused {
        CaseRefusal::Stale(current) => stale_revision(*current),
        CaseRefusal::NoSuchChild => not_found("child on this contact"),
        CaseRefusal::Closed => precondition("CASE_CLOSED", &says, &[]),
        CaseRefusal::WithUnit(children) => {
            let ways = ways_forward("leave them out: the unit that holds their open case decides");
            precondition("WITH_UNIT", &says, &[rule("R9"), ("child_ids", list(children)), ways])
        }
        CaseRefusal::TakenOff(children) => {
            let ways = ways_forward("leave them out: they were put on the contact by mistake");
            precondition("TAKEN_OFF", &says, &[rule("R20"), ("child_ids", list(children)), ways])
        }
        CaseRefusal::AlreadyDecided(children) => {
            precondition("ALREADY_DECIDED", &says, &[rule("R20"), ("child_ids", list(children))])
        }
        CaseRefusal::NotScreened(children) => {
            let ways = ways_forward("make the initial decision for them");
            precondition(
                "INITIAL_DECISION_MISSING",
                &says,
                &[rule("R26"), ("child_ids", list(children)), ways],
            )
        }
    }
}

fn referrer(refused: &ReferrerRefusal) -> Status {
    let says = refused.to_string();
    match refused {
        ReferrerRefusal::OutcomesMissing(children) => {
            let ways = ways_forward("decide an outcome for them");
            let facts = [rule("R20"), ("child_ids", list(children)), ways];
            precondition("NOT_ALL_CHILDREN_HAVE_OUTCOME", &says, &facts)
        }
        ReferrerRefusal::Unreachable => {
            let ways = ways_forward("record why the referrer is not told (not_informed_because)");
            precondition("REFERRER_UNREACHABLE", &says, &[rule("R28"), ways])
        }
        ReferrerRefusal::DealtWith => precondition("REFERRER_DEALT_WITH", &says, &[rule("R28")]),
        ReferrerRefusal::NotDealtWith => {
            let ways = ways_forward("tell the referrer, or record why not");
            precondition("REFERRER_NOT_DEALT_WITH", &says, &[rule("R28"), ways])
        }
    }
}

fn precondition(reason: &str, says: &str, facts: &[(&str, String)]) -> Status {
    refusal(Code::FailedPrecondition, reason, says, facts)
}

fn rule(id: &str) -> (&'static str, String) {
    ("rule", id.to_owned())
}

fn ways_forward(ways: &str) -> (&'static str, String) {
    ("ways_forward", ways.to_owned())
}

fn list(ids: &[Uuid]) -> String {
    ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(",")
}
