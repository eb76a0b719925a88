//! Longer histories, by chance.
