//! Fictitious French bank accounts whose check digits are right.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// An IBAN of a bank that does not exist: its national key and its check digits are valid.
pub(super) fn french(rng: &mut ChaCha8Rng) -> String {
    let bank = 90_000 + rng.random_range(0..10_000_u32);
    let branch = rng.random_range(0..100_000_u32);
    let account = rng.random_range(0..100_000_000_000_u64);
    let domestic = format!("{bank:05}{branch:05}{account:011}");
    let key = 97 - remainder(&format!("{domestic}00"));
    let bban = format!("{domestic}{key:02}");
    // FR is 15 27; the check digits stand as 00 while they are computed.
    let check = 98 - remainder(&format!("{bban}152700"));
    format!("FR{check:02}{bban}")
}

/// Remainder modulo 97 of a number too long for a machine word.
pub(super) fn remainder(digits: &str) -> u32 {
    digits
        .chars()
        .filter_map(|c| c.to_digit(10))
        .fold(0, |rest, digit| (rest * 10 + digit) % 97)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn check_digits_and_national_key_are_valid_and_always_76() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for _ in 0..200 {
            let iban = french(&mut rng);
            assert_eq!(iban.len(), 27);
            assert!(iban.starts_with("FR76"), "{iban}");
            assert_eq!(
                remainder(&format!("{}1527{}", &iban[4..], &iban[2..4])),
                1,
                "{iban}"
            );
            assert_eq!(remainder(&iban[4..]), 0, "{iban}");
        }
    }
}
