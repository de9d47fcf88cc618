//! Small invoices built by hand, each wrong in one place.

mod documents;
mod lengths;
mod parties;
mod structure;
mod totals;
mod vat;

use super::{Context, Finding, Status, rules, run, run_with};
use crate::document::Kind;
use crate::model::{
    Account, AllowanceOrCharge, Date, Dialect, Identifier, Invoice, Line, LineVat, PaymentMeans,
    Price, Source, Syntax, VatBreakdown,
};

fn decimal<T: From<crate::model::Decimal>>(text: &str) -> T {
    text.parse::<crate::model::Decimal>().unwrap().into()
}

fn date(text: &str) -> Option<Date> {
    Some(Date::from_iso(text).unwrap())
}

fn identifier(scheme: &str, id: &str) -> Identifier {
    Identifier {
        id: id.to_owned(),
        scheme: Some(scheme.to_owned()),
    }
}

fn line(id: &str, net_amount: &str, category: &str, rate: &str) -> Line {
    Line {
        id: Some(id.to_owned()),
        net_amount: decimal(net_amount),
        price: Price {
            net: decimal(net_amount),
            ..Price::default()
        },
        vat: LineVat {
            category: Some(category.to_owned()),
            rate: decimal(rate),
        },
        ..Line::default()
    }
}

fn of_document(amount: &str, category: &str, rate: &str) -> AllowanceOrCharge {
    AllowanceOrCharge {
        amount: decimal(amount),
        vat_category: Some(category.to_owned()),
        vat_rate: decimal(rate),
        ..AllowanceOrCharge::default()
    }
}

fn breakdown(category: &str, rate: &str, taxable: &str, vat: &str) -> VatBreakdown {
    VatBreakdown {
        taxable: decimal(taxable),
        vat: decimal(vat),
        category: Some(category.to_owned()),
        rate: decimal(rate),
        ..VatBreakdown::default()
    }
}

fn account(id: &str, kind: Option<&str>) -> PaymentMeans {
    let account = Account {
        id: Some(id.to_owned()),
        kind: kind.map(str::to_owned),
        ..Account::default()
    };
    PaymentMeans {
        account: Some(account),
        ..PaymentMeans::default()
    }
}

/// Nothing is wrong with it: lines of 100 and 60 less 10 plus 5 make 155 without VAT, 31 of VAT, 186, of which 86 are paid.
fn invoice() -> Invoice {
    let mut source = Source::new(Kind::UblInvoice, Syntax::Ubl, Dialect::En16931);
    source.specification = Some("urn:cen.eu:en16931:2017".to_owned());
    let mut invoice = Invoice::empty(source);
    invoice.number = Some("F-2026-1".to_owned());
    invoice.issue_date = date("2026-11-02");
    invoice.due_date = date("2026-12-02");
    invoice.type_code = Some("380".to_owned());
    invoice.currency = Some("EUR".to_owned());
    invoice.process.business_process = Some("S1".to_owned());
    invoice.seller.name = Some("Exemple SARL".to_owned());
    invoice.seller.identifiers = vec![identifier("0009", SELLER_SIRET)];
    invoice.seller.legal_registration = Some(identifier("0002", SELLER_SIREN));
    invoice.seller.vat_id = Some(SELLER_VAT.to_owned());
    invoice.buyer.name = Some("Mairie d'Exemple".to_owned());
    invoice.buyer.identifiers = vec![identifier("0009", BUYER_SIRET)];
    invoice.payment.means = vec![account("FR76 3000 6000 0112 3456 7890 189", None)];
    invoice.lines = vec![
        line("1", "100.00", "S", "20"),
        line("2", "60.00", "S", "20.00"),
    ];
    invoice.allowances = vec![of_document("10.00", "S", "20")];
    invoice.charges = vec![of_document("5.00", "S", "20")];
    invoice.vat_breakdown = vec![breakdown("S", "20", "155.00", "31.00")];
    let totals = &mut invoice.totals;
    totals.lines = decimal("160.00");
    totals.allowances = decimal("10.00");
    totals.charges = decimal("5.00");
    totals.without_vat = decimal("155.00");
    totals.vat = decimal("31.00");
    totals.with_vat = decimal("186.00");
    totals.prepaid = decimal("86.00");
    totals.due = decimal("100.00");
    invoice
}

