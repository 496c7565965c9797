//! The families of the day, read from `deploy/demo/families.toml`.

use std::collections::BTreeMap;

use anyhow::Context;
use proto::{convert::to_date, intake::v1 as intake};
use serde::Deserialize;

const FILE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/demo/families.toml"));

/// A family, with what somebody worries about.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    concern: String,
    factors: Vec<String>,
    adults: Vec<Adult>,
    children: Vec<Child>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Adult {
    name: String,
    relationship: String,
    parental_responsibility: Option<bool>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Child {
    name: String,
    birth_date: Option<jiff::civil::Date>,
    #[serde(default)]
    unborn: bool,
    sex: String,
    ethnicity: String,
    address: String,
    #[serde(default)]
    school: String,
    #[serde(default)]
    nhs_number: String,
}

impl Family {
    /// The family of this name.
    ///
    /// # Errors
    /// Where the file that was built in holds none of that name.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        let mut families: BTreeMap<String, Self> = toml::from_str(FILE)?;
        families.remove(name).with_context(|| format!("families.toml has no {name}"))
    }

    /// A contact about this family, still without who raises it and how it came.
    pub fn contact(&self) -> intake::SubmitContactRequest {
        let adult = |adult: &Adult| intake::Adult {
            name: adult.name.clone(),
            relationship: adult.relationship.clone(),
            parental_responsibility: adult.parental_responsibility,
            ..Default::default()
        };
        intake::SubmitContactRequest {
            request_id: super::request_id(),
            children: self.children.iter().map(child).collect(),
            adults: self.adults.iter().map(adult).collect(),
            concern: self.concern.clone(),
            factors: self.factors.clone(),
            ..Default::default()
        }
    }
}

fn child(child: &Child) -> intake::Child {
    intake::Child {
        name: child.name.clone(),
        birth_date: child.birth_date.map(to_date),
        unborn: child.unborn,
        sex: child.sex.clone(),
        ethnicity: child.ethnicity.clone(),
        address: child.address.clone(),
        school: child.school.clone(),
        nhs_number: child.nhs_number.clone(),
        ..Default::default()
    }
}
