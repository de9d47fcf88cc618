//! One command from the queue to its outcome.
//!
//! A command that was read ends in exactly one outcome event, whose text is a fact in the archive before it is announced. What cannot
//! be answered (no id, no invoice, no establishment of ours) is put in the dead-letter queue with the reason.

use std::sync::{Arc, Mutex, PoisonError};

use archive::{BucketStore, StoreError, keys};
use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use invoice::statut::{
    Avertissement, Commande, Contexte, Plan, Refus, Statut, Transitions, ViaPlateforme, verifier,
};
use jiff::Timestamp;
use lambda_kit::{
    BoxError, Deadline, Failure, Invocation,
    batch::{Batch, DeadLetter, Outcome, Record},
    chain,
    config::{ConfigStore, Document, Establishment},
};
use messages::{
    CloudEvent, CommandIdentity, Message, MessageError, Reason, Resultat, SetStatus, Settlement,
    StatusApplied, StatusRefused,
    sqs::{self, DeadLetterQueue, ErpQueue},
};
use portal::Portal;

use crate::{
    config::Settings,
    fact::{self, Attempt, PushFact, Said},
    known::{Known, KnownError},
    push::{Carried, Portail, Present, code, etape},
};

/// What the handler works with, built once per process.
#[derive(Debug)]
pub struct Deps {
    config: ConfigStore,
    portal: Portal,
    archive: BucketStore,
    erp: ErpQueue,
    dead_letters: DeadLetterQueue,
    /// The table, and what the portal has said of it: asked once per process and status.
    transitions: Mutex<Transitions>,
}

impl Deps {
    /// Reads the configuration and builds the clients.
    ///
    /// # Errors
    /// The configuration cannot be read or used.
    pub async fn new(settings: Settings, sdk: &SdkConfig) -> Result<Self, BoxError> {
        let queues = aws_sdk_sqs::Client::new(sdk);
        Ok(Self {
            config: ConfigStore::load(settings.config, sdk).await?,
            portal: Portal::new(settings.calls_per_second),
            archive: BucketStore::new(aws_sdk_s3::Client::new(sdk), settings.archive_bucket),
            erp: ErpQueue::new(queues.clone(), settings.erp_queue_url),
            dead_letters: DeadLetterQueue::new(queues, settings.dead_letter_queue_url),
            transitions: Mutex::new(Transitions::table()),
        })
    }

    fn transitions(&self) -> Transitions {
        self.transitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, depuis: Statut, possibles: Vec<Statut>) {
        self.transitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retenir(depuis, possibles);
    }
}

