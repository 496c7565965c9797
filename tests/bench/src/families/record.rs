//! What an agency writes of a child.

use jiff::civil::Date;

use intake::matching::{Matcher, Person, Written};

use super::{
    dice::Dice,
    household::{Child, Family, Home},
    peoples::Peoples,
    slips::{self, Slip},
};

/// Who writes: with how much care, and how much they know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The register, from systems that ask for everything.
    Register,
    /// A referrer on a contact.
    Contact,
}

/// What was written of a child.
#[derive(Clone, Debug)]
pub struct Record {
    /// Whom it is of: a child's [`id`](Child::id).
    pub child: u64,
    /// Name as written.
    pub name: String,
    /// Birth date as written.
    pub born: Option<Date>,
    /// `M`, `F` or empty.
    pub sex: String,
    /// NHS number; empty where not known.
    pub nhs_number: String,
    /// Address on one line; empty where not known.
    pub address: String,
    /// The postcode in it.
    pub postcode: String,
    /// School; empty where not known.
    pub school: String,
    /// Names of adults of the household.
    pub adults: Vec<String>,
    /// What went wrong in the writing.
    pub slips: Vec<Slip>,
}

/// A contact comes with the NHS number as often as this; the register has it as often.
const NUMBER_KNOWN: [f64; 2] = [0.40, 0.75];
/// The number written down is a brother's or sister's.
const NUMBER_OF_SIBLING: f64 = 0.01;

impl Record {
    /// What `writer` writes of a child of the family.
    pub fn write(
        peoples: &Peoples,
        family: &Family,
        child: &Child,
        writer: Writer,
        dice: &mut Dice,
    ) -> Self {
        // The register's hand slips a quarter as often.
        let rate = if writer == Writer::Contact { 1.0 } else { 0.25 };
        let mut slips = Vec::new();
        let name = slips::name(peoples, family, child, rate, dice, &mut slips);
        let born = slips::birth_date(child.born, rate, dice, &mut slips);
        let home = if dice.falls(0.15 * rate) {
            slips.push(Slip::Moved);
            Home::any(peoples, dice)
        } else {
            family.home.clone()
        };
        let (address, postcode) = slips::address(&home, rate, dice, &mut slips);
        let known = NUMBER_KNOWN[usize::from(writer == Writer::Register)];
        let nhs_number = if dice.falls(known) {
            number(family, child, rate, dice, &mut slips)
        } else {
            String::new()
        };
        let school = slips::school(&child.school, peoples, rate, dice);
        let adults = family.adults.iter().filter(|_| dice.falls(1.0 - 0.3 * rate));
        let adults = adults.cloned().collect();
        let sex = slips::sex(child.sex, rate, dice);
        Self {
            child: child.id,
            name,
            born,
            sex,
            nhs_number,
            address,
            postcode,
            school,
            adults,
            slips,
        }
    }

    /// The person as the hub compares them.
    pub fn person(&self, matcher: &Matcher) -> Person {
        let household: Vec<&str> = self.adults.iter().map(String::as_str).collect();
        matcher.person(&Written {
            name: &self.name,
            birth_date: self.born,
            nhs_number: &self.nhs_number,
            upn: "",
            sex: &self.sex,
            address: &self.address,
            school: &self.school,
            household: &household,
        })
    }
}

fn number(
    family: &Family,
    child: &Child,
    rate: f64,
    dice: &mut Dice,
    slips: &mut Vec<Slip>,
) -> String {
    if family.children.len() > 1 && dice.falls(NUMBER_OF_SIBLING * rate) {
        slips.push(Slip::NumberOfSibling);
        return dice.pick(&family.children).nhs_number.clone();
    }
    child.nhs_number.clone()
}
