use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

/// Two invoices: one with comments, a reference, character data and an attachment without content; one as pivots before V2_02 were.
const PIVOT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- en-tête -->
<p:CPPFacturePivot xmlns:p="urn:exemple" a='>'><Enveloppe><Id>XXX001</Id></Enveloppe><CPPFactures Compteur="2">
<CPPFacturePivotUnitaire NumOrdre="1"><Fournisseur><Identifiant> 00000000000727 </Identifiant></Fournisseur>
<Debiteur><Identifiant>00000000013456</Identifiant></Debiteur>
<DonneesFacture><Id>F&amp;<![CDATA[1]]></Id><IdCPRO>2194673</IdCPRO><Type>380</Type></DonneesFacture>
<PJ><Contenu>QUJD&#13;
<!-- rien --><![CDATA[REVG]]></Contenu><NomPJ>F1.pdf </NomPJ><CategoriePJ>Facture PDF</CategoriePJ><TypePJ>01</TypePJ></PJ>
<PJ><IdUnique>7</IdUnique><NomPJ>absente.pdf</NomPJ><TypePJ>02</TypePJ></PJ>
<PJ><Contenu/><NomPJ/></PJ>
<CycleDeValidation><Id>9</Id></CycleDeValidation></CPPFacturePivotUnitaire>
<!-- entre deux -->
<CPPFacturePivotUnitaire><DonneesFacture><Id>F2</Id><Type>381</Type></DonneesFacture><PJ><Contenu>R0hJ</Contenu></PJ></CPPFacturePivotUnitaire>
</CPPFactures></p:CPPFacturePivot>
"#;

/// What a consumer sees of one invoice.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    pivot: Vec<u8>,
    skeleton: Option<Vec<u8>>,
    identified: Vec<Identity>,
    identity: Identity,
    contents: Vec<(u32, Vec<u8>)>,
    pieces_jointes: Vec<PieceJointe>,
    whole: bool,
}

fn split_with(limits: Limits, pivot: &[u8], chunk: usize) -> (Vec<Seen>, Result<(), PivotError>) {
    let mut splitter = PivotSplitter::new(limits);
    let mut invoices: Vec<Seen> = Vec::new();
    for mut chunk in pivot.chunks(chunk) {
        loop {
            match splitter.next(&mut chunk) {
                Ok(Some(Piece::InvoiceStarted)) => invoices.push(Seen::default()),
                Ok(Some(piece)) => see(
                    invoices.last_mut().expect("a piece outside an invoice"),
                    piece,
                ),
                Ok(None) => break,
                Err(error) => return (invoices, Err(error)),
            }
        }
        assert!(chunk.is_empty());
    }
    (invoices, splitter.finish())
}

fn see(seen: &mut Seen, piece: Piece<'_>) {
    assert!(!seen.whole);
    match piece {
        Piece::InvoiceStarted => unreachable!(),
        Piece::Pivot(bytes) => seen.pivot.extend_from_slice(&bytes),
        Piece::Identified(identity) => seen.identified.push(identity),
        Piece::AttachmentStarted { position } => seen.contents.push((position, Vec::new())),
        Piece::Content(bytes) => seen
            .contents
            .last_mut()
            .unwrap()
            .1
            .extend_from_slice(&bytes),
        Piece::AttachmentEnded => {}
        Piece::PieceJointe(piece_jointe) => seen.pieces_jointes.push(piece_jointe),
        Piece::InvoiceEnded(ended) => {
            seen.whole = true;
            seen.identity = ended.identity;
            seen.skeleton = ended.skeleton;
        }
    }
}

fn split(pivot: &[u8], chunk: usize) -> (Vec<Seen>, Result<(), PivotError>) {
    split_with(Limits::default(), pivot, chunk)
}

fn unit(pivot: &str, nth: usize) -> &str {
    let start = pivot
        .match_indices("<CPPFacturePivotUnitaire")
        .nth(nth)
        .unwrap()
        .0;
    let end = pivot
        .match_indices("</CPPFacturePivotUnitaire>")
        .nth(nth)
        .unwrap()
        .0;
    &pivot[start..end + "</CPPFacturePivotUnitaire>".len()]
}

