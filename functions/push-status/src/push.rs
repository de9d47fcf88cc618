//! The calls to the portal for one command, and what an unclear end means.
//!
//! `traiter/recue` is never sent again before `consulter/historique` has said that the first time had no effect: a status set twice
//! leaves a second line in the invoice's history, and a second e-mail at the supplier's.

use chorus_pro::{
    Account, Effect, Error,
    factures::{ConsulterHistorique, HistoStatut, TraiterRecue},
};
use invoice::statut::{Constat, Statut, Step, constater};
use jiff::{Timestamp, civil::Date};
use messages::{Etape, Reason, Resultat};

/// "Incohérence au niveau du statut d'origine ou de destination de la facture": somebody got there first, or the way is closed.
const INCOHERENCE: i64 = 20002;

/// How often a step is sent at most within one attempt: once, and once more when the history says that the first had no effect.
const SENDS: u32 = 2;

/// One invoice on the portal.
#[derive(Debug)]
pub struct Portail<'a> {
    /// The API as the establishment's technical account.
    pub account: &'a Account,
    /// The invoice.
    pub id_facture: i64,
    /// A moment by the portal's clock before the command was first attempted: whatever it has set, it has set since.
    pub since: Timestamp,
}

/// A status that the history shows since the command was first attempted, and the comment on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pose {
    /// The status.
    pub statut: Statut,
    /// The reason or comment, as the history has it.
    pub commentaire: Option<String>,
}

/// What the portal shows of the invoice now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Its status; `None` when the history has none.
    pub statut: Option<Statut>,
    /// How many times it has been suspended.
    pub suspensions: usize,
    /// What was set since the command was first attempted, whoever set it.
    pub poses: Vec<Pose>,
}

impl Present {
    /// Whether the history shows this status as the command would have set it. The invoice may have moved on since: then its present
    /// status alone would not say that the command has done its work.
    #[must_use]
    pub fn shows(&self, target: &Statut, motif: Option<&str>) -> bool {
        let same_reason = |pose: &Pose| match (pose.commentaire.as_deref(), motif) {
            (Some(shown), Some(motif)) => motif.trim().starts_with(shown.trim_end_matches('…')),
            _ => true,
        };
        let mut poses = self.poses.iter();
        poses.any(|pose| pose.statut == *target && same_reason(pose))
    }
}

/// The steps that were carried out, and how they ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Each step with its result; those after a refusal are not tried.
    pub etapes: Vec<Etape>,
    /// The status on the portal at the end, as far as it is known.
    pub statut: Option<Statut>,
    /// Why the portal refused; `None` when every wish is met.
    pub refus: Option<Reason>,
    /// What should be known although every wish is met.
    pub remarque: Option<Reason>,
}

enum StepEnd {
    Set(Option<Date>),
    Met(Constat),
    Refused {
        reason: Reason,
        present: Option<Statut>,
    },
}

