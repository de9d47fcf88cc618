//! The invoice as UBL 2.1 (EN 16931). Credit notes have a root element of their own in UBL: this simulator writes them as CII only.

use crate::documents::structured::{digits, escape};
use crate::state::{Invoice, Ligne, Tva};

/// Writes the document. Totals are those of the portal's data, to the digit.
pub(crate) fn write(invoice: &Invoice) -> String {
    let supplier = &invoice.fournisseur;
    let buyer = &invoice.destinataire;
    let currency = escape(&invoice.devise);
    let lines: String = invoice
        .lignes
        .iter()
        .enumerate()
        .map(|(index, line)| write_line(index + 1, line, &currency))
        .collect();
    let taxes: String = invoice
        .tvas
        .iter()
        .map(|tva| write_tax(tva, &currency))
        .collect();
    let tax_total = digits(invoice.tvas.iter().map(|tva| tva.montant).sum());
    let order = invoice
        .numero_bon_commande
        .as_ref()
        .map_or(String::new(), |number| {
            format!(
                "<cac:OrderReference><cbc:ID>{}</cbc:ID></cac:OrderReference>\n",
                escape(number)
            )
        });
    let contract = invoice.numero_marche.as_ref().map_or(String::new(), |number| {
        format!("<cac:ContractDocumentReference><cbc:ID>{}</cbc:ID></cac:ContractDocumentReference>\n", escape(number))
    });
    let reference = invoice
        .service_depose()
        .and_then(|service| service.code.as_ref())
        .map_or(String::new(), |code| {
            format!(
                "<cbc:BuyerReference>{}</cbc:BuyerReference>\n",
                escape(code)
            )
        });
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
<cbc:ProfileID>A1</cbc:ProfileID>
<cbc:ID>{number}</cbc:ID>
<cbc:IssueDate>{date}</cbc:IssueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>
{reference}{order}{contract}<cac:AccountingSupplierParty><cac:Party><cac:PostalAddress><cbc:StreetName>{seller_street}</cbc:StreetName><cbc:CityName>{seller_city}</cbc:CityName><cbc:PostalZone>{seller_postcode}</cbc:PostalZone><cac:Country><cbc:IdentificationCode>{seller_country}</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>{seller_vat}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>{seller}</cbc:RegistrationName><cbc:CompanyID schemeID="0009">{seller_id}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PostalAddress><cbc:StreetName>{buyer_street}</cbc:StreetName><cbc:CityName>{buyer_city}</cbc:CityName><cbc:PostalZone>{buyer_postcode}</cbc:PostalZone><cac:Country><cbc:IdentificationCode>FR</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>{buyer_name}</cbc:RegistrationName><cbc:CompanyID schemeID="0009">{buyer_id}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>{iban}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:PaymentTerms><cbc:Note>Paiement à {days} jours</cbc:Note></cac:PaymentTerms>
<cac:TaxTotal><cbc:TaxAmount currencyID="{currency}">{tax_total}</cbc:TaxAmount>{taxes}</cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="{currency}">{ht}</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="{currency}">{ht}</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="{currency}">{ttc}</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="{currency}">{due}</cbc:PayableAmount></cac:LegalMonetaryTotal>
{lines}</Invoice>
"#,
        number = escape(&invoice.numero),
        date = invoice.date_facture,
        seller = escape(&supplier.designation),
        seller_id = escape(&supplier.identifiant),
        seller_street = escape(&supplier.adresse.detail),
        seller_city = escape(&supplier.adresse.ville),
        seller_postcode = escape(&supplier.adresse.code_postal),
        seller_country = escape(&supplier.pays),
        seller_vat = escape(&supplier.tva),
        buyer_name = escape(&buyer.designation),
        buyer_id = escape(&buyer.siret),
        buyer_street = escape(&buyer.adresse.detail),
        buyer_city = escape(&buyer.adresse.ville),
        buyer_postcode = escape(&buyer.adresse.code_postal),
        iban = supplier.iban,
        days = buyer.payment_delay_days,
        ht = digits(invoice.montants.ht),
        ttc = digits(invoice.montants.ttc),
        due = digits(invoice.montants.a_payer),
    )
}

fn write_line(number: usize, line: &Ligne, currency: &str) -> String {
    format!(
        r#"<cac:InvoiceLine><cbc:ID>{number}</cbc:ID><cbc:InvoicedQuantity unitCode="{unit}">{quantity}</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="{currency}">{net}</cbc:LineExtensionAmount><cac:Item><cbc:Name>{name}</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{rate}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item><cac:Price><cbc:PriceAmount currencyID="{currency}">{price}</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
"#,
        unit = line.unite,
        quantity = line.quantite,
        net = digits(line.montant_ht),
        name = escape(&line.denomination),
        rate = line.taux_tva,
        price = line.prix_unitaire,
    )
}

fn write_tax(tva: &Tva, currency: &str) -> String {
    format!(
        r#"<cac:TaxSubtotal><cbc:TaxableAmount currencyID="{currency}">{}</cbc:TaxableAmount><cbc:TaxAmount currencyID="{currency}">{}</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal>"#,
        digits(tva.base_ht),
        digits(tva.montant),
        tva.taux
    )
}
