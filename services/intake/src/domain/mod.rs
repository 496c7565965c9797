//! The rules of intake: values in, values out.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod age;
pub mod basis;
pub mod codes;
pub mod consent;
pub mod contact;
pub mod nhs_number;
pub mod reference;
pub mod remit;
