//! On plain EN 16931 files our values are those of an independent reader, the crate `en16931-formats`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on must stop, and says what it saw"
)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Display;

use invoice::model::Decimal;
use invoice::{Invoice, Limits};

/// Where the two disagree, each with the reason.
const EXCEPTIONS: &str = include_str!("differential-exceptions.tsv");

/// One value, as each reader has it.
struct Pair {
    field: String,
    ours: Option<String>,
    theirs: Option<String>,
}

struct Pairs(Vec<Pair>);

impl Pairs {
    fn text(
        &mut self,
        field: impl Into<String>,
        ours: Option<impl Display>,
        theirs: Option<impl Display>,
    ) {
        let clean = |text: String| {
            Some(text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|t| !t.is_empty())
        };
        self.0.push(Pair {
            field: field.into(),
            ours: ours.and_then(|value| clean(value.to_string())),
            theirs: theirs.and_then(|value| clean(value.to_string())),
        });
    }

    fn number(
        &mut self,
        field: impl Into<String>,
        ours: Option<&Decimal>,
        theirs: Option<impl Display>,
    ) {
        let normal = |text: String| {
            text.parse::<Decimal>()
                .map_or(text, |value| value.value().normalize().to_string())
        };
        self.0.push(Pair {
            field: field.into(),
            ours: ours.map(|value| value.value().normalize().to_string()),
            theirs: theirs.map(|value| normal(value.to_string())),
        });
    }
}

macro_rules! term {
    ($code:expr) => {
        $code.as_ref().map(|code| code.as_str().to_owned())
    };
}

