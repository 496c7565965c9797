//! How intake starts, and what it says of itself meanwhile.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::stage::{Intake, MORNING, referral};

/// The status line and body of an answer of the admin port; `None` where it is not open.
async fn admin(intake: &Intake, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(&intake.place.admin).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: intake\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    Some(answer)
}

/// Waits until the admin port answers what is wanted.
pub async fn answers(intake: &Intake, path: &str, wanted: &str) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !admin(intake, path).await.is_some_and(|answer| answer.contains(wanted)) {
        assert!(tokio::time::Instant::now() < deadline, "{path} does not answer {wanted}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn it_lives_without_its_tables_and_serves_when_they_are_made() {
    let intake = Intake::start_without_tables(*MORNING).await;
    answers(&intake, "/livez", "200 OK").await;
    answers(&intake, "/startupz", "200 OK").await;
    answers(&intake, "/readyz", "503").await;
    answers(&intake, "/readyz", "service").await;
    intake.make_tables().await;
    answers(&intake, "/readyz", "200 OK").await;
    intake.as_person("referrer").await.submit_contact(referral()).await.unwrap();
    answers(&intake, "/metrics", "mash_event_log_head 1").await;
}
