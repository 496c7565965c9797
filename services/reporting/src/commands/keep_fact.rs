//! Keeping what an event says (R70).

use messaging::Tx;
use uuid::Uuid;

use crate::{
    domain::fact::Fact,
    store::{cases, checks, contacts, pages},
};

/// Keeps a fact with the event that it was read from.
pub async fn keep_fact(tx: &mut Tx, event: Uuid, fact: Fact) -> Result<(), sqlx::Error> {
    match fact {
        Fact::Contact(contact) => contacts::keep(tx, event, &contact).await,
        Fact::InitialDecision(decided) => {
            cases::keep_initial_decision(tx, event, &decided).await?;
            if decided.complete {
                cases::keep_decision_complete(tx, event, decided.contact, decided.at).await?;
            }
            Ok(())
        }
        Fact::Outcome(decided) => cases::keep_outcome(tx, event, &decided).await,
        Fact::Referrer { contact, informed, at } => {
            cases::keep_referrer(tx, event, contact, (informed, at)).await
        }
        Fact::CaseClosed { contact, at } => cases::keep_closed(tx, event, contact, at).await,
        Fact::CheckRequested(check) => checks::keep(tx, event, &check).await,
        Fact::FinalAnswer { check, received_at } => {
            checks::keep_answer(tx, event, check, received_at).await
        }
        Fact::PageRaised { page, cause, at } => pages::keep(tx, event, page, (cause, at)).await,
        Fact::PageClimbed { page, at } => pages::keep_climb(tx, event, page, at).await,
        Fact::PageAcknowledged { page, at } => {
            pages::keep_acknowledgement(tx, event, page, at).await
        }
    }
}
