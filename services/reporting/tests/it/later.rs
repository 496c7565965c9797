//! What becomes of a contact after its first decision and its first end: children are added, go
//! to their units and come back, checks are withdrawn, a case is taken up again.

use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{BasisRecorded, ContactAmended, ContactReceived, NoticePriorityConfirmed},
    partner_checks::v1::{AnswerExtent::Final, CheckRequested, CheckWithdrawn},
    reporting::v1::CheckFigure,
    screening::v1::{
        ChildrenAdded, ChildrenBackInHub, ChildrenTakenOff, ChildrenWithUnit, OutcomeDecided,
    },
    terms::v1::{
        BasisKind,
        ClockEnding::{Cancelled, Met},
        ClockStart, Outcome, Pathway,
        Rag::Red,
    },
};
use uuid::Uuid;

use crate::{
    stage::{Hub, MORNING, Reporting},
    story::{
        answer, check, clock_end, closed, contact, decision_clock, id, initial_decision, referrer,
    },
};

const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn key(contact: &ContactReceived) -> Uuid {
    contact.contact_id.parse().unwrap()
}

/// Units have these children; the clock of the contact, where it is named, ends with it.
fn with_unit(
    contact: &ContactReceived,
    children: &[String],
    clock: Option<&ClockStart>,
    at: Timestamp,
) -> ChildrenWithUnit {
    ChildrenWithUnit {
        contact_id: contact.contact_id.clone(),
        child_ids: children.to_vec(),
        received_at: Some(to_timestamp(at)),
        clocks_ended: clock.map(|clock| clock_end(clock, Cancelled, at)).into_iter().collect(),
        ..ChildrenWithUnit::default()
    }
}

/// The hub has these undecided children again.
fn back(contact: &ContactReceived, children: &[String], clock: &ClockStart) -> ChildrenBackInHub {
    ChildrenBackInHub {
        contact_id: contact.contact_id.clone(),
        child_ids: children.to_vec(),
        withdrawn_at: clock.started_at,
        clocks_started: vec![clock.clone()],
        undecided: true,
        unfinished: true,
        ..ChildrenBackInHub::default()
    }
}

/// Intake and screening tell that a child was added, the one as this revision of the case.
async fn add(hub: &Hub, contact: &ContactReceived, clock: &ClockStart, revision: i64) -> String {
    let child = id();
    let amended = ContactAmended {
        contact_id: contact.contact_id.clone(),
        added_child_ids: vec![child.clone()],
        clocks_started: vec![clock.clone()],
        ..ContactAmended::default()
    };
    hub.intake.tell(&amended).await;
    let added =
        ChildrenAdded { contact_id: contact.contact_id.clone(), ..ChildrenAdded::default() };
    hub.screening.tell_of(key(contact), revision, &added).await;
    child
}

fn withdrawn(check: &CheckRequested, at: Timestamp) -> CheckWithdrawn {
    let clock = ClockStart { clock_id: id(), ..ClockStart::default() };
    CheckWithdrawn {
        check_id: check.check_id.clone(),
        // Heard of an hour after the act.
        withdrawn_at: Some(to_timestamp(at + hours(1))),
        clocks_ended: vec![clock_end(&clock, Cancelled, at)],
        ..CheckWithdrawn::default()
    }
}

/// Some of all this, on a contact whose check is given.
pub async fn what_comes_later(
    hub: &Hub,
    about: &ContactReceived,
    asked: &CheckRequested,
    received: Timestamp,
) {
    let (gone, clock) = (&about.child_ids[..1], decision_clock(received + hours(9)));
    hub.screening.tell_of(key(about), 5, &with_unit(about, gone, None, received)).await;
    add(hub, about, &clock, 6).await;
    hub.partner_checks.tell(&withdrawn(asked, received + hours(1))).await;
    let other = check(about, "police", (Red, 4), received);
    hub.partner_checks.tell(&other).await;
    hub.partner_checks.tell(&withdrawn(&other, received + hours(2))).await;
}

