//! All SQL of intake. One statement a function, the connection first.

pub mod amendments;
pub mod bases;
pub mod basis_endings;
pub mod cases_taken_back;
pub mod consents;
pub mod consultations;
pub mod contacts;
pub mod hand_overs;
pub mod information_requests;
pub mod notice_proposals;
pub mod notices;
pub mod override_reviews;
pub mod own_contacts;
pub mod passed_on;
pub mod people;
pub mod referrers;
pub mod register;
pub mod remit_questions;
pub mod sealed_fields;
pub mod seals;
pub mod subjects;
pub mod turns;
pub mod unit_hand_overs;
