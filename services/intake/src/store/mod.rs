//! All SQL of intake. One statement a function, the connection first.

pub mod bases;
pub mod contacts;
pub mod people;
