//! Answers, from domain to wire. Words are opened here, where they are shown.

use access::Personal;
use jiff::Timestamp;
use proto::{convert::to_timestamp, screening::v1 as pb, terms::v1 as terms};
use uuid::Uuid;

use super::page_token;
use crate::{
    commands::decide_initially::screening_start,
    domain::{
        case::{Case, CaseChild, CaseState},
        check::{Because, ConsentWithdrawal, KnownCheck, KnownFlag, Rag},
        consent::{BasisKind, KnownBasis},
        decision::Screening,
        gate::Mark,
        referrer::ReferrerNote,
        unit::Step,
    },
    events::{framework_level, outcome, pathway},
    protocol::Rules,
    store::{
        alarms::Alarm,
        consent_withdrawals::Undecided,
        units::OnItsWay,
        worklist::{Behind, Line},
    },
};

/// A case as it stands.
pub fn case(case: Case, rules: &Rules) -> pb::Case {
    let screening_deadline = match case.state() {
        CaseState::Undecided => csc_deadline(&case, rules).map(to_timestamp),
        CaseState::Screening | CaseState::Closed => None,
    };
    pb::Case {
        contact_id: case.contact_id.to_string(),
        revision: case.revision,
        state: state(case.state()).into(),
        received_at: Some(to_timestamp(case.received_at)),
        immediate_danger: case.urgency.immediate_danger,
        section_47: case.is_section_47(),
        screening_deadline,
        children: case.children.into_iter().map(|it| child(it, &case.bases)).collect(),
        checks: case.checks.into_iter().map(check).collect(),
        flags: case.flags.into_iter().map(flag).collect(),
        consent_withdrawals: case.consent_withdrawals.into_iter().map(withdrawal).collect(),
        referrer: case.referrer.map(referrer),
        matches_waiting: u32::try_from(case.questions.matches).unwrap_or_default(),
        differences_unanswered: u32::try_from(case.questions.differences).unwrap_or_default(),
        earlier_referrer_notes: case.earlier_referrer.into_iter().map(referrer).collect(),
    }
}

fn referrer(note: ReferrerNote) -> pb::ReferrerNote {
    pb::ReferrerNote {
        informed: note.informed,
        at: Some(to_timestamp(note.at)),
        note: note.note.into_open(),
    }
}

/// Where a case stands, for another service.
pub fn case_state(case: &Case) -> pb::GetCaseStateResponse {
    pb::GetCaseStateResponse {
        state: state(case.state()).into(),
        section_47: case.is_urgent(),
        child_ids: case.on_contact().map(|child| child.id.to_string()).collect(),
        child_ids_with_unit: case.with_unit().map(|child| child.to_string()).collect(),
    }
}

/// What stands beside the lines of a stretch of the worklist.
pub struct Marks {
    /// Children with an open case (R9).
    pub on_their_way: Vec<OnItsWay>,
    /// Checks that do not get through (R43, R46).
    pub alarms: Vec<Alarm>,
    /// Checks that their agencies have without consent (R6).
    pub without_consent: Vec<Undecided>,
    /// Checks that stopped for want of consent, or of another basis, by contact (R6, R38).
    pub stopped: Vec<(Uuid, Uuid)>,
}

/// A stretch of the worklist of at most `most` cases; one line beyond it says that more
/// follow.
pub fn worklist(
    mut lines: Vec<Line>,
    marks: &Marks,
    most: usize,
    as_of: Timestamp,
) -> pb::ListCasesResponse {
    let more = lines.len() > most;
    lines.truncate(most);
    let next = lines.last().filter(|_| more).map(|line| {
        let next_deadline = line.next_deadline.map(|at| at.to_jiff());
        page_token::write(
            as_of,
            Behind { press: line.press, next_deadline, contact_id: line.contact_id },
        )
    });
    pb::ListCasesResponse {
        cases: lines.iter().map(|line| item(line, marks)).collect(),
        next_page_token: next.unwrap_or_default(),
    }
}

/// While a child is undecided, the clock of CSC screening shows too; of several the first
/// (R72).
fn csc_deadline(case: &Case, rules: &Rules) -> Option<Timestamp> {
    let timescale = rules.screening.timescales.of(Screening::Csc);
    let undecided = case.undecided();
    let waiting = case.children.iter().filter(|child| undecided.contains(&child.id));
    let start = waiting.map(|child| screening_start(case, child, rules)).min()?;
    Some(rules.calendar().deadline(start, timescale).at)
}

