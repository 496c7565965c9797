//! A contact and the people on it (R1–R6). Personal values are sealed from the
//! moment they enter.

use access::Personal;
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{consent::Consent, reference::Reference};

/// The way a contact arrives (R1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.channel", rename_all = "snake_case")]
pub enum Channel {
    /// The hub's form.
    Form,
    /// A telephone call.
    Phone,
    /// Electronic mail.
    Email,
    /// A letter.
    Mail,
    /// Somebody at the door.
    WalkIn,
    /// The system of an agency or of EDT.
    System,
}

/// Who raises a contact (R2).
pub struct Referrer {
    /// National referral-source code.
    pub source: String,
    /// Name; empty where not given.
    pub name: Personal<String>,
    /// Organisation; empty for the public.
    pub organisation: Personal<String>,
    /// Where to be told of the outcome; empty where not given.
    pub contact_details: Personal<String>,
    /// Stays anonymous: what they said of themselves is sealed.
    pub anonymous: bool,
}

impl Referrer {
    /// Whether there is no way to tell them of the outcome (R28).
    pub fn is_unreachable(&self) -> bool {
        self.contact_details.open().is_empty()
    }
}

/// A child on a contact (R4). Unknown and unborn children are children too: empty
/// fields are never guessed.
pub struct Child {
    /// Name in any script; empty where unknown.
    pub name: Personal<String>,
    /// Date of birth, or the expected date.
    pub birth_date: Option<Personal<Date>>,
    /// Not born yet.
    pub unborn: bool,
    /// National code of the sex.
    pub sex: String,
    /// National code of the ethnicity.
    pub ethnicity: String,
    /// Where the child lives or is found.
    pub address: Personal<String>,
    /// That place is outside the authority's area.
    pub outside_area: bool,
    /// School or nursery.
    pub school: Personal<String>,
    /// Ten digits.
    pub nhs_number: Option<Personal<String>>,
}

/// An adult who matters to a child (R4).
pub struct Adult {
    /// Name; empty where unknown.
    pub name: Personal<String>,
    /// Relationship to the children.
    pub relationship: Personal<String>,
    /// Holds parental responsibility.
    pub parental_responsibility: bool,
}

/// The two grounds of an override (R7).
pub struct OverrideGrounds {
    /// The urgent concerns about the child's safety.
    pub urgent_concerns: Personal<String>,
    /// Why speaking to the family may increase the immediate risk.
    pub risk_of_telling: Personal<String>,
}

/// A contact as it comes in.
pub struct NewContact {
    /// The way it came.
    pub channel: Channel,
    /// When it was received; `None` for now (R13).
    pub received_at: Option<Timestamp>,
    /// Who raises it.
    pub referrer: Referrer,
    /// The children, at least one.
    pub children: Vec<Child>,
    /// The adults.
    pub adults: Vec<Adult>,
    /// The concern in the referrer's words.
    pub concern: Personal<String>,
    /// Codes of the factors.
    pub factors: Vec<String>,
    /// Significant harm is indicated.
    pub significant_harm: bool,
    /// A child is in immediate danger now.
    pub immediate_danger: bool,
    /// What was asked of the family; children by their place.
    pub consents: Vec<Consent<usize>>,
    /// The referrer's reasons for support without consent.
    pub override_evidence: Option<OverrideGrounds>,
}

/// A contact as it is held.
pub struct Contact {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// Its short reference.
    pub reference: Reference,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
    /// The ids of its children, in their order.
    pub child_ids: Vec<Uuid>,
    /// What came in.
    pub content: NewContact,
}

#[cfg(test)]
impl Child {
    /// A child of whom nothing is known.
    pub fn unknown() -> Self {
        let nothing = || Personal::new(String::new());
        Self {
            name: nothing(),
            birth_date: None,
            unborn: false,
            sex: "U".to_owned(),
            ethnicity: "NOBT".to_owned(),
            address: nothing(),
            outside_area: false,
            school: nothing(),
            nhs_number: None,
        }
    }
}
