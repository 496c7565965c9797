//! What is left out of a contact in danger where a field of it cannot be read (R51). What
//! is sealed is cut and never kept in the concern, which everybody reads.

use std::{collections::BTreeSet, mem::take};

use proto::{intake::v1 as pb, terms::v1::Date};

use super::{
    lenient::Words,
    parse::{UNKNOWN, unknown_child},
};
use crate::{
    api::widths,
    domain::{contact::MOST_PEOPLE, referrer::is_anonymous, subject::MOST_SUBJECTS},
};

/// The name of a professional who gave none.
const NOT_TOLD: &str = "not told";

/// Leaves out every one of these fields of a contact. What cannot be put right by itself
/// goes whole: half a consent could be more than was agreed.
pub fn leave_out(given: &mut pb::SubmitContactRequest, fields: &BTreeSet<&str>, words: &mut Words) {
    let (mut consents, mut subjects) = (BTreeSet::new(), BTreeSet::new());
    let sealed = given.referrer.as_ref().is_some_and(is_sealed);
    for path in fields {
        let (head, field) = path.split_once('.').unwrap_or((path, ""));
        let (name, place) = placed(head);
        match (name, place) {
            ("received_at", _) => given.received_at = None,
            ("referrer", _) => {
                let words = if sealed { &mut Words::default() } else { &mut *words };
                referrer(given.referrer.get_or_insert_default(), field, words);
            }
            ("children", None) => few_children(&mut given.children, words),
            ("children", Some(place)) => {
                if let Some(it) = given.children.get_mut(place) {
                    child(it, field, words);
                }
            }
            ("adults", None) => few_adults(&mut given.adults, words),
            ("adults", Some(place)) => {
                if let Some(it) = given.adults.get_mut(place) {
                    adult(it, field, words);
                }
            }
            ("factors", Some(place)) => {
                if let Some(it) = given.factors.get_mut(place) {
                    words.keep("factor", &take(it));
                }
            }
            ("consents", Some(place)) => {
                let it = given.consents.get_mut(place);
                let goes = it.is_some_and(|it| !consent(it, field, sealed, words));
                consents.extend(goes.then_some(place));
            }
            ("subjects", None) => few_subjects(&mut given.subjects, words),
            ("subjects", Some(place)) => {
                let it = given.subjects.get_mut(place);
                let goes = it.is_some_and(|it| !subject(it, field, words));
                subjects.extend(goes.then_some(place));
            }
            ("incident", _) => incident(given.incident.get_or_insert_default(), field, words),
            ("groundwork", _) => groundwork(given.groundwork.get_or_insert_default(), field, words),
            ("override_evidence", _) => {
                let grounds = given.override_evidence.take().unwrap_or_default();
                words.keep("urgent concerns", &grounds.urgent_concerns);
                words.keep("risk of telling the family", &grounds.risk_of_telling);
            }
            // The concern is put together anew each time.
            _ => {}
        }
    }
    given.factors.retain(|factor| !factor.is_empty());
    without(&mut given.consents, &consents);
    without(&mut given.subjects, &subjects);
}

/// `children[3]` as a name and a place.
fn placed(head: &str) -> (&str, Option<usize>) {
    match head.strip_suffix(']').and_then(|head| head.split_once('[')) {
        Some((name, place)) => (name, place.parse().ok()),
        None => (head, None),
    }
}

fn without<T>(items: &mut Vec<T>, places: &BTreeSet<usize>) {
    let mut place = 0..;
    items.retain(|_| place.next().is_none_or(|place| !places.contains(&place)));
}

/// Whether what they say of themselves goes under seal (R2): the contact will say the same.
fn is_sealed(it: &pb::Referrer) -> bool {
    is_anonymous(&it.source, it.anonymous) || it.protected
}

