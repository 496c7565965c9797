//! partner-checks
