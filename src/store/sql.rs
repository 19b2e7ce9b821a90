//! All SQL of the store as named constants, the same text for SQLite and PostgreSQL. Never built from pieces.

pub mod views;
