//! Keeping what an event says (R70).

use messaging::Tx;
use uuid::Uuid;

use crate::{
    domain::fact::Fact,
    store::{cases, checks, children, contacts, decisions, milestones, pages},
};

/// Keeps a fact with the event that it was read from.
pub async fn keep_fact(tx: &mut Tx, event: Uuid, fact: Fact) -> Result<(), sqlx::Error> {
    match fact {
        Fact::Contact(contact) => contacts::keep(tx, event, &contact).await,
        Fact::Children { contact, children } => children::keep(tx, event, contact, &children).await,
        Fact::TakenOff { contact, children } => {
            children::keep_taken_off(tx, event, contact, &children).await
        }
        Fact::DecisionClock { clock, contact, due } => {
            decisions::keep_clock(tx, event, (clock, contact), due).await
        }
        Fact::Received { contact, at } => contacts::correct_receipt(tx, event, contact, at).await,
        Fact::CameBy { contact, channel, source } => {
            contacts::correct_way(tx, event, contact, (channel, source)).await
        }
        Fact::DecisionRetimed { case, clock, due } => {
            decisions::keep_retimed(tx, event, case, (clock, due)).await
        }
        Fact::ClockEnded { clock, at, met } => {
            decisions::keep_end(tx, event, clock, (at, met)).await
        }
        Fact::InitialDecision(decided) => decisions::keep_initial(tx, event, &decided).await,
        Fact::Outcome(decided) => decisions::keep_outcome(tx, event, &decided).await,
        Fact::Moved { case, children, with_unit } => {
            children::keep_move(tx, event, case, (&children, with_unit)).await
        }
        Fact::Referrer { case, informed, at } => {
            cases::keep_referrer(tx, event, case, (informed, at)).await
        }
        Fact::Closed { case, at } => cases::keep_closed(tx, event, case, at).await,
        Fact::TakenUpAgain(case) => cases::keep_taken_up_again(tx, event, case).await,
        Fact::CheckRequested(check) => checks::keep(tx, event, &check).await,
        Fact::PageRaised { page, cause, at } => pages::keep(tx, event, page, (cause, at)).await,
        Fact::Reached { milestone, record, at } => {
            milestones::keep(tx, event, (milestone, record, at)).await
        }
    }
}
