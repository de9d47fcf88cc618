use super::*;
use crate::model::{LineKind, Malformed};

#[test]
fn an_invoice_has_a_number_a_date_and_a_currency() {
    for rule in ["BR-02", "BR-03", "BR-05"] {
        assert_ok(rule, &invoice());
        assert_failed(
            rule,
            &Invoice::empty(invoice().source),
            Some("NON_CONFORME"),
        );
    }
    assert_eq!(
        assert_ok("BR-03", &invoice()),
        "La facture est datée du 02/11/2026."
    );
}

#[test]
fn a_date_that_cannot_be_read_is_not_a_date_that_is_missing() {
    let february_30 = changed(|i| {
        i.issue_date = None;
        i.source.malformed = vec![Malformed {
            path: "CrossIndustryInvoice/ExchangedDocument/IssueDateTime/DateTimeString".to_owned(),
            text: "20260230".to_owned(),
            problem: "no date".to_owned(),
        }];
    });
    assert_not_evaluable("BR-03", &february_30);
    assert_failed("RELAIS-ILLISIBLE", &february_30, Some("NON_CONFORME"));
}

#[test]
fn a_document_declares_a_specification_that_is_known() {
    assert_ok("RELAIS-PROFIL", &invoice());
    let declaring = |specification: Option<&str>, dialect| {
        changed(|i| {
            i.source.specification = specification.map(str::to_owned);
            i.source.dialect = dialect;
        })
    };
    assert_failed("RELAIS-PROFIL", &declaring(None, Dialect::Unknown), None);
    let message = assert_failed(
        "RELAIS-PROFIL",
        &declaring(Some("urn:factur-x.eu:2p0:ultimate"), Dialect::FacturX),
        None,
    );
    assert!(
        message.contains("urn:factur-x.eu:2p0:ultimate"),
        "{message}"
    );
    let basic = "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic";
    assert_ok("RELAIS-PROFIL", &declaring(Some(basic), Dialect::FacturX));
    assert_ok("RELAIS-PROFIL", &declaring(None, Dialect::ChorusUbl));
    assert_ok("RELAIS-PROFIL", &pivot());
}

#[test]
fn a_profile_without_lines_has_none() {
    let minimum = |lines: bool| {
        changed(|i| {
            i.source.specification = Some("urn:factur-x.eu:1p0:minimum".to_owned());
            i.source.dialect = Dialect::FacturX;
            if !lines {
                i.lines.clear();
            }
        })
    };
    assert_ok("RELAIS-PROFIL", &minimum(false));
    assert!(
        assert_failed("RELAIS-PROFIL", &minimum(true), None).contains("porte pourtant des lignes")
    );
}

#[test]
fn a_price_is_not_negative_but_the_amount_of_a_line_may_be() {
    assert_ok("BR-27", &invoice());
    let negative = changed(|i| i.lines[1].price.net = decimal("-60"));
    assert!(
        assert_failed("BR-27", &negative, Some("PU_ERR"))
            .contains("La ligne 2 a un prix unitaire négatif (-60,00 EUR)")
    );
    assert_ok(
        "BR-27",
        &changed(|i| i.lines[1].net_amount = decimal("-60")),
    );
    assert_ok(
        "BR-27",
        &changed(|i| i.lines[1].price.net = decimal("-0.00")),
    );
    let remark = changed(|i| {
        i.lines[1].price.net = decimal("-60");
        i.lines[1].kind = LineKind::Information;
    });
    assert_ok("BR-27", &remark);
    assert_not_evaluable("BR-27", &changed(|i| i.lines.clear()));
}

#[test]
fn an_invoice_is_not_due_before_it_is_issued() {
    assert_ok("BR-FR-CO-07", &invoice());
    assert_ok("BR-FR-CO-07", &changed(|i| i.due_date = i.issue_date));
    let early = changed(|i| i.due_date = date("2026-11-01"));
    let message = assert_failed("BR-FR-CO-07", &early, Some("MODPAI_ERR"));
    assert!(
        message.starts_with("L'échéance (01/11/2026) est avant l'émission (02/11/2026)"),
        "{message}"
    );
    assert!(assert_ok("BR-FR-CO-07", &changed(|i| i.due_date = None)).starts_with("Sans objet"));
    assert_not_evaluable("BR-FR-CO-07", &changed(|i| i.issue_date = None));
}

#[test]
fn an_advance_and_an_invoice_that_is_paid_may_be_due_before_they_are_issued() {
    let early = |change: fn(&mut Invoice)| {
        changed(|i| {
            i.due_date = date("2026-11-01");
            change(i);
        })
    };
    assert_ok(
        "BR-FR-CO-07",
        &early(|i| i.type_code = Some("386".to_owned())),
    );
    assert_ok(
        "BR-FR-CO-07",
        &early(|i| i.process.business_process = Some("S2".to_owned())),
    );
}

#[test]
fn an_invoice_in_another_currency_gives_its_vat_in_euros() {
    assert!(assert_ok("BR-FR-CO-12", &invoice()).starts_with("Sans objet"));
    let in_dollars = |vat_currency: Option<&str>, vat: Option<&str>| {
        changed(|i| {
            i.currency = Some("USD".to_owned());
            i.vat_currency = vat_currency.map(str::to_owned);
            i.totals.vat_in_vat_currency = vat.and_then(decimal);
        })
    };
    assert_failed("BR-FR-CO-12", &in_dollars(None, None), Some("NON_CONFORME"));
    assert_failed(
        "BR-FR-CO-12",
        &in_dollars(Some("GBP"), Some("20")),
        Some("NON_CONFORME"),
    );
    assert!(
        assert_ok("BR-FR-CO-12", &in_dollars(Some("EUR"), Some("28.50"))).contains("28,50 EUR")
    );
    assert_not_evaluable("BR-FR-CO-12", &changed(|i| i.currency = None));
}
