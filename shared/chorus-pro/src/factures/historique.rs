use jiff::Timestamp;

use crate::{
    Account, CodeAction, Confidentiel, Error, ModeDepot, Operation, Statut, TriSens,
    values::{au_plus_tard, request, response},
};

request! {
    /// Whose history, and which pages of its three lists.
    pub struct ConsulterHistorique {
        /// The user; the account in the header identifies it, so leave it out.
        id_utilisateur_courant: Option<i64> = "idUtilisateurCourant",
        /// The invoice.
        id_facture: i64 = "idFacture",
        /// The space; the portal takes 7, received invoices.
        id_espace: Option<i64> = "idEspace",
        /// Cap of the lists.
        nb_resultats_maximum: Option<i32> = "nbResultatsMaximum",
        /// Paging of the states.
        param_recherche_histo_statuts: Option<RechercheHistoStatuts> = "paramRechercheHistoStatuts",
        /// Paging of the events.
        param_recherche_histo_evenements_complementaires: Option<RechercheHistoEvenements> = "paramRechercheHistoEvenementsComplementaires",
        /// Paging of the users' actions.
        param_recherche_histo_actions_utilisateurs: Option<RechercheHistoActions> = "paramRechercheHistoActionsUtilisateurs",
    }

    /// Paging of the states.
    pub struct RechercheHistoStatuts {
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandeeListeHistoStatut",
        /// States a page.
        nb_resultats_par_page: Option<u32> = "nbResultatsParPageListeHistoStatut",
        /// Direction; newest first when absent.
        tri_sens: Option<TriSens> = "triSensListeHistoStatut",
        /// Column, `HistoStatutDatePassage` when absent.
        tri_colonne: Option<String> = "triColonneListeHistoStatut",
    }

    /// Paging of the events.
    pub struct RechercheHistoEvenements {
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandeeListeHistoEvenement",
        /// Events a page.
        nb_resultats_par_page: Option<u32> = "nbResultatsParPageListeHistoEvenement",
        /// Direction.
        tri_sens: Option<TriSens> = "triSensListeHistoEvenement",
        /// Column, such as `EvenementDateHeure`.
        tri_colonne: Option<String> = "triColonneListeHistoEvenement",
    }

    /// Paging of the users' actions.
    pub struct RechercheHistoActions {
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandeeListeHistoAction",
        /// Actions a page.
        nb_resultats_par_page: Option<u32> = "nbResultatsParPageListeHistoAction",
        /// Direction.
        tri_sens: Option<TriSens> = "triSensListeHistoAction",
        /// Column, such as `HistoActionDateHeure`.
        tri_colonne: Option<String> = "triColonneListeHistoAction",
    }
}

impl ConsulterHistorique {
    /// The newest entries of an invoice's history: the request that is proven in production.
    #[must_use]
    pub fn new(id_facture: i64) -> Self {
        Self {
            id_facture,
            nb_resultats_maximum: Some(50),
            ..Self::default()
        }
    }
}

