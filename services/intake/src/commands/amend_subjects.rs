//! Corrections of which places, peer groups and online spaces a contact is about (R5).

use messaging::Tx;
use proto::intake::v1::{self as pb, contact_subject::Subject, correction::Part};
use uuid::Uuid;

use super::{AmendError, record::Record};
use crate::{
    domain::{
        contact::Contact,
        subject::{ContactSubject, MOST_SUBJECTS, Named},
    },
    store::subjects,
};

/// Links a contact to a subject that it is about too (R5): one that it is not linked to, and
/// no more of them than a contact comes with.
pub async fn link_subject(
    tx: &mut Tx,
    record: &Record,
    named: ContactSubject,
) -> Result<Part, AmendError> {
    let contact = &record.contact;
    let children = named.children.iter().map(|place| contact.child_ids.get(*place).copied());
    let children: Option<Vec<Uuid>> = children.collect();
    let children = children.ok_or(AmendError::NotOnContact {
        field: "correction.link_subject.child_indexes",
        rule: "R5",
    })?;
    let is_linked = |id: Uuid| record.subjects.iter().any(|linked| linked.id == id);
    if named.subject.known().is_some_and(is_linked) {
        return Err(AmendError::SubjectLinked);
    }
    if record.subjects.len() >= MOST_SUBJECTS {
        return Err(AmendError::TooManySubjects);
    }
    let id = match named.subject {
        Named::Known(id) => id,
        Named::New(subject) => {
            let id = Uuid::now_v7();
            subjects::insert(tx, id, &subject).await?;
            id
        }
    };
    if !subjects::link(tx, contact.id, id, &children).await? {
        return Err(AmendError::NoSuchSubject);
    }
    Ok(Part::UnlinkSubject(id.to_string()))
}

/// Takes a subject off a contact that is not about it (R5).
pub async fn unlink_subject(
    tx: &mut Tx,
    contact: &Contact,
    subject: Uuid,
) -> Result<Part, AmendError> {
    let children = subjects::unlink(tx, contact.id, subject).await?;
    let children = children.ok_or(AmendError::NoSuchSubject)?;
    let place = |child: &Uuid| contact.child_ids.iter().position(|it| it == child);
    let places = children.iter().filter_map(place).filter_map(|place| u32::try_from(place).ok());
    Ok(Part::LinkSubject(pb::ContactSubject {
        child_indexes: places.collect(),
        subject: Some(Subject::SubjectId(subject.to_string())),
    }))
}
