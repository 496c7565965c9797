//! Taking a call to the consultation line (R51, R53).

use messaging::Tx;
use sqlx::PgConnection;
use thiserror::Error;
use uuid::Uuid;

use super::submit_contact::{Receipt, SubmitError, submit_contact};
use crate::{
    domain::{
        consultation::{Beginning, Call, CallerKind, Ending},
        contact::NewContact,
    },
    protocol::Rules,
    protocol::{Code, Consultation},
    store::{
        consultations::{self, List},
        subjects,
    },
};

/// A call that could not be begun or ended.
#[derive(Debug, Error)]
pub enum ConsultationError {
    /// There is no such call, or somebody else answers it.
    #[error("there is no such call")]
    NoSuchCall,
    /// The call is at this revision now.
    #[error("the call is at revision {0}")]
    StaleRevision(i64),
    /// It was ended before.
    #[error("the call is over")]
    Over,
    /// The contact could not be opened.
    #[error("the contact could not be opened")]
    Contact(#[from] SubmitError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Makes the codes of the protocol file those that a call can be logged by (R53).
pub async fn keep_codes(
    connection: &mut PgConnection,
    lists: &Consultation,
) -> Result<(), sqlx::Error> {
    let codes = |list: &[Code]| list.iter().map(|entry| entry.code.clone()).collect::<Vec<_>>();
    consultations::keep_codes(connection, List::Theme, &codes(&lists.themes)).await?;
    let (agencies, roles) = (codes(&lists.caller_agencies), codes(&lists.caller_roles));
    consultations::keep_codes(connection, List::CallerAgency, &agencies).await?;
    consultations::keep_codes(connection, List::CallerRole, &roles).await
}

/// Logs a call in danger and opens its contact in the same transaction (R51). A place,
/// group or online space that is not on record is left out; whether all are is answered
/// too. The log has nothing of the contact, nor its time, nor who recorded it (R53), and
/// nobody is told the call's id.
pub async fn begin_in_danger(
    tx: &mut Tx,
    caller: Option<CallerKind>,
    mut contact: NewContact,
    rules: &Rules,
) -> Result<(Receipt, bool), ConsultationError> {
    let given = contact.subjects.len();
    let named: Vec<Uuid> = contact.subjects.iter().filter_map(|it| it.subject.known()).collect();
    if !named.is_empty() {
        let known = subjects::on_record(tx, &named).await?;
        contact.subjects.retain(|it| it.subject.known().is_none_or(|id| known.contains(&id)));
    }
    let all_known = contact.subjects.len() == given;
    let receipt = submit_contact(tx, contact, rules).await?;
    log(tx, Beginning::Danger, caller).await?;
    Ok((receipt, all_known))
}

/// Logs a call without danger.
pub async fn begin(
    tx: &mut Tx,
    beginning: Beginning,
    caller: CallerKind,
) -> Result<Call, ConsultationError> {
    log(tx, beginning, Some(caller)).await
}

async fn log(
    tx: &mut Tx,
    beginning: Beginning,
    caller: Option<CallerKind>,
) -> Result<Call, ConsultationError> {
    let by = tx.actor().to_owned();
    let call = Call::begin(beginning, caller, tx.now());
    consultations::insert(tx, &call, beginning.says_who_answered().then_some(&by)).await?;
    Ok(call)
}

/// Ends a call, by whoever answers it. Answers its new revision.
pub async fn end(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    ending: &Ending,
) -> Result<i64, ConsultationError> {
    let by = tx.actor().to_owned();
    let (current, is_over) =
        consultations::lock(tx, id, &by).await?.ok_or(ConsultationError::NoSuchCall)?;
    if current != revision {
        return Err(ConsultationError::StaleRevision(current));
    }
    if is_over {
        return Err(ConsultationError::Over);
    }
    consultations::end(tx, id, ending).await?;
    Ok(current + 1)
}
