//! Consent (R6): for a child, an agency and a purpose. Consent to a service is not
//! consent to share.

mod child;
#[cfg(test)]
mod tests;

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use self::child::child_refuses;

/// What consent was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.consent_purpose", rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// To share information with an agency.
    ShareInformation,
    /// To be referred to a service.
    Service,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.consent_answer", rename_all = "snake_case")]
pub enum ConsentAnswer {
    /// Agreed.
    Agreed,
    /// Refused.
    Refused,
    /// Not asked.
    NotSought,
}

/// As what somebody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.consent_giver", rename_all = "snake_case")]
pub enum ConsentGiver {
    /// A parent, or who else holds parental responsibility.
    Parent,
    /// The child, of an age and understanding to give it.
    Child,
    /// The adult whom it is about.
    Adult,
}

/// Who answered: somebody on the contact, by place or by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver<C> {
    /// A child.
    Child(C),
    /// An adult.
    Adult(C),
}

impl<C> Giver<C> {
    /// The child, or the adult.
    pub fn split(self) -> (Option<C>, Option<C>) {
        match self {
            Self::Child(child) => (Some(child), None),
            Self::Adult(adult) => (None, Some(adult)),
        }
    }
}

/// Whether the child was asked, where of an age and understanding to give consent (R6).
#[derive(Clone)]
pub enum ChildAsked {
    /// The child was asked, and answered so.
    Asked(ConsentAnswer),
    /// Not of an age and understanding to be asked.
    NotOfAge,
    /// Was not asked, and why.
    NotAsked(Personal<String>),
}

/// What the record of an agreement lacks before anything may rest on it (R6, R38).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsentGap {
    /// When it was asked.
    AskedAt,
    /// How.
    How,
    /// By whom.
    AskedBy,
    /// Who on the contact agreed.
    Giver,
    /// It is the word of a member of the public about others, or came from a referrer under
    /// seal.
    PublicClaim,
    /// Who agreed for a child is an adult without parental responsibility.
    GiverWithoutResponsibility,
    /// Nobody has said whether who agreed for a child holds parental responsibility.
    ResponsibilityUnknown,
}

impl ConsentGap {
    /// The code that a refusal names.
    pub fn code(self) -> &'static str {
        match self {
            Self::AskedAt => "asked_at",
            Self::How => "how",
            Self::AskedBy => "asked_by",
            Self::Giver => "giver",
            Self::PublicClaim => "claim_of_the_public",
            Self::GiverWithoutResponsibility => "giver_without_responsibility",
            Self::ResponsibilityUnknown => "responsibility_not_known",
        }
    }

    /// Whether nothing may rest on an agreement with it (R6, R38). A reading: an adult of whom
    /// is recorded that they hold no parental responsibility cannot agree for a child. Where
    /// nobody has said, which is so of most contacts as they come in, the agreement counts, so
    /// that help waits for no form; that it is not known shows until somebody has asked.
    fn bars(self) -> bool {
        match self {
            Self::AskedAt
            | Self::How
            | Self::AskedBy
            | Self::Giver
            | Self::PublicClaim
            | Self::GiverWithoutResponsibility => true,
            Self::ResponsibilityUnknown => false,
        }
    }
}

/// Consent as it was asked for; `C` names a person, by place or by id.
#[derive(Clone)]
pub struct Consent<C> {
    /// Which child; `None` for every one.
    pub child: Option<C>,
    /// Which adult's own information it is about, and then no child's.
    pub adult: Option<C>,
    /// Code of the agency; `None` for every one.
    pub agency: Option<String>,
    /// For what.
    pub purpose: ConsentPurpose,
    /// The answer.
    pub answer: ConsentAnswer,
    /// When it was asked.
    pub asked_at: Option<Timestamp>,
    /// How it was asked.
    pub how: Personal<String>,
    /// Who asked; empty where that is under seal.
    pub asked_by: Personal<String>,
    /// Who asked is the referrer, and under seal with them (R2).
    pub asker_sealed: bool,
    /// As what they answered, where it was told.
    pub given_by: Option<ConsentGiver>,
    /// Who answered, where it was told.
    pub giver: Option<Giver<C>>,
    /// Whether the adult who answered holds parental responsibility, as the contact says now;
    /// `None` where it does not, or no adult answered.
    pub giver_responsible: Option<bool>,
    /// Whether the child was asked, where it was told.
    pub child_asked: Option<ChildAsked>,
    /// It came in with the contact.
    pub with_contact: bool,
    /// A member of the public says so of others, or a referrer under seal of anybody.
    pub claimed: bool,
    /// The family was told of the contact.
    pub family_told: bool,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// Who recorded that: an opaque id.
    pub withdrawn_by: Option<String>,
}

