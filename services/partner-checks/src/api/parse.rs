//! Requests into values that cannot be wrong; every bad field is named at once. What
//! an agency answers is read in `form`.

use access::Personal;
use jiff::Timestamp;
use proto::{
    convert::{from_id, from_timestamp},
    partner_checks::v1 as pb,
    terms::v1 as terms,
};
use runtime::fields::Fields;
use service::edge::Asked;
use tonic::Status;
use uuid::Uuid;

use crate::{commands::request_checks::Order, domain::check::Rag, protocol::Rules};

/// The most children of one check.
const MOST_CHILDREN: usize = 200;
/// The longest purpose, effects and reason, in characters.
const LONGEST_REASONS: usize = 2_000;
/// The longest context and reason of a flag, in characters.
const LONGEST_CONTEXT: usize = 4_000;
/// How many requests are listed where nothing is said, and at most.
const PAGE: (i32, i32) = (50, 200);

/// Reads what a manager requests: the request's id, and the order.
pub fn order(request: pb::RequestChecksRequest, rules: &Rules) -> Asked<Order> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", "R33", &request.contact_id);
    let children = children(&mut fields, &request.child_ids);
    agencies(&mut fields, &request.agencies, rules);
    let rag = rag(&mut fields, request.rag);
    let purpose = fields.text("purpose", "R35", request.purpose, 1..=LONGEST_REASONS);
    let context = fields.text("context", "R35", request.context, 1..=LONGEST_CONTEXT);
    let basis = match request.basis_id.as_str() {
        "" => Some(None),
        named => fields.id("basis_id", "R38", named).map(Some),
    };
    let effects =
        fields.text("effects_weighed", "R44", request.effects_weighed, 1..=LONGEST_REASONS);
    let reason = fields.text(
        "lapsed_agreement_reason",
        "R37",
        request.lapsed_agreement_reason,
        0..=LONGEST_REASONS,
    );
    let whole = || {
        let order = Order {
            contact: contact?,
            children: children?,
            agencies: request.agencies,
            rag: rag?,
            purpose: Personal::new(purpose?),
            context: Personal::new(context?),
            basis: basis?,
            effects_weighed: Personal::new(effects?),
            lapsed_agreement_reason: Personal::unless_empty(reason?),
        };
        Some((request_id?, order))
    };
    fields.whole(whole())
}

/// Which checks are wanted.
pub enum Wanted {
    /// Those of a contact.
    OfContact(Uuid),
    /// Those of all contacts that need a person now.
    NeedingAttention(Page),
}

/// Which stretch of a list is wanted.
pub struct Page {
    /// From after this entry; `None` from the beginning.
    pub after: Option<Uuid>,
    /// How many at most.
    pub size: i64,
}

impl Page {
    /// Cuts a list that was read with one entry more than the page holds. Answers from
    /// after which entry it goes on, where it does.
    pub fn next_after<T>(&self, listed: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> Option<Uuid> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = listed.len() > size;
        listed.truncate(size);
        listed.last().filter(|_| more).map(id)
    }
}

/// Reads which checks are wanted, and why (R61).
pub fn list_checks(request: pb::ListChecksRequest) -> Result<(Wanted, terms::Purpose), Status> {
    if !request.needing_attention {
        let (contact, purpose) = reading(&request.contact_id, request.purpose)?;
        return Ok((Wanted::OfContact(contact), purpose));
    }
    let mut fields = Fields::new();
    let none = request.contact_id.is_empty().then_some(());
    fields.check("contact_id", "R42", "must be empty where needing_attention is set", none);
    let purpose = fields.code("purpose", "R61", request.purpose);
    let page = page_of(&mut fields, request.page_size, &request.page_token);
    fields.whole(page.map(Wanted::NeedingAttention).zip(purpose))
}

/// Reads whose disclosures are wanted, and why (R61).
pub fn list_disclosures(
    request: pb::ListDisclosuresRequest,
) -> Result<(Uuid, terms::Purpose), Status> {
    reading(&request.contact_id, request.purpose)
}

