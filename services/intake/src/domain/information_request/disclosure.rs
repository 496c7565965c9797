//! What leaves the hub in answer to a request, or the decision that nothing does (R44).

use access::Personal;
use jiff::Timestamp;
use uuid::Uuid;

use super::AnswerBasis;

/// Why information is not shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.information_refusal", rename_all = "snake_case")]
pub enum RefusalReason {
    /// Nobody could make sure who asks.
    NotVerified,
    /// Nothing allows it.
    NoBasis,
    /// What is asked goes beyond the purpose.
    NotProportionate,
    /// It would put somebody at risk.
    RiskOfHarm,
    /// Whoever asked has withdrawn it.
    Withdrawn,
}

/// What one agency's involvement calls for (R55).
pub struct Disclosed {
    /// Code of the agency; `None` for the council's own.
    pub agency: Option<String>,
    /// What is disclosed.
    pub information: Personal<String>,
    /// Why that much is in proportion.
    pub proportion: Personal<String>,
}

/// That information is shared.
pub struct Sharing {
    /// What.
    pub disclosed: Vec<Disclosed>,
    /// To whom.
    pub recipient: Personal<String>,
    /// The country it goes to, ISO 3166-1.
    pub recipient_country: String,
    /// What it rests on.
    pub basis: AnswerBasis,
    /// The consent, the reasons or the order; of an override the urgent concerns.
    pub basis_detail: Personal<String>,
    /// What some bases demand besides: the risk of telling the family, or whether consent was
    /// refused or why it was not sought.
    pub basis_further: Option<Personal<String>>,
    /// Why in spite of an open case, where there is one (R54).
    pub open_case_reason: Option<Personal<String>>,
}

/// That information is not shared.
pub struct NotSharing {
    /// Why.
    pub reason: RefusalReason,
    /// That in words.
    pub words: Personal<String>,
    /// Why in spite of an open case, where there is one (R54).
    pub open_case_reason: Option<Personal<String>>,
}

/// What is decided.
pub enum Choice {
    /// To share.
    Share(Sharing),
    /// Not to.
    Refuse(NotSharing),
}

/// A decision on a request.
pub struct Decision {
    /// What is decided.
    pub choice: Choice,
    /// Which effects on the child and others were weighed.
    pub effects_weighed: Personal<String>,
}

/// A decision as it is kept.
pub struct Kept {
    /// Its id.
    pub id: Uuid,
    /// The decision.
    pub decision: Decision,
    /// When it was made.
    pub decided_at: Timestamp,
    /// Who made it: an opaque id.
    pub decided_by: String,
}
