//! The rules of partner-checks: values in, values out.

pub mod agreement;
pub mod answer;
pub mod check;
pub mod disclosure;
pub mod watch;
