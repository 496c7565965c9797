//! Matching what was put into the register (R8).
//!
//! It is done right after the commit that put an entry, in the order of the queue, not in
//! that transaction: then neither a fault nor slowness of the matching loses or delays a
//! contact (R12, R18). Because an entry is matched only once it is committed, of two that
//! were put at the same instant whichever is matched later sees the other.

use std::collections::{BTreeMap, BTreeSet};

use messaging::Tx;
use uuid::Uuid;

use super::{
    RegisterError,
    entries::readings,
    open_cases::{self, Touched},
    questions,
    told_apart::{self, Apart},
};
use crate::{
    commands::notices::propose_anew,
    domain::{
        human::Humans,
        matching::{Band, Key, Matcher, Person, Score},
        register::{Match, MatchState},
    },
    protocol::Rules,
    store::register::{
        history, keyed,
        keys::{self, Unmatched},
        matches,
        people::{self, Held, Source},
        questions::turned,
    },
};

/// A person is shown at most so many proposals of one entry, those that weigh most.
const PROPOSALS: usize = 20;

/// Matches at most `limit` entries that wait for it; answers how many.
pub async fn match_waiting(tx: &mut Tx, limit: i64, rules: &Rules) -> Result<usize, RegisterError> {
    lock_keyed(tx).await?;
    let taken = keys::take_unmatched(tx, limit).await?;
    match_taken(tx, taken, rules).await
}

/// Matches the entry with this number in the queue, if it waits still; answers how many.
pub async fn match_number(tx: &mut Tx, number: i64, rules: &Rules) -> Result<usize, RegisterError> {
    lock_keyed(tx).await?;
    let taken = keys::take_number(tx, number).await?;
    match_taken(tx, taken, rules).await
}

/// Locks the register for matching. Nobody is matched while somebody is held under keys that are
/// made in another way than those which are asked (R8): they would be missed without a word.
/// Whoever was told of waits for the few minutes, and is shown as not matched yet.
async fn lock_keyed(tx: &mut Tx) -> Result<(), RegisterError> {
    keys::lock_register(tx).await?;
    if keyed::are_some_otherwise(tx).await? { Err(RegisterError::KeyedOtherwise) } else { Ok(()) }
}

async fn match_taken(
    tx: &mut Tx,
    taken: Vec<Unmatched>,
    rules: &Rules,
) -> Result<usize, RegisterError> {
    let entries: BTreeSet<Uuid> = taken.iter().map(|taken| taken.person_id).collect();
    let entries: Vec<Uuid> = entries.into_iter().collect();
    if entries.is_empty() {
        return Ok(0);
    }
    let Matched { mut loosened, mut linked, asked } =
        match_entries(tx, &entries, &rules.matcher).await?;
    loosened.extend(&entries);
    let touched: Vec<Uuid> = loosened.iter().copied().collect();
    let new = taken.iter().filter(|taken| taken.is_new).map(|taken| taken.person_id).collect();
    open_cases::settle(tx, Touched { entries: &touched, new: &new, taken_back: None }, rules)
        .await?;
    linked.extend(loosened);
    let humans = history::humans(tx, &Vec::from_iter(linked.clone())).await?;
    let shown = humans.into_iter().map(|(_, person)| person).chain(asked.iter().copied());
    propose_anew(tx, &Vec::from_iter(BTreeSet::from_iter(shown)), rules).await?;
    linked.extend(turned(tx, &Vec::from_iter(asked)).await?);
    questions::tell(tx, &Vec::from_iter(linked), &entries).await?;
    Ok(taken.len())
}

/// Whom matching has touched.
struct Matched {
    /// Whose links are no longer certain.
    loosened: BTreeSet<Uuid>,
    /// Who is linked anew.
    linked: BTreeSet<Uuid>,
    /// Whose proposals may be others than before.
    asked: BTreeSet<Uuid>,
}

