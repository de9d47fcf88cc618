//! Generated invoices.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::dates;
use crate::documents::{Content, Document, TypePj, fit_name};
use crate::state::{
    HistoStatut, Invoice, Kind, Ligne, Montants, Portal, Renvoi, Structure, Supplier, Tva,
};
use crate::statuts;

/// When a generated invoice comes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    /// Some time before the start; `step` is the distance to the next one.
    Past {
        made_available: Timestamp,
        step: SignedDuration,
    },
    /// At the present instant.
    Now,
}

/// How an invoice was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Pdf,
    FacturX,
    CiiWithPdf,
    UblWithPdf,
    /// Since the reform: the structured duplicate is the main document, the readable PDF a complementary one.
    Duplicata,
}

const GOODS: [(&str, &str); 12] = [
    ("Ramettes de papier A4 80 g", "C62"),
    ("Électricité, heures pleines", "KWH"),
    ("Prestation de nettoyage des locaux", "HUR"),
    ("Enrobé à chaud 0/10", "TNE"),
    ("Abonnement logiciel – 12 mois", "MON"),
    ("Gants d'examen nitrile (boîte de 100)", "C62"),
    ("Transport scolaire, circuit n° 4", "KMT"),
    ("Maintenance préventive d'un scanner", "C62"),
    ("Ouvrages de référence & manuels", "C62"),
    ("Étude de faisabilité <phase 1>", "DAY"),
    ("Repas livrés en liaison froide", "C62"),
    ("Location de nacelle", "DAY"),
];
const ANNEXES: [(&str, &str, &str); 7] = [
    ("bon_livraison.pdf", "Bon de livraison", "Bon de livraison"),
    (
        "Bon de commande n°12.pdf",
        "Bon de commande",
        "Bon de commande",
    ),
    (
        "RIB été 2026.pdf",
        "Document annexe",
        "Relevé d'identité bancaire",
    ),
    (
        "attestation (vigilance) & assurance.pdf",
        "Document annexe",
        "Attestation de vigilance",
    ),
    (
        "PV_reception.pdf",
        "Pièce jointe standard",
        "Procès-verbal de réception",
    ),
    ("bordereau.pdf", "Bordereau de suivi", "Bordereau de suivi"),
    (
        "détail des heures.pdf",
        "Document annexe",
        "Détail des heures",
    ),
];
const WORKS: [(&str, &str); 4] = [
    (
        "PROJET_DECOMPTE_MENSUEL",
        "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR",
    ),
    ("ETAT_ACOMPTE_VALIDE", "A19_ETAT_ACOMPTE_VALIDE_MOA"),
    (
        "PROJET_DECOMPTE_FINAL",
        "A7_PROJET_DECOMPTE_FINAL_FOURNISSEUR",
    ),
    ("DECOMPTE_GENERAL", "A20_DECOMPTE_GENERAL_MOA"),
];

fn pick<T: Copy>(rng: &mut ChaCha8Rng, list: &[T], default: T) -> T {
    list.get(rng.random_range(0..list.len().max(1)))
        .copied()
        .unwrap_or(default)
}

