//! The protocols that Boathook is compatible with, without IO.
