//! Who may call what, from outside: the policies as a matrix, certificates, tokens,
//! a real server behind the guard, and the read log in a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod certificates;
mod database;
mod identity;
mod logs;
mod matrix;
mod policies;
mod seals;
mod server;
mod tokens;
