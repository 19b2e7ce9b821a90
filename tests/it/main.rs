//! The tests that cross module borders, in one binary.

mod web;