/// Somebody as they are compared.
struct Known {
    contact: Option<Uuid>,
    from_case_system: bool,
    /// By name, and by the name that they chose.
    persons: Vec<Person>,
}

/// Matches entries with the whole register, again where they were matched before. What a person
/// has decided stays; whom a person told apart is asked of again once they are certain.
async fn match_entries(
    tx: &mut Tx,
    entries: &[Uuid],
    matcher: &Matcher,
) -> Result<Matched, RegisterError> {
    let mut known = known(people::held(tx, entries).await?, matcher);
    let (asking, asked) = asked(&known);
    let candidates = keys::candidates(tx, (&asking, &asked)).await?;
    let mut before: BTreeMap<_, _> = matches::of(tx, entries)
        .await?
        .into_iter()
        .map(|held| ((held.one, held.other), held))
        .collect();
    let decided = |held: &Match| held.decided_by.is_some();
    let apart: Vec<Match> = before.values().filter(|held| held.is_told_apart()).cloned().collect();
    let mut pairs: BTreeSet<_> =
        candidates.into_iter().map(|(one, other)| (one.min(other), one.max(other))).collect();
    pairs.extend(before.keys());
    pairs.retain(|pair| !before.get(pair).is_some_and(decided));
    before.retain(|_, held| !decided(held));
    let apart_ends = apart.iter().flat_map(|held| [held.one, held.other]);
    let others = pairs.iter().flat_map(|(one, other)| [*one, *other]).chain(apart_ends);
    let others: BTreeSet<Uuid> = others.collect();
    let others: Vec<Uuid> = others.into_iter().filter(|id| !known.contains_key(id)).collect();
    known.extend(self::known(people::held(tx, &others).await?, matcher));

    let of_case_system = known.iter().filter(|(_, known)| known.from_case_system);
    let of_case_system = of_case_system.map(|(id, _)| *id).collect();
    let mut findings = Findings { of_case_system, ..Findings::default() };
    for pair in pairs {
        if let (Some(one), Some(other)) = (known.get(&pair.0), known.get(&pair.1)) {
            findings.add(pair, compare(matcher, one, other), before.get(&pair));
        }
    }
    findings.heed(&mut humans_of(tx, &findings.certain).await?);
    let now = tx.now();
    let kept = findings.kept(entries, &before);
    let (certain, proposed): (Vec<&Match>, Vec<&Match>) =
        kept.iter().partition(|found| found.state == MatchState::Linked);
    let linked = certain.iter().flat_map(|found| [found.one, found.other]).collect();
    let mut asked: BTreeSet<Uuid> =
        proposed.iter().flat_map(|found| [found.one, found.other]).collect();
    asked.extend(findings.gone.iter().flat_map(|(_, ends)| *ends));
    matches::put(tx, &kept, now).await?;
    let gone: Vec<Uuid> = findings.gone.iter().map(|(id, _)| *id).collect();
    matches::take_back(tx, &gone).await?;
    let apart = apart.into_iter().map(|held| found_apart(matcher, held, &known));
    asked.extend(told_apart::look_again(tx, &Vec::from_iter(apart)).await?);
    Ok(Matched { loosened: findings.loosened, linked, asked })
}

/// Two whom a person has told apart, with what is found of them now.
fn found_apart(matcher: &Matcher, held: Match, known: &BTreeMap<Uuid, Known>) -> Apart {
    let both = known.get(&held.one).zip(known.get(&held.other));
    let score = both.and_then(|(one, other)| compare(matcher, one, other));
    let found = score.map(|score| found(held.one, held.other, &score));
    Apart { held, found }
}

/// The humans whom these matches would link.
async fn humans_of(tx: &mut Tx, found: &[Match]) -> Result<Humans, sqlx::Error> {
    let ends: BTreeSet<Uuid> = found.iter().flat_map(|found| [found.one, found.other]).collect();
    let linked = history::humans(tx, &Vec::from_iter(ends)).await?;
    let members: BTreeSet<Uuid> = linked.iter().map(|(_, member)| *member).collect();
    let apart = matches::told_apart(tx, &Vec::from_iter(members)).await?;
    Ok(Humans::new(&linked, apart))
}

