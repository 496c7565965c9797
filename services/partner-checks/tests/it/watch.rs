//! What partner-checks notices by itself: a RED that nobody was paged for (R43, R60), one
//! that was not delivered (R46).
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use harness::{Servers, Source, eventually, fields_of};
use jiff::SignedDuration;
use proto::{
    convert::{from_timestamp, to_timestamp},
    deadlines::v1::ClockRanOut,
    partner::v1::AnswerKind,
    partner_checks::v1 as pb,
    terms::v1::{ClockKind, Purpose, Rag},
};
use runtime::tasks::Tasks;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use crate::stage::{MORNING, PartnerChecks, police_answer, recording};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// The time of a RED and, from its deadline, the wait for its page.
const RED: SignedDuration = SignedDuration::from_hours(4);
const WAIT: SignedDuration = SignedDuration::from_mins(2);

fn attention() -> pb::ListChecksRequest {
    pb::ListChecksRequest {
        purpose: Purpose::Screening.into(),
        needing_attention: true,
        ..pb::ListChecksRequest::default()
    }
}

/// Everything that needs a person, as the manager sees it.
async fn listed(hub: &PartnerChecks) -> Vec<pb::Check> {
    let mut manager = hub.as_person("mash_manager").await;
    manager.list_checks(attention()).await.unwrap().into_inner().checks
}

async fn delivered(hub: &PartnerChecks, agency: &str, check: &str) {
    let request = pb::MarkDeliveredRequest { check_id: check.to_owned() };
    hub.as_adapter(agency).await.mark_delivered(request).await.unwrap();
}

/// A RED check that has reached its agency.
async fn red(hub: &PartnerChecks, agency: &str) -> (String, Uuid) {
    let (check, contact) = hub.check(agency, Rag::Red).await;
    delivered(hub, agency, &check).await;
    (check, contact)
}

/// Waits for the alarm of a check.
async fn alarm(hub: &PartnerChecks, check: &str) -> pb::CheckOverdueUnpaged {
    eventually("an alarm", async || hub.events::<pb::CheckOverdueUnpaged>(check).await.pop()).await
}

/// What deadlines tells when a check's clock runs out, and on which page that is.
async fn ran_out(hub: &PartnerChecks, check: &str, page: Option<Uuid>) -> ClockRanOut {
    let requested = hub.events::<pb::CheckRequested>(check).await.remove(0);
    let clock = &requested.clocks_started[0];
    ClockRanOut {
        clock_id: clock.clock_id.clone(),
        contact_id: requested.contact_id.clone(),
        kind: ClockKind::Check.into(),
        deadline: clock.deadline,
        fired_at: Some(to_timestamp(hub.clock.now())),
        rag: clock.rag,
        agency: requested.agency.clone(),
        page_id: page.map(|page| page.to_string()).unwrap_or_default(),
    }
}

/// Tells that a check's clock ran out, and waits until it is heard.
async fn hears(hub: &PartnerChecks, deadlines: &Source, check: &str, page: Option<Uuid>) {
    deadlines.tell(&ran_out(hub, check, page).await).await;
    deadlines.is_heard(&hub.database).await;
}

/// Waits until the admin port shows a line.
async fn shows(hub: &PartnerChecks, line: &str) {
    eventually(line, async || {
        let mut port = TcpStream::connect(&hub.place.admin).await.ok()?;
        port.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").await.ok()?;
        let mut shown = String::new();
        port.read_to_string(&mut shown).await.ok()?;
        shown.lines().any(|shown| shown == line).then_some(())
    })
    .await;
}

/// Restarts partner-checks so that it follows a log of deadlines.
async fn follow(hub: &mut PartnerChecks, tasks: &Tasks) -> Source {
    let broker = Servers::shared().nats_url();
    let deadlines = Source::start("deadlines", &broker, &hub.clock, tasks).await;
    hub.place.vars.push(deadlines.peer());
    hub.stop().await;
    hub.run();
    deadlines
}

#[tokio::test]
async fn r43_a_red_that_nobody_was_paged_for_raises_one_alarm_without_deadlines() {
    let mut hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = red(&hub, "police").await;
    hub.clock.advance(RED + WAIT - SECOND);
    assert!(listed(&hub).await.is_empty() && !hub.shown(contact).await.unpaged);
    hub.clock.advance(SECOND);
    let told = alarm(&hub, &check).await;
    assert_eq!((&*told.agency, &told.contact_id), ("police", &contact.to_string()));
    let deadline = *MORNING + RED;
    assert_eq!(told.deadline.as_ref().and_then(from_timestamp), Some(deadline));
    assert_eq!(told.noticed_at.as_ref().and_then(from_timestamp), Some(deadline + WAIT));
    let [unpaged] = &listed(&hub).await[..] else { panic!("one") };
    assert_eq!((&unpaged.check_id, &*unpaged.telephone), (&check, ""));
    assert!(unpaged.unpaged && hub.shown(contact).await.unpaged);
    shows(&hub, "mash_checks_red_due_unpaged 1").await;
    shows(&hub, "mash_agreement_days_left{agency=\"health\"} 364").await;
    // After a restart it is not told again; what is new then shows that it has looked.
    hub.stop().await;
    hub.run();
    let (later, _) = red(&hub, "police").await;
    hub.clock.advance(RED + WAIT);
    alarm(&hub, &later).await;
    assert_eq!(hub.events::<pb::CheckOverdueUnpaged>(&check).await.len(), 1);
    // The late answer is taken, as the next revision, and the alarm is over.
    let answer = recording(&check, police_answer(AnswerKind::Final));
    hub.as_adapter("police").await.record_answer(answer).await.unwrap();
    let left: Vec<_> = listed(&hub).await.into_iter().map(|check| check.check_id).collect();
    assert_eq!(left, [later]);
    shows(&hub, "mash_checks_red_due_unpaged 1").await;
}

