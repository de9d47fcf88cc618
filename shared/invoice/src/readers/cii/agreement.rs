//! `ApplicableHeaderTradeAgreement` and `ApplicableHeaderTradeDelivery`: parties and references.

use super::super::xml::El;
use super::date_at;
use crate::model::{
    Address, Attachment, Contact, Delivery, EmbeddedFile, Identifier, Invoice, Party,
};

pub(super) fn read(el: El<'_>, invoice: &mut Invoice) {
    if let Some(seller) = el.one("SellerTradeParty") {
        invoice.seller = party(seller);
    }
    if let Some(buyer) = el.one("BuyerTradeParty") {
        invoice.buyer = party(buyer);
    }
    invoice.tax_representative = el.one("SellerTaxRepresentativeTradeParty").map(party);
    let references = &mut invoice.references;
    references.service_code = el.text_at(&["BuyerReference"]);
    references.sales_order = el.text_at(&["SellerOrderReferencedDocument", "IssuerAssignedID"]);
    references.purchase_order = el.text_at(&["BuyerOrderReferencedDocument", "IssuerAssignedID"]);
    references.contract = el.text_at(&["ContractReferencedDocument", "IssuerAssignedID"]);
    if let Some(project) = el.one("SpecifiedProcuringProject") {
        references.project = project.text_at(&["ID"]);
        // CII asks for a name; the binding of EN 16931 fills it with these words.
        project.settle_if(&["Name"], &["Project reference"]);
    }
    for reference in el.all("AdditionalReferencedDocument") {
        match reference.peek_at(&["TypeCode"]).as_deref() {
            Some("50") if references.tender_or_lot.is_none() => {
                reference.settle_at(&["TypeCode"]);
                references.tender_or_lot = reference.text_at(&["IssuerAssignedID"]);
            }
            Some("130") if references.invoiced_object.is_none() => {
                references.invoiced_object = invoiced_object(reference);
            }
            _ => invoice.attachments.push(attachment(reference)),
        }
    }
}

pub(super) fn read_delivery(el: El<'_>, invoice: &mut Invoice) {
    let ship_to = el.one("ShipToTradeParty");
    let delivery = Delivery {
        name: ship_to.and_then(|to| to.text_at(&["Name"])),
        location: ship_to.and_then(|to| identifiers(to).into_iter().next()),
        date: date_at(
            el,
            &["ActualDeliverySupplyChainEvent", "OccurrenceDateTime"],
        ),
        address: ship_to
            .and_then(|to| to.one("PostalTradeAddress"))
            .and_then(address),
    };
    invoice.delivery = (delivery != Delivery::default()).then_some(delivery);
    invoice.references.despatch_advice =
        el.text_at(&["DespatchAdviceReferencedDocument", "IssuerAssignedID"]);
    invoice.references.receiving_advice =
        el.text_at(&["ReceivingAdviceReferencedDocument", "IssuerAssignedID"]);
}

/// BT-18, BT-128: `ReferenceTypeCode` is the scheme.
pub(super) fn invoiced_object(el: El<'_>) -> Option<Identifier> {
    el.settle_at(&["TypeCode"]);
    Some(Identifier {
        id: el.text_at(&["IssuerAssignedID"])?,
        scheme: el.text_at(&["ReferenceTypeCode"]),
    })
}

fn attachment(el: El<'_>) -> Attachment {
    el.settle_if(&["TypeCode"], &["916"]);
    let embedded = el
        .one("AttachmentBinaryObject")
        .map(|content| EmbeddedFile {
            mime_type: content.attr("mimeCode"),
            file_name: content.attr("filename"),
            base64_length: content
                .text()
                .and_then(|text| u64::try_from(text.len()).ok()),
        });
    Attachment {
        reference: el.text_at(&["IssuerAssignedID"]),
        description: el.text_at(&["Name"]),
        location: el.text_at(&["URIID"]),
        embedded,
        type_pj: None,
    }
}

pub(super) fn party(el: El<'_>) -> Party {
    let mut party = Party {
        name: el.text_at(&["Name"]),
        trading_name: el.text_at(&["SpecifiedLegalOrganization", "TradingBusinessName"]),
        identifiers: identifiers(el),
        legal_registration: el
            .at(&["SpecifiedLegalOrganization", "ID"])
            .and_then(El::identifier),
        legal_information: el.text_at(&["Description"]),
        electronic_address: el
            .at(&["URIUniversalCommunication", "URIID"])
            .and_then(El::identifier),
        address: el.one("PostalTradeAddress").and_then(address),
        contact: el.one("DefinedTradeContact").and_then(contact),
        ..Party::default()
    };
    for id in el
        .all("SpecifiedTaxRegistration")
        .filter_map(|registration| registration.one("ID"))
    {
        match id.attr("schemeID").as_deref() {
            Some("VA") if party.vat_id.is_none() => party.vat_id = id.text(),
            Some("FC") if party.tax_registration.is_none() => party.tax_registration = id.text(),
            _ => {}
        }
    }
    party
}

/// `GlobalID` has a scheme, `ID` has none.
fn identifiers(el: El<'_>) -> Vec<Identifier> {
    let mut identifiers: Vec<Identifier> = el
        .all("GlobalID")
        .chain(el.all("ID"))
        .filter_map(El::identifier)
        .collect();
    identifiers.sort_by_key(|identifier| identifier.scheme.is_none());
    identifiers
}

fn address(el: El<'_>) -> Option<Address> {
    let address = Address {
        line1: el.text_at(&["LineOne"]),
        line2: el.text_at(&["LineTwo"]),
        line3: el.text_at(&["LineThree"]),
        city: el.text_at(&["CityName"]),
        post_code: el.text_at(&["PostcodeCode"]),
        subdivision: el.text_at(&["CountrySubDivisionName"]),
        country: el.text_at(&["CountryID"]),
    };
    (address != Address::default()).then_some(address)
}

fn contact(el: El<'_>) -> Option<Contact> {
    let name = match (el.text_at(&["PersonName"]), el.text_at(&["DepartmentName"])) {
        (Some(person), Some(department)) => Some(format!("{person}({department})")),
        (person, department) => person.or(department),
    };
    let contact = Contact {
        name,
        telephone: el.text_at(&["TelephoneUniversalCommunication", "CompleteNumber"]),
        email: el.text_at(&["EmailURIUniversalCommunication", "URIID"]),
    };
    (contact != Contact::default()).then_some(contact)
}
