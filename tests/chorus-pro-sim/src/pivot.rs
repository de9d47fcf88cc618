//! The pivot, `CPPFacturePivot_V2_02`: invoices with their documents, each as base64 of a ZIP of one file.

use std::io::{self, Write};

use rust_decimal::Decimal;

use crate::api::Download;
use crate::dates;
use crate::documents::{self, Defect, Document};
use crate::state::{Invoice, Ligne, Tva};

/// Writes the whole pivot, documents included, without ever holding a large one.
pub(crate) fn write(download: &Download, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<CPPFacturePivot xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="CPPFacturePivot_V2_02.xsd"><Enveloppe><EnveloppeUnitaire NumOrdre="1"><Parametres><ParametreIndiv NumOrdre="0001"><Code>DtPrd</Code><Valeurparametre>{day}</Valeurparametre></ParametreIndiv><ParametreIndiv NumOrdre="0002"><Code>IdFlx</Code><Valeurparametre>CPP0020036{flux:016}</Valeurparametre></ParametreIndiv></Parametres><Partenaires><Recepteur><Id>XXX001</Id><Libelle>XXX001</Libelle></Recepteur><Emetteur><Id>CPP001</Id><Libelle>CPP</Libelle></Emetteur></Partenaires></EnveloppeUnitaire></Enveloppe><CPPFactures Compteur="{count}">"#,
        day = download.day,
        flux = download.flux,
        count = download.invoices.len(),
    )?;
    for (index, invoice) in download.invoices.iter().enumerate() {
        write_invoice(index + 1, invoice, out)?;
        if invoice.pivot_tronque {
            return Ok(());
        }
    }
    out.write_all(b"</CPPFactures></CPPFacturePivot>\n")
}

fn write_invoice(number: usize, invoice: &Invoice, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        r#"<CPPFacturePivotUnitaire NumOrdre="{number}">{}{}"#,
        parties(invoice),
        data(invoice)
    )?;
    for (index, document) in invoice.documents.iter().enumerate() {
        if invoice.pivot_tronque {
            return write_half_a_document(document, invoice, out);
        }
        write_document(index + 1, document, invoice, out)?;
    }
    out.write_all(b"</CPPFacturePivotUnitaire>\n")
}

fn parties(invoice: &Invoice) -> String {
    let supplier = &invoice.fournisseur;
    let service = invoice.service();
    let code = service.and_then(|service| service.code.as_deref());
    format!(
        "<Fournisseur><TypeIdentifiant>{}</TypeIdentifiant>{}{}{}<ReferenceBancaire Type=\"IBAN\">{}{}</ReferenceBancaire>{}</Fournisseur>\
         <Debiteur><TypeIdentifiant>1</TypeIdentifiant>{}{}{}{}</Debiteur>",
        supplier.code_type_identifiant(),
        element("Identifiant", &supplier.identifiant),
        element("RaisonSociale", &supplier.designation),
        element("CodePays", &supplier.pays),
        element("Compte", &supplier.iban),
        element("Etablissement", &supplier.banque),
        element("ModeEmission", mode_emission(invoice)),
        element("Identifiant", &invoice.destinataire.siret),
        element("Nom", &invoice.destinataire.designation),
        optional("CodeService", code),
        optional(
            "NomService",
            service.map(|service| service.libelle.as_str())
        ),
    )
}

fn mode_emission(invoice: &Invoice) -> &'static str {
    if invoice.mode_depot.starts_with("EDI") {
        "flux"
    } else if invoice.mode_depot.starts_with("SAISIE") {
        "saisie"
    } else {
        "PDF"
    }
}