#[test]
fn each_invoice_is_its_own_pivot_verbatim() {
    let (invoices, end) = split(PIVOT.as_bytes(), 4096);
    assert_eq!(end, Ok(()));
    let prologue = &PIVOT[..PIVOT.find("<CPPFacturePivotUnitaire").unwrap()];
    for (nth, invoice) in invoices.iter().enumerate() {
        let expected = format!(
            "{prologue}{}</CPPFactures></p:CPPFacturePivot>",
            unit(PIVOT, nth)
        );
        assert_eq!(String::from_utf8_lossy(&invoice.pivot), expected);
        roxmltree::Document::parse(&expected).unwrap();
    }
    assert_eq!(invoices.len(), 2);
}

#[test]
fn contents_come_with_references_resolved_and_comments_left_out() {
    let (invoices, _) = split(PIVOT.as_bytes(), 4096);
    assert_eq!(
        invoices[0].contents,
        [(1, b"QUJD\r\nREVG".to_vec()), (3, Vec::new())]
    );
    assert_eq!(invoices[1].contents, [(1, b"R0hJ".to_vec())]);
}

#[test]
fn the_skeleton_is_the_pivot_with_its_contents_emptied() {
    let (invoices, _) = split(PIVOT.as_bytes(), 4096);
    let skeleton = String::from_utf8(invoices[0].skeleton.clone().unwrap()).unwrap();
    assert!(
        skeleton.contains("<PJ><Contenu></Contenu><NomPJ>F1.pdf </NomPJ>"),
        "{skeleton}"
    );
    assert!(skeleton.contains("<IdCPRO>2194673</IdCPRO>"));
    roxmltree::Document::parse(&skeleton).unwrap();
}

#[test]
fn an_invoice_is_identified_once_and_before_its_attachments() {
    let (invoices, _) = split(PIVOT.as_bytes(), 4096);
    let first = Identity {
        id_cpro: Some(2_194_673),
        numero: Some("F&1".into()),
        fournisseur: Some("00000000000727".into()),
    };
    assert_eq!(invoices[0].identified, [first]);
    assert_eq!(
        invoices[1].identified,
        [Identity {
            numero: Some("F2".into()),
            ..Identity::default()
        }]
    );
    let mut splitter = PivotSplitter::default();
    let mut input = PIVOT.as_bytes();
    let mut identified = false;
    while let Some(piece) = splitter.next(&mut input).unwrap() {
        match piece {
            Piece::InvoiceStarted => identified = false,
            Piece::Identified(_) => identified = true,
            Piece::AttachmentStarted { .. } => assert!(identified),
            _ => {}
        }
    }
}

#[test]
fn attachments_are_described_after_their_content() {
    let (invoices, _) = split(PIVOT.as_bytes(), 4096);
    let described = &invoices[0].pieces_jointes;
    assert_eq!(described.len(), 3);
    assert_eq!(
        described[0],
        PieceJointe {
            position: 1,
            nom: Some("F1.pdf ".into()),
            nom_origine: None,
            categorie: Some("Facture PDF".into()),
            type_pj: Some("01".into()),
            mime: None,
            has_content: true,
        }
    );
    assert_eq!(
        (described[1].position, described[1].has_content),
        (2, false)
    );
    assert_eq!(
        (described[2].nom.as_deref(), described[2].has_content),
        (None, true)
    );
}

