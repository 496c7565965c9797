//! RED checks that do not get through, on the worklist (R43, R46).

use proto::{
    convert::to_timestamp,
    partner_checks::v1::{CheckDelivered, CheckOverdueUnpaged, CheckUndelivered},
    terms::v1::Rag,
};
use uuid::Uuid;

use crate::stage::{MORNING, Screening, answer, contact, requested};

fn undelivered(contact: &str, check: &str) -> CheckUndelivered {
    CheckUndelivered {
        check_id: check.to_owned(),
        contact_id: contact.to_owned(),
        agency: "police".to_owned(),
        requested_at: Some(to_timestamp(*MORNING)),
        noticed_at: Some(to_timestamp(*MORNING)),
    }
}

#[tokio::test]
async fn r46_an_agency_is_to_be_telephoned_until_it_has_the_check() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let telephone = async || screening.line(&opened.id).await.unwrap().telephone_check_ids;
    let check = screening.asked(&opened.id, Rag::Red).await;
    let other = screening.asked(&opened.id, Rag::Red).await;
    assert!(telephone().await.is_empty());
    screening.hears_of_check(&check, 2, &undelivered(&opened.id, &check)).await;
    assert_eq!(telephone().await, std::slice::from_ref(&check));
    let delivered = CheckDelivered {
        check_id: check.clone(),
        contact_id: opened.id.clone(),
        delivered_at: Some(to_timestamp(*MORNING)),
    };
    screening.hears_of_check(&check, 3, &delivered).await;
    assert!(telephone().await.is_empty());
    // They answered by telephone: nothing is left to ring about.
    screening.hears_of_check(&other, 2, &undelivered(&opened.id, &other)).await;
    assert_eq!(telephone().await, std::slice::from_ref(&other));
    screening.hears_of_check(&other, 3, &answer(&opened.id, &other, *MORNING)).await;
    assert!(telephone().await.is_empty());
}

#[tokio::test]
async fn r46_what_is_heard_of_before_the_check_waits_for_it() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = Uuid::now_v7().to_string();
    screening.hears_of_check(&check, 1, &undelivered(&opened.id, &check)).await;
    let line = screening.line(&opened.id).await.unwrap();
    assert!(line.telephone_check_ids.is_empty());
    let asked = requested(&opened.id, &check, Rag::Red, *MORNING);
    screening.hears_of_check(&check, 2, &asked).await;
    let line = screening.line(&opened.id).await.unwrap();
    assert_eq!(line.telephone_check_ids, [check]);
}

#[tokio::test]
async fn r43_a_check_that_ran_out_unpaged_shows_until_it_is_answered() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let check = screening.asked(&opened.id, Rag::Red).await;
    let alarm = CheckOverdueUnpaged {
        check_id: check.clone(),
        contact_id: opened.id.clone(),
        agency: "police".to_owned(),
        deadline: Some(to_timestamp(*MORNING)),
        noticed_at: Some(to_timestamp(*MORNING)),
    };
    screening.hears_of_check(&check, 2, &alarm).await;
    let line = screening.line(&opened.id).await.unwrap();
    assert_eq!(line.unpaged_check_ids, std::slice::from_ref(&check));
    assert!(line.telephone_check_ids.is_empty());
    screening.hears_of_check(&check, 3, &answer(&opened.id, &check, *MORNING)).await;
    assert!(screening.line(&opened.id).await.unwrap().unpaged_check_ids.is_empty());
}