const SELLER_SIREN: &str = "000000018";
const SELLER_SIRET: &str = "00000001800010";
const SELLER_VAT: &str = "FR66000000018";
const BUYER_SIRET: &str = "00000002600013";

fn changed(change: impl FnOnce(&mut Invoice)) -> Invoice {
    let mut invoice = invoice();
    change(&mut invoice);
    invoice
}

/// What a pivot says of the same invoice: six decimals, no categories, VAT that was added up, lines without totals.
fn pivot() -> Invoice {
    changed(|invoice| {
        invoice.source = Source::new(Kind::Pivot, Syntax::Pivot, Dialect::ChorusPivot);
        (invoice.lines, invoice.allowances, invoice.charges) = (Vec::new(), Vec::new(), Vec::new());
        let kept = std::mem::take(&mut invoice.totals);
        invoice.totals.without_vat = decimal("155.000000");
        invoice.totals.with_vat = decimal("186.000000");
        invoice.totals.due = decimal("186.000000");
        invoice.totals.vat = kept.vat;
        invoice.vat_breakdown[0].category = None;
        invoice.derived = vec![crate::model::Derived {
            pointer: "/totals/vat".to_owned(),
            how: "sum".to_owned(),
        }];
    })
}

fn finding_with(rule: &str, invoice: &Invoice, context: &Context<'_>) -> Finding {
    let mut findings = run_with(invoice, context)
        .into_iter()
        .filter(|finding| finding.rule == rule);
    let finding = findings.next().unwrap_or_else(|| panic!("no rule {rule}"));
    assert!(findings.next().is_none(), "{rule} more than once");
    finding
}

fn finding(rule: &str, invoice: &Invoice) -> Finding {
    finding_with(rule, invoice, &Context::default())
}

#[track_caller]
fn assert_ok(rule: &str, invoice: &Invoice) -> String {
    let Finding {
        status,
        message,
        refusal_code,
        ..
    } = finding(rule, invoice);
    assert_eq!(
        (status, refusal_code),
        (Status::Ok, None),
        "{rule}: {message}"
    );
    spaces(&message)
}

#[track_caller]
fn assert_failed(rule: &str, invoice: &Invoice, code: Option<&str>) -> String {
    let Finding {
        status,
        message,
        refusal_code,
        ..
    } = finding(rule, invoice);
    assert_eq!(
        (status, refusal_code.as_deref()),
        (Status::Failed, code),
        "{rule}: {message}"
    );
    spaces(&message)
}

#[track_caller]
fn assert_not_evaluable(rule: &str, invoice: &Invoice) -> String {
    let Finding {
        status,
        message,
        refusal_code,
        ..
    } = finding(rule, invoice);
    assert_eq!(
        (status, refusal_code),
        (Status::NotEvaluable, None),
        "{rule}: {message}"
    );
    spaces(&message)
}

/// The message with ordinary spaces in its numbers.
fn spaces(message: &str) -> String {
    message.replace('\u{a0}', " ")
}

#[test]
fn nothing_is_wrong_with_a_sound_invoice() {
    for finding in run(&invoice()) {
        assert_ne!(finding.status, Status::Failed, "{finding:?}");
        assert!(finding.message.ends_with('.'), "{}", finding.message);
    }
}

#[test]
fn every_rule_reports_once_and_in_the_order_of_the_list() {
    let reported: Vec<String> = run(&invoice())
        .into_iter()
        .map(|finding| finding.rule)
        .collect();
    let listed: Vec<&str> = rules().map(|rule| rule.id).collect();
    assert_eq!(reported, listed);
    let distinct: std::collections::BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(distinct.len(), listed.len(), "an id is used twice");
}

