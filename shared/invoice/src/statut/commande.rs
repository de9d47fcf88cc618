//! The check of a status command of the ERP, before any call: what to send, in which order, or why not.
//!
//! Everything that can be known without the portal is decided here, so that a command which cannot succeed costs no
//! call and gets a sentence that a person can act on. What only the portal knows is left to the portal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Motif, Source, Statut, Transitions, Verdict, ViaPlateforme, transitions};

/// What the ERP asks for.
#[derive(Debug, Clone, Copy)]
pub struct Commande<'a> {
    /// The wanted statuses, one call each, in order.
    pub targets: &'a [Statut],
    /// The reason, whole.
    pub motif: Option<&'a str>,
    /// The number of the mandate or payment request.
    pub numero_dp_mandat: Option<&'a str>,
    /// The status that the ERP believes is current.
    pub statut_suppose: Option<&'a Statut>,
    /// Whether the ERP insists, having been told what stands against it.
    pub insister: bool,
}

/// What is known of the invoice.
#[derive(Debug, Clone, Copy)]
pub struct Contexte<'a> {
    /// The status on the portal; `None` when it is not known, and then the portal has to judge.
    pub present: Option<&'a Statut>,
    /// Whether the supplier invoices through an approved platform.
    pub via_plateforme: ViaPlateforme,
    /// How many times the invoice has been suspended so far (by its facts, or [`super::rattrapage::suspensions`]).
    pub suspensions: usize,
    /// Which transitions are possible.
    pub transitions: &'a Transitions,
}

/// One call of `traiter/recue`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// `nouveauStatut`.
    pub target: Statut,
    /// `motif`, fit for the wire.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub motif: Option<String>,
    /// `numeroDPMandat`: with `MANDATEE` only.
    #[serde(
        rename = "numeroDPMandat",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub numero_dp_mandat: Option<String>,
}

/// What to do for a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The calls to make, in order; stop at the first refusal. Empty: there is nothing left to do.
    pub steps: Vec<Step>,
    /// The targets that the invoice has reached or passed already.
    pub reached: Vec<Statut>,
    /// Whether the invoice has gone further than the last target.
    pub overtaken: bool,
    /// The whole reason, for the fact: the portal may get less of it.
    pub motif_integral: Option<String>,
    /// What the ERP's people should know although nothing stands against the command.
    pub warnings: Vec<Avertissement>,
}

impl Plan {
    /// Whether the command is fulfilled without any call.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Something to know about a command that goes out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, thiserror::Error,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Avertissement {
    /// The reason is longer than the portal takes.
    #[error(
        "Le motif dépasse 255 caractères : Chorus Pro en reçoit le début, le texte entier est conservé dans les preuves."
    )]
    MotifCoupe,
    /// A mandate number came with a command that does not set MANDATEE.
    #[error(
        "Le numéro de mandat n'est transmis qu'avec le statut MANDATEE : il n'a pas été envoyé."
    )]
    NumeroMandatIgnore,
    /// A_RECYCLER was asked for, and nobody knows how the invoice came.
    #[error(
        "Si le fournisseur facture par une plateforme agréée, il ne verra pas le statut A_RECYCLER : prévenez-le autrement."
    )]
    PlateformeInconnue,
    /// A second suspension went out because the command insists.
    #[error(
        "Seconde suspension : elle n'interrompt plus le délai de paiement (article R. 2192-27 du code de la commande publique)."
    )]
    SecondeSuspension,
    /// A suspension after the mandate went out because the command insists.
    #[error(
        "Suspension après mandatement : elle n'interrompt pas le délai de paiement (article R. 2192-27 du code de la commande publique)."
    )]
    SuspensionApresMandatement,
}

