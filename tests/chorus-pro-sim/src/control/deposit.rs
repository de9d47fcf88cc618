//! Depositing an invoice: everything may be given, nothing has to be.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::api::request;
use crate::dates;
use crate::documents::{Content, Defect, Document, Filler, TypePj};
use crate::seed::{self, Moment};
use crate::state::{Actor, HistoStatut, Invoice, Kind, LifecycleError, Portal, Structure};
use crate::statuts;

/// An invoice to deposit; what is absent is invented from the seed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Deposit {
    /// SIRET of the recipient.
    pub siret: Option<String>,
    /// Code or identifier of its service; an empty text addresses no service.
    pub code_service: Option<String>,
    /// `FACTURE` (unless given) or `FACTURE_TRAVAUX`.
    pub type_demande_paiement: Option<String>,
    /// `FACTURE`, `AVOIR` or `ACOMPTE`.
    pub type_facture: Option<String>,
    /// Kind of works document; makes it a works invoice.
    pub type_facture_travaux: Option<String>,
    /// `A1_FACTURE_FOURNISSEUR`…
    pub cadre_facturation: Option<String>,
    /// The supplier's number, at most 20 characters.
    pub numero_facture: Option<String>,
    /// The invoice that a credit note corrects.
    pub numero_facture_origine: Option<String>,
    /// The supplier's date.
    pub date_facture: Option<Date>,
    /// Total without tax, up to six decimals; as a text to keep every digit.
    #[serde(rename = "montantHT", deserialize_with = "request::amount")]
    pub montant_ht: Option<Decimal>,
    /// Total with tax; 20 % more unless given.
    #[serde(rename = "montantTTC", deserialize_with = "request::amount")]
    pub montant_ttc: Option<Decimal>,
    /// To pay; the total with tax unless given.
    #[serde(rename = "montantAPayer", deserialize_with = "request::amount")]
    pub montant_a_payer: Option<Decimal>,
    /// Currency.
    pub devise: Option<String>,
    /// Contract.
    pub numero_marche: Option<String>,
    /// Engagement.
    pub numero_bon_commande: Option<String>,
    /// The supplier.
    pub fournisseur: Option<DepositSupplier>,
    /// SIRET of the works' owner, one of the establishments.
    pub moa: Option<String>,
    /// SIRET of the works' manager, one of the establishments.
    pub moe: Option<String>,
    /// Any status; `MISE_A_DISPOSITION` unless given.
    pub statut: Option<String>,
    /// Since when; the present unless given.
    pub date_heure_etat_courant: Option<Timestamp>,
    /// Comment of the status.
    pub commentaire: Option<String>,
    /// Attachments, main document first; generated ones unless given.
    pub documents: Option<Vec<DepositDocument>>,
    /// The pivot stops in the middle of this invoice's first document.
    pub pivot_tronque: bool,
}

/// A supplier, known by its identifier or made.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DepositSupplier {
    /// SIRET or foreign identifier.
    pub identifiant: Option<String>,
    /// Name.
    pub designation: Option<String>,
    /// Two letters.
    pub pays: Option<String>,
    /// IBAN; a fictitious one unless given.
    pub iban: Option<String>,
}

/// One attachment: `contenu`, or `taille`, or `generated`, or nothing for a small PDF.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DepositDocument {
    /// `NomPJ`.
    #[serde(rename = "nomPJ", alias = "name", alias = "nom")]
    pub nom_pj: Option<String>,
    /// The file as base64.
    #[serde(alias = "base64")]
    pub contenu: Option<String>,
    /// Size in bytes of a file to generate as it is sent.
    #[serde(alias = "size")]
    pub taille: Option<u64>,
    /// A document generated from the invoice.
    pub generated: Option<Generated>,
    /// `01` or `02`; the first is the main one unless given.
    #[serde(rename = "typePJ")]
    pub type_pj: Option<TypePj>,
    /// `CategoriePJ`.
    #[serde(rename = "categoriePJ", alias = "categorie")]
    pub categorie_pj: Option<String>,
    /// `MimeTypePJ`; by the name unless given.
    #[serde(rename = "mimeTypePJ", alias = "mime")]
    pub mime_type_pj: Option<String>,
    /// What is wrong with it, for tests.
    pub defect: Option<Defect>,
}

