//! The faces of Boathook that programs see.
