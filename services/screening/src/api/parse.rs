//! Requests into values that cannot be wrong; every bad field is named at once.

use access::Personal;
use jiff::Timestamp;
use proto::{
    screening::v1::{self as pb, inform_referrer_request},
    terms::v1 as terms,
};
use runtime::fields::{Fields, each};
use service::edge::Asked;
use tonic::Status;
use uuid::Uuid;

use super::page_token;
use crate::{
    domain::{
        decision::{FrameworkLevel, Grounds, Initial, Outcome, Pathway, consent_is_accounted_for},
        gate::{Gate, Mark, MarkedCheck},
        referrer::Telling,
        review::{DecidedWithdrawal, Review, SeenAnswer},
    },
    store::worklist::Behind,
};

/// The longest rationale, in characters.
const LONGEST_RATIONALE: usize = 4_000;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 2_000;
/// The longest stretch of the worklist, in cases.
const LONGEST_PAGE: i32 = 200;
/// How long it is where the caller does not say.
const USUAL_PAGE: i32 = 50;

/// A contact, and the revision of its case that was read.
type On = (Uuid, i64);

/// Reads an initial decision (R16).
pub fn initial_decision(request: pb::DecideInitiallyRequest) -> Asked<(On, Initial, Grounds)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = fields.target("contact_id", "R20", (&request.contact_id, request.revision));
    let pathway = pathway(&mut fields, request.pathway);
    let given = match request.outcome {
        0 => Some(None),
        number => outcome(&mut fields, number).map(Some),
    };
    let initial =
        pathway.zip(given).and_then(|(pathway, given)| match Initial::new(pathway, given) {
            Ok(initial) => Some(initial),
            Err(why) => {
                fields.violation("outcome", "R16", &why.to_string());
                None
            }
        });
    if pathway.is_some_and(|pathway| {
        !consent_is_accounted_for(pathway, request.consent_is_not_the_reason)
    }) {
        let why = "must be true for A: lack of consent cannot be its reason";
        fields.violation("consent_is_not_the_reason", "R21", why);
    }
    let given = Given {
        children: request.child_ids,
        level: request.framework_level,
        rationale: request.rationale,
        gate: request.gate,
        seen_flags: request.seen_flag_ids,
        consent_not_the_reason: request.consent_is_not_the_reason,
    };
    let grounds = grounds(&mut fields, given);
    let decides_later = pathway.is_some_and(|pathway| pathway.screening().is_some());
    if decides_later && grounds.as_ref().is_some_and(|grounds| !is_empty(&grounds.gate)) {
        fields.violation("gate", "R27", "must be unset for C and D, which decide an outcome later");
    }
    let whole = || Some((request_id?, (on?, initial?, grounds?)));
    fields.whole(whole())
}

/// Reads an outcome (R26).
pub fn outcome_decision(request: pb::DecideOutcomeRequest) -> Asked<(On, Outcome, Grounds)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = fields.target("contact_id", "R20", (&request.contact_id, request.revision));
    let outcome = outcome(&mut fields, request.outcome);
    let given = Given {
        children: request.child_ids,
        level: request.framework_level,
        rationale: request.rationale,
        gate: request.gate,
        seen_flags: request.seen_flag_ids,
        consent_not_the_reason: false,
    };
    let grounds = grounds(&mut fields, given);
    let whole = || Some((request_id?, (on?, outcome?, grounds?)));
    fields.whole(whole())
}

/// Reads how the referrer is dealt with (R28).
pub fn telling(request: pb::InformReferrerRequest) -> Asked<(On, Telling)> {
    use inform_referrer_request::Result as Given;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = fields.target("contact_id", "R20", (&request.contact_id, request.revision));
    let length = 1..=LONGEST_REASON;
    let telling = match fields.check("result", "R28", "is missing", request.result) {
        Some(Given::Informed(text)) => fields
            .text("informed", "R28", text, length)
            .map(|note| Telling::Informed(Personal::new(note))),
        Some(Given::NotInformedBecause(text)) => fields
            .text("not_informed_because", "R28", text, length)
            .map(|reason| Telling::NotInformed(Personal::new(reason))),
        None => None,
    };
    fields.whole(request_id.zip(on.zip(telling)))
}

/// Reads which case is to be closed.
pub fn closing(request: pb::CloseCaseRequest) -> Asked<On> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = fields.target("contact_id", "R20", (&request.contact_id, request.revision));
    fields.whole(request_id.zip(on))
}