impl<C: PartialEq> Consent<C> {
    /// Whether it speaks of this child. A child answers for itself only.
    pub fn speaks_of(&self, child: &C) -> bool {
        let about_child = self.child.as_ref().is_none_or(|its| its == child);
        let may_speak = match &self.giver {
            Some(Giver::Child(giver)) => giver == child,
            Some(Giver::Adult(_)) | None => true,
        };
        self.adult.is_none() && about_child && may_speak
    }

    fn is_for(&self, child: &C, purpose: ConsentPurpose) -> bool {
        self.purpose == purpose && self.speaks_of(child)
    }

    /// Whether it speaks of sharing information on this person, child or adult.
    fn is_on_sharing(&self, person: &C) -> bool {
        let own = self.purpose == ConsentPurpose::ShareInformation
            && self.adult.as_ref().is_some_and(|its| its == person);
        own || self.is_for(person, ConsentPurpose::ShareInformation)
    }

    /// Whether whoever answered agreed, and has not taken it back.
    fn holds(&self) -> bool {
        self.answer == ConsentAnswer::Agreed && self.withdrawn_at.is_none()
    }

    /// Whether whoever answered refused: what was withdrawn counts like a refusal (R6).
    fn is_refusal(&self) -> bool {
        self.answer != ConsentAnswer::NotSought && !self.holds()
    }

    /// What the record of an agreement lacks (R6, R38): who asked whom, how and when is on
    /// record, it is not the word of a member of the public about others, and an adult who
    /// agrees for a child holds parental responsibility. Whatever is lacking, it is kept and
    /// shown. Who agrees for themselves needs no such responsibility.
    pub fn gaps(&self) -> Vec<ConsentGap> {
        match self.answer {
            ConsentAnswer::Agreed => self.lacking(),
            ConsentAnswer::Refused | ConsentAnswer::NotSought => Vec::new(),
        }
    }

    /// The same of any answer, as if somebody had agreed by it.
    fn lacking(&self) -> Vec<ConsentGap> {
        let asker = self.asker_sealed || !self.asked_by.open().is_empty();
        let for_child = self.adult.is_none() && matches!(self.giver, Some(Giver::Adult(_)));
        let lacking = [
            (ConsentGap::AskedAt, self.asked_at.is_none()),
            (ConsentGap::How, self.how.open().is_empty()),
            (ConsentGap::AskedBy, !asker),
            (ConsentGap::Giver, self.giver.is_none()),
            (ConsentGap::PublicClaim, self.claimed),
            (
                ConsentGap::GiverWithoutResponsibility,
                for_child && self.giver_responsible == Some(false),
            ),
            (ConsentGap::ResponsibilityUnknown, for_child && self.giver_responsible.is_none()),
        ];
        lacking.into_iter().filter(|(_, lacks)| *lacks).map(|(gap, _)| gap).collect()
    }

    /// Whether it is said to be an agreement, and nothing may rest on it. One that is taken
    /// back is an answer, whoever claimed it.
    pub fn is_claim(&self) -> bool {
        self.withdrawn_at.is_none() && self.gaps().into_iter().any(ConsentGap::bars)
    }

    /// Whether a correction took something from it on which others rest, where it was `before`:
    /// an agreement of the family, or the child's own, which had ended a refusal (R6).
    pub fn lost_since(&self, before: &Self) -> bool {
        let claim = self.is_claim() && !before.is_claim();
        claim || before.child_agrees() && !self.child_agrees()
    }

    /// Whether a correction made an agreement of it on which something may rest.
    pub fn gained_since(&self, before: &Self) -> bool {
        before.is_claim() && !self.is_claim()
    }

    /// The instant of the answer that counts. Nobody takes back what they have not said yet: of
    /// a withdrawal that is dated before its agreement the agreement's instant counts, so that
    /// no older one is revived (R6).
    fn answered_at(&self) -> Option<Timestamp> {
        self.withdrawn_at.max(self.asked_at)
    }

    /// Whether it names the child of whom it speaks; who answers for itself is named.
    fn names_child(&self) -> bool {
        self.child.is_some() || matches!(self.giver, Some(Giver::Child(_)))
    }

    /// Whether it is about the agencies of this one or fewer of them.
    fn is_within_agencies_of(&self, earlier: &Self) -> bool {
        earlier.agency.is_none() || self.agency.is_some()
    }