fn pairs(ours: &Invoice, theirs: &en16931_formats::Read) -> Vec<Pair> {
    let theirs = &theirs.invoice;
    let mut pairs = Pairs(Vec::new());
    pairs.text("BT-1", ours.number.as_ref(), theirs.number.as_ref());
    pairs.text("BT-2", ours.issue_date, theirs.issue_date);
    pairs.text("BT-3", ours.type_code.as_ref(), term!(theirs.type_code));
    pairs.text("BT-5", ours.currency.as_ref(), term!(theirs.currency));
    pairs.text(
        "BT-6",
        ours.vat_currency.as_ref(),
        term!(theirs.vat_accounting_currency),
    );
    pairs.text("BT-7", ours.vat_point_date, theirs.vat_point_date);
    pairs.text(
        "BT-8",
        ours.vat_point_date_code.as_ref(),
        term!(theirs.vat_point_date_code),
    );
    pairs.text("BT-9", ours.due_date, theirs.due_date);
    let refs = &ours.references;
    pairs.text(
        "BT-10",
        refs.service_code.as_ref(),
        theirs.buyer_reference.as_ref(),
    );
    pairs.text(
        "BT-11",
        refs.project.as_ref(),
        term!(theirs.project_reference),
    );
    pairs.text(
        "BT-12",
        refs.contract.as_ref(),
        term!(theirs.contract_reference),
    );
    pairs.text(
        "BT-13",
        refs.purchase_order.as_ref(),
        term!(theirs.purchase_order_reference),
    );
    pairs.text(
        "BT-14",
        refs.sales_order.as_ref(),
        term!(theirs.sales_order_reference),
    );
    pairs.text(
        "BT-15",
        refs.receiving_advice.as_ref(),
        term!(theirs.receiving_advice_reference),
    );
    pairs.text(
        "BT-16",
        refs.despatch_advice.as_ref(),
        term!(theirs.despatch_advice_reference),
    );
    pairs.text(
        "BT-17",
        refs.tender_or_lot.as_ref(),
        term!(theirs.tender_reference),
    );
    pairs.text(
        "BT-18",
        refs.invoiced_object
            .as_ref()
            .map(|object| object.id.clone()),
        theirs
            .object_identifier
            .as_ref()
            .map(|object| object.content().to_owned()),
    );
    pairs.text(
        "BT-19",
        refs.accounting.as_ref(),
        theirs.accounting_reference.as_ref(),
    );
    pairs.text(
        "BT-20",
        ours.payment_terms.as_ref(),
        theirs.payment_terms.as_ref(),
    );
    pairs.text(
        "BT-23",
        ours.process.business_process.as_ref(),
        theirs.business_process.as_ref(),
    );
    pairs.text(
        "BT-24",
        ours.source.specification.as_ref(),
        theirs.specification_id.as_ref(),
    );
    pairs.text(
        "BG-3",
        Some(
            ours.preceding_invoices
                .iter()
                .map(|preceding| preceding.number.as_str())
                .collect::<Vec<_>>()
                .join("|"),
        ),
        Some(
            theirs
                .preceding_invoices
                .iter()
                .map(|p| p.reference.as_str())
                .collect::<Vec<_>>()
                .join("|"),
        ),
    );
    for (name, ours, theirs) in [
        ("seller", &ours.seller, &theirs.seller),
        ("buyer", &ours.buyer, &theirs.buyer),
    ] {
        let field = |term: &str| format!("{name} {term}");
        pairs.text(field("name"), ours.name.as_ref(), theirs.name.as_ref());
        pairs.text(
            field("trading name"),
            ours.trading_name.as_ref(),
            theirs.trading_name.as_ref(),
        );
        pairs.text(
            field("registration"),
            ours.legal_registration.as_ref().map(|id| id.id.clone()),
            theirs
                .legal_registration
                .as_ref()
                .map(|id| id.content().to_owned()),
        );
        pairs.text(
            field("VAT number"),
            ours.vat_id.as_ref(),
            theirs.vat_identifier.as_ref(),
        );
        pairs.text(
            field("address"),
            ours.electronic_address.as_ref().map(|id| id.id.clone()),
            theirs
                .electronic_address
                .as_ref()
                .map(|id| id.content().to_owned()),
        );
        pairs.text(
            field("city"),
            ours.address.as_ref().and_then(|a| a.city.clone()),
            theirs.address.city.as_ref(),
        );
        pairs.text(
            field("country"),
            ours.address.as_ref().and_then(|a| a.country.clone()),
            term!(theirs.address.country),
        );
        let ids = |ids: Vec<String>| {
            Some(
                ids.into_iter()
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect::<Vec<_>>()
                    .join("|"),
            )
        };
        pairs.text(
            field("identifiers"),
            ids(ours.identifiers.iter().map(|id| id.id.clone()).collect()),
            ids(theirs
                .identifiers
                .iter()
                .map(|id| id.content().to_owned())
                .collect()),
        );
    }
    let totals = &ours.totals;
    pairs.number(
        "BT-106",
        totals.lines.as_ref(),
        Some(theirs.totals.line_total),
    );
    pairs.number(
        "BT-107",
        totals.allowances.as_ref(),
        theirs.totals.allowance_total,
    );
    pairs.number(
        "BT-108",
        totals.charges.as_ref(),
        theirs.totals.charge_total,
    );
    pairs.number(
        "BT-109",
        totals.without_vat.as_ref(),
        Some(theirs.totals.taxable_total),
    );
    pairs.number("BT-110", totals.vat.as_ref(), theirs.totals.vat_total);
    pairs.number(
        "BT-111",
        totals.vat_in_vat_currency.as_ref(),
        theirs.totals.vat_total_accounting,
    );
    pairs.number(
        "BT-112",
        totals.with_vat.as_ref(),
        Some(theirs.totals.gross_total),
    );
    pairs.number("BT-113", totals.prepaid.as_ref(), theirs.totals.paid);
    pairs.number("BT-114", totals.rounding.as_ref(), theirs.totals.rounding);
    pairs.number("BT-115", totals.due.as_ref(), Some(theirs.totals.due));
    pairs.text(
        "VAT breakdowns",
        Some(ours.vat_breakdown.len()),
        Some(theirs.vat_breakdown.len()),
    );
    for (at, (ours, theirs)) in ours
        .vat_breakdown
        .iter()
        .zip(&theirs.vat_breakdown)
        .enumerate()
    {
        pairs.number(
            format!("VAT {at} taxable"),
            ours.taxable.as_ref(),
            Some(theirs.taxable_amount),
        );
        pairs.number(
            format!("VAT {at} amount"),
            ours.vat.as_ref(),
            Some(theirs.tax_amount),
        );
        pairs.text(
            format!("VAT {at} category"),
            ours.category.as_ref(),
            Some(theirs.category.as_str()),
        );
        pairs.number(
            format!("VAT {at} rate"),
            ours.rate.as_ref(),
            theirs.rate.map(|rate| rate.into_decimal().normalize()),
        );
    }
    pairs.text(
        "allowances",
        Some(ours.allowances.len()),
        Some(theirs.allowances.len()),
    );
    pairs.text(
        "charges",
        Some(ours.charges.len()),
        Some(theirs.charges.len()),
    );
    pairs.text("lines", Some(ours.lines.len()), Some(theirs.lines.len()));
    for (at, (ours, theirs)) in ours.lines.iter().zip(&theirs.lines).enumerate() {
        let field = |term: &str| format!("line {at} {term}");
        pairs.text(field("BT-126"), ours.id.as_ref(), Some(&theirs.id));
        pairs.number(
            field("BT-129"),
            ours.quantity.as_ref(),
            Some(theirs.quantity),
        );
        pairs.text(
            field("BT-130"),
            ours.unit.as_ref(),
            Some(theirs.unit_code.as_str()),
        );
        pairs.number(
            field("BT-131"),
            ours.net_amount.as_ref(),
            Some(theirs.net_amount),
        );
        pairs.text(
            field("BT-153"),
            ours.item.name.as_ref(),
            theirs.item.name.as_ref(),
        );
        pairs.text(
            field("BT-154"),
            ours.item.description.as_ref(),
            theirs.item.description.as_ref(),
        );
        pairs.text(
            field("BT-155"),
            ours.item.seller_id.as_ref(),
            theirs.item.seller_identifier.as_ref(),
        );
        pairs.text(
            field("attributes"),
            Some(ours.item.attributes.len()),
            Some(theirs.item.attributes.len()),
        );
        pairs.text(
            field("classes"),
            Some(ours.item.classifications.len()),
            Some(theirs.item.classification_identifiers.len()),
        );
    }
    pairs.0
}

