//! Establishments, their accounts, and their suppliers.

use std::sync::Arc;

use jiff::civil::Date;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::iban;
use crate::state::{Account, Adresse, Portal, Service, Structure, Supplier};

/// Fills the portal with its three establishments and their suppliers.
pub(super) fn fill(portal: &mut Portal) {
    let end = crate::dates::day_of(portal.clock.now()).saturating_add(jiff::Span::new().days(90));
    let structures = establishments(end);
    portal.accounts = structures
        .iter()
        .enumerate()
        .map(|(index, structure)| Account {
            login: format!("TECH_1_{}@cpro.fr", index + 1),
            password: format!("Demo:{}-motdepasse!", index + 1),
            structures: vec![structure.id],
            expired: false,
            may_modify: true,
        })
        .collect();
    portal.structures = structures.into_iter().map(Arc::new).collect();
    portal.suppliers = suppliers(&mut portal.rng)
        .into_iter()
        .map(Arc::new)
        .collect();
}

fn establishments(password_expires: Date) -> Vec<Structure> {
    let adresse = |id: i64, detail: &str, code_postal: &str, ville: &str| Adresse {
        id,
        detail: detail.to_owned(),
        code_postal: code_postal.to_owned(),
        ville: ville.to_owned(),
    };
    let service = |id: i64, code: Option<&str>, libelle: &str| Service {
        id,
        code: code.map(str::to_owned),
        libelle: libelle.to_owned(),
        actif: true,
        engagement_obligatoire: false,
    };
    vec![
        Structure {
            id: 25_784_152,
            siret: "00000000013456".to_owned(),
            designation: "MAIRIE D'EXEMPLE-SUR-LOIRE".to_owned(),
            adresse: adresse(
                142,
                "1 place de l'Hôtel-de-Ville",
                "45999",
                "EXEMPLE-SUR-LOIRE",
            ),
            services: vec![
                service(443, Some("COMPTABILITE"), "Service comptabilité"),
                service(
                    444,
                    Some("ST-VOIRIE"),
                    "Services techniques – voirie & espaces verts",
                ),
                service(445, None, "Service sans code"),
                service(446, Some("FACTURES_PUBLIQUES"), "Factures Publiques"),
            ],
            est_moa: true,
            payment_delay_days: 30,
            password_expires,
        },
        Structure {
            id: 25_784_153,
            siret: "00000000022226".to_owned(),
            designation: "UNIVERSITÉ D'EXEMPLE".to_owned(),
            adresse: adresse(143, "12 avenue des Sciences", "45998", "EXEMPLE"),
            services: vec![
                service(451, Some("AGENCE-COMPTABLE"), "Agence comptable"),
                service(452, Some("UFR-SCIENCES"), "UFR Sciences & Techniques"),
                service(453, Some("BU"), "Bibliothèque universitaire"),
                service(454, Some("FACTURES_PUBLIQUES"), "Factures Publiques"),
            ],
            est_moa: false,
            payment_delay_days: 30,
            password_expires,
        },
        Structure {
            id: 25_784_154,
            siret: "00000000039991".to_owned(),
            designation: "CENTRE HOSPITALIER D'EXEMPLE".to_owned(),
            adresse: adresse(144, "Boulevard de la Santé", "45997", "EXEMPLE"),
            services: vec![
                service(461, Some("PHARMACIE"), "Pharmacie à usage intérieur"),
                service(462, Some("TRAVAUX"), "Direction des travaux"),
                Service {
                    actif: false,
                    ..service(463, Some("ANCIEN"), "Service fermé")
                },
                service(464, Some("FACTURES_PUBLIQUES"), "Factures Publiques"),
            ],
            est_moa: true,
            payment_delay_days: 50,
            password_expires,
        },
    ]
}

