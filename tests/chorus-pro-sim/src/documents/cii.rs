//! The invoice as UN/CEFACT Cross Industry Invoice D16B, profile EN 16931 (Factur-X's own).

use crate::documents::structured::{digits, escape};
use crate::state::{Invoice, Ligne, Tva};

/// Writes the document. Totals are those of the portal's data, to the digit.
pub(crate) fn write(invoice: &Invoice) -> String {
    let supplier = &invoice.fournisseur;
    let buyer = &invoice.destinataire;
    let lines: String = invoice
        .lignes
        .iter()
        .enumerate()
        .map(|(index, line)| write_line(index + 1, line))
        .collect();
    let taxes: String = invoice.tvas.iter().map(write_tax).collect();
    let order = invoice.numero_bon_commande.as_ref().map_or(String::new(), |number| {
        format!(
            "<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>{}</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>",
            escape(number)
        )
    });
    let contract = invoice.numero_marche.as_ref().map_or(String::new(), |number| {
        format!(
            "<ram:ContractReferencedDocument><ram:IssuerAssignedID>{}</ram:IssuerAssignedID></ram:ContractReferencedDocument>",
            escape(number)
        )
    });
    let origin = invoice.numero_origine.as_ref().map_or(String::new(), |number| {
        format!(
            "<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>{}</ram:IssuerAssignedID></ram:InvoiceReferencedDocument>",
            escape(number)
        )
    });
    let service = invoice
        .service_depose()
        .and_then(|service| service.code.clone());
    let reference = service.map_or(String::new(), |code| {
        format!("<ram:BuyerReference>{}</ram:BuyerReference>", escape(&code))
    });
    let tax_total = invoice.tvas.iter().map(|tva| tva.montant).sum();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:BusinessProcessSpecifiedDocumentContextParameter><ram:ID>A1</ram:ID></ram:BusinessProcessSpecifiedDocumentContextParameter><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>{type_code}</ram:TypeCode><ram:IssueDateTime><udt:DateTimeString format="102">{date}</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
{lines}<ram:ApplicableHeaderTradeAgreement>{reference}<ram:SellerTradeParty><ram:Name>{seller}</ram:Name><ram:SpecifiedLegalOrganization><ram:ID schemeID="0009">{seller_id}</ram:ID></ram:SpecifiedLegalOrganization><ram:PostalTradeAddress><ram:PostcodeCode>{seller_postcode}</ram:PostcodeCode><ram:LineOne>{seller_street}</ram:LineOne><ram:CityName>{seller_city}</ram:CityName><ram:CountryID>{seller_country}</ram:CountryID></ram:PostalTradeAddress><ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{seller_vat}</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty><ram:BuyerTradeParty><ram:Name>{buyer_name}</ram:Name><ram:SpecifiedLegalOrganization><ram:ID schemeID="0009">{buyer_id}</ram:ID></ram:SpecifiedLegalOrganization><ram:PostalTradeAddress><ram:PostcodeCode>{buyer_postcode}</ram:PostcodeCode><ram:LineOne>{buyer_street}</ram:LineOne><ram:CityName>{buyer_city}</ram:CityName><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress></ram:BuyerTradeParty>{order}{contract}</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery><ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime><udt:DateTimeString format="102">{date}</udt:DateTimeString></ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent></ram:ApplicableHeaderTradeDelivery>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>{currency}</ram:InvoiceCurrencyCode><ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>30</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
{taxes}<ram:SpecifiedTradePaymentTerms><ram:Description>Paiement à {days} jours</ram:Description></ram:SpecifiedTradePaymentTerms><ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>{ht}</ram:LineTotalAmount><ram:TaxBasisTotalAmount>{ht}</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="{currency}">{tax_total}</ram:TaxTotalAmount><ram:GrandTotalAmount>{ttc}</ram:GrandTotalAmount><ram:DuePayableAmount>{due}</ram:DuePayableAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>{origin}</ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
"#,
        number = escape(&invoice.numero),
        type_code = if invoice.type_facture == "AVOIR" {
            "381"
        } else {
            "380"
        },
        date = invoice.date_facture.strftime("%Y%m%d"),
        seller = escape(&supplier.designation),
        seller_id = escape(&supplier.identifiant),
        seller_postcode = escape(&supplier.adresse.code_postal),
        seller_street = escape(&supplier.adresse.detail),
        seller_city = escape(&supplier.adresse.ville),
        seller_country = escape(&supplier.pays),
        seller_vat = escape(&supplier.tva),
        buyer_name = escape(&buyer.designation),
        buyer_id = escape(&buyer.siret),
        buyer_postcode = escape(&buyer.adresse.code_postal),
        buyer_street = escape(&buyer.adresse.detail),
        buyer_city = escape(&buyer.adresse.ville),
        currency = escape(&invoice.devise),
        iban = supplier.iban,
        days = buyer.payment_delay_days,
        ht = digits(invoice.montants.ht),
        ttc = digits(invoice.montants.ttc),
        due = digits(invoice.montants.a_payer),
        tax_total = digits(tax_total),
    )
}

fn write_line(number: usize, line: &Ligne) -> String {
    format!(
        r#"<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>{number}</ram:LineID></ram:AssociatedDocumentLineDocument><ram:SpecifiedTradeProduct><ram:Name>{name}</ram:Name></ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>{price}</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement><ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="{unit}">{quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{rate}</ram:RateApplicablePercent></ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{net}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>
"#,
        name = escape(&line.denomination),
        price = line.prix_unitaire,
        unit = line.unite,
        quantity = line.quantite,
        rate = line.taux_tva,
        net = digits(line.montant_ht),
    )
}

fn write_tax(tva: &Tva) -> String {
    format!(
        "<ram:ApplicableTradeTax><ram:CalculatedAmount>{}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>{}</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{}</ram:RateApplicablePercent></ram:ApplicableTradeTax>\n",
        digits(tva.montant),
        digits(tva.base_ht),
        tva.taux
    )
}
