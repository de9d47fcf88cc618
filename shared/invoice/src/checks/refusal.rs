//! The reasons of refusal that a finding may suggest.

/// A reason of refusal of the French e-invoicing platform, as Chorus Pro takes it back from a recipient.
///
/// Source: external specifications of electronic invoicing, annexe 7 (rules, v1.8), « Tableau des motifs de refus ».
/// Only the reasons that a check can suggest are here: most of the table is for a human who has seen the goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalCode {
    /// `CALCUL_ERR`: an error of calculation in the invoice.
    CalculErr,
    /// `CMD_EJ_ERR`: the number of the order or engagement is wrong or missing. Annexe 7 allows it for a refusal only
    /// when the buyer gave the number before it was invoiced.
    CmdEjErr,
    /// `CODE_ROUTAGE_ERR`: the recipient's routing code, for a public body the code service, is wrong or missing.
    CodeRoutageErr,
    /// `COORD_BANC_ERR`: the bank details are wrong.
    CoordBancErr,
    /// `CREANCIER_ERR`: the creditor is unknown, or not the one of the contract or order.
    CreancierErr,
    /// `DEST_ERR`: the invoice is for somebody else.
    DestErr,
    /// `DOUBLON`: the same number, the same seller, the same year.
    Doublon,
    /// `MODPAI_ERR`: the terms of payment, such as the due date, are wrong.
    ModpaiErr,
    /// `MONTANTTOTAL_ERR`: one of the totals is wrong.
    MontanttotalErr,
    /// `NON_CONFORME`: something the law asks to be written is missing.
    NonConforme,
    /// `PU_ERR`: a unit price is wrong.
    PuErr,
    /// `REF_CT_ABSENT`: a reference needed to process the invoice is missing.
    RefCtAbsent,
    /// `REF_ERR`: a reference is wrong.
    RefErr,
    /// `SE_ERR`: the service of the recipient is wrong.
    SeErr,
    /// `SIRET_ERR`: the recipient's SIRET is wrong or missing.
    SiretErr,
    /// `TX_TVA_ERR`: a VAT rate is wrong.
    TxTvaErr,
}

impl RefusalCode {
    /// The code as the platform writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CalculErr => "CALCUL_ERR",
            Self::CmdEjErr => "CMD_EJ_ERR",
            Self::CodeRoutageErr => "CODE_ROUTAGE_ERR",
            Self::CoordBancErr => "COORD_BANC_ERR",
            Self::CreancierErr => "CREANCIER_ERR",
            Self::DestErr => "DEST_ERR",
            Self::Doublon => "DOUBLON",
            Self::ModpaiErr => "MODPAI_ERR",
            Self::MontanttotalErr => "MONTANTTOTAL_ERR",
            Self::NonConforme => "NON_CONFORME",
            Self::PuErr => "PU_ERR",
            Self::RefCtAbsent => "REF_CT_ABSENT",
            Self::RefErr => "REF_ERR",
            Self::SeErr => "SE_ERR",
            Self::SiretErr => "SIRET_ERR",
            Self::TxTvaErr => "TX_TVA_ERR",
        }
    }
}