#[test]
fn every_rule_says_where_it_comes_from_and_is_in_the_table_of_the_documentation() {
    let documentation = include_str!("../mod.rs");
    for rule in rules() {
        assert!(
            !rule.source.is_empty() && !rule.looks_at.is_empty(),
            "{}",
            rule.id
        );
        assert!(
            documentation.contains(&format!("`{}`", rule.id)),
            "{} is not in the table",
            rule.id
        );
    }
}

#[test]
fn an_invoice_of_which_nothing_is_known_is_judged_without_a_panic() {
    let empty = Invoice::empty(Source::new(Kind::Cii, Syntax::Cii, Dialect::Unknown));
    let failed: Vec<String> = run(&empty)
        .into_iter()
        .filter(|finding| finding.status == Status::Failed)
        .map(|finding| finding.rule)
        .collect();
    assert_eq!(failed, ["RELAIS-PROFIL", "BR-02", "BR-03", "BR-05"]);
}

#[test]
fn amounts_beyond_all_measure_are_judged_without_a_panic() {
    let huge = "79228162514264337593543950335";
    for sign in ["", "-"] {
        let text = format!("{sign}{huge}");
        let invoice = changed(|invoice| {
            for place in [
                &mut invoice.totals.lines,
                &mut invoice.totals.allowances,
                &mut invoice.totals.charges,
                &mut invoice.totals.without_vat,
                &mut invoice.totals.vat,
                &mut invoice.totals.with_vat,
                &mut invoice.totals.prepaid,
                &mut invoice.totals.due,
                &mut invoice.allowances[0].amount,
            ] {
                *place = decimal(&text);
            }
            invoice.vat_breakdown = vec![breakdown("S", &text, &text, &text)];
            for line in &mut invoice.lines {
                line.net_amount = decimal(&text);
                line.price.net = decimal(&text);
            }
        });
        assert_eq!(run(&invoice).len(), rules().count());
        assert_not_evaluable("BR-CO-10", &invoice);
        assert_not_evaluable("BR-CO-17", &invoice);
    }
}

#[test]
fn statuses_are_written_as_the_command_line_documents_them() {
    let finding = finding(
        "BR-CO-10",
        &changed(|invoice| invoice.totals.lines = decimal("161")),
    );
    let json = serde_json::to_value(&finding).unwrap();
    assert_eq!(json["status"], "failed");
    assert_eq!(json["refusal_code"], "CALCUL_ERR");
    assert_eq!(
        serde_json::to_value(Status::NotEvaluable).unwrap(),
        "not-evaluable"
    );
    assert_eq!(serde_json::to_value(Status::Ok).unwrap(), "ok");
}

#[test]
fn a_message_stays_short_whatever_the_invoice_holds() {
    let long = changed(|i| {
        i.number = Some("é".repeat(1_000_000));
        i.lines[0].id = Some("x".repeat(1_000_000));
        i.lines[0].net_amount = None;
        i.process.business_process = Some("y".repeat(1_000_000));
    });
    for finding in run(&long) {
        assert!(finding.message.chars().count() <= 1001, "{}", finding.rule);
    }
}

#[test]
fn the_time_does_not_grow_with_the_product_of_rates_and_lines() {
    let many = |times: usize| {
        changed(|i| {
            i.lines = (0..times)
                .map(|at| line("1", "1.00", "S", &format!("{at}.5")))
                .collect();
            i.vat_breakdown = (0..times)
                .map(|at| breakdown("S", &format!("{at}.5"), "2.00", "9"))
                .collect();
            i.seller.identifiers = (0..times)
                .map(|at| identifier("0002", &format!("{at:09}")))
                .collect();
            i.preceding_invoices = Vec::new();
        })
    };
    let begun = std::time::Instant::now();
    let message = assert_failed("BR-S-08", &many(20_000), Some("CALCUL_ERR"));
    assert!(message.contains(" ; … ;"), "{message}");
    // 20 000 times 20 000 comparisons would take minutes in a test build.
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}
