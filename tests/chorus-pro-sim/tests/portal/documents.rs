//! Downloads: the pivot, PDF answers, the size limit, defects, and memory.

use std::io::{Cursor, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chorus_pro_sim::Options;
use futures::StreamExt;
use roxmltree::{Document, Node};
use serde_json::{Value, json};

use crate::client::{Caller, HISTORIQUE, TELECHARGER, ids};

fn text<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    node.descendants()
        .find(|below| below.has_tag_name(name))
        .and_then(|below| below.text())
        .unwrap_or_default()
}

fn only_member(contenu: &str) -> (String, Vec<u8>) {
    let mut archive = zip::ZipArchive::new(Cursor::new(STANDARD.decode(contenu).unwrap())).unwrap();
    assert_eq!(archive.len(), 1);
    let mut member = archive.by_index(0).unwrap();
    let mut bytes = Vec::new();
    member.read_to_end(&mut bytes).unwrap();
    (member.name().unwrap().into_owned(), bytes)
}

#[tokio::test]
async fn a_pivot_holds_every_invoice_and_document_of_the_portal() {
    let caller = Caller::with(120).await;
    let wanted = ids(&caller.search(json!({})).await);
    let pivot = caller.download("PIVOT", &wanted, None).await;
    let pivot = String::from_utf8(pivot).unwrap();
    let xml = Document::parse(&pivot).unwrap();
    let invoices: Vec<_> = xml
        .descendants()
        .filter(|node| node.has_tag_name("CPPFacturePivotUnitaire"))
        .collect();
    assert_eq!(invoices.len(), wanted.len());
    let mut structured = 0;
    for (node, id) in invoices.into_iter().zip(wanted) {
        let invoice = caller.running.simulator().invoice(id).unwrap();
        assert_eq!(text(node, "IdCPRO"), id.to_string());
        assert_eq!(text(node, "Id"), invoice.numero);
        assert_eq!(text(node, "Compte"), invoice.fournisseur.iban);
        assert_eq!(
            text(node, "MontantTTC"),
            format!("{:.6}", invoice.montants.ttc)
        );
        let attachments: Vec<_> = node
            .children()
            .filter(|child| child.has_tag_name("PJ"))
            .collect();
        assert_eq!(attachments.len(), invoice.documents.len());
        for (attachment, document) in attachments.into_iter().zip(&invoice.documents) {
            let (name, bytes) = only_member(text(attachment, "Contenu"));
            assert_eq!(name.trim(), document.nom.trim());
            assert_eq!(text(attachment, "NomPJ"), document.nom);
            assert_eq!(bytes, document.bytes(&invoice).unwrap());
            if document.mime == "application/xml" {
                structured += 1;
                agrees(&String::from_utf8(bytes).unwrap(), &invoice);
            } else {
                assert!(
                    bytes.starts_with(b"%PDF-1.") && bytes.ends_with(b"%%EOF\n"),
                    "{name}"
                );
            }
        }
    }
    assert!(structured > 5);
}

/// A structured attachment says what the portal says.
fn agrees(xml: &str, invoice: &chorus_pro_sim::state::Invoice) {
    let xml = Document::parse(xml).unwrap();
    let any = |name: &str, value: &str| {
        assert!(
            xml.descendants()
                .any(|node| node.tag_name().name() == name && node.text() == Some(value)),
            "{name} {value}"
        );
    };
    let cii = xml.root_element().tag_name().name() == "CrossIndustryInvoice";
    any("ID", &invoice.numero);
    any(
        if cii {
            "GrandTotalAmount"
        } else {
            "TaxInclusiveAmount"
        },
        &format!("{:.2}", invoice.montants.ttc),
    );
    any(
        if cii {
            "TaxBasisTotalAmount"
        } else {
            "TaxExclusiveAmount"
        },
        &format!("{:.2}", invoice.montants.ht),
    );
    any(
        if cii { "Name" } else { "RegistrationName" },
        &invoice.fournisseur.designation,
    );
    let lines: rust_decimal::Decimal = invoice.lignes.iter().map(|ligne| ligne.montant_ht).sum();
    assert_eq!(lines, invoice.montants.ht);
}

