//! Recording that a partner has confirmed the data sharing agreement (R37).

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::CommandError;
use crate::{domain::agreement::Confirmation, events, store::agreements};

/// Records a confirmation that holds from now until it lapses. Answers its id.
pub async fn confirm_agreement(
    tx: &mut Tx,
    agency: &str,
    lapses_at: Timestamp,
) -> Result<Uuid, CommandError> {
    let confirmation = Confirmation {
        id: Uuid::now_v7(),
        agency: agency.to_owned(),
        confirmed_at: tx.now(),
        lapses_at,
    };
    let by = tx.actor().to_owned();
    agreements::insert(tx, &confirmation, &by).await?;
    let event = events::agreement_confirmed(&confirmation);
    // Revision 2 is the warning that it lapses soon.
    tx.append(confirmation.id, 1, &event).await?;
    Ok(confirmation.id)
}