/// Generates the invoice number `index`, addressed to the establishments in turn, at MISE_A_DISPOSITION.
pub(crate) fn generate(portal: &mut Portal, index: usize, moment: Moment) -> Invoice {
    let id = portal.next_invoice_id();
    let (deposited, available) = (portal.next_event_id(), portal.next_event_id());
    let first_document = portal.next_event_id() * 100;
    let now = portal.clock.now();
    let destinataire = portal
        .structures
        .get(index % portal.structures.len().max(1))
        .cloned();
    let fournisseur = portal
        .suppliers
        .get(portal.rng.random_range(0..portal.suppliers.len().max(1)))
        .cloned();
    // The data set always has both: a portal without them could hold no invoice.
    let destinataire = destinataire.unwrap_or_else(|| Arc::new(nowhere()));
    let fournisseur = fournisseur.unwrap_or_else(|| Arc::new(nobody()));
    let rng = &mut portal.rng;
    let (depose_le, etat_courant_le) = instants(rng, moment, now);
    let works = rng.random_bool(0.08);
    let credit = !works && rng.random_bool(0.06);
    let shape = shape_of(rng, works, credit, &fournisseur);
    let numero = number(rng, index);
    let lignes = lines(rng, shape, works);
    let tvas = taxes(&lignes, shape);
    let (type_facture_travaux, cadre) = if works {
        let (kind, cadre) = pick(
            rng,
            &WORKS,
            (
                "PROJET_DECOMPTE_MENSUEL",
                "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR",
            ),
        );
        (Some(kind.to_owned()), cadre)
    } else {
        (
            None,
            pick(
                rng,
                &[
                    "A1_FACTURE_FOURNISSEUR",
                    "A1_FACTURE_FOURNISSEUR",
                    "A1_FACTURE_FOURNISSEUR",
                    "A9_FACTURE_SOUSTRAITANT",
                ],
                "A1_FACTURE_FOURNISSEUR",
            ),
        )
    };
    let active: Vec<i64> = destinataire
        .services
        .iter()
        .filter(|service| service.actif)
        .map(|service| service.id)
        .collect();
    let id_service = (!rng.random_bool(0.15))
        .then(|| pick(rng, &active, 0))
        .filter(|id| *id != 0);
    let documents = documents(rng, shape, index, &numero, &fournisseur, first_document);
    let histo = |id, code: &str, le| HistoStatut {
        id,
        code: code.to_owned(),
        le,
        commentaire: None,
        par: None,
    };
    Invoice {
        id,
        kind: if works {
            Kind::FactureTravaux
        } else {
            Kind::Facture
        },
        type_facture: if credit { "AVOIR" } else { "FACTURE" },
        type_facture_travaux,
        numero_origine: credit.then(|| format!("FAC26-{:05}", index.saturating_sub(1))),
        cadre: cadre.to_owned(),
        id_service,
        id_service_depose: id_service,
        moa: works
            .then(|| Arc::clone(&destinataire))
            .filter(|structure| structure.est_moa),
        moe: None,
        destinataire,
        fournisseur,
        date_facture: dates::day_of(depose_le).saturating_sub(rng.random_range(1..20).days()),
        depose_le,
        devise: "EUR".to_owned(),
        montants: totals(&tvas),
        numero_marche: rng
            .random_bool(0.3)
            .then(|| format!("M26-{:04}", rng.random_range(1..2000))),
        numero_bon_commande: rng
            .random_bool(0.6)
            .then(|| format!("24{:08}", rng.random_range(1..100_000_000))),
        mode_depot: match shape {
            Shape::Pdf | Shape::FacturX => pick(
                rng,
                &["DEPOT_PDF_API", "DEPOT_PDF_PORTAIL"],
                "DEPOT_PDF_API",
            ),
            _ => "EDI_XML_STRUCT",
        },
        commentaire_fournisseur: rng
            .random_bool(0.1)
            .then(|| "Merci de régler à réception".to_owned()),
        // A bare PDF has totals only.
        lignes: if shape == Shape::Pdf {
            Vec::new()
        } else {
            lignes
        },
        tvas,
        documents,
        statut: statuts::MISE_A_DISPOSITION.to_owned(),
        etat_courant_le,
        commentaire: None,
        numero_dp_mandat: None,
        telechargee: false,
        historique: vec![
            histo(deposited, statuts::DEPOSEE, depose_le),
            histo(available, statuts::MISE_A_DISPOSITION, etat_courant_le),
        ],
        actions: Vec::new(),
        renvoi: Renvoi::Non,
        pivot_tronque: false,
        numero,
    }
}

