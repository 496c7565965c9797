//! The gRPC edge of the register: history, matches, open cases (R8, R9).

mod answer;
mod parse;

use access::Caller;
use messaging::store_failure;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        AnswerDifferenceRequest, AnswerDifferenceResponse, DecideMatchRequest, DecideMatchResponse,
        GetHistoryRequest, GetHistoryResponse, HandToUnitRequest, HandToUnitResponse,
        JoinPeopleRequest, JoinPeopleResponse, ListOpenMatchesRequest, ListOpenMatchesResponse,
        ListUnitHandOversRequest, ListUnitHandOversResponse, PartPeopleRequest, PartPeopleResponse,
        PassToUnitRequest, PassToUnitResponse, RecordUnitReceiptRequest, RecordUnitReceiptResponse,
        TakeBackFromUnitRequest, TakeBackFromUnitResponse, UndoMatchRequest, UndoMatchResponse,
        register_service_server::RegisterService,
    },
};
use runtime::refusal::{not_found, refusal, stale_revision, unavailable};
use service::edge::{self, Shown};
use sqlx::PgConnection;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use self::answer::Hearing;
use crate::{
    api::{
        Api, a_managers,
        consents::adopter,
        not_on_contact,
        page::{self, Listed, Place},
        receipt,
    },
    commands::register::{
        RegisterError,
        answer_difference::answer_difference,
        decide_match::{decide_match, join_people, part_people},
        history,
        pass_to_unit::{pass_to_unit, record_unit_receipt},
        take_back::{hand_to_unit, take_back_from_unit},
    },
    domain::{
        register::{Decision, MatchRefusal},
        turn::{InTurn, List},
        unit_hand_over::UnitRefusal,
    },
    events::register::match_state,
    store::{
        register::{decisions, matches, people},
        unit_hand_overs,
    },
};

/// The fields of a child's record that are shown, for the read log (R61).
const HISTORY_FIELDS: &[&str] =
    &["entry", "matches", "contacts", "episodes", "related", "difference", "unit_hand_overs"];
const MATCH_FIELDS: &[&str] = &["entry", "matches"];
const HAND_OVER_FIELDS: &[&str] = &["reference", "unit", "unit_hand_overs"];

#[tonic::async_trait]
impl RegisterService for Api {
    async fn get_history(
        &self,
        request: Request<GetHistoryRequest>,
    ) -> Result<Response<GetHistoryResponse>, Status> {
        edge::read(&self.log, request, parse::history, async |db, (contact, purpose)| {
            let history = history::load(db, contact, &self.rules).await.map_err(Status::from)?;
            let subjects = history.read.iter().copied().collect();
            let hearing = self.hearing(db, &[contact]).await?;
            let shown = Shown { subjects, purpose: purpose.as_str_name(), fields: HISTORY_FIELDS };
            Ok((answer::history(history, &hearing), shown))
        })
        .await
    }

    async fn list_open_matches(
        &self,
        request: Request<ListOpenMatchesRequest>,
    ) -> Result<Response<ListOpenMatchesResponse>, Status> {
        edge::read(&self.log, request, page::wanted, async |db, (purpose, page)| {
            let behind = page.behind.map(|place| (place.order, place.id));
            let mut lines = matches::open(db, behind, page.look_for()).await?;
            let place = |order, id| Place { done: false, rank: 0, order, id };
            let next_page_token = page.cut(&mut lines, |(order, found)| place(*order, found.id));
            let subjects: Vec<Uuid> =
                lines.iter().flat_map(|(_, found)| [found.one, found.other]).collect();
            let entries = people::held(db, &subjects).await?;
            let entries = entries.into_iter().map(|held| (held.id, held)).collect();
            let ids: Vec<Uuid> = lines.iter().map(|(_, found)| found.id).collect();
            let decisions = decisions::decisions(db, &ids).await?;
            let all = (&entries, &*decisions);
            let matches = lines.iter().map(|(_, found)| answer::found(found, found.one, all));
            let matches = matches.collect();
            let shown = Shown { subjects, purpose: purpose.as_str_name(), fields: MATCH_FIELDS };
            Ok((ListOpenMatchesResponse { matches, next_page_token }, shown))
        })
        .await
    }

    async fn decide_match(
        &self,
        request: Request<DecideMatchRequest>,
    ) -> Result<Response<DecideMatchResponse>, Status> {
        edge::command(&self.log, request, parse::decision, async |tx, asked| {
            let (found, decision, reason) = asked;
            let now = decide_match(tx, found, decision, &reason, &self.rules).await?;
            Ok(DecideMatchResponse {
                revision: now.revision,
                state: match_state(now.state).into(),
                still_joined_by_ids: ids(&now.still_joined_by),
            })
        })
        .await
    }

