//! The register: whom the authority knows, and who of them are one human (R8).

pub mod decisions;
pub mod differences;
pub mod episodes;
pub mod history;
pub mod imports;
pub mod keyed;
pub mod keys;
pub mod matches;
pub mod people;
pub mod questions;
