//! Two whom a person has told apart, and who are certain on other data since (R8).

use proto::{
    intake::v1::{self as pb, MatchDecision, MatchState, correction::Part},
    terms::v1::Date,
};

use crate::{
    corrections::amend,
    register_import::{IMPORT, case_system, import, row},
    register_open_cases::hand_overs,
    register_stage::{NHS, decision, history, match_with, matched, open_matches, other, register},
    register_stage::{siblings, unnumbered},
    stage::{Intake, MORNING},
};

/// A contact about a child of whom the case system has an open case; the birth date is mistyped,
/// and no number is known.
struct Mistyped {
    intake: Intake,
    contact: pb::SubmitContactResponse,
    revision: i64,
}

impl Mistyped {
    async fn submitted() -> Self {
        let intake = Intake::start(*MORNING).await;
        let case = pb::EpisodeRow { nhs_number: NHS[0].to_owned(), ..row(1) };
        import(&mut case_system(&intake).await, IMPORT, [case]).await;
        let mut given = unnumbered();
        given.children.truncate(1);
        given.children[0].birth_date = Some(Date { year: 2014, month: 5, day: 17 });
        let contact = intake.submit(given).await;
        Self { intake, contact, revision: 1 }
    }

    /// Corrects the child's number and birth date.
    async fn correct(&mut self, number: &str, year: i32) {
        let mut child = unnumbered().children.remove(0);
        child.nhs_number = number.to_owned();
        child.birth_date = Some(Date { year, month: 5, day: 17 });
        let child_id = self.contact.child_ids[0].clone();
        let right = pb::RecordedChild { child_id, child: Some(child), ..Default::default() };
        let amend = amend(&self.contact.contact_id, self.revision, Part::Child(right));
        self.revision += 1;
        self.intake.as_person("screening_practitioner").await.amend_contact(amend).await.unwrap();
    }

    /// The child's match with the case system, as a person sees it now.
    async fn found(&self) -> pb::Match {
        let people = history(&self.intake, &self.contact.contact_id).await;
        let mut matches = people.into_iter().next().unwrap().matches;
        matches.retain(|found| other(found).source() == pb::EntrySource::CaseSystem);
        matches.pop().unwrap()
    }

    async fn decide(&self, decided: MatchDecision) {
        let mut worker = register(&self.intake, "screening_practitioner").await;
        worker.decide_match(decision(&self.found().await, decided)).await.unwrap();
    }

    /// Has everybody matched again, on the data that there are.
    async fn again(&self) {
        sqlx::query("INSERT INTO intake.unmatched (person_id) SELECT id FROM intake.person")
            .execute(&self.intake.database)
            .await
            .unwrap();
        matched(&self.intake).await;
    }

    /// Matches of the contact's people that wait for a person, as it was told last.
    async fn waiting(&self) -> i32 {
        matched(&self.intake).await;
        let told: Vec<u8> = sqlx::query_scalar(
            "SELECT payload FROM messaging.event WHERE type = $1 ORDER BY number DESC LIMIT 1",
        )
        .bind(<pb::OpenQuestionsChanged as prost::Name>::full_name())
        .fetch_one(&self.intake.database)
        .await
        .unwrap();
        let told: pb::OpenQuestionsChanged = prost::Message::decode(&*told).unwrap();
        told.matches_waiting
    }
}

#[tokio::test]
async fn r8_who_was_rejected_and_has_become_certain_is_proposed_again_and_never_linked() {
    let mut about = Mistyped::submitted().await;
    about.decide(MatchDecision::Reject).await;
    about.again().await;
    let rejected = about.found().await;
    assert_eq!((rejected.state(), rejected.certain), (MatchState::Rejected, false));
    assert_eq!(about.waiting().await, 0);

    about.correct(NHS[0], 2016).await;
    let again = about.found().await;
    assert_eq!((again.state(), again.certain), (MatchState::Proposed, true));
    assert!(again.bits > rejected.bits && again.revision == rejected.revision + 1);
    let reasons: Vec<_> = again.reasons.iter().map(|it| it.reason()).collect();
    assert!(reasons.contains(&pb::MatchReason::NhsNumberSame), "{reasons:?}");
    let [before] = &again.decisions[..] else { panic!("what a person decided is shown") };
    assert_eq!((before.state(), &*before.reason), (MatchState::Rejected, "The school says so."));
    assert_eq!(before.decided_by, again.decided_by);
    let listed = open_matches(&about.intake).await;
    assert!(listed.len() == 1 && listed[0].decisions == again.decisions);
    assert_eq!(about.waiting().await, 1);
    assert!(hand_overs(&about.intake).await.is_empty(), "nothing is linked by the machine");

    about.decide(MatchDecision::Confirm).await;
    let linked = about.found().await;
    let states: Vec<_> = linked.decisions.iter().map(|it| it.state()).collect();
    assert_eq!(states, [MatchState::Rejected, MatchState::Linked]);
    assert_eq!(hand_overs(&about.intake).await[0].child_ids, about.contact.child_ids);
}

#[tokio::test]
async fn r8_who_was_rejected_as_certain_is_not_proposed_again_on_the_same_data() {
    let mut about = Mistyped::submitted().await;
    about.decide(MatchDecision::Reject).await;
    about.correct(NHS[0], 2016).await;
    let waits = about.found().await;
    about.again().await;
    assert_eq!(about.found().await.revision, waits.revision, "it waits as it did");
    about.decide(MatchDecision::Reject).await;
    about.again().await;
    let rejected = about.found().await;
    assert_eq!((rejected.state(), rejected.decisions.len()), (MatchState::Rejected, 2));

    // Certain no more, and then once more: a person has not seen it so.
    about.correct("", 2016).await;
    assert_eq!(about.found().await.state(), MatchState::Rejected);
    about.correct(NHS[0], 2016).await;
    assert_eq!(about.found().await.state(), MatchState::Proposed);
    // What is certain no more before anybody looked stands as the person had it.
    about.correct("", 2014).await;
    let apart = about.found().await;
    assert_eq!((apart.state(), apart.certain), (MatchState::Rejected, false));
    assert_eq!(about.waiting().await, 0);
}

#[tokio::test]
async fn r8_nobody_who_is_proposed_again_is_joined_by_a_chain_meanwhile() {
    let mut about = Mistyped::submitted().await;
    about.decide(MatchDecision::Reject).await;
    about.correct(NHS[0], 2016).await;
    assert_eq!(about.found().await.state(), MatchState::Proposed);
    let mut given = siblings();
    given.children.truncate(1);
    let third = about.intake.submit(given).await;
    let people = history(&about.intake, &third.contact_id).await;
    let with_first = match_with(&people[0], &about.contact.child_ids[0]).unwrap();
    let mut states: Vec<_> = people[0].matches.iter().map(|found| found.state()).collect();
    states.sort();
    assert!(with_first.certain);
    assert_eq!(states, [MatchState::Proposed, MatchState::Linked], "only one of the two is linked");
    assert_eq!(about.found().await.state(), MatchState::Proposed);
}
