//! What deadlines does with the events of other services.

mod intake;

use messaging::{
    Tx,
    follower::{
        Handler, HandlerError, Trouble,
        fields::{id, instant, unusable},
    },
    received::Received,
};
use prost::Name;
use proto::{
    partner_checks::v1::{CheckAnswered, CheckRequested, CheckSeen, CheckWithdrawn, RiskFlagged},
    screening::v1::{
        CaseRetimed, ChildrenAdded, ChildrenBackInHub, ChildrenTakenOff, ChildrenWithUnit,
        InitialDecisionMade, OutcomeDecided, ReferrerInformed,
    },
    terms::v1 as terms,
};
use uuid::Uuid;

use crate::{
    bell::Bell,
    commands::{
        Rules,
        take_in::{Facts, take_in},
    },
    domain::{
        clock::{ClockEnd, ClockKind, Ending, NewClock, Rag},
        page::Subject,
    },
};

/// Takes in the logs of intake, screening and partner-checks.
pub struct Facing {
    /// What deadlines works by.
    pub rules: Rules,
    /// Wakes what waits for new timers and pages.
    pub bell: Bell,
}

impl Handler for Facing {
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        let facts = match event.name() {
            InitialDecisionMade::NAME => initial_decision_made(&event.decode()?)?,
            OutcomeDecided::NAME => outcome_decided(&event.decode()?)?,
            ReferrerInformed::NAME => referrer_informed(&event.decode()?)?,
            ChildrenWithUnit::NAME => children_with_unit(&event.decode()?)?,
            ChildrenTakenOff::NAME => children_taken_off(&event.decode()?)?,
            ChildrenAdded::NAME => children_added(&event.decode()?)?,
            CaseRetimed::NAME => case_retimed(&event.decode()?)?,
            ChildrenBackInHub::NAME => children_back_in_hub(&event.decode()?)?,
            CheckRequested::NAME => check_requested(&event.decode()?)?,
            CheckSeen::NAME => check_seen(&event.decode()?)?,
            CheckAnswered::NAME => check_answered(&event.decode()?)?,
            CheckWithdrawn::NAME => check_withdrawn(&event.decode()?)?,
            RiskFlagged::NAME => risk_flagged(&event.decode()?)?,
            _ => match intake::facts(event)? {
                Some(facts) => facts,
                None => return Ok(()),
            },
        };
        take_in(tx, &self.rules, facts).await?;
        self.bell.ring();
        Ok(())
    }

    /// A contact may wait behind a parked event that nobody sees, so somebody is paged.
    async fn trouble(&self, tx: &mut Tx, trouble: &Trouble) -> Result<(), HandlerError> {
        let origin = match trouble {
            Trouble::Parked { source, event_id, .. } => format!("{source}: {event_id}"),
            Trouble::Rewound { source } => format!("{source} went back, {}", tx.now()),
        };
        take_in(tx, &self.rules, Facts { page: Some(Subject::system(origin)), ..Facts::default() })
            .await?;
        self.bell.ring();
        Ok(())
    }
}

fn initial_decision_made(event: &InitialDecisionMade) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", &event.contact_id)?;
    let decided_at = instant("decided_at", event.decided_at.as_ref())?;
    Ok(Facts {
        contact: Some(contact),
        ended: ends(&event.clocks_ended)?,
        started: starts(contact, &event.clocks_started)?,
        decided: event.complete.then_some(decided_at),
        ..Facts::default()
    })
}

fn outcome_decided(event: &OutcomeDecided) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", &event.contact_id)?;
    Ok(Facts {
        contact: Some(contact),
        ended: ends(&event.clocks_ended)?,
        started: starts(contact, &event.clocks_started)?,
        ..Facts::default()
    })
}

fn referrer_informed(event: &ReferrerInformed) -> Result<Facts, HandlerError> {
    let contact = Some(id("contact_id", &event.contact_id)?);
    Ok(Facts { contact, ended: ends(&event.clocks_ended)?, ..Facts::default() })
}

