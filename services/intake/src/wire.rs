//! The people and the other parts of a contact, from domain to wire. Personal values are
//! opened here, where they are shown or disclosed.

mod consent;

use access::Personal;
use proto::{convert::to_date, intake::v1 as pb};
use uuid::Uuid;

use crate::domain::{
    codes::Codes,
    contact::{Adult, Child, Incident, PersonKind, SealedCorrection, SealedFields},
    groundwork::{Gap, Groundwork},
    information_request,
    referrer::{PersonPlace, Referrer, Said, Who},
    subject::{Linked, Subject, SubjectKind},
};

pub use self::consent::{consent, consent_answer, consent_purpose};

/// Who raised a contact.
pub fn referrer(referrer: Referrer) -> pb::Referrer {
    let (mut child_index, mut adult_index) = (None, None);
    match referrer.person {
        Some(PersonPlace::Child(place)) => child_index = u32::try_from(place).ok(),
        Some(PersonPlace::Adult(place)) => adult_index = u32::try_from(place).ok(),
        Some(PersonPlace::TakenOff(_)) | None => {}
    }
    pb::Referrer {
        source: referrer.source,
        name: referrer.name.into_open(),
        organisation: referrer.organisation.into_open(),
        contact_details: referrer.contact_details.into_open(),
        anonymous: referrer.anonymous,
        protected: referrer.protected,
        role: referrer.role.into_open(),
        child_index,
        adult_index,
    }
}

/// What a referrer had said of themselves before a correction.
pub fn said_before(before: &Said) -> pb::ReferrerCorrection {
    use pb::referrer_correction::Person;
    let open = |words: &Option<Personal<String>>| words.as_ref().map(|words| words.open().clone());
    pb::ReferrerCorrection {
        contact_details: open(&before.contact_details),
        protect: false,
        source: before.source.clone(),
        name: open(&before.name),
        organisation: open(&before.organisation),
        role: open(&before.role),
        person: before.person.map(|who| match who {
            Who::Nobody => Person::Nobody(true),
            Who::Child(id) => Person::ChildId(id.to_string()),
            Who::Adult(id) => Person::AdultId(id.to_string()),
        }),
    }
}

/// Somebody whom a request for information is about.
pub fn information_subject(subject: &information_request::Subject) -> pb::InformationSubject {
    let nhs_number = subject.nhs_number.as_ref().map(|number| number.open().clone());
    pb::InformationSubject {
        name: subject.name.open().clone(),
        birth_date: subject.birth_date.as_ref().map(|day| to_date(*day.open())),
        nhs_number: nhs_number.unwrap_or_default(),
    }
}

/// A child with its id. What is sealed is not shown.
pub fn recorded_child(
    id: Uuid,
    child: Child,
    has_sealed_fields: bool,
    codes: &Codes,
) -> pb::RecordedChild {
    pb::RecordedChild {
        child_id: id.to_string(),
        kind: kind(child.kind()).into(),
        dfe_ethnicity: codes.dfe_ethnicity(&child.ethnicity).unwrap_or_default().to_owned(),
        has_sealed_fields,
        child: Some(child_of(child)),
    }
}

fn child_of(child: Child) -> pb::Child {
    let open = |value: Option<Personal<String>>| value.map(Personal::into_open).unwrap_or_default();
    pb::Child {
        name: child.name.into_open(),
        birth_date: child.birth_date.map(|date| to_date(date.into_open())),
        unborn: child.unborn,
        sex: child.sex,
        ethnicity: child.ethnicity,
        address: child.address.into_open(),
        outside_area: child.outside_area,
        school: child.school.into_open(),
        nhs_number: open(child.nhs_number),
        upn: open(child.upn),
        upn_unknown: child.upn_unknown.unwrap_or_default(),
        chosen_name: child.chosen_name.into_open(),
        pronouns: child.pronouns.into_open(),
        gender: child.gender.unwrap_or_default(),
        religion: child.religion.into_open(),
        first_language: child.first_language.into_open(),
        communication_needs: child.communication_needs.into_open(),
        disabilities: child.disabilities,
        postcode: open(child.postcode),
        uprn: open(child.uprn),
        description: child.description.into_open(),
        sealed: None,
    }
}

