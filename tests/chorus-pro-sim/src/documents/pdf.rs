//! Minimal, valid PDF 1.4 files: one page, one standard font, and for Factur-X one embedded file.
//!
//! They open in any reader. They are not PDF/A-3: no embedded font, no colour profile, no XMP.

use std::fmt::Write as _;

use crate::dates;
use crate::state::Invoice;

/// The readable invoice, with `factur-x.xml` embedded when `structured` is there.
pub(crate) fn invoice(invoice: &Invoice, structured: Option<&str>) -> Vec<u8> {
    let title = match invoice.type_facture {
        "AVOIR" => "AVOIR",
        _ if invoice.type_facture_travaux.is_some() => "DEMANDE DE PAIEMENT (TRAVAUX)",
        _ => "FACTURE",
    };
    let supplier = &invoice.fournisseur;
    let mut text = vec![
        format!("{title} n° {}", invoice.numero),
        format!("Date : {}", invoice.date_facture),
        String::new(),
        format!("{} - {}", supplier.designation, supplier.identifiant),
        format!(
            "{}, {} {}",
            supplier.adresse.detail, supplier.adresse.code_postal, supplier.adresse.ville
        ),
        format!("TVA : {}", supplier.tva),
        String::new(),
        format!(
            "Destinataire : {} - SIRET {}",
            invoice.destinataire.designation, invoice.destinataire.siret
        ),
    ];
    text.extend(
        invoice
            .numero_marche
            .iter()
            .map(|number| format!("Marché : {number}")),
    );
    text.extend(
        invoice
            .numero_bon_commande
            .iter()
            .map(|number| format!("Engagement : {number}")),
    );
    text.push(String::new());
    for line in &invoice.lignes {
        text.push(format!(
            "{}   {} x {}   {} HT",
            line.denomination, line.quantite, line.prix_unitaire, line.montant_ht
        ));
    }
    for tva in &invoice.tvas {
        text.push(format!(
            "TVA {} % sur {} : {}",
            tva.taux, tva.base_ht, tva.montant
        ));
    }
    text.push(format!(
        "Total HT {}   Total TTC {}",
        invoice.montants.ht, invoice.montants.ttc
    ));
    text.push(format!(
        "Net à payer {} {}",
        invoice.montants.a_payer, invoice.devise
    ));
    text.push(format!("IBAN {}", supplier.iban));
    document(&text, structured.map(str::as_bytes))
}

/// A one-page attachment.
pub(crate) fn annex(title: &str, invoice: &Invoice) -> Vec<u8> {
    let text = [
        title.to_owned(),
        format!(
            "Pièce jointe à la facture {} de {}",
            invoice.numero, invoice.fournisseur.designation
        ),
        format!("Déposée le {}", dates::day(invoice.depose_le)),
    ];
    document(&text, None)
}

fn document(text: &[String], embedded: Option<&[u8]>) -> Vec<u8> {
    let mut page = String::from("BT /F1 10 Tf 14 TL 50 790 Td\n");
    for line in text {
        let _ = writeln!(page, "({}) '", escaped(line));
    }
    page.push_str("ET");
    let (catalog, version) = match embedded {
        Some(_) => (
            "<< /Type /Catalog /Pages 2 0 R /AF [6 0 R] /Names << /EmbeddedFiles << /Names [(factur-x.xml) 6 0 R] >> >> >>",
            "1.7",
        ),
        None => ("<< /Type /Catalog /Pages 2 0 R >>", "1.4"),
    };
    let mut objects: Vec<Vec<u8>> = vec![
        catalog.into(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".into(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".into(),
        stream("", &latin1(&page)),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".into(),
    ];
    if let Some(bytes) = embedded {
        objects.push(
            "<< /Type /Filespec /F (factur-x.xml) /UF (factur-x.xml) /AFRelationship /Data /EF << /F 7 0 R /UF 7 0 R >> >>".into(),
        );
        objects.push(stream(
            &format!(
                "/Type /EmbeddedFile /Subtype /text#2Fxml /Params << /Size {} >> ",
                bytes.len()
            ),
            bytes,
        ));
    }
    assemble(version, &objects)
}

fn assemble(version: &str, objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = format!("%PDF-{version}\n").into_bytes();
    out.extend_from_slice(b"%\xE2\xE3\xCF\xD3\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        out.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let start = out.len();
    let count = objects.len() + 1;
    out.extend_from_slice(
        format!("xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").as_bytes(),
    );
    out
}

fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {entries}/Length {} >>\nstream\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\nendstream");
    out
}

fn escaped(line: &str) -> String {
    line.replace('\\', "\\\\")
        .replace('(', "\\(")
        .replace(')', "\\)")
}

/// One byte a character, as WinAnsiEncoding wants it for French.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect()
}
