use super::super::{NotAnIban, check_iban, is_siren, is_siret};
use super::*;

#[test]
fn a_siret_satisfies_luhn_and_those_of_la_poste_add_up_to_a_multiple_of_five() {
    assert!(is_siret(SELLER_SIRET));
    assert!(
        is_siret("35600000000048"),
        "La Poste's head office satisfies Luhn"
    );
    assert!(is_siret("35600000000001"), "1 + 3 + 5 + 6 = 15");
    for wrong in [
        "35600000000002",
        "00000001800011",
        "0000000180001",
        "000000018000100",
        "00000001800O10",
        "",
        "é",
    ] {
        assert!(!is_siret(wrong), "{wrong}");
    }
    assert!(!is_siret("00000001900019"), "its SIREN is wrong");
    assert!(
        is_siren(SELLER_SIREN)
            && !is_siren("000000019")
            && !is_siren("00000018")
            && !is_siren("é0000001")
    );
}

#[test]
fn the_sellers_siret_is_checked_under_whatever_scheme_it_stands() {
    assert_ok("RELAIS-SIRET", &invoice());
    let wrong = |scheme: &str, id: &str| {
        changed(|i| {
            i.seller.identifiers.clear();
            i.seller.legal_registration = Some(identifier(scheme, id));
        })
    };
    let message = assert_failed(
        "RELAIS-SIRET",
        &wrong("0002", "000 000 018 00011"),
        Some("CREANCIER_ERR"),
    );
    assert!(
        message.contains("Le SIRET 00000001800011 du vendeur n'existe pas"),
        "{message}"
    );
    let message = assert_failed(
        "RELAIS-SIRET",
        &wrong("0009", "0000000180001"),
        Some("CREANCIER_ERR"),
    );
    assert!(message.contains("en compte 13"), "{message}");
    assert_not_evaluable("RELAIS-SIRET", &wrong("0002", SELLER_SIREN));
    assert_not_evaluable("RELAIS-SIRET", &wrong("0088", "00000001800011"));
}

#[test]
fn the_sellers_siren_has_a_right_key() {
    assert_ok("RELAIS-SIREN", &invoice());
    let wrong = changed(|i| i.seller.legal_registration = Some(identifier("0002", "000000019")));
    assert_failed("RELAIS-SIREN", &wrong, Some("CREANCIER_ERR"));
    let silent = changed(|i| {
        i.seller.identifiers.clear();
        i.seller.legal_registration = None;
    });
    assert_not_evaluable("RELAIS-SIREN", &silent);
}

#[test]
fn the_key_of_a_french_vat_number_follows_from_its_siren() {
    assert_ok("RELAIS-TVA-CLE", &invoice());
    let with = |vat: Option<&str>| changed(|i| i.seller.vat_id = vat.map(str::to_owned));
    assert_ok("RELAIS-TVA-CLE", &with(Some("FR 66 000 000 018")));
    let message = assert_failed(
        "RELAIS-TVA-CLE",
        &with(Some("FR00000000018")),
        Some("NON_CONFORME"),
    );
    assert!(
        message.contains("est 00 alors que le SIREN 000000018 donne 66"),
        "{message}"
    );
    assert_failed(
        "RELAIS-TVA-CLE",
        &with(Some("FR6600000018")),
        Some("NON_CONFORME"),
    );
    assert_failed("RELAIS-TVA-CLE", &with(Some("FRé")), Some("NON_CONFORME"));
    assert!(assert_ok("RELAIS-TVA-CLE", &with(Some("DE123456789"))).starts_with("Sans objet"));
    assert_not_evaluable("RELAIS-TVA-CLE", &with(Some("FRA1000000018")));
    assert_not_evaluable("RELAIS-TVA-CLE", &with(None));
}

#[test]
fn siret_siren_and_vat_number_name_one_company() {
    assert_ok("RELAIS-IDENTITE", &invoice());
    let two = changed(|i| i.seller.legal_registration = Some(identifier("0002", "000000026")));
    let message = assert_failed("RELAIS-IDENTITE", &two, Some("CREANCIER_ERR"));
    assert!(
        message.contains("SIREN 000000018 et SIREN 000000026"),
        "{message}"
    );
    let alone = changed(|i| {
        i.seller.legal_registration = None;
        i.seller.vat_id = None;
    });
    assert_not_evaluable("RELAIS-IDENTITE", &alone);
    assert_not_evaluable("RELAIS-IDENTITE", &Invoice::empty(invoice().source));
}

