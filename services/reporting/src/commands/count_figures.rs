//! Counting the figures of a period (R67).

use jiff::Timestamp;
use sqlx::PgConnection;

use crate::{
    domain::{figures::Figures, period::Period},
    store::{cases, checks, children, contacts, decisions, pages},
};

/// The figures of the contacts received in `period`, and of the pages raised in it,
/// as they stand at `now`. Given a transaction that shows one state, they agree with
/// each other.
pub async fn count_figures(
    connection: &mut PgConnection,
    period: Period,
    now: Timestamp,
) -> Result<Figures, sqlx::Error> {
    Ok(Figures {
        contacts: contacts::volumes(connection, period).await?,
        children: children::totals(connection, period).await?,
        late_entry: contacts::late_entry(connection, period).await?,
        channels: contacts::by_channel(connection, period).await?,
        sources: contacts::by_source(connection, period).await?,
        pathways: decisions::by_pathway(connection, period).await?,
        outcomes: decisions::by_outcome(connection, period).await?,
        checks: checks::timeliness(connection, period, now).await?,
        decisions: decisions::timeliness(connection, period).await?,
        cases: cases::progress(connection, period).await?,
        pages: pages::totals(connection, period).await?,
    })
}