    /// Whether `later`, which was recorded behind or before it, takes its place (R6): the same
    /// person's newer answer for the same children and agencies or fewer of them. That nobody
    /// was asked says nothing against whoever was asked since, nor, whenever that was, against
    /// what was recorded after it of this very child: for a child who was missed it is noted by
    /// machine, when the family may have been asked already. An answer of nobody in particular
    /// says nothing against a newer one of somebody.
    fn is_replaced_by(&self, later: &Self, recorded_later: bool) -> bool {
        let newer = is_newer(later.answered_at(), self.answered_at(), recorded_later);
        let agencies = later.is_within_agencies_of(self);
        match (self.answer, later.answer) {
            (_, ConsentAnswer::NotSought) => false,
            (ConsentAnswer::NotSought, ConsentAnswer::Agreed | ConsentAnswer::Refused) => {
                newer || (recorded_later && later.names_child() && agencies)
            }
            (ConsentAnswer::Agreed | ConsentAnswer::Refused, _) => {
                let person = self.giver.is_none() || self.giver == later.giver;
                let children = self.child.is_none() || later.child.is_some();
                newer && person && children && agencies
            }
        }
    }
}

/// Whether what was said at `later` is newer than what was said at `earlier`; where that is the
/// same, or one of the two is not known, what was recorded last is.
fn is_newer(later: Option<Timestamp>, earlier: Option<Timestamp>, recorded_later: bool) -> bool {
    match (earlier, later) {
        (Some(earlier), Some(later)) if earlier != later => later > earlier,
        (Some(_), Some(_)) | (None, _) | (_, None) => recorded_later,
    }
}

impl Consent<usize> {
    /// The same with the ids of the people whom it names by place.
    pub fn named(&self, children: &[Uuid], adults: &[Uuid]) -> Consent<Uuid> {
        let child = |place: usize| children.get(place).copied();
        let adult = |place: usize| adults.get(place).copied();
        Consent {
            child: self.child.and_then(child),
            adult: self.adult.and_then(adult),
            agency: self.agency.clone(),
            purpose: self.purpose,
            answer: self.answer,
            asked_at: self.asked_at,
            how: self.how.clone(),
            asked_by: self.asked_by.clone(),
            asker_sealed: self.asker_sealed,
            given_by: self.given_by,
            giver: self.giver.and_then(|giver| match giver {
                Giver::Child(place) => child(place).map(Giver::Child),
                Giver::Adult(place) => adult(place).map(Giver::Adult),
            }),
            giver_responsible: self.giver_responsible,
            with_contact: self.with_contact,
            child_asked: self.child_asked.clone(),
            claimed: self.claimed,
            family_told: self.family_told,
            withdrawn_at: self.withdrawn_at,
            withdrawn_by: self.withdrawn_by.clone(),
        }
    }
}

/// A withdrawal is dated before anybody was asked.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("lies before consent was asked for")]
pub struct WithdrawnBeforeAsked;

/// Whether a consent can have been withdrawn at `at` (R6): not before it was asked for, since an
/// older agreement would then count as the newer answer.
///
/// # Errors
/// Where it was asked for later.
pub fn may_withdraw<C>(consent: &Consent<C>, at: Timestamp) -> Result<(), WithdrawnBeforeAsked> {
    match consent.asked_at {
        Some(asked_at) if at < asked_at => Err(WithdrawnBeforeAsked),
        Some(_) | None => Ok(()),
    }
}

/// The answers of these that count: what may be relied on at all, without what a newer
/// answer has replaced. Of a child's own refusal only its own word decides (`child_refuses`).
fn counting<'a, C: PartialEq>(answers: &[&'a Consent<C>]) -> Vec<&'a Consent<C>> {
    let counts = |answer: &&&Consent<C>| !answer.is_claim() && !answer.is_childs_own_refusal();
    let said: Vec<_> = answers.iter().filter(counts).collect();
    let replaced = |place: usize, answer: &Consent<C>| {
        let mut others = said.iter().enumerate();
        others.any(|(other, later)| other != place && answer.is_replaced_by(later, other > place))
    };
    let counting = said.iter().enumerate().filter(|(place, answer)| !replaced(*place, answer));
    counting.map(|(_, answer)| **answer).collect()
}

/// Whether by these answers, on one child, the family agrees and the child does not refuse (R6).
fn agree<C: PartialEq>(answers: &[&Consent<C>]) -> bool {
    let counting = counting(answers);
    !counting.is_empty() && counting.iter().all(|one| one.holds()) && !child_refuses(answers)
}