/// Why a command is not sent. [`Refus::code`] is stable, the text is a French sentence to act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refus {
    /// No target.
    #[error("La commande ne demande aucun statut : indiquez « nouveauStatut ».")]
    CommandeVide,
    /// The target is not a code of Chorus Pro.
    #[error(
        "« {cible} » n'est pas un statut de Chorus Pro : corrigez « nouveauStatut » (par exemple {exemple})."
    )]
    CibleInconnue {
        /// The target.
        cible: Statut,
        /// The nearest status that a recipient sets.
        exemple: Statut,
    },
    /// The target exists, but a recipient does not set it.
    #[error("Le destinataire d'une facture ne peut pas poser le statut « {} » ({cible}) : choisissez parmi {}.", cible.libelle(), liste(transitions::CIBLES))]
    CibleInterdite {
        /// The target.
        cible: Statut,
    },
    /// The portal demands a reason.
    #[error(
        "Le statut {cible} exige un motif lisible par le fournisseur : renseignez « motif » et renvoyez la commande."
    )]
    MotifManquant {
        /// The target that needs it.
        cible: Statut,
    },
    /// MANDATEE without the number of the mandate.
    #[error(
        "Le statut MANDATEE doit porter le numéro du mandat ou de la demande de paiement : renseignez « numeroDPMandat » et renvoyez la commande."
    )]
    NumeroMandatManquant,
    /// The supplier would never hear of it.
    #[error(
        "Le statut {cible} n'existe pas dans le circuit des plateformes agréées, par lequel cette facture est arrivée : le fournisseur ne le verrait jamais. Utilisez SUSPENDUE ou REJETEE, avec un motif."
    )]
    SansContrepartie {
        /// The target.
        cible: Statut,
    },
    /// The portal's rules do not lead from one to the other.
    #[error("Chorus Pro ne permet pas de passer de « {} » ({depuis}) à « {} » ({cible}). {}", depuis.libelle(), cible.libelle(), suite(depuis, possibles))]
    TransitionImpossible {
        /// The status before.
        depuis: Statut,
        /// The target.
        cible: Statut,
        /// What could be asked for instead.
        possibles: Vec<Statut>,
        /// Whether the portal itself said so, or the built-in table.
        origine: Origine,
    },
    /// The ERP decided on another status than the portal's.
    #[error("L'ERP a décidé sur le statut « {} » ({suppose}), mais la facture est « {} » ({present}) sur Chorus Pro : relisez-la, puis renvoyez la commande avec « statutActuel » à jour, ou sans lui.", suppose.libelle(), present.libelle())]
    StatutActuelDifferent {
        /// What the ERP believed.
        suppose: Statut,
        /// What the portal shows.
        present: Statut,
    },
    /// The law allows one interruption of the payment delay.
    #[error(
        "La facture a déjà été suspendue : l'article R. 2192-27 du code de la commande publique ne permet d'interrompre le délai de paiement qu'une seule fois. Une seconde suspension ne l'arrêterait pas ; pour la poser quand même, renvoyez la commande avec « insister »."
    )]
    SecondeSuspension,
    /// The law allows the interruption only before the mandate.
    #[error(
        "La facture est déjà mandatée : l'article R. 2192-27 du code de la commande publique ne permet d'interrompre le délai de paiement qu'avant l'ordonnancement. La suspension ne l'arrêterait pas ; pour la poser quand même, renvoyez la commande avec « insister »."
    )]
    SuspensionApresMandatement,
}

/// Who is behind [`Refus::TransitionImpossible`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origine {
    /// The portal, asked for what is possible.
    Portail,
    /// The built-in table.
    Table,
}

impl Refus {
    /// The stable code of the refusal, for the ERP to branch on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Refus::CommandeVide => "COMMANDE_VIDE",
            Refus::CibleInconnue { .. } => "CIBLE_INCONNUE",
            Refus::CibleInterdite { .. } => "CIBLE_INTERDITE",
            Refus::MotifManquant { .. } => "MOTIF_MANQUANT",
            Refus::NumeroMandatManquant => "NUMERO_MANDAT_MANQUANT",
            Refus::SansContrepartie { .. } => "SANS_CONTREPARTIE_PLATEFORME",
            Refus::TransitionImpossible { .. } => "TRANSITION_IMPOSSIBLE",
            Refus::StatutActuelDifferent { .. } => "STATUT_ACTUEL_DIFFERENT",
            Refus::SecondeSuspension => "SECONDE_SUSPENSION",
            Refus::SuspensionApresMandatement => "SUSPENSION_APRES_MANDATEMENT",
        }
    }
}

fn liste(statuts: &[Statut]) -> String {
    statuts
        .iter()
        .map(Statut::code)
        .collect::<Vec<_>>()
        .join(", ")
}