response! {
    /// The history of an invoice: its states, events, and what users did with it.
    pub struct Historique {
        /// The invoice.
        id_facture: Option<i64> = "idFacture",
        /// Number given by the supplier.
        numero_facture: Option<String> = "numeroFacture",
        /// How it came to Chorus Pro.
        mode_depot: Option<ModeDepot> = "modeDepot",
        /// Current state.
        statut_courant_code: Option<Statut> = "statutCourantCode",
        /// States, newest first as the portal sorts them.
        historiques_des_statuts: Option<HistoriquesStatuts> = "historiquesDesStatuts",
        /// Events.
        historiques_des_evenements_complementaires: Option<HistoriquesEvenements> = "historiquesDesEvenementsComplementaires",
        /// What users did.
        historiques_des_actions_utilisateurs: Option<HistoriquesActions> = "historiquesDesActionsUtilisateurs",
        /// What was done last.
        derniere_action: Option<DerniereAction> = "derniereAction",
    }

    /// The states, paged.
    pub struct HistoriquesStatuts {
        /// States of this page.
        histo_statut: Vec<HistoStatut> = "histoStatut",
        /// Number of this page, from 1.
        page_courante_histo_statut: Option<i64> = "pageCouranteHistoStatut",
        /// Number of pages.
        pages_histo_statut: Option<i64> = "pagesHistoStatut",
        /// States a page.
        nb_resultats_par_page_histo_statut: Option<i64> = "nbResultatsParPageHistoStatut",
        /// States in all pages.
        total_histo_statut: Option<i64> = "totalHistoStatut",
    }

    /// A state that the invoice reached.
    pub struct HistoStatut {
        /// Identifier, growing: orders what happened in the same minute.
        histo_statut_id: Option<i64> = "histoStatutId",
        /// The state.
        histo_statut_code: Option<Statut> = "histoStatutCode",
        /// When, to the minute.
        histo_statut_date_passage: Option<Timestamp> = "histoStatutDatePassage",
        /// The motif of a rejection or suspension, or what the supplier says of a completion.
        histo_statut_commentaire: Option<String> = "histoStatutCommentaire",
        /// First name of the user.
        histo_statut_utilisateur_prenom: Option<Confidentiel> = "histoStatutUtilisateurPrenom",
        /// Family name of the user.
        histo_statut_utilisateur_nom: Option<Confidentiel> = "histoStatutUtilisateurNom",
        /// E-mail address of the user.
        histo_statut_utilisateur_email: Option<Confidentiel> = "histoStatutUtilisateurEmail",
        /// Telephone number of the user.
        histo_statut_utilisateur_telephone: Option<Confidentiel> = "histoStatutUtilisateurTelephone",
    }

    /// The events, paged.
    pub struct HistoriquesEvenements {
        /// Events of this page.
        evenement: Vec<Evenement> = "evenement",
        /// Number of this page, from 1.
        page_courante_evenement: Option<i64> = "pageCouranteEvenement",
        /// Number of pages.
        pages_evenement: Option<i64> = "pagesEvenement",
        /// Events a page.
        nb_resultats_par_page_evenement: Option<i64> = "nbResultatsParPageEvenement",
        /// Events in all pages.
        total_evenement: Option<i64> = "totalEvenement",
    }

    /// Something that happened beside the states.
    pub struct Evenement {
        /// Identifier.
        evenement_id: Option<i64> = "evenementId",
        /// What.
        evenement_libelle: Option<String> = "evenementLibelle",
        /// Who.
        evenement_qui: Option<Confidentiel> = "evenementQui",
        /// When, to the minute.
        evenement_date_heure: Option<Timestamp> = "evenementDateHeure",
    }

    /// What users did, paged.
    pub struct HistoriquesActions {
        /// Actions of this page.
        histo_action: Vec<HistoAction> = "histoAction",
        /// Number of this page, from 1.
        page_courante_histo_action: Option<i64> = "pageCouranteHistoAction",
        /// Number of pages.
        pages_histo_action: Option<i64> = "pagesHistoAction",
        /// Actions a page.
        nb_resultats_par_page_histo_action: Option<i64> = "nbResultatsParPageHistoAction",
        /// Actions in all pages.
        total_histo_action: Option<i64> = "totalHistoAction",
    }

    /// What a user did.
    pub struct HistoAction {
        /// Identifier.
        histo_action_id: Option<i64> = "histoActionId",
        /// What.
        histo_action_code: Option<CodeAction> = "histoActionCode",
        /// When, to the minute.
        histo_action_date_heure: Option<Timestamp> = "histoActionDateHeure",
        /// First name of the user.
        histo_action_utilisateur_prenom: Option<Confidentiel> = "histoActionUtilisateurPrenom",
        /// Family name of the user.
        histo_action_utilisateur_nom: Option<Confidentiel> = "histoActionUtilisateurNom",
        /// E-mail address of the user.
        histo_action_utilisateur_email: Option<Confidentiel> = "histoActionUtilisateurEmail",
        /// Telephone number of the user.
        histo_action_utilisateur_telephone: Option<Confidentiel> = "histoActionUtilisateurTelephone",
    }

    /// The last thing a user did.
    pub struct DerniereAction {
        /// Identifier.
        derniere_action_id: Option<i64> = "derniereActionId",
        /// What.
        derniere_action_code: Option<CodeAction> = "derniereActionCode",
    }
}

impl HistoStatut {
    /// The last instant that the date may mean, for whoever asks what has happened since another: the history has minutes of local time,
    /// and an hour of autumn comes twice.
    #[must_use]
    pub fn au_plus_tard(&self) -> Option<Timestamp> {
        self.histo_statut_date_passage.map(au_plus_tard)
    }
}

impl Historique {
    /// The states from the newest to the oldest, whatever order they came in: by date, and within the same minute by their growing ids.
    #[must_use]
    pub fn statuts(&self) -> Vec<&HistoStatut> {
        let mut states: Vec<&HistoStatut> = self
            .historiques_des_statuts
            .iter()
            .flat_map(|page| &page.histo_statut)
            .collect();
        states.sort_by_key(|state| {
            std::cmp::Reverse((state.histo_statut_date_passage, state.histo_statut_id))
        });
        states
    }

    /// The current state: `statutCourantCode`, or the newest of the history when it is missing.
    #[must_use]
    pub fn statut_courant(&self) -> Option<&Statut> {
        self.statut_courant_code.as_ref().or_else(|| {
            self.statuts()
                .into_iter()
                .find_map(|state| state.histo_statut_code.as_ref())
        })
    }
}

impl Account {
    /// `factures/v1/consulter/historique`: what happened to an invoice.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn consulter_historique(
        &self,
        what: &ConsulterHistorique,
    ) -> Result<Historique, Error> {
        self.about([what.id_facture])
            .call(Operation::ConsulterHistorique, what)
            .await?
            .read()
    }
}
