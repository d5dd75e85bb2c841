//! Integration tests, linked as one binary.