/// Whether there is consent to share information on each of `children` with each of
/// `agencies` (R6). Of each person's answers the latest counts; where two people answered,
/// or one for an agency and another for all, the one that refuses: silence and doubt are no
/// consent. A child who refused is one of them, until it is asked again itself.
pub fn allows_sharing(consents: &[Consent<Uuid>], children: &[Uuid], agencies: &[String]) -> bool {
    let one = |child: &Uuid, agency: &String| agree(&fitting(consents, child, agency));
    children.iter().all(|child| agencies.iter().all(|agency| one(child, agency)))
}

/// Whether somebody refuses that information on one of `people` is shared, or has taken an
/// agreement back (R6, R38). The answers that count are those of [`allows_sharing`], for every
/// agency and for each that has answers of its own: to whom an answer to a request for
/// information goes is in words only, so any of them may be meant.
pub fn refuses_sharing(consents: &[Consent<Uuid>], people: &[Uuid]) -> bool {
    let refuse = |answers: &[&Consent<Uuid>]| {
        counting(answers).iter().any(|one| one.is_refusal()) || child_refuses(answers)
    };
    let of_one = |person: &Uuid| {
        let about: Vec<_> = consents.iter().filter(|it| it.is_on_sharing(person)).collect();
        let general = about.iter().filter(|it| it.agency.is_none()).copied().collect();
        let agencies = about.iter().filter_map(|it| it.agency.as_ref());
        let of_agencies = agencies.map(|agency| {
            let fits = |it: &&&Consent<Uuid>| it.agency.as_ref().is_none_or(|its| its == agency);
            about.iter().filter(fits).copied().collect()
        });
        let mut groups = std::iter::once(general).chain(of_agencies);
        groups.any(|group: Vec<_>| refuse(&group))
    };
    people.iter().any(of_one)
}

/// Whether `child` itself refuses now that for which `told` was asked, as `told` is one of those
/// that say so (R6): whoever else agrees, it counts like a refusal.
pub fn refuses_itself(consents: &[Consent<Uuid>], told: &Consent<Uuid>, child: &Uuid) -> bool {
    let of_agency = |it: &&Consent<Uuid>| it.agency.is_none() || it.agency == told.agency;
    let of_child = consents.iter().filter(|it| it.is_for(child, told.purpose)).filter(of_agency);
    let says_so = told.speaks_of(child) && told.says_child_refuses();
    says_so && child_refuses(&of_child.collect::<Vec<_>>())
}

/// What the agreements lack that would allow it, were they complete (R6, R38).
pub fn gaps_to_share(
    consents: &[Consent<Uuid>],
    children: &[Uuid],
    agencies: &[String],
) -> Vec<ConsentGap> {
    let pairs = children.iter().flat_map(|child| agencies.iter().map(move |one| (child, one)));
    let fitting = pairs.flat_map(|(child, agency)| fitting(consents, child, agency));
    let held = fitting.filter(|consent| consent.withdrawn_at.is_none());
    let mut gaps: Vec<ConsentGap> = held.flat_map(Consent::gaps).collect();
    gaps.sort_unstable();
    gaps.dedup();
    gaps
}

fn fitting<'a>(
    consents: &'a [Consent<Uuid>],
    child: &Uuid,
    agency: &str,
) -> Vec<&'a Consent<Uuid>> {
    let for_child =
        consents.iter().filter(|consent| consent.is_for(child, ConsentPurpose::ShareInformation));
    for_child.filter(|consent| consent.agency.as_ref().is_none_or(|its| its == agency)).collect()
}

/// Whether the family has agreed that `child` is referred to a service (R6, R21). A referral
/// does not name its service yet, so only an agreement to any service carries it, and no
/// refusal of one may stand beside: silence and doubt are no consent. Each service's own
/// answers are weighed with the answers for all.
pub fn agrees_to_service<C: PartialEq>(consents: &[Consent<C>], child: &C) -> bool {
    let all: Vec<_> =
        consents.iter().filter(|consent| consent.is_for(child, ConsentPurpose::Service)).collect();
    let general: Vec<_> = all.iter().filter(|consent| consent.agency.is_none()).copied().collect();
    let of_one = |service: &String| {
        let for_it =
            |consent: &&&Consent<C>| consent.agency.as_ref().is_none_or(|its| its == service);
        agree(&all.iter().filter(for_it).copied().collect::<Vec<_>>())
    };
    let mut services = all.iter().filter_map(|consent| consent.agency.as_ref());
    agree(&general) && services.all(of_one)
}

/// A consent with its id.
pub struct HeldConsent {
    /// Its id.
    pub id: Uuid,
    /// The consent.
    pub consent: Consent<Uuid>,
}
