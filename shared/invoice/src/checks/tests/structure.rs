use super::super::DuplicateKey;
use super::*;
use crate::model::{Difference, DifferenceField, PrecedingInvoice, Reported, SourceRole};

fn without_references() -> Invoice {
    changed(|i| i.references = crate::model::References::default())
}

fn with_references() -> Invoice {
    changed(|i| {
        i.references.service_code = Some("SERVICE-1".to_owned());
        i.references.purchase_order = Some("EJ-42".to_owned());
    })
}

#[test]
fn a_structure_that_wants_a_code_service_gets_one() {
    let wants = |wants| Context {
        service_required: wants,
        ..Context::default()
    };
    let judged =
        |invoice: &Invoice, required| finding_with("BR-FR-CPRO-11", invoice, &wants(required));
    assert_eq!(judged(&with_references(), Some(true)).status, Status::Ok);
    assert_eq!(
        judged(&without_references(), Some(true))
            .refusal_code
            .as_deref(),
        Some("CODE_ROUTAGE_ERR")
    );
    assert_eq!(
        judged(&without_references(), Some(false)).status,
        Status::Ok
    );
    assert_eq!(
        judged(&without_references(), None).status,
        Status::NotEvaluable
    );
    let routed = changed(|i| i.buyer.identifiers.push(identifier("0224", "SERVICE-1")));
    assert_eq!(
        judged(&routed, Some(true)).status,
        Status::Ok,
        "a routing code is a code service"
    );
}

#[test]
fn a_structure_that_wants_an_engagement_gets_one() {
    let wants = |wants| Context {
        engagement_required: wants,
        ..Context::default()
    };
    let judged =
        |invoice: &Invoice, required| finding_with("BR-FR-CPRO-12", invoice, &wants(required));
    assert_eq!(judged(&with_references(), Some(true)).status, Status::Ok);
    assert_eq!(
        judged(&without_references(), Some(true))
            .refusal_code
            .as_deref(),
        Some("CMD_EJ_ERR")
    );
    assert_eq!(
        judged(&without_references(), Some(false)).status,
        Status::Ok
    );
    assert_eq!(
        judged(&without_references(), None).status,
        Status::NotEvaluable
    );
}

#[test]
fn a_structure_that_wants_one_or_the_other_is_content_with_one() {
    let wants = |wants| Context {
        service_or_engagement_required: wants,
        ..Context::default()
    };
    let judged =
        |invoice: &Invoice, required| finding_with("BR-FR-CPRO-13", invoice, &wants(required));
    let engagement_only = changed(|i| i.references.purchase_order = Some("EJ-42".to_owned()));
    assert_eq!(judged(&engagement_only, Some(true)).status, Status::Ok);
    assert_eq!(
        judged(&without_references(), Some(true))
            .refusal_code
            .as_deref(),
        Some("CMD_EJ_ERR")
    );
    assert_eq!(
        judged(&without_references(), Some(false)).status,
        Status::Ok
    );
    assert_eq!(
        judged(&without_references(), None).status,
        Status::NotEvaluable
    );
}

fn citing(count: usize) -> Invoice {
    changed(|i| {
        i.preceding_invoices = (1..=count)
            .map(|at| PrecedingInvoice {
                number: format!("F-{at}"),
                issue_date: None,
                type_code: None,
            })
            .collect();
    })
}

#[test]
fn chorus_pro_takes_one_preceding_invoice() {
    assert_ok("BR-FR-CPRO-20", &citing(0));
    assert_ok("BR-FR-CPRO-20", &citing(1));
    let message = assert_failed("BR-FR-CPRO-20", &citing(7), Some("REF_ERR"));
    assert!(
        message.contains("7 factures antérieures (F-1, F-2, F-3, F-4, F-5, …)"),
        "{message}"
    );
}

#[test]
fn a_credit_note_names_the_invoice_it_credits() {
    let credit = |count| {
        let mut invoice = citing(count);
        invoice.type_code = Some("381".to_owned());
        invoice
    };
    assert_failed("BR-FR-CO-05", &credit(0), Some("REF_CT_ABSENT"));
    assert_ok("BR-FR-CO-05", &credit(1));
    assert!(assert_ok("BR-FR-CO-05", &invoice()).starts_with("Sans objet"));
    assert_not_evaluable("BR-FR-CO-05", &changed(|i| i.type_code = None));
}

