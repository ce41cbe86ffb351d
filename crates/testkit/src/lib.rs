//! A whole region for tests, and receivers that misbehave as told.