/// What of a child was sealed before a correction.
pub fn sealed_before(child: Uuid, before: SealedCorrection) -> pb::SealedFieldsCorrection {
    let open = |text: Option<Personal<String>>| text.map(Personal::into_open);
    pb::SealedFieldsCorrection {
        child_id: child.to_string(),
        sexual_orientation: open(before.sexual_orientation),
        gender_identity: open(before.gender_identity),
        trans_history: open(before.trans_history),
    }
}

/// What of a child is sealed, for who may open it (R4).
pub fn sealed_fields(sealed: SealedFields) -> pb::SealedFields {
    pb::SealedFields {
        sexual_orientation: sealed.sexual_orientation.into_open(),
        gender_identity: sealed.gender_identity.into_open(),
        trans_history: sealed.trans_history.into_open(),
    }
}

/// An adult with their id.
pub fn recorded_adult(id: Uuid, adult: Adult) -> pb::RecordedAdult {
    pb::RecordedAdult {
        adult_id: id.to_string(),
        kind: kind(adult.kind()).into(),
        adult: Some(pb::Adult {
            name: adult.name.into_open(),
            relationship: adult.relationship.into_open(),
            parental_responsibility: adult.parental_responsibility,
            birth_date: adult.birth_date.map(|date| to_date(date.into_open())),
            address: adult.address.into_open(),
            postcode: adult.postcode.map(Personal::into_open).unwrap_or_default(),
            description: adult.description.into_open(),
        }),
    }
}

fn kind(kind: PersonKind) -> pb::PersonKind {
    match kind {
        PersonKind::Known => pb::PersonKind::Known,
        PersonKind::Unknown => pb::PersonKind::Unknown,
        PersonKind::Unborn => pb::PersonKind::Unborn,
    }
}

/// A place, group or online space.
pub fn subject(subject: Subject) -> pb::Subject {
    let kind = match subject.kind {
        SubjectKind::Place => pb::SubjectKind::Place,
        SubjectKind::PeerGroup => pb::SubjectKind::PeerGroup,
        SubjectKind::OnlineSpace => pb::SubjectKind::OnlineSpace,
    };
    pb::Subject {
        kind: kind.into(),
        name: subject.name.into_open(),
        description: subject.description.into_open(),
        address: subject.address.into_open(),
    }
}

/// A place, group or online space on a contact.
pub fn recorded_subject(linked: Linked) -> pb::RecordedSubject {
    pb::RecordedSubject {
        subject_id: linked.id.to_string(),
        subject: Some(subject(linked.subject)),
        child_ids: linked.child_ids.iter().map(Uuid::to_string).collect(),
    }
}

/// When and where an incident took place; `None` where nothing was said of one.
pub fn incident(incident: Incident) -> Option<pb::Incident> {
    let incident = pb::Incident {
        on: incident.on.map(to_date),
        time_of_day: incident.time_of_day.into_open(),
        place: incident.place.into_open(),
    };
    Some(incident).filter(|incident| *incident != pb::Incident::default())
}

/// What a professional's form told; `None` where it told nothing.
pub fn groundwork(groundwork: Groundwork) -> Option<pb::Groundwork> {
    let groundwork = pb::Groundwork {
        spoken_to_family: groundwork.spoken_to_family,
        needs: groundwork.needs.into_open(),
        proposed_service: groundwork.proposed_service.into_open(),
        framework_considered: groundwork.framework_considered,
        why_not_spoken: groundwork.why_not_spoken.into_open(),
        why_not_considered: groundwork.why_not_considered.into_open(),
    };
    Some(groundwork).filter(|groundwork| *groundwork != pb::Groundwork::default())
}

/// What a professional's form asks and was not told (R6).
pub fn gaps(gaps: Vec<Gap>) -> Vec<i32> {
    let gap = |gap| match gap {
        Gap::SpokenToFamily => pb::Gap::SpokenToFamily,
        Gap::Needs => pb::Gap::Needs,
        Gap::ProposedService => pb::Gap::ProposedService,
        Gap::FrameworkConsidered => pb::Gap::FrameworkConsidered,
    };
    gaps.into_iter().map(|one| gap(one).into()).collect()
}