fn instants(rng: &mut ChaCha8Rng, moment: Moment, now: Timestamp) -> (Timestamp, Timestamp) {
    match moment {
        Moment::Now => {
            let now = dates::to_millisecond(now);
            (now, now)
        }
        Moment::Past {
            made_available,
            step,
        } => {
            let jitter = SignedDuration::from_millis(
                rng.random_range(0..i64::try_from(step.as_millis()).unwrap_or(1).max(1)),
            );
            let available = made_available.checked_add(jitter).unwrap_or(made_available);
            let before = SignedDuration::from_millis(rng.random_range(900..1_500_000));
            let deposited = available.checked_sub(before).unwrap_or(available);
            (
                dates::to_millisecond(deposited),
                dates::to_millisecond(available),
            )
        }
    }
}

fn shape_of(rng: &mut ChaCha8Rng, works: bool, credit: bool, supplier: &Supplier) -> Shape {
    // A foreign supplier's structured invoice would need a reverse charge: those stay on paper.
    if works || supplier.pays != "FR" {
        return Shape::Pdf;
    }
    match rng.random_range(0..100) {
        0..50 => Shape::Pdf,
        50..68 => Shape::FacturX,
        68..82 => Shape::CiiWithPdf,
        82..92 if !credit => Shape::UblWithPdf,
        _ => Shape::Duplicata,
    }
}

/// At most 20 characters, unique by `index`, in the styles that suppliers use.
fn number(rng: &mut ChaCha8Rng, index: usize) -> String {
    match rng.random_range(0..10) {
        0 => format!("2026/11-{index:05}"),
        1 => format!("F {index:06}"),
        2 => format!("{}", 20_260_000_000_u64 + index as u64),
        3 => format!("fa_2026.{index:05}"),
        _ => format!("FAC26-{index:05}"),
    }
}

fn lines(rng: &mut ChaCha8Rng, shape: Shape, works: bool) -> Vec<Ligne> {
    // A PDF's amounts may have six decimals; EN 16931 allows two.
    let decimals = if shape == Shape::Pdf && rng.random_bool(0.3) {
        6
    } else {
        2
    };
    let count = rng.random_range(1..=5);
    let rates = [
        Decimal::from(20),
        Decimal::from(20),
        Decimal::from(20),
        Decimal::from(10),
        Decimal::new(55, 1),
        Decimal::new(21, 1),
    ];
    (0..count)
        .map(|_| {
            let (denomination, unite) = pick(rng, &GOODS, ("Fourniture", "C62"));
            let quantite = if unite == "C62" {
                Decimal::from(rng.random_range(1..60))
            } else {
                Decimal::new(rng.random_range(5..4000), 1)
            };
            let scale = rng.random_range(2..=6_u32);
            let cents = rng.random_range(15..if works { 900_000 } else { 25_000 });
            let prix_unitaire = (Decimal::new(cents, 2)
                + Decimal::new(rng.random_range(0..10_000), 6))
            .trunc_with_scale(scale)
            .normalize();
            let montant_ht = round(prix_unitaire * quantite, decimals);
            Ligne {
                denomination: denomination.to_owned(),
                quantite,
                unite,
                prix_unitaire,
                montant_ht,
                taux_tva: pick(rng, &rates, Decimal::from(20)),
            }
        })
        .collect()
}

