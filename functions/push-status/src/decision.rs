//! What stands for or against a command, without a call, and how an outcome is told.

use invoice::statut::{
    Avertissement, Commande, Contexte, Plan, Refus, Statut, Transitions, ViaPlateforme, verifier,
};
use jiff::Timestamp;
use messages::{
    CloudEvent, CommandIdentity, MessageError, Reason, SetStatus, Settlement, StatusRefused,
};

use crate::{fact, push::Present};

/// The answer to a command that cannot be read, but says whose it is.
pub(crate) fn unreadable(
    identity: &CommandIdentity,
    error: &MessageError,
    at: Timestamp,
) -> StatusRefused {
    let message = format!(
        "La commande n'est pas lisible ({error}) : corrigez-la et renvoyez-la avec un nouvel identifiant."
    );
    let settlement = bare(identity, at);
    StatusRefused {
        settlement,
        reason: Reason {
            code: "COMMANDE_ILLISIBLE".to_owned(),
            message,
        },
    }
}

pub(crate) fn warning(warning: &Avertissement) -> Reason {
    let code = serde_json::to_value(warning)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default();
    Reason {
        code,
        message: warning.to_string(),
    }
}

pub(crate) fn targets(command: &CloudEvent<SetStatus>) -> Vec<Statut> {
    let statuses = command.data.nouveau_statut.statuses();
    statuses.iter().map(|s| Statut::from(s.as_str())).collect()
}

/// Checks what is left of a command: all of it, or the steps that nobody has carried out yet.
pub(crate) fn verify(
    command: &CloudEvent<SetStatus>,
    targets: &[Statut],
    present: &Present,
    transitions: &Transitions,
) -> Result<Plan, Refus> {
    let SetStatus {
        motif,
        numero_dp_mandat,
        statut_actuel,
        insister,
        ..
    } = &command.data;
    let statut_suppose = statut_actuel.as_deref().map(Statut::from);
    let commande = Commande {
        targets,
        motif: motif.as_deref(),
        numero_dp_mandat: numero_dp_mandat.as_deref(),
        statut_suppose: statut_suppose.as_ref(),
        insister: *insister,
    };
    let contexte = Contexte {
        present: present.statut.as_ref(),
        via_plateforme: ViaPlateforme::Inconnu,
        suspensions: present.suspensions,
        transitions,
    };
    verifier(&commande, &contexte)
}

/// Whether a refusal may be wrong because the archive's last episode is not the portal's.
pub(crate) fn depends_on_the_present(refus: &Refus) -> bool {
    matches!(
        refus,
        Refus::TransitionImpossible { .. }
            | Refus::StatutActuelDifferent { .. }
            | Refus::SecondeSuspension
            | Refus::SuspensionApresMandatement
    )
}

pub(crate) fn settlement(
    command: &CloudEvent<SetStatus>,
    etapes: Vec<messages::Etape>,
    statut: Option<Statut>,
    at: Timestamp,
) -> Settlement {
    let SetStatus {
        motif,
        numero_dp_mandat,
        reference_erp,
        ..
    } = &command.data;
    Settlement {
        etapes,
        statut: statut.map(|s| s.code().to_owned()),
        motif: motif.clone(),
        numero_dp_mandat: numero_dp_mandat.clone(),
        reference_erp: reference_erp.clone(),
        ..bare(&identity(command), at)
    }
}

/// Who a command is from, by its own attributes.
pub(crate) fn identity(command: &CloudEvent<SetStatus>) -> CommandIdentity {
    CommandIdentity {
        id: command.id.clone(),
        source: command.source.clone(),
        siret: command.data.siret.clone(),
        id_facture: command.data.id_facture,
    }
}

/// The end of a command of which nothing is known but whose it is.
fn bare(identity: &CommandIdentity, at: Timestamp) -> Settlement {
    Settlement {
        command_id: identity.id.clone(),
        command_source: identity.source.clone(),
        siret: identity.siret.clone(),
        id_facture: identity.id_facture,
        numero_facture: None,
        etapes: Vec::new(),
        statut: None,
        date_heure_etat_courant: None,
        motif: None,
        motif_transmis: None,
        numero_dp_mandat: None,
        reference_erp: None,
        delai: None,
        date_traitement: at,
    }
}

pub(crate) fn refused(
    command: &CloudEvent<SetStatus>,
    etapes: Vec<messages::Etape>,
    statut: Option<Statut>,
    reason: Reason,
    at: Timestamp,
) -> fact::Outcome {
    StatusRefused {
        settlement: settlement(command, etapes, statut, at),
        reason,
    }
    .into()
}
