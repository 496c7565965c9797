//! Contacts of which it is corrected when and how they were received (R1, R2, R13).

use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{ContactAmended, ContactReceived},
    screening::v1::CaseRetimed,
    terms::v1::{
        Channel,
        ClockEnding::{Met, Replaced},
        ClockStart, Pathway,
    },
};
use uuid::Uuid;

use crate::{
    stage::{Hub, MORNING, Reporting},
    story::{clock_end, contact, decision_clock, initial_decision},
};

const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn key(contact: &ContactReceived) -> Uuid {
    contact.contact_id.parse().unwrap()
}

/// Intake tells when a contact was received after all.
async fn corrected(hub: &Hub, about: &ContactReceived, revision: i64, to: Timestamp) {
    let amended = ContactAmended {
        contact_id: about.contact_id.clone(),
        received_at: Some(to_timestamp(to)),
        ..ContactAmended::default()
    };
    hub.intake.tell_of(key(about), revision, &amended).await;
}

/// Screening tells that another clock runs in the stead of one.
async fn replaced(
    hub: &Hub,
    (about, revision): (&ContactReceived, i64),
    old: &ClockStart,
    anew: &ClockStart,
) {
    let retimed = CaseRetimed {
        contact_id: about.contact_id.clone(),
        received_at: anew.started_at,
        clocks_started: vec![anew.clone()],
        clocks_ended: vec![clock_end(old, Replaced, *MORNING + hours(2))],
        ..CaseRetimed::default()
    };
    hub.screening.tell_of(key(about), revision, &retimed).await;
}

/// Screening tells when a decision that was made was due.
async fn due(hub: &Hub, (about, revision): (&ContactReceived, i64), at: Timestamp) {
    let retimed = CaseRetimed {
        contact_id: about.contact_id.clone(),
        decided_clock_id: about.clocks_started[0].clock_id.clone(),
        decision_due: Some(to_timestamp(at)),
        ..CaseRetimed::default()
    };
    hub.screening.tell_of(key(about), revision, &retimed).await;
}

#[tokio::test]
async fn r13_a_corrected_receipt_moves_the_contact_to_its_month_and_its_late_entry() {
    let hub = Hub::start().await;
    // Recorded thirty hours later.
    let about = contact(*MORNING);
    hub.intake.tell_of(key(&about), 1, &about).await;
    corrected(&hub, &about, 2, *MORNING - hours(24 * 30)).await;
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    let figures = reporting.figures(None, None).await;
    assert_eq!(figures.longest_seconds_to_entry, (24 * 30 + 30) * 3600);
    assert_eq!(reporting.figures(Some(*MORNING), None).await.contacts, 0);
    assert_eq!(reporting.figures(None, Some(*MORNING)).await.contacts, 1);

    // Of two corrections the latest stands, also where the records are read anew.
    corrected(&hub, &about, 3, *MORNING + hours(30)).await;
    for reporting in [reporting, hub.reporting().await] {
        reporting.has_heard(&hub).await;
        let figures = reporting.figures(Some(*MORNING), None).await;
        assert_eq!((figures.contacts, figures.contacts_entered_later), (1, 0));
    }
}

#[tokio::test]
async fn r13_r72_a_decision_is_in_time_or_late_by_the_corrected_receipt() {
    let hub = Hub::start().await;
    let reporting = hub.reporting().await;
    let decisions = async |reporting: &Reporting| {
        reporting.has_heard(&hub).await;
        let figures = reporting.figures(None, None).await;
        let late = figures.initial_decisions_late;
        [figures.initial_decisions_in_time, late, figures.initial_decisions_not_needed]
    };
    // Its clock is replaced while it is owed: that end is no decision.
    let owed = contact(*MORNING);
    hub.intake.tell(&owed).await;
    let earlier = decision_clock(*MORNING - hours(20));
    replaced(&hub, (&owed, 2), &owed.clocks_started[0], &earlier).await;
    assert_eq!(decisions(&reporting).await, [0, 0, 0]);
    let at = *MORNING + hours(5);
    let mut decided = initial_decision(&owed, Pathway::CscScreening, at);
    decided.clocks_ended = vec![clock_end(&earlier, Met, at)];
    hub.screening.tell_of(key(&owed), 3, &decided).await;
    assert_eq!(decisions(&reporting).await, [0, 1, 0], "due an hour before");

    // One that was made in time was late by the first correction, and in time by the second.
    let made = contact(*MORNING);
    let decided = initial_decision(&made, Pathway::CscScreening, *MORNING + hours(23));
    hub.screening.tell_of(key(&made), 2, &decided).await;
    due(&hub, (&made, 3), *MORNING + hours(22)).await;
    // The contact is heard of last.
    reporting.has_heard(&hub).await;
    hub.intake.tell(&made).await;
    assert_eq!(decisions(&reporting).await, [0, 2, 0]);
    due(&hub, (&made, 4), *MORNING + hours(26)).await;
    assert_eq!(decisions(&reporting).await, [1, 1, 0]);
    assert_eq!(decisions(&hub.reporting().await).await, [1, 1, 0], "rebuilt");
}

#[tokio::test]
async fn r1_a_corrected_way_and_source_are_counted_as_they_ought_to_be() {
    let hub = Hub::start().await;
    let about = contact(*MORNING);
    hub.intake.tell_of(key(&about), 1, &about).await;
    let way = ContactAmended {
        contact_id: about.contact_id.clone(),
        channel: Channel::Phone.into(),
        ..ContactAmended::default()
    };
    hub.intake.tell_of(key(&about), 2, &way).await;
    let source = ContactAmended {
        contact_id: about.contact_id.clone(),
        referral_source: Some("1D".to_owned()),
        ..ContactAmended::default()
    };
    hub.intake.tell_of(key(&about), 3, &source).await;
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    let figures = reporting.figures(None, None).await;
    let [channel] = figures.channels.as_slice() else { panic!("one channel") };
    assert_eq!((channel.channel(), channel.contacts), (Channel::Phone, 1));
    let [source] = figures.sources.as_slice() else { panic!("one source") };
    assert_eq!((source.referral_source.as_str(), source.contacts), ("1D", 1));
}
