//! What reporting knows and answers: values only.

pub mod fact;
pub mod figures;
pub mod period;
pub mod terms;
