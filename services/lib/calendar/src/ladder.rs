//! Who is paged, in which order, and how long each has before the page climbs (R18, R43).

use std::fmt;

use serde::Deserialize;

use crate::Amount;

/// The order in which a page climbs (R18, R41, R43).
///
/// A ladder that waits for an acknowledgement never ends by itself: its last step is
/// paged again every `repeat`, so that no child is left with nobody. One that does not
/// (`acknowledge = false`) has one step and tells it once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "LadderTable")]
pub struct Ladder {
    below: Vec<Step>,
    last: Step,
    repeat: Option<Amount>,
}

/// One step of a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Who on the duty rota is paged.
    pub role: Role,
    /// How long they have to acknowledge before the page climbs; the last step has none.
    pub wait: Option<Amount>,
}

/// Who can be paged: a role on the duty rota, never a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The MASH Manager on duty.
    MashManager,
    /// The Service Manager.
    ServiceManager,
    /// The Head of Service.
    HeadOfService,
    /// The out-of-hours Emergency Duty Team.
    Edt,
    /// The managers of the Social Work Units, to whom what a unit has not acknowledged goes
    /// (R9).
    UnitManager,
    /// The duty contact of the agency that a check was sent to (R43).
    AgencyDuty,
}

/// One page of a ladder: whom it goes to, and when the next one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Step of the ladder, from 0; it stays at the last one while that repeats.
    pub step: usize,
    /// Who is paged.
    pub role: Role,
    /// How long after this page the next follows unless somebody acknowledges; none
    /// where nobody has to.
    pub next_after: Option<Amount>,
}

impl Ladder {
    /// The page numbered `page` (from 0) of somebody who has acknowledged none so far
    /// (R18, R43): up step by step, then the last one again and again. None beyond the
    /// end of a ladder that waits for no acknowledgement.
    pub fn rung(&self, page: usize) -> Option<Rung> {
        let step = page.min(self.below.len());
        if page > step && !self.acknowledge() {
            return None;
        }
        let Step { role, wait } = self.below.get(step).unwrap_or(&self.last);
        Some(Rung { step, role: *role, next_after: wait.or(self.repeat) })
    }

    /// Whether pages go on until somebody acknowledges one.
    pub fn acknowledge(&self) -> bool {
        self.repeat.is_some()
    }

    /// The steps from the first to the last, at least one.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.below.iter().chain([&self.last])
    }
}

impl Role {
    /// The name used in the protocol file, in events and in the duty rota.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MashManager => "mash_manager",
            Self::ServiceManager => "service_manager",
            Self::HeadOfService => "head_of_service",
            Self::Edt => "edt",
            Self::UnitManager => "unit_manager",
            Self::AgencyDuty => "agency_duty",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LadderTable {
    steps: Vec<Step>,
    repeat: Option<Amount>,
    #[serde(default = "by_default")]
    acknowledge: bool,
}

/// A page is acknowledged unless the file says that it need not be.
fn by_default() -> bool {
    true
}

impl TryFrom<LadderTable> for Ladder {
    type Error = &'static str;

    fn try_from(table: LadderTable) -> Result<Self, &'static str> {
        let (last, below) = table.steps.split_last().ok_or("a ladder has at least one step")?;
        if last.wait.is_some() {
            return Err("the last step has no `wait`: it is paged again every `repeat`");
        }
        if below.iter().any(|step| step.wait.is_none()) {
            return Err(
                "every step but the last says how long it has to `wait` before the page climbs",
            );
        }
        match (table.acknowledge, table.repeat) {
            (true, None) => return Err("a ladder says how often its last step is to `repeat`"),
            (false, Some(_)) => return Err("a ladder with `acknowledge = false` has no `repeat`"),
            (false, None) if !below.is_empty() => {
                return Err("a ladder with `acknowledge = false` has one step");
            }
            (true, Some(_)) | (false, None) => {}
        }
        Ok(Self { last: *last, below: below.to_vec(), repeat: table.repeat })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Ladder, String> {
        let deserializer = toml::de::ValueDeserializer::parse(value).unwrap();
        Ladder::deserialize(deserializer).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn r43_a_page_climbs_and_the_last_step_repeats() {
        let ladder = read(
            r#"{ steps = [{ role = "mash_manager", wait = "10m" }, { role = "head_of_service" }], repeat = "5m" }"#,
        )
        .unwrap();
        let pages: Vec<(usize, Role, String)> = (0..4)
            .filter_map(|page| ladder.rung(page))
            .map(|rung| (rung.step, rung.role, rung.next_after.unwrap().to_string()))
            .collect();
        assert_eq!(
            pages,
            [
                (0, Role::MashManager, "10m".to_owned()),
                (1, Role::HeadOfService, "5m".to_owned()),
                (1, Role::HeadOfService, "5m".to_owned()),
                (1, Role::HeadOfService, "5m".to_owned()),
            ]
        );
    }

    #[test]
    fn r43_a_reminder_goes_out_once() {
        let ladder =
            read(r#"{ steps = [{ role = "agency_duty" }], acknowledge = false }"#).unwrap();
        assert!(!ladder.acknowledge());
        assert_eq!(
            ladder.rung(0),
            Some(Rung { step: 0, role: Role::AgencyDuty, next_after: None })
        );
        assert_eq!(ladder.rung(1), None);
    }

    #[test]
    fn r18_a_ladder_that_could_leave_a_child_with_nobody_is_refused() {
        for (value, problem) in [
            (r#"{ steps = [], repeat = "5m" }"#, "at least one step"),
            (r#"{ steps = [{ role = "edt" }] }"#, "`repeat`"),
            (r#"{ steps = [{ role = "edt" }, { role = "edt" }], repeat = "5m" }"#, "but the last"),
            (r#"{ steps = [{ role = "edt", wait = "5m" }], repeat = "5m" }"#, "no `wait`"),
            (
                r#"{ steps = [{ role = "edt" }], repeat = "5m", acknowledge = false }"#,
                "no `repeat`",
            ),
            (
                r#"{ steps = [{ role = "edt", wait = "5m" }, { role = "edt" }], acknowledge = false }"#,
                "one step",
            ),
            (r#"{ steps = [{ role = "manager" }], repeat = "5m" }"#, "`manager`"),
            (r#"{ steps = [{ role = "edt", weight = 1 }], repeat = "5m" }"#, "`weight`"),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(problem), "{value}: {error}");
        }
    }
}
