//! What screening does with the events of intake and partner-checks. They come in any
//! order between the two: nothing is refused because something else is missing.

use jiff::Timestamp;
use messaging::{
    Tx,
    follower::{
        Handler, HandlerError,
        fields::{id, ids, instant, unusable},
    },
    received::Received,
};
use prost::Name;
use proto::{
    intake::v1::{
        BasisEnded, BasisRecorded, ConsentChanged, ContactAmended, ContactPassedToUnit,
        ContactReceived, NoticePriorityConfirmed, OpenCaseFound, OpenQuestionsChanged,
        OverrideReviewed, UnitHandOverWithdrawn, UnitReceiptRecorded,
    },
    partner_checks::v1::{
        AnswerExtent, CheckAnswered, CheckConsentWithdrawn, CheckDelivered, CheckOverdueUnpaged,
        CheckRequested, CheckUndelivered, CheckWithdrawn, RiskFlagged, WithdrawnBecause,
    },
    terms::v1::{self as terms, ClockStart},
};
use uuid::Uuid;

use crate::{
    commands::{
        CommandError,
        know_check::{
            check_answered, check_requested, check_seen, check_withdrawn, consent_withdrawn,
            risk_flagged,
        },
        know_contact::{
            basis_ended, basis_recorded, consent_changed, contact_amended, questions_changed,
            said_urgent,
        },
        leave_hub::step_taken,
        open_case::open_case,
    },
    domain::{
        check::{
            Answered, Because, ConsentWithdrawal, Extent, Flagged, Rag, Requested, Seen, Sight,
            Withdrawn,
        },
        clock::{Clock, ClockKind},
        consent::{BasisKind, KnownBasis, Recorded},
        contact::{Amended, Channel, Contact, Questions, Urgency},
        unit::{Step, Taken},
    },
    protocol::Rules,
};

/// Applies the events of other services.
pub struct Follower {
    /// Under which protocol.
    pub rules: Rules,
}

impl Handler for Follower {
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        match event.name() {
            ContactReceived::NAME => {
                open_case(tx, &contact(event.decode()?)?, &self.rules).await?;
            }
            BasisRecorded::NAME => {
                if let Some(basis) = recorded(event.decode()?)? {
                    basis_recorded(tx, &basis).await?;
                }
            }
            OverrideReviewed::NAME => {
                let reviewed: OverrideReviewed = event.decode()?;
                if reviewed.ended {
                    basis_ended(tx, id("basis_id", &reviewed.basis_id)?).await?;
                }
            }
            BasisEnded::NAME => {
                let ended: BasisEnded = event.decode()?;
                basis_ended(tx, id("basis_id", &ended.basis_id)?).await?;
            }
            ConsentChanged::NAME => {
                let (contact, agreed) = consents(&event.decode()?)?;
                consent_changed(tx, contact, &agreed).await?;
            }
            NoticePriorityConfirmed::NAME => {
                // R14, R18: whatever the contact marks, a person has said so.
                let confirmed: NoticePriorityConfirmed = event.decode()?;
                if confirmed.became_urgent {
                    said_urgent(tx, id("contact_id", &confirmed.contact_id)?).await?;
                }
            }
            ContactAmended::NAME => {
                contact_amended(tx, &amended(&event.decode()?)?, &self.rules).await?;
            }
            OpenQuestionsChanged::NAME => {
                let (contact, questions) = open_questions(&event.decode()?)?;
                questions_changed(tx, (contact, event.revision), questions).await?;
            }
            CheckRequested::NAME => check_requested(tx, &requested(event.decode()?)?).await?,
            CheckAnswered::NAME => {
                if let Some(answer) = answered(event.decode()?, event.revision)? {
                    check_answered(tx, &answer).await?;
                }
            }
            CheckWithdrawn::NAME => check_withdrawn(tx, &stopped(event.decode()?)?).await?,
            CheckConsentWithdrawn::NAME => {
                let (contact, withdrawal) = without_consent(event.decode()?, event.revision)?;
                consent_withdrawn(tx, contact, &withdrawal).await?;
            }
            OpenCaseFound::NAME => step_taken(tx, &found(&event.decode()?)?, &self.rules).await?,
            ContactPassedToUnit::NAME => {
                step_taken(tx, &passed(&event.decode()?)?, &self.rules).await?;
            }
            UnitReceiptRecorded::NAME => {
                step_taken(tx, &received(&event.decode()?)?, &self.rules).await?;
            }
            UnitHandOverWithdrawn::NAME => {
                step_taken(tx, &withdrawn(&event.decode()?)?, &self.rules).await?;
            }
            CheckUndelivered::NAME => check_seen(tx, &undelivered(&event.decode()?)?).await?,
            CheckDelivered::NAME => check_seen(tx, &delivered(&event.decode()?)?).await?,
            CheckOverdueUnpaged::NAME => check_seen(tx, &unpaged(&event.decode()?)?).await?,
            RiskFlagged::NAME => risk_flagged(tx, &flagged(event.decode()?)?).await?,
            _ => {}
        }
        Ok(())
    }
}

