//! All SQL of reporting. A fact that is heard twice is kept once.

pub mod cases;
pub mod checks;
pub mod children;
pub mod contacts;
pub mod decisions;
pub mod milestones;
pub mod pages;
