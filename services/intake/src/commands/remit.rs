//! Whether a contact is the hub's at all: a question that a manager answers (R3). It is raised
//! with a contact or by a correction, has a clock, and ends when the hub keeps the contact, when
//! its children were passed on, or when a correction settles it.

use access::Personal;
use jiff::Timestamp;
use messaging::{Tx, tx::AppendError};
use sqlx::PgConnection;
use thiserror::Error;
use uuid::Uuid;

use crate::{
    domain::{
        clock::{Clock, Ending},
        contact::Contact,
        remit::{self, Answered, Question, RemitAnswer, RemitReason, Standing},
    },
    events::remit as events,
    protocol::Rules,
    store::{passed_on, remit_questions},
};

/// A manager's answer that was refused, or could not be kept.
#[derive(Debug, Error)]
pub enum RemitError {
    /// No such question of the remit waits for an answer.
    #[error("no such question of the remit waits for an answer")]
    NoSuchQuestion,
    /// The question has changed since it was read; it is at this revision now.
    #[error("the question is at revision {0}")]
    StaleRevision(i64),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// What is in question on a contact, on the day on which it was received (R3).
pub fn in_question(contact: &Contact, rules: &Rules) -> Vec<(Uuid, RemitReason)> {
    let day = rules.calendar().local_date(contact.received_at);
    remit::of_contact(contact, day, rules.intake.remit_age)
}

/// Raises the question with a contact, where there is one; its clock runs from the receipt.
pub async fn raise(
    connection: &mut PgConnection,
    contact: &Contact,
    rules: &Rules,
) -> Result<Standing, sqlx::Error> {
    let reasons = in_question(contact, rules);
    if reasons.is_empty() {
        return Ok(Standing::default());
    }
    ask(connection, (contact.id, contact.received_at), reasons, rules).await
}

async fn ask(
    connection: &mut PgConnection,
    (contact, from): (Uuid, Timestamp),
    reasons: Vec<(Uuid, RemitReason)>,
    rules: &Rules,
) -> Result<Standing, sqlx::Error> {
    let clock = rules.clock(from, &rules.intake.timescales.remit_decision);
    let question = Question {
        id: Uuid::now_v7(),
        revision: 1,
        contact,
        raised_at: from,
        clock: clock.running(),
        reasons,
    };
    remit_questions::insert(connection, &question).await?;
    Ok(Standing { reasons: question.reasons, started: Some(clock), ended: None })
}

/// Looks at a contact again after a correction: settles what is in question no more, and asks
/// a manager what none has looked at. The clock of what stays in question since the receipt,
/// which was `received_before` until the correction, runs from the receipt (R13).
pub async fn look_again(
    tx: &mut Tx,
    contact: &Contact,
    received_before: Timestamp,
    rules: &Rules,
) -> Result<Standing, sqlx::Error> {
    let reasons = in_question(contact, rules);
    if let Some(open) = lock_open(tx, contact.id).await? {
        return correct(tx, &open, reasons, (received_before, contact), rules).await;
    }
    let asked = remit_questions::of_contact(tx, contact.id).await?;
    let before: Vec<_> = asked.iter().flat_map(|asked| &asked.question.reasons).copied().collect();
    if remit::is_new(&reasons, &before) {
        let now = tx.now();
        return ask(tx, (contact.id, now), reasons, rules).await;
    }
    Ok(Standing { reasons, started: None, ended: None })
}

/// Puts an open question, which is locked, as it stands after a correction.
async fn correct(
    tx: &mut Tx,
    open: &Question,
    reasons: Vec<(Uuid, RemitReason)>,
    (received_before, contact): (Timestamp, &Contact),
    rules: &Rules,
) -> Result<Standing, sqlx::Error> {
    let passed = passed_on::children(tx, contact.id).await?;
    let all_passed = reasons.iter().all(|(child, _)| passed.contains(child));
    let words = Personal::new(String::new());
    if reasons.is_empty() {
        end(tx, open, (RemitAnswer::Settled, &words)).await?;
        let ended = Some((open.clock.id, Ending::Cancelled));
        return Ok(Standing { reasons, started: None, ended });
    }
    if all_passed {
        end(tx, open, (RemitAnswer::PassedOn, &words)).await?;
        let ended = Some((open.clock.id, Ending::Met));
        return Ok(Standing { reasons, started: None, ended });
    }
    if !remit::are_alike(&reasons, &open.reasons) {
        remit_questions::change_reasons(tx, open.id, &reasons).await?;
    }
    let (started, ended) = retime(tx, open, (received_before, contact), rules).await?;
    Ok(Standing { reasons, started, ended })
}

/// Replaces the clock of a question that was raised with the contact, where that was received
/// at another instant than it said (R13). One that a correction raised runs from then.
async fn retime(
    tx: &mut Tx,
    open: &Question,
    (received_before, contact): (Timestamp, &Contact),
    rules: &Rules,
) -> Result<(Option<Clock>, Option<(Uuid, Ending)>), sqlx::Error> {
    let received_at = contact.received_at;
    if received_at == received_before || open.raised_at != received_before {
        return Ok((None, None));
    }
    let clock = rules.clock(received_at, &rules.intake.timescales.remit_decision);
    remit_questions::retime(tx, open.id, (received_at, clock.running())).await?;
    Ok((Some(clock), Some((open.clock.id, Ending::Replaced))))
}

/// The question of a contact that waits for an answer, locked. A manager who answers it locks
/// the question and not the contact: whoever may end or change it looks at it again under its
/// lock, and what was answered meanwhile is open no more.
async fn lock_open(tx: &mut Tx, contact: Uuid) -> Result<Option<Question>, sqlx::Error> {
    let asked = remit_questions::of_contact(tx, contact).await?;
    let open = asked.iter().find(|asked| asked.answer.is_none());
    match open {
        Some(Answered { question, .. }) => remit_questions::lock_open(tx, question.id).await,
        None => Ok(None),
    }
}

async fn end(
    tx: &mut Tx,
    question: &Question,
    (answer, words): (RemitAnswer, &Personal<String>),
) -> Result<(), sqlx::Error> {
    let (by, at) = (tx.actor().to_owned(), tx.now());
    let next = (question.id, question.revision + 1);
    remit_questions::answer(tx, next, (answer, words), (&by, at)).await
}

/// A manager decides that the hub keeps a contact (R3). Answers the question's new revision.
pub async fn keep(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    reason: &Personal<String>,
) -> Result<i64, RemitError> {
    let question = remit_questions::lock_open(tx, id).await?.ok_or(RemitError::NoSuchQuestion)?;
    if question.revision != revision {
        return Err(RemitError::StaleRevision(question.revision));
    }
    end(tx, &question, (RemitAnswer::Kept, reason)).await?;
    let (now, next) = (tx.now(), revision + 1);
    tx.append(id, next, &events::kept_by_hub(&question, now)).await?;
    Ok(next)
}

/// Ends the question of a contact once each child in question was passed on; answers the clock
/// that ends with it.
pub async fn passed(tx: &mut Tx, contact: Uuid) -> Result<Option<Uuid>, sqlx::Error> {
    let Some(open) = lock_open(tx, contact).await? else { return Ok(None) };
    let passed = passed_on::children(tx, contact).await?;
    if !open.reasons.iter().all(|(child, _)| passed.contains(child)) {
        return Ok(None);
    }
    end(tx, &open, (RemitAnswer::PassedOn, &Personal::new(String::new()))).await?;
    Ok(Some(open.clock.id))
}

/// Asks a manager again of the children of a contact who are in question and with no other
/// authority any more, since they were taken back (R3); answers the clock of a question that this
/// raises. One that is open comprises them; what a manager has kept, the hub keeps, unless they
/// were with that authority already, since `passed_at`, and the others were kept.
pub async fn taken_back(
    tx: &mut Tx,
    (contact, passed_at): (&Contact, Timestamp),
    rules: &Rules,
) -> Result<Option<Clock>, sqlx::Error> {
    let passed = passed_on::children(tx, contact.id).await?;
    let mut reasons = in_question(contact, rules);
    reasons.retain(|(child, _)| !passed.contains(child));
    if let Some(open) = lock_open(tx, contact.id).await? {
        let others = open.reasons.iter().filter(|reason| !reasons.contains(reason)).copied();
        let all: Vec<_> = others.chain(reasons.iter().copied()).collect();
        if !remit::are_alike(&all, &open.reasons) {
            remit_questions::change_reasons(tx, open.id, &all).await?;
        }
        return Ok(None);
    }
    let asked = remit_questions::of_contact(tx, contact.id).await?;
    let last = asked.last().and_then(|asked| asked.answer.as_ref());
    let settled_without_them =
        last.is_some_and(|(answer, at, ..)| *answer == RemitAnswer::PassedOn || *at > passed_at);
    if reasons.is_empty() || !settled_without_them {
        return Ok(None);
    }
    let now = tx.now();
    Ok(ask(tx, (contact.id, now), reasons, rules).await?.started)
}
