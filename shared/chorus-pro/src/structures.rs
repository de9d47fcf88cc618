//! `structures/v1`: public bodies, suppliers, and their services.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Account, Confidentiel, Error, Operation, Page, TriSens, TypeIdentifiant,
    paging::{Paging, ParametresRetour, no_result, says_no_result},
    values::{request, response},
};

request! {
    /// Criteria of `structures/v1/rechercher`.
    pub struct RechercheStructures {
        /// Paging and sort.
        parametres: Option<ParamRechercheStructures> = "parametres",
        /// Absent or true: all public structures, and the private ones of the user only; false: all.
        restreindre_structures_privees: Option<bool> = "restreindreStructuresPrivees",
        /// What to look for.
        structure: Option<CritereStructure> = "structure",
    }

    /// Paging and sort: `IdentifiantStructure`, `DesignationStructure`, `TypeIdentifiantStructure`, `Statut`.
    pub struct ParamRechercheStructures {
        /// Rows a page.
        nb_resultats_par_page: Option<u32> = "nbResultatsParPage",
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandee",
        /// Column.
        tri_colonne: Option<String> = "triColonne",
        /// Direction.
        tri_sens: Option<TriSens> = "triSens",
    }

    /// What a structure looks like.
    pub struct CritereStructure {
        /// SIRET or other identifier.
        identifiant_structure: Option<String> = "identifiantStructure",
        /// Kind of the identifier.
        type_identifiant_structure: Option<TypeIdentifiant> = "typeIdentifiantStructure",
        /// `PRIVEE` or `PUBLIQUE`.
        type_structure: Option<String> = "typeStructure",
        /// `ACTIF` or `INACTIF` (the answer says `ACTIVE`, `INACTIVE`).
        statut_structure: Option<String> = "statutStructure",
        /// Name of a company or public body.
        raison_sociale_structure: Option<String> = "raisonSocialeStructure",
        /// Label.
        libelle_structure: Option<String> = "libelleStructure",
        /// Family name of a person.
        nom_structure: Option<String> = "nomStructure",
        /// First name of a person.
        prenom_structure: Option<String> = "prenomStructure",
        /// Country, two letters.
        adresse_code_pays: Option<String> = "adresseCodePays",
        /// Postal code.
        adresse_code_postal: Option<String> = "adresseCodePostal",
        /// Town.
        adresse_ville: Option<String> = "adresseVille",
        /// Whether it is a maître d'ouvrage.
        est_moa: Option<bool> = "estMOA",
        /// Whether it is nothing else.
        est_moa_uniquement: Option<bool> = "estMOAUniquement",
    }

    /// Which structure to consult.
    pub struct ConsulterStructure {
        /// Language of the labels, `fr`.
        code_langue: Option<String> = "codeLangue",
        /// The structure.
        id_structure_cpp: i64 = "idStructureCPP",
    }

    /// Whose services to list.
    pub struct RechercheServices {
        /// The structure.
        id_structure: i64 = "idStructure",
        /// Paging and sort; 20 a page without it.
        parametres: Option<ParamRechercheServices> = "parametresRechercherServicesStructure",
    }

    /// Paging and sort: `CodeService`, `LibelleService`, `DateDbtService`, `DateFinService`, `EstActif`.
    pub struct ParamRechercheServices {
        /// Rows a page.
        nb_resultats_par_page: Option<u32> = "nbResultatsParPage",
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandee",
        /// Column.
        tri_colonne: Option<String> = "triColonne",
        /// Direction.
        tri_sens: Option<TriSens> = "triSens",
    }
}

impl RechercheStructures {
    /// The structure of a SIRET.
    #[must_use]
    pub fn siret(siret: impl Into<String>) -> Self {
        Self {
            structure: Some(CritereStructure {
                identifiant_structure: Some(siret.into()),
                type_identifiant_structure: Some(TypeIdentifiant::Siret),
                ..CritereStructure::default()
            }),
            ..Self::default()
        }
    }
}