#[tokio::test]
async fn a_download_sets_the_flag_and_writes_an_action() {
    let caller = Caller::with(0).await;
    let id = caller.deposit(json!({"typeFacture": "FACTURE"})).await;
    assert_eq!(
        ids(&caller
            .search(json!({"factureTelechargeeParDestinataire": false}))
            .await),
        [id]
    );
    caller.download("PIVOT", &[id], None).await;
    assert_eq!(
        caller
            .search(json!({"factureTelechargeeParDestinataire": false}))
            .await["codeRetour"],
        20000
    );
    let history = caller.call(HISTORIQUE, json!({"idFacture": id})).await;
    assert_eq!(
        history["derniereAction"]["derniereActionCode"],
        "TELECHARGEMENT_FACTURE"
    );
    assert_eq!(history["statutCourantCode"], "MISE_A_DISPOSITION");
}

#[tokio::test]
async fn a_pdf_answer_is_one_pdf_or_a_zip_with_a_folder_an_invoice() {
    let caller = Caller::with(0).await;
    let two = json!({"documents": [{"nomPJ": "f.pdf"}, {"nomPJ": "a.pdf"}, {"nomPJ": "a.pdf"}]});
    let (one, other) = (
        caller.deposit(two).await,
        caller
            .deposit(json!({"documents": [{"nomPJ": "f.pdf"}]}))
            .await,
    );
    for complements in [None, Some("Non")] {
        assert!(
            caller
                .download("PDF", &[one], complements)
                .await
                .starts_with(b"%PDF")
        );
    }
    let names = |bytes: Vec<u8>| -> Vec<String> {
        zip::ZipArchive::new(Cursor::new(bytes))
            .unwrap()
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect()
    };
    assert_eq!(
        names(caller.download("PDF", &[one], Some("Oui")).await),
        ["f.pdf", "a.pdf", "2_a.pdf"]
    );
    assert_eq!(
        names(caller.download("PDF", &[one, other], None).await),
        [format!("{one}/f.pdf"), format!("{other}/f.pdf")]
    );
    let answer = caller
        .send(
            TELECHARGER,
            &json!({"format": "ZIP", "listeFacture": [{"idFacture": one}]}),
        )
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn a_dossier_above_the_limit_is_a_413_and_leaves_the_flag_alone() {
    let caller = Caller::with(0).await;
    let size = 60 * 1024 * 1024;
    let deposit = json!({"documents": [{"nomPJ": "f.pdf", "taille": 1000}, {"nomPJ": "plan.pdf", "taille": size}]});
    let (one, two) = (
        caller.deposit(deposit.clone()).await,
        caller.deposit(deposit).await,
    );
    let both = json!({"format": "PIVOT", "listeFacture": [{"idFacture": one}, {"idFacture": two}]});
    let answer = caller.send(TELECHARGER, &both).await.unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(answer.json::<Value>().await.unwrap()["codeRetour"], 413);
    assert!(!caller.running.simulator().invoice(one).unwrap().telechargee);
    // Without complements the PDF answer is small.
    let list = json!({"format": "PDF", "avecPiecesJointesComplementaires": "Non", "listeFacture": [{"idFacture": one}, {"idFacture": two}]});
    assert_eq!(caller.send(TELECHARGER, &list).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_large_dossier_is_streamed_whole() {
    let caller = Caller::with(0).await;
    let size = 20_000_000_u64;
    let id = caller
        .deposit(json!({"documents": [{"nomPJ": "gros.pdf", "taille": size}]}))
        .await;
    let body = json!({"format": "PIVOT", "listeFacture": [{"idFacture": id}]});
    let answer = caller.send(TELECHARGER, &body).await.unwrap();
    assert!(answer.content_length().is_none());
    let mut pieces = Box::pin(futures::stream::unfold(answer, |mut answer| async {
        let piece = answer.chunk().await.unwrap()?;
        Some((piece, answer))
    }));
    let mut all = Vec::new();
    while let Some(piece) = pieces.next().await {
        all.extend_from_slice(&piece);
    }
    let value: Value = serde_json::from_slice(&all).unwrap();
    let pivot = String::from_utf8(
        STANDARD
            .decode(value["fichierResultat"].as_str().unwrap())
            .unwrap(),
    )
    .unwrap();
    let start = pivot.find("<Contenu>").unwrap() + 9;
    let end = pivot.find("</Contenu>").unwrap();
    let (name, bytes) = only_member(&pivot[start..end]);
    assert_eq!((name.as_str(), bytes.len() as u64), ("gros.pdf", size));
    assert!(bytes.starts_with(b"%PDF") && bytes.ends_with(b"%%EOF\n"));
}

async fn defective(defect: &str) -> String {
    let caller = Caller::with(0).await;
    let id = caller
        .deposit(json!({"documents": [{"nomPJ": "f.pdf", "defect": defect}]}))
        .await;
    String::from_utf8(caller.download("PIVOT", &[id], None).await).unwrap()
}

#[tokio::test]
async fn each_defect_breaks_what_it_says() {
    for defect in [
        "bad_base64",
        "cut_base64",
        "broken_zip",
        "bad_checksum",
        "two_members",
        "empty_zip",
        "not_zipped",
        "empty_content",
        "no_content",
        "path_traversal",
        "long_name",
    ] {
        let pivot = defective(defect).await;
        let xml = Document::parse(&pivot).unwrap();
        let contenu = text(xml.root_element(), "Contenu");
        let decoded = STANDARD.decode(contenu);
        let archive = decoded
            .clone()
            .ok()
            .map(|bytes| zip::ZipArchive::new(Cursor::new(bytes)));
        match defect {
            "bad_base64" | "cut_base64" => assert!(decoded.is_err()),
            "broken_zip" | "empty_content" => assert!(archive.unwrap().is_err()),
            "not_zipped" => assert!(decoded.unwrap().starts_with(b"%PDF")),
            "no_content" => assert!(!pivot.contains("<Contenu>")),
            "two_members" => assert_eq!(archive.unwrap().unwrap().len(), 2),
            "empty_zip" => assert_eq!(archive.unwrap().unwrap().len(), 0),
            "bad_checksum" => {
                let mut archive = archive.unwrap().unwrap();
                assert!(
                    archive
                        .by_index(0)
                        .unwrap()
                        .read_to_end(&mut Vec::new())
                        .is_err()
                );
            }
            "path_traversal" => assert_eq!(
                (
                    text(xml.root_element(), "NomPJ"),
                    only_member(contenu).0.as_str()
                ),
                ("../../x", "../../x")
            ),
            _ => assert_eq!(
                (
                    text(xml.root_element(), "NomPJ").len(),
                    only_member(contenu).0.len()
                ),
                (300, 300)
            ),
        }
    }
}

#[tokio::test]
async fn a_truncated_pivot_is_whole_base64_of_half_a_document() {
    let caller = Caller::with(0).await;
    let id = caller.deposit(json!({"pivotTronque": true})).await;
    let pivot = String::from_utf8(caller.download("PIVOT", &[id], None).await).unwrap();
    assert!(pivot.contains("<Contenu>") && Document::parse(&pivot).is_err());
}

#[tokio::test]
async fn files_of_a_folder_become_invoices_with_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sous dossier")).unwrap();
    let ubl = r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>UBL-2026-1</ID><IssueDate>2026-10-01</IssueDate>
        <AccountingSupplierParty><Party><PartyLegalEntity><RegistrationName>Menuiserie &amp; Cie</RegistrationName></PartyLegalEntity></Party></AccountingSupplierParty>
        <AccountingCustomerParty><Party><PartyLegalEntity><CompanyID>00000000039991</CompanyID></PartyLegalEntity></Party></AccountingCustomerParty>
        <LegalMonetaryTotal><TaxExclusiveAmount>100.10</TaxExclusiveAmount><TaxInclusiveAmount>120.12</TaxInclusiveAmount><PayableAmount>120.12</PayableAmount></LegalMonetaryTotal></Invoice>"#;
    std::fs::write(folder.path().join("sous dossier/facture n°1 & co.xml"), ubl).unwrap();
    std::fs::write(folder.path().join("a.pdf"), b"%PDF-1.4\nnot much\n%%EOF\n").unwrap();
    std::fs::write(folder.path().join("notes.txt"), b"not an invoice").unwrap();
    std::fs::write(folder.path().join("faux.pdf"), b"not a PDF").unwrap();
    let caller = Caller::starting(Options {
        documents: Some(folder.path().to_path_buf()),
        ..Options::default()
    })
    .await;
    let invoices = caller.running.simulator().invoices();
    assert_eq!(invoices.len(), 2);
    let ubl_invoice = invoices
        .iter()
        .find(|invoice| invoice.numero == "UBL-2026-1")
        .unwrap();
    assert_eq!(ubl_invoice.destinataire.siret, "00000000039991");
    assert_eq!(ubl_invoice.fournisseur.designation, "Menuiserie & Cie");
    assert_eq!(
        (
            ubl_invoice.montants.ht.to_string(),
            ubl_invoice.montants.ttc.to_string()
        ),
        ("100.10".into(), "120.12".into())
    );
    assert_eq!(ubl_invoice.documents[0].nom, "facture n°1 & co.xml");
    assert_eq!(
        ubl_invoice.documents[0].bytes(ubl_invoice).unwrap(),
        ubl.as_bytes()
    );
}