/// What may be generated from an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generated {
    /// A readable page.
    Pdf,
    /// A readable page with the structured invoice embedded.
    FacturX,
    /// UN/CEFACT CII.
    Cii,
    /// UBL 2.1.
    Ubl,
}

/// Why a deposit was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DepositError {
    /// No establishment has this SIRET.
    #[error("{field}: no establishment has SIRET {siret}; GET /_sim/structures lists them")]
    UnknownStructure {
        /// `siret`, `moa` or `moe`.
        field: &'static str,
        /// What was asked for.
        siret: String,
    },
    /// The service is not the recipient's.
    #[error("codeService: {siret} has no service {service}; GET /_sim/structures lists them")]
    UnknownService {
        /// The recipient.
        siret: String,
        /// What was asked for.
        service: String,
    },
    /// A code that is none of its kind.
    #[error("{field}: \"{value}\" is not known here")]
    UnknownCode {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// A number that Chorus Pro would not take.
    #[error("numeroFacture: at most 20 characters, and \"{0}\" has more")]
    LongNumber(String),
    /// Bytes that cannot be read.
    #[error(
        "documents[{index}].contenu is not base64: {reason}; a broken document is asked for with \"defect\""
    )]
    Base64 {
        /// Which document.
        index: usize,
        /// Why.
        reason: String,
    },
    /// Two sources for one document.
    #[error("documents[{0}]: give one of contenu, taille and generated")]
    TwoSources(usize),
    /// No document at all.
    #[error("documents: an invoice has at least one; leave the field out for generated ones")]
    NoDocument,
}

impl From<LifecycleError> for DepositError {
    fn from(error: LifecycleError) -> Self {
        Self::UnknownCode {
            field: "statut",
            value: error.to_string(),
        }
    }
}

impl Deposit {
    /// Puts the invoice on the portal.
    pub(crate) fn put_into(self, portal: &mut Portal) -> Result<Arc<Invoice>, DepositError> {
        let index = portal.invoices.len();
        let mut invoice = seed::generate(portal, index, Moment::Now);
        self.address(portal, &mut invoice)?;
        self.describe(portal, &mut invoice)?;
        if let Some(documents) = &self.documents {
            if documents.is_empty() {
                return Err(DepositError::NoDocument);
            }
            invoice.documents = read_documents(portal, documents, true)?;
        }
        invoice.pivot_tronque = self.pivot_tronque;
        self.date(portal, &mut invoice);
        let id = invoice.id;
        let stored = portal.put(invoice);
        match &self.statut {
            Some(statut) if *statut != statuts::MISE_A_DISPOSITION => {
                let at = self
                    .date_heure_etat_courant
                    .unwrap_or(stored.etat_courant_le);
                Ok(portal.set_status_at(
                    id,
                    statut,
                    self.commentaire.clone(),
                    &Actor::System,
                    dates::to_millisecond(at),
                )?)
            }
            _ => Ok(stored),
        }
    }

    fn address(&self, portal: &Portal, invoice: &mut Invoice) -> Result<(), DepositError> {
        if let Some(siret) = &self.siret {
            invoice.destinataire = structure(portal, "siret", siret)?;
            invoice.id_service = None;
        }
        if let Some(service) = &self.code_service {
            let services = &invoice.destinataire.services;
            let found = services.iter().find(|known| {
                known.code.as_ref() == Some(service) || known.id.to_string() == *service
            });
            invoice.id_service = match found {
                Some(found) => Some(found.id),
                None if service.is_empty() => None,
                None => {
                    let siret = invoice.destinataire.siret.clone();
                    return Err(DepositError::UnknownService {
                        siret,
                        service: service.clone(),
                    });
                }
            };
        }
        invoice.id_service_depose = invoice.id_service;
        Ok(())
    }

