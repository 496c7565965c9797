//! What was passed on, from domain to wire. Its words are opened here, where they are
//! shown.

use proto::{convert::to_timestamp, intake::v1 as pb};
use uuid::Uuid;

use crate::{
    api::{answer::remit_question, receipt},
    domain::{
        hand_over::{PassedOn, SecureWay},
        remit::Question,
        turn::InTurn,
    },
};

/// What was passed on, on the list.
pub fn passed(it: PassedOn, reference: String) -> pb::PassedChildren {
    let passing = it.passing;
    let (received_at, received_by) = receipt::shown(it.receipt);
    let taken_back = it.taken_back.map(|it| (to_timestamp(it.at), it.by, it.reason.into_open()));
    let (taken_back_at, taken_back_by, taken_back_reason) =
        taken_back.map_or_else(Default::default, |(at, by, reason)| (Some(at), by, reason));
    pb::PassedChildren {
        hand_over_id: it.id.to_string(),
        revision: it.revision,
        contact_id: it.contact.to_string(),
        reference,
        child_ids: passing.children.iter().map(Uuid::to_string).collect(),
        authority: passing.authority.code().to_owned(),
        authority_name: passing.authority.name().open().clone(),
        way: way(passing.way).into(),
        information: passing.information.into_open(),
        acted_first: passing.acted_first.into_open(),
        passed_at: Some(to_timestamp(it.passed_at)),
        receipt_due_at: Some(to_timestamp(it.clock.due_at)),
        received_at,
        received_by,
        passed_by: it.passed_by,
        recorded_by: it.receipt_recorded_by.unwrap_or_default(),
        taken_back_at,
        taken_back_by,
        taken_back_reason,
    }
}

/// A secure way for the wire.
pub fn way(way: SecureWay) -> pb::SecureWay {
    match way {
        SecureWay::Email => pb::SecureWay::Email,
        SecureWay::Telephone => pb::SecureWay::Telephone,
        SecureWay::System => pb::SecureWay::System,
    }
}

/// A question of the remit, on the list.
pub fn open_question(question: Question, line: InTurn) -> pb::OpenRemitQuestion {
    pb::OpenRemitQuestion {
        question_id: question.id.to_string(),
        revision: question.revision,
        contact_id: question.contact.to_string(),
        reference: line.reference,
        received_at: Some(to_timestamp(line.received_at)),
        questions: question.reasons.into_iter().map(remit_question).collect(),
        raised_at: Some(to_timestamp(question.raised_at)),
        due_at: Some(to_timestamp(question.clock.due_at)),
    }
}
