//! The register (R8): how a match stands, what can be decided of it, and what the history
//! of a child counts.

use access::Personal;
use calendar::Calendar;
use jiff::{Timestamp, civil::Date};
use thiserror::Error;
use uuid::Uuid;

/// How a match of two entries stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.match_state", rename_all = "snake_case")]
pub enum MatchState {
    /// A person is to decide it.
    Proposed,
    /// The two are one human.
    Linked,
    /// They are two, as a person decided.
    Rejected,
    /// They were linked, and a person undid it.
    Undone,
}

/// What a person decides of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The two are one human.
    Confirm,
    /// They are two.
    Reject,
    /// What was decided, by a person or the machine, was wrong.
    Undo,
}

/// What a match is not, that a decision needs it to be.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MatchRefusal {
    /// Nothing waits for a decision.
    #[error("this match does not wait for a decision")]
    NotWaiting,
    /// Nothing was decided that could be undone.
    #[error("nothing was decided of this match that could be undone")]
    NothingToUndo,
    /// The two are linked already.
    #[error("the two are linked already")]
    LinkedAlready,
}

impl MatchState {
    /// How the match stands after a decision (R8). A rejection that is undone waits for a
    /// person again; a link that is undone stays undone, until the two are joined.
    pub fn after(self, decision: Decision) -> Result<Self, MatchRefusal> {
        match (self, decision) {
            (Self::Proposed, Decision::Confirm) => Ok(Self::Linked),
            (Self::Proposed, Decision::Reject) => Ok(Self::Rejected),
            (Self::Linked, Decision::Undo) => Ok(Self::Undone),
            (Self::Rejected, Decision::Undo) => Ok(Self::Proposed),
            (
                Self::Linked | Self::Rejected | Self::Undone,
                Decision::Confirm | Decision::Reject,
            ) => Err(MatchRefusal::NotWaiting),
            (Self::Proposed | Self::Undone, Decision::Undo) => Err(MatchRefusal::NothingToUndo),
        }
    }
}

/// Two entries of the register that may be one human.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The entry with the smaller id.
    pub one: Uuid,
    /// The other entry.
    pub other: Uuid,
    /// How it stands.
    pub state: MatchState,
    /// A national number says so, and nothing contradicts it.
    pub certain: bool,
    /// How sure it is, in bits; at 0 the odds are even.
    pub bits: f32,
    /// Why: codes of evidence.
    pub reasons: Vec<String>,
    /// What each reason weighs, in bits.
    pub weights: Vec<f32>,
    /// When a person decided it.
    pub decided_at: Option<Timestamp>,
    /// Who: an opaque id; `None` where it was the machine.
    pub decided_by: Option<String>,
    /// As what a person told the two apart, while they are proposed again.
    pub told_apart_as: Option<MatchState>,
    /// It was certain when a person told the two apart, and has not been so since.
    pub certain_no_more: bool,
}

/// What a person decided of a match once, also where it was decided otherwise since.
#[derive(Clone)]
pub struct PastDecision {
    /// The match.
    pub found: Uuid,
    /// How it stood with that.
    pub state: MatchState,
    /// Why.
    pub reason: Personal<String>,
    /// Who: an opaque id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What becomes of two whom a person has told apart, as they weigh now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anew {
    /// Nothing.
    Stays,
    /// They are proposed to a person again.
    Proposed,
    /// They are told apart again, as a person had it, and wait for nobody.
    Apart(MatchState),
    /// They stay apart, and it is noted that they are not certain any more.
    Uncertain,
}

impl Match {
    /// Whether a person has told the two apart, also where they are proposed again.
    pub fn is_told_apart(&self) -> bool {
        match self.state {
            MatchState::Rejected | MatchState::Undone => true,
            MatchState::Proposed | MatchState::Linked => self.told_apart_as.is_some(),
        }
    }

    /// What becomes of two whom a person has told apart (R8). The machine never links them. But
    /// where they have become certain since, on other data than those that the person saw, a
    /// person is asked again: a birth date that was mistyped may have parted a child from an open
    /// case. Once a person has told them apart as certain it stays at that, however often they are
    /// matched, unless they were not certain in between. What is proposed again and is certain no
    /// more stands as the person had it.
    pub fn anew(&self, certain: bool) -> Anew {
        match (self.told_apart_as, self.is_told_apart(), certain) {
            (Some(before), _, false) => Anew::Apart(before),
            (Some(_), _, true) => Anew::Proposed,
            (None, true, true) if !self.certain || self.certain_no_more => Anew::Proposed,
            (None, true, false) if self.certain && !self.certain_no_more => Anew::Uncertain,
            (None, _, _) => Anew::Stays,
        }
    }