impl RechercheServices {
    /// A page of the services of a structure.
    #[must_use]
    pub fn page(id_structure: i64, page: u32, par_page: u32) -> Self {
        Self {
            id_structure,
            parametres: Some(ParamRechercheServices {
                nb_resultats_par_page: Some(par_page),
                page_resultat_demandee: Some(page),
                ..ParamRechercheServices::default()
            }),
        }
    }
}

response! {
    /// A structure found.
    pub struct StructureTrouvee {
        /// Internal identifier: `idDestinataire` of the searches.
        id_structure_cpp: Option<i64> = "idStructureCPP",
        /// SIRET or other identifier.
        identifiant_structure: Option<String> = "identifiantStructure",
        /// Kind of the identifier.
        type_identifiant_structure: Option<TypeIdentifiant> = "typeIdentifiantStructure",
        /// Name; may be a person's.
        designation_structure: Option<Confidentiel> = "designationStructure",
        /// `ACTIVE` or `INACTIVE`.
        statut: Option<String> = "statut",
    }

    /// A structure as it may be consulted.
    pub struct StructureConsultee {
        /// Who it is.
        information_generales: Option<InformationGenerales> = "informationGenerales",
        /// Where its seat is.
        adresse_postale_du_siege: Option<AdressePostale> = "adressePostaleDuSiege",
        /// What it asks of its suppliers.
        parametres: Option<ParametresStructure> = "parametres",
    }

    /// Who a structure is.
    pub struct InformationGenerales {
        /// Internal identifier.
        id_structure_cpp: Option<i64> = "idStructureCPP",
        /// SIRET or other identifier.
        identifiant_structure: Option<String> = "identifiantStructure",
        /// Kind of the identifier.
        type_identifiant_structure: Option<TypeIdentifiant> = "typeIdentifiantStructure",
        /// `PRIVEE` or `PUBLIQUE`.
        structure_privee_publique: Option<String> = "structurePriveePublique",
        /// Name of a company or public body.
        raison_sociale_structure: Option<String> = "raisonSocialeStructure",
        /// Label.
        libelle_structure: Option<String> = "libelleStructure",
        /// Family name of a person.
        nom_structure: Option<Confidentiel> = "nomStructure",
        /// First name of a person.
        prenom_structure: Option<Confidentiel> = "prenomStructure",
        /// Number in the trade register.
        numero_rcs_structure: Option<String> = "numeroRcsStructure",
        /// VAT number.
        numero_tva: Option<String> = "numeroTVA",
        /// E-mail address.
        email_structure: Option<Confidentiel> = "emailStructure",
        /// Whether it validates by delegation.
        est_valideur_deleguee: Option<bool> = "estValideurDeleguee",
        /// The structure it was copied from.
        id_structure_origine: Option<i64> = "idStructureOrigine",
        /// The structures copied from it.
        liste_structure_dupliquees: Vec<StructureDupliquee> = "listeStructureDupliquees",
        /// When the technical account's password expires: sudden 401 and 403 from then on.
        date_expiration_mot_passe_compte_tech: Option<Timestamp> = "dateExpirationMotPasseCompteTech",
    }

    /// A copy of a structure.
    pub struct StructureDupliquee {
        /// Its internal identifier.
        structure_dupliquee: Option<i64> = "structureDupliquee",
    }

    /// Where the seat of a structure is.
    pub struct AdressePostale {
        /// Street and number.
        adresse: Option<Confidentiel> = "adresse",
        /// Second line.
        complement_adresse1: Option<Confidentiel> = "complementAdresse1",
        /// Third line.
        complement_adresse2: Option<Confidentiel> = "complementAdresse2",
        /// Postal code.
        code_postal: Option<String> = "codePostal",
        /// Town.
        ville: Option<String> = "ville",
        /// Country.
        pays: Option<String> = "pays",
        /// Telephone number.
        telephone: Option<Confidentiel> = "telephone",
        /// Its country prefix.
        indicatif_telephone: Option<String> = "indicatifTelephone",
        /// Fax number.
        fax: Option<Confidentiel> = "fax",
        /// Its country prefix.
        indicatif_fax: Option<String> = "indicatifFax",
    }

    /// What a public structure asks of its suppliers, and how it is connected.
    pub struct ParametresStructure {
        /// The service code is mandatory.
        code_service_doit_etre_renseigne: Option<bool> = "codeServiceDoitEtreRenseigne",
        /// The engagement number is mandatory.
        numero_ej_doit_etre_renseigne: Option<bool> = "numeroEJDoitEtreRenseigne",
        /// One of both is.
        gestion_numero_ej_ou_code_service: Option<bool> = "gestionNumeroEJOuCodeService",
        /// It does not report MISE_EN_PAIEMENT.
        statut_mise_en_paiement_nest_pas_remonte: Option<bool> = "statutMiseEnPaiementNestPasRemonte",
        /// It receives by EDI.
        recevoir_donnees_via_edi: Option<bool> = "recevoirDonneesViaEDI",
        /// It is connected by EDI.
        connexion_edi: Option<bool> = "connexionEDI",
        /// It is a maître d'ouvrage (the name is the portal's).
        geta_moa: Option<bool> = "getaMoa",
        /// It is nothing else.
        est_moa_uniquement: Option<bool> = "estMoaUniquement",
        /// It validates by delegation.
        est_valideur_delegue: Option<bool> = "estValideurDelegue",
        /// INSEE may not publish it.
        non_diffusible_insee: Option<bool> = "nonDiffusibleInsee",
    }

    /// A service of a structure.
    pub struct Service {
        /// Internal identifier: `idServiceExecutant` of the searches.
        id_service: Option<i64> = "idService",
        /// Code.
        code_service: Option<String> = "codeService",
        /// Name.
        libelle_service: Option<String> = "libelleService",
        /// Whether it is active.
        est_actif: Option<bool> = "estActif",
        /// State, as a text.
        statut_service: Option<String> = "statutService",
    }
}

