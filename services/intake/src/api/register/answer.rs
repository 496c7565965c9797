//! The register, from domain to wire. Personal values are opened here, where they are shown.

use std::collections::BTreeMap;

use access::Personal;
use proto::{
    convert::{to_date, to_timestamp},
    intake::v1 as pb,
};
use uuid::Uuid;

use crate::{
    api::{receipt, remit::answer::way},
    commands::register::history::{History, PersonHistory, RelatedBy},
    domain::{
        referrer_hears::{ReferrerHears, ReferrerShown},
        register::{Difference, Episode, EpisodeKind, Match, PastDecision},
        unit_hand_over::UnitHandOver,
    },
    events::register::match_state,
    protocol::Texts,
    store::register::{
        history::OnContact,
        people::{Held, Source},
    },
};

/// What the referrers of contacts may be told of hand-overs to units (R9).
pub struct Hearing<'a> {
    /// They, by contact.
    pub referrers: BTreeMap<Uuid, ReferrerShown>,
    /// The words of the protocol file.
    pub texts: &'a Texts,
}

impl Hearing<'_> {
    /// What of one hand-over; what only is to be passed on, or was withdrawn, in no words yet.
    fn of(&self, hand_over: &UnitHandOver) -> (pb::ReferrerHears, String) {
        let hears = ReferrerHears::of(self.referrers.get(&hand_over.contact), hand_over);
        let is_so = hand_over.passed.is_some() && hand_over.withdrawn_at.is_none();
        let words = if is_so { hears.words(self.texts) } else { "" };
        (referrer_hears(hears), words.to_owned())
    }
}

/// What a referrer may be told, for the wire.
fn referrer_hears(hears: ReferrerHears) -> pb::ReferrerHears {
    match hears {
        ReferrerHears::Unit => pb::ReferrerHears::Unit,
        ReferrerHears::PassedOn => pb::ReferrerHears::PassedOn,
    }
}

/// The receipt of a passing to a unit.
pub fn passed_to_unit(passed: &UnitHandOver, hearing: &Hearing<'_>) -> pb::PassToUnitResponse {
    let (hears, referrer_words) = hearing.of(passed);
    let told = passed.passed.as_ref();
    pb::PassToUnitResponse {
        revision: passed.revision,
        receipt_due_at: told.map(|told| to_timestamp(told.receipt.due_at)),
        referrer_hears: hears.into(),
        referrer_words,
    }
}

/// What is known of everybody on a contact.
pub fn history(history: History, hearing: &Hearing<'_>) -> pb::GetHistoryResponse {
    let History {
        reference, people, entries, decisions, matching_continues, more_live_near, ..
    } = history;
    let all = (&entries, &*decisions);
    let people = people.into_iter().map(|one| person(one, &reference, all, hearing)).collect();
    pb::GetHistoryResponse { people, matching_continues, more_live_near }
}

fn person(
    person: PersonHistory,
    reference: &str,
    (entries, decisions): Shown<'_>,
    hearing: &Hearing<'_>,
) -> pb::PersonHistory {
    let all = (entries, decisions);
    let matches = person.matches.iter().map(|it| found(it, person.id, all)).collect();
    let related = person.related.iter().filter_map(|(id, how)| {
        let related_by = how.iter().map(|how| related_by(*how).into()).collect();
        Some(pb::RelatedPerson { person: Some(known(entries.get(id)?)), related_by })
    });
    let hand_overs = person.unit_hand_overs.into_iter();
    let hand_overs = hand_overs.map(|it| hand_over(it, reference.to_owned(), hearing));
    pb::PersonHistory {
        person_id: person.id.to_string(),
        is_child: person.is_child,
        matches,
        difference_asked: person.is_child && !person.earlier.is_empty(),
        earlier_contacts: person.earlier.into_iter().map(on_contact).collect(),
        later_contacts: person.later.into_iter().map(on_contact).collect(),
        contacts_in_3_months: person.counts.in_3_months,
        contacts_in_6_months: person.counts.in_6_months,
        contacts_in_12_months: person.counts.in_12_months,
        episodes: person.episodes.into_iter().map(episode).collect(),
        related: related.collect(),
        difference: person.difference.map(difference),
        unit_hand_overs: hand_overs.collect(),
    }
}

/// The entries that are shown, and what people decided of their matches, the earliest first.
type Shown<'a> = (&'a BTreeMap<Uuid, Held>, &'a [PastDecision]);

/// A match, `one` of the two shown first.
pub fn found(found: &Match, one: Uuid, (entries, decisions): Shown<'_>) -> pb::Match {
    let shown = |id| entries.get(&id).map(known);
    let reasons = found.reasons.iter().zip(&found.weights);
    let reasons = reasons
        .map(|(code, bits)| pb::WeighedReason { reason: match_reason(code).into(), bits: *bits });
    pb::Match {
        match_id: found.id.to_string(),
        revision: found.revision,
        state: match_state(found.state).into(),
        certain: found.certain,
        bits: found.bits,
        reasons: reasons.collect(),
        one: shown(one),
        other: shown(found.beside(one)),
        decided_at: found.decided_at.map(to_timestamp),
        decided_by: found.decided_by.clone().unwrap_or_default(),
        decisions: decisions.iter().filter(|it| it.found == found.id).map(decision).collect(),
    }
}