/// Children with their units, and undecided.
async fn whose(reporting: &Reporting, hub: &Hub) -> (i64, i64, i64) {
    reporting.has_heard(hub).await;
    let figures = reporting.figures(None, None).await;
    (figures.children, figures.children_with_unit, figures.children_undecided)
}

#[tokio::test]
async fn r20_a_child_who_was_taken_off_counts_as_if_it_had_never_been_there() {
    let hub = Hub::start().await;
    let about = contact(*MORNING);
    hub.intake.tell(&about).await;
    let (reporting, key) = (hub.reporting().await, key(&about));
    let decided = initial_decision(&about, Pathway::CscScreening, *MORNING);
    hub.screening.tell_of(key, 2, &decided).await;
    let counted = async || {
        reporting.has_heard(&hub).await;
        let figures = reporting.figures(None, None).await;
        let pathways: i64 = figures.pathways.iter().map(|figure| figure.children).sum();
        let outcomes: i64 = figures.outcomes.iter().map(|figure| figure.children).sum();
        (figures.children, figures.children_undecided, pathways, outcomes)
    };
    let concluded = OutcomeDecided {
        contact_id: about.contact_id.clone(),
        child_ids: about.child_ids[..1].to_vec(),
        outcome: Outcome::EarlyHelpAssessment.into(),
        decided_at: Some(to_timestamp(*MORNING)),
        ..OutcomeDecided::default()
    };
    hub.screening.tell_of(key, 3, &concluded).await;
    assert_eq!(counted().await, (2, 0, 2, 1));
    let off = ContactAmended {
        contact_id: about.contact_id.clone(),
        taken_off_child_ids: about.child_ids[..1].to_vec(),
        ..ContactAmended::default()
    };
    hub.intake.tell(&off).await;
    assert_eq!(counted().await, (1, 0, 1, 0));
}

#[tokio::test]
async fn r20_a_decision_clock_that_ends_with_the_last_child_is_not_needed_and_not_met() {
    let hub = Hub::start().await;
    let about = contact(*MORNING);
    hub.intake.tell(&about).await;
    let reporting = hub.reporting().await;
    let clock = &about.clocks_started[0];
    let off = ChildrenTakenOff {
        contact_id: about.contact_id.clone(),
        child_ids: about.child_ids[..1].to_vec(),
        taken_off_at: Some(to_timestamp(*MORNING)),
        clocks_ended: vec![clock_end(clock, Cancelled, *MORNING + hours(1))],
        ..ChildrenTakenOff::default()
    };
    hub.screening.tell_of(key(&about), 2, &off).await;
    reporting.has_heard(&hub).await;
    let figures = reporting.figures(None, None).await;
    let met = [figures.initial_decisions_in_time, figures.initial_decisions_late];
    assert_eq!((met, figures.initial_decisions_not_needed), ([0, 0], 1));
}

#[tokio::test]
async fn r9_a_child_with_its_unit_is_not_undecided_and_one_who_is_back_is() {
    let hub = Hub::start().await;
    let (about, other) = (contact(*MORNING), contact(*MORNING));
    for about in [&about, &other] {
        hub.intake.tell(about).await;
    }
    let reporting = hub.reporting().await;
    assert_eq!(whose(&reporting, &hub).await, (4, 0, 4));
    let gone = with_unit(&about, &about.child_ids[..1], None, *MORNING);
    hub.screening.tell_of(key(&about), 2, &gone).await;
    assert_eq!(whose(&reporting, &hub).await, (4, 1, 3));
    let mut decided = initial_decision(&about, Pathway::CscScreening, *MORNING);
    decided.child_ids = about.child_ids[1..].to_vec();
    hub.screening.tell_of(key(&about), 3, &decided).await;
    assert_eq!(whose(&reporting, &hub).await, (4, 1, 2));
    let returned = back(&about, &about.child_ids[..1], &decision_clock(*MORNING));
    hub.screening.tell_of(key(&about), 4, &returned).await;
    assert_eq!(whose(&reporting, &hub).await, (4, 0, 3));
    // Whatever is heard of first, the later act stands.
    let returned = back(&other, &other.child_ids, &decision_clock(*MORNING));
    hub.screening.tell_of(key(&other), 3, &returned).await;
    hub.screening
        .tell_of(key(&other), 2, &with_unit(&other, &other.child_ids, None, *MORNING))
        .await;
    assert_eq!(whose(&reporting, &hub).await, (4, 0, 3));
}

