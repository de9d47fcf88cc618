//! Where the documents of one invoice disagree.

use super::{ApiRow, AttachmentReading, supplier};
use crate::model::{Decimal, Difference, DifferenceField, Invoice, Reported};

/// One document's answers.
struct Witness<'a> {
    name: String,
    invoice: Option<&'a Invoice>,
    api: Option<&'a ApiRow>,
}

/// Compares the pivot's body, the attachments that speak of the invoice, and the portal's row.
pub(super) fn between<'a>(
    body: Option<&'a Invoice>,
    attachments: impl Iterator<Item = &'a AttachmentReading>,
    api: Option<&'a ApiRow>,
) -> Vec<Difference> {
    let mut witnesses = Vec::new();
    if let Some(invoice) = body {
        witnesses.push(Witness {
            name: "pivot".to_owned(),
            invoice: Some(invoice),
            api: None,
        });
    }
    for reading in attachments {
        let name = format!("attachment:{}", reading.name);
        witnesses.push(Witness {
            name,
            invoice: reading.invoice.as_ref(),
            api: None,
        });
    }
    if let Some(api) = api {
        witnesses.push(Witness {
            name: "chorus-pro".to_owned(),
            invoice: None,
            api: Some(api),
        });
    }
    let texts = [
        text(
            DifferenceField::Number,
            &witnesses,
            |i| i.number.clone(),
            |a| a.numero.clone(),
        ),
        text(
            DifferenceField::IssueDate,
            &witnesses,
            |i| i.issue_date.map(|date| date.to_string()),
            |a| a.date.map(|date| date.to_string()),
        ),
        text(
            DifferenceField::Currency,
            &witnesses,
            |i| i.currency.clone(),
            |a| a.devise.clone(),
        ),
        amount(
            DifferenceField::WithoutVat,
            &witnesses,
            |i| i.totals.without_vat.as_ref(),
            |a| a.montant_ht.as_ref(),
        ),
        amount(
            DifferenceField::WithVat,
            &witnesses,
            |i| i.totals.with_vat.as_ref(),
            |a| a.montant_ttc.as_ref(),
        ),
        amount(
            DifferenceField::Due,
            &witnesses,
            |i| i.totals.due.as_ref(),
            |a| a.montant_a_payer.as_ref(),
        ),
        suppliers(&witnesses),
        text(
            DifferenceField::AccountPresent,
            &witnesses,
            |i| Some(i.payment.has_account().to_string()),
            |_| None,
        ),
        text(
            DifferenceField::ServiceCode,
            &witnesses,
            |i| i.references.service_code.clone(),
            |_| None,
        ),
        text(
            DifferenceField::PurchaseOrder,
            &witnesses,
            |i| i.references.purchase_order.clone(),
            |_| None,
        ),
        text(
            DifferenceField::Contract,
            &witnesses,
            |i| i.references.contract.clone(),
            |_| None,
        ),
    ];
    texts.into_iter().flatten().collect()
}

impl<'a> Witness<'a> {
    fn says<T>(
        &self,
        invoice: impl Fn(&'a Invoice) -> Option<T>,
        api: impl Fn(&'a ApiRow) -> Option<T>,
    ) -> Option<T> {
        self.invoice
            .and_then(invoice)
            .or_else(|| self.api.and_then(api))
    }
}

fn text(
    field: DifferenceField,
    witnesses: &[Witness<'_>],
    invoice: impl Fn(&Invoice) -> Option<String>,
    api: impl Fn(&ApiRow) -> Option<String>,
) -> Option<Difference> {
    let said = witnesses
        .iter()
        .filter_map(|witness| Some((witness, witness.says(&invoice, &api)?)))
        .collect();
    difference(field, said, |a, b| a.trim() == b.trim(), |value| value)
}

/// Amounts are compared as decimals: `10` and `10.00` agree, `10.004` and `10.00` do not.
fn amount<'a>(
    field: DifferenceField,
    witnesses: &[Witness<'a>],
    invoice: impl Fn(&'a Invoice) -> Option<&'a Decimal>,
    api: impl Fn(&'a ApiRow) -> Option<&'a Decimal>,
) -> Option<Difference> {
    let said = witnesses
        .iter()
        .filter_map(|witness| Some((witness, witness.says(&invoice, &api)?)))
        .collect();
    difference(
        field,
        said,
        |a, b| a == b,
        |value| value.written().to_owned(),
    )
}

fn suppliers(witnesses: &[Witness<'_>]) -> Option<Difference> {
    let said = witnesses
        .iter()
        .filter_map(|witness| {
            let known = witness.says(
                |invoice| Some(supplier::of(invoice)),
                |api| {
                    api.fournisseur
                        .as_deref()
                        .map(|id| supplier::Known::from_ids([id]))
                },
            )?;
            (!known.is_empty()).then_some((witness, known))
        })
        .collect();
    difference(
        DifferenceField::Supplier,
        said,
        supplier::Known::agrees,
        |known| known.shown(),
    )
}

/// A difference, when two witnesses do not agree. All are listed then, so that a reader sees who stands with whom.
fn difference<T>(
    field: DifferenceField,
    said: Vec<(&Witness<'_>, T)>,
    agree: impl Fn(&T, &T) -> bool,
    show: impl Fn(T) -> String,
) -> Option<Difference> {
    let differs = said.iter().enumerate().any(|(at, (_, one))| {
        said.iter()
            .skip(at + 1)
            .any(|(_, other)| !agree(one, other))
    });
    if !differs {
        return None;
    }
    let values = said.into_iter().map(|(witness, value)| Reported {
        by: witness.name.clone(),
        value: show(value),
    });
    Some(Difference {
        field,
        values: values.collect(),
    })
}
