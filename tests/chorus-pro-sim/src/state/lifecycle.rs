//! How an invoice moves: by the recipient's call, by the supplier, by the accountant, by a person on the portal.

use std::sync::Arc;

use jiff::Timestamp;

use super::account::Account;
use super::invoice::{Action, HistoStatut, Invoice, Renvoi};
use super::portal::Portal;
use super::structure::Personne;
use crate::dates;
use crate::documents::Document;
use crate::statuts;

/// Who makes an invoice move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Chorus Pro itself: no name in the history.
    System,
    /// A technical account.
    Technical(String),
    /// The public accountant (Hélios).
    Accountant,
    /// The supplier.
    Supplier,
    /// A person of the establishment, on the portal.
    Person,
    /// The works' manager.
    Moe,
}

impl Actor {
    /// What the history shows of the actor. Names and addresses are invented.
    #[must_use]
    pub fn personne(&self) -> Option<Personne> {
        let person =
            |prenom: &str, nom: &str, email: Option<&str>, telephone: Option<&str>| Personne {
                nom: nom.to_owned(),
                prenom: prenom.to_owned(),
                email: email.map(str::to_owned),
                telephone: telephone.map(str::to_owned),
            };
        match self {
            Self::System => None,
            Self::Technical(login) => Some(person(
                "TECH",
                login.split('@').next().unwrap_or(login),
                None,
                None,
            )),
            Self::Accountant => Some(person("Hélios", "INTERFACE", None, None)),
            Self::Supplier => Some(person(
                "Odile",
                "FOURNIVAL",
                Some("odile.fournival@fournisseur.example"),
                None,
            )),
            Self::Moe => Some(person(
                "Armel",
                "DESSINOT",
                Some("armel.dessinot@architecte.example"),
                None,
            )),
            Self::Person => Some(person(
                "Maëlle",
                "QUERVÉGUEN",
                Some("maelle.querveguen@etablissement.example"),
                Some("+33 1 99 00 12 34"),
            )),
        }
    }
}

/// Why an invoice did not move.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LifecycleError {
    /// No invoice has this identifier.
    #[error("no invoice has idFacture {0}: GET /_sim/invoices lists them")]
    Unknown(i64),
    /// The present status does not allow it.
    #[error(
        "invoice {id} is {present}, not {needed}: move it there first, or set a status with POST /_sim/invoices/{id}/status"
    )]
    WrongStatus {
        /// The invoice.
        id: i64,
        /// Where it is.
        present: String,
        /// Where it would have to be.
        needed: &'static str,
    },
    /// The service does not belong to the recipient.
    #[error(
        "the recipient of invoice {id} has no service {service}: GET /_sim/structures lists them"
    )]
    UnknownService {
        /// The invoice.
        id: i64,
        /// The code or identifier asked for.
        service: String,
    },
}

impl Portal {
    fn edit(&mut self, id: i64) -> Result<&mut Invoice, LifecycleError> {
        self.invoices
            .get_mut(&id)
            .map(Arc::make_mut)
            .ok_or(LifecycleError::Unknown(id))
    }

    /// Puts `statut` on an invoice, whatever the matrix says, and writes the history.
    ///
    /// # Errors
    ///
    /// When no invoice has this identifier.
    pub fn set_status(
        &mut self,
        id: i64,
        statut: &str,
        commentaire: Option<String>,
        actor: &Actor,
    ) -> Result<Arc<Invoice>, LifecycleError> {
        let now = dates::to_millisecond(self.clock.now());
        self.set_status_at(id, statut, commentaire, actor, now)
    }

    /// The same, at an instant of the past or the future.
    ///
    /// # Errors
    ///
    /// When no invoice has this identifier.
    pub fn set_status_at(
        &mut self,
        id: i64,
        statut: &str,
        commentaire: Option<String>,
        actor: &Actor,
        at: Timestamp,
    ) -> Result<Arc<Invoice>, LifecycleError> {
        let event = self.next_event_id();
        let invoice = self.edit(id)?;
        let commentaire = commentaire.filter(|text| !text.is_empty());
        invoice.historique.push(HistoStatut {
            id: event,
            code: statut.to_owned(),
            le: at,
            commentaire: commentaire.clone(),
            par: actor.personne(),
        });
        statut.clone_into(&mut invoice.statut);
        invoice.etat_courant_le = at;
        invoice.commentaire = commentaire;
        self.invoices
            .get(&id)
            .cloned()
            .ok_or(LifecycleError::Unknown(id))
    }

    /// The recipient's own move, by `traiter/recue`; the caller has checked that it is allowed.
    pub(crate) fn treat(
        &mut self,
        id: i64,
        statut: &str,
        motif: Option<String>,
        mandat: Option<String>,
        account: &Account,
    ) -> Result<Arc<Invoice>, LifecycleError> {
        if let Some(mandat) = mandat {
            self.set_mandate(id, mandat)?;
        }
        self.set_status(id, statut, motif, &Actor::Technical(account.login.clone()))
    }