proptest! {
    #[test]
    fn every_split_gives_the_same_pieces(chunk in 1_usize..300) {
        prop_assert_eq!(split(PIVOT.as_bytes(), chunk), split(PIVOT.as_bytes(), 4096));
    }

    #[test]
    fn an_answer_cut_off_anywhere_is_an_error_and_what_was_whole_stays(cut in 0_usize..1500, chunk in 1_usize..300) {
        let end = PIVOT.trim_end().len();
        let cut = cut.min(end - 1);
        prop_assume!(PIVOT.is_char_boundary(cut));
        let (invoices, result) = split(&PIVOT.as_bytes()[..cut], chunk);
        prop_assert!(result.unwrap_err().is_cut_off());
        let first_end = PIVOT.find("</CPPFacturePivotUnitaire>").unwrap() + 26;
        prop_assert_eq!(invoices.first().is_some_and(|invoice| invoice.whole), cut >= first_end);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), chunk in 1_usize..50) {
        let _ = split(&bytes, chunk);
    }

    #[test]
    fn xml_like_bytes_do_not_make_it_panic(
        tokens in proptest::collection::vec(prop::sample::select(vec![
            "<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "]", "<?", "?>", "&", ";", "\"", "'", "=", " ", "-", "&#13;",
            "<CPPFacturePivotUnitaire>", "</CPPFacturePivotUnitaire>", "<PJ>", "</PJ>", "<Contenu>", "</Contenu>", "<Contenu/>",
            "<DonneesFacture>", "<Id>", "</Id>", "</DonneesFacture>", "<NomPJ>", "</NomPJ>", "QUJD",
        ]), 0..40),
        chunk in 1_usize..50
    ) {
        let pivot = format!("<r><CPPFacturePivotUnitaire>{}", tokens.concat());
        let _ = split(pivot.as_bytes(), chunk);
    }

    #[test]
    fn what_it_accepts_roxmltree_accepts_or_faults_for_names_and_attributes(
        tokens in proptest::collection::vec(prop::sample::select(vec![
            "<a>", "</a>", "<b c='d'/>", "<!-- x -->", "<![CDATA[]]]]>", "<PJ>", "</PJ>", "<Contenu>", "</Contenu>", "QUJD", "&#13;", "<?p q?>",
        ]), 0..12),
        chunk in 1_usize..50
    ) {
        let pivot = format!("<r><CPPFacturePivotUnitaire>{}</CPPFacturePivotUnitaire></r>", tokens.concat());
        let (invoices, result) = split(pivot.as_bytes(), chunk);
        let well_formed = roxmltree::Document::parse(&pivot).is_ok();
        prop_assert_eq!(result.is_ok(), well_formed, "{}", pivot);
        if well_formed {
            prop_assert_eq!(String::from_utf8_lossy(&invoices[0].pivot), pivot);
        }
    }
}

#[test]
fn what_is_no_pivot_is_refused_at_once() {
    for (answer, error) in [
        (b"%PDF-1.7".as_slice(), PivotError::NotXml { first: b'%' }),
        (b"PK\x03\x04", PivotError::NotXml { first: b'P' }),
        (b"\xff\xfe<\0", PivotError::Encoding),
        (b"\xfe\xff\0<", PivotError::Encoding),
        (b"<\0?\0", PivotError::Encoding),
        (b"\0<\0?", PivotError::Encoding),
    ] {
        assert_eq!(split(answer, 1).1, Err(error));
    }
    assert!(matches!(
        split(b"<r/>text", 3).1,
        Err(PivotError::NotWellFormed { .. })
    ));
    assert!(matches!(
        split(b"<r/><r/>", 3).1,
        Err(PivotError::NotWellFormed { .. })
    ));
    assert!(matches!(
        split(b"<r></s>", 3).1,
        Err(PivotError::NotWellFormed { .. })
    ));
    assert_eq!(split(b"", 1).1, Err(PivotError::CutOff { at: 0 }));
}

#[test]
fn the_place_of_an_error_does_not_depend_on_the_pieces() {
    let pivot = b"<CPPFacturePivot><CPPFactures Compteur=\"1\" <x></CPPFactures></CPPFacturePivot>";
    let place = pivot.windows(3).position(|w| w == b" <x").unwrap() as u64 + 1;
    for chunk in 1..pivot.len() {
        let (_, end) = split(pivot, chunk);
        let at = match end {
            Err(PivotError::NotWellFormed { at, .. }) => at,
            other => panic!("{chunk}: {other:?}"),
        };
        assert_eq!(at, place, "in pieces of {chunk}");
    }
}

