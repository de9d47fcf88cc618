use super::*;
use crate::model::LineKind;

#[test]
fn the_lines_make_the_total_of_lines_to_the_cent() {
    let message = assert_ok("BR-CO-10", &invoice());
    assert_eq!(
        message,
        "Le total des lignes (BT-106) est de 160,00 EUR, comme la somme des 2 lignes."
    );
    let message = assert_failed(
        "BR-CO-10",
        &changed(|i| i.totals.lines = decimal("1260")),
        Some("CALCUL_ERR"),
    );
    assert!(
        message.contains("1 260,00 EUR alors que la somme des 2 lignes donne 160,00 EUR"),
        "{message}"
    );
    assert!(
        message.contains("écart de 1 100,00 EUR : demander au fournisseur une facture rectifiée."),
        "{message}"
    );
}

#[test]
fn headings_remarks_and_sublines_are_not_added_to_the_lines() {
    let with_others = changed(|i| {
        for kind in [LineKind::Group, LineKind::Information, LineKind::Subline] {
            i.lines.push(Line {
                kind,
                ..line("x", "160.00", "S", "20")
            });
        }
    });
    assert_ok("BR-CO-10", &with_others);
    assert_ok("BR-S-08", &with_others);
}

#[test]
fn the_lines_cannot_be_added_when_the_total_or_a_line_has_no_amount() {
    assert_not_evaluable("BR-CO-10", &changed(|i| i.totals.lines = None));
    assert_not_evaluable("BR-CO-10", &changed(|i| i.lines.clear()));
    let message = assert_not_evaluable("BR-CO-10", &changed(|i| i.lines[1].net_amount = None));
    assert_eq!(message, "Non vérifiable : la ligne 2 n'a pas de montant.");
    assert_not_evaluable("BR-CO-10", &pivot());
}

#[test]
fn a_cent_of_rounding_fails_without_a_reason_to_refuse() {
    let message = assert_failed(
        "BR-CO-10",
        &changed(|i| i.totals.lines = decimal("160.01")),
        None,
    );
    assert!(
        message.contains("écart de 0,01 EUR, dans la tolérance d'un centime (règle G1.53)"),
        "{message}"
    );
    assert_failed(
        "BR-CO-10",
        &changed(|i| i.totals.lines = decimal("160.011")),
        Some("CALCUL_ERR"),
    );
}

#[test]
fn what_chorus_pro_writes_itself_may_be_a_cent_away() {
    let six_decimals = |ttc: &str| {
        let mut pivot = pivot();
        pivot.totals.with_vat = decimal(ttc);
        pivot
    };
    let message = assert_ok("BR-CO-15", &six_decimals("186.004999"));
    assert!(message.contains("écart de 0,004999 EUR"), "{message}");
    assert_failed(
        "BR-CO-15",
        &six_decimals("186.020000"),
        Some("MONTANTTOTAL_ERR"),
    );
}

#[test]
fn a_line_of_half_a_cent_is_rounded_up_in_decimals_and_not_in_binary() {
    let half = |total: &str| {
        changed(|i| {
            i.lines = vec![line("1", "100.005", "S", "20")];
            i.totals.lines = decimal(total);
        })
    };
    assert_ok("BR-CO-10", &half("100.01"));
    assert_failed("BR-CO-10", &half("100.00"), None);
}

#[test]
fn the_allowances_make_the_total_of_allowances() {
    assert_ok("BR-CO-11", &invoice());
    assert_failed(
        "BR-CO-11",
        &changed(|i| i.totals.allowances = decimal("11")),
        Some("CALCUL_ERR"),
    );
    assert_failed(
        "BR-CO-11",
        &changed(|i| i.totals.allowances = None),
        Some("CALCUL_ERR"),
    );
    assert_failed(
        "BR-CO-11",
        &changed(|i| i.allowances.clear()),
        Some("CALCUL_ERR"),
    );
    assert_not_evaluable("BR-CO-11", &changed(|i| i.allowances[0].amount = None));
    assert_not_evaluable("BR-CO-11", &pivot());
}

#[test]
fn the_charges_make_the_total_of_charges() {
    assert_ok("BR-CO-12", &invoice());
    assert_failed(
        "BR-CO-12",
        &changed(|i| i.totals.charges = decimal("4")),
        Some("CALCUL_ERR"),
    );
    assert_not_evaluable("BR-CO-12", &changed(|i| i.charges[0].amount = None));
}

#[test]
fn no_allowance_and_no_charge_is_nothing_to_look_at() {
    let without = changed(|i| {
        i.allowances.clear();
        i.charges.clear();
        (i.totals.allowances, i.totals.charges) = (None, None);
    });
    assert_eq!(
        assert_ok("BR-CO-11", &without),
        "Sans objet : aucune remise de pied."
    );
    assert_eq!(
        assert_ok("BR-CO-12", &without),
        "Sans objet : aucun frais de pied."
    );
}

