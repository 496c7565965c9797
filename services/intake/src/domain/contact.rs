//! A contact and the people on it (R1–R6). Personal values are sealed from the
//! moment they enter.

use access::Personal;
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    codes::is_public,
    consent::{Consent, Giver},
    groundwork::Groundwork,
    reference::Reference,
    referrer::{PersonPlace, Referrer},
    subject::ContactSubject,
    urgency::Urgency,
};

/// The most children, and the most adults, of one contact.
pub const MOST_PEOPLE: usize = 200;

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
    /// Code of the ethnicity, the DfE's or the authority's own and finer one.
    pub ethnicity: String,
    /// Where the child lives or is found.
    pub address: Personal<String>,
    /// That place is outside the authority's area.
    pub outside_area: bool,
    /// School or nursery.
    pub school: Personal<String>,
    /// Ten digits.
    pub nhs_number: Option<Personal<String>>,
    /// Thirteen characters.
    pub upn: Option<Personal<String>>,
    /// National code of why there is no UPN.
    pub upn_unknown: Option<String>,
    /// Name that the child uses.
    pub chosen_name: Personal<String>,
    /// Pronouns.
    pub pronouns: Personal<String>,
    /// National code of the gender; `None` where not told.
    pub gender: Option<String>,
    /// Religion.
    pub religion: Personal<String>,
    /// First language.
    pub first_language: Personal<String>,
    /// Communication needs.
    pub communication_needs: Personal<String>,
    /// National codes of disabilities.
    pub disabilities: Vec<String>,
    /// Postcode of the address.
    pub postcode: Option<Personal<String>>,
    /// Property reference of the address.
    pub uprn: Option<Personal<String>>,
    /// What is known of a child whose name is not.
    pub description: Personal<String>,
    /// What comes under seal with the contact; never loaded with it.
    pub sealed: Option<SealedFields>,
}

impl Child {
    /// What kind of person.
    pub fn kind(&self) -> PersonKind {
        if self.unborn { PersonKind::Unborn } else { PersonKind::by_name(&self.name) }
    }
}

/// What of a child is shared only with their agreement or for a safety need (R4).
pub struct SealedFields {
    /// Sexual orientation.
    pub sexual_orientation: Personal<String>,
    /// Gender identity.
    pub gender_identity: Personal<String>,
    /// Trans history.
    pub trans_history: Personal<String>,
}

/// What of a child is sealed, as far as a correction is about it: as it ought to be, or as it
/// stood before. `None` for what it is not about.
pub struct SealedCorrection {
    /// Sexual orientation.
    pub sexual_orientation: Option<Personal<String>>,
    /// Gender identity.
    pub gender_identity: Option<Personal<String>>,
    /// Trans history.
    pub trans_history: Option<Personal<String>>,
}

/// What kind of person somebody on a contact is (R4). Nothing forces a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonKind {
    /// Known by a name.
    Known,
    /// Nobody has said who it is.
    Unknown,
    /// Not born yet.
    Unborn,
}

impl PersonKind {
    fn by_name(name: &Personal<String>) -> Self {
        if name.open().is_empty() { Self::Unknown } else { Self::Known }
    }
}

/// An adult who matters to a child (R4).
pub struct Adult {
    /// Name; empty where unknown.
    pub name: Personal<String>,
    /// Relationship to the children.
    pub relationship: Personal<String>,
    /// Whether they hold parental responsibility; `None` where nobody has said.
    pub parental_responsibility: Option<bool>,
    /// Date of birth, where known.
    pub birth_date: Option<Personal<Date>>,
    /// Address; empty where it is the children's or unknown.
    pub address: Personal<String>,
    /// Postcode of the address.
    pub postcode: Option<Personal<String>>,
    /// What is known of an adult whose name is not.
    pub description: Personal<String>,
}

impl Adult {
    /// What kind of person.
    pub fn kind(&self) -> PersonKind {
        PersonKind::by_name(&self.name)
    }
}