#[tokio::test]
async fn r72_a_decision_that_was_still_owed_when_it_was_due_is_late_and_else_not_needed() {
    let hub = Hub::start().await;
    let (in_time, late, again) = (contact(*MORNING), contact(*MORNING), contact(*MORNING));
    for (about, after) in [(&in_time, 24), (&late, 25), (&again, 1)] {
        hub.intake.tell(about).await;
        let clock = Some(&about.clocks_started[0]);
        let gone = with_unit(about, &about.child_ids, clock, *MORNING + hours(after));
        hub.screening.tell_of(key(about), 2, &gone).await;
    }
    let reporting = hub.reporting().await;
    let decisions = async || {
        reporting.has_heard(&hub).await;
        let figures = reporting.figures(None, None).await;
        let late = figures.initial_decisions_late;
        [figures.initial_decisions_in_time, late, figures.initial_decisions_not_needed]
    };
    assert_eq!(decisions().await, [0, 1, 2]);
    // The children of the last come back, and have a day from then.
    let clock = decision_clock(*MORNING + hours(48));
    hub.screening.tell_of(key(&again), 3, &back(&again, &again.child_ids, &clock)).await;
    let mut decided = initial_decision(&again, Pathway::CscScreening, *MORNING + hours(72));
    decided.clocks_ended = vec![clock_end(&clock, Met, *MORNING + hours(72))];
    hub.screening.tell_of(key(&again), 4, &decided).await;
    assert_eq!(decisions().await, [1, 1, 2]);
}

#[tokio::test]
async fn r20_children_who_are_added_count_and_have_a_clock_of_their_own() {
    let hub = Hub::start().await;
    let about = contact(*MORNING);
    hub.intake.tell(&about).await;
    let decided = initial_decision(&about, Pathway::CscScreening, *MORNING + hours(25));
    hub.screening.tell_of(key(&about), 2, &decided).await;
    let clock = decision_clock(*MORNING + hours(48));
    let child = add(&hub, &about, &clock, 3).await;
    let reporting = hub.reporting().await;
    assert_eq!(whose(&reporting, &hub).await, (3, 0, 1));
    let at = *MORNING + hours(50);
    let mut decided = initial_decision(&about, Pathway::StatutoryAssessment, at);
    (decided.child_ids, decided.clocks_ended) = (vec![child], vec![clock_end(&clock, Met, at)]);
    hub.screening.tell_of(key(&about), 4, &decided).await;
    assert_eq!(whose(&reporting, &hub).await, (3, 0, 0));
    let figures = reporting.figures(None, None).await;
    assert_eq!((figures.initial_decisions_in_time, figures.initial_decisions_late), (1, 1));
    assert_eq!(figures.pathways.iter().map(|counted| counted.children).sum::<i64>(), 3);
}

#[tokio::test]
async fn r67_a_case_that_is_taken_up_again_is_over_and_its_referrer_told_only_when_it_is_anew() {
    let hub = Hub::start().await;
    let about = contact(*MORNING);
    hub.intake.tell(&about).await;
    let reporting = hub.reporting().await;
    let stands = async || {
        reporting.has_heard(&hub).await;
        let figures = reporting.figures(None, None).await;
        (figures.cases_closed, figures.referrers_informed, figures.referrers_not_informed)
    };
    hub.screening.tell_of(key(&about), 4, &referrer(&about, true, *MORNING)).await;
    hub.screening.tell_of(key(&about), 5, &closed(&about, *MORNING)).await;
    assert_eq!(stands().await, (1, 1, 0));
    // A child who has an outcome comes back: nothing is to be done anew.
    let mut returned = back(&about, &about.child_ids[..1], &decision_clock(*MORNING));
    (returned.unfinished, returned.undecided) = (false, false);
    hub.screening.tell_of(key(&about), 6, &returned).await;
    assert_eq!(stands().await, (1, 1, 0));
    add(&hub, &about, &decision_clock(*MORNING), 7).await;
    assert_eq!(stands().await, (0, 0, 0));
    // Its second end, whenever it was by somebody's watch, is one.
    hub.screening.tell_of(key(&about), 9, &referrer(&about, false, *MORNING)).await;
    hub.screening.tell_of(key(&about), 10, &closed(&about, *MORNING - hours(1))).await;
    assert_eq!(stands().await, (1, 0, 1));
    let returned = back(&about, &about.child_ids[..1], &decision_clock(*MORNING));
    hub.screening.tell_of(key(&about), 11, &returned).await;
    assert_eq!(stands().await, (0, 0, 0));
}

