//! Matching again whom a person has told apart (R8): the machine never links them, and asks a
//! person again where they have become certain since.

use std::collections::BTreeSet;

use messaging::Tx;
use uuid::Uuid;

use crate::{
    domain::register::{Anew, Match, MatchState},
    store::register::decisions,
};

/// Two whom a person has told apart: their match, and what is found of them now, where it is
/// anything.
pub struct Apart {
    /// The match as it stands.
    pub held: Match,
    /// What the machine finds.
    pub found: Option<Match>,
}

/// Does with each what [`Match::anew`] says; answers whose proposals are others than before.
pub async fn look_again(tx: &mut Tx, apart: &[Apart]) -> Result<BTreeSet<Uuid>, sqlx::Error> {
    let now = tx.now();
    let (mut asked, mut uncertain) = (BTreeSet::new(), Vec::new());
    for Apart { held, found } in apart {
        let certain = found.as_ref().is_some_and(|found| found.certain);
        let state = match held.anew(certain) {
            Anew::Stays => continue,
            Anew::Uncertain => {
                uncertain.push(held.id);
                continue;
            }
            Anew::Proposed => MatchState::Proposed,
            Anew::Apart(before) => before,
        };
        let anew = weighed(held, state, found.as_ref());
        if !weighs_alike(held, &anew) {
            decisions::put_anew(tx, &anew, now).await?;
            asked.extend([held.one, held.other]);
        }
    }
    decisions::note_uncertain(tx, &uncertain).await?;
    Ok(asked)
}

/// A match as it stands with this state and with what is found now.
fn weighed(held: &Match, state: MatchState, found: Option<&Match>) -> Match {
    let told_apart_as = match state {
        MatchState::Proposed => held.told_apart_as.or(Some(held.state)),
        MatchState::Linked | MatchState::Rejected | MatchState::Undone => None,
    };
    Match {
        revision: held.revision + 1,
        state,
        told_apart_as,
        certain: found.is_some_and(|found| found.certain),
        bits: found.map_or(0.0, |found| found.bits),
        reasons: found.map(|found| found.reasons.clone()).unwrap_or_default(),
        weights: found.map(|found| found.weights.clone()).unwrap_or_default(),
        ..held.clone()
    }
}

/// Whether nothing has changed: what waits with the same weights keeps its revision.
fn weighs_alike(held: &Match, anew: &Match) -> bool {
    (held.state, held.certain, &held.reasons) == (anew.state, anew.certain, &anew.reasons)
        && held.weights == anew.weights
}
