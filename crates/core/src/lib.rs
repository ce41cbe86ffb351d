//! Boathook's rules: decides, and never waits.
