//! What a contact is about besides its people: places, groups and online spaces, an
//! incident, and what a professional's form asks (R5, R6).

use jiff::Timestamp;
use proto::{convert::from_date, intake::v1 as pb};
use runtime::fields::{Fields, optional};

use super::{
    people::{latest_day, place},
    personal,
};
use crate::{
    api::widths,
    domain::{
        contact::Incident,
        groundwork::Groundwork,
        subject::{ContactSubject, Named, Subject, SubjectKind},
    },
};

/// A subject of a contact with so many children (R5).
pub fn contact_subject(
    fields: &mut Fields,
    path: &str,
    given: pb::ContactSubject,
    children: usize,
) -> Option<ContactSubject> {
    let places: Option<Vec<usize>> =
        given.child_indexes.iter().map(|index| place(*index, children)).collect();
    let why = "names no child of this contact";
    let places = fields.check(&format!("{path}.child_indexes"), "R5", why, places);
    let subject = match fields.check(&format!("{path}.subject"), "R5", "is missing", given.subject)
    {
        Some(pb::contact_subject::Subject::SubjectId(subject)) => {
            fields.id(&format!("{path}.subject_id"), "R5", &subject).map(Named::Known)
        }
        Some(pb::contact_subject::Subject::NewSubject(new)) => {
            subject_of(fields, &format!("{path}.new_subject"), new).map(Named::New)
        }
        None => None,
    };
    let mut children = places?;
    children.sort_unstable();
    children.dedup();
    Some(ContactSubject { subject: subject?, children })
}

/// A subject on record is named once: a contact is about it or is not (R5).
pub fn named_once(fields: &mut Fields, subjects: &[ContactSubject]) {
    let ids: Vec<_> = subjects.iter().map(|it| it.subject.known()).collect();
    for (place, id) in ids.iter().enumerate() {
        let first = id.is_none() || !ids[..place].contains(id);
        fields.holds(&format!("subjects[{place}].subject_id"), "R5", "is named twice", first);
    }
}

fn subject_of(fields: &mut Fields, path: &str, subject: pb::Subject) -> Option<Subject> {
    let kind = subject_kind(fields, &format!("{path}.kind"), subject.kind);
    let name = fields.text(&format!("{path}.name"), "R5", subject.name, 1..=widths::NAME);
    let mut text =
        |field: &str, text, most| personal(fields, format!("{path}.{field}"), "R5", text, most);
    let description = text("description", subject.description, widths::SUBJECT_DESCRIPTION);
    let address = text("address", subject.address, widths::ADDRESS);
    Some(Subject {
        kind: kind?,
        name: access::Personal::new(name?),
        description: description?,
        address: address?,
    })
}

/// Which kind of subject (R5).
pub fn subject_kind(fields: &mut Fields, field: &str, number: i32) -> Option<SubjectKind> {
    match fields.code(field, "R5", number)? {
        pb::SubjectKind::Place => Some(SubjectKind::Place),
        pb::SubjectKind::PeerGroup => Some(SubjectKind::PeerGroup),
        pb::SubjectKind::OnlineSpace => Some(SubjectKind::OnlineSpace),
        pb::SubjectKind::Unspecified => None,
    }
}

/// When and where an incident took place (R5).
pub fn incident_of(
    fields: &mut Fields,
    path: &str,
    incident: pb::Incident,
    now: Timestamp,
) -> Option<Incident> {
    let on = optional(incident.on, |day| {
        let day = from_date(&day).filter(|day| *day <= latest_day(now));
        fields.check(&format!("{path}.on"), "R5", "is not a day that exists and has come", day)
    });
    let mut text =
        |field: &str, text, most| personal(fields, format!("{path}.{field}"), "R5", text, most);
    let time_of_day = text("time_of_day", incident.time_of_day, widths::TIME_OF_DAY);
    let place = text("place", incident.place, widths::ADDRESS);
    Some(Incident { on: on?, time_of_day: time_of_day?, place: place? })
}

/// What a professional's form told (R6).
pub fn groundwork_of(
    fields: &mut Fields,
    path: &str,
    groundwork: pb::Groundwork,
) -> Option<Groundwork> {
    let mut text =
        |field: &str, text, most| personal(fields, format!("{path}.{field}"), "R6", text, most);
    let needs = text("needs", groundwork.needs, widths::REASON);
    let proposed_service = text("proposed_service", groundwork.proposed_service, widths::SERVICE);
    let why_not_spoken = text("why_not_spoken", groundwork.why_not_spoken, widths::REASON);
    let why_not_considered =
        text("why_not_considered", groundwork.why_not_considered, widths::REASON);
    Some(Groundwork {
        spoken_to_family: groundwork.spoken_to_family,
        needs: needs?,
        proposed_service: proposed_service?,
        framework_considered: groundwork.framework_considered,
        why_not_spoken: why_not_spoken?,
        why_not_considered: why_not_considered?,
    })
}