/// An anonymous professional is a protected one: what they meant is that nobody is told.
fn referrer(it: &mut pb::Referrer, field: &str, words: &mut Words) {
    match field {
        "anonymous" => (it.anonymous, it.protected) = (false, true),
        "name" => {
            words.mend("referrer's name", &mut it.name, widths::NAME);
            if it.name.trim().is_empty() {
                it.name = NOT_TOLD.to_owned();
            }
        }
        "organisation" => words.mend("referrer's organisation", &mut it.organisation, widths::NAME),
        "role" => words.mend("referrer's role", &mut it.role, widths::ROLE),
        "contact_details" => {
            words.mend("referrer's number", &mut it.contact_details, widths::CONTACT_DETAILS)
        }
        "child_index" => it.child_index = None,
        "adult_index" => it.adult_index = None,
        // The source, or a referrer of whom nothing was given.
        _ => {
            words.keep("referrer's source", &it.source);
            it.source = UNKNOWN.0.to_owned();
        }
    }
}

fn few_children(children: &mut Vec<pb::Child>, words: &mut Words) {
    for left in children.iter().skip(MOST_PEOPLE) {
        words.keep("another child", &left.name);
    }
    children.truncate(MOST_PEOPLE);
    if children.is_empty() {
        children.push(unknown_child());
    }
}

fn few_adults(adults: &mut Vec<pb::Adult>, words: &mut Words) {
    for left in adults.iter().skip(MOST_PEOPLE) {
        words.keep("another adult", &left.name);
    }
    adults.truncate(MOST_PEOPLE);
}

/// Of one that is left out its words stay; one on record is only an id, which says nothing
/// to who reads the concern.
fn few_subjects(subjects: &mut Vec<pb::ContactSubject>, words: &mut Words) {
    for left in subjects.iter().skip(MOST_SUBJECTS) {
        if let Some(pb::contact_subject::Subject::NewSubject(new)) = &left.subject {
            words.keep("another place or group", &words_of(new));
        }
    }
    subjects.truncate(MOST_SUBJECTS);
}

fn child(it: &mut pb::Child, field: &str, words: &mut Words) {
    let (_, sex, ethnicity) = UNKNOWN;
    let who = it.name.clone();
    let what = |what: &str| format!("{who}, {what}");
    let mut code = |what_it_is, code: &mut String, unknown: &str| {
        words.keep(&what(what_it_is), &std::mem::replace(code, unknown.to_owned()));
    };
    match placed(field.split_once('.').map_or(field, |(head, _)| head)).0 {
        "sex" => code("sex", &mut it.sex, sex),
        "ethnicity" => code("ethnicity", &mut it.ethnicity, ethnicity),
        "gender" => code("gender", &mut it.gender, ""),
        "upn_unknown" => code("why there is no UPN", &mut it.upn_unknown, ""),
        "nhs_number" => code("NHS number", &mut it.nhs_number, ""),
        "upn" => code("UPN", &mut it.upn, ""),
        "postcode" => code("postcode", &mut it.postcode, ""),
        "uprn" => code("UPRN", &mut it.uprn, ""),
        "birth_date" => day(&what("date of birth"), &mut it.birth_date, words),
        "disabilities" => words.keep(&what("disabilities"), &take(&mut it.disabilities).join(", ")),
        "name" => words.mend("a child's name", &mut it.name, widths::NAME),
        "chosen_name" => words.mend(&what("chosen name"), &mut it.chosen_name, widths::NAME),
        "pronouns" => words.mend(&what("pronouns"), &mut it.pronouns, widths::PRONOUNS),
        "address" => words.mend(&what("address"), &mut it.address, widths::ADDRESS),
        "school" => words.mend(&what("school"), &mut it.school, widths::NAME),
        "religion" => words.mend(&what("religion"), &mut it.religion, widths::RELIGION),
        "first_language" => {
            words.mend(&what("first language"), &mut it.first_language, widths::LANGUAGE)
        }
        "communication_needs" => {
            words.mend(
                &what("communication needs"),
                &mut it.communication_needs,
                widths::COMMUNICATION_NEEDS,
            );
        }
        "description" => words.mend(&what("description"), &mut it.description, widths::DESCRIPTION),
        "sealed" => sealed(it.sealed.get_or_insert_default()),
        _ => {}
    }
}