#[test]
fn the_total_without_vat_is_lines_less_allowances_plus_charges() {
    let message = assert_ok("BR-CO-13", &invoice());
    assert!(
        message.contains("(160,00 EUR) moins les remises (10,00 EUR) plus les frais (5,00 EUR)"),
        "{message}"
    );
    assert_failed(
        "BR-CO-13",
        &changed(|i| i.totals.without_vat = decimal("160")),
        Some("CALCUL_ERR"),
    );
    assert_not_evaluable("BR-CO-13", &changed(|i| i.totals.without_vat = None));
    assert_not_evaluable("BR-CO-13", &pivot());
}

#[test]
fn the_vat_of_each_rate_makes_the_total_of_vat() {
    assert_ok("BR-CO-14", &invoice());
    assert_failed(
        "BR-CO-14",
        &changed(|i| i.totals.vat = decimal("30")),
        Some("CALCUL_ERR"),
    );
    assert_not_evaluable("BR-CO-14", &changed(|i| i.totals.vat = None));
    assert_not_evaluable("BR-CO-14", &changed(|i| i.vat_breakdown.clear()));
    assert_not_evaluable("BR-CO-14", &changed(|i| i.vat_breakdown[0].vat = None));
}

#[test]
fn a_total_of_vat_that_was_added_up_here_proves_nothing() {
    let message = assert_not_evaluable("BR-CO-14", &pivot());
    assert!(message.contains("il a été calculé"), "{message}");
}

#[test]
fn the_total_with_vat_is_the_total_without_plus_vat() {
    assert_ok("BR-CO-15", &invoice());
    assert_ok("BR-CO-15", &pivot());
    assert_failed(
        "BR-CO-15",
        &changed(|i| i.totals.with_vat = decimal("187")),
        Some("MONTANTTOTAL_ERR"),
    );
    assert_not_evaluable("BR-CO-15", &changed(|i| i.totals.with_vat = None));
}

#[test]
fn without_a_total_of_vat_both_totals_must_be_equal() {
    assert_failed(
        "BR-CO-15",
        &changed(|i| i.totals.vat = None),
        Some("MONTANTTOTAL_ERR"),
    );
    let untaxed = changed(|i| {
        i.totals.vat = None;
        i.totals.with_vat = decimal("155.00");
    });
    assert_ok("BR-CO-15", &untaxed);
}

#[test]
fn two_totals_of_vat_in_one_currency_are_one_too_many() {
    let twice = changed(|i| {
        let path = "Invoice/TaxTotal[2]/TaxAmount".to_owned();
        i.source.unmapped = vec![crate::model::Unmapped {
            path,
            text: "715".to_owned(),
        }];
    });
    assert_failed("BR-CO-15", &twice, Some("MONTANTTOTAL_ERR"));
}

#[test]
fn the_amount_due_is_the_total_with_vat_less_what_was_paid_plus_rounding() {
    let message = assert_ok("BR-CO-16", &invoice());
    assert!(
        message.contains("moins le montant déjà payé (86,00 EUR)"),
        "{message}"
    );
    let rounded = changed(|i| {
        i.totals.rounding = decimal("0.40");
        i.totals.due = decimal("100.40");
    });
    assert!(assert_ok("BR-CO-16", &rounded).contains("plus l'arrondi (0,40 EUR)"));
    assert_failed(
        "BR-CO-16",
        &changed(|i| i.totals.prepaid = None),
        Some("MONTANTTOTAL_ERR"),
    );
    assert_not_evaluable("BR-CO-16", &changed(|i| i.totals.due = None));
}

#[test]
fn a_pivot_does_not_say_what_was_paid_so_its_amount_due_may_differ() {
    assert_ok("BR-CO-16", &pivot());
    let mut paid = pivot();
    paid.totals.due = decimal("100.000000");
    assert_not_evaluable("BR-CO-16", &paid);
}

#[test]
fn a_missing_amount_that_was_written_badly_is_said_to_be() {
    let comma = changed(|i| {
        i.totals.due = None;
        i.source.malformed = vec![crate::model::Malformed {
            path: "Invoice/LegalMonetaryTotal/PayableAmount".to_owned(),
            text: "100,00".to_owned(),
            problem: "no decimal".to_owned(),
        }];
    });
    assert!(assert_not_evaluable("BR-CO-16", &comma).contains("RELAIS-ILLISIBLE"));
    let message = assert_failed("RELAIS-ILLISIBLE", &comma, Some("NON_CONFORME"));
    assert!(
        message.starts_with("La valeur « 100,00 » de PayableAmount"),
        "{message}"
    );
    assert_ok("RELAIS-ILLISIBLE", &invoice());
}
