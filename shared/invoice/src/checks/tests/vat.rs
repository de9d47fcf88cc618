use super::*;

#[test]
fn the_vat_of_a_rate_is_its_base_times_the_rate() {
    assert_ok("BR-CO-17", &invoice());
    let message = assert_failed(
        "BR-CO-17",
        &changed(|i| i.vat_breakdown[0].vat = decimal("33")),
        Some("CALCUL_ERR"),
    );
    assert!(
        message
            .contains("à 20 %, TVA de 33,00 EUR au lieu de 31,00 EUR sur une base de 155,00 EUR"),
        "{message}"
    );
    assert_not_evaluable("BR-CO-17", &changed(|i| i.vat_breakdown[0].taxable = None));
    assert_not_evaluable("BR-CO-17", &changed(|i| i.vat_breakdown.clear()));
}

#[test]
fn vat_that_was_rounded_line_by_line_is_tolerated_and_stated() {
    let message = assert_ok(
        "BR-CO-17",
        &changed(|i| i.vat_breakdown[0].vat = decimal("31.35")),
    );
    assert!(
        message.contains("à la tolérance de 1,00 par taux près"),
        "{message}"
    );
    assert!(message.contains("écart de 0,35 EUR"), "{message}");
}

#[test]
fn vat_without_a_rate_is_wrong_unless_it_is_nothing() {
    let without_rate = |vat: &str| {
        changed(|i| {
            i.vat_breakdown[0].rate = None;
            i.vat_breakdown[0].vat = decimal(vat);
        })
    };
    assert_failed("BR-CO-17", &without_rate("0.50"), Some("CALCUL_ERR"));
    assert_ok("BR-CO-17", &without_rate("0.00"));
}

#[test]
fn vat_of_a_credit_has_the_sign_of_its_base() {
    assert_ok(
        "BR-CO-17",
        &changed(|i| i.vat_breakdown = vec![breakdown("S", "19", "-72.50", "-13.78")]),
    );
    assert_failed(
        "BR-CO-17",
        &changed(|i| i.vat_breakdown = vec![breakdown("S", "19", "-72.50", "13.78")]),
        Some("CALCUL_ERR"),
    );
}

#[test]
fn the_base_of_a_rate_is_what_is_taxed_at_it_however_the_rate_is_written() {
    assert_ok("BR-S-08", &invoice());
    let message = assert_failed(
        "BR-S-08",
        &changed(|i| i.vat_breakdown[0].taxable = decimal("160")),
        Some("CALCUL_ERR"),
    );
    assert!(
        message.contains(
            "à 20 %, base de 160,00 EUR alors que les lignes, frais et remises font 155,00 EUR"
        ),
        "{message}"
    );
    assert_failed(
        "BR-S-08",
        &changed(|i| i.vat_breakdown[0].taxable = decimal("155.01")),
        None,
    );
}

#[test]
fn one_rate_that_was_taken_for_two_is_named_as_the_cause() {
    let split = changed(|i| {
        i.vat_breakdown = vec![
            breakdown("S", "20", "95", "19"),
            breakdown("S", "20.00", "60", "12"),
        ];
    });
    let message = assert_failed("BR-S-08", &split, Some("CALCUL_ERR"));
    assert!(
        message.contains("car ce taux est ventilé plusieurs fois"),
        "{message}"
    );
}

#[test]
fn a_base_cannot_be_checked_without_lines_amounts_or_categories() {
    assert_not_evaluable("BR-S-08", &changed(|i| i.lines.clear()));
    assert_not_evaluable("BR-S-08", &changed(|i| i.lines[0].net_amount = None));
    assert_not_evaluable("BR-S-08", &changed(|i| i.lines[0].vat.category = None));
    assert_not_evaluable("BR-S-08", &changed(|i| i.vat_breakdown[0].taxable = None));
    assert_not_evaluable("BR-S-08", &pivot());
    assert_not_evaluable("RELAIS-BASES-TVA", &pivot());
}

