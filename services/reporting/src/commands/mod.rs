//! What reporting does: it keeps facts, and counts them.

pub mod count_figures;
pub mod keep_fact;
