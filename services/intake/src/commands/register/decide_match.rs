//! What people decide of matches (R8): nothing is merged, everything can be undone.

use std::collections::BTreeSet;

use access::Personal;
use messaging::Tx;
use uuid::Uuid;

use super::{
    RegisterError,
    open_cases::{self, Touched},
    questions,
};
use crate::{
    commands::notices::propose_anew,
    domain::{
        human::chain,
        register::{Decision, Match, MatchRefusal, MatchState},
    },
    events::register as events,
    protocol::Rules,
    store::register::{
        history, keys,
        matches::{self, Decided},
        people,
    },
};

/// How a match stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchStanding {
    /// Its id.
    pub id: Uuid,
    /// Its revision.
    pub revision: i64,
    /// How it stands.
    pub state: MatchState,
    /// Where the two are told apart: the matches of a chain of links by which they are one
    /// human all the same, for a person to look at (R8).
    pub still_joined_by: Vec<Uuid>,
}

/// Decides a match that stands at `revision`, or undoes what was decided.
pub async fn decide_match(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    decision: Decision,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<MatchStanding, RegisterError> {
    keys::lock_register(tx).await?;
    let held = matches::lock(tx, id).await?.ok_or(RegisterError::NoSuchMatch)?;
    if held.revision != revision {
        return Err(RegisterError::StaleRevision(held.revision));
    }
    are_people(tx, (held.one, held.other)).await?;
    let state = held.state.after(decision)?;
    move_to(tx, &held, state, reason, rules).await
}

/// Links two entries, whatever the machine made of them. What a person has decided of them is
/// changed by whoever names the revision of it that they read: nobody overrules a decision
/// unseen that was made a moment ago.
pub async fn join_people(
    tx: &mut Tx,
    (one, other): (Uuid, Uuid),
    read: Option<i64>,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<MatchStanding, RegisterError> {
    keys::lock_register(tx).await?;
    let pair = (one.min(other), one.max(other));
    are_people(tx, pair).await?;
    let (id, by, at) = (Uuid::now_v7(), tx.actor().to_owned(), tx.now());
    let decided = Decided { state: MatchState::Linked, reason, by: &by, at };
    if matches::insert_joined(tx, id, pair, &decided).await? {
        return tell(tx, (id, 1, MatchState::Linked), pair, &decided, rules).await;
    }
    let held = matches::lock_pair(tx, pair).await?.ok_or(RegisterError::NoSuchMatch)?;
    if held.state == MatchState::Linked {
        return Err(MatchRefusal::LinkedAlready.into());
    }
    let unseen = read.is_none() && held.decided_by.is_some();
    if unseen || read.is_some_and(|read| read != held.revision) {
        return Err(RegisterError::StaleRevision(held.revision));
    }
    move_to(tx, &held, MatchState::Linked, reason, rules).await
}

/// Of whoever was taken off a contact nothing is decided any more: what was is told apart (R20).
async fn are_people(tx: &mut Tx, (one, other): (Uuid, Uuid)) -> Result<(), RegisterError> {
    let held = people::held(tx, &[one, other]).await?;
    let people = held.iter().filter(|held| !held.is_nobodys()).count();
    if people == 2 { Ok(()) } else { Err(RegisterError::NoSuchPerson) }
}

/// Parts two entries that are linked with each other.
pub async fn part_people(
    tx: &mut Tx,
    (one, other): (Uuid, Uuid),
    revision: i64,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<MatchStanding, RegisterError> {
    keys::lock_register(tx).await?;
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

/// Tells apart an entry that is nobody's and everybody of whom it was, or may have been, held to
/// be the same human.
pub async fn let_go(
    tx: &mut Tx,
    entry: Uuid,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<(), RegisterError> {
    let all = matches::of(tx, &[entry]).await?;
    let others: Vec<Uuid> = all.iter().map(|held| held.beside(entry)).collect();
    for held in all {
        let decision = match held.state {
            MatchState::Proposed => Decision::Reject,
            MatchState::Linked => Decision::Undo,
            MatchState::Rejected | MatchState::Undone => continue,
        };
        let state = held.state.after(decision)?;
        move_to(tx, &held, state, reason, rules).await?;
    }
    // Two who were one human by way of the entry alone may be one by themselves.
    Ok(matches::match_again(tx, &others).await?)
}

async fn move_to(
    tx: &mut Tx,
    held: &Match,
    state: MatchState,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<MatchStanding, RegisterError> {
    let (by, at) = (tx.actor().to_owned(), tx.now());
    let decided = Decided { state, reason, by: &by, at };
    let now = (held.id, held.revision + 1, state);
    matches::decide(tx, (now.0, now.1), &decided).await?;
    tell(tx, now, (held.one, held.other), &decided, rules).await
}

/// Keeps and tells a decision, and what it means for open cases (R9).
async fn tell(
    tx: &mut Tx,
    (id, revision, state): (Uuid, i64, MatchState),
    pair: (Uuid, Uuid),
    decided: &Decided<'_>,
    rules: &Rules,
) -> Result<MatchStanding, RegisterError> {
    matches::keep_decision(tx, (id, revision), decided).await?;
    tx.append(id, revision, &events::match_decided(id, pair, state, decided.at)).await?;
    let (entries, new) = ([pair.0, pair.1], BTreeSet::new());
    open_cases::settle(tx, Touched { entries: &entries, new: &new, taken_back: None }, rules)
        .await?;
    let humans = history::humans(tx, &entries).await?;
    let humans: Vec<Uuid> = humans.into_iter().map(|(_, person)| person).collect();
    propose_anew(tx, &humans, rules).await?;
    questions::tell(tx, &entries, &entries).await?;
    let still_joined_by = still_joined_by(tx, pair, state).await?;
    Ok(MatchStanding { id, revision, state, still_joined_by })
}

async fn still_joined_by(
    tx: &mut Tx,
    pair: (Uuid, Uuid),
    state: MatchState,
) -> Result<Vec<Uuid>, sqlx::Error> {
    match state {
        MatchState::Proposed | MatchState::Linked => return Ok(Vec::new()),
        MatchState::Rejected | MatchState::Undone => {}
    }
    let humans = history::humans(tx, &[pair.0]).await?;
    let members: Vec<Uuid> = humans.into_iter().map(|(_, member)| member).collect();
    Ok(chain(&matches::links(tx, &members).await?, pair))
}
