//! Intake against a real database and broker, spoken to over gRPC with real
//! certificates and tokens.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends where something is amiss, and looks at the tables from outside"
)]

mod bad_input;
mod basis_endings;
mod child_refusals;
mod code_lists;
mod consent_givers;
mod consents;
mod consultation;
mod consultation_bad_fields;
mod consultation_log;
mod contacts;
mod contract;
mod corrections;
mod corrections_refused;
mod hand_overs;
mod information_bases;
mod information_decisions;
mod information_requests;
mod information_taken_back;
mod kept;
mod notices;
mod own_contacts;
mod pages;
mod passing_on;
mod reads;
mod receipt;
mod record;
mod referrer_corrections;
mod referrer_hears;
mod register;
mod register_added;
mod register_again;
mod register_apart;
mod register_crowds;
mod register_hand_overs;
mod register_import;
mod register_keyed;
mod register_names;
mod register_near;
mod register_often;
mod register_open_cases;
mod register_races;
mod register_stage;
mod register_taken_back;
mod remit;
mod seals;
mod stage;
mod start;
mod subjects;
mod taken_back;
mod taken_off;
mod who;