/// When and where something happened (R5).
pub struct Incident {
    /// The day.
    pub on: Option<Date>,
    /// The time of day, as told.
    pub time_of_day: Personal<String>,
    /// Where.
    pub place: Personal<String>,
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
    /// Places, peer groups and online spaces; children by their place.
    pub subjects: Vec<ContactSubject>,
    /// When and where an incident took place.
    pub incident: Incident,
    /// What a professional's form told.
    pub groundwork: Groundwork,
}

impl NewContact {
    /// What is marked on it (R18).
    pub fn urgency(&self) -> Urgency {
        let Self { significant_harm, immediate_danger, .. } = *self;
        Urgency { significant_harm, immediate_danger }
    }

    /// The same with its consents marked as what they are: the word of a member of the public
    /// about others is a claim (R6), and who asked for them is under seal with the referrer
    /// (R2). Whoever agrees for themselves claims nothing of others. From a referrer under seal
    /// every agreement is a claim: were only some, that would name the referrer as the giver of
    /// the others, or tell a professional from the public.
    pub fn with_consents_marked(mut self) -> Self {
        let (referrer, sealed) = (&self.referrer, self.referrer.is_sealed());
        let responsible =
            |place: usize| self.adults.get(place).and_then(|adult| adult.parental_responsibility);
        for consent in &mut self.consents {
            let own = match (consent.giver, referrer.person) {
                (Some(Giver::Child(giver)), Some(PersonPlace::Child(place)))
                | (Some(Giver::Adult(giver)), Some(PersonPlace::Adult(place))) => giver == place,
                (Some(_) | None, Some(_) | None) => false,
            };
            consent.with_contact = true;
            consent.giver_responsible = match consent.giver {
                Some(Giver::Adult(place)) => responsible(place),
                Some(Giver::Child(_)) | None => None,
            };
            consent.claimed = sealed || is_public(&referrer.source) && !own;
            consent.asker_sealed = sealed && !consent.asked_by.open().is_empty();
        }
        self
    }
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
    /// The ids of its adults, in their order.
    pub adult_ids: Vec<Uuid>,
    /// What came in.
    pub content: NewContact,
}

impl Contact {
    /// The id of somebody on it.
    pub fn id_of(&self, person: PersonPlace) -> Option<Uuid> {
        match person {
            PersonPlace::Child(place) => self.child_ids.get(place).copied(),
            PersonPlace::Adult(place) => self.adult_ids.get(place).copied(),
            PersonPlace::TakenOff(id) => Some(id),
        }
    }
}

#[cfg(test)]
impl NewContact {
    /// A school's form about one child of whom nothing is known.
    pub fn unremarkable() -> Self {
        Self {
            channel: Channel::Form,
            received_at: None,
            referrer: Referrer {
                source: "2A".to_owned(),
                name: nothing(),
                organisation: nothing(),
                role: nothing(),
                contact_details: nothing(),
                anonymous: false,
                protected: false,
                person: None,
            },
            children: vec![Child::unknown()],
            adults: Vec::new(),
            concern: nothing(),
            factors: Vec::new(),
            significant_harm: false,
            immediate_danger: false,
            consents: Vec::new(),
            override_evidence: None,
            subjects: Vec::new(),
            incident: Incident { on: None, time_of_day: nothing(), place: nothing() },
            groundwork: Groundwork {
                spoken_to_family: None,
                needs: nothing(),
                proposed_service: nothing(),
                framework_considered: None,
                why_not_spoken: nothing(),
                why_not_considered: nothing(),
            },
        }
    }
}

#[cfg(test)]
fn nothing() -> Personal<String> {
    Personal::new(String::new())
}

#[cfg(test)]
impl Child {
    /// A child of whom nothing is known.
    pub fn unknown() -> Self {
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
            upn: None,
            upn_unknown: None,
            chosen_name: nothing(),
            pronouns: nothing(),
            gender: None,
            religion: nothing(),
            first_language: nothing(),
            communication_needs: nothing(),
            disabilities: Vec::new(),
            postcode: None,
            uprn: None,
            description: nothing(),
            sealed: None,
        }
    }
}