    fn describe(&self, portal: &mut Portal, invoice: &mut Invoice) -> Result<(), DepositError> {
        self.classify(portal, invoice)?;
        if let Some(numero) = &self.numero_facture {
            if numero.chars().count() > 20 {
                return Err(DepositError::LongNumber(numero.clone()));
            }
            invoice.numero.clone_from(numero);
        }
        if let Some(ht) = self.montant_ht {
            let ttc = self
                .montant_ttc
                .unwrap_or_else(|| (ht * Decimal::new(12, 1)).round_dp(6));
            seed::set_totals(invoice, ht, ttc, self.montant_a_payer.unwrap_or(ttc));
            invoice.lignes = Vec::new();
        }
        if let Some(supplier) = &self.fournisseur {
            invoice.fournisseur = find_or_make(portal, supplier);
        }
        invoice.date_facture = self.date_facture.unwrap_or(invoice.date_facture);
        let keep = |given: &Option<String>, present: &mut Option<String>| {
            if let Some(given) = given {
                *present = Some(given.clone()).filter(|text| !text.is_empty());
            }
        };
        keep(&self.numero_facture_origine, &mut invoice.numero_origine);
        keep(&self.numero_marche, &mut invoice.numero_marche);
        keep(&self.numero_bon_commande, &mut invoice.numero_bon_commande);
        if let Some(devise) = &self.devise {
            invoice.devise.clone_from(devise);
        }
        Ok(())
    }

    fn classify(&self, portal: &Portal, invoice: &mut Invoice) -> Result<(), DepositError> {
        let works = match self.type_demande_paiement.as_deref() {
            None => self.type_facture_travaux.is_some(),
            Some("FACTURE") => false,
            Some("FACTURE_TRAVAUX") => true,
            Some(other) => {
                return Err(DepositError::UnknownCode {
                    field: "typeDemandePaiement",
                    value: other.to_owned(),
                });
            }
        };
        let generated = invoice.type_facture;
        invoice.type_facture = match self.type_facture.as_deref() {
            None if works => "FACTURE",
            None => generated,
            Some("FACTURE") => "FACTURE",
            Some("AVOIR") => "AVOIR",
            Some("ACOMPTE") => "ACOMPTE",
            Some(other) => {
                return Err(DepositError::UnknownCode {
                    field: "typeFacture",
                    value: other.to_owned(),
                });
            }
        };
        invoice.kind = if works {
            Kind::FactureTravaux
        } else {
            Kind::Facture
        };
        let default_works = works.then(|| "PROJET_DECOMPTE_MENSUEL".to_owned());
        invoice.type_facture_travaux = self.type_facture_travaux.clone().or(default_works);
        let default_cadre = if works {
            "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR"
        } else {
            "A1_FACTURE_FOURNISSEUR"
        };
        default_cadre.clone_into(&mut invoice.cadre);
        if let Some(cadre) = &self.cadre_facturation {
            invoice.cadre.clone_from(cadre);
        }
        let party = |field, siret: &Option<String>| {
            siret
                .as_ref()
                .map(|siret| structure(portal, field, siret))
                .transpose()
        };
        let default_moa = works
            .then(|| Arc::clone(&invoice.destinataire))
            .filter(|structure| structure.est_moa);
        invoice.moa = party("moa", &self.moa)?.or(default_moa);
        invoice.moe = party("moe", &self.moe)?;
        Ok(())
    }

    /// The deposit's own past: DEPOSEE and MISE_A_DISPOSITION when it was given a date.
    fn date(&self, portal: &mut Portal, invoice: &mut Invoice) {
        let at = dates::to_millisecond(
            self.date_heure_etat_courant
                .unwrap_or_else(|| portal.clock.now()),
        );
        invoice.depose_le = at;
        invoice.etat_courant_le = at;
        invoice.historique = vec![entry(portal, statuts::DEPOSEE, at)];
        let reached = self
            .statut
            .as_deref()
            .is_none_or(statuts::is_visible_to_recipient);
        if reached {
            invoice
                .historique
                .push(entry(portal, statuts::MISE_A_DISPOSITION, at));
        } else {
            statuts::DEPOSEE.clone_into(&mut invoice.statut);
        }
    }
}

