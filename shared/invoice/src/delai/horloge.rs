//! The clock itself: events in, state out.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::etat::{Delai, Effet, Etat, Paiement, Part, Retard, Situation, Suspension};
use super::interets::{INDEMNITE_FORFAITAIRE, TableTaux, interets};
use super::regle::{Creance, Depart, Regle};
use super::{Anomalie, Evenement, Nature, ecart, jour, plus};

/// How far ahead of `now` an event may be and still be taken seriously.
const AVANCE_TOLEREE: SignedDuration = SignedDuration::from_hours(24);

/// Interest and indemnity are to be paid within 45 days of the principal (CCP, art. R2192-36).
const DELAI_DES_INTERETS: i32 = 45;

/// The state of the legal clock at `now`.
///
/// `evenements` may be in any order and hold the same event more than once. An event more than a day after `now` is
/// left out, with an [`Anomalie`].
#[must_use]
pub fn calculer(
    evenements: &[Evenement],
    creance: &Creance,
    regle: &Regle,
    taux: &TableTaux,
    now: Timestamp,
) -> Etat {
    let aujourdhui = jour(now);
    let mut horloge = Horloge::neuve(creance, regle, aujourdhui);
    let evenements = horloge.en_ordre(evenements, now);
    horloge.choisir_le_depart(&evenements);
    for evenement in &evenements {
        horloge.recevoir(*evenement);
    }
    horloge.lire(taux)
}

/// The delay that counts.
#[derive(Debug, Clone, Copy)]
struct Ouvert {
    debut: Date,
    depuis: Date,
    jours: i32,
    echeance: Date,
}

/// What stops the clock, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arret {
    Aucun,
    /// Suspended with effect; the balance on that day.
    Suspension {
        solde: i32,
    },
    Renvoi,
    Rejet,
}

struct Horloge<'a> {
    regle: &'a Regle,
    creance: &'a Creance,
    aujourdhui: Date,
    depart: Nature,
    ouvert: Option<Ouvert>,
    arret: Arret,
    suspensions: Vec<Suspension>,
    mandat: Option<Date>,
    chez_le_comptable: Option<Date>,
    paiement: Option<Date>,
    anomalies: Vec<Anomalie>,
}

impl<'a> Horloge<'a> {
    fn neuve(creance: &'a Creance, regle: &'a Regle, aujourdhui: Date) -> Self {
        Self {
            regle,
            creance,
            aujourdhui,
            depart: Nature::MiseADisposition,
            ouvert: None,
            arret: Arret::Aucun,
            suspensions: Vec::new(),
            mandat: None,
            chez_le_comptable: None,
            paiement: None,
            anomalies: Vec::new(),
        }
    }

    fn en_ordre(&mut self, evenements: &[Evenement], now: Timestamp) -> Vec<Evenement> {
        let limite = now.checked_add(AVANCE_TOLEREE).unwrap_or(Timestamp::MAX);
        let (mut credibles, futurs): (Vec<_>, Vec<_>) = evenements
            .iter()
            .copied()
            .partition(|evenement| evenement.quand <= limite);
        self.anomalies.extend(
            futurs
                .into_iter()
                .map(|Evenement { quand, nature }| Anomalie::DansLeFutur { quand, nature }),
        );
        credibles.sort_unstable();
        credibles.dedup();
        credibles
    }

    fn choisir_le_depart(&mut self, evenements: &[Evenement]) {
        let connait = |nature| {
            evenements
                .iter()
                .any(|evenement| evenement.nature == nature)
        };
        let depot = connait(Nature::Deposee);
        let disposition = connait(Nature::MiseADisposition);
        if depot && self.regle.depart == Depart::Depot {
            self.depart = Nature::Deposee;
        } else if depot && !disposition {
            self.depart = Nature::Deposee;
            self.anomalies.push(Anomalie::DebutParDepot);
        } else if !disposition {
            self.anomalies.push(Anomalie::DebutInconnu);
        }
    }

