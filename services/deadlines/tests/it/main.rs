//! Deadlines against a real database, a real broker, real logs to follow and real
//! pagers that check signatures, on a clock that the tests move.

mod api;
mod catch_up;
mod checks;
mod delivery;
mod hand_overs;
mod locks;
mod pager;
mod receipt;
mod recovery;
mod section_47;
mod stage;
mod taken_off;
mod trouble;