impl Portail<'_> {
    /// What the portal's history says now.
    ///
    /// # Errors
    /// The portal cannot be asked: the command waits.
    pub async fn present(&self) -> Result<Present, Error> {
        let history = self
            .account
            .consulter_historique(&ConsulterHistorique::new(self.id_facture))
            .await?;
        let suspended =
            |s: &&&HistoStatut| s.histo_statut_code == Some(chorus_pro::Statut::Suspendue);
        let pose = |s: &&HistoStatut| {
            Some(Pose {
                statut: Statut::from(s.histo_statut_code.as_ref()?.as_str()),
                commentaire: s.histo_statut_commentaire.clone(),
            })
            .filter(|_| s.au_plus_tard() >= Some(self.since))
        };
        Ok(Present {
            poses: history.statuts().iter().filter_map(pose).collect(),
            statut: history.statut_courant().map(|s| Statut::from(s.as_str())),
            suspensions: history.statuts().iter().filter(suspended).count(),
        })
    }

    /// What the portal says can be asked for from a status.
    ///
    /// # Errors
    /// The portal cannot be asked, or does not answer this: the table decides then.
    pub async fn possibles(&self, depuis: &Statut) -> Result<Vec<Statut>, Error> {
        let answer = self
            .account
            .etats_traitement(chorus_pro::Statut::from(depuis.code()))
            .await?;
        Ok(answer.iter().map(|s| Statut::from(s.as_str())).collect())
    }

    /// Sends the steps in order and stops at the first refusal.
    ///
    /// # Errors
    /// The end is not known, or nothing could be sent: the command waits, and its next attempt reads the history first.
    pub async fn carry_out(&self, steps: &[Step]) -> Result<Carried, Error> {
        let mut carried = Carried {
            etapes: Vec::new(),
            statut: None,
            refus: None,
            remarque: None,
        };
        for step in steps {
            if carried.refus.is_some() {
                carried
                    .etapes
                    .push(etape(&step.target, Resultat::NonTente, None));
                continue;
            }
            match self.send(step).await? {
                StepEnd::Set(date) => {
                    carried
                        .etapes
                        .push(etape(&step.target, Resultat::Applique, date));
                    carried.statut = Some(step.target.clone());
                }
                StepEnd::Met(constat) => {
                    let (resultat, present) = met(&constat, &step.target);
                    carried.etapes.push(etape(&step.target, resultat, None));
                    carried.statut = Some(present);
                    carried.remarque = Some(Reason {
                        code: code(resultat).to_owned(),
                        message: constat.phrase(),
                    });
                }
                StepEnd::Refused { reason, present } => {
                    carried
                        .etapes
                        .push(etape(&step.target, Resultat::Refuse, None));
                    carried.statut = present.or(carried.statut);
                    carried.refus = Some(reason);
                }
            }
        }
        Ok(carried)
    }

    async fn send(&self, step: &Step) -> Result<StepEnd, Error> {
        let mut request = TraiterRecue::new(
            self.id_facture,
            chorus_pro::Statut::from(step.target.code()),
        );
        request.motif.clone_from(&step.motif);
        request.numero_dp_mandat.clone_from(&step.numero_dp_mandat);
        let mut sends = 0;
        loop {
            sends += 1;
            let error = match self.account.traiter_recue(&request).await {
                Ok(done) => return Ok(StepEnd::Set(done.date_traitement)),
                Err(error) => error,
            };
            if let Some((code, libelle)) = error.refusal() {
                return self.refused(step, code, libelle).await;
            }
            if error.effect() != Effect::Unclear {
                return Err(error);
            }
            tracing::warn!(
                event = "push.unclear",
                idFacture = self.id_facture,
                nouveauStatut = step.target.code(),
                error = lambda_kit::chain(&error),
                "the portal may have applied the status: the history decides"
            );
            let shown = self.present().await?;
            let constat = shown
                .statut
                .as_ref()
                .map(|present| constater(&step.target, present));
            match constat {
                Some(Constat::Satisfait) => return Ok(StepEnd::Set(None)),
                Some(constat @ Constat::Depasse { .. }) => return Ok(StepEnd::Met(constat)),
                _ if shown.shows(&step.target, step.motif.as_deref()) => {
                    return Ok(StepEnd::Set(None));
                }
                _ if sends < SENDS => {}
                _ => return Err(error),
            }
        }
    }

    async fn refused(&self, step: &Step, code: i64, libelle: &str) -> Result<StepEnd, Error> {
        let reason = |message: String| Reason {
            code: format!("CHORUS_{code}"),
            message,
        };
        if code != INCOHERENCE {
            let message = format!("Chorus Pro refuse le statut {} : {libelle}", step.target);
            return Ok(StepEnd::Refused {
                reason: reason(message),
                present: None,
            });
        }
        let Some(present) = self.present().await?.statut else {
            let message = format!(
                "Chorus Pro refuse le statut {} : {libelle} Vérifiez la facture sur le portail.",
                step.target
            );
            return Ok(StepEnd::Refused {
                reason: reason(message),
                present: None,
            });
        };
        let constat = constater(&step.target, &present);
        if constat.est_honore() {
            return Ok(StepEnd::Met(constat));
        }
        let message = format!(
            "Chorus Pro refuse le statut {} : {libelle} {}",
            step.target,
            constat.phrase()
        );
        Ok(StepEnd::Refused {
            reason: reason(message),
            present: Some(present),
        })
    }
}

/// A step with its result.
#[must_use]
pub fn etape(target: &Statut, resultat: Resultat, date_traitement: Option<Date>) -> Etape {
    Etape {
        nouveau_statut: target.code().to_owned(),
        resultat,
        date_traitement,
    }
}

fn met(constat: &Constat, target: &Statut) -> (Resultat, Statut) {
    match constat {
        Constat::Depasse { present } | Constat::Contrarie { present } => {
            (Resultat::Depasse, present.clone())
        }
        Constat::Satisfait => (Resultat::DejaFait, target.clone()),
    }
}

/// The stable name of a wish that was met without us.
#[must_use]
pub fn code(resultat: Resultat) -> &'static str {
    match resultat {
        Resultat::Depasse => "STATUT_DEPASSE",
        _ => "STATUT_DEJA_ATTEINT",
    }
}
