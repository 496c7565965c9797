//! Synthetic families of an inner London borough, for measuring the matching (R8): who
//! they are, and what two agencies write of the same child. Nobody real is in them.
//!
//! Everything follows from a seed and a number, so that a family can be made again at any
//! time and a million of them need no memory.

pub mod dice;
pub mod household;
pub mod measure;
pub mod peoples;
pub mod record;
pub mod rival;
pub mod slips;