#[test]
fn a_member_of_a_vat_group_bears_the_groups_vat_number() {
    let other_vat = |group: bool| {
        changed(|i| {
            i.seller.vat_id = Some("FR90000000026".to_owned());
            if group {
                i.seller.identifiers.push(identifier("0231", "000000026"));
            }
        })
    };
    assert_failed("RELAIS-IDENTITE", &other_vat(false), Some("CREANCIER_ERR"));
    assert!(assert_ok("RELAIS-IDENTITE", &other_vat(true)).contains("groupe TVA"));
}

#[test]
fn chorus_pro_wants_a_siret_beside_a_siren() {
    assert_ok("BR-FR-CPRO-09", &invoice());
    assert_failed(
        "BR-FR-CPRO-09",
        &changed(|i| i.seller.identifiers.clear()),
        None,
    );
    assert_not_evaluable("BR-FR-CPRO-09", &Invoice::empty(invoice().source));
}

#[test]
fn the_buyer_is_named_by_a_siret() {
    assert_ok("BR-FR-CPRO-10", &invoice());
    assert_failed(
        "BR-FR-CPRO-10",
        &changed(|i| i.buyer.identifiers.clear()),
        Some("SIRET_ERR"),
    );
    let wrong = changed(|i| i.buyer.identifiers = vec![identifier("0009", "00000002600014")]);
    assert_failed("BR-FR-CPRO-10", &wrong, Some("SIRET_ERR"));
    assert_not_evaluable("BR-FR-CPRO-10", &Invoice::empty(invoice().source));
}

#[test]
fn an_invoice_for_another_establishment_is_said_to_be() {
    let received_by = |siret| Context {
        recipient_siret: Some(siret),
        ..Context::default()
    };
    let right = finding_with("BR-FR-CPRO-10", &invoice(), &received_by(BUYER_SIRET));
    assert_eq!(right.status, Status::Ok, "{}", right.message);
    let wrong = finding_with("BR-FR-CPRO-10", &invoice(), &received_by("00000003400017"));
    assert_eq!(wrong.refusal_code.as_deref(), Some("DEST_ERR"));
    // The establishments of the qualification portal have no valid key: the configuration is believed.
    let fictitious = changed(|i| i.buyer.identifiers = vec![identifier("0009", "00000000013456")]);
    let right = finding_with("BR-FR-CPRO-10", &fictitious, &received_by("00000000013456"));
    assert_eq!(right.status, Status::Ok, "{}", right.message);
}

#[test]
fn an_iban_leaves_one_modulo_97() {
    for right in [
        "FR7630006000011234567890189",
        "fr76 3000 6000 0112 3456 7890 189",
        "DE89370400440532013000",
        "NO9386011117947",
    ] {
        assert_eq!(check_iban(right), Ok(()), "{right}");
    }
    for (wrong, why) in [
        ("FR7630006000011234567890188", NotAnIban::Key),
        ("FR763000600001123456789018", NotAnIban::Length),
        ("DE88370400440532013000", NotAnIban::Key),
        ("30006000011234567890189", NotAnIban::Form),
        ("FR", NotAnIban::Form),
        ("FR76ééééééééééé", NotAnIban::Form),
        ("", NotAnIban::Form),
    ] {
        assert_eq!(check_iban(wrong), Err(why), "{wrong}");
    }
}

#[test]
fn a_wrong_account_is_named_by_its_end_only() {
    assert_ok("RELAIS-IBAN", &invoice());
    let with = |means| changed(|i| i.payment.means = means);
    let message = assert_failed(
        "RELAIS-IBAN",
        &with(vec![account("FR7630006000011234567890188", None)]),
        Some("COORD_BANC_ERR"),
    );
    assert!(
        message.contains("(finissant par 0188) a une clé fausse"),
        "{message}"
    );
    assert!(!message.contains("3000600001123456"), "{message}");
    assert_failed(
        "RELAIS-IBAN",
        &with(vec![account("12345", Some("IBAN"))]),
        Some("COORD_BANC_ERR"),
    );
}

#[test]
fn an_account_that_is_no_iban_is_not_judged_as_one() {
    let with = |means| changed(|i| i.payment.means = means);
    assert_not_evaluable(
        "RELAIS-IBAN",
        &with(vec![account("30006000011234567890189", Some("RIB"))]),
    );
    assert_not_evaluable("RELAIS-IBAN", &with(Vec::new()));
}
