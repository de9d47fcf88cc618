//! Parties and addresses of UBL.

use super::super::{ubl_chorus, xml::El};
use crate::model::{Address, Contact, Dialect, Identifier, Party};

/// What a party is on the invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The seller: its SEPA identifier is BT-90 and not BT-29.
    Seller,
    /// The buyer.
    Buyer,
    /// The payee or the tax representative: the name stands where others have the trading name.
    Other,
}

const SEPA: &str = "SEPA";

pub(super) fn read(el: El<'_>, role: Role, dialect: Dialect) -> Party {
    let mut party = Party {
        trading_name: el.text_at(&["PartyName", "Name"]),
        name: el.text_at(&["PartyLegalEntity", "RegistrationName"]),
        identifiers: identifiers(el, role, dialect),
        legal_registration: el
            .at(&["PartyLegalEntity", "CompanyID"])
            .and_then(El::identifier),
        legal_information: el.text_at(&["PartyLegalEntity", "CompanyLegalForm"]),
        electronic_address: el.one("EndpointID").and_then(El::identifier),
        address: el.one("PostalAddress").and_then(|el| address(el, dialect)),
        contact: el.one("Contact").and_then(contact),
        ..Party::default()
    };
    if role == Role::Other && party.name.is_none() {
        party.name = party.trading_name.take();
    }
    for scheme in el.all("PartyTaxScheme") {
        let is_vat = scheme
            .peek_at(&["TaxScheme", "ID"])
            .is_some_and(|id| id.eq_ignore_ascii_case("VAT"));
        let place = if is_vat {
            &mut party.vat_id
        } else {
            &mut party.tax_registration
        };
        if place.is_none() {
            *place = scheme.text_at(&["CompanyID"]);
            if place.is_some() {
                scheme.settle_at(&["TaxScheme", "ID"]);
            }
        }
    }
    party
}

/// BT-29, BT-46, BT-60: those with a scheme first. CII has one element for each of both groups and cannot say it otherwise.
fn identifiers(el: El<'_>, role: Role, dialect: Dialect) -> Vec<Identifier> {
    let mut identifiers: Vec<Identifier> = el
        .all("PartyIdentification")
        .filter_map(|el| el.one("ID"))
        .filter(|id| role == Role::Buyer || id.attr("schemeID").as_deref() != Some(SEPA))
        .filter_map(|id| match dialect {
            Dialect::ChorusUbl => ubl_chorus::identifier(id),
            _ => id.identifier(),
        })
        .collect();
    identifiers.sort_by_key(|identifier| identifier.scheme.is_none());
    identifiers
}

/// BT-90, where the seller or the payee has it.
pub(super) fn sepa_identifier(el: El<'_>) -> Option<String> {
    el.all("PartyIdentification")
        .filter_map(|el| el.one("ID"))
        .find(|id| id.attr("schemeID").as_deref() == Some(SEPA))
        .and_then(El::text)
}

pub(super) fn address(el: El<'_>, dialect: Dialect) -> Option<Address> {
    let mut address = Address {
        line1: el.text_at(&["StreetName"]),
        line2: el.text_at(&["AdditionalStreetName"]),
        line3: None,
        city: el.text_at(&["CityName"]),
        post_code: el.text_at(&["PostalZone"]),
        subdivision: el.text_at(&["CountrySubentity"]),
        country: el.text_at(&["Country", "IdentificationCode"]),
    };
    if dialect == Dialect::ChorusUbl && address.line1.is_none() {
        ubl_chorus::address_lines(el, &mut address);
    } else {
        address.line3 = el.text_at(&["AddressLine", "Line"]);
    }
    (address != Address::default()).then_some(address)
}

fn contact(el: El<'_>) -> Option<Contact> {
    let contact = Contact {
        name: el.text_at(&["Name"]),
        telephone: el.text_at(&["Telephone"]),
        email: el.text_at(&["ElectronicMail"]),
    };
    (contact != Contact::default()).then_some(contact)
}
