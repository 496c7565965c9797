//! Answers and refusals (R44, R55, R56).

use access::Personal;
use proto::intake::v1 as pb;
use runtime::fields::{Fields, each, unless_empty};
use service::edge::Asked;

use super::{On, basis, country};
use crate::{
    api::widths,
    domain::{
        codes::Codes,
        information_request::{
            AnswerBasis,
            disclosure::{Choice, Decision, Disclosed, NotSharing, RefusalReason, Sharing},
        },
    },
};

/// The most entries of one answer.
const MOST_DISCLOSED: usize = 20;
/// The longest entry, in characters.
const LONGEST_INFORMATION: usize = 10_000;

/// Reads an answer (R55, R56).
pub fn answered(
    request: pb::AnswerInformationRequestRequest,
    codes: &Codes,
) -> Asked<(On, Decision)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = (&*request.information_request_id, request.revision);
    let on = fields.target("information_request_id", "R55", on);
    let some = (1..=MOST_DISCLOSED).contains(&request.disclosed.len());
    fields.holds("disclosed", "R55", "must be 1 to 20", some);
    let disclosed = each(request.disclosed, |place, entry| {
        disclosed(&mut fields, &format!("disclosed[{place}]"), entry, codes)
    });
    let recipient = fields.text("recipient", "R44", request.recipient, 1..=widths::NAME);
    let recipient_country = country(&mut fields, "recipient_country", request.recipient_country);
    let basis = basis(&mut fields, "basis", request.basis);
    let detail = fields.text("basis_detail", "R38", request.basis_detail, 1..=widths::REASON);
    let further = further(&mut fields, basis, request.basis_further);
    let effects = effects(&mut fields, request.effects_weighed);
    let reason =
        fields.text("open_case_reason", "R54", request.open_case_reason, 0..=widths::REASON);
    let whole = || {
        let sharing = Sharing {
            disclosed: disclosed?,
            recipient: Personal::new(recipient?),
            recipient_country: recipient_country?,
            basis: basis?,
            basis_detail: Personal::new(detail?),
            basis_further: Personal::unless_empty(further?),
            open_case_reason: Personal::unless_empty(reason?),
        };
        let choice = Choice::Share(sharing);
        Some((request_id?, (on?, Decision { choice, effects_weighed: effects? })))
    };
    fields.whole(whole())
}

/// Reads the second part of the reasons, which some bases demand (R7, R38).
fn further(fields: &mut Fields, basis: Option<AnswerBasis>, text: String) -> Option<String> {
    let demanding = basis.and_then(AnswerBasis::demands_further);
    let least = usize::from(demanding.is_some());
    fields.text("basis_further", demanding.unwrap_or("R38"), text, least..=widths::REASON)
}

/// Reads a refusal (R44).
pub fn refused(request: pb::RefuseInformationRequestRequest) -> Asked<(On, Decision)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let on = (&*request.information_request_id, request.revision);
    let on = fields.target("information_request_id", "R55", on);
    let reason = match fields.code("reason", "R44", request.reason) {
        Some(pb::InformationRefusalReason::NotVerified) => Some(RefusalReason::NotVerified),
        Some(pb::InformationRefusalReason::NoBasis) => Some(RefusalReason::NoBasis),
        Some(pb::InformationRefusalReason::NotProportionate) => {
            Some(RefusalReason::NotProportionate)
        }
        Some(pb::InformationRefusalReason::RiskOfHarm) => Some(RefusalReason::RiskOfHarm),
        Some(pb::InformationRefusalReason::Withdrawn) => Some(RefusalReason::Withdrawn),
        Some(pb::InformationRefusalReason::Unspecified) | None => None,
    };
    let words = fields.text("words", "R44", request.words, 1..=widths::REASON);
    let effects = effects(&mut fields, request.effects_weighed);
    let in_spite =
        fields.text("open_case_reason", "R54", request.open_case_reason, 0..=widths::REASON);
    let whole = || {
        let choice = Choice::Refuse(NotSharing {
            reason: reason?,
            words: Personal::new(words?),
            open_case_reason: Personal::unless_empty(in_spite?),
        });
        Some((request_id?, (on?, Decision { choice, effects_weighed: effects? })))
    };
    fields.whole(whole())
}

fn effects(fields: &mut Fields, text: String) -> Option<Personal<String>> {
    fields.text("effects_weighed", "R44", text, 1..=widths::REASON).map(Personal::new)
}

fn disclosed(
    fields: &mut Fields,
    path: &str,
    entry: pb::DisclosedInformation,
    codes: &Codes,
) -> Option<Disclosed> {
    let agency = unless_empty(entry.agency);
    let known = agency.as_deref().is_none_or(|agency| codes.is_agency(agency));
    fields.holds(&format!("{path}.agency"), "R36", "is not the code of an agency", known);
    let length = 1..=LONGEST_INFORMATION;
    let information = fields.text(&format!("{path}.information"), "R55", entry.information, length);
    let proportion =
        fields.text(&format!("{path}.proportion"), "R55", entry.proportion, 1..=widths::REASON);
    Some(Disclosed {
        agency,
        information: Personal::new(information?),
        proportion: Personal::new(proportion?),
    })
}
