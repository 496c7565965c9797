//! Taking somebody out of the register who was put on a contact by mistake (R8).

use std::collections::BTreeSet;

use access::Personal;
use messaging::Tx;
use uuid::Uuid;

use super::{
    RegisterError,
    decide_match::let_go,
    entries::{nobody, put},
    open_cases::{self, Touched},
    questions,
};
use crate::{
    commands::notices::propose_anew,
    domain::{amendment::TakenOff, contact::Contact},
    protocol::Rules,
    store::register::people::Source,
};

/// Lets go of the entry of a child or adult who was taken off a contact. Nothing of it is found
/// any more, so that the contact counts in nobody's history by it; whoever was held to be the
/// same human is told apart, for the reason of the correction. A hand-over to a unit that named
/// the child is withdrawn, and its other children begin anew (R9). The register must be locked.
pub async fn leave_register(
    tx: &mut Tx,
    contact: &Contact,
    off: TakenOff,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<(), RegisterError> {
    let (person, source) = match off {
        TakenOff::Child(child) => (child, Source::Child(child)),
        TakenOff::Adult(adult) => (adult, Source::Adult(adult)),
    };
    put(tx, &nobody(source), &rules.matcher).await?;
    let_go(tx, person, reason, rules).await?;
    let others: Vec<Uuid> = contact.child_ids.iter().chain(&contact.adult_ids).copied().collect();
    let new = BTreeSet::new();
    open_cases::settle(tx, Touched { entries: &others, new: &new, taken_back: None }, rules)
        .await?;
    propose_anew(tx, &others, rules).await?;
    questions::tell(tx, &others, &others).await?;
    Ok(())
}
