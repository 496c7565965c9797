//! What people decide of matches (R8): nothing is merged, everything can be undone.

use access::Personal;
use messaging::Tx;
use uuid::Uuid;

use super::{RegisterError, open_cases};
use crate::{
    commands::submit_contact::Rules,
    domain::register::{Decision, Match, MatchRefusal, MatchState},
    events::register as events,
    store::register::{
        matches::{self, Decided},
        people,
    },
};

/// How a match stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: Uuid,
    /// Its revision.
    pub revision: i64,
    /// How it stands.
    pub state: MatchState,
}

/// Decides a match that stands at `revision`, or undoes what was decided.
pub async fn decide_match(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    decision: Decision,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<Standing, RegisterError> {
    let held = matches::lock(tx, id).await?.ok_or(RegisterError::NoSuchMatch)?;
    if held.revision != revision {
        return Err(RegisterError::StaleRevision(held.revision));
    }
    let state = held.state.after(decision)?;
    move_to(tx, &held, state, reason, rules).await
}

/// Links two entries, whatever the machine or somebody else made of them before.
pub async fn join_people(
    tx: &mut Tx,
    (one, other): (Uuid, Uuid),
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<Standing, RegisterError> {
    let pair = (one.min(other), one.max(other));
    if people::held(tx, &[one, other]).await?.len() != 2 {
        return Err(RegisterError::NoSuchPerson);
    }
    let (id, by, at) = (Uuid::now_v7(), tx.actor().to_owned(), tx.now());
    let decided = Decided { state: MatchState::Linked, reason, by: &by, at };
    if matches::insert_joined(tx, id, pair, &decided).await? {
        let standing = Standing { id, revision: 1, state: MatchState::Linked };
        return tell(tx, standing, pair, &decided, rules).await;
    }
    let held = matches::lock_pair(tx, pair).await?.ok_or(RegisterError::NoSuchMatch)?;
    if held.state == MatchState::Linked {
        return Err(MatchRefusal::LinkedAlready.into());
    }
    move_to(tx, &held, MatchState::Linked, reason, rules).await
}

/// Parts two entries that are linked with each other.
pub async fn part_people(
    tx: &mut Tx,
    (one, other): (Uuid, Uuid),
    revision: i64,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<Standing, RegisterError> {
    let pair = (one.min(other), one.max(other));
    let held = matches::lock_pair(tx, pair).await?.ok_or(RegisterError::NoSuchMatch)?;
    if held.revision != revision {
        return Err(RegisterError::StaleRevision(held.revision));
    }
    if held.state != MatchState::Linked {
        return Err(MatchRefusal::NothingToUndo.into());
    }
    move_to(tx, &held, held.state.after(Decision::Undo)?, reason, rules).await
}

async fn move_to(
    tx: &mut Tx,
    held: &Match,
    state: MatchState,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<Standing, RegisterError> {
    let (by, at) = (tx.actor().to_owned(), tx.now());
    let decided = Decided { state, reason, by: &by, at };
    let standing = Standing { id: held.id, revision: held.revision + 1, state };
    matches::decide(tx, (standing.id, standing.revision), &decided).await?;
    tell(tx, standing, (held.one, held.other), &decided, rules).await
}

/// Keeps and tells a decision, and what it means for open cases (R9).
async fn tell(
    tx: &mut Tx,
    standing: Standing,
    pair: (Uuid, Uuid),
    decided: &Decided<'_>,
    rules: &Rules,
) -> Result<Standing, RegisterError> {
    let Standing { id, revision, state } = standing;
    matches::keep_decision(tx, (id, revision), decided).await?;
    tx.append(id, revision, &events::match_decided(id, pair, state, decided.at)).await?;
    open_cases::settle(tx, &[pair.0, pair.1], rules).await?;
    Ok(standing)
}
