//! `CPPFacturePivotUnitaire`: one invoice of a pivot.

use rust_decimal::Decimal as Value;

use super::super::ubl::MAX_LINES;
use super::super::xml::El;
use super::{PivotAttachment, PivotInvoice};
use crate::document::Kind;
use crate::error::ReadError;
use crate::model::{
    Account, Address, Attachment, Chorus, Delivery, Derived, Dialect, EmbeddedFile, Identifier,
    Invoice, Item, Line, LineVat, Party, PaymentMeans, PrecedingInvoice, Price, Source, Syntax,
    Totals, ValidationStep, VatBreakdown,
};

/// The invoices of a document: the elements that have a `DonneesFacture`, whatever they are called (the mixed flow calls
/// them otherwise).
pub(super) fn all(root: El<'_>) -> impl Iterator<Item = El<'_>> {
    root.elements()
        .flat_map(El::elements)
        .chain(root.elements())
        .filter(|el| el.one("DonneesFacture").is_some())
}

pub(super) fn read(el: El<'_>, kind: Kind) -> Result<PivotInvoice, ReadError> {
    let dialect = if kind == Kind::FactureMixte {
        Dialect::ChorusMixte
    } else {
        Dialect::ChorusPivot
    };
    let mut invoice = Invoice::empty(Source::new(kind, Syntax::Pivot, dialect));
    let mut chorus = Chorus::default();
    if let Some(el) = el.one("Fournisseur") {
        read_fournisseur(el, &mut invoice, &mut chorus);
    }
    if let Some(el) = el.one("Debiteur") {
        read_debiteur(el, &mut invoice, &mut chorus);
    }
    if let Some(el) = el.one("DonneesFacture") {
        read_donnees(el, &mut invoice, &mut chorus)?;
    }
    chorus.cycle_de_validation = el
        .all("CycleDeValidation")
        .flat_map(|el| el.all("ValidationUnitaire"))
        .map(validation_step)
        .collect();
    let attachments: Vec<PivotAttachment> = el.all("PJ").map(attachment).collect();
    invoice.attachments = attachments.iter().map(as_supporting_document).collect();
    invoice.chorus = Some(chorus);
    Ok(PivotInvoice {
        invoice,
        attachments,
    })
}

fn read_fournisseur(el: El<'_>, invoice: &mut Invoice, chorus: &mut Chorus) {
    chorus.type_identifiant_fournisseur = el.text_at(&["TypeIdentifiant"]);
    chorus.mode_emission = el.text_at(&["ModeEmission"]);
    let kind = chorus.type_identifiant_fournisseur.as_deref();
    let id = el.text_at(&["Identifiant"]);
    let country = el.text_at(&["CodePays"]);
    invoice.seller = Party {
        name: el.text_at(&["RaisonSociale"]),
        address: country.map(|country| Address {
            country: Some(country),
            ..Address::default()
        }),
        ..Party::default()
    };
    if let Some(id) = id {
        if kind == Some("1")
            && id.len() == 14
            && let Some(siren) = id.get(..9)
        {
            invoice.seller.legal_registration = Some(Identifier {
                id: siren.to_owned(),
                scheme: Some("0002".to_owned()),
            });
            derived(
                invoice,
                "/seller/legalRegistration",
                "the first nine digits of the SIRET",
            );
        }
        invoice.seller.identifiers.push(Identifier {
            id,
            scheme: scheme(kind),
        });
    }
    if let Some(el) = el.one("ReferenceBancaire") {
        let account = Account {
            id: el.text_at(&["Compte"]),
            name: None,
            bic: None,
            kind: el.attr("Type"),
            bank: el.text_at(&["Etablissement"]),
        };
        if account.id.is_some() || account.bank.is_some() {
            invoice.payment.means.push(PaymentMeans {
                account: Some(account),
                ..PaymentMeans::default()
            });
        }
        invoice.payee = el.text_at(&["RaisonSocialeEncaisseur"]).map(|name| Party {
            name: Some(name),
            ..Party::default()
        });
    }
}

/// The ISO/IEC 6523 scheme of a `TypeIdentifiant`; 6 (being registered) has none.
fn scheme(type_identifiant: Option<&str>) -> Option<String> {
    let scheme = match type_identifiant? {
        "1" => "0009",
        "2" => "0223",
        "3" => "0227",
        "4" => "0228",
        "5" => "0229",
        "7" => "0226",
        _ => return None,
    };
    Some(scheme.to_owned())
}

fn read_debiteur(el: El<'_>, invoice: &mut Invoice, chorus: &mut Chorus) {
    let kind = el.text_at(&["TypeIdentifiant"]);
    invoice.buyer.name = el.text_at(&["Nom"]);
    if let Some(id) = el.text_at(&["Identifiant"]) {
        invoice.buyer.identifiers.push(Identifier {
            id,
            scheme: scheme(kind.as_deref()),
        });
    }
    invoice.references.service_code = el.text_at(&["CodeService"]);
    chorus.nom_service = el.text_at(&["NomService"]);
}

fn read_donnees(el: El<'_>, invoice: &mut Invoice, chorus: &mut Chorus) -> Result<(), ReadError> {
    chorus.id_cpro = el.text_at(&["IdCPRO"]);
    chorus.renvoi = el.text_at(&["Renvoi"]);
    chorus.cadre = el.text_at(&["Cadre"]);
    chorus.date_reception = el.date_at(&["DateReception"]);
    chorus.date_mise_a_disposition_moe = el.date_at(&["DateMiseADispositionMOE"]);
    chorus.id_facture_origine = el.text_at(&["IdFactureOrigine"]);
    invoice.process.business_process.clone_from(&chorus.cadre);
    invoice.number = el.text_at(&["Id"]);
    invoice.type_code = el.text_at(&["Type"]);
    invoice.issue_date = el.date_at(&["DateEmissionFacture"]);
    invoice.currency = el.text_at(&["Devise"]);
    if invoice.type_code.as_deref() == Some("381")
        && let Some(number) = chorus
            .id_facture_origine
            .clone()
            .filter(|origine| Some(origine) != invoice.number.as_ref())
    {
        invoice.preceding_invoices.push(PrecedingInvoice {
            number,
            issue_date: None,
            type_code: None,
        });
    }
    if let Some(date) = el.date_at(&["DateLivraison"]) {
        invoice.delivery = Some(Delivery {
            date: Some(date),
            ..Delivery::default()
        });
        if Some(date) == invoice.issue_date {
            derived(
                invoice,
                "/delivery/date",
                "equal to the date of issue, which Chorus Pro writes when the supplier gave none",
            );
        }
    }
    read_payment(el, invoice);
    read_amounts(el, invoice);
    invoice.references.contract = el.text_at(&["Engagement", "NumeroMarche"]);
    invoice.references.purchase_order = el.text_at(&["Engagement", "NumeroEngagement"]);
    for el in el.all("Lignes").flat_map(|el| el.all("Ligne")) {
        if invoice.lines.len() >= MAX_LINES {
            return Err(ReadError::TooManyLines { limit: MAX_LINES });
        }
        invoice.lines.push(line(el));
    }
    Ok(())
}

fn read_payment(el: El<'_>, invoice: &mut Invoice) {
    let Some(mode) = el.one("ModePaiement") else {
        return;
    };
    let (code, text) = (mode.text_at(&["Code"]), mode.text_at(&["Libelle"]));
    if code.is_none() && text.is_none() {
        return;
    }
    match invoice.payment.means.first_mut() {
        Some(means) => (means.code, means.text) = (code, text),
        None => invoice.payment.means.push(PaymentMeans {
            code,
            text,
            ..PaymentMeans::default()
        }),
    }
}

fn read_amounts(el: El<'_>, invoice: &mut Invoice) {
    invoice.vat_breakdown = el
        .all("TVAs")
        .flat_map(|el| el.all("TVA"))
        .map(|el| VatBreakdown {
            taxable: el.decimal_at(&["BaseHt"]),
            vat: el.decimal_at(&["MontantTVA"]),
            rate: el.decimal_at(&["Taux"]),
            ..VatBreakdown::default()
        })
        .collect();
    if let Some(el) = el.one("Montants") {
        invoice.totals = Totals {
            without_vat: el.decimal_at(&["MontantHT"]),
            with_vat: el.decimal_at(&["MontantTTC"]),
            due: el.decimal_at(&["MontantNetAPayer"]),
            ..Totals::default()
        };
    }
    let amounts: Option<Vec<Value>> = invoice
        .vat_breakdown
        .iter()
        .map(|vat| vat.vat.as_ref().map(crate::model::Decimal::value))
        .collect();
    if let Some(amounts) = amounts.filter(|amounts| !amounts.is_empty())
        && let Some(sum) = amounts
            .into_iter()
            .try_fold(Value::ZERO, Value::checked_add)
    {
        invoice.totals.vat = Some(sum.into());
        derived(invoice, "/totals/vat", "the sum of TVA/MontantTVA");
    }
}

fn line(el: El<'_>) -> Line {
    Line {
        id: el.attr("NumOrdre"),
        quantity: el.decimal_at(&["Quantite"]),
        net_amount: el.decimal_at(&["MontantHT"]),
        price: Price {
            net: el.decimal_at(&["PrixUnitaire"]),
            ..Price::default()
        },
        vat: LineVat {
            category: None,
            rate: el.decimal_at(&["TauxTVA"]),
        },
        item: Item {
            name: el.text_at(&["ReferenceProduit"]),
            ..Item::default()
        },
        ..Line::default()
    }
}

fn attachment(el: El<'_>) -> PivotAttachment {
    // Neither has been filled since 2021, and both only mean something inside the portal.
    el.settle_at(&["IdUnique"]);
    el.settle_at(&["IdOriginal"]);
    el.settle_at(&["NomPJOrigine"]);
    PivotAttachment {
        name: el.text_at(&["NomPJ"]).unwrap_or_default(),
        type_pj: el.text_at(&["TypePJ"]),
        categorie: el.text_at(&["CategoriePJ"]),
        mime_type: el.text_at(&["MimeTypePJ"]),
        // The skeleton has the place of the content where the content was.
        contenu: el
            .text_at(&["Contenu"])
            .and_then(|place| place.parse().ok()),
    }
}

/// BG-24 of an attachment of the pivot.
fn as_supporting_document(attachment: &PivotAttachment) -> Attachment {
    Attachment {
        reference: Some(attachment.name.clone()).filter(|name| !name.is_empty()),
        description: attachment.categorie.clone(),
        location: None,
        embedded: attachment.contenu.map(|_| EmbeddedFile {
            mime_type: attachment.mime_type.clone(),
            file_name: Some(attachment.name.clone()).filter(|name| !name.is_empty()),
            base64_length: None,
        }),
        type_pj: attachment.type_pj.clone(),
    }
}

fn validation_step(el: El<'_>) -> ValidationStep {
    let producteur = el.one("ProducteurStatut");
    if let Some(producteur) = producteur {
        producteur.settle_at(&["TypeIdentifiant"]);
        producteur.settle_at(&["CodePays"]);
    }
    ValidationStep {
        date: el.date_at(&["DateStatut"]),
        code: el.text_at(&["CodeStatut"]),
        complement: el.text_at(&["ComplementStatut"]),
        commentaire: el.text_at(&["Commentaire"]),
        producteur: producteur.and_then(|el| el.text_at(&["Id"])),
        raison_sociale_producteur: producteur.and_then(|el| el.text_at(&["RaisonSociale"])),
    }
}

fn derived(invoice: &mut Invoice, pointer: &str, how: &str) {
    invoice.derived.push(Derived {
        pointer: pointer.to_owned(),
        how: how.to_owned(),
    });
}
