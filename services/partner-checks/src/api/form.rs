//! What an agency answers, into a value that cannot be wrong (R40): how far it goes,
//! what was searched, what it means, and the agency's own typed form.

use access::Personal;
use prost::Message;
use proto::{
    convert::from_date,
    partner::v1::{Answer, AnswerKind, answer::Form as Given},
    partner_checks::v1::RecordAnswerRequest,
};
use runtime::fields::Fields;
use service::edge::Asked;
use uuid::Uuid;

use crate::domain::answer::{Extent, Form, NewAnswer};

/// The most systems that one answer names.
const MOST_SYSTEMS: usize = 50;
/// The longest name of a system, in characters.
const LONGEST_SYSTEM: usize = 200;
/// The longest text of an answer, in characters.
const LONGEST_TEXT: usize = 10_000;

/// Reads an answer of an agency whose form is `own`: the check, the answer.
pub fn answer(request: RecordAnswerRequest, own: Form) -> Asked<(Uuid, NewAnswer)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let check = fields.id("check_id", "R40", &request.check_id);
    let answer = fields.check("answer", "R40", "is missing", request.answer.as_ref());
    let answer = answer.and_then(|answer| {
        let extent = extent(&mut fields, answer.kind);
        words(&mut fields, answer, extent == Some(Extent::Final));
        form(&mut fields, answer, own);
        let content = Personal::new(answer.encode_to_vec());
        Some(NewAnswer { extent: extent?, nothing_held: answer.nothing_held, content })
    });
    let whole = || Some((request_id?, (check?, answer?)));
    fields.whole(whole())
}

fn extent(fields: &mut Fields, number: i32) -> Option<Extent> {
    match fields.code("answer.kind", "R40", number)? {
        AnswerKind::Unspecified => None,
        AnswerKind::Interim => Some(Extent::Interim),
        AnswerKind::Final => Some(Extent::Final),
        AnswerKind::Correction => Some(Extent::Correction),
    }
}

/// A final answer states which systems were searched and what it means for the child
/// (R40).
fn words(fields: &mut Fields, answer: &Answer, is_final: bool) {
    let least = usize::from(is_final);
    let number = answer.systems_searched.len();
    let systems = (least..=MOST_SYSTEMS).contains(&number).then_some(());
    let why = if number == 0 {
        "is empty: a final answer says what was searched"
    } else {
        "must be at most 50"
    };
    fields.check("answer.systems_searched", "R40", why, systems);
    for (place, system) in answer.systems_searched.iter().enumerate() {
        fields.text(
            &format!("answer.systems_searched[{place}]"),
            "R40",
            system.clone(),
            1..=LONGEST_SYSTEM,
        );
    }
    let meaning = answer.meaning_for_child.clone();
    fields.text("answer.meaning_for_child", "R40", meaning, least..=LONGEST_TEXT);
}

/// What is held comes in the agency's own form; where nothing is held, in none (R40).
fn form(fields: &mut Fields, answer: &Answer, own: Form) {
    match &answer.form {
        None if answer.nothing_held => {}
        None => fields.violation(
            "answer.form",
            "R40",
            "is missing: say what is held, or that nothing is",
        ),
        Some(_) if answer.nothing_held => {
            fields.violation(
                "answer.nothing_held",
                "R40",
                "contradicts the form that says what is held",
            );
        }
        Some(given) if kind_of(given) != own => {
            fields.violation("answer.form", "R40", "is not the form of this agency");
        }
        Some(given) => content(fields, given),
    }
}

fn kind_of(given: &Given) -> Form {
    match given {
        Given::Police(_) => Form::Police,
        Given::Health(_) => Form::Health,
        Given::Education(_) => Form::Education,
        Given::Housing(_) => Form::Housing,
        Given::Probation(_) => Form::Probation,
    }
}

fn content(fields: &mut Fields, given: &Given) {
    let (path, summary) = match given {
        Given::Police(form) => ("police", &form.summary),
        Given::Health(form) => {
            if let Some(day) = &form.last_seen {
                fields.check(
                    "answer.health.last_seen",
                    "R40",
                    "is not a day that exists",
                    from_date(day),
                );
            }
            ("health", &form.summary)
        }
        Given::Education(form) => {
            let percent = (form.attendance_percent <= 100).then_some(());
            fields.check("answer.education.attendance_percent", "R40", "must be 0 to 100", percent);
            ("education", &form.summary)
        }
        Given::Housing(form) => ("housing", &form.summary),
        Given::Probation(form) => ("probation", &form.summary),
    };
    fields.text(&format!("answer.{path}.summary"), "R40", summary.clone(), 0..=LONGEST_TEXT);
}
