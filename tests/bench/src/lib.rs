//! Measurements, each beside the floor that the same servers allow in the same run:
//! a ratio means something on a machine that other work shares, a figure alone does
//! not. `README.md` says how they are read.

pub mod clock_face;
pub mod contact;
pub mod events;
pub mod families;
pub mod floor_hub;
pub mod ground;
pub mod load;
pub mod machine;
pub mod member;
pub mod pgbench;
pub mod poll;
pub mod receiver;
pub mod register;
pub mod statements;