#[tokio::test]
async fn r67_a_check_that_was_withdrawn_by_its_deadline_is_neither_overdue_nor_late() {
    let hub = Hub::start().await;
    let about = contact(*MORNING);
    hub.intake.tell(&about).await;
    // Withdrawn and answered so many hours after the request; due in four.
    for (withdrawal, answered) in
        [(4, None), (5, None), (1, Some(6)), (5, Some(6)), (3, Some(2)), (1, Some(3))]
    {
        let asked = check(&about, "police", (Red, 4), *MORNING);
        hub.partner_checks.tell(&asked).await;
        hub.partner_checks.tell(&withdrawn(&asked, *MORNING + hours(withdrawal))).await;
        if let Some(after) = answered {
            hub.partner_checks.tell(&answer(&asked, Final, hours(after))).await;
        }
    }
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    hub.clock.advance(hours(9));
    let expected = CheckFigure {
        agency: "police".to_owned(),
        rag: Red.into(),
        requested: 6,
        answered_in_time: 2,
        answered_late: 1,
        overdue: 1,
        withdrawn: 2,
        mean_seconds_to_answer: (6 + 2 + 3) * 3600 / 3,
    };
    assert!(reporting.figures(None, None).await.checks == [expected]);
}

#[tokio::test]
async fn r13_late_entry_is_a_figure_of_its_own() {
    let hub = Hub::start().await;
    let entered = |after| ContactReceived {
        recorded_at: Some(to_timestamp(*MORNING + hours(after))),
        ..contact(*MORNING)
    };
    for after in [0, 1, 5] {
        hub.intake.tell(&entered(after)).await;
    }
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    let figures = reporting.figures(None, None).await;
    assert_eq!((figures.contacts, figures.contacts_entered_later), (3, 2));
    assert_eq!(figures.mean_seconds_to_entry, 3 * 3600);
    assert_eq!(figures.longest_seconds_to_entry, 5 * 3600);
}

#[tokio::test]
async fn r18_harm_or_danger_that_is_said_later_counts_whatever_was_corrected_since() {
    let hub = Hub::start().await;
    let [corrected, recorded, noticed, usual] = [(); 4].map(|()| contact(*MORNING));
    for about in [&corrected, &recorded, &noticed, &usual] {
        hub.intake.tell(about).await;
    }
    let at = Some(to_timestamp(*MORNING));
    for immediate_danger in [true, false] {
        let contact_id = corrected.contact_id.clone();
        let amended = ContactAmended {
            contact_id,
            amended_at: at,
            immediate_danger,
            ..ContactAmended::default()
        };
        hub.intake.tell(&amended).await;
    }
    for (about, kind) in [(&recorded, BasisKind::Section47), (&usual, BasisKind::PublicInterest)] {
        let basis = BasisRecorded {
            contact_id: about.contact_id.clone(),
            kind: kind.into(),
            recorded_at: at,
            ..BasisRecorded::default()
        };
        hub.intake.tell(&basis).await;
    }
    let urgent = NoticePriorityConfirmed {
        contact_id: noticed.contact_id.clone(),
        confirmed_at: at,
        became_urgent: true,
        ..NoticePriorityConfirmed::default()
    };
    hub.intake.tell(&urgent).await;
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    let figures = reporting.figures(None, None).await;
    assert_eq!((figures.contacts, figures.section_47_contacts), (4, 3));
}