    /// The other one of the two.
    pub fn beside(&self, person: Uuid) -> Uuid {
        if self.one == person { self.other } else { self.one }
    }
}

/// A kind of episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "intake.episode_kind", rename_all = "snake_case")]
pub enum EpisodeKind {
    /// Early help.
    EarlyHelp,
    /// Section 17, Children Act 1989.
    #[sqlx(rename = "section_17")]
    Section17,
    /// Section 47, Children Act 1989.
    #[sqlx(rename = "section_47")]
    Section47,
}

/// Work of the authority with somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// What kind of work.
    pub kind: EpisodeKind,
    /// The unit that holds it.
    pub unit: Option<String>,
    /// Who works there with them.
    pub worker: Option<String>,
    /// Its first day.
    pub opened_on: Date,
    /// The day on which it was closed.
    pub closed_on: Option<Date>,
}

impl Episode {
    /// Whether it is an open case in Children's Social Care on a day (R9): early help is
    /// none, and on the day on which it is closed it is open no more.
    pub fn is_open_case_on(&self, day: Date) -> bool {
        let statutory = match self.kind {
            EpisodeKind::EarlyHelp => false,
            EpisodeKind::Section17 | EpisodeKind::Section47 => true,
        };
        statutory && self.opened_on <= day && self.closed_on.is_none_or(|closed| closed > day)
    }
}

/// The episode that decides to whom a child of a contact of this day is passed (R9): an
/// enquiry before an assessment, then what was opened last.
pub fn open_case(episodes: &[Episode], day: Date) -> Option<&Episode> {
    let open = episodes.iter().filter(|episode| episode.is_open_case_on(day));
    open.max_by_key(|episode| (episode.kind, episode.opened_on, &episode.unit))
}

/// Whether all that is open on the day of a contact was opened on that day itself (R9). It may
/// be what the hub did about the contact: a child who is sent to Children's Social Care has an
/// episode there from the same day. Which of the two came first no episode says.
pub fn all_opened_on(episodes: &[Episode], day: Date) -> bool {
    let mut open = episodes.iter().filter(|episode| episode.is_open_case_on(day));
    open.all(|episode| episode.opened_on == day)
}

/// How many earlier contacts there were, each window ending with this contact (R8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EarlierContacts {
    /// In three months.
    pub in_3_months: u32,
    /// In six.
    pub in_6_months: u32,
    /// In twelve.
    pub in_12_months: u32,
}

impl EarlierContacts {
    /// Counts the contacts before this one (R8), one of the same instant among them. Months are
    /// the calendar's, reckoned in the authority's zone; the boundary day is within.
    pub fn count(received: &[Timestamp], this: Timestamp, calendar: &Calendar) -> Self {
        let today = calendar.local_date(this);
        let within = |months| {
            let since = Calendar::months_before(today, months);
            let earlier = received.iter().filter(|at| **at <= this);
            let counted = earlier.filter(|at| calendar.local_date(**at) >= since).count();
            u32::try_from(counted).unwrap_or(u32::MAX)
        };
        Self { in_3_months: within(3), in_6_months: within(6), in_12_months: within(12) }
    }
}

/// An answer.
#[derive(Clone)]
pub struct Difference {
    /// Its id.
    pub id: Uuid,
    /// The contact.
    pub contact: Uuid,
    /// The child.
    pub child: Uuid,
    /// What is different.
    pub answer: Personal<String>,
    /// Who answered: an opaque id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How many questions about a contact are open, and what was told last.
pub struct Questions {
    /// The contact.
    pub contact: Uuid,
    /// Matches of its people that wait for a person.
    pub matches: i32,
    /// Children of whom it is not answered what is different this time.
    pub differences: i32,
    /// The record that the events are of, and its revision; none where nothing was told.
    pub told: Option<(Uuid, i64)>,
}

#[cfg(test)]
mod tests {
    use calendar::protocol::Protocol;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn r8_every_decision_in_every_state() {
        use MatchState::{Linked, Proposed, Rejected, Undone};
        for (state, confirmed, rejected, undone) in [
            (Proposed, Some(Linked), Some(Rejected), None),
            (Linked, None, None, Some(Undone)),
            (Rejected, None, None, Some(Proposed)),
            (Undone, None, None, None),
        ] {
            assert_eq!(state.after(Decision::Confirm).ok(), confirmed);
            assert_eq!(state.after(Decision::Reject).ok(), rejected);
            assert_eq!(state.after(Decision::Undo).ok(), undone);
        }
    }