    fn recevoir(&mut self, Evenement { quand, nature }: Evenement) {
        let date = jour(quand);
        if self.paiement.is_some() {
            return;
        }
        match nature {
            Nature::MiseEnPaiement => self.payer(date),
            _ if nature == self.depart => self.demarrer(date, nature),
            Nature::Deposee => {}
            _ if self.ouvert.is_none() => self
                .anomalies
                .push(Anomalie::AvantLeDebut { quand, nature }),
            Nature::MiseADisposition if self.est_renvoyee() => self.demarrer(date, nature),
            _ => self.traiter(date, nature),
        }
    }

    fn est_renvoyee(&self) -> bool {
        matches!(self.arret, Arret::Renvoi | Arret::Rejet)
    }

    /// A step of treatment, or a stop.
    fn traiter(&mut self, date: Date, nature: Nature) {
        let renvoi = matches!(nature, Nature::ARecycler | Nature::Rejetee);
        if self.est_renvoyee() && !renvoi {
            // Nobody treats an invoice that is with the supplier: the return to us is missing from the events.
            self.anomalies.push(Anomalie::RenvoiAnnule { date, nature });
            self.arret = Arret::Aucun;
        }
        match nature {
            Nature::Suspendue => self.suspendre(date),
            Nature::Completee => self.completer(date),
            Nature::ARecycler => self.renvoyer(date),
            Nature::Rejetee => self.rejeter(date),
            Nature::MiseADisposition | Nature::ServiceFait => self.reprendre(date, nature),
            Nature::Mandatee | Nature::MiseADispositionComptable | Nature::Comptabilisee => {
                self.mandater(date, nature);
            }
            Nature::Deposee | Nature::MiseEnPaiement => {}
        }
    }

    /// CCP, art. R2192-12, R2192-13 and R2192-15: the request is received, and the service performed.
    fn demarrer(&mut self, date: Date, nature: Nature) {
        let nouvelle_demande = self.ouvert.is_none() || self.est_renvoyee();
        if !nouvelle_demande {
            return self.reprendre(date, nature);
        }
        let debut = match self.creance.date_execution {
            Some(execution) if execution > self.aujourdhui => {
                self.anomalies
                    .push(Anomalie::ExecutionFuture { date: execution });
                date
            }
            Some(execution) => execution.max(date),
            None => date,
        };
        let jours = i32::from(self.regle.jours);
        self.ouvert = Some(Ouvert {
            debut,
            depuis: debut,
            jours,
            echeance: plus(debut, jours),
        });
        self.arret = Arret::Aucun;
        self.mandat = None;
        self.chez_le_comptable = None;
    }

    /// CCP, art. R2192-27: once only, before the mandate only; and what has ended cannot be interrupted.
    fn suspendre(&mut self, date: Date) {
        let Some(ouvert) = self.ouvert else { return };
        if self
            .suspensions
            .last()
            .is_some_and(|derniere| derniere.au.is_none())
        {
            return;
        }
        let effet = if self
            .suspensions
            .iter()
            .any(|suspension| suspension.effet == Effet::Interrompt)
        {
            self.anomalies.push(Anomalie::SecondeSuspension { date });
            Effet::SansEffetDejaInterrompu
        } else if self.mandat.is_some() {
            self.anomalies
                .push(Anomalie::SuspensionApresMandatement { date });
            Effet::SansEffetApresMandatement
        } else if date > ouvert.echeance {
            self.anomalies
                .push(Anomalie::SuspensionApresEcheance { date });
            Effet::SansEffetApresEcheance
        } else {
            let solde = ecart(date, ouvert.echeance).min(ouvert.jours);
            self.arret = Arret::Suspension { solde };
            Effet::Interrompt
        };
        self.suspensions.push(Suspension {
            du: date,
            au: None,
            effet,
        });
    }

    fn completer(&mut self, date: Date) {
        if !self.finir_la_suspension(date) {
            self.anomalies
                .push(Anomalie::CompleteeSansSuspension { date });
        }
    }