fn suite(depuis: &Statut, possibles: &[Statut]) -> String {
    if !possibles.is_empty() {
        return format!("Statuts possibles : {}.", liste(possibles));
    }
    match depuis {
        Statut::Suspendue => "La facture attend que le fournisseur la complète.".to_owned(),
        Statut::ARecycler => "La facture attend que le fournisseur la recycle.".to_owned(),
        Statut::Rejetee => {
            "Une facture rejetée est close : le fournisseur doit en déposer une autre.".to_owned()
        }
        Statut::MiseEnPaiement => "La facture est payée.".to_owned(),
        _ if depuis.est_du_circuit_travaux() => {
            "La facture est encore dans le circuit des marchés de travaux : la maîtrise d'œuvre et la maîtrise d'ouvrage y agissent sur Chorus Pro, et Relais n'y pose aucun statut. Attendez sa mise à disposition du destinataire, puis renvoyez la commande.".to_owned()
        }
        _ => "Le destinataire ne peut rien demander à ce statut.".to_owned(),
    }
}

/// Checks a command and lays out the calls it takes.
///
/// Targets that the invoice has reached or passed are left out, repeated ones are sent once; a `motif` goes with the
/// steps that demand one, or else with the last; the mandate number goes with `MANDATEE`.
///
/// # Errors
/// The first reason that stands against the command as a whole: nothing is sent of a command that cannot be carried out to its end.
pub fn verifier(commande: &Commande<'_>, contexte: &Contexte<'_>) -> Result<Plan, Refus> {
    let mut targets = commande.targets.to_vec();
    targets.dedup();
    if targets.is_empty() {
        return Err(Refus::CommandeVide);
    }
    for target in &targets {
        verifier_cible(target, contexte)?;
    }

    let deja = deja_atteintes(&targets, contexte.present);
    let restantes = targets.split_off(deja);
    let overtaken =
        restantes.is_empty() && contexte.present.is_some() && contexte.present != targets.last();
    let mut plan = Plan {
        reached: targets,
        overtaken,
        ..Plan::default()
    };
    if restantes.is_empty() {
        return Ok(plan);
    }

    let motif = commande.motif.and_then(Motif::lire);
    let numero = commande
        .numero_dp_mandat
        .map(str::trim)
        .filter(|numero| !numero.is_empty());
    verifier_forme(&restantes, motif.as_ref(), numero)?;
    verifier_statut_suppose(commande, contexte, &restantes)?;
    verifier_chemin(&restantes, contexte)?;
    verifier_suspension(commande, contexte, &restantes, &mut plan.warnings)?;
    remplir(&mut plan, contexte.via_plateforme, restantes, motif, numero);
    Ok(plan)
}

/// What the statuses themselves demand to come with them.
fn verifier_forme(
    restantes: &[Statut],
    motif: Option<&Motif>,
    numero: Option<&str>,
) -> Result<(), Refus> {
    if motif.is_none()
        && let Some(cible) = restantes.iter().find(|cible| cible.exige_un_motif())
    {
        return Err(Refus::MotifManquant {
            cible: cible.clone(),
        });
    }
    if numero.is_none() && restantes.contains(&Statut::Mandatee) {
        return Err(Refus::NumeroMandatManquant);
    }
    Ok(())
}

fn verifier_cible(cible: &Statut, contexte: &Contexte<'_>) -> Result<(), Refus> {
    let connue = transitions::CIBLES.contains(cible) || transitions::CIBLES_TRAVAUX.contains(cible);
    if connue || contexte.transitions.nomme(cible) {
        Ok(())
    } else if cible.est_connu() {
        Err(Refus::CibleInterdite {
            cible: cible.clone(),
        })
    } else {
        Err(Refus::CibleInconnue {
            cible: cible.clone(),
            exemple: plus_proche(cible.code()),
        })
    }
}

/// How many of the targets are behind the invoice already.
fn deja_atteintes(targets: &[Statut], present: Option<&Statut>) -> usize {
    let Some(present) = present else { return 0 };
    targets
        .iter()
        .rposition(|target| target == present)
        .map_or_else(
            || {
                targets
                    .iter()
                    .take_while(|target| present.depasse(target))
                    .count()
            },
            |place| place + 1,
        )
}

