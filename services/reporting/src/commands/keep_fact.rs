//! Keeping what an event says (R70).

use messaging::Tx;
use uuid::Uuid;

use crate::{
    domain::{fact::Fact, terms::Milestone},
    store::{cases, checks, contacts, milestones, pages},
};

/// Keeps a fact with the event that it was read from.
pub async fn keep_fact(tx: &mut Tx, event: Uuid, fact: Fact) -> Result<(), sqlx::Error> {
    match fact {
        Fact::Contact(contact) => contacts::keep(tx, event, &contact).await,
        Fact::InitialDecision(decided) => {
            cases::keep_initial_decision(tx, event, &decided).await?;
            if decided.complete {
                let reached = (Milestone::InitiallyDecided, decided.contact, decided.at);
                milestones::keep(tx, event, reached).await?;
            }
            Ok(())
        }
        Fact::Outcome(decided) => cases::keep_outcome(tx, event, &decided).await,
        Fact::Referrer { contact, informed, at } => {
            cases::keep_referrer(tx, event, contact, (informed, at)).await
        }
        Fact::CheckRequested(check) => checks::keep(tx, event, &check).await,
        Fact::PageRaised { page, cause, at } => pages::keep(tx, event, page, (cause, at)).await,
        Fact::Reached { milestone, record, at } => {
            milestones::keep(tx, event, (milestone, record, at)).await
        }
    }
}
