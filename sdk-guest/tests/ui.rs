//! What a beginner gets wrong is a compile error at the word that is wrong.
//!
//! `TRYBUILD=overwrite` writes the expected output anew.

#[test]
fn mistakes_are_pointed_at() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