    /// Notes the mandate number.
    pub(crate) fn set_mandate(
        &mut self,
        id: i64,
        mandat: String,
    ) -> Result<Arc<Invoice>, LifecycleError> {
        self.edit(id)?.numero_dp_mandat = Some(mandat);
        self.invoices
            .get(&id)
            .cloned()
            .ok_or(LifecycleError::Unknown(id))
    }

    /// Marks an invoice as downloaded and writes the action.
    ///
    /// # Errors
    ///
    /// When no invoice has this identifier.
    pub fn mark_downloaded(&mut self, id: i64, actor: &Actor) -> Result<(), LifecycleError> {
        let (event, le) = (self.next_event_id(), self.clock.now());
        let invoice = self.edit(id)?;
        invoice.telechargee = true;
        invoice.actions.push(Action {
            id: event,
            code: "TELECHARGEMENT_FACTURE",
            le,
            par: actor.personne(),
        });
        Ok(())
    }

    /// The supplier completes a suspended invoice, with new documents or none.
    ///
    /// # Errors
    ///
    /// When the invoice is unknown or not `SUSPENDUE`.
    pub fn complete(
        &mut self,
        id: i64,
        documents: Vec<Document>,
        commentaire: Option<String>,
    ) -> Result<Arc<Invoice>, LifecycleError> {
        self.must_be(id, statuts::SUSPENDUE)?;
        let reset = self.behaviour.flag_reset_on_return;
        let invoice = self.edit(id)?;
        invoice.documents.extend(documents);
        invoice.renvoi = Renvoi::Completee;
        invoice.telechargee &= !reset;
        self.set_status(id, statuts::COMPLETEE, commentaire, &Actor::Supplier)
    }

    /// The supplier recycles an invoice to another service of the same recipient: `DEPOSEE`, then `MISE_A_DISPOSITION`.
    ///
    /// # Errors
    ///
    /// When the invoice is unknown or not `A_RECYCLER`, or the service is not the recipient's.
    pub fn recycle(
        &mut self,
        id: i64,
        service: Option<&str>,
        documents: Vec<Document>,
        commentaire: Option<String>,
    ) -> Result<Arc<Invoice>, LifecycleError> {
        self.must_be(id, statuts::A_RECYCLER)?;
        let reset = self.behaviour.flag_reset_on_return;
        let invoice = self.edit(id)?;
        if let Some(wanted) = service {
            let found = invoice
                .destinataire
                .services
                .iter()
                .find(|candidate| {
                    candidate.code.as_deref() == Some(wanted) || candidate.id.to_string() == wanted
                })
                .ok_or_else(|| LifecycleError::UnknownService {
                    id,
                    service: wanted.to_owned(),
                })?;
            invoice.id_service = Some(found.id);
        }
        invoice.documents.extend(documents);
        invoice.renvoi = Renvoi::Recyclee;
        invoice.telechargee &= !reset;
        self.set_status(id, statuts::DEPOSEE, commentaire, &Actor::Supplier)?;
        self.set_status(id, statuts::MISE_A_DISPOSITION, None, &Actor::System)
    }

    /// The accountant pays: `MISE_A_DISPOSITION_COMPTABLE` when it is not yet there, then `MISE_EN_PAIEMENT`.
    ///
    /// # Errors
    ///
    /// When the invoice is unknown, or no payment is possible from its status.
    pub fn pay(
        &mut self,
        id: i64,
        commentaire: Option<String>,
    ) -> Result<Arc<Invoice>, LifecycleError> {
        let present = self.edit(id)?.statut.clone();
        if !statuts::may_move(&present, statuts::MISE_EN_PAIEMENT, true) {
            return Err(LifecycleError::WrongStatus {
                id,
                present,
                needed: "in a status that leads to a payment",
            });
        }
        if statuts::may_move(&present, statuts::MISE_A_DISPOSITION_COMPTABLE, true) {
            self.set_status(
                id,
                statuts::MISE_A_DISPOSITION_COMPTABLE,
                None,
                &Actor::Accountant,
            )?;
        }
        self.set_status(
            id,
            statuts::MISE_EN_PAIEMENT,
            commentaire,
            &Actor::Accountant,
        )
    }

    fn must_be(&self, id: i64, needed: &'static str) -> Result<(), LifecycleError> {
        let present = &self.invoice(id).ok_or(LifecycleError::Unknown(id))?.statut;
        if present == needed {
            return Ok(());
        }
        Err(LifecycleError::WrongStatus {
            id,
            present: present.clone(),
            needed,
        })
    }
}
