//! Notices as people see them: the proposed order, what they say of it, the backlog.

use harness::{Stage, fields_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        self as pb, NoticePriority, NoticeReason, correction::Part,
        notice_service_client::NoticeServiceClient,
    },
    terms::v1::Date,
};
use tonic::Code;
use uuid::Uuid;

use super::{Client, POLICE, as_person, nhs_number, notice, sender, sent, with};
use crate::{
    corrections::amend,
    remit::remit,
    stage::{Intake, MORNING, child, referral},
};

pub async fn list(client: &mut Client) -> Vec<pb::ListedNotice> {
    let all = pb::ListNoticesRequest { page_size: 200, page_token: String::new() };
    client.list_notices(all).await.unwrap().into_inner().notices
}

pub fn confirm(
    notice: &pb::ListedNotice,
    priority: NoticePriority,
    reason: &str,
) -> pb::ConfirmPriorityRequest {
    pb::ConfirmPriorityRequest {
        request_id: Uuid::new_v4().to_string(),
        notice_id: notice.notice_id.clone(),
        revision: notice.revision,
        priority: priority.into(),
        reason: reason.to_owned(),
    }
}

#[tokio::test]
async fn r14_notices_are_sorted_by_proposed_priority_and_what_a_person_has_seen_comes_last() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    sent(
        &mut police,
        [
            notice(1),
            with(2, |contact| {
                contact.factors = vec!["1A".to_owned()];
                let before = *MORNING - SignedDuration::from_mins(1);
                contact.received_at = Some(to_timestamp(before));
            }),
            with(3, |contact| contact.children[0].nhs_number = nhs_number(2)),
            with(4, |contact| {
                contact.children[0].birth_date = Some(Date { year: 2024, month: 5, day: 17 });
                contact.factors = vec!["11A".to_owned()];
            }),
            with(5, |contact| contact.immediate_danger = true),
        ],
    )
    .await;
    let mut worker = as_person(&intake, "screening_practitioner").await;
    let listed = list(&mut worker).await;
    let shown: Vec<_> =
        listed.iter().map(|one| (one.number, one.proposed(), one.reasons().collect())).collect();
    let expected: Vec<(i32, NoticePriority, Vec<NoticeReason>)> = vec![
        (5, NoticePriority::Urgent, vec![NoticeReason::ImmediateDanger]),
        (4, NoticePriority::High, vec![NoticeReason::SeriousFactor, NoticeReason::YoungChild]),
        (2, NoticePriority::Medium, vec![NoticeReason::Factor]),
        (3, NoticePriority::Medium, vec![NoticeReason::RepeatInBatch]),
        (1, NoticePriority::Low, vec![]),
    ];
    assert_eq!(shown, expected);

    let urgent = &listed[0];
    worker.confirm_priority(confirm(urgent, NoticePriority::Urgent, "")).await.unwrap();
    let raise = confirm(&listed[4], NoticePriority::High, "");
    let unsaid = worker.confirm_priority(raise.clone()).await.err().unwrap();
    assert_eq!(
        (unsaid.code(), &*reason_of(&unsaid)),
        (Code::FailedPrecondition, "REASON_REQUIRED")
    );
    let raise = pb::ConfirmPriorityRequest {
        reason: "The school rang about the same child.".to_owned(),
        ..raise
    };
    let receipt = worker.confirm_priority(raise.clone()).await.unwrap().into_inner();
    assert_eq!(receipt.revision, 2);
    assert!(worker.confirm_priority(raise).await.unwrap().into_inner() == receipt);
    let stale = worker.confirm_priority(confirm(urgent, NoticePriority::Low, "Again.")).await;
    assert_eq!(reason_of(&stale.err().unwrap()), "STALE_REVISION");

    let mut numbers = Vec::new();
    let mut page = pb::ListNoticesRequest { page_size: 2, page_token: String::new() };
    loop {
        let answer = worker.list_notices(page.clone()).await.unwrap().into_inner();
        numbers.extend(answer.notices.iter().map(|one| (one.number, one.confirmed())));
        if answer.next_page_token.is_empty() {
            break;
        }
        page.page_token = answer.next_page_token;
    }
    let nobody = NoticePriority::Unspecified;
    let seen = [(5, NoticePriority::Urgent), (1, NoticePriority::High)];
    assert_eq!(numbers, [[(4, nobody), (2, nobody), (3, nobody)].as_slice(), &seen].concat());
    let reads: i64 = sqlx::query_scalar("SELECT count(*) FROM access.read_log WHERE action = $1")
        .bind("NoticeService.ListNotices")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(reads, 4);
}

