//! Who sells and who buys: SIRET, SIREN, VAT number, and whether they speak of the same company.

use super::rule::{Check, Judge, Rule};
use super::verdict::Verdict;
use super::{Context, RefusalCode};
use crate::model::{Identifier, Invoice, Party};

pub(super) const CHECKS: &[Check] = &[
    Check {
        rule: Rule {
            id: "RELAIS-SIRET",
            source: "INSEE, répertoire Sirene : clé de Luhn, exception de La Poste",
            looks_at: "le SIRET du vendeur (BT-29, BT-30) a 14 chiffres et une clé juste",
        },
        judge: Judge::One(seller_siret),
    },
    Check {
        rule: Rule {
            id: "RELAIS-SIREN",
            source: "INSEE, répertoire Sirene : clé de Luhn",
            looks_at: "le SIREN du vendeur (BT-30) a 9 chiffres et une clé juste",
        },
        judge: Judge::One(seller_siren),
    },
    Check {
        rule: Rule {
            id: "RELAIS-TVA-CLE",
            source: "article 286 ter du CGI ; clé : (12 + 3 x (SIREN mod 97)) mod 97",
            looks_at: "le numéro de TVA français du vendeur (BT-31) a la bonne forme et la bonne clé",
        },
        judge: Judge::One(seller_vat_key),
    },
    Check {
        rule: Rule {
            id: "RELAIS-IDENTITE",
            source: "Relais",
            looks_at: "le SIRET (BT-29), le SIREN (BT-30) et le numéro de TVA (BT-31) du vendeur désignent la même entreprise",
        },
        judge: Judge::One(seller_is_one_company),
    },
    Check {
        rule: Rule {
            id: "BR-FR-CPRO-09",
            source: "XP Z12-012 annexe A, règles Chorus Pro",
            looks_at: "un vendeur identifié par son SIREN donne aussi son SIRET",
        },
        judge: Judge::One(seller_gives_a_siret),
    },
    Check {
        rule: Rule {
            id: "BR-FR-CPRO-10",
            source: "XP Z12-012 annexe A, règles Chorus Pro",
            looks_at: "l'acheteur est désigné par un SIRET (BT-46), juste, et celui qui a reçu la facture",
        },
        judge: Judge::One(buyer_siret),
    },
];

