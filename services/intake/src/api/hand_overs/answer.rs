//! Hand-overs, from domain to wire. Their words are opened here, where they are shown.

use access::Personal;
use proto::{convert::to_timestamp, intake::v1 as pb};

use crate::{
    domain::hand_over::{Content, HandOver, UndoneReceipt},
    events::hand_overs::direction,
};

/// A hand-over on the list, with those of the receipts that are its own.
pub fn hand_over(it: HandOver, reference: String, undone: &[UndoneReceipt]) -> pb::HandOver {
    let own = undone.iter().filter(|undone| undone.hand_over == it.id);
    let undone_receipts = own.map(undone_receipt).collect();
    let automatic = matches!(it.content, Content::Automatic);
    let direction = direction(it.content.direction()).into();
    let (acted_at, words, left_to_do) = match it.content {
        Content::Automatic => (None, String::new(), String::new()),
        Content::Asked(words) => (None, words.into_open(), String::new()),
        Content::Done { acted_at, done, left_to_do } => {
            (Some(acted_at), done.into_open(), left_to_do.into_open())
        }
    };
    let taken = it.taken.map(|taken| (to_timestamp(taken.at), taken.by, taken.review));
    let (taken_at, taken_by, review) =
        taken.map_or_else(Default::default, |(at, by, review)| (Some(at), by, review));
    pb::HandOver {
        hand_over_id: it.id.to_string(),
        revision: it.revision,
        contact_id: it.contact.to_string(),
        reference,
        direction,
        automatic,
        made_at: Some(to_timestamp(it.made_at)),
        acted_at: acted_at.map(to_timestamp),
        words,
        left_to_do,
        due_at: Some(to_timestamp(it.clock.due_at)),
        taken_at,
        review: review.map(Personal::into_open).unwrap_or_default(),
        made_by: it.made_by,
        taken_by,
        undone_receipts,
    }
}

fn undone_receipt(undone: &UndoneReceipt) -> pb::UndoneReceipt {
    pb::UndoneReceipt {
        taken_at: Some(to_timestamp(undone.taken.at)),
        taken_by: undone.taken.by.clone(),
        reason: undone.reason.open().clone(),
        undone_at: Some(to_timestamp(undone.at)),
        undone_by: undone.by.clone(),
    }
}