#[test]
fn a_byte_order_mark_is_taken() {
    let (invoices, end) = split(format!("\u{feff}{PIVOT}").as_bytes(), 1);
    assert_eq!((invoices.len(), end), (2, Ok(())));
    assert!(invoices[0].pivot.starts_with(b"\xef\xbb\xbf<?xml"));
}

#[test]
fn a_document_type_is_refused_before_it_can_do_harm() {
    let laughs =
        br#"<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><r>&b;</r>"#;
    assert!(matches!(
        split(laughs, 5).1,
        Err(PivotError::Doctype { .. })
    ));
    let external = br#"<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>"#;
    assert!(matches!(
        split(external, 5).1,
        Err(PivotError::Doctype { .. })
    ));
}

#[test]
fn ten_thousand_levels_are_refused() {
    let deep = "<a>".repeat(10_000);
    assert!(matches!(
        split(deep.as_bytes(), 4096).1,
        Err(PivotError::TooDeep { limit: 64, .. })
    ));
}

#[test]
fn an_endless_tag_and_an_endless_prologue_are_refused() {
    let tag = format!("<r a='{}", "x".repeat(100_000));
    assert!(matches!(
        split(tag.as_bytes(), 4096).1,
        Err(PivotError::MarkupTooLong { .. })
    ));
    let prologue = format!("<r>{}", "x".repeat(2_000_000));
    assert!(matches!(
        split(prologue.as_bytes(), 4096).1,
        Err(PivotError::PrologueTooLong { .. })
    ));
}

#[test]
fn a_skeleton_past_its_limit_is_given_up_and_nothing_else() {
    let limits = Limits {
        skeleton: 500,
        ..Limits::default()
    };
    let (invoices, end) = split_with(limits, PIVOT.as_bytes(), 100);
    assert_eq!(end, Ok(()));
    assert_eq!(invoices[0].skeleton, None);
    let (unlimited, _) = split(PIVOT.as_bytes(), 100);
    assert_eq!(invoices[0].pivot, unlimited[0].pivot);
    assert_eq!(invoices[0].contents, unlimited[0].contents);
}

#[test]
fn a_reference_that_stands_for_nothing_reaches_the_base64_decoder() {
    let pivot = b"<r><CPPFacturePivotUnitaire><PJ><Contenu>QU&lol;JD&unending-entity-name</Contenu></PJ></CPPFacturePivotUnitaire></r>";
    let (invoices, end) = split(pivot, 7);
    assert_eq!(end, Ok(()));
    assert_eq!(invoices[0].contents[0].1, b"QU&lol;JD&unending-entity-name");
}

/// AIFE's sample: four invoices, an attachment whose `NomPJ` ends with a blank, no `IdCPRO`.
#[test]
fn the_portals_own_sample_gives_every_attachment() {
    let shared = std::env::var_os("RELAIS_SHARED_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = shared.join("reference/chorus-pro/samples/CPPFichierFormatPivot.xml");
    let Ok(sample) = std::fs::read(&path) else {
        println!("{} is not here, skipped", path.display());
        return;
    };
    let (invoices, end) = split(&sample, 64 * 1024);
    assert_eq!((invoices.len(), end), (4, Ok(())));
    let mut files = 0;
    for invoice in &invoices {
        assert_eq!(invoice.identity.id_cpro, None);
        for ((position, base64), piece_jointe) in
            invoice.contents.iter().zip(&invoice.pieces_jointes)
        {
            assert_eq!(*position, piece_jointe.position);
            let mut decoder = MemberDecoder::default();
            let mut file = Vec::new();
            decoder.push(base64).unwrap();
            while decoder.pull(&mut file).unwrap() {}
            let member = decoder.finish(&mut file).unwrap();
            assert_eq!(member.container, Container::Zip);
            assert_eq!(
                Some(member.name.unwrap().full.as_str()),
                piece_jointe.nom.as_deref().map(str::trim)
            );
            files += 1;
        }
    }
    assert_eq!(files, 6);
}