/// Reads a confirmation that is recorded at `now`: of which agency, and when it lapses.
pub fn agreement(
    request: pb::ConfirmAgreementRequest,
    rules: &Rules,
    now: Timestamp,
) -> Asked<(String, Timestamp)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let known = rules.agency(&request.agency).map(|_| ());
    fields.check("agency", "R36", "is no agency of the protocol", known);
    let lapses_at = request.lapses_at.as_ref().and_then(from_timestamp).filter(|at| *at > now);
    let lapses_at = fields.check("lapses_at", "R37", "is not an instant after now", lapses_at);
    fields.whole(request_id.zip(lapses_at.map(|lapses_at| (request.agency, lapses_at))))
}

/// Reads which stretch of an agency's requests is wanted.
pub fn list_requests(request: pb::ListRequestsRequest) -> Result<Page, Status> {
    let mut fields = Fields::new();
    let page = page_of(&mut fields, request.page_size, &request.page_token);
    fields.whole(page)
}

/// Reads which check is marked. One such act a check: the check's id serves as the request's.
pub fn check(check_id: &str) -> Asked<Uuid> {
    let mut fields = Fields::new();
    let check = fields.id("check_id", "R42", check_id);
    fields.whole(check.map(|check| (check, check)))
}

/// Reads a risk flag: the check, the reason.
pub fn flag(request: pb::RecordRiskFlagRequest) -> Asked<(Uuid, Personal<String>)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let check = fields.id("check_id", "R41", &request.check_id);
    let reason = fields.text("reason", "R41", request.reason, 1..=LONGEST_CONTEXT);
    let whole = || Some((request_id?, (check?, Personal::new(reason?))));
    fields.whole(whole())
}

fn page_of(fields: &mut Fields, page_size: i32, page_token: &str) -> Option<Page> {
    let (usual, most) = PAGE;
    let size = if page_size == 0 { usual } else { page_size };
    let size = Some(size).filter(|size| (1..=most).contains(size));
    let size = fields.check("page_size", "R46", "must be 0 to 200", size);
    let after = match page_token {
        "" => Some(None),
        token => fields
            .check("page_token", "R46", "is not from an answer before", from_id(token))
            .map(Some),
    };
    Some(Page { after: after?, size: size?.into() })
}

fn reading(contact_id: &str, purpose: i32) -> Result<(Uuid, terms::Purpose), Status> {
    let mut fields = Fields::new();
    let contact = fields.id("contact_id", "R42", contact_id);
    let purpose = fields.code("purpose", "R61", purpose);
    fields.whole(contact.zip(purpose))
}

fn children(fields: &mut Fields, texts: &[String]) -> Option<Vec<Uuid>> {
    fields.check(
        "child_ids",
        "R44",
        "must be 1 to 200",
        (1..=MOST_CHILDREN).contains(&texts.len()).then_some(()),
    );
    let mut ids: Vec<Uuid> = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let id = fields.id(&format!("child_ids[{place}]"), "R44", text)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Some(ids)
}

/// Agencies are known, and each is named once (R36).
fn agencies(fields: &mut Fields, agencies: &[String], rules: &Rules) {
    if agencies.is_empty() {
        fields.violation("agencies", "R36", "is empty");
    }
    for (place, code) in agencies.iter().enumerate() {
        let field = format!("agencies[{place}]");
        if rules.agency(code).is_none() {
            fields.violation(&field, "R36", "is no agency of the protocol");
        } else if agencies.iter().take(place).any(|other| other == code) {
            fields.violation(&field, "R36", "is named twice");
        }
    }
}

fn rag(fields: &mut Fields, number: i32) -> Option<Rag> {
    match fields.code("rag", "R34", number)? {
        terms::Rag::Unspecified => None,
        terms::Rag::Red => Some(Rag::Red),
        terms::Rag::Amber => Some(Rag::Amber),
        terms::Rag::Green => Some(Rag::Green),
    }
}
