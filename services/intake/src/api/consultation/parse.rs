//! Calls to the consultation line into values that cannot be wrong.

use access::Personal;
use jiff::Timestamp;
use proto::{convert::from_date, intake::v1 as pb, terms::v1 as terms};
use runtime::fields::{Fields, optional, unless_empty};
use service::edge::Asked;
use tonic::Status;
use uuid::Uuid;

use super::lenient;
use crate::{
    api::{
        parse::{self, NO_NHS_NUMBER},
        widths,
    },
    domain::{
        codes::Codes,
        consultation::{Advice, Beginning, CallerKind, Ending, counts::Months},
        contact::NewContact,
        information_request::Subject,
        nhs_number,
    },
    protocol::{Code, Consultation},
    store::consultations::CountBy,
};

/// The concern of a contact of which nothing else is known (R51).
pub const NOTHING_KNOWN: &str = "A caller to the consultation line said that a child is in danger. \
    Nothing more was recorded when the contact was opened.";
/// National codes of an unknown referrer, sex and ethnicity.
pub const UNKNOWN: (&str, &str, &str) = ("10", "U", "NOBT");
/// The longest call, in minutes.
const LONGEST_CALL: i32 = 480;

/// How a call begins.
pub enum Opening {
    /// With danger: a contact is opened.
    Danger {
        /// Who calls, where that was asked.
        caller: Option<CallerKind>,
        /// The contact.
        contact: Box<NewContact>,
        /// It holds everything that was given.
        is_whole: bool,
    },
    /// Without.
    Calm(Beginning, CallerKind),
}

/// Reads how a call begins. In danger nothing is refused but a request that could not be
/// sent again safely, without an id of its own (R51).
pub fn begin(
    request: pb::BeginConsultationRequest,
    lists: &Consultation,
    codes: &Codes,
    now: Timestamp,
) -> Asked<Opening> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let danger = fields.code("danger", "R51", request.danger);
    let agency = listed(&lists.caller_agencies, &request.caller_agency);
    let role = listed(&lists.caller_roles, &request.caller_role);
    let caller = || Some(CallerKind { agency: agency.clone()?, role: role.clone()? });
    let opening = match danger {
        Some(pb::ConsultationDanger::Immediate | pb::ConsultationDanger::SignificantHarm) => {
            let immediate = danger == Some(pb::ConsultationDanger::Immediate);
            let request_id = request_id.ok_or_else(|| fields.refuse())?;
            let (contact, is_whole) =
                emergency(request.contact, request_id, immediate, codes, now)?;
            let danger = Opening::Danger { caller: caller(), contact: contact.into(), is_whole };
            return Ok((request_id, danger));
        }
        Some(pb::ConsultationDanger::None) => {
            let unset = request.contact.is_none();
            fields.holds("contact", "R51", "is for danger; submit a contact instead", unset);
            const NOT_LISTED: &str = "is not a code of the protocol file's list";
            fields.check("caller_agency", "R53", NOT_LISTED, agency.as_ref());
            fields.check("caller_role", "R53", NOT_LISTED, role.as_ref());
            let beginning = beginning(&mut fields, request.lead);
            beginning.zip(caller())
        }
        Some(pb::ConsultationDanger::Unspecified) | None => None,
    };
    let calm = opening.map(|(beginning, caller)| Opening::Calm(beginning, caller));
    fields.whole(request_id.zip(calm))
}

/// The contact that a call in danger opens, and whether it holds all that was given. What
/// cannot be read of it is left out, field by field, rather than refused (R51).
fn emergency(
    given: Option<pb::SubmitContactRequest>,
    request_id: Uuid,
    immediate: bool,
    codes: &Codes,
    now: Timestamp,
) -> Result<(NewContact, bool), Status> {
    let read = |request: pb::SubmitContactRequest| {
        let request = pb::SubmitContactRequest {
            request_id: request_id.to_string(),
            channel: terms::Channel::Phone.into(),
            significant_harm: true,
            immediate_danger: request.immediate_danger || immediate,
            ..request
        };
        parse::contact(request, codes, now).map(|(_, contact)| contact)
    };
    let Some(given) = given else { return Ok((read(unknown(NOTHING_KNOWN.to_owned()))?, true)) };
    let concern = given.concern.clone();
    if let Some(contact) = lenient::read(given, read) {
        return Ok(contact);
    }
    let concern = lenient::with_words(&concern, &lenient::Words::default());
    Ok((read(unknown(concern))?, false))
}

/// A contact of one child of whom nothing is known.
fn unknown(concern: String) -> pb::SubmitContactRequest {
    let source = UNKNOWN.0.to_owned();
    pb::SubmitContactRequest {
        referrer: Some(pb::Referrer { source, ..pb::Referrer::default() }),
        children: vec![unknown_child()],
        concern,
        ..pb::SubmitContactRequest::default()
    }
}

/// A child of whom nothing is known.
pub fn unknown_child() -> pb::Child {
    let (_, sex, ethnicity) = UNKNOWN;
    pb::Child { sex: sex.to_owned(), ethnicity: ethnicity.to_owned(), ..pb::Child::default() }
}