/// R9: the hub has nothing more to decide of these children.
fn children_with_unit(event: &ChildrenWithUnit) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", &event.contact_id)?;
    let received_at = instant("received_at", event.received_at.as_ref())?;
    Ok(Facts {
        contact: Some(contact),
        ended: ends(&event.clocks_ended)?,
        started: starts(contact, &event.clocks_started)?,
        decided: (event.complete || event.decided).then_some(received_at),
        ..Facts::default()
    })
}

/// R20: nor of these, who were put on the contact by mistake.
fn children_taken_off(event: &ChildrenTakenOff) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", &event.contact_id)?;
    let taken_off_at = instant("taken_off_at", event.taken_off_at.as_ref())?;
    Ok(Facts {
        contact: Some(contact),
        ended: ends(&event.clocks_ended)?,
        started: starts(contact, &event.clocks_started)?,
        decided: (event.complete || event.decided).then_some(taken_off_at),
        ..Facts::default()
    })
}

/// R28: the referrer is not to be told before they have an outcome. What they wait for
/// themselves, and the page where they are in danger, are intake's to tell.
fn children_added(event: &ChildrenAdded) -> Result<Facts, HandlerError> {
    let contact = Some(id("contact_id", &event.contact_id)?);
    Ok(Facts { contact, ended: ends(&event.clocks_ended)?, ..Facts::default() })
}

/// R13: what ran from the receipt runs from the corrected one. A clock that has run out by then
/// fires at once (R60), and the page of one that is replaced is over.
fn case_retimed(event: &CaseRetimed) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", &event.contact_id)?;
    Ok(Facts {
        contact: Some(contact),
        ended: ends(&event.clocks_ended)?,
        started: starts(contact, &event.clocks_started)?,
        ..Facts::default()
    })
}

/// R9: the hub has children again whose unit turned out to be the wrong one. Where one is in
/// danger nobody may know of it any more, so it is paged like a contact that arrives (R18).
fn children_back_in_hub(event: &ChildrenBackInHub) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", &event.contact_id)?;
    let withdrawn_at = instant("withdrawn_at", event.withdrawn_at.as_ref())?;
    Ok(Facts {
        contact: Some(contact),
        ended: ends(&event.clocks_ended)?,
        started: starts(contact, &event.clocks_started)?,
        undecided: event.undecided,
        page: event.section_47.then(|| Subject::back_in_hub(contact, withdrawn_at)),
        ..Facts::default()
    })
}

fn check_requested(event: &CheckRequested) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", &event.contact_id)?;
    let started = starts(contact, &event.clocks_started)?;
    Ok(Facts { contact: Some(contact), started, ..Facts::default() })
}

fn check_seen(event: &CheckSeen) -> Result<Facts, HandlerError> {
    let seen_at = instant("seen_at", event.seen_at.as_ref())?;
    let contact = Some(id("contact_id", &event.contact_id)?);
    let seen = Some((id("clock_id", &event.clock_id)?, seen_at));
    Ok(Facts { contact, seen, ..Facts::default() })
}

fn check_answered(event: &CheckAnswered) -> Result<Facts, HandlerError> {
    let contact = Some(id("contact_id", &event.contact_id)?);
    Ok(Facts { contact, ended: ends(&event.clocks_ended)?, ..Facts::default() })
}

/// R9: nobody needs its answer any more.
fn check_withdrawn(event: &CheckWithdrawn) -> Result<Facts, HandlerError> {
    let contact = Some(id("contact_id", &event.contact_id)?);
    Ok(Facts { contact, ended: ends(&event.clocks_ended)?, ..Facts::default() })
}

/// R41: a risk flag pages without delay, whatever the RAG.
fn risk_flagged(event: &RiskFlagged) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", &event.contact_id)?;
    let flag = id("flag_id", &event.flag_id)?;
    Ok(Facts {
        contact: Some(contact),
        ended: ends(&event.clocks_ended)?,
        started: starts(contact, &event.clocks_started)?,
        page: Some(Subject::risk_flag(contact, flag, text(&event.agency))),
        ..Facts::default()
    })
}