    fn reprendre(&mut self, date: Date, nature: Nature) {
        if self.finir_la_suspension(date) {
            self.anomalies
                .push(Anomalie::RepriseSansCompletee { date, nature });
        }
    }

    /// CCP, art. R2192-29: a new delay opens, of 30 days or of the balance if that is more.
    fn finir_la_suspension(&mut self, date: Date) -> bool {
        let Some(en_cours) = self
            .suspensions
            .last_mut()
            .filter(|derniere| derniere.au.is_none())
        else {
            return false;
        };
        en_cours.au = Some(date);
        if let Arret::Suspension { solde } = self.arret {
            self.arret = Arret::Aucun;
            if let Some(ouvert) = &mut self.ouvert {
                let jours = solde.max(i32::from(self.regle.nouveau_delai_jours));
                let echeance = plus(date, jours);
                // A delay that was yet to start (service performed later than the request) does not end sooner for it.
                if echeance >= ouvert.echeance {
                    *ouvert = Ouvert {
                        depuis: date,
                        jours,
                        echeance,
                        ..*ouvert
                    };
                }
            }
        }
        true
    }

    fn renvoyer(&mut self, date: Date) {
        self.finir_la_suspension(date);
        if self.ouvert.is_some_and(|ouvert| date > ouvert.echeance) {
            self.anomalies
                .push(Anomalie::RecyclageApresEcheance { date });
        }
        self.arret = Arret::Renvoi;
    }

    fn rejeter(&mut self, date: Date) {
        self.finir_la_suspension(date);
        self.arret = Arret::Rejet;
    }

    fn mandater(&mut self, date: Date, nature: Nature) {
        self.reprendre(date, nature);
        self.mandat.get_or_insert(date);
        if nature != Nature::Mandatee {
            self.chez_le_comptable.get_or_insert(date);
        }
    }

    fn payer(&mut self, date: Date) {
        self.paiement = Some(date);
        if let Some(en_cours) = self
            .suspensions
            .last_mut()
            .filter(|derniere| derniere.au.is_none())
        {
            en_cours.au = Some(date);
        }
    }

    fn lire(mut self, taux: &TableTaux) -> Etat {
        let situation = self.situation();
        let echeance = match self.arret {
            Arret::Aucun => self.ouvert.map(|ouvert| ouvert.echeance),
            _ => None,
        };
        let paiement = self
            .paiement
            .map(|date| self.mesurer_le_paiement(date, echeance, taux));
        let retard = match echeance {
            Some(echeance) if paiement.is_none() && self.aujourdhui > echeance => {
                Some(self.mesurer_le_retard(echeance, self.aujourdhui, taux))
            }
            _ => None,
        };
        let (ordonnateur, comptable) = self.parts(echeance);
        self.anomalies.sort();
        self.anomalies.dedup();
        Etat {
            situation,
            debut: self.ouvert.map(|ouvert| ouvert.debut),
            jours: self.regle.jours,
            delai_ouvert: self.ouvert.map(|ouvert| Delai {
                depuis: ouvert.depuis,
                jours: positif(ouvert.jours),
            }),
            suspensions: self.suspensions,
            echeance,
            jours_restants: echeance
                .filter(|_| paiement.is_none())
                .map(|echeance| ecart(self.aujourdhui, echeance)),
            suspendu: situation == Situation::Suspendue,
            ordonnateur,
            comptable,
            retard,
            paiement,
            anomalies: self.anomalies,
        }
    }

    fn situation(&self) -> Situation {
        match self.arret {
            _ if self.paiement.is_some() => Situation::Payee,
            Arret::Renvoi => Situation::Renvoyee,
            Arret::Rejet => Situation::Rejetee,
            Arret::Suspension { .. } => Situation::Suspendue,
            Arret::Aucun if self.ouvert.is_none() => Situation::SansDebut,
            Arret::Aucun => Situation::EnCours,
        }
    }

