//! The rules of intake: values in, values out.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod advice;
pub mod age;
pub mod amendment;
pub mod authority;
pub mod basis;
pub mod child_codes;
pub mod clock;
pub mod codes;
pub mod consent;
pub mod consultation;
pub mod contact;
pub mod groundwork;
pub mod hand_over;
pub mod human;
pub mod information_request;
pub mod look_up;
pub mod matching;
pub mod nhs_number;
pub mod notice;
pub mod own_contact;
pub mod postcode;
pub mod receipt;
pub mod reference;
pub mod referrer;
pub mod referrer_hears;
pub mod register;
pub mod register_import;
pub mod remit;
pub mod shared_number;
pub mod subject;
pub mod turn;
pub mod unit_hand_over;
pub mod upn;
pub mod uprn;
pub mod urgency;