#[derive(Deserialize)]
pub(crate) struct ReponseStructures {
    #[serde(rename = "listeStructures", default, deserialize_with = "list")]
    liste: Option<Vec<StructureTrouvee>>,
    #[serde(rename = "parametresRetour", default)]
    parametres_retour: Option<ParametresRetour>,
}

#[derive(Deserialize)]
pub(crate) struct ReponseServices {
    #[serde(rename = "listeServices", default, deserialize_with = "list")]
    liste: Option<Vec<Service>>,
    #[serde(rename = "parametresRetour", default)]
    parametres_retour: Option<ParametresRetour>,
}

/// A list that is there, also when it is empty or null.
fn list<'de, D: serde::Deserializer<'de>, T: serde::de::DeserializeOwned>(
    input: D,
) -> Result<Option<Vec<T>>, D::Error> {
    crate::values::read(input).map(Some)
}

impl Account {
    /// `structures/v1/rechercher`: one page of structures.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn rechercher_structures(
        &self,
        criteria: &RechercheStructures,
    ) -> Result<Page<StructureTrouvee>, Error> {
        let answer = match self.call(Operation::RechercherStructures, criteria).await {
            Ok(answer) => answer,
            Err(error) => return no_result(error, says_no_result),
        };
        let body: ReponseStructures = answer.read()?;
        Paging(&body.parametres_retour.unwrap_or_default()).page(
            &answer,
            body.liste,
            "listeStructures",
        )
    }

    /// `structures/v1/consulter`: one structure.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn consulter_structure(
        &self,
        id_structure_cpp: i64,
    ) -> Result<StructureConsultee, Error> {
        let what = ConsulterStructure {
            code_langue: Some("fr".to_owned()),
            id_structure_cpp,
        };
        self.call(Operation::ConsulterStructure, &what)
            .await?
            .read()
    }

    /// `structures/v1/rechercher/services`: one page of the services of a structure.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn rechercher_services(
        &self,
        criteria: &RechercheServices,
    ) -> Result<Page<Service>, Error> {
        let answer = match self.call(Operation::RechercherServices, criteria).await {
            Ok(answer) => answer,
            Err(error) => return no_result(error, says_no_result),
        };
        let body: ReponseServices = answer.read()?;
        Paging(&body.parametres_retour.unwrap_or_default()).page(
            &answer,
            body.liste,
            "listeServices",
        )
    }
}