/// The ERP decided on a status that is no longer the portal's: that is harmless only while the invoice moved on
/// towards the wish; otherwise the decision was made on something else than what is there.
fn verifier_statut_suppose(
    commande: &Commande<'_>,
    contexte: &Contexte<'_>,
    restantes: &[Statut],
) -> Result<(), Refus> {
    let (Some(suppose), Some(present)) = (commande.statut_suppose, contexte.present) else {
        return Ok(());
    };
    let en_route = present.rang().is_some()
        && !suppose.depasse(present)
        && !suppose.attend_le_fournisseur()
        && restantes.iter().all(|cible| cible.depasse(present));
    if suppose == present || en_route || commande.insister {
        return Ok(());
    }
    Err(Refus::StatutActuelDifferent {
        suppose: suppose.clone(),
        present: present.clone(),
    })
}

fn verifier_chemin(restantes: &[Statut], contexte: &Contexte<'_>) -> Result<(), Refus> {
    let mut depuis = contexte.present;
    for cible in restantes {
        if let Some(depuis) = depuis
            && let Verdict::Impossible(source) = contexte.transitions.verdict(depuis, cible)
        {
            return Err(Refus::TransitionImpossible {
                depuis: depuis.clone(),
                cible: cible.clone(),
                possibles: contexte.transitions.possibles(depuis),
                origine: match source {
                    Source::Portail => Origine::Portail,
                    Source::Table(_) => Origine::Table,
                },
            });
        }
        if cible.reste_sans_reponse_via_plateforme()
            && contexte.via_plateforme == ViaPlateforme::Oui
        {
            return Err(Refus::SansContrepartie {
                cible: cible.clone(),
            });
        }
        depuis = Some(cible);
    }
    Ok(())
}

/// Code de la commande publique, art. R2192-27: one interruption only, and before the mandate only.
fn verifier_suspension(
    commande: &Commande<'_>,
    contexte: &Contexte<'_>,
    restantes: &[Statut],
    warnings: &mut Vec<Avertissement>,
) -> Result<(), Refus> {
    let Some(place) = restantes
        .iter()
        .position(|cible| *cible == Statut::Suspendue)
    else {
        return Ok(());
    };
    if contexte.suspensions > 0 {
        if !commande.insister {
            return Err(Refus::SecondeSuspension);
        }
        warnings.push(Avertissement::SecondeSuspension);
    }
    let avant = restantes.iter().take(place).chain(contexte.present);
    if avant
        .into_iter()
        .any(|statut| statut.rang() >= Statut::Mandatee.rang())
    {
        if !commande.insister {
            return Err(Refus::SuspensionApresMandatement);
        }
        warnings.push(Avertissement::SuspensionApresMandatement);
    }
    Ok(())
}

fn remplir(
    plan: &mut Plan,
    via: ViaPlateforme,
    restantes: Vec<Statut>,
    motif: Option<Motif>,
    numero: Option<&str>,
) {
    if numero.is_some() && !restantes.contains(&Statut::Mandatee) {
        plan.warnings.push(Avertissement::NumeroMandatIgnore);
    }
    if motif.as_ref().is_some_and(Motif::est_coupe) {
        plan.warnings.push(Avertissement::MotifCoupe);
    }
    if via == ViaPlateforme::Inconnu
        && restantes
            .iter()
            .any(Statut::reste_sans_reponse_via_plateforme)
    {
        plan.warnings.push(Avertissement::PlateformeInconnue);
    }
    let exige = restantes.iter().any(Statut::exige_un_motif);
    let derniere = restantes.len().saturating_sub(1);
    for (place, target) in restantes.into_iter().enumerate() {
        let porte_le_motif = target.exige_un_motif() || (!exige && place == derniere);
        plan.steps.push(Step {
            motif: motif
                .as_ref()
                .filter(|_| porte_le_motif)
                .map(|motif| motif.pour_le_portail().to_owned()),
            numero_dp_mandat: numero
                .filter(|_| target == Statut::Mandatee)
                .map(str::to_owned),
            target,
        });
    }
    plan.motif_integral = motif.map(|motif| motif.integral().to_owned());
}

/// The settable status that shares the longest beginning with a mistyped code.
fn plus_proche(code: &str) -> Statut {
    let majuscules = code.to_uppercase();
    let communs = |statut: &Statut| {
        statut
            .code()
            .chars()
            .zip(majuscules.chars())
            .take_while(|(a, b)| a == b)
            .count()
    };
    transitions::CIBLES
        .iter()
        .rev()
        .max_by_key(|statut| communs(statut))
        .cloned()
        .unwrap_or(Statut::ServiceFait)
}
