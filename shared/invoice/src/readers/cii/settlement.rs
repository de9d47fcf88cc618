//! `ApplicableHeaderTradeSettlement`: payment, VAT, allowances and charges, totals.

use super::super::VatCurrency;
use super::super::xml::El;
use super::{agreement, date, date_at, indicator_at};
use crate::model::{
    Account, AllowanceOrCharge, Card, DirectDebit, Invoice, PaymentInstructions, PaymentMeans,
    Period, PrecedingInvoice, Totals, VatBreakdown,
};

pub(super) fn read(el: El<'_>, invoice: &mut Invoice) {
    invoice.currency = el.text_at(&["InvoiceCurrencyCode"]);
    invoice.vat_currency = el.text_at(&["TaxCurrencyCode"]);
    invoice.payee = el.one("PayeeTradeParty").map(agreement::party);
    invoice.period = el.one("BillingSpecifiedPeriod").and_then(period);
    read_terms(el, invoice);
    invoice.payment = payment(el);
    invoice.vat_breakdown = el.all("ApplicableTradeTax").map(vat_breakdown).collect();
    read_vat_point(el, invoice);
    for el in el.all("SpecifiedTradeAllowanceCharge") {
        let (is_charge, read) = allowance_or_charge(el);
        if is_charge {
            invoice.charges.push(read);
        } else {
            invoice.allowances.push(read);
        }
    }
    if let Some(sums) = el.one("SpecifiedTradeSettlementHeaderMonetarySummation") {
        invoice.totals = totals(sums, invoice);
    }
    invoice.references.accounting =
        el.text_at(&["ReceivableSpecifiedTradeAccountingAccount", "ID"]);
    for preceding in el.all("InvoiceReferencedDocument") {
        if let Some(number) = preceding.text_at(&["IssuerAssignedID"]) {
            invoice.preceding_invoices.push(PrecedingInvoice {
                number,
                issue_date: date_at(preceding, &["FormattedIssueDateTime"]),
                type_code: preceding.text_at(&["TypeCode"]),
            });
        }
    }
}

pub(super) fn period(el: El<'_>) -> Option<Period> {
    let period = Period {
        start: date_at(el, &["StartDateTime"]),
        end: date_at(el, &["EndDateTime"]),
    };
    (period != Period::default()).then_some(period)
}

/// BT-9 and BT-20. EXTENDED may give several terms: the first date is the one, other dates stay unmapped.
fn read_terms(el: El<'_>, invoice: &mut Invoice) {
    for terms in el.all("SpecifiedTradePaymentTerms") {
        if invoice.due_date.is_none() {
            invoice.due_date = date_at(terms, &["DueDateDateTime"]);
        }
        if invoice.payment_terms.is_none() {
            invoice.payment_terms = terms.text_at(&["Description"]);
        }
    }
}

/// BG-16. The mandate stands in the terms of payment, the creditor and the remittance information in the settlement.
fn payment(el: El<'_>) -> PaymentInstructions {
    let mut debit = DirectDebit {
        creditor: el.text_at(&["CreditorReferenceID"]),
        mandate: el
            .all("SpecifiedTradePaymentTerms")
            .find_map(|terms| terms.text_at(&["DirectDebitMandateID"])),
        debited_account: None,
    };
    let mut means = Vec::new();
    for el in el.all("SpecifiedTradeSettlementPaymentMeans") {
        means.push(PaymentMeans {
            code: el.text_at(&["TypeCode"]),
            text: el.text_at(&["Information"]),
            account: account(el),
            card: el.one("ApplicableTradeSettlementFinancialCard").map(card),
        });
        let debited = &["PayerPartyDebtorFinancialAccount", "IBANID"];
        match &debit.debited_account {
            None => debit.debited_account = el.text_at(debited),
            Some(known) => el.settle_if(debited, &[known]),
        }
    }
    PaymentInstructions {
        means,
        remittance_information: el.text_at(&["PaymentReference"]),
        direct_debit: (debit != DirectDebit::default()).then_some(debit),
    }
}

