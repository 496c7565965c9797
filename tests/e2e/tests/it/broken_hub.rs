//! The hub while parts of it are killed, frozen and robbed: nothing accepted is lost,
//! nothing is done twice, and a page for a child in danger arrives.

use std::time::{Duration, Instant};

use proto::intake::v1::SubmitContactRequest;
use rustix::process::{Pid, Signal, kill_process};
use tonic::Code;
use uuid::Uuid;

use crate::hub::{Stage, contact, eventually};

/// A word that must never leave intake's tables.
const CANARY: &str = "Zyqqurat";
/// The clocks that every contact has one of (R72); what is urgent has another outside hub
/// hours, which this test may run in or not (R10).
const CLOCKS: &str = "SELECT count(*) FROM deadlines.clock WHERE kind = 'initial_decision'";
/// A page for a child in danger arrives within this, also without a broker.
const PAGED_WITHIN: Duration = Duration::from_secs(3);

fn signal(stage: &Stage, process: &str, signal: Signal) {
    let pid = stage.hub.pid(process).and_then(|pid| Pid::from_raw(pid.cast_signed()));
    kill_process(pid.unwrap(), signal).unwrap();
}

/// Submits until it is answered, as a client does; gives the contact's id.
async fn submit(stage: &Stage, request: &SubmitContactRequest) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match stage.intake("referrer").await.submit_contact(request.clone()).await {
            Ok(receipt) => return receipt.into_inner().contact_id,
            Err(refused) => {
                let passing =
                    [Code::Unavailable, Code::Cancelled, Code::Unknown, Code::DeadlineExceeded];
                assert!(passing.contains(&refused.code()), "{refused:?}");
                assert!(Instant::now() < deadline, "no answer for a minute: {refused:?}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn paged_within(stage: &Stage, contact_id: &str, limit: Duration) {
    let mut pages = stage.hub.pages();
    let arrived =
        pages.wait_for(|pages| pages.iter().any(|page| page.page.to_string().contains(contact_id)));
    tokio::time::timeout(limit, arrived).await.expect("the page arrives in time").unwrap();
}

async fn count(stage: &Stage, service: &str, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(&stage.database(service).await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn r12_no_contact_is_lost_or_doubled_and_each_has_one_case_one_clock_one_page() {
    let stage = Stage::start().await;
    let victims = [
        "intake",
        "screening",
        "deadlines",
        "nats",
        "partner-checks",
        "reporting",
        "postgres",
        "intake",
    ];
    let mut accepted = Vec::new();
    for (turn, victim) in victims.into_iter().enumerate() {
        for number in 0..5 {
            accepted.push(submit(&stage, &contact(number == 0, CANARY)).await);
        }
        signal(&stage, victim, Signal::KILL);
        // Sent while it is away, and sent again by an impatient client.
        let request = contact(turn % 2 == 0, CANARY);
        let (first, second) = (submit(&stage, &request).await, submit(&stage, &request).await);
        assert_eq!(first, second);
        accepted.push(first);
    }
    let contacts = accepted.len() as i64;
    let dangerous = 8 + 4;
    eventually("every contact has a case and a clock, every dangerous one a page", async || {
        stage.hub.wait_ready().await.is_ok()
            && count(&stage, "screening", "SELECT count(*) FROM screening.contact_case").await
                >= contacts
            && count(&stage, "deadlines", CLOCKS).await >= contacts
            && count(&stage, "deadlines", "SELECT count(*) FROM deadlines.page").await >= dangerous
    })
    .await;
    assert_eq!(count(&stage, "intake", "SELECT count(*) FROM intake.contact").await, contacts);
    assert_eq!(
        count(&stage, "screening", "SELECT count(*) FROM screening.contact_case").await,
        contacts
    );
    let clocks =
        "SELECT count(DISTINCT contact_id) FROM deadlines.clock WHERE kind = 'initial_decision'";
    assert_eq!(count(&stage, "deadlines", clocks).await, contacts);
    assert_eq!(count(&stage, "deadlines", CLOCKS).await, contacts);
    let pages = "SELECT count(DISTINCT contact_id) FROM deadlines.page WHERE cause = 'section_47'";
    assert_eq!(count(&stage, "deadlines", pages).await, dangerous);
    assert_eq!(count(&stage, "deadlines", "SELECT count(*) FROM deadlines.page").await, dangerous);
    for contact_id in &accepted {
        let known: Option<Uuid> = sqlx::query_scalar("SELECT id FROM intake.contact WHERE id = $1")
            .bind(contact_id.parse::<Uuid>().unwrap())
            .fetch_optional(&stage.database("intake").await)
            .await
            .unwrap();
        assert!(known.is_some(), "an accepted contact is lost");
    }
    r63_the_words_of_a_contact_are_nowhere_but_in_intake(&stage).await;
    stage.hub.stop().await;
}

/// Looks for the canary in everything that is not intake's own: logs, the broker's
/// files, pages, and the databases of the others.
async fn r63_the_words_of_a_contact_are_nowhere_but_in_intake(stage: &Stage) {
    let mut folders = vec![stage.folder.path().to_owned()];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            // The database's own files hold intake's tables.
            if path.is_dir() && !name.starts_with("postgres") {
                folders.push(path);
            } else if path.is_file() {
                let bytes = std::fs::read(&path).unwrap_or_default();
                let found = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
                assert!(!found, "{} holds a person's words", path.display());
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 20, "{looked_at} files");
    for service in ["screening", "partner-checks", "deadlines", "reporting"] {
        let events =
            "SELECT count(*) FROM messaging.event WHERE position('Zyqqurat'::bytea IN payload) > 0";
        assert_eq!(count(stage, service, events).await, 0, "{service}");
    }
    let told =
        "SELECT count(*) FROM messaging.event WHERE position('Zyqqurat'::bytea IN payload) > 0";
    assert_eq!(count(stage, "intake", told).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn r18_a_page_for_a_child_in_danger_needs_no_broker() {
    let stage = Stage::start().await;
    let healthy = submit(&stage, &contact(true, "healthy")).await;
    paged_within(&stage, &healthy, PAGED_WITHIN).await;

    // For a minute the broker holds its connections and answers nothing.
    signal(&stage, "nats", Signal::STOP);
    for turn in 0..6 {
        let began = Instant::now();
        let frozen = submit(&stage, &contact(true, "frozen")).await;
        paged_within(&stage, &frozen, PAGED_WITHIN).await;
        println!("broker frozen, {}0 s: paged after {} ms", turn, began.elapsed().as_millis());
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    signal(&stage, "nats", Signal::CONT);
    let thawed = submit(&stage, &contact(true, "thawed")).await;
    paged_within(&stage, &thawed, PAGED_WITHIN).await;
    stage.hub.stop().await;
}