fn item(line: &Line, marks: &Marks) -> pb::WorklistItem {
    let stands = match (line.closed, line.undecided) {
        (true, _) => CaseState::Closed,
        (false, true) => CaseState::Undecided,
        (false, false) => CaseState::Screening,
    };
    let child_of_line = |child: &&OnItsWay| child.contact_id == line.contact_id;
    let checks = |rings: fn(&Alarm) -> bool| {
        let of_line = |alarm: &&Alarm| alarm.contact_id == line.contact_id && rings(alarm);
        marks.alarms.iter().filter(of_line).map(|alarm| alarm.check_id.to_string()).collect()
    };
    let without_consent =
        marks.without_consent.iter().filter(|check| check.contact_id == line.contact_id);
    let stopped = marks.stopped.iter().filter(|(contact, _)| *contact == line.contact_id);
    pb::WorklistItem {
        contact_id: line.contact_id.to_string(),
        state: state(stands).into(),
        immediate_danger: line.immediate_danger,
        section_47: line.section_47,
        risk_flagged: line.risk_flagged,
        open_red_checks: i32::try_from(line.open_red_checks).unwrap_or(i32::MAX),
        next_deadline: line.next_deadline.map(|at| to_timestamp(at.to_jiff())),
        received_at: Some(to_timestamp(line.received_at.to_jiff())),
        answer_unread: line.answer_unread,
        with_unit: marks.on_their_way.iter().filter(child_of_line).map(child_with_unit).collect(),
        telephone_check_ids: checks(|alarm| alarm.telephone),
        unpaged_check_ids: checks(|alarm| alarm.unpaged),
        without_consent: without_consent.map(check_without_consent).collect(),
        stopped_check_ids: stopped.map(|(_, check)| check.to_string()).collect(),
    }
}

fn state(state: CaseState) -> pb::CaseState {
    match state {
        CaseState::Undecided => pb::CaseState::Undecided,
        CaseState::Screening => pb::CaseState::Screening,
        CaseState::Closed => pb::CaseState::Closed,
    }
}

fn check_without_consent(check: &Undecided) -> pb::CheckWithoutConsent {
    pb::CheckWithoutConsent {
        check_id: check.check_id.to_string(),
        agency: check.agency.clone(),
        withdrawn: check.withdrawn,
        taken_off: check.taken_off,
        basis_ended: check.basis_ended,
    }
}

fn child_with_unit(child: &OnItsWay) -> pb::ChildWithUnit {
    pb::ChildWithUnit {
        child_id: child.child_id.to_string(),
        with_unit: with_unit(Some(child.step)).into(),
    }
}

fn with_unit(step: Option<Step>) -> pb::WithUnit {
    match step {
        None | Some(Step::Withdrawn) => pb::WithUnit::Unspecified,
        Some(Step::Found) => pb::WithUnit::Found,
        Some(Step::Passed) => pb::WithUnit::Passed,
        Some(Step::Received) => pb::WithUnit::Received,
    }
}

fn child(child: CaseChild, bases: &[KnownBasis]) -> pb::CaseChild {
    let overrides = |basis: &KnownBasis| {
        basis.kind == BasisKind::Override && basis.children.contains(&child.id)
    };
    pb::CaseChild {
        child_id: child.id.to_string(),
        pathway: child.pathway.map(pathway).unwrap_or_default().into(),
        outcome: child.outcome.map(outcome).unwrap_or_default().into(),
        framework_level: child.level.map(framework_level).unwrap_or_default().into(),
        service_consent: child.service_consent,
        consent_overridden: bases.iter().any(overrides),
        rationale: child.rationale.map(Personal::into_open).unwrap_or_default(),
        with_unit: with_unit(child.unit).into(),
        taken_off: child.taken_off,
    }
}

fn check(check: KnownCheck) -> pb::CaseCheck {
    let rag = match check.rag {
        Rag::Red => terms::Rag::Red,
        Rag::Amber => terms::Rag::Amber,
        Rag::Green => terms::Rag::Green,
    };
    let mark = match check.mark {
        None => pb::CheckMark::Unspecified,
        Some(Mark::Considered) => pb::CheckMark::Considered,
        Some(Mark::Outstanding) => pb::CheckMark::Outstanding,
        Some(Mark::NotNeeded) => pb::CheckMark::NotNeeded,
    };
    pb::CaseCheck {
        check_id: check.id.to_string(),
        agency: check.agency,
        rag: rag.into(),
        deadline: check.deadline.map(to_timestamp),
        answered_at: check.answered_at.map(to_timestamp),
        mark: mark.into(),
        answer_unread: check.answer_unread,
        answer_revision: check.answer_revision.unwrap_or_default(),
        withdrawn: check.withdrawn.is_some(),
        without_consent: check.withdrawn == Some(Because::WithoutConsent),
    }
}

fn flag(flag: KnownFlag) -> pb::CaseFlag {
    pb::CaseFlag {
        flag_id: flag.id.to_string(),
        check_id: flag.check.map(|check| check.to_string()).unwrap_or_default(),
        received_at: Some(to_timestamp(flag.received_at)),
        acknowledged: flag.acknowledged,
    }
}

fn withdrawal(withdrawal: ConsentWithdrawal) -> pb::ConsentWithdrawal {
    pb::ConsentWithdrawal {
        check_id: withdrawal.check.to_string(),
        agency: withdrawal.agency,
        withdrawn_at: Some(to_timestamp(withdrawal.withdrawn_at)),
        revision: withdrawal.revision,
        taken_off: withdrawal.taken_off,
        basis_ended: withdrawal.basis_ended,
        decision: withdrawal.decision.map(Personal::into_open).unwrap_or_default(),
    }
}