fn entry(portal: &mut Portal, code: &str, le: Timestamp) -> HistoStatut {
    HistoStatut {
        id: portal.next_event_id(),
        code: code.to_owned(),
        le,
        commentaire: None,
        par: None,
    }
}

fn structure(
    portal: &Portal,
    field: &'static str,
    siret: &str,
) -> Result<Arc<Structure>, DepositError> {
    let unknown = || DepositError::UnknownStructure {
        field,
        siret: siret.to_owned(),
    };
    portal
        .structure_by_siret(siret)
        .cloned()
        .ok_or_else(unknown)
}

fn find_or_make(portal: &mut Portal, wanted: &DepositSupplier) -> Arc<crate::state::Supplier> {
    let known = portal
        .suppliers
        .iter()
        .find(|supplier| wanted.identifiant.as_ref() == Some(&supplier.identifiant))
        .cloned();
    if let (Some(known), None, None) = (known, &wanted.iban, &wanted.designation) {
        return known;
    }
    let id = 170_000 + i64::try_from(portal.suppliers.len()).unwrap_or_default();
    let name = wanted
        .designation
        .as_deref()
        .unwrap_or("FOURNISSEUR DÉPOSÉ");
    let mut made = seed::stranger(
        &mut portal.rng,
        id,
        name,
        wanted.identifiant.as_deref(),
        wanted.pays.as_deref(),
    );
    if let Some(iban) = &wanted.iban {
        made.iban.clone_from(iban);
    }
    let made = Arc::new(made);
    portal.suppliers.push(Arc::clone(&made));
    made
}

/// Attachments as given; `first_is_main` makes the first one the main document unless it says otherwise.
pub(crate) fn read_documents(
    portal: &mut Portal,
    given: &[DepositDocument],
    first_is_main: bool,
) -> Result<Vec<Document>, DepositError> {
    given
        .iter()
        .enumerate()
        .map(|(index, one)| read_document(portal, index, one, first_is_main && index == 0))
        .collect()
}

fn read_document(
    portal: &mut Portal,
    index: usize,
    given: &DepositDocument,
    main: bool,
) -> Result<Document, DepositError> {
    let sources = [
        given.contenu.is_some(),
        given.taille.is_some(),
        given.generated.is_some(),
    ];
    if sources.into_iter().filter(|there| *there).count() > 1 {
        return Err(DepositError::TwoSources(index));
    }
    let default_name = if main {
        "facture.pdf".to_owned()
    } else {
        format!("piece_{index}.pdf")
    };
    let nom = given.nom_pj.clone().unwrap_or(default_name);
    let id = portal.next_event_id() * 100;
    let content = match (&given.contenu, given.taille, given.generated) {
        (Some(text), ..) => {
            let bytes = STANDARD
                .decode(text)
                .map_err(|error| DepositError::Base64 {
                    index,
                    reason: error.to_string(),
                })?;
            Content::Bytes(bytes.into())
        }
        (_, Some(size), _) => Content::Filler(Filler::new(
            size,
            id.unsigned_abs(),
            nom.to_lowercase().ends_with(".pdf"),
        )),
        (.., Some(Generated::FacturX)) => Content::FacturX,
        (.., Some(Generated::Cii)) => Content::Cii,
        (.., Some(Generated::Ubl)) => Content::Ubl,
        (.., Some(Generated::Pdf)) => Content::InvoicePdf,
        (.., None) if main => Content::InvoicePdf,
        (.., None) => Content::AnnexPdf(nom.clone()),
    };
    let type_pj = given.type_pj.unwrap_or(if main {
        TypePj::Principale
    } else {
        TypePj::Complementaire
    });
    let default_category = match (type_pj, &content) {
        (TypePj::Principale, Content::Cii | Content::Ubl) => "Facture XML",
        (TypePj::Principale, _) => "Facture PDF",
        _ => "Pièce jointe standard",
    };
    let mut document = Document::new(
        id,
        nom,
        type_pj,
        given.categorie_pj.as_deref().unwrap_or(default_category),
        content,
    );
    document.defect = given.defect;
    if let Some(mime) = &given.mime_type_pj {
        document.mime.clone_from(mime);
    }
    Ok(document)
}
