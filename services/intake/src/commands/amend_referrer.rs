//! Corrections of who raised a contact (R2, R28).

use messaging::Tx;
use proto::intake::v1::{self as pb, correction::Part};
use uuid::Uuid;

use super::{AmendError, record::Record};
use crate::{
    domain::{
        codes::is_public,
        contact::Contact,
        referrer::{Referrer, ReferrerCorrection},
    },
    store::{people, referrers},
};

/// Corrects who the referrer is and how they can be told, and seals one who asks to be protected
/// or gave no name after all (R2, R28). What stood there before is kept apart, so that it is
/// sealed with them; of one who is sealed already all of it goes where they are. What a member of
/// the public is known to have told of others is a claim from now on (R6), also what they told of
/// themselves as who they are not; nothing makes an agreement of a claim.
pub async fn correct_referrer(
    tx: &mut Tx,
    record: &mut Record,
    amendment: Uuid,
    correction: ReferrerCorrection,
) -> Result<Part, AmendError> {
    let contact = &mut record.contact;
    let held = sealed_or_open(tx, contact).await?;
    let Contact { id, child_ids, adult_ids, content, .. } = contact;
    content.referrer = held;
    let (was_sealed, was_public) =
        (content.referrer.is_sealed(), is_public(&content.referrer.source));
    let was_person = content.referrer.person;
    let protect = content.referrer.protected;
    let before = content.referrer.correct(correction, (child_ids, adult_ids))?;
    if !before.is_nothing() {
        referrers::keep_before(tx, (*id, amendment), &before).await?;
    }
    let referrer = &contact.content.referrer;
    let person = referrer.person.and_then(|person| contact.id_of(person));
    referrers::put(tx, contact.id, referrer, person).await?;
    if referrer.is_sealed() && !was_sealed {
        referrers::seal(tx, contact.id, &referrer.source).await?;
    }
    referrers::put_shown(tx, contact.id, referrer).await?;
    if is_public(&referrer.source) && !was_public {
        // What a family agreed to was told by a professional who turns out to be of the public:
        // it is a claim (R6). What was agreed after the contact was recorded the hub asked for.
        referrers::mark_claimed(tx, contact.id, person, contact.recorded_at).await?;
    } else if is_public(&referrer.source) && !referrer.is_sealed() && referrer.person != was_person
    {
        // Whoever said that they themselves agreed turns out to be somebody else. Of who is sealed
        // all is a claim, and one more would say who they are.
        let not_them = was_person.and_then(|person| contact.id_of(person));
        referrers::mark_claimed_of(tx, contact.id, not_them, contact.recorded_at).await?;
    }
    Ok(Part::Referrer(pb::ReferrerCorrection { protect, ..pb::ReferrerCorrection::default() }))
}

/// The referrer with all that they said of themselves, also where that is under seal. It goes
/// nowhere but back to where it was.
async fn sealed_or_open(tx: &mut Tx, contact: &mut Contact) -> Result<Referrer, AmendError> {
    let shown = &contact.content.referrer;
    let role = (shown.source.clone(), shown.anonymous, shown.protected);
    let identity = match shown.is_sealed() {
        true => people::find_sealed_referrer(tx, contact.id).await?,
        false => people::find_referrer(tx, contact.id).await?,
    };
    Ok(identity.unwrap_or_default().into_referrer(role, &contact.child_ids, &contact.adult_ids))
}
