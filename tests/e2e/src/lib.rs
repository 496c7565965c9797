//! What the stories through the whole hub and the program `faults` are made of.

pub mod faults;