fn contact(event: ContactReceived) -> Result<Contact, HandlerError> {
    let decision = |clock: &&ClockStart| clock.kind() == terms::ClockKind::InitialDecision;
    Ok(Contact {
        id: id("contact_id", &event.contact_id)?,
        child_ids: ids("child_ids", &event.child_ids)?,
        service_consent: ids("service_consent_child_ids", &event.service_consent_child_ids)?,
        channel: channel(event.channel())?,
        received_at: instant("received_at", event.received_at.as_ref())?,
        in_hub_hours: event.in_hub_hours,
        urgency: Urgency {
            immediate_danger: event.immediate_danger,
            significant_harm: event.significant_harm,
        },
        referrer_unreachable: event.referrer_unreachable,
        initial_decision: event
            .clocks_started
            .iter()
            .find(decision)
            .map(decision_clock)
            .transpose()?,
    })
}

fn decision_clock(clock: &ClockStart) -> Result<Clock, HandlerError> {
    Ok(Clock {
        id: id("clock_id", &clock.clock_id)?,
        kind: ClockKind::InitialDecision,
        child: None,
        started_at: instant("started_at", clock.started_at.as_ref())?,
        deadline: instant("deadline", clock.deadline.as_ref())?,
        // Whoever started it told of its warnings.
        warnings: Vec::new(),
    })
}

/// Every other basis allows sharing (R38), and no decision here goes by it.
fn recorded(event: BasisRecorded) -> Result<Option<Recorded>, HandlerError> {
    let kind = match event.kind() {
        terms::BasisKind::Override => BasisKind::Override,
        terms::BasisKind::Section47 => BasisKind::Section47,
        terms::BasisKind::Consent
        | terms::BasisKind::PublicInterest
        | terms::BasisKind::CourtOrder
        | terms::BasisKind::Unspecified => return Ok(None),
    };
    Ok(Some(Recorded {
        id: id("basis_id", &event.basis_id)?,
        contact: id("contact_id", &event.contact_id)?,
        basis: KnownBasis { kind, children: ids("child_ids", &event.child_ids)? },
    }))
}

fn consents(event: &ConsentChanged) -> Result<(Uuid, Vec<Uuid>), HandlerError> {
    let agreed = ids("service_consent_child_ids", &event.service_consent_child_ids)?;
    Ok((id("contact_id", &event.contact_id)?, agreed))
}

