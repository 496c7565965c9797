//! A call to the consultation line (R51–R53): how it begins, and all that is logged.

pub mod counts;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use uuid::Uuid;

/// The grain of the log's times, in minutes.
const GRAIN: i64 = 15;

/// How a call begins (R51).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.consultation_beginning", rename_all = "snake_case")]
pub enum Beginning {
    /// Immediate danger or significant harm: a contact is opened.
    Danger,
    /// The caller is to consult their lead and to call back.
    CallBack,
    /// The caller has consulted their lead.
    LeadConsulted,
    /// The caller is the lead.
    LeadIsCaller,
    /// The caller's agency has no lead.
    NoLeadThere,
}

impl Beginning {
    /// Whether the log says who answered (R53). In danger it does not: the contact that was
    /// opened in the same quarter of an hour says who recorded it, and the two would be one.
    pub fn says_who_answered(self) -> bool {
        match self {
            Self::Danger => false,
            Self::CallBack | Self::LeadConsulted | Self::LeadIsCaller | Self::NoLeadThere => true,
        }
    }

    /// Whether the call goes on to advice, and is ended later.
    pub fn goes_on(self) -> bool {
        match self {
            Self::Danger | Self::CallBack => false,
            Self::LeadConsulted | Self::LeadIsCaller | Self::NoLeadThere => true,
        }
    }
}

/// What a caller was advised (R53).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.consultation_advice", rename_all = "snake_case")]
pub enum Advice {
    /// To talk to the family.
    TalkToFamily,
    /// To make a referral.
    MakeReferral,
    /// To go to another service.
    OtherService,
}

/// What is known of a caller, by codes of the protocol file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerKind {
    /// The kind of agency.
    pub agency: String,
    /// The role there.
    pub role: String,
}

/// A call as it is logged when it begins.
#[derive(Clone, Debug)]
pub struct Call {
    /// Random, so that it shows no time.
    pub id: Uuid,
    /// To the grain of the log.
    pub begun_at: Timestamp,
    /// How it began.
    pub beginning: Beginning,
    /// Who calls; in danger it may not have been asked.
    pub caller: Option<CallerKind>,
}

impl Call {
    /// A call that begins at `now`.
    pub fn begin(beginning: Beginning, caller: Option<CallerKind>, now: Timestamp) -> Self {
        Self { id: Uuid::new_v4(), begun_at: logged_time(now), beginning, caller }
    }
}

/// How a call ended (R53).
#[derive(Clone, Debug)]
pub struct Ending {
    /// Code of what it was about.
    pub theme: String,
    /// What was advised, at least one.
    pub advice: Vec<Advice>,
    /// It became a contact; which one is not known here.
    pub became_contact: bool,
    /// How long it took, in minutes.
    pub minutes: i16,
}

/// The time of a call as it is logged (R53): the quarter of an hour that it began in. The
/// instant itself would join the call to the contact that was received at it.
pub fn logged_time(now: Timestamp) -> Timestamp {
    let down = TimestampRound::new().smallest(Unit::Minute).increment(GRAIN).mode(RoundMode::Floor);
    // A quarter of an hour divides a day, so only the ends of time cannot be rounded.
    now.round(down).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r53_a_call_is_logged_by_the_quarter_of_an_hour() {
        for (now, logged) in [
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            ("2026-11-24T10:14:59.999999Z", "2026-11-24T10:00:00Z"),
            ("2026-11-24T23:59:00Z", "2026-11-24T23:45:00Z"),
            ("1969-12-31T23:59:00Z", "1969-12-31T23:45:00Z"),
        ] {
            let now: Timestamp = now.parse().unwrap();
            assert_eq!(logged_time(now), logged.parse().unwrap());
        }
    }

    #[test]
    fn r53_the_id_of_a_call_shows_no_time() {
        let call = Call::begin(Beginning::Danger, None, Timestamp::UNIX_EPOCH);
        assert_eq!(call.id.get_version_num(), 4);
    }

    #[test]
    fn r51_only_who_has_asked_their_lead_or_has_none_is_advised() {
        for (beginning, goes_on) in [
            (Beginning::Danger, false),
            (Beginning::CallBack, false),
            (Beginning::LeadConsulted, true),
            (Beginning::LeadIsCaller, true),
            (Beginning::NoLeadThere, true),
        ] {
            assert_eq!(beginning.goes_on(), goes_on, "{beginning:?}");
        }
    }
}