fn suppliers(rng: &mut ChaCha8Rng) -> Vec<Supplier> {
    let known = [
        (
            "SIRET",
            "00000072900012",
            "PAPETERIE DU LOIRET",
            "FR",
            "8 rue des Écoles",
            "45999",
            "EXEMPLE",
        ),
        (
            "SIRET",
            "00000111500013",
            "BTP Dupré & Fils",
            "FR",
            "ZA des Grands-Champs",
            "45990",
            "CHANTIERS",
        ),
        (
            "SIRET",
            "00000112300017",
            "ÉLECTRICITÉ DE L'EXEMPLE (EDEX)",
            "FR",
            "1 quai de la Centrale",
            "45980",
            "LUMIÈRE",
        ),
        (
            "SIRET",
            "00000223800012",
            "L'Atelier du Numérique",
            "FR",
            "3 impasse du Code",
            "75999",
            "PARIS",
        ),
        (
            "SIRET",
            "00000334300019",
            "Laboratoires <Santé+>",
            "FR",
            "Parc Biocitech",
            "69999",
            "LYON",
        ),
        (
            "SIRET",
            "00000445700016",
            "Nettoyage \"Clair & Net\"",
            "FR",
            "27 rue Neuve",
            "44999",
            "NANTES",
        ),
        (
            "SIRET",
            "00000556100014",
            "SCOP Cœur de Ville",
            "FR",
            "2 cours Lafayette",
            "33999",
            "BORDEAUX",
        ),
        (
            "SIRET",
            "00000667600019",
            "Éditions de l'Œuvre",
            "FR",
            "14 rue du Livre",
            "67999",
            "STRASBOURG",
        ),
        (
            "SIRET",
            "00000778100016",
            "TRANSPORTS MARTIN",
            "FR",
            "Route de l'Exemple",
            "59999",
            "LILLE",
        ),
        (
            "SIRET",
            "00000889600011",
            "Imagerie Médicale Réunie",
            "FR",
            "5 allée des Ondes",
            "31999",
            "TOULOUSE",
        ),
        (
            "UE_HORS_FRANCE",
            "BE0999999922",
            "BUREAU D'ÉTUDES BRABANT SRL",
            "BE",
            "Chaussée d'Exemple 4",
            "1999",
            "BRUXELLES",
        ),
        (
            "HORS_UE",
            "CHE999999996",
            "Präzision Muster AG",
            "CH",
            "Musterstrasse 1",
            "8999",
            "ZÜRICH",
        ),
    ];
    known
        .into_iter()
        .enumerate()
        .map(
            |(index, (kind, identifiant, designation, pays, detail, code_postal, ville))| {
                Supplier {
                    id: 155_000
                        + i64::try_from(index).unwrap_or_default() * 7
                        + rng.random_range(0..7),
                    type_identifiant: kind.to_owned(),
                    identifiant: identifiant.to_owned(),
                    designation: designation.to_owned(),
                    pays: pays.to_owned(),
                    tva: vat_number(kind, identifiant),
                    adresse: Adresse {
                        id: 9_000 + i64::try_from(index).unwrap_or_default(),
                        detail: detail.to_owned(),
                        code_postal: code_postal.to_owned(),
                        ville: ville.to_owned(),
                    },
                    iban: iban::french(rng),
                    banque: "BANQUE FICTIVE".to_owned(),
                }
            },
        )
        .collect()
}

/// A supplier that only a deposited file knows.
pub(crate) fn stranger(
    rng: &mut ChaCha8Rng,
    id: i64,
    designation: &str,
    identifiant: Option<&str>,
    pays: Option<&str>,
) -> Supplier {
    let pays = pays.filter(|code| code.len() == 2).unwrap_or("FR");
    let identifiant = identifiant.map_or_else(|| format!("{id:014}"), str::to_owned);
    let is_siret = pays == "FR"
        && identifiant.len() == 14
        && identifiant.bytes().all(|byte| byte.is_ascii_digit());
    let kind = if is_siret { "SIRET" } else { "UE_HORS_FRANCE" };
    Supplier {
        id,
        type_identifiant: kind.to_owned(),
        tva: vat_number(kind, &identifiant),
        identifiant,
        designation: designation.to_owned(),
        pays: pays.to_owned(),
        adresse: Adresse {
            id: id + 1_000,
            detail: "Adresse inconnue".into(),
            code_postal: "99999".into(),
            ville: "AILLEURS".into(),
        },
        iban: iban::french(rng),
        banque: "BANQUE FICTIVE".to_owned(),
    }
}

/// The French VAT number of a SIREN: its key, then the SIREN. Elsewhere the identifier is one already.
fn vat_number(kind: &str, identifiant: &str) -> String {
    match (
        kind,
        identifiant
            .get(..9)
            .and_then(|siren| siren.parse::<u64>().ok()),
    ) {
        ("SIRET", Some(siren)) => format!("FR{:02}{siren:09}", (12 + 3 * (siren % 97)) % 97),
        _ => identifiant.to_owned(),
    }
}
