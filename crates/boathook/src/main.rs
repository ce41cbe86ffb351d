//! Boathook: server and command line.
fn main() {}