fn decision(decision: &PastDecision) -> pb::PastMatchDecision {
    pb::PastMatchDecision {
        state: match_state(decision.state).into(),
        reason: decision.reason.open().clone(),
        decided_at: Some(to_timestamp(decision.at)),
        decided_by: decision.by.clone(),
    }
}

/// A code of evidence for the wire: the contract's codes have its names.
fn match_reason(code: &str) -> pb::MatchReason {
    let name = format!("MATCH_REASON_{}", code.to_uppercase());
    pb::MatchReason::from_str_name(&name).unwrap_or_default()
}

fn known(held: &Held) -> pb::KnownPerson {
    let entry = &held.entry;
    let told = |text: &Option<Personal<String>>| {
        text.as_ref().map(|text| text.open().clone()).unwrap_or_default()
    };
    let source = match entry.source {
        Source::CaseSystem(_) => pb::EntrySource::CaseSystem,
        Source::Child(_) => pb::EntrySource::Child,
        Source::Adult(_) => pb::EntrySource::Adult,
    };
    pb::KnownPerson {
        person_id: held.id.to_string(),
        source: source.into(),
        contact_id: held.contact.map(|id| id.to_string()).unwrap_or_default(),
        name: entry.name.open().clone(),
        chosen_name: entry.chosen_name.open().clone(),
        birth_date: entry.birth_date.as_ref().map(|date| to_date(*date.open())),
        nhs_number: told(&entry.nhs_number),
        upn: told(&entry.upn),
        sex: entry.sex.clone(),
        address: entry.address.open().clone(),
        postcode: told(&entry.postcode),
        school: entry.school.open().clone(),
        household: entry.household.iter().map(|name| name.open().clone()).collect(),
    }
}

fn on_contact(on: OnContact) -> pb::OtherContact {
    pb::OtherContact {
        contact_id: on.contact.to_string(),
        reference: on.reference,
        received_at: Some(to_timestamp(on.received_at)),
    }
}

fn episode(episode: Episode) -> pb::Episode {
    let kind = match episode.kind {
        EpisodeKind::EarlyHelp => pb::EpisodeKind::EarlyHelp,
        EpisodeKind::Section17 => pb::EpisodeKind::Section17,
        EpisodeKind::Section47 => pb::EpisodeKind::Section47,
    };
    pb::Episode {
        kind: kind.into(),
        unit: episode.unit.unwrap_or_default(),
        worker: episode.worker.unwrap_or_default(),
        opened_on: Some(to_date(episode.opened_on)),
        closed_on: episode.closed_on.map(to_date),
    }
}

fn related_by(how: RelatedBy) -> pb::RelatedBy {
    match how {
        RelatedBy::Address => pb::RelatedBy::Address,
        RelatedBy::Household => pb::RelatedBy::Household,
        RelatedBy::Adult => pb::RelatedBy::Adult,
    }
}

fn difference(difference: Difference) -> pb::Difference {
    pb::Difference {
        answer: difference.answer.into_open(),
        answered_at: Some(to_timestamp(difference.at)),
        answered_by: difference.by,
    }
}

/// A hand-over to a unit, of the contact with this reference.
pub fn hand_over(
    hand_over: UnitHandOver,
    reference: String,
    hearing: &Hearing<'_>,
) -> pb::UnitHandOver {
    let (hears, referrer_words) = hearing.of(&hand_over);
    let (received_at, received_by) = receipt::shown(hand_over.receipt);
    let passed = hand_over.passed.as_ref();
    let unit_told = passed.and_then(|passed| passed.unit.clone()).unwrap_or_default();
    let unspecified = pb::SecureWay::Unspecified;
    let begun = hand_over.begun.map(|begun| (begun.by, begun.reason.into_open()));
    let (begun_by, begun_reason) = begun.unwrap_or_default();
    let taken_back = hand_over.taken_back.map(|it| pb::TakenBack {
        child_ids: it.children.iter().map(Uuid::to_string).collect(),
        reason: it.reason.into_open(),
        taken_back_by: it.by,
    });
    pb::UnitHandOver {
        hand_over_id: hand_over.id.to_string(),
        revision: hand_over.revision,
        contact_id: hand_over.contact.to_string(),
        reference,
        child_ids: hand_over.children.iter().map(Uuid::to_string).collect(),
        unit: hand_over.unit,
        found_at: Some(to_timestamp(hand_over.found_at)),
        pass_due_at: Some(to_timestamp(hand_over.passing.due_at)),
        passed_at: passed.map(|passed| to_timestamp(passed.at)),
        way: passed.map_or(unspecified, |passed| way(passed.way)).into(),
        receipt_due_at: passed.map(|passed| to_timestamp(passed.receipt.due_at)),
        received_at,
        received_by,
        withdrawn_at: hand_over.withdrawn_at.map(to_timestamp),
        unit_told,
        passed_by: passed.map(|passed| passed.by.clone()).unwrap_or_default(),
        recorded_by: hand_over.receipt_recorded_by.unwrap_or_default(),
        referrer_hears: hears.into(),
        referrer_words,
        begun_by,
        begun_reason,
        taken_back,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching::What;

    #[test]
    fn r8_every_reason_has_its_code_on_the_wire() {
        for what in What::ALL {
            assert_ne!(match_reason(what.code()), pb::MatchReason::Unspecified, "{}", what.code());
        }
    }
}