/// Reads what was read (R6, R40, R41): the contact, and an answer, flags, withdrawals of
/// consent, or several of them.
pub fn review(request: pb::ReviewAnswerRequest) -> Asked<(Uuid, Review)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", "R20", &request.contact_id);
    let others = !(request.seen_flag_ids.is_empty() && request.seen_consent_withdrawals.is_empty());
    let answer = match request.check_id.is_empty() && others {
        true => Some(None),
        false => {
            let check = fields.id("check_id", "R40", &request.check_id);
            let revision = fields.revision("seen_revision", "R40", request.seen_revision);
            check.zip(revision).map(|(check, revision)| Some(SeenAnswer { check, revision }))
        }
    };
    let flags = flags(&mut fields, request.seen_flag_ids);
    let withdrawals = each(request.seen_consent_withdrawals, |place, seen| {
        withdrawal(&mut fields, &format!("seen_consent_withdrawals[{place}]"), seen)
    });
    let review = || Some(Review { answer: answer?, flags: flags?, withdrawals: withdrawals? });
    let whole = || Some((request_id?, (contact?, review()?)));
    fields.whole(whole())
}

/// Reads which case is wanted, and why (R61).
pub fn get_case(request: pb::GetCaseRequest) -> Result<(Uuid, terms::Purpose), Status> {
    let mut fields = Fields::new();
    let contact = fields.id("contact_id", "R20", &request.contact_id);
    let purpose = fields.code("purpose", "R61", request.purpose);
    fields.whole(contact.zip(purpose))
}

/// Reads whose state is asked for.
pub fn get_case_state(request: pb::GetCaseStateRequest) -> Result<Uuid, Status> {
    let mut fields = Fields::new();
    let contact = fields.id("contact_id", "R20", &request.contact_id);
    fields.whole(contact)
}

/// Which stretch of the worklist is wanted.
pub struct Stretch {
    /// At most so many cases.
    pub most: usize,
    /// Where it begins, as of which instant; `None` for the first.
    pub from: Option<(Timestamp, Behind)>,
}

/// Reads which stretch of the worklist is wanted.
pub fn list_cases(request: pb::ListCasesRequest) -> Result<Stretch, Status> {
    let mut fields = Fields::new();
    let size = if request.page_size == 0 { USUAL_PAGE } else { request.page_size };
    let most = usize::try_from(size).ok().filter(|_| (1..=LONGEST_PAGE).contains(&size));
    fields.check("page_size", "R19", "must be 1 to 200, or 0", most);
    let from = match request.page_token.as_str() {
        "" => Some(None),
        token => {
            let read = page_token::read(token).map(Some);
            fields.check("page_token", "R19", "is not a token of an answer before", read)
        }
    };
    let whole = || Some(Stretch { most: most?, from: from? });
    fields.whole(whole())
}

/// What both kinds of decision carry.
struct Given {
    children: Vec<String>,
    level: i32,
    rationale: String,
    gate: Option<pb::Gate>,
    seen_flags: Vec<String>,
    consent_not_the_reason: bool,
}

fn grounds(fields: &mut Fields, given: Given) -> Option<Grounds> {
    let children = fields.ids("child_ids", "R20", &given.children);
    let level = framework_level(fields, given.level);
    let rationale = fields.text("rationale", "R16", given.rationale, 1..=LONGEST_RATIONALE);
    let gate = gate_of(fields, given.gate.unwrap_or_default());
    let seen_flags = flags(fields, given.seen_flags);
    Some(Grounds {
        children: children?,
        level: level?,
        rationale: Personal::new(rationale?),
        gate: gate?,
        seen_flags: seen_flags?,
        consent_not_the_reason: given.consent_not_the_reason,
    })
}

fn flags(fields: &mut Fields, flags: Vec<String>) -> Option<Vec<Uuid>> {
    each(flags, |place, flag| fields.id(&format!("seen_flag_ids[{place}]"), "R41", &flag))
}