#[test]
fn the_process_of_a_subcontractor_alone_is_not_for_the_public_sector() {
    assert_ok("BR-FR-CPRO-24", &invoice());
    assert_failed(
        "BR-FR-CPRO-24",
        &changed(|i| i.process.business_process = Some("S5".to_owned())),
        None,
    );
    assert_not_evaluable(
        "BR-FR-CPRO-24",
        &changed(|i| i.process.business_process = None),
    );
}

#[test]
fn the_key_of_a_duplicate_is_supplier_number_and_year() {
    let key = DuplicateKey::of(&invoice()).unwrap();
    assert_eq!(key.to_string(), "000000018/2026/F-2026-1");
    let by_vat_number = changed(|i| {
        i.seller.identifiers.clear();
        i.seller.legal_registration = None;
        i.number = Some(" F-2026-1 ".to_owned());
    });
    assert_eq!(
        DuplicateKey::of(&by_vat_number),
        Some(key.clone()),
        "whichever identifier the document gives"
    );
    let next_year = changed(|i| i.issue_date = date("2027-01-02"));
    assert_ne!(DuplicateKey::of(&next_year), Some(key));
    let foreign = changed(|i| {
        i.seller = crate::model::Party {
            vat_id: Some("de 123456789".to_owned()),
            ..Default::default()
        };
    });
    assert_eq!(DuplicateKey::of(&foreign).unwrap().supplier, "DE123456789");
    assert_eq!(DuplicateKey::of(&changed(|i| i.issue_date = None)), None);
}

#[test]
fn an_invoice_that_was_received_before_is_a_duplicate() {
    let seen = |key: &DuplicateKey| key.number == "F-2026-1" && key.year == 2026;
    let context = Context {
        already_received: Some(&seen),
        ..Context::default()
    };
    let duplicate = finding_with("RELAIS-DOUBLON", &invoice(), &context);
    assert_eq!(
        duplicate.refusal_code.as_deref(),
        Some("DOUBLON"),
        "{}",
        duplicate.message
    );
    let other = changed(|i| i.number = Some("F-2026-2".to_owned()));
    assert_eq!(
        finding_with("RELAIS-DOUBLON", &other, &context).status,
        Status::Ok
    );
    let undated = changed(|i| i.issue_date = None);
    assert_eq!(
        finding_with("RELAIS-DOUBLON", &undated, &context).status,
        Status::NotEvaluable
    );
    assert_not_evaluable("RELAIS-DOUBLON", &invoice());
}

fn differing(fields: &[(DifferenceField, &str, &str)]) -> Invoice {
    changed(|i| {
        i.source.role = Some(SourceRole::StructuredAttachment);
        i.differences = fields
            .iter()
            .map(|(field, pivot, attachment)| Difference {
                field: *field,
                values: vec![
                    Reported {
                        by: "pivot".to_owned(),
                        value: (*pivot).to_owned(),
                    },
                    Reported {
                        by: "attachment:facture.pdf".to_owned(),
                        value: (*attachment).to_owned(),
                    },
                ],
            })
            .collect();
    })
}

#[test]
fn each_field_on_which_the_documents_disagree_is_a_finding_with_its_own_code() {
    let invoice = differing(&[
        (DifferenceField::WithVat, "186.000000", "286.00"),
        (DifferenceField::AccountPresent, "true", "false"),
        (DifferenceField::IssueDate, "2026-11-02", "2026-11-03"),
    ]);
    let findings: Vec<Finding> = run(&invoice)
        .into_iter()
        .filter(|finding| finding.rule == "RELAIS-DIVERGENCE")
        .collect();
    let codes: Vec<Option<&str>> = findings
        .iter()
        .map(|finding| finding.refusal_code.as_deref())
        .collect();
    assert_eq!(
        codes,
        [Some("MONTANTTOTAL_ERR"), Some("COORD_BANC_ERR"), None]
    );
    assert!(
        findings
            .iter()
            .all(|finding| finding.status == Status::Failed)
    );
    assert!(
        findings[0]
            .message
            .contains("186.000000 selon le pivot, 286.00 selon la pièce jointe facture.pdf"),
        "{}",
        findings[0].message
    );
}

#[test]
fn six_decimals_beside_two_are_no_disagreement() {
    let rounded = differing(&[(DifferenceField::WithVat, "186.004999", "186.00")]);
    assert!(assert_ok("RELAIS-DIVERGENCE", &rounded).contains("aux arrondis au centime près"));
    assert_ok("RELAIS-DIVERGENCE", &differing(&[]));
    assert_not_evaluable("RELAIS-DIVERGENCE", &invoice());
}
