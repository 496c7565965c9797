//! Recording that a partner has confirmed the data sharing agreement (R37).

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::CommandError;
use crate::{events, store::agreements};

/// Records a confirmation that holds from now until it lapses. Answers its id.
pub async fn confirm_agreement(
    tx: &mut Tx,
    agency: &str,
    lapses_at: Timestamp,
) -> Result<Uuid, CommandError> {
    let (id, now, by) = (Uuid::now_v7(), tx.now(), tx.actor().to_owned());
    agreements::insert(tx, id, agency, (now, lapses_at), &by).await?;
    tx.append(id, 1, &events::agreement_confirmed(id, agency, now, lapses_at)).await?;
    Ok(id)
}