/// What was decided on a check without consent (R6).
fn withdrawal(
    fields: &mut Fields,
    path: &str,
    seen: pb::SeenConsentWithdrawal,
) -> Option<DecidedWithdrawal> {
    let check = fields.id(&format!("{path}.check_id"), "R6", &seen.check_id);
    let revision = fields.revision(&format!("{path}.seen_revision"), "R6", seen.seen_revision);
    let decision =
        fields.text(&format!("{path}.decision"), "R6", seen.decision, 1..=LONGEST_REASON);
    Some(DecidedWithdrawal {
        check: check?,
        revision: revision?,
        decision: Personal::new(decision?),
    })
}

/// Each check is marked once; considered says which answer, so that nobody marks one that came
/// meanwhile, outstanding and not needed say why (R27).
fn gate_of(fields: &mut Fields, gate: pb::Gate) -> Option<Gate> {
    let mut marked_before = Vec::new();
    let marks = each(gate.checks, |place, marked| {
        let path = format!("gate.checks[{place}]");
        let check = fields.id(&format!("{path}.check_id"), "R27", &marked.check_id);
        let mark = mark(fields, &format!("{path}.mark"), marked.mark);
        let least = usize::from(matches!(mark, Some(Mark::Outstanding | Mark::NotNeeded)));
        let reason =
            fields.text(&format!("{path}.reason"), "R27", marked.reason, least..=LONGEST_REASON);
        let seen = match mark {
            Some(Mark::Considered) => {
                let field = format!("{path}.seen_revision");
                fields.revision(&field, "R27", marked.seen_revision).map(Some)
            }
            Some(Mark::Outstanding | Mark::NotNeeded) | None => Some(None),
        };
        if check.is_some_and(|check| marked_before.contains(&check)) {
            fields.violation(&format!("{path}.check_id"), "R27", "is marked twice");
            return None;
        }
        marked_before.extend(check);
        Some(MarkedCheck {
            check: check?,
            mark: mark?,
            reason: Personal::unless_empty(reason?),
            seen: seen?,
        })
    });
    let covering =
        fields.text("gate.covering_reason", "R27", gate.covering_reason, 0..=LONGEST_REASON);
    Some(Gate { marks: marks?, covering_reason: Personal::unless_empty(covering?) })
}

fn is_empty(gate: &Gate) -> bool {
    gate.marks.is_empty() && gate.covering_reason.is_none()
}

fn pathway(fields: &mut Fields, number: i32) -> Option<Pathway> {
    match fields.code("pathway", "R16", number)? {
        terms::Pathway::Unspecified => None,
        terms::Pathway::NoFurtherActionInHub => Some(Pathway::NoFurtherActionInHub),
        terms::Pathway::StatutoryAssessment => Some(Pathway::StatutoryAssessment),
        terms::Pathway::CscScreening => Some(Pathway::CscScreening),
        terms::Pathway::EarlyHelpScreening => Some(Pathway::EarlyHelpScreening),
    }
}

fn outcome(fields: &mut Fields, number: i32) -> Option<Outcome> {
    match fields.code("outcome", "R26", number)? {
        terms::Outcome::Unspecified => None,
        terms::Outcome::AdviceAndGuidance => Some(Outcome::AdviceAndGuidance),
        terms::Outcome::CommunityOrVoluntaryService => Some(Outcome::CommunityOrVoluntaryService),
        terms::Outcome::EarlyHelpAssessment => Some(Outcome::EarlyHelpAssessment),
        terms::Outcome::StatutoryAssessment => Some(Outcome::StatutoryAssessment),
        terms::Outcome::NoFurtherAction => Some(Outcome::NoFurtherAction),
    }
}

fn framework_level(fields: &mut Fields, number: i32) -> Option<FrameworkLevel> {
    match fields.code("framework_level", "R16", number)? {
        terms::FrameworkLevel::Unspecified => None,
        terms::FrameworkLevel::Universal => Some(FrameworkLevel::Universal),
        terms::FrameworkLevel::UniversalPlus => Some(FrameworkLevel::UniversalPlus),
        terms::FrameworkLevel::Targeted => Some(FrameworkLevel::Targeted),
        terms::FrameworkLevel::Statutory => Some(FrameworkLevel::Statutory),
    }
}

fn mark(fields: &mut Fields, field: &str, number: i32) -> Option<Mark> {
    match fields.code(field, "R27", number)? {
        pb::CheckMark::Unspecified => None,
        pb::CheckMark::Considered => Some(Mark::Considered),
        pb::CheckMark::Outstanding => Some(Mark::Outstanding),
        pb::CheckMark::NotNeeded => Some(Mark::NotNeeded),
    }
}
