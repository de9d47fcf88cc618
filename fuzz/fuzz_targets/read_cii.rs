//! The reader of Cross Industry Invoices.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relais_fuzz::read_and_check(bytes));