    fn decided(state: MatchState, certain: bool) -> Match {
        Match {
            id: Uuid::from_u128(1),
            revision: 2,
            one: Uuid::from_u128(2),
            other: Uuid::from_u128(3),
            state,
            certain,
            bits: 1.0,
            reasons: Vec::new(),
            weights: Vec::new(),
            decided_at: Some(Timestamp::UNIX_EPOCH),
            decided_by: Some("a".to_owned()),
            told_apart_as: None,
            certain_no_more: false,
        }
    }

    #[test]
    fn r8_whom_a_person_told_apart_is_asked_of_again_once_they_have_become_certain() {
        use MatchState::{Linked, Proposed, Rejected, Undone};
        for state in [Rejected, Undone] {
            let uncertain = decided(state, false);
            assert_eq!(
                (uncertain.anew(false), uncertain.anew(true)),
                (Anew::Stays, Anew::Proposed)
            );
            let certain = decided(state, true);
            assert_eq!((certain.anew(false), certain.anew(true)), (Anew::Uncertain, Anew::Stays));
            let since = Match { certain_no_more: true, ..certain };
            assert_eq!((since.anew(false), since.anew(true)), (Anew::Stays, Anew::Proposed));
            let again = Match { told_apart_as: Some(state), ..decided(Proposed, true) };
            assert_eq!((again.anew(false), again.anew(true)), (Anew::Apart(state), Anew::Proposed));
            assert!(again.is_told_apart() && since.is_told_apart());
        }
        for state in [Proposed, Linked] {
            let decided = decided(state, true);
            assert!(!decided.is_told_apart());
            assert_eq!((decided.anew(false), decided.anew(true)), (Anew::Stays, Anew::Stays));
        }
    }

    fn episode(kind: EpisodeKind, opened_on: Date, closed_on: Option<Date>) -> Episode {
        let unit = Some(opened_on.to_string());
        Episode { kind, unit, worker: None, opened_on, closed_on }
    }

    #[test]
    fn r9_an_open_case_is_a_statutory_one_that_is_open_on_the_day() {
        let (opened, day) = (date(2026, 10, 1), date(2026, 11, 24));
        let open = |kind, closed| episode(kind, opened, closed).is_open_case_on(day);
        for kind in [EpisodeKind::Section17, EpisodeKind::Section47] {
            assert!(open(kind, None));
            assert!(open(kind, Some(date(2026, 11, 25))));
            assert!(!open(kind, Some(day)));
            assert!(episode(kind, day, None).is_open_case_on(day));
            assert!(!episode(kind, date(2026, 11, 25), None).is_open_case_on(day));
        }
        assert!(!open(EpisodeKind::EarlyHelp, None));
    }

    #[test]
    fn r9_an_enquiry_goes_before_an_assessment_and_the_latest_before_others() {
        let episodes = [
            episode(EpisodeKind::Section47, date(2026, 3, 1), None),
            episode(EpisodeKind::Section47, date(2026, 2, 1), None),
            episode(EpisodeKind::Section17, date(2026, 4, 1), None),
            episode(EpisodeKind::Section47, date(2026, 5, 1), Some(date(2026, 6, 1))),
        ];
        let found = open_case(&episodes, date(2026, 11, 24)).unwrap();
        assert_eq!(found.unit.as_deref(), Some("2026-03-01"));
        assert_eq!(open_case(&[], date(2026, 11, 24)), None);
    }

    #[test]
    fn r9_a_case_of_the_day_is_one_only_where_nothing_was_open_before() {
        let day = date(2026, 11, 24);
        let today = episode(EpisodeKind::Section47, day, None);
        let before = episode(EpisodeKind::Section17, date(2026, 3, 1), None);
        let closed = episode(EpisodeKind::Section17, date(2026, 3, 1), Some(day));
        assert!(all_opened_on(&[today.clone(), closed], day));
        assert!(!all_opened_on(&[today, before], day));
    }

    #[test]
    fn r8_contacts_are_counted_in_calendar_months_with_the_boundary_day() {
        let calendar = Protocol::embedded().unwrap();
        let calendar = calendar.calendar();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let this = at("2026-05-31T10:00:00Z");
        // 31 May back three is 28 February; that night is still 27 February in London.
        let received = [
            at("2026-02-28T00:00:00Z"),
            at("2026-02-27T23:59:00Z"),
            at("2025-11-30T12:00:00Z"),
            at("2025-05-31T00:00:00+01:00"),
            at("2025-05-30T23:59:00+01:00"),
            at("2026-06-01T10:00:00Z"),
        ];
        let counted = EarlierContacts::count(&received, this, calendar);
        let expected = EarlierContacts { in_3_months: 1, in_6_months: 3, in_12_months: 4 };
        assert_eq!(counted, expected);
    }
}