#[tokio::test]
async fn r14_r18_who_says_that_a_notice_is_urgent_has_it_paged_and_handed_to_edt() {
    let intake = Intake::start("2026-11-24T22:00:00Z".parse().unwrap()).await;
    let mut police = sender(&intake, POLICE).await;
    sent(&mut police, [notice(1), with(2, |contact| contact.significant_harm = true)]).await;
    let mut worker = as_person(&intake, "mash_manager").await;
    let why = "The address is known to us.";
    let [marked, quiet] = list(&mut worker).await.try_into().unwrap_or_else(|_| panic!("two"));
    let first = pb::ListedNotice::clone(&quiet);
    worker.confirm_priority(confirm(&first, NoticePriority::Low, "")).await.unwrap();
    for (revision, priority) in [
        (2, NoticePriority::Urgent),
        (3, NoticePriority::Urgent),
        (4, NoticePriority::High),
        (5, NoticePriority::Urgent),
    ] {
        let now = pb::ListedNotice { revision, ..first.clone() };
        worker.confirm_priority(confirm(&now, priority, why)).await.unwrap();
    }
    worker.confirm_priority(confirm(&marked, NoticePriority::Urgent, "")).await.unwrap();
    let urgent = async |notice: &pb::ListedNotice| -> Vec<bool> {
        let told = intake.told::<pb::NoticePriorityConfirmed>(&notice.notice_id).await;
        told.iter().map(|event| event.became_urgent).collect()
    };
    assert_eq!(urgent(&quiet).await, [false, true, false, false, true]);
    assert_eq!(urgent(&marked).await, [false]);
    let handed: Vec<Uuid> = sqlx::query_scalar(
        "SELECT contact_id FROM intake.hand_over WHERE automatic ORDER BY made_at, id",
    )
    .fetch_all(&intake.database)
    .await
    .unwrap();
    let [marked, quiet] = [&marked, &quiet].map(|it| it.contact_id.parse::<Uuid>().unwrap());
    assert_eq!(handed, [marked, quiet, quiet]);
}

#[tokio::test]
async fn r3_r18_a_contact_whose_notice_was_called_urgent_is_urgent_for_whatever_comes_later() {
    let intake = Intake::start("2026-11-24T22:00:00Z".parse().unwrap()).await;
    let mut police = sender(&intake, POLICE).await;
    sent(&mut police, [notice(1)]).await;
    let mut worker = as_person(&intake, "mash_manager").await;
    let listed = list(&mut worker).await.remove(0);
    let urgent = confirm(&listed, NoticePriority::Urgent, "The address is known to us.");
    worker.confirm_priority(urgent).await.unwrap();
    let missed = Part::NewChild(child("Tobi Okafor", 2022));
    let mut edt = intake.as_person("edt").await;
    let added = edt.amend_contact(amend(&listed.contact_id, 1, missed)).await.unwrap();
    assert!(added.get_ref().advice.iter().any(|line| line.contains("020 8356 2710")));
    let told = intake.told::<pb::ContactAmended>(&listed.contact_id).await.remove(0);
    assert!(told.added_to_urgent && !told.became_urgent);
    let handed: i64 = sqlx::query_scalar("SELECT count(*) FROM intake.hand_over WHERE automatic")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(handed, 2);
    let passing = pb::PassToAuthorityRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: listed.contact_id,
        child_ids: vec![added.into_inner().added_id],
        authority: "211".to_owned(),
        way: pb::SecureWay::Telephone.into(),
        information: "She lives there.".to_owned(),
        acted_first: String::new(),
        authority_name: String::new(),
    };
    let unsaid = remit(&intake, "edt").await.pass_to_authority(passing).await.err().unwrap();
    assert_eq!(reason_of(&unsaid), "ACT_FIRST");
}

