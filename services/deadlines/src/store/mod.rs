//! All SQL of deadlines. One statement a function, the connection first.

pub mod causes;
pub mod clocks;
pub mod contacts;
pub mod deliveries;
pub mod figures;
pub mod locks;
pub mod pages;
pub mod savepoint;
pub mod timers;