    async fn undo_match(
        &self,
        request: Request<UndoMatchRequest>,
    ) -> Result<Response<UndoMatchResponse>, Status> {
        edge::command(&self.log, request, parse::undoing, async |tx, (found, reason)| {
            let now = decide_match(tx, found, Decision::Undo, &reason, &self.rules).await?;
            Ok(UndoMatchResponse {
                revision: now.revision,
                state: match_state(now.state).into(),
                still_joined_by_ids: ids(&now.still_joined_by),
            })
        })
        .await
    }

    async fn join_people(
        &self,
        request: Request<JoinPeopleRequest>,
    ) -> Result<Response<JoinPeopleResponse>, Status> {
        edge::command(&self.log, request, parse::joining, async |tx, (pair, read, reason)| {
            let now = join_people(tx, pair, read, &reason, &self.rules).await?;
            Ok(JoinPeopleResponse { match_id: now.id.to_string(), revision: now.revision })
        })
        .await
    }

    async fn part_people(
        &self,
        request: Request<PartPeopleRequest>,
    ) -> Result<Response<PartPeopleResponse>, Status> {
        edge::command(&self.log, request, parse::parting, async |tx, (pair, revision, reason)| {
            let now = part_people(tx, pair, revision, &reason, &self.rules).await?;
            Ok(PartPeopleResponse {
                match_id: now.id.to_string(),
                revision: now.revision,
                still_joined_by_ids: ids(&now.still_joined_by),
            })
        })
        .await
    }

    async fn answer_difference(
        &self,
        request: Request<AnswerDifferenceRequest>,
    ) -> Result<Response<AnswerDifferenceResponse>, Status> {
        edge::command(&self.log, request, parse::difference, async |tx, (child, answer)| {
            let id = answer_difference(tx, child, answer).await?;
            Ok(AnswerDifferenceResponse { difference_id: id.to_string() })
        })
        .await
    }

    async fn pass_to_unit(
        &self,
        request: Request<PassToUnitRequest>,
    ) -> Result<Response<PassToUnitResponse>, Status> {
        let now = self.log.clock().now();
        let parse = |asked| parse::passing(asked, now);
        edge::command(&self.log, request, parse, async |tx, (hand_over, how)| {
            let passed = pass_to_unit(tx, hand_over, how, &self.rules).await?;
            let hearing = self.hearing(tx, &[passed.contact]).await.map_err(RegisterError::from)?;
            Ok(answer::passed_to_unit(&passed, &hearing))
        })
        .await
    }

    async fn record_unit_receipt(
        &self,
        request: Request<RecordUnitReceiptRequest>,
    ) -> Result<Response<RecordUnitReceiptResponse>, Status> {
        let now = self.log.clock().now();
        let parse = |asked| parse::receipt(asked, now);
        edge::command(&self.log, request, parse, async |tx, (hand_over, receipt)| {
            let revision = record_unit_receipt(tx, hand_over, &receipt).await?;
            Ok(RecordUnitReceiptResponse { revision })
        })
        .await
    }

    async fn take_back_from_unit(
        &self,
        request: Request<TakeBackFromUnitRequest>,
    ) -> Result<Response<TakeBackFromUnitResponse>, Status> {
        let by = (adopter(Caller::of(&request)?), &*self.rules);
        edge::command(&self.log, request, parse::taking_back, async |tx, (hand_over, whom)| {
            let revision = take_back_from_unit(tx, hand_over, whom, by).await?;
            Ok(TakeBackFromUnitResponse { revision })
        })
        .await
    }

    async fn hand_to_unit(
        &self,
        request: Request<HandToUnitRequest>,
    ) -> Result<Response<HandToUnitResponse>, Status> {
        let by = (adopter(Caller::of(&request)?), &*self.rules);
        edge::command(&self.log, request, parse::handing, async |tx, handing| {
            let begun = hand_to_unit(tx, handing, by).await?;
            Ok(HandToUnitResponse {
                hand_over_id: begun.id.to_string(),
                revision: begun.revision,
                pass_due_at: Some(to_timestamp(begun.passing.due_at)),
            })
        })
        .await
    }