#[test]
fn the_base_of_an_exempt_category_is_what_is_in_it_at_any_rate() {
    let exempt = |base: &str| {
        changed(|i| {
            i.lines.push(line("3", "40.00", "E", "0"));
            i.vat_breakdown.push(breakdown("E", "0", base, "0"));
        })
    };
    assert_ok("RELAIS-BASES-TVA", &exempt("40"));
    let message = assert_failed("RELAIS-BASES-TVA", &exempt("50"), Some("CALCUL_ERR"));
    assert!(
        message.contains("catégorie E à 0 %, base de 50,00 EUR"),
        "{message}"
    );
    assert_ok("BR-S-08", &exempt("50"));
    assert!(assert_ok("RELAIS-BASES-TVA", &invoice()).starts_with("Sans objet"));
}

#[test]
fn without_categories_as_in_the_ubl_of_chorus_pro_bases_go_by_rate() {
    let chorus = |base: &str| {
        changed(|i| {
            i.source.dialect = Dialect::ChorusUbl;
            for line in &mut i.lines {
                line.vat.category = None;
            }
            i.allowances[0].vat_category = None;
            i.charges[0].vat_category = None;
            i.vat_breakdown = vec![breakdown("S", "20", base, "31")];
            i.vat_breakdown[0].category = None;
        })
    };
    assert_ok("RELAIS-BASES-TVA", &chorus("155"));
    assert_failed("RELAIS-BASES-TVA", &chorus("165"), Some("CALCUL_ERR"));
    assert_not_evaluable("BR-S-08", &chorus("155"));
}

#[test]
fn a_seller_who_charges_vat_has_a_vat_number() {
    assert_ok("BR-S-02", &invoice());
    assert_failed(
        "BR-S-02",
        &changed(|i| i.seller.vat_id = None),
        Some("NON_CONFORME"),
    );
    let represented = changed(|i| {
        i.seller.vat_id = None;
        i.tax_representative = Some(i.buyer.clone());
        i.tax_representative.as_mut().unwrap().vat_id = Some("FR1".to_owned());
    });
    assert_ok("BR-S-02", &represented);
    let untaxed = changed(|i| {
        i.lines = vec![line("1", "1", "E", "0")];
        i.vat_breakdown = vec![breakdown("E", "0", "1", "0")];
        (i.allowances, i.charges) = (Vec::new(), Vec::new());
        i.seller.vat_id = None;
    });
    assert_ok("BR-S-02", &untaxed);
    assert_not_evaluable("BR-S-02", &pivot());
}

#[test]
fn an_exemption_has_a_reason() {
    let exempt = |reason: Option<&str>| {
        changed(|i| {
            let mut entry = breakdown("E", "0", "40.00", "0");
            entry.exemption_reason = reason.map(str::to_owned);
            i.vat_breakdown.push(entry);
        })
    };
    let message = assert_failed("BR-E-10", &exempt(None), Some("NON_CONFORME"));
    assert!(message.contains("exonéré de TVA de 40,00 EUR"), "{message}");
    assert_ok("BR-E-10", &exempt(Some("article 293 B du CGI")));
    assert!(assert_ok("BR-E-10", &invoice()).starts_with("Sans objet"));
    assert_not_evaluable("BR-E-10", &pivot());
}

#[test]
fn a_french_seller_uses_rates_that_exist_in_france() {
    assert_ok(
        "BR-FR-16",
        &changed(|i| i.vat_breakdown[0].rate = decimal("5.50")),
    );
    let nineteen = changed(|i| i.vat_breakdown[0].rate = decimal("19"));
    assert!(assert_failed("BR-FR-16", &nineteen, Some("TX_TVA_ERR")).contains("19 %"));
    let german = changed(|i| {
        i.vat_breakdown[0].rate = decimal("19");
        i.seller.vat_id = Some("DE123456789".to_owned());
    });
    assert!(assert_ok("BR-FR-16", &german).starts_with("Sans objet"));
    let silent = changed(|i| {
        i.lines.clear();
        i.vat_breakdown.clear();
    });
    assert_not_evaluable("BR-FR-16", &silent);
}