/// A command waits: nothing is lost, it comes back from the queue.
#[derive(Debug, thiserror::Error)]
enum Later {
    #[error("the switch `push` of establishment {0} is off: its commands wait")]
    SwitchedOff(String),
    #[error("the portal could not be asked, or its answer is not known")]
    Portal(#[from] chorus_pro::Error),
    #[error("the archive could not be read or written")]
    Store(#[from] StoreError),
    #[error("the invoice could not be looked up in the archive")]
    Known(#[from] KnownError),
    #[error("the invoice has no place in the archive")]
    Key(#[from] keys::KeyError),
    #[error("the outcome could not be announced")]
    Announce(#[from] sqs::SqsError),
}

/// Handles a batch of commands, in order for each invoice.
///
/// # Errors
/// The batch is unusable as a whole, or every command of it failed.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<SqsEvent>,
) -> Result<SqsBatchResponse, Failure> {
    let document = deps.config.current().await;
    let deadline = invocation.deadline;
    let report = Batch::new(invocation.payload, deadline)?
        .each_in_order(
            async |record| one(deps, &document, record, deadline).await,
            async |record, dead| bury(deps, record, dead).await,
        )
        .await;
    report.count_on(&invocation.metrics);
    Ok(report.response_unless_all_failed()?)
}

async fn bury(deps: &Deps, record: &Record, dead: &DeadLetter) -> Result<(), BoxError> {
    let letter = sqs::DeadLetter {
        body: &record.body,
        reason: &dead.reason,
        error_class: dead.class,
        source_message_id: &record.message_id,
        group_id: record.group_id.as_deref(),
    };
    Ok(deps.dead_letters.put(letter).await?)
}

async fn one(
    deps: &Deps,
    document: &Arc<Document>,
    record: &Record,
    deadline: Deadline,
) -> Outcome {
    let (identity, command) = match CloudEvent::<SetStatus>::parse(&record.body) {
        Ok(command) => (identity(&command), Ok(command)),
        Err(error) => match CommandIdentity::of(&record.body) {
            Some(identity) => (identity, Err(error)),
            None => return Outcome::dead_letter(error.class(), error.to_string()),
        },
    };
    let Some(establishment) = document.establishment(&identity.siret) else {
        return Outcome::dead_letter(
            "command.unknown-establishment",
            format!(
                "no establishment with SIRET {} in the configuration of Relais: correct the command, or add the establishment and redrive",
                identity.siret
            ),
        );
    };
    let errand = Errand {
        deps,
        document,
        establishment,
        identity,
        deadline,
    };
    // Boxed: the compiler follows a chain of futures only so deep.
    match Box::pin(errand.run(command)).await {
        Ok(()) => Outcome::Done,
        Err(later) => Outcome::retry(later),
    }
}

fn identity(command: &CloudEvent<SetStatus>) -> CommandIdentity {
    CommandIdentity {
        id: command.id.clone(),
        source: command.source.clone(),
        siret: command.data.siret.clone(),
        id_facture: command.data.id_facture,
    }
}

/// The same for every attempt at a command, readable or not.
fn push_key(identity: &CommandIdentity) -> String {
    messages::event_id(SetStatus::TYPE, &[&identity.source, &identity.id])
}

/// A command that can be answered, on its way to its outcome.
struct Errand<'a> {
    deps: &'a Deps,
    document: &'a Arc<Document>,
    establishment: &'a Establishment,
    identity: CommandIdentity,
    deadline: Deadline,
}

impl Errand<'_> {
    async fn run(&self, command: Result<CloudEvent<SetStatus>, MessageError>) -> Result<(), Later> {
        let key = keys::push_fact(
            &self.identity.siret,
            self.identity.id_facture,
            &push_key(&self.identity),
        )?;
        if let Some(fact) = self.deps.archive.read_json::<PushFact>(&key).await? {
            return self.announce(fact).await;
        }
        let fact = match command {
            Ok(command) => {
                let outcome = self.settle(&command).await?;
                PushFact::of(&command, outcome)
            }
            Err(error) => PushFact {
                version: 1,
                command: None,
                outcome: self.unreadable(&error).into(),
            },
        };
        let fact = self.deps.archive.put_fact(&key, fact).await?.into_inner();
        self.announce(fact).await
    }

    async fn announce(&self, fact: PushFact) -> Result<(), Later> {
        let id_facture = self.identity.id_facture;
        match fact.outcome.said {
            Said::Applied(applied) => {
                tracing::info!(
                    event = "push.applied",
                    idFacture = id_facture,
                    commandId = self.identity.id,
                    statut = applied.settlement.statut,
                    "a command is fulfilled"
                );
                self.deps.erp.publish(&applied.into_event()).await?;
            }
            Said::Refused(refused) => {
                tracing::warn!(
                    event = "push.refused",
                    idFacture = id_facture,
                    commandId = self.identity.id,
                    code = refused.reason.code,
                    "a command is refused"
                );
                self.deps.erp.publish(&refused.into_event()).await?;
            }
        }
        Ok(())
    }

    fn unreadable(&self, error: &MessageError) -> StatusRefused {
        let message = format!(
            "La commande n'est pas lisible ({error}) : corrigez-la et renvoyez-la avec un nouvel identifiant."
        );
        let settlement = Settlement {
            command_id: self.identity.id.clone(),
            command_source: self.identity.source.clone(),
            siret: self.identity.siret.clone(),
            id_facture: self.identity.id_facture,
            numero_facture: None,
            etapes: Vec::new(),
            statut: None,
            date_heure_etat_courant: None,
            motif: None,
            motif_transmis: None,
            numero_dp_mandat: None,
            reference_erp: None,
            delai: None,
            date_traitement: Timestamp::now(),
        };
        StatusRefused {
            settlement,
            reason: Reason {
                code: "COMMANDE_ILLISIBLE".to_owned(),
                message,
            },
        }
    }

    /// Decides and carries out; the answer is an outcome, or "later".
    async fn settle(&self, command: &CloudEvent<SetStatus>) -> Result<fact::Outcome, Later> {
        let CommandIdentity {
            siret, id_facture, ..
        } = &self.identity;
        if !self.establishment.push {
            return Err(Later::SwitchedOff(siret.clone()));
        }
        let Some(known) = Known::read(&self.deps.archive, siret, *id_facture).await? else {
            let message = format!(
                "La facture {id_facture} n'est pas dans les archives de l'établissement {siret} : vérifiez idFacture et siret, ou attendez l'annonce de la facture."
            );
            return Ok(refused(
                command,
                Vec::new(),
                None,
                Reason {
                    code: "FACTURE_INCONNUE".to_owned(),
                    message,
                },
            ));
        };
        let account = self
            .deps
            .portal
            .account(self.document, self.establishment, self.deadline)?;
        let portail = Portail {
            account: &account,
            id_facture: i64::try_from(*id_facture).unwrap_or(i64::MAX),
        };
        let attempted = self.attempted_before().await?;
        let checked = self.check(command, &known, attempted, &portail).await?;
        match checked {
            Ok((plan, present)) => self.carry_out(command, plan, present, &portail).await,
            Err(refus) => {
                let reason = Reason {
                    code: refus.code().to_owned(),
                    message: refus.to_string(),
                };
                let etapes = command
                    .data
                    .nouveau_statut
                    .statuses()
                    .iter()
                    .map(|s| etape(&Statut::from(s.as_str()), Resultat::Refuse, None));
                Ok(refused(command, etapes.take(1).collect(), None, reason))
            }
        }
    }

    /// Whether an earlier attempt may have sent something; this one is noted before anything is sent.
    async fn attempted_before(&self) -> Result<bool, StoreError> {
        let CommandIdentity {
            siret, id_facture, ..
        } = &self.identity;
        let Ok(key) = keys::push_fact(
            siret,
            *id_facture,
            &format!("{}.attempt", push_key(&self.identity)),
        ) else {
            return Ok(true);
        };
        let noted = self
            .deps
            .archive
            .put_fact(&key, Attempt::begins(Timestamp::now()))
            .await?;
        Ok(!noted.is_new())
    }

    /// Checks the command by what the archive knows; when that stands against it, or may be out of date, by what the portal says.
    async fn check(
        &self,
        command: &CloudEvent<SetStatus>,
        known: &Known,
        attempted: bool,
        portail: &Portail<'_>,
    ) -> Result<Result<(Plan, Option<Statut>), Refus>, Later> {
        let archived = Present {
            statut: known.latest().cloned(),
            suspensions: known.suspensions(),
        };
        let first = verify(command, &archived, &self.deps.transitions());
        match &first {
            Ok(plan) if !plan.is_done() && !attempted => return Ok(first.map(|plan| (plan, None))),
            Err(refus) if !depends_on_the_present(refus) => return Ok(Err(refus.clone())),
            _ => {}
        }
        let shown = portail.present().await?;
        let present = Present {
            suspensions: shown.suspensions.max(archived.suspensions),
            ..shown
        };
        let mut second = verify(command, &present, &self.deps.transitions());
        if let (Err(Refus::TransitionImpossible { .. }), Some(statut)) = (&second, &present.statut)
            && !self.deps.transitions().connait(statut)
        {
            match portail.possibles(statut).await {
                Ok(possibles) => self.deps.remember(statut.clone(), possibles),
                Err(error) => tracing::warn!(
                    event = "push.transitions_not_asked",
                    error = chain(&error),
                    "the portal did not say what is possible: the table decides"
                ),
            }
            second = verify(command, &present, &self.deps.transitions());
        }
        Ok(second.map(|plan| (plan, present.statut)))
    }

    async fn carry_out(
        &self,
        command: &CloudEvent<SetStatus>,
        plan: Plan,
        present: Option<Statut>,
        portail: &Portail<'_>,
    ) -> Result<fact::Outcome, Later> {
        let already = if plan.overtaken {
            Resultat::Depasse
        } else {
            Resultat::DejaFait
        };
        let mut etapes: Vec<_> = plan
            .reached
            .iter()
            .map(|s| etape(s, already, None))
            .collect();
        let carried = if plan.is_done() {
            let message = present.as_ref().map_or_else(String::new, |p| {
                format!(
                    "La facture est déjà « {} » ({p}) : rien n'a été envoyé.",
                    p.libelle()
                )
            });
            let remarque = Some(Reason {
                code: code(already).to_owned(),
                message,
            });
            Carried {
                etapes: Vec::new(),
                statut: present,
                refus: None,
                remarque,
            }
        } else {
            portail.carry_out(&plan.steps).await?
        };
        etapes.extend(carried.etapes);
        let statut = carried.statut;
        if let Some(reason) = carried.refus {
            return Ok(refused(command, etapes, statut, reason));
        }
        let remarque = carried
            .remarque
            .or_else(|| plan.warnings.first().map(warning));
        let settlement = Settlement {
            motif_transmis: plan
                .warnings
                .contains(&Avertissement::MotifCoupe)
                .then(|| plan.steps.iter().find_map(|s| s.motif.clone()))
                .flatten(),
            ..settlement(command, etapes, statut)
        };
        Ok(StatusApplied {
            settlement,
            remarque,
        }
        .into())
    }
}

fn warning(warning: &Avertissement) -> Reason {
    let code = serde_json::to_value(warning)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default();
    Reason {
        code,
        message: warning.to_string(),
    }
}

fn verify(
    command: &CloudEvent<SetStatus>,
    present: &Present,
    transitions: &Transitions,
) -> Result<Plan, Refus> {
    let SetStatus {
        nouveau_statut,
        motif,
        numero_dp_mandat,
        statut_actuel,
        insister,
        ..
    } = &command.data;
    let targets: Vec<Statut> = nouveau_statut
        .statuses()
        .iter()
        .map(|s| Statut::from(s.as_str()))
        .collect();
    let statut_suppose = statut_actuel.as_deref().map(Statut::from);
    let commande = Commande {
        targets: &targets,
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
fn depends_on_the_present(refus: &Refus) -> bool {
    matches!(
        refus,
        Refus::TransitionImpossible { .. }
            | Refus::StatutActuelDifferent { .. }
            | Refus::SecondeSuspension
            | Refus::SuspensionApresMandatement
    )
}

fn settlement(
    command: &CloudEvent<SetStatus>,
    etapes: Vec<messages::Etape>,
    statut: Option<Statut>,
) -> Settlement {
    let SetStatus {
        siret,
        id_facture,
        motif,
        numero_dp_mandat,
        reference_erp,
        ..
    } = &command.data;
    Settlement {
        command_id: command.id.clone(),
        command_source: command.source.clone(),
        siret: siret.clone(),
        id_facture: *id_facture,
        numero_facture: None,
        etapes,
        statut: statut.map(|s| s.code().to_owned()),
        date_heure_etat_courant: None,
        motif: motif.clone(),
        motif_transmis: None,
        numero_dp_mandat: numero_dp_mandat.clone(),
        reference_erp: reference_erp.clone(),
        delai: None,
        date_traitement: Timestamp::now(),
    }
}

fn refused(
    command: &CloudEvent<SetStatus>,
    etapes: Vec<messages::Etape>,
    statut: Option<Statut>,
    reason: Reason,
) -> fact::Outcome {
    StatusRefused {
        settlement: settlement(command, etapes, statut),
        reason,
    }
    .into()
}