/// Urgent or not any more, the record as it was corrected counts.
fn amended(event: &ContactAmended) -> Result<Amended, HandlerError> {
    let decision = |clock: &&ClockStart| clock.kind() == terms::ClockKind::InitialDecision;
    let decision = event.clocks_started.iter().find(decision);
    let received_at = event.received_at.as_ref();
    let is_corrected = event.channel() != terms::Channel::Unspecified;
    Ok(Amended {
        contact: id("contact_id", &event.contact_id)?,
        at: instant("amended_at", event.amended_at.as_ref())?,
        urgency: Urgency {
            immediate_danger: event.immediate_danger,
            significant_harm: event.significant_harm,
        },
        added: ids("added_child_ids", &event.added_child_ids)?,
        initial_decision: decision.map(decision_clock).transpose()?,
        taken_off: ids("taken_off_child_ids", &event.taken_off_child_ids)?,
        referrer_unreachable: event.referrer_unreachable,
        received_at: received_at.map(|at| instant("received_at", Some(at))).transpose()?,
        channel: is_corrected.then(|| channel(event.channel())).transpose()?,
    })
}

fn open_questions(event: &OpenQuestionsChanged) -> Result<(Uuid, Questions), HandlerError> {
    let number =
        |field, number: i32| Some(number).filter(|it| *it >= 0).ok_or_else(|| unusable(field));
    let questions = Questions {
        matches: number("matches_waiting", event.matches_waiting)?,
        differences: number("differences_unanswered", event.differences_unanswered)?,
    };
    Ok((id("contact_id", &event.contact_id)?, questions))
}

fn found(event: &OpenCaseFound) -> Result<Taken, HandlerError> {
    let of = (&*event.hand_over_id, &*event.contact_id, &*event.child_ids);
    taken(Step::Found, of, instant("found_at", event.found_at.as_ref())?)
}

fn passed(event: &ContactPassedToUnit) -> Result<Taken, HandlerError> {
    let of = (&*event.hand_over_id, &*event.contact_id, &*event.child_ids);
    taken(Step::Passed, of, instant("passed_at", event.passed_at.as_ref())?)
}

fn received(event: &UnitReceiptRecorded) -> Result<Taken, HandlerError> {
    let of = (&*event.hand_over_id, &*event.contact_id, &*event.child_ids);
    taken(Step::Received, of, instant("received_at", event.received_at.as_ref())?)
}

fn withdrawn(event: &UnitHandOverWithdrawn) -> Result<Taken, HandlerError> {
    let of = (&*event.hand_over_id, &*event.contact_id, &*event.child_ids);
    taken(Step::Withdrawn, of, instant("withdrawn_at", event.withdrawn_at.as_ref())?)
}

fn taken(
    step: Step,
    (hand_over, contact, children): (&str, &str, &[String]),
    at: Timestamp,
) -> Result<Taken, HandlerError> {
    Ok(Taken {
        hand_over: id("hand_over_id", hand_over)?,
        step,
        contact: id("contact_id", contact)?,
        children: ids("child_ids", children)?,
        at,
    })
}

fn undelivered(event: &CheckUndelivered) -> Result<Seen, HandlerError> {
    let at = instant("noticed_at", event.noticed_at.as_ref())?;
    Ok(Seen { check: id("check_id", &event.check_id)?, sight: Sight::Undelivered, at })
}

fn delivered(event: &CheckDelivered) -> Result<Seen, HandlerError> {
    let at = instant("delivered_at", event.delivered_at.as_ref())?;
    Ok(Seen { check: id("check_id", &event.check_id)?, sight: Sight::Delivered, at })
}

fn unpaged(event: &CheckOverdueUnpaged) -> Result<Seen, HandlerError> {
    let at = instant("noticed_at", event.noticed_at.as_ref())?;
    Ok(Seen { check: id("check_id", &event.check_id)?, sight: Sight::Unpaged, at })
}

fn requested(event: CheckRequested) -> Result<Requested, HandlerError> {
    Ok(Requested {
        check: id("check_id", &event.check_id)?,
        contact: id("contact_id", &event.contact_id)?,
        rag: rag(event.rag())?,
        deadline: instant("deadline", event.deadline.as_ref())?,
        agency: event.agency,
    })
}

