//! The migrations are embedded when the crate is compiled: a new one rebuilds it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