fn known(held: Vec<Held>, matcher: &Matcher) -> BTreeMap<Uuid, Known> {
    let known = held.into_iter().map(|held| {
        let persons = readings(matcher, &held.entry);
        let from_case_system = matches!(held.entry.source, Source::CaseSystem(_));
        (held.id, Known { contact: held.contact, from_case_system, persons })
    });
    known.collect()
}

/// Who asks under which key.
fn asked(known: &BTreeMap<Uuid, Known>) -> (Vec<Uuid>, Vec<Key>) {
    let asked = |(id, known): (&Uuid, &Known)| {
        let id = *id;
        let keys = known.persons.iter().flat_map(|person| person.keys().asked);
        BTreeSet::from_iter(keys).into_iter().map(move |key| (id, key))
    };
    known.iter().flat_map(asked).unzip()
}

/// What is to be told of two entries, if anything: by name or by the name that a child chose,
/// whichever fits better. People of one contact are not matched with each other: whoever took
/// it down has told them apart. Nor does the hub propose to the case system who of its own
/// people are one; only what is certain links them.
fn compare(matcher: &Matcher, one: &Known, other: &Known) -> Option<Score> {
    if one.contact.is_some() && one.contact == other.contact {
        return None;
    }
    let pairs =
        one.persons.iter().flat_map(|one| other.persons.iter().map(move |other| (one, other)));
    let scores = pairs.map(|(one, other)| matcher.compare(one, other));
    let surer = |one: &Score, other: &Score| {
        one.band.cmp(&other.band).then(one.bits.total_cmp(&other.bits))
    };
    let score = scores.max_by(surer)?;
    let within = one.from_case_system && other.from_case_system;
    match score.band {
        Band::Certain => Some(score),
        Band::Likely | Band::Possible => (!within).then_some(score),
        Band::None => None,
    }
}

/// What was found of all pairs.
#[derive(Default)]
struct Findings {
    /// Links that stand, and are still certain.
    standing: Vec<Match>,
    certain: Vec<Match>,
    proposed: Vec<Match>,
    /// Proposals that are none any more, and of whom.
    gone: Vec<(Uuid, [Uuid; 2])>,
    /// Ends of links that are no longer certain.
    loosened: BTreeSet<Uuid>,
    /// Entries of the case system.
    of_case_system: BTreeSet<Uuid>,
}

impl Findings {
    /// A link that is no longer certain is not dropped without a word: a person decides it.
    fn add(&mut self, (one, other): (Uuid, Uuid), score: Option<Score>, before: Option<&Match>) {
        let was_linked = before.is_some_and(|held| held.state == MatchState::Linked);
        let certain = score.as_ref().is_some_and(|score| score.band == Band::Certain);
        if was_linked && !certain {
            self.loosened.extend([one, other]);
        }
        match (score, before) {
            (Some(score), _) => {
                let list = match (certain, was_linked) {
                    (true, true) => &mut self.standing,
                    (true, false) => &mut self.certain,
                    (false, _) => &mut self.proposed,
                };
                list.push(found(one, other, &score));
            }
            (None, Some(held)) if was_linked => {
                self.proposed.push(Match {
                    id: Uuid::now_v7(),
                    state: MatchState::Proposed,
                    certain: false,
                    bits: 0.0,
                    reasons: Vec::new(),
                    weights: Vec::new(),
                    ..held.clone()
                });
            }
            (None, Some(held)) => self.gone.push((held.id, [one, other])),
            (None, None) => {}
        }
    }