/// An interim answer leaves the check open, and more will follow (R40).
fn answered(event: CheckAnswered, revision: i64) -> Result<Option<Answered>, HandlerError> {
    let extent = match event.extent() {
        AnswerExtent::Final => Extent::Final,
        AnswerExtent::Correction => Extent::Correction,
        AnswerExtent::Interim => return Ok(None),
        AnswerExtent::Unspecified => return Err(unusable("extent")),
    };
    Ok(Some(Answered {
        check: id("check_id", &event.check_id)?,
        contact: id("contact_id", &event.contact_id)?,
        rag: rag(event.rag())?,
        extent,
        revision,
        received_at: instant("received_at", event.received_at.as_ref())?,
        agency: event.agency,
    }))
}

fn stopped(event: CheckWithdrawn) -> Result<Withdrawn, HandlerError> {
    Ok(Withdrawn {
        because: match event.because() {
            WithdrawnBecause::WithUnit => Because::WithUnit,
            WithdrawnBecause::TakenOff => Because::TakenOff,
            WithdrawnBecause::ConsentWithdrawn | WithdrawnBecause::BasisEnded => {
                Because::WithoutConsent
            }
            WithdrawnBecause::Unspecified => return Err(unusable("because")),
        },
        check: id("check_id", &event.check_id)?,
        contact: id("contact_id", &event.contact_id)?,
        rag: rag(event.rag())?,
        agency: event.agency,
    })
}

fn without_consent(
    event: CheckConsentWithdrawn,
    revision: i64,
) -> Result<(Uuid, ConsentWithdrawal), HandlerError> {
    let withdrawal = ConsentWithdrawal {
        check: id("check_id", &event.check_id)?,
        revision,
        agency: event.agency,
        withdrawn_at: instant("withdrawn_at", event.withdrawn_at.as_ref())?,
        taken_off: event.taken_off,
        basis_ended: event.basis_ended,
        decision: None,
    };
    Ok((id("contact_id", &event.contact_id)?, withdrawal))
}

/// A flag may come without a request (R41).
fn flagged(event: RiskFlagged) -> Result<Flagged, HandlerError> {
    let check = Some(event.check_id.as_str()).filter(|check| !check.is_empty());
    let red = event.clocks_started.first();
    Ok(Flagged {
        flag: id("flag_id", &event.flag_id)?,
        check: check.map(|check| id("check_id", check)).transpose()?,
        contact: id("contact_id", &event.contact_id)?,
        received_at: instant("received_at", event.received_at.as_ref())?,
        red_deadline: red.map(|clock| instant("deadline", clock.deadline.as_ref())).transpose()?,
        agency: event.agency,
    })
}

fn channel(channel: terms::Channel) -> Result<Channel, HandlerError> {
    match channel {
        terms::Channel::Form => Ok(Channel::Form),
        terms::Channel::Phone => Ok(Channel::Phone),
        terms::Channel::Email => Ok(Channel::Email),
        terms::Channel::Mail => Ok(Channel::Mail),
        terms::Channel::WalkIn => Ok(Channel::WalkIn),
        terms::Channel::System => Ok(Channel::System),
        terms::Channel::Unspecified => Err(unusable("channel")),
    }
}

fn rag(rag: terms::Rag) -> Result<Rag, HandlerError> {
    match rag {
        terms::Rag::Red => Ok(Rag::Red),
        terms::Rag::Amber => Ok(Rag::Amber),
        terms::Rag::Green => Ok(Rag::Green),
        terms::Rag::Unspecified => Err(unusable("rag")),
    }
}

impl From<CommandError> for HandlerError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Store(error) => error.into(),
            CommandError::Append(error) => error.into(),
            CommandError::NotOpenYet
            | CommandError::Case(_)
            | CommandError::Gate(_)
            | CommandError::Consent(_)
            | CommandError::Review(_)
            | CommandError::Decider(_)
            | CommandError::Referrer(_) => Self::Refused(error.to_string()),
        }
    }
}