#[tokio::test]
async fn r43_what_deadlines_has_paged_for_raises_no_alarm_and_a_late_page_ends_one() {
    let tasks = Tasks::new();
    let mut hub = PartnerChecks::start(*MORNING).await;
    let deadlines = follow(&mut hub, &tasks).await;
    let (in_time, _) = red(&hub, "police").await;
    let (late, contact) = red(&hub, "health").await;
    hub.clock.advance(RED);
    hears(&hub, &deadlines, &in_time, Some(Uuid::now_v7())).await;
    hears(&hub, &deadlines, &late, None).await;
    hub.clock.advance(WAIT);
    alarm(&hub, &late).await;
    assert!(hub.events::<pb::CheckOverdueUnpaged>(&in_time).await.is_empty());
    assert_eq!(listed(&hub).await.len(), 1);
    hears(&hub, &deadlines, &late, Some(Uuid::now_v7())).await;
    assert!(listed(&hub).await.is_empty() && !hub.shown(contact).await.unpaged);
    tasks.stop();
}

#[tokio::test]
async fn r60_an_alarm_that_fell_into_a_stop_is_raised_at_the_start() {
    let mut hub = PartnerChecks::start(*MORNING).await;
    let (check, _) = red(&hub, "probation").await;
    hub.stop().await;
    hub.clock.advance(RED * 2);
    hub.run();
    let told = alarm(&hub, &check).await;
    let noticed_at = told.noticed_at.as_ref().and_then(from_timestamp);
    assert_eq!(noticed_at, Some(*MORNING + RED * 2), "with how late it is");
}

#[tokio::test]
async fn r60_what_was_paged_during_a_stop_raises_no_alarm_at_the_start() {
    let tasks = Tasks::new();
    let mut hub = PartnerChecks::start(*MORNING).await;
    let deadlines = follow(&mut hub, &tasks).await;
    let (paged, _) = red(&hub, "police").await;
    let (unpaged, _) = red(&hub, "health").await;
    hub.stop().await;
    hub.clock.advance(RED + WAIT);
    let event = ran_out(&hub, &paged, Some(Uuid::now_v7())).await;
    deadlines.tell(&event).await;
    hub.run();
    alarm(&hub, &unpaged).await;
    assert!(hub.events::<pb::CheckOverdueUnpaged>(&paged).await.is_empty());
    tasks.stop();
}

#[tokio::test]
async fn r46_a_red_not_delivered_in_ten_minutes_shows_the_number_to_ring() {
    let hub = PartnerChecks::start(*MORNING).await;
    red(&hub, "police").await;
    let (check, contact) = hub.check("health", Rag::Red).await;
    hub.check("housing", Rag::Green).await;
    hub.clock.advance(SECOND * 599);
    assert!(listed(&hub).await.is_empty() && hub.shown(contact).await.telephone.is_empty());
    hub.clock.advance(SECOND);
    assert_eq!(hub.shown(contact).await.telephone, "020 7946 0102");
    let [undelivered] = &listed(&hub).await[..] else { panic!("one") };
    assert_eq!((&undelivered.check_id, &*undelivered.telephone), (&check, "020 7946 0102"));
    assert_eq!((&undelivered.contact_id, undelivered.unpaged), (&contact.to_string(), false));
    let told =
        eventually("it is told", async || hub.events::<pb::CheckUndelivered>(&check).await.pop());
    let told = told.await;
    assert_eq!((&*told.agency, &told.contact_id), ("health", &contact.to_string()));
    delivered(&hub, "health", &check).await;
    assert!(listed(&hub).await.is_empty() && hub.shown(contact).await.telephone.is_empty());
    assert_eq!(hub.events::<pb::CheckUndelivered>(&check).await.len(), 1);
}

#[tokio::test]
async fn r46_what_needs_a_person_is_paged_and_r61_its_reading_is_logged() {
    let hub = PartnerChecks::start(*MORNING).await;
    let mut asked = Vec::new();
    for agency in ["police", "health", "housing"] {
        asked.push(hub.check(agency, Rag::Red).await);
        hub.clock.advance(SECOND);
    }
    hub.clock.advance(SECOND * 600);
    let mut manager = hub.as_person("mash_manager").await;
    let first = pb::ListChecksRequest { page_size: 2, ..attention() };
    let first = manager.list_checks(first).await.unwrap().into_inner();
    let token = first.next_page_token;
    let rest = pb::ListChecksRequest { page_size: 2, page_token: token, ..attention() };
    let rest = manager.list_checks(rest).await.unwrap().into_inner();
    assert!(rest.next_page_token.is_empty());
    let listed: Vec<_> = first.checks.into_iter().chain(rest.checks).collect();
    let listed: Vec<_> = listed.iter().map(|check| &check.check_id).collect();
    assert_eq!(listed, asked.iter().map(|(check, _)| check).collect::<Vec<_>>());
    let subjects: Vec<Vec<Uuid>> =
        sqlx::query_scalar("SELECT subjects FROM access.read_log ORDER BY number")
            .fetch_all(&hub.database)
            .await
            .unwrap();
    // Two contacts, then one; each check is about two children.
    assert_eq!(subjects.iter().map(Vec::len).collect::<Vec<_>>(), [6, 3]);
    assert!(subjects[0].contains(&asked[0].1) && subjects[1].contains(&asked[2].1));
    let wrong = pb::ListChecksRequest {
        contact_id: Uuid::new_v4().to_string(),
        purpose: 0,
        page_size: 201,
        ..attention()
    };
    let refused = manager.list_checks(wrong).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["contact_id", "purpose", "page_size"]);
}