fn starts(contact: Uuid, clocks: &[terms::ClockStart]) -> Result<Vec<NewClock>, HandlerError> {
    clocks.iter().map(|clock| start(contact, clock)).collect()
}

fn start(contact: Uuid, clock: &terms::ClockStart) -> Result<NewClock, HandlerError> {
    let warnings = clock.warnings.iter().map(|at| instant("warnings", Some(at)));
    let (kind, rag) = (kind(clock.kind())?, rag(clock.rag()));
    // A check that might be RED is parked, which pages, rather than never paged for.
    if kind == ClockKind::Check && rag.is_none() {
        return Err(unusable("rag"));
    }
    Ok(NewClock {
        id: id("clock_id", &clock.clock_id)?,
        contact,
        kind,
        started_at: instant("started_at", clock.started_at.as_ref())?,
        deadline: instant("deadline", clock.deadline.as_ref())?,
        warnings: warnings.collect::<Result<_, _>>()?,
        protocol_version: clock.protocol_version.clone(),
        rag,
        agency: text(&clock.agency),
    })
}

fn ends(clocks: &[terms::ClockEnd]) -> Result<Vec<ClockEnd>, HandlerError> {
    let end = |clock: &terms::ClockEnd| {
        Ok(ClockEnd {
            clock: id("clock_id", &clock.clock_id)?,
            at: instant("ended_at", clock.ended_at.as_ref())?,
            ending: ending(clock.ending())?,
        })
    };
    clocks.iter().map(end).collect()
}

fn kind(kind: terms::ClockKind) -> Result<ClockKind, HandlerError> {
    match kind {
        terms::ClockKind::InitialDecision => Ok(ClockKind::InitialDecision),
        terms::ClockKind::CscScreening => Ok(ClockKind::CscScreening),
        terms::ClockKind::EarlyHelpScreening => Ok(ClockKind::EarlyHelpScreening),
        terms::ClockKind::Check => Ok(ClockKind::Check),
        terms::ClockKind::InformReferrer => Ok(ClockKind::InformReferrer),
        terms::ClockKind::Section47Decision => Ok(ClockKind::Section47Decision),
        terms::ClockKind::InformationRequest => Ok(ClockKind::InformationRequest),
        terms::ClockKind::InformationRequestReceipt => Ok(ClockKind::InformationRequestReceipt),
        terms::ClockKind::EdtReceipt => Ok(ClockKind::EdtReceipt),
        terms::ClockKind::EdtReview => Ok(ClockKind::EdtReview),
        terms::ClockKind::AuthorityReceipt => Ok(ClockKind::AuthorityReceipt),
        terms::ClockKind::OverrideReview => Ok(ClockKind::OverrideReview),
        terms::ClockKind::UnitPass => Ok(ClockKind::UnitPass),
        terms::ClockKind::UnitReceipt => Ok(ClockKind::UnitReceipt),
        terms::ClockKind::RemitDecision => Ok(ClockKind::RemitDecision),
        // One that this version does not know may matter: it is parked, not lost.
        terms::ClockKind::Unspecified => Err(unusable("kind")),
    }
}

fn rag(rag: terms::Rag) -> Option<Rag> {
    match rag {
        terms::Rag::Red => Some(Rag::Red),
        terms::Rag::Amber => Some(Rag::Amber),
        terms::Rag::Green => Some(Rag::Green),
        terms::Rag::Unspecified => None,
    }
}

fn ending(ending: terms::ClockEnding) -> Result<Ending, HandlerError> {
    match ending {
        terms::ClockEnding::Met => Ok(Ending::Met),
        terms::ClockEnding::Cancelled => Ok(Ending::Cancelled),
        terms::ClockEnding::Replaced => Ok(Ending::Replaced),
        terms::ClockEnding::Unspecified => Err(unusable("ending")),
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
