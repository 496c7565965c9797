//! The rules of intake: values in, values out.

pub mod age;
pub mod basis;
pub mod codes;
pub mod consent;
pub mod contact;
pub mod nhs_number;
pub mod reference;
pub mod remit;