    /// CCP, art. L2192-12 and L2192-13: late from the day after the delay ends to the day of payment included.
    fn mesurer_le_paiement(
        &mut self,
        date: Date,
        echeance: Option<Date>,
        taux: &TableTaux,
    ) -> Paiement {
        let a_temps = Paiement {
            date,
            retard_jours: Some(0),
            interets: Some(Decimal::ZERO),
            taux: None,
            indemnite: Decimal::ZERO,
            a_verser_avant_le: None,
        };
        match echeance {
            Some(echeance) if date > echeance => {
                let retard = self.mesurer_le_retard(echeance, date, taux);
                Paiement {
                    retard_jours: Some(retard.jours),
                    interets: retard.interets,
                    taux: retard.taux,
                    indemnite: retard.indemnite,
                    a_verser_avant_le: Some(plus(date, DELAI_DES_INTERETS)),
                    ..a_temps
                }
            }
            None if self.ouvert.is_none() => Paiement {
                retard_jours: None,
                interets: None,
                ..a_temps
            },
            _ => a_temps,
        }
    }

    fn mesurer_le_retard(&mut self, echeance: Date, au: Date, table: &TableTaux) -> Retard {
        let jours = u32::try_from(ecart(echeance, au)).unwrap_or(0);
        let premier_jour = plus(echeance, 1);
        let montant = self.creance.montant_ttc;
        if montant.is_some_and(|montant| montant <= Decimal::ZERO) {
            return Retard {
                jours,
                interets: Some(Decimal::ZERO),
                taux: None,
                indemnite: Decimal::ZERO,
            };
        }
        let taux = table
            .taux_moratoire(premier_jour)
            .map_err(|anomalie| self.anomalies.push(anomalie))
            .ok();
        self.anomalies
            .extend(taux.and_then(|_| table.doute(premier_jour)));
        let interets = match (montant, taux) {
            (None, _) => {
                self.anomalies.push(Anomalie::MontantInconnu);
                None
            }
            (Some(_), None) => None,
            (Some(montant), Some(taux)) => {
                let somme = interets(montant, taux, jours);
                if somme.is_none() {
                    self.anomalies.push(Anomalie::MontantHorsLimites);
                }
                somme
            }
        };
        Retard {
            jours,
            interets,
            taux,
            indemnite: INDEMNITE_FORFAITAIRE,
        }
    }

    /// Décret 2013-269, art. 12 and 13: the ordonnateur until the mandate, then the accountant from the day he has it.
    fn parts(&self, echeance: Option<Date>) -> (Part, Part) {
        let Some(ouvert) = self.ouvert else {
            return Default::default();
        };
        let comptable_alloues = i32::from(self.regle.part_comptable_jours);
        let arrivee = self.chez_le_comptable.or(self.mandat);
        let fin = self.paiement.unwrap_or(self.aujourdhui);

        let suspendue_le = match self.arret {
            Arret::Suspension { .. } => self.suspensions.last().map(|suspension| suspension.du),
            _ => None,
        };
        let ordonnateur = Part {
            alloues: positif(ouvert.jours - comptable_alloues),
            utilises: positif(ecart(
                ouvert.depuis,
                self.mandat.or(arrivee).or(suspendue_le).unwrap_or(fin),
            )),
            limite: echeance.map(|echeance| plus(echeance, -comptable_alloues)),
            terminee: arrivee.is_some() || self.paiement.is_some(),
        };
        let comptable = Part {
            alloues: positif(comptable_alloues),
            utilises: arrivee.map_or(0, |arrivee| positif(ecart(arrivee, fin))),
            limite: arrivee.map(|arrivee| plus(arrivee, comptable_alloues)),
            terminee: self.paiement.is_some(),
        };
        (ordonnateur, comptable)
    }
}

fn positif(jours: i32) -> u16 {
    u16::try_from(jours.max(0)).unwrap_or(u16::MAX)
}
