//! Stories through the whole hub, and faults on what it stands on.

mod faults;
