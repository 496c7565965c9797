//! The rules of clocks and pages: values in, values out.

pub mod clock;
pub mod page;
pub mod retry;