/// Whether the digits satisfy Luhn's formula. `false` for anything but digits.
fn luhn(digits: &str) -> bool {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, b)| {
            let digit = u32::from(b - b'0');
            let digit = if at % 2 == 1 { digit * 2 } else { digit };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a text is a SIREN: nine digits that satisfy Luhn's formula.
#[must_use]
pub fn is_siren(text: &str) -> bool {
    text.len() == 9 && luhn(text)
}

/// Whether a text is a SIRET: a SIREN and five digits, all of which satisfy Luhn's formula; for the establishments of La
/// Poste (SIREN 356000000), which are too many for it, the digits add up to a multiple of 5.
#[must_use]
pub fn is_siret(text: &str) -> bool {
    if text.len() != 14 || !text.get(..9).is_some_and(is_siren) {
        return false;
    }
    let la_poste = text.starts_with("356000000")
        && text.bytes().all(|b| b.is_ascii_digit())
        && text
            .bytes()
            .map(|b| u32::from(b - b'0'))
            .sum::<u32>()
            .is_multiple_of(5);
    la_poste || luhn(text)
}

/// The identifiers of a party, told by their form before their scheme: a SIRET under the scheme of the SIREN is common.
#[derive(Default)]
struct Known {
    sirets: Vec<String>,
    sirens: Vec<String>,
    /// What is declared to be a SIRET or a SIREN and has not its length.
    misshapen: Vec<String>,
    /// SIREN of a French VAT number.
    of_vat: Option<String>,
}

impl Known {
    fn of(party: &Party) -> Self {
        let mut known = Self::default();
        for identifier in party.identifiers.iter().chain(&party.legal_registration) {
            known.take(identifier);
        }
        let vat = party.vat_id.as_deref().map(compact);
        known.of_vat = vat
            .filter(|vat| vat.len() == 13 && vat.starts_with("FR"))
            .and_then(|vat| vat.get(4..).map(str::to_owned))
            .filter(|siren| siren.bytes().all(|b| b.is_ascii_digit()));
        known.sirets.dedup();
        known.sirens.dedup();
        known
    }

    fn take(&mut self, identifier: &Identifier) {
        let id = compact(&identifier.id);
        let digits = id.bytes().all(|b| b.is_ascii_digit());
        match (identifier.scheme.as_deref(), id.len()) {
            (None | Some("0002" | "0009" | "1" | "SIRET" | "SIREN"), 14) if digits => {
                self.sirets.push(id);
            }
            (None | Some("0002" | "0009" | "1" | "SIRET" | "SIREN"), 9) if digits => {
                self.sirens.push(id);
            }
            (Some("0002" | "0009" | "SIRET" | "SIREN"), _) => self.misshapen.push(id),
            _ => {}
        }
    }

    /// The SIREN of each identifier.
    fn all_sirens(&self) -> impl Iterator<Item = &str> {
        let of_sirets = self.sirets.iter().filter_map(|siret| siret.get(..9));
        of_sirets.chain(self.sirens.iter().map(String::as_str))
    }
}

fn compact(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_uppercase()
}

/// What names a supplier best in a duplicate key: its SIREN, or its VAT number, or its first identifier.
pub(super) fn supplier(party: &Party) -> Option<String> {
    let known = Known::of(party);
    known
        .all_sirens()
        .next()
        .map(str::to_owned)
        .or(known.of_vat.clone())
        .or_else(|| party.vat_id.as_deref().map(compact))
        .or_else(|| party.identifiers.first().map(|first| compact(&first.id)))
        .or_else(|| {
            party
                .legal_registration
                .as_ref()
                .map(|registration| compact(&registration.id))
        })
        .filter(|supplier| !supplier.is_empty())
}

/// Whether a party is established in France, as far as its address, VAT number, or SIRET tell.
pub(super) fn is_french(party: &Party) -> bool {
    if let Some(country) = party
        .address
        .as_ref()
        .and_then(|address| address.country.as_deref())
    {
        return country == "FR";
    }
    match party.vat_id.as_deref() {
        Some(vat) => compact(vat).starts_with("FR"),
        None => party
            .identifiers
            .iter()
            .any(|identifier| identifier.scheme.as_deref() == Some("0009")),
    }
}

fn seller_siret(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let known = Known::of(&invoice.seller);
    if let Some(wrong) = known.misshapen.first() {
        return Verdict::failed(
            RefusalCode::CreancierErr,
            format!(
                "L'identifiant {wrong} du vendeur est donné pour un SIRET (14 chiffres) ou un SIREN (9 chiffres) et en \
                 compte {} : vérifier de quel établissement vient la facture.",
                wrong.chars().count()
            ),
        );
    }
    let Some(first) = known.sirets.first() else {
        return Verdict::unknown("le vendeur ne donne pas de SIRET");
    };
    match known.sirets.iter().find(|siret| !is_siret(siret)) {
        Some(wrong) => Verdict::failed(
            RefusalCode::CreancierErr,
            format!(
                "Le SIRET {wrong} du vendeur n'existe pas (clé fausse, sans doute un chiffre mal saisi) : vérifier le \
                 tiers avant de mandater."
            ),
        ),
        None => Verdict::ok(format!("La clé du SIRET {first} du vendeur est juste.")),
    }
}

fn seller_siren(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let known = Known::of(&invoice.seller);
    let Some(first) = known.all_sirens().next() else {
        return Verdict::unknown("le vendeur ne donne ni SIREN ni SIRET");
    };
    match known.all_sirens().find(|siren| !is_siren(siren)) {
        Some(wrong) => Verdict::failed(
            RefusalCode::CreancierErr,
            format!(
                "Le SIREN {wrong} du vendeur n'existe pas (clé fausse) : vérifier le tiers avant de mandater."
            ),
        ),
        None => Verdict::ok(format!("La clé du SIREN {first} du vendeur est juste.")),
    }
}

fn seller_vat_key(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let Some(vat) = invoice.seller.vat_id.as_deref().map(compact) else {
        return Verdict::unknown("le vendeur ne donne pas de numéro de TVA");
    };
    let Some(rest) = vat.strip_prefix("FR") else {
        return Verdict::no_object("le numéro de TVA du vendeur n'est pas français");
    };
    let parts = rest
        .split_at_checked(2)
        .filter(|(_, siren)| siren.len() == 9 && siren.bytes().all(|b| b.is_ascii_digit()));
    let Some((key, siren)) = parts else {
        return Verdict::failed(
            RefusalCode::NonConforme,
            format!(
                "Le numéro de TVA {vat} du vendeur n'a pas la forme d'un numéro français (FR, une clé de 2 caractères, \
                 le SIREN) : demander une facture rectifiée."
            ),
        );
    };
    if !key.bytes().all(|b| b.is_ascii_digit()) {
        return Verdict::unknown("la clé du numéro de TVA du vendeur n'est pas faite de chiffres");
    }
    let expected = siren
        .parse::<u64>()
        .map(|siren| (12 + 3 * (siren % 97)) % 97);
    match (key.parse::<u64>(), expected) {
        (Ok(key), Ok(expected)) if key == expected => Verdict::ok(format!(
            "La clé du numéro de TVA {vat} du vendeur est juste."
        )),
        (_, Ok(expected)) => Verdict::failed(
            RefusalCode::NonConforme,
            format!(
                "La clé du numéro de TVA {vat} du vendeur est {key} alors que le SIREN {siren} donne {expected:02} : \
                 le vérifier auprès du fournisseur."
            ),
        ),
        (_, Err(_)) => Verdict::unknown("le numéro de TVA du vendeur n'est pas lisible"),
    }
}

/// The scheme of a company that belongs to a VAT group (assujetti unique): its VAT number is the group's.
const VAT_GROUP: &str = "0231";

fn seller_is_one_company(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let known = Known::of(&invoice.seller);
    let mut sirens: Vec<&str> = known.all_sirens().collect();
    let registered = sirens.len();
    sirens.extend(known.of_vat.as_deref());
    let Some(first) = sirens.first().copied() else {
        return Verdict::unknown(
            "le vendeur ne donne ni SIRET, ni SIREN, ni numéro de TVA français",
        );
    };
    if sirens.len() < 2 {
        return Verdict::unknown(
            "le vendeur ne donne qu'un identifiant, il n'y a rien à rapprocher",
        );
    }
    let Some(at) = sirens.iter().position(|siren| *siren != first) else {
        return Verdict::ok(format!(
            "Les identifiants du vendeur désignent la même entreprise, SIREN {first}."
        ));
    };
    let other = sirens.get(at).copied().unwrap_or_default();
    if at < registered {
        return Verdict::failed(
            RefusalCode::CreancierErr,
            format!(
                "Les identifiants du vendeur désignent deux entreprises, SIREN {first} et SIREN {other} : vérifier qui \
                 est le créancier avant de mandater."
            ),
        );
    }
    let in_group = invoice
        .seller
        .identifiers
        .iter()
        .any(|identifier| identifier.scheme.as_deref() == Some(VAT_GROUP));
    if in_group {
        return Verdict::ok(format!(
            "Le numéro de TVA porte le SIREN {other}, celui du groupe TVA dont le vendeur ({first}) se déclare membre."
        ));
    }
    Verdict::failed(
        RefusalCode::CreancierErr,
        format!(
            "Le vendeur a le SIREN {first} mais son numéro de TVA est celui du SIREN {other} : vérifier qui est le \
             créancier (un membre d'un groupe TVA facture sous le numéro du groupe et le mentionne)."
        ),
    )
}

fn seller_gives_a_siret(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let known = Known::of(&invoice.seller);
    match (known.sirets.first(), known.sirens.first()) {
        (Some(_), _) => Verdict::ok("Le vendeur donne son SIRET."),
        (None, Some(siren)) => Verdict::remark(format!(
            "Le vendeur ne donne que son SIREN ({siren}) et Chorus Pro demande un SIRET : retrouver l'établissement dans \
             la fiche du tiers."
        )),
        (None, None) => Verdict::unknown("le vendeur ne donne ni SIRET ni SIREN"),
    }
}

fn buyer_siret(invoice: &Invoice, context: &Context<'_>) -> Verdict {
    let known = Known::of(&invoice.buyer);
    if let Some(recipient) = context.recipient_siret {
        if known.sirets.iter().any(|siret| siret == recipient) {
            return Verdict::ok(format!(
                "La facture est bien adressée au SIRET {recipient}."
            ));
        }
        if let Some(other) = known.sirets.first() {
            return Verdict::failed(
                RefusalCode::DestErr,
                format!(
                    "La facture est adressée au SIRET {other} et a été reçue par le SIRET {recipient} : vérifier qui \
                     est l'acheteur avant de la traiter."
                ),
            );
        }
    }
    let Some(first) = known.sirets.first() else {
        let message = "La facture ne désigne pas l'acheteur par un SIRET (BT-46), ce que Chorus Pro demande : vérifier \
                       qu'elle est bien pour cet établissement.";
        return match invoice.buyer.is_empty() {
            true => Verdict::unknown("la facture ne dit rien de l'acheteur"),
            false => Verdict::failed(RefusalCode::SiretErr, message),
        };
    };
    if is_siret(first) {
        return Verdict::ok(format!(
            "L'acheteur est désigné par le SIRET {first}, dont la clé est juste."
        ));
    }
    Verdict::failed(
        RefusalCode::SiretErr,
        format!(
            "Le SIRET {first} de l'acheteur n'existe pas (clé fausse) : vérifier que la facture est pour cet établissement."
        ),
    )
}
