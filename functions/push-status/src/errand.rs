//! One command, from what it asks to its one outcome.
//!
//! The outcome's text is a fact in the archive before it is announced; whoever comes later announces the same.

use std::sync::Arc;

use archive::{
    StoreError,
    keys::{self, Episode},
};
use invoice::statut::{Avertissement, Plan, Refus, Statut};
use jiff::Timestamp;
use lambda_kit::{
    Deadline, chain,
    config::{Document, Establishment},
};
use messages::{
    CloudEvent, CommandIdentity, Message, MessageError, Reason, Resultat, SetStatus, Settlement,
    StatusApplied, sqs,
};
use portal::{Closed, NotAdmitted, Use};

use crate::{
    decision::{depends_on_the_present, refused, settlement, targets, unreadable, verify, warning},
    deps::Deps,
    fact::{self, Attempt, PushFact, Said},
    known::{Known, KnownError},
    push::{Carried, Portail, Present, code, etape},
    standing::Standing,
};

/// A command waits: nothing is lost, it comes back from the queue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Later {
    #[error("no call may be made now")]
    Closed(#[from] Closed),
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
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

/// The same for every attempt at a command, readable or not.
fn push_key(identity: &CommandIdentity) -> String {
    messages::event_id(SetStatus::TYPE, &[&identity.source, &identity.id])
}

/// What stands against a command, and which of its steps were carried out before.
struct Against {
    done: Vec<Statut>,
    refus: Refus,
}

/// A command that can be answered, on its way to its outcome.
pub(crate) struct Errand<'a> {
    pub(crate) deps: &'a Deps,
    pub(crate) document: &'a Arc<Document>,
    pub(crate) establishment: &'a Establishment,
    pub(crate) identity: CommandIdentity,
    pub(crate) deadline: Deadline,
}

impl Errand<'_> {
    pub(crate) async fn run(
        &self,
        command: Result<CloudEvent<SetStatus>, MessageError>,
    ) -> Result<(), Later> {
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
                outcome: unreadable(&self.identity, &error, self.deps.clock.now()).into(),
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

    /// Decides and carries out; the answer is an outcome, or "later".
    async fn settle(&self, command: &CloudEvent<SetStatus>) -> Result<fact::Outcome, Later> {
        let CommandIdentity {
            siret, id_facture, ..
        } = &self.identity;
        let portal = &self.deps.portal;
        portal.look(self.establishment, Use::Push).await?;
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
                self.deps.clock.now(),
            ));
        };
        let standing = Standing::read(&self.deps.archive, &known).await?;
        let mut outcome = self.decide(command, &known).await?;
        let settlement = outcome.settlement_mut();
        settlement.delai = standing.delai(
            self.establishment,
            self.document,
            &settlement.etapes,
            settlement.date_traitement,
        );
        settlement.numero_facture = standing.numero_facture;
        Ok(outcome)
    }

    async fn decide(
        &self,
        command: &CloudEvent<SetStatus>,
        known: &Known,
    ) -> Result<fact::Outcome, Later> {
        let id_facture = self.identity.id_facture;
        let account = self
            .deps
            .portal
            .admitted(self.document, self.establishment, Use::Push, self.deadline)
            .await?;
        let (attempted, since) = self.attempted_before(known).await?;
        let portail = Portail {
            account: &account,
            id_facture: i64::try_from(id_facture).unwrap_or(i64::MAX),
            since,
        };
        let checked = self.check(command, known, attempted, &portail).await?;
        match checked {
            Ok((plan, present)) => self.carry_out(command, plan, present, &portail).await,
            Err(Against { done, refus }) => {
                let reason = Reason {
                    code: refus.code().to_owned(),
                    message: refus.to_string(),
                };
                let wanted = targets(command);
                let met = done.iter().map(|s| etape(s, Resultat::DejaFait, None));
                let next = wanted.iter().skip(done.len()).take(1);
                let refused_one = next.map(|s| etape(s, Resultat::Refuse, None));
                Ok(refused(
                    command,
                    met.chain(refused_one).collect(),
                    None,
                    reason,
                    self.deps.clock.now(),
                ))
            }
        }
    }

    /// Whether an earlier attempt may have sent something, and since when; this one is noted before anything is sent.
    async fn attempted_before(&self, known: &Known) -> Result<(bool, Timestamp), Later> {
        let CommandIdentity {
            siret, id_facture, ..
        } = &self.identity;
        let name = format!("{}.attempt", push_key(&self.identity));
        let key = keys::push_fact(siret, *id_facture, &name)?;
        let after = known.episodes.last().map(Episode::at);
        let attempt = Attempt::begins(self.deps.clock.now(), after);
        let noted = self.deps.archive.put_fact(&key, attempt).await?;
        let attempted = !noted.is_new();
        let Attempt { at, after, .. } = noted.into_inner();
        Ok((attempted, after.unwrap_or(at)))
    }

    /// Checks the command by what the archive knows; when that stands against it, or may be out of date, by what the portal says.
    async fn check(
        &self,
        command: &CloudEvent<SetStatus>,
        known: &Known,
        attempted: bool,
        portail: &Portail<'_>,
    ) -> Result<Result<(Plan, Option<Statut>), Against>, Later> {
        let wanted = targets(command);
        let archived = Present {
            statut: known.latest(),
            suspensions: known.suspensions(),
            poses: Vec::new(),
        };
        match verify(command, &wanted, &archived, &self.deps.transitions()) {
            Ok(plan) if !plan.is_done() && !attempted => return Ok(Ok((plan, None))),
            Err(refus) if !depends_on_the_present(&refus) => {
                return Ok(Err(Against {
                    done: Vec::new(),
                    refus,
                }));
            }
            _ => {}
        }
        let shown = portail.present().await?;
        let present = Present {
            suspensions: shown.suspensions.max(archived.suspensions),
            ..shown
        };
        let (done, left) = if attempted {
            carried_out(command, &wanted, &present)
        } else {
            wanted.split_at(0)
        };
        if left.is_empty() && !done.is_empty() {
            let plan = Plan {
                reached: done.to_vec(),
                overtaken: present.statut.as_ref() != done.last(),
                ..Plan::default()
            };
            return Ok(Ok((plan, present.statut)));
        }
        let mut second = verify(command, left, &present, &self.deps.transitions());
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
            second = verify(command, left, &present, &self.deps.transitions());
        }
        Ok(match second {
            Ok(mut plan) => {
                plan.reached.splice(0..0, done.iter().cloned());
                Ok((plan, present.statut))
            }
            Err(refus) => Err(Against {
                done: done.to_vec(),
                refus,
            }),
        })
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
            return Ok(refused(
                command,
                etapes,
                statut,
                reason,
                self.deps.clock.now(),
            ));
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
            ..settlement(command, etapes, statut, self.deps.clock.now())
        };
        Ok(StatusApplied {
            settlement,
            remarque,
        }
        .into())
    }
}

/// The first steps, as far as the portal's history shows that an earlier attempt has carried them out, and those that are left.
///
/// Steps are sent in their order. One that is there says that those before it were carried out too, or were met before the attempt began
/// and never sent: then nothing since shows them.
fn carried_out<'t>(
    command: &CloudEvent<SetStatus>,
    wanted: &'t [Statut],
    present: &Present,
) -> (&'t [Statut], &'t [Statut]) {
    let motif = command.data.motif.as_deref();
    let mut steps = wanted.iter();
    let last = steps.rposition(|target| present.shows(target, motif));
    wanted.split_at(last.map_or(0, |last| last + 1))
}