fn round(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

fn taxes(lignes: &[Ligne], shape: Shape) -> Vec<Tva> {
    let mut tvas: Vec<Tva> = Vec::new();
    for ligne in lignes {
        match tvas.iter_mut().find(|tva| tva.taux == ligne.taux_tva) {
            Some(tva) => tva.base_ht += ligne.montant_ht,
            None => tvas.push(Tva {
                taux: ligne.taux_tva,
                base_ht: ligne.montant_ht,
                montant: Decimal::ZERO,
            }),
        }
    }
    for tva in &mut tvas {
        let decimals = if shape == Shape::Pdf && tva.base_ht.normalize().scale() > 2 {
            6
        } else {
            2
        };
        tva.montant = round(tva.base_ht * tva.taux / Decimal::ONE_HUNDRED, decimals);
    }
    tvas
}

/// Totals of the VAT lines.
pub(crate) fn totals(tvas: &[Tva]) -> Montants {
    let ht: Decimal = tvas.iter().map(|tva| tva.base_ht).sum();
    let ttc = ht + tvas.iter().map(|tva| tva.montant).sum::<Decimal>();
    Montants {
        ht,
        ttc,
        a_payer: ttc,
    }
}

/// `FAC38947246500027FAC19-2512.pdf`, without the characters that a file name cannot have.
fn main_name(supplier: &Supplier, numero: &str, extension: &str) -> String {
    let numero: String = numero
        .chars()
        .map(|c| {
            if matches!(c, '/' | '\\' | ':') {
                '_'
            } else {
                c
            }
        })
        .collect();
    fit_name(&format!("FAC{}{numero}.{extension}", supplier.identifiant))
}

fn documents(
    rng: &mut ChaCha8Rng,
    shape: Shape,
    index: usize,
    numero: &str,
    supplier: &Supplier,
    first_id: i64,
) -> Vec<Document> {
    let mut ids = first_id..;
    let mut next = || ids.next().unwrap_or_default();
    let (xml, pdf) = (
        main_name(supplier, numero, "xml"),
        main_name(supplier, numero, "pdf"),
    );
    let main = TypePj::Principale;
    let other = TypePj::Complementaire;
    let mut documents = match shape {
        Shape::Pdf => vec![Document::new(
            next(),
            pdf,
            main,
            "Facture PDF",
            Content::InvoicePdf,
        )],
        Shape::FacturX => vec![Document::new(
            next(),
            pdf,
            main,
            "Facture PDF",
            Content::FacturX,
        )],
        Shape::CiiWithPdf | Shape::UblWithPdf => {
            let content = if shape == Shape::UblWithPdf {
                Content::Ubl
            } else {
                Content::Cii
            };
            vec![
                Document::new(next(), xml, main, "Facture XML", content),
                Document::new(
                    next(),
                    "PJ00_facture.pdf",
                    other,
                    "Facture PDF",
                    Content::InvoicePdf,
                ),
            ]
        }
        Shape::Duplicata => vec![
            Document::new(next(), xml, main, "DUPLICATA_FACTUR-X", Content::Cii),
            Document::new(
                next(),
                format!("PJ00{pdf}").chars().take(50).collect::<String>(),
                other,
                "Facture PDF",
                Content::FacturX,
            ),
        ],
    };
    // AIFE's own sample: a space at the end of NomPJ that the ZIP entry does not have.
    if index % 23 == 7
        && let Some(first) = documents.first_mut()
        && first.nom.chars().count() < 50
    {
        first.nom_dans_zip = Some(first.nom.clone());
        first.nom.push(' ');
    }
    // A few invoices carry a whole file of documents.
    let annexes = if index % 97 == 13 {
        24
    } else {
        rng.random_range(0..10_usize).saturating_sub(6)
    };
    for number in 0..annexes {
        let (nom, categorie, title) =
            pick(rng, &ANNEXES, ("annexe.pdf", "Document annexe", "Annexe"));
        // Names may repeat inside one invoice.
        let content = Content::AnnexPdf(format!("{title} n° {}", number + 1));
        documents.push(Document::new(next(), nom, other, categorie, content));
    }
    documents
}

fn nowhere() -> Structure {
    Structure {
        id: 0,
        siret: "00000000000000".to_owned(),
        designation: String::new(),
        adresse: crate::state::Adresse {
            id: 0,
            detail: String::new(),
            code_postal: String::new(),
            ville: String::new(),
        },
        services: Vec::new(),
        est_moa: false,
        payment_delay_days: 30,
        password_expires: jiff::civil::Date::MAX,
    }
}

fn nobody() -> Supplier {
    Supplier {
        id: 0,
        type_identifiant: "SIRET".to_owned(),
        identifiant: "00000000000000".to_owned(),
        designation: String::new(),
        pays: "FR".to_owned(),
        tva: String::new(),
        adresse: crate::state::Adresse {
            id: 0,
            detail: String::new(),
            code_postal: String::new(),
            ville: String::new(),
        },
        iban: String::new(),
        banque: String::new(),
    }
}