#[tokio::test]
async fn r14_each_word_on_a_notice_is_kept_with_who_said_it_why_and_when() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    sent(&mut police, [notice(1)]).await;
    let listed = list(&mut as_person(&intake, "mash_manager").await).await.remove(0);
    let mut first = as_person(&intake, "mash_manager").await;
    let why = "A baby lives there.";
    first.confirm_priority(confirm(&listed, NoticePriority::High, why)).await.unwrap();
    intake.clock.advance(SignedDuration::from_mins(10));
    let mut second = as_person(&intake, "screening_practitioner").await;
    let now = pb::ListedNotice { revision: 2, ..listed };
    second.confirm_priority(confirm(&now, NoticePriority::Low, "")).await.unwrap();
    let kept: Vec<(i64, String, Option<String>, String, jiff_sqlx::Timestamp)> = sqlx::query_as(
        "SELECT revision, priority::text, reason, confirmed_by, confirmed_at
         FROM intake.notice_confirmation ORDER BY revision",
    )
    .fetch_all(&intake.database)
    .await
    .unwrap();
    let [(2, high, Some(reason), one, at), (3, low, None, other, later)] = kept.as_slice() else {
        panic!("two words: {kept:?}")
    };
    assert_eq!((high.as_str(), reason.as_str(), low.as_str()), ("high", why, "low"));
    assert!(one != other && at.to_jiff() == *MORNING && later.to_jiff() > *MORNING);
    let changed = sqlx::query("UPDATE intake.notice_confirmation SET reason = 'Other.'");
    assert!(changed.execute(&intake.database).await.is_err());
}

#[tokio::test]
async fn r14_an_earlier_contact_about_the_child_is_a_reason() {
    let intake = Intake::start(*MORNING).await;
    let mut school = intake.as_person("referrer").await;
    school.submit_contact(referral()).await.unwrap();
    let mut police = sender(&intake, POLICE).await;
    let number = referral().children.remove(0).nhs_number;
    let known = with(1, |contact| contact.children[0].nhs_number = number);
    sent(&mut police, [known.clone()]).await;
    let mut worker = as_person(&intake, "mash_manager").await;
    let reasons: Vec<_> = list(&mut worker).await[0].reasons().collect();
    assert_eq!(reasons, [NoticeReason::EarlierContact]);
}

#[tokio::test]
async fn r14_none_is_closed_by_machine() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    // Those that a machine would close first: nothing said, the same again, not the hub's.
    let batch = || {
        [
            notice(1),
            with(2, |contact| contact.children[0].nhs_number = nhs_number(1)),
            with(3, |contact| contact.children[0].outside_area = true),
            with(4, |contact| {
                contact.children[0].birth_date = Some(Date { year: 1999, month: 5, day: 17 });
            }),
        ]
    };
    sent(&mut police, batch()).await;
    intake.clock.advance(SignedDuration::from_hours(24 * 120));
    let mut police = sender(&intake, POLICE).await;
    assert_eq!(super::summary(&sent(&mut police, batch()).await), (0, 4, 0));
    let mut worker = as_person(&intake, "mash_manager").await;
    let listed = list(&mut worker).await;
    assert_eq!(listed.len(), 4);
    let untouched = |one: &pb::ListedNotice| {
        one.revision == 1 && one.confirmed() == NoticePriority::Unspecified
    };
    assert!(listed.iter().all(untouched));
    // Neither whoever sends them nor another service says what their priority is, and the
    // database takes no word on it that is nobody's.
    let one = confirm(&listed[0], listed[0].proposed(), "");
    let refused = police.confirm_priority(one.clone()).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let files = Stage::shared().identities().service("screening");
    let channel = Stage::shared().channel_as(&intake.place.address, &files).await;
    let refused = NoticeServiceClient::new(channel).confirm_priority(one).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    for nobodys in [
        "UPDATE intake.notice SET confirmed = proposed, confirmed_at = now()",
        "UPDATE intake.notice SET confirmed = proposed, confirmed_at = now(), confirmed_by = ''",
    ] {
        assert!(sqlx::query(nobodys).execute(&intake.database).await.is_err(), "{nobodys}");
    }
    let told: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT type FROM messaging.event ORDER BY 1")
            .fetch_all(&intake.database)
            .await
            .unwrap();
    // That the five are alike is asked of a person, and told.
    let told: Vec<&str> = told.iter().filter_map(|it| it.strip_prefix("mash.intake.v1.")).collect();
    assert!(
        told.iter().all(|it| {
            ["ContactReceived", "NoticeReceived", "OpenQuestionsChanged"].contains(it)
        })
    );
}