    async fn list_unit_hand_overs(
        &self,
        request: Request<ListUnitHandOversRequest>,
    ) -> Result<Response<ListUnitHandOversResponse>, Status> {
        edge::read(&self.log, request, page::wanted, async |db, (purpose, page)| {
            let listed = Listed::of(db, List::Unit, page).await?;
            let shown = listed.shown(purpose, HAND_OVER_FIELDS);
            let hand_overs = unit_hand_overs::with_ids(db, &listed.ids()).await?;
            let contacts: Vec<Uuid> = hand_overs.iter().map(|it| it.contact).collect();
            let hearing = self.hearing(db, &contacts).await?;
            let show = |it, line: InTurn| answer::hand_over(it, line.reference, &hearing);
            let (hand_overs, next_page_token) = listed.with(hand_overs, |it| it.id, show);
            Ok((ListUnitHandOversResponse { hand_overs, next_page_token }, shown))
        })
        .await
    }
}

impl Api {
    /// What the referrers of these contacts may be told (R9).
    async fn hearing(
        &self,
        db: &mut PgConnection,
        contacts: &[Uuid],
    ) -> Result<Hearing<'_>, sqlx::Error> {
        let referrers = unit_hand_overs::referrers(db, contacts).await?;
        Ok(Hearing { referrers, texts: &self.rules.intake.texts })
    }
}

impl From<RegisterError> for Status {
    fn from(error: RegisterError) -> Self {
        Self::from(&error)
    }
}

impl From<&RegisterError> for Status {
    fn from(error: &RegisterError) -> Self {
        match error {
            RegisterError::NoSuchContact => not_found("contact"),
            RegisterError::NoSuchChild((field, rule)) => not_on_contact(field, rule),
            RegisterError::NotHandedOver => {
                let facts = [("rule", "R9".to_owned()), ("field", "child_ids".to_owned())];
                refusal(Code::NotFound, "NOT_FOUND", &error.to_string(), &facts)
            }
            RegisterError::NoSuchPerson => not_found("person in the register"),
            RegisterError::NoSuchMatch => not_found("match"),
            RegisterError::NoSuchHandOver => not_found("hand-over to a unit"),
            RegisterError::StaleRevision(current) => stale_revision(*current),
            RegisterError::KeyedOtherwise => unavailable("the matching"),
            RegisterError::Match(refused) => match_refused(*refused),
            RegisterError::Unit(refused) => unit_refused(*refused),
            RegisterError::Append(cause) => cause.into(),
            RegisterError::Store(cause) => store_failure(cause),
        }
    }
}

fn ids(ids: &[Uuid]) -> Vec<String> {
    ids.iter().map(Uuid::to_string).collect()
}

fn match_refused(refused: MatchRefusal) -> Status {
    let reason = match refused {
        MatchRefusal::NotWaiting => "NOT_WAITING",
        MatchRefusal::NothingToUndo => "NOTHING_TO_UNDO",
        MatchRefusal::LinkedAlready => "LINKED_ALREADY",
    };
    let facts = [("rule", "R8".to_owned())];
    refusal(Code::FailedPrecondition, reason, &refused.to_string(), &facts)
}

fn unit_refused(refused: UnitRefusal) -> Status {
    let reason = match refused {
        UnitRefusal::PassedAlready => "PASSED_ALREADY",
        UnitRefusal::PassedBeforeFound => "PASSED_BEFORE_FOUND",
        UnitRefusal::NotPassed => "NOT_PASSED",
        UnitRefusal::ReceivedAlready => "RECEIVED_ALREADY",
        UnitRefusal::Receipt(why) => return receipt::refused(why, "received_at"),
        UnitRefusal::Withdrawn => "WITHDRAWN",
        UnitRefusal::NoManager => {
            return a_managers("TAKING_BACK_IS_A_MANAGERS", ("R9", "does"), &refused);
        }
        UnitRefusal::HandedOverAlready => "HANDED_OVER_ALREADY",
        UnitRefusal::NoOpenCase => "NO_OPEN_CASE",
    };
    let (field, way) = match refused {
        UnitRefusal::PassedBeforeFound => ("passed_at", ""),
        UnitRefusal::HandedOverAlready => ("child_ids", "take them back from their unit first"),
        UnitRefusal::NoOpenCase => ("child_ids", "decide on them: they are the hub's"),
        UnitRefusal::PassedAlready
        | UnitRefusal::NotPassed
        | UnitRefusal::ReceivedAlready
        | UnitRefusal::Receipt(_)
        | UnitRefusal::Withdrawn
        | UnitRefusal::NoManager => ("", ""),
    };
    let facts = [("rule", "R9"), ("field", field), ("ways_forward", way)];
    let facts = facts.into_iter().filter(|(_, fact)| !fact.is_empty());
    let facts: Vec<_> = facts.map(|(name, fact)| (name, fact.to_owned())).collect();
    refusal(Code::FailedPrecondition, reason, &refused.to_string(), &facts)
}
