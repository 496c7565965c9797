//! Telling, once each, that a confirmation of the data sharing agreement lapses soon, so
//! that it is confirmed anew in time (R37).

use messaging::Tx;

use super::CommandError;
use crate::{
    domain::agreement::{Confirmation, Standing, standing},
    events,
    protocol::Rules,
    store::agreements,
};

/// Tells of the agencies of the protocol whose latest confirmation lapses soon, or has
/// lapsed untold. Answers those confirmations.
pub async fn tell_lapsing(
    tx: &mut Tx,
    latest: &[Confirmation],
    rules: &Rules,
) -> Result<Vec<Confirmation>, CommandError> {
    let now = tx.now();
    let mut told = Vec::new();
    for confirmation in latest {
        let lapses = match standing(Some(confirmation.lapses_at), now, rules.agreement_warning()) {
            Standing::LapsesSoon | Standing::Lapsed => true,
            Standing::Missing | Standing::Confirmed => false,
        };
        let partner = rules.agency(&confirmation.agency).is_some();
        if partner && lapses && agreements::set_warned(tx, confirmation.id, now).await? {
            let event = events::agreement_lapses_soon(confirmation, now);
            // Revision 1 is the confirmation.
            tx.append(confirmation.id, 2, &event).await?;
            told.push(confirmation.clone());
        }
    }
    Ok(told)
}