#[tokio::test]
async fn r14_the_backlog_shows() {
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    let yesterday: Timestamp = "2026-11-23T22:30:00Z".parse().unwrap();
    let old = |contact: &mut pb::SubmitContactRequest| {
        contact.received_at = Some(to_timestamp(yesterday));
    };
    let urgent = |contact: &mut pb::SubmitContactRequest| contact.significant_harm = true;
    sent(&mut police, [notice(1), with(2, old), with(3, urgent), notice(4)]).await;
    let mut worker = as_person(&intake, "mash_manager").await;
    let first = list(&mut worker).await.remove(0);
    worker.confirm_priority(confirm(&first, NoticePriority::Urgent, "")).await.unwrap();
    let backlog = worker.get_backlog(pb::GetBacklogRequest { days: 2 }).await.unwrap().into_inner();
    let waiting: Vec<_> = backlog.waiting.iter().map(|of| (of.priority(), of.waiting)).collect();
    let none = |priority| (priority, 0);
    let expected = [
        none(NoticePriority::Urgent),
        none(NoticePriority::High),
        none(NoticePriority::Medium),
        (NoticePriority::Low, 3),
    ];
    assert_eq!(waiting, expected);
    assert_eq!(backlog.waiting[3].oldest_received_at, Some(to_timestamp(yesterday)));
    assert!(backlog.waiting[0].oldest_received_at.is_none());
    let days: Vec<_> =
        backlog.days.iter().map(|of| (of.day.unwrap().day, of.received, of.confirmed)).collect();
    assert_eq!(days, [(24, 3, 1), (23, 1, 0)]);
    crate::start::answers(&intake, "/metrics", "mash_notices_waiting{priority=\"low\"} 3").await;
    // An instant, not an age: where the loop hangs that sets it, what waits still grows old.
    let oldest = format!("oldest_at_seconds{{priority=\"low\"}} {}", yesterday.as_second());
    crate::start::answers(&intake, "/metrics", &oldest).await;
    let looked = format!("mash_intake_backlog_looked_at_seconds {}", MORNING.as_second());
    crate::start::answers(&intake, "/metrics", &looked).await;
}

#[tokio::test]
async fn r14_bad_questions_about_notices_name_every_field() {
    let intake = Intake::start(*MORNING).await;
    let mut worker = as_person(&intake, "mash_manager").await;
    let list = pb::ListNoticesRequest { page_size: 201, page_token: "x".to_owned() };
    let refused = worker.list_notices(list).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["page_size", "page_token"]);
    let beyond = format!("020009{}", "0".repeat(48));
    let list = pb::ListNoticesRequest { page_size: 1, page_token: beyond };
    assert_eq!(fields_of(&worker.list_notices(list).await.err().unwrap()), ["page_token"]);
    let backlog = worker.get_backlog(pb::GetBacklogRequest { days: 32 }).await;
    assert_eq!(fields_of(&backlog.err().unwrap()), ["days"]);
    let confirmation = pb::ConfirmPriorityRequest {
        request_id: "1".to_owned(),
        notice_id: "2".to_owned(),
        revision: 0,
        priority: 9,
        reason: "x".repeat(2_001),
    };
    let refused = worker.confirm_priority(confirmation.clone()).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["request_id", "notice_id", "revision", "priority", "reason"]);
    let unknown = pb::ConfirmPriorityRequest {
        request_id: Uuid::new_v4().to_string(),
        notice_id: Uuid::new_v4().to_string(),
        revision: 1,
        priority: NoticePriority::Low.into(),
        reason: String::new(),
    };
    let refused = worker.confirm_priority(unknown).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn r13_r14_the_list_and_the_backlog_go_by_the_corrected_receipt() {
    use crate::corrections::amend;
    let intake = Intake::start(*MORNING).await;
    let mut police = sender(&intake, POLICE).await;
    let minutes = |before| to_timestamp(*MORNING - SignedDuration::from_mins(before));
    let at = |number, before| with(number, |contact| contact.received_at = Some(minutes(before)));
    sent(&mut police, [at(1, 2), at(2, 1)]).await;
    let mut worker = as_person(&intake, "screening_practitioner").await;
    let listed = list(&mut worker).await;
    let numbers = |listed: &[pb::ListedNotice]| -> Vec<i32> {
        listed.iter().map(|notice| notice.number).collect()
    };
    assert_eq!(numbers(&listed), [1, 2]);
    let right = pb::correction::Part::ReceivedAt(minutes(3));
    let mut corrects = intake.as_person("screening_practitioner").await;
    corrects.amend_contact(amend(&listed[1].contact_id, 1, right)).await.unwrap();
    let listed = list(&mut worker).await;
    assert_eq!(numbers(&listed), [2, 1]);
    assert_eq!(listed[0].received_at, Some(minutes(3)));
}