fn data(invoice: &Invoice) -> String {
    let six = |value: Decimal| format!("{value:.6}");
    // The schema's enumeration has no A11.
    let cadre = if invoice.cadre_court() == "A11" {
        "A14"
    } else {
        invoice.cadre_court()
    };
    let taxes: String = invoice.tvas.iter().map(tax).collect();
    let lines: String = invoice
        .lignes
        .iter()
        .enumerate()
        .map(|(index, line)| ligne(index + 1, line))
        .collect();
    let engagement = match (&invoice.numero_marche, &invoice.numero_bon_commande) {
        (None, None) => String::new(),
        // A contract number that is not there may stand as an empty element, as in AIFE's own sample.
        (marche, commande) => format!(
            "<Engagement>{}{}</Engagement>",
            element("NumeroMarche", marche.as_deref().unwrap_or_default()),
            optional("NumeroEngagement", commande.as_deref())
        ),
    };
    format!(
        "<DonneesFacture>{}<IdCPRO>{}</IdCPRO>{}{}{}{}{}{}<ModePaiement><Code>30</Code><Libelle>Virement</Libelle></ModePaiement>{}{}\
         <Montants>{}{}{}</Montants><TVAs>{taxes}</TVAs>{engagement}<Lignes>{lines}</Lignes></DonneesFacture>",
        element("Id", &invoice.numero),
        invoice.id,
        element("Renvoi", invoice.renvoi.label()),
        optional("IdFactureOrigine", invoice.numero_origine.as_deref()),
        element(
            "Type",
            if invoice.type_facture == "AVOIR" {
                "381"
            } else {
                "380"
            }
        ),
        element("Cadre", cadre),
        element("DateEmissionFacture", &invoice.date_facture.to_string()),
        element("DateLivraison", &invoice.date_facture.to_string()),
        element("DateReception", &dates::day(invoice.depose_le)),
        element("Devise", &invoice.devise),
        element("MontantHT", &six(invoice.montants.ht)),
        element("MontantTTC", &six(invoice.montants.ttc)),
        element("MontantNetAPayer", &six(invoice.montants.a_payer)),
    )
}

fn tax(tva: &Tva) -> String {
    let (base, montant) = (format!("{:.6}", tva.base_ht), format!("{:.6}", tva.montant));
    format!(
        "<TVA>{}{}{}</TVA>",
        element("Taux", &tva.taux.to_string()),
        element("BaseHt", &base),
        element("MontantTVA", &montant)
    )
}

fn ligne(number: usize, line: &Ligne) -> String {
    format!(
        r#"<Ligne NumOrdre="{number}">{}{}{}{}{}</Ligne>"#,
        element("ReferenceProduit", &line.denomination),
        element("PrixUnitaire", &line.prix_unitaire.to_string()),
        element("Quantite", &line.quantite.to_string()),
        element("MontantHT", &format!("{:.6}", line.montant_ht)),
        element("TauxTVA", &line.taux_tva.to_string()),
    )
}

fn write_document(
    number: usize,
    document: &Document,
    invoice: &Invoice,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, r#"<PJ NumOrdre="{number}">"#)?;
    write_contents(document, invoice, out)?;
    write!(
        out,
        "{}{}{}{}</PJ>",
        element("NomPJ", &document.nom_dans_pivot()),
        element("CategoriePJ", &document.categorie),
        element("TypePJ", document.type_pj.code()),
        element("MimeTypePJ", &document.mime),
    )
}

fn write_contents(document: &Document, invoice: &Invoice, out: &mut dyn Write) -> io::Result<()> {
    match document.defect {
        Some(Defect::NoContent) => return Ok(()),
        Some(Defect::EmptyContent) => return out.write_all(b"<Contenu></Contenu>"),
        Some(Defect::BadBase64) => {
            return out
                .write_all("<Contenu>UEsDB#*ceci n'est pas du base64*é</Contenu>".as_bytes());
        }
        Some(Defect::CutBase64) => return out.write_all(b"<Contenu>UEsDBBQAAAAIA</Contenu>"),
        _ => {}
    }
    out.write_all(b"<Contenu>")?;
    documents::write_base64(out, |out| documents::write_zip(document, invoice, out))?;
    out.write_all(b"</Contenu>")
}

/// The pivot stops in the middle of a document's base64.
fn write_half_a_document(
    document: &Document,
    invoice: &Invoice,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut whole = Vec::new();
    write_contents(document, invoice, &mut whole)?;
    out.write_all(br#"<PJ NumOrdre="1">"#)?;
    out.write_all(whole.get(..whole.len() / 2).unwrap_or_default())
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", documents::escape(text))
}

fn optional(name: &str, text: Option<&str>) -> String {
    text.map_or(String::new(), |text| element(name, text))
}
