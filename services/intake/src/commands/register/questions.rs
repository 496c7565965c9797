//! Telling how many questions about a contact are open (R8): whoever decides sees it, and is
//! held up by none of them.

use std::collections::BTreeSet;

use messaging::{Tx, tx::AppendError};
use uuid::Uuid;

use crate::{
    events::register as events,
    store::register::{history, questions},
};

/// Tells it of the contacts of everybody who is one human with one of these entries, where it
/// has changed; `exactly` of those of whom the number of matches counts, not only whether
/// there is one. The register must be locked.
pub async fn tell(tx: &mut Tx, entries: &[Uuid], exactly: &[Uuid]) -> Result<(), AppendError> {
    let humans = history::humans(tx, entries).await?;
    let everybody: BTreeSet<Uuid> = humans.iter().map(|(_, person)| *person).collect();
    let now = tx.now();
    for changed in questions::changed(tx, &Vec::from_iter(everybody), exactly).await? {
        let (id, before) = changed.told.unwrap_or_else(|| (Uuid::now_v7(), 0));
        questions::note_told(tx, (id, before + 1), &changed).await?;
        tx.append(id, before + 1, &events::open_questions_changed(&changed, now)).await?;
    }
    Ok(())
}
