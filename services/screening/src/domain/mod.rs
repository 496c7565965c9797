//! The rules of screening: values in, values out.

pub mod case;
pub mod check;
pub mod clock;
pub mod consent;
pub mod contact;
pub mod decision;
pub mod gate;
pub mod outcome;
pub mod referrer;
pub mod review;
pub mod unit;