fn account(el: El<'_>) -> Option<Account> {
    let creditor = el.one("PayeePartyCreditorFinancialAccount");
    let account = Account {
        id: creditor.and_then(|el| {
            el.text_at(&["IBANID"])
                .or_else(|| el.text_at(&["ProprietaryID"]))
        }),
        name: creditor.and_then(|el| el.text_at(&["AccountName"])),
        bic: el.text_at(&["PayeeSpecifiedCreditorFinancialInstitution", "BICID"]),
        kind: None,
        bank: None,
    };
    (account != Account::default()).then_some(account)
}

fn card(el: El<'_>) -> Card {
    Card {
        number: el.text_at(&["ID"]),
        holder: el.text_at(&["CardholderName"]),
    }
}

fn vat_breakdown(el: El<'_>) -> VatBreakdown {
    el.settle_if(&["TypeCode"], &["VAT"]);
    VatBreakdown {
        taxable: el.decimal_at(&["BasisAmount"]),
        vat: el.decimal_at(&["CalculatedAmount"]),
        category: el.text_at(&["CategoryCode"]),
        rate: el.decimal_at(&["RateApplicablePercent"]),
        exemption_reason: el.text_at(&["ExemptionReason"]),
        exemption_code: el.text_at(&["ExemptionReasonCode"]),
    }
}

/// BT-7 and BT-8 belong to the document but stand in every breakdown: one that repeats the first is settled, one that
/// differs stays unmapped.
fn read_vat_point(el: El<'_>, invoice: &mut Invoice) {
    let mut first_code = None;
    for tax in el.all("ApplicableTradeTax") {
        if let Some(point) = tax.one("TaxPointDate") {
            match invoice.vat_point_date {
                None => invoice.vat_point_date = date(point),
                Some(known) => {
                    point.settle_if(
                        &["DateString"],
                        &[&known.0.strftime("%Y%m%d").to_string(), &known.to_string()],
                    );
                }
            }
        }
        match &first_code {
            None => first_code = tax.text_at(&["DueDateTypeCode"]),
            Some(known) => tax.settle_if(&["DueDateTypeCode"], &[known]),
        }
    }
    // CII takes BT-8 from UNTDID 2475, the semantic model and UBL from UNTDID 2005.
    invoice.vat_point_date_code = first_code.map(|code| match code.as_str() {
        "5" => "3".to_owned(),
        "29" => "35".to_owned(),
        "72" => "432".to_owned(),
        _ => code,
    });
}

/// An allowance (false) or a charge (true).
pub(super) fn allowance_or_charge(el: El<'_>) -> (bool, AllowanceOrCharge) {
    let is_charge = indicator_at(el, "ChargeIndicator");
    let tax = el.one("CategoryTradeTax");
    if let Some(tax) = tax {
        tax.settle_if(&["TypeCode"], &["VAT"]);
    }
    let read = AllowanceOrCharge {
        amount: el.decimal_at(&["ActualAmount"]),
        base: el.decimal_at(&["BasisAmount"]),
        percent: el.decimal_at(&["CalculationPercent"]),
        vat_category: tax.and_then(|tax| tax.text_at(&["CategoryCode"])),
        vat_rate: tax.and_then(|tax| tax.decimal_at(&["RateApplicablePercent"])),
        reason: el.text_at(&["Reason"]),
        reason_code: el.text_at(&["ReasonCode"]),
    };
    (is_charge, read)
}

fn totals(el: El<'_>, invoice: &Invoice) -> Totals {
    let mut totals = Totals {
        lines: el.decimal_at(&["LineTotalAmount"]),
        allowances: el.decimal_at(&["AllowanceTotalAmount"]),
        charges: el.decimal_at(&["ChargeTotalAmount"]),
        without_vat: el.decimal_at(&["TaxBasisTotalAmount"]),
        vat: None,
        vat_in_vat_currency: None,
        with_vat: el.decimal_at(&["GrandTotalAmount"]),
        prepaid: el.decimal_at(&["TotalPrepaidAmount"]),
        rounding: el.decimal_at(&["RoundingAmount"]),
        due: el.decimal_at(&["DuePayableAmount"]),
    };
    for amount in el.all("TaxTotalAmount") {
        let place = match VatCurrency::of(amount.attr("currencyID").as_deref(), invoice) {
            VatCurrency::Invoice => &mut totals.vat,
            VatCurrency::Accounting => &mut totals.vat_in_vat_currency,
            VatCurrency::Foreign => continue,
        };
        if place.is_none() {
            *place = amount.decimal();
        }
    }
    totals
}