fn sealed(it: &mut pb::SealedFields) {
    let mut nowhere = Words::default();
    nowhere.mend("", &mut it.sexual_orientation, widths::SEALED);
    nowhere.mend("", &mut it.gender_identity, widths::SEALED);
    nowhere.mend("", &mut it.trans_history, widths::TRANS_HISTORY);
}

fn adult(it: &mut pb::Adult, field: &str, words: &mut Words) {
    let who = it.name.clone();
    let what = |what: &str| format!("{who}, {what}");
    match field {
        "name" => words.mend("an adult's name", &mut it.name, widths::NAME),
        "relationship" => words.mend(&what("relationship"), &mut it.relationship, widths::ROLE),
        "birth_date" => day(&what("date of birth"), &mut it.birth_date, words),
        "address" => words.mend(&what("address"), &mut it.address, widths::ADDRESS),
        "postcode" => words.keep(&what("postcode"), &take(&mut it.postcode)),
        "description" => words.mend(&what("description"), &mut it.description, widths::DESCRIPTION),
        _ => {}
    }
}

fn day(what: &str, day: &mut Option<Date>, words: &mut Words) {
    if let Some(Date { year, month, day }) = day.take() {
        words.keep(what, &format!("{year}-{month}-{day}"));
    }
}

/// Whether the rest of it can stay. Who asked is mostly the referrer, and under seal with
/// them (R2).
fn consent(it: &mut pb::Consent, field: &str, sealed: bool, words: &mut Words) -> bool {
    match field {
        "asked_by" if sealed => Words::default().mend("", &mut it.asked_by, widths::NAME),
        "how" => words.mend("how consent was asked for", &mut it.how, widths::HOW_ASKED),
        "asked_by" => words.mend("who asked for consent", &mut it.asked_by, widths::NAME),
        "asked_at" => it.asked_at = None,
        "given_by" => it.given_by = 0,
        _ => {
            words.keep(
                "consent",
                &format!("{} {} {}", it.answer().as_str_name(), it.agency, it.how),
            );
            return false;
        }
    }
    true
}

/// Whether the rest of it can stay.
fn subject(it: &mut pb::ContactSubject, field: &str, words: &mut Words) -> bool {
    if field == "child_indexes" {
        it.child_indexes.clear();
        return true;
    }
    let Some(pb::contact_subject::Subject::NewSubject(new)) = &mut it.subject else { return false };
    match field {
        "new_subject.description" => {
            words.mend(&new.name, &mut new.description, widths::SUBJECT_DESCRIPTION)
        }
        "new_subject.address" => words.mend(&new.name, &mut new.address, widths::ADDRESS),
        "new_subject.name" if !new.name.trim().is_empty() => {
            words.mend("a place or group", &mut new.name, widths::NAME);
        }
        _ => {
            words.keep("a place or group", &words_of(new));
            return false;
        }
    }
    true
}

fn words_of(it: &pb::Subject) -> String {
    format!("{} {} {}", it.name, it.description, it.address)
}

fn incident(it: &mut pb::Incident, field: &str, words: &mut Words) {
    match field {
        "on" => day("day of the incident", &mut it.on, words),
        "time_of_day" => {
            words.mend("time of the incident", &mut it.time_of_day, widths::TIME_OF_DAY)
        }
        "place" => words.mend("place of the incident", &mut it.place, widths::ADDRESS),
        _ => {}
    }
}

fn groundwork(it: &mut pb::Groundwork, field: &str, words: &mut Words) {
    match field {
        "needs" => words.mend("needs", &mut it.needs, widths::REASON),
        "proposed_service" => {
            words.mend("service proposed", &mut it.proposed_service, widths::SERVICE)
        }
        "why_not_spoken" => words.mend("why not spoken to", &mut it.why_not_spoken, widths::REASON),
        "why_not_considered" => {
            words.mend("why not considered", &mut it.why_not_considered, widths::REASON);
        }
        _ => {}
    }
}