fn listed(list: &[Code], code: &str) -> Option<String> {
    list.iter().any(|entry| entry.code == code).then(|| code.to_owned())
}

/// Whether the caller has asked their lead (R51).
fn beginning(fields: &mut Fields, lead: i32) -> Option<Beginning> {
    match fields.code("lead", "R51", lead)? {
        pb::SafeguardingLead::Unspecified => None,
        pb::SafeguardingLead::Consulted => Some(Beginning::LeadConsulted),
        pb::SafeguardingLead::NotConsulted => Some(Beginning::CallBack),
        pb::SafeguardingLead::IsCaller => Some(Beginning::LeadIsCaller),
        pb::SafeguardingLead::NoneThere => Some(Beginning::NoLeadThere),
    }
}

/// Reads which call ended, and how (R53).
pub fn end(
    request: pb::EndConsultationRequest,
    lists: &Consultation,
) -> Asked<((Uuid, i64), Ending)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let call = (&*request.consultation_id, request.revision);
    let call = fields.target("consultation_id", "R53", call);
    let theme = listed(&lists.themes, &request.theme);
    fields.check("theme", "R53", "is not a code of the protocol file's list", theme.as_ref());
    let advice = advice(&mut fields, &request.advice);
    let minutes = i16::try_from(request.minutes)
        .ok()
        .filter(|_| (1..=LONGEST_CALL).contains(&request.minutes));
    fields.check("minutes", "R53", "must be 1 to 480", minutes);
    let whole = || {
        let ending = Ending {
            theme: theme?,
            advice: advice?,
            became_contact: request.became_contact,
            minutes: minutes?,
        };
        Some((request_id?, (call?, ending)))
    };
    fields.whole(whole())
}

fn advice(fields: &mut Fields, given: &[i32]) -> Option<Vec<Advice>> {
    let mut read = Vec::new();
    for (place, number) in given.iter().enumerate() {
        let advice = match fields.code(&format!("advice[{place}]"), "R53", *number)? {
            pb::ConsultationAdvice::Unspecified => return None,
            pb::ConsultationAdvice::TalkToFamily => Advice::TalkToFamily,
            pb::ConsultationAdvice::MakeReferral => Advice::MakeReferral,
            pb::ConsultationAdvice::OtherService => Advice::OtherService,
        };
        if read.contains(&advice) {
            fields.violation(&format!("advice[{place}]"), "R53", "is there twice");
            return None;
        }
        read.push(advice);
    }
    fields.check("advice", "R53", "is empty", (!read.is_empty()).then_some(read))
}

/// Reads whom a caller asks about (R52): by NHS number, or by name and birth date.
pub fn look_up(request: pb::LookUpOpenCaseRequest, now: Timestamp) -> Result<Subject, Status> {
    let mut fields = Fields::new();
    let by_number = !request.nhs_number.is_empty();
    let nhs_number = optional(unless_empty(request.nhs_number), |given| {
        fields.check("nhs_number", "R52", NO_NHS_NUMBER, nhs_number::parse(&given))
    });
    let least = usize::from(!by_number);
    let name = fields.text("name", "R52", request.name, least..=widths::NAME);
    fields.holds("birth_date", "R52", "is missing", by_number || request.birth_date.is_some());
    let birth_date = optional(request.birth_date, |day| {
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let day = from_date(&day).filter(|day| *day <= today);
        fields.check("birth_date", "R52", "is not a day of the past", day)
    });
    let whole = || {
        Some(Subject {
            name: Personal::new(name?),
            birth_date: birth_date?.map(Personal::new),
            nhs_number: nhs_number?.map(Personal::new),
        })
    };
    fields.whole(whole())
}

/// Which calls are counted.
pub struct Wanted {
    /// By what.
    pub by: CountBy,
    /// Of which months.
    pub months: Months,
}

/// Reads which calls are counted (R67).
pub fn count(request: pb::CountConsultationsRequest) -> Result<Wanted, Status> {
    let mut fields = Fields::new();
    let by = match fields.code("by", "R67", request.by) {
        Some(pb::ConsultationCountBy::Theme) => Some(CountBy::Theme),
        Some(pb::ConsultationCountBy::Advice) => Some(CountBy::Advice),
        Some(pb::ConsultationCountBy::Agency) => Some(CountBy::Agency),
        Some(pb::ConsultationCountBy::Beginning) => Some(CountBy::Beginning),
        Some(pb::ConsultationCountBy::BecameContact) => Some(CountBy::BecameContact),
        Some(pb::ConsultationCountBy::Unspecified) | None => None,
    };
    let mut first = |field, day: Option<&terms::Date>| {
        let day = day.and_then(from_date).filter(|day| day.day() == 1);
        fields.check(field, "R67", "is not the first day of a month", day)
    };
    let from = first("from", request.from.as_ref());
    let until = first("until", request.until.as_ref());
    let months = from.zip(until).and_then(|(from, until)| {
        let why = "must be 1 to 36 months after the first";
        fields.check("until", "R67", why, Months::new(from, until))
    });
    fields.whole(by.zip(months).map(|(by, months)| Wanted { by, months }))
}
