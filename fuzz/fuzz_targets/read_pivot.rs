//! The reader of pivots and mixed flows of Chorus Pro.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relais_fuzz::read_and_check(bytes));