    /// Proposes, in the stead of linking, what would make one human of two whom a person has
    /// told apart, by whatever chain (R8). A link that stands is left to whoever told them
    /// apart, who was told of it.
    fn heed(&mut self, humans: &mut Humans) {
        self.certain.sort_by(|one, other| {
            other
                .bits
                .total_cmp(&one.bits)
                .then((one.one, one.other).cmp(&(other.one, other.other)))
        });
        let (joined, apart): (Vec<Match>, Vec<Match>) =
            self.certain.drain(..).partition(|found| humans.join(found.one, found.other));
        self.certain = joined;
        let proposed =
            apart.into_iter().map(|found| Match { state: MatchState::Proposed, ..found });
        self.proposed.extend(proposed);
    }

    /// What is certain, and of every entry the proposals that weigh most; who may have an open
    /// case is among them, however many contacts weigh more (R9). What was proposed before and
    /// is not among them any more is taken back: it would wait for a person with what it
    /// weighed once.
    fn kept(&mut self, entries: &[Uuid], before: &BTreeMap<(Uuid, Uuid), Match>) -> Vec<Match> {
        let entries: BTreeSet<_> = entries.iter().collect();
        let mut shown: BTreeMap<Uuid, usize> = BTreeMap::new();
        self.proposed.sort_by(|one, other| other.bits.total_cmp(&one.bits));
        let (loosened, of_case_system) = (&self.loosened, &self.of_case_system);
        let gone = &mut self.gone;
        self.proposed.retain(|found| {
            let ends = [found.one, found.other];
            let asking = ends.into_iter().find(|end| entries.contains(end)).unwrap_or(found.one);
            let shown = shown.entry(asking).or_default();
            *shown += 1;
            let is_kept = *shown <= PROPOSALS
                || found.certain
                || ends.iter().any(|end| of_case_system.contains(end))
                || ends.iter().all(|end| loosened.contains(end));
            if !is_kept && let Some(held) = before.get(&(found.one, found.other)) {
                gone.push((held.id, ends));
            }
            is_kept
        });
        let kept = self.standing.drain(..).chain(self.certain.drain(..));
        kept.chain(self.proposed.drain(..)).collect()
    }
}

fn found(one: Uuid, other: Uuid, score: &Score) -> Match {
    let certain = score.band == Band::Certain;
    Match {
        id: Uuid::now_v7(),
        revision: 1,
        one,
        other,
        state: if certain { MatchState::Linked } else { MatchState::Proposed },
        certain,
        bits: score.bits as f32,
        reasons: score.reasons.iter().map(|reason| reason.what.code().to_owned()).collect(),
        weights: score.reasons.iter().map(|reason| reason.bits as f32).collect(),
        decided_at: None,
        decided_by: None,
        told_apart_as: None,
        certain_no_more: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighing(bits: f64) -> Option<Score> {
        Some(Score { band: Band::Possible, bits, reasons: Vec::new() })
    }

    #[test]
    fn r8_a_proposal_that_falls_out_of_those_that_weigh_most_is_taken_back() {
        let entry = Uuid::from_u128(1);
        let pair = |number: u128| (entry, Uuid::from_u128(number + 1));
        let all = u128::try_from(PROPOSALS).unwrap() + 2;
        let mut findings = Findings::default();
        let mut before = BTreeMap::new();
        // The last two weigh least; one of them was proposed before.
        for number in 1..=all {
            let held = found(pair(number).0, pair(number).1, &weighing(1.0).unwrap());
            let was_proposed = number != all - 1;
            if was_proposed {
                before.insert(pair(number), held);
            }
            let score = weighing(100.0 - f64::from(u8::try_from(number).unwrap()));
            findings.add(pair(number), score, before.get(&pair(number)));
        }
        let kept = findings.kept(&[entry], &before);
        assert_eq!(kept.len(), PROPOSALS);
        let last = pair(all);
        assert_eq!(findings.gone, [(before[&last].id, [last.0, last.1])]);
    }
}
