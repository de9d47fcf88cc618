//! The reader of UBL invoices and credit notes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relais_fuzz::read_and_check(bytes));