#[test]
fn plain_en_16931_files_are_read_as_an_independent_reader_reads_them() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let manifest = std::fs::read_to_string(corpus.join("MANIFEST.tsv")).unwrap();
    let excepted: BTreeSet<String> = EXCEPTIONS
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut fields = line.split('\t');
            let entry = format!("{}\t{}", fields.next().unwrap(), fields.next().unwrap());
            assert!(
                fields.next().is_some_and(|reason| !reason.is_empty()),
                "no reason: {line}"
            );
            entry
        })
        .collect();
    let (mut files, mut values) = (0, 0);
    let mut met = BTreeSet::new();
    let mut unexplained = Vec::new();
    for line in manifest
        .lines()
        .filter(|line| line.contains("\turn:cen.eu:en16931:2017\t"))
    {
        let path = line.split('\t').next().unwrap();
        let bytes = std::fs::read(corpus.join(path)).unwrap();
        let (Ok(ours), Ok(theirs)) = (
            invoice::read(&bytes, &Limits::default()),
            en16931_formats::read(&bytes),
        ) else {
            continue;
        };
        files += 1;
        for pair in pairs(&ours.invoices[0], &theirs) {
            values += 1;
            if pair.ours == pair.theirs {
                continue;
            }
            let entry = format!("{path}\t{}", pair.field);
            if excepted.contains(&entry) {
                met.insert(entry);
            } else {
                unexplained.push(format!(
                    "{entry}\tours {:?}\ttheirs {:?}",
                    pair.ours, pair.theirs
                ));
            }
        }
    }
    println!(
        "{values} values of {files} files compared, {} excepted",
        met.len()
    );
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert!(files >= 30, "only {files} files");
    let stale: Vec<_> = excepted.difference(&met).collect();
    assert!(stale.is_empty(), "no longer differing: {stale:?}");
}
