//! Downloads that are as they should be.

use super::*;

#[tokio::test]
async fn each_invoice_finds_its_pivot_and_its_documents_in_its_own_folder() {
    let s3 = MemoryS3::default();
    let units = [
        unit(
            1,
            true,
            &[
                ("F1.pdf", "01", contenu("F1.pdf", PDF)),
                ("bon n° 1.pdf ", "02", contenu("bon n° 1.pdf", b"%PDF-bon")),
            ],
        ),
        unit(2, true, &[("F2.pdf", "01", contenu("F2.pdf", b"%PDF-2"))]),
    ];
    // Asked for in another order than they come.
    let outcome = store(
        &s3.store(),
        &mut whole(&pivot(&units)),
        &[expected(2), expected(1)],
    )
    .await;
    assert!(outcome.unexpected.is_empty() && outcome.interruption.is_none());
    let [second, first] = outcome.invoices.try_into().unwrap();
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(
        s3.keys(),
        [
            folder(1).documents() + "01-F1.pdf",
            folder(1).documents() + "02-bon_n_1.pdf",
            folder(1).pivot(),
            folder(2).documents() + "01-F2.pdf",
            folder(2).pivot(),
        ]
    );
    let document = &first.documents[0];
    assert_eq!(s3.bytes(&document.object.key), PDF);
    assert_eq!(
        (document.object.size, &document.object.sha256),
        (PDF.len() as u64, &sha256(PDF))
    );
    assert_eq!(
        (
            document.role,
            document.media_type.as_str(),
            document.position
        ),
        (Role::Principale, "application/pdf", 1)
    );
    assert_eq!(document.categorie.as_deref(), Some("Facture PDF"));
    assert!(document.findings.is_empty() && document.object.version_id.is_some());
    assert_eq!(first.documents[1].role, Role::Complementaire);
    assert_eq!(
        first.documents[1].original_name.as_deref(),
        Some("bon n° 1.pdf ")
    );
    assert_eq!(second.identity.numero.as_deref(), Some("F2"));
    let stored_pivot = s3.bytes(&folder(2).pivot());
    assert_eq!(
        String::from_utf8(stored_pivot.clone())
            .unwrap()
            .matches("<CPPFacturePivotUnitaire>")
            .count(),
        1
    );
    assert_eq!(second.pivot.sha256, sha256(&stored_pivot));
    let skeleton = String::from_utf8(second.skeleton.unwrap()).unwrap();
    assert!(skeleton.contains("<Contenu></Contenu><NomPJ>F2.pdf</NomPJ>"));
}

#[tokio::test]
async fn a_large_attachment_takes_the_name_of_its_zip_member() {
    let s3 = MemoryS3::default();
    let mut large = b"%PDF-1.7 ".to_vec();
    large.extend(noise(12 * 1024 * 1024));
    let small = contenu("bon.pdf", b"%PDF-bon");
    let stored = store_one(
        &s3,
        &[
            ("coupé.pdf", "01", contenu("nom complet.pdf", &large)),
            ("bon.pdf", "02", small),
        ],
    )
    .await;
    let document = &stored.documents[0];
    assert_eq!(
        document.object.key,
        folder(7).documents() + "01-nom_complet.pdf"
    );
    assert_eq!(document.original_name.as_deref(), Some("coupé.pdf"));
    assert!(s3.bytes(&document.object.key) == large);
    assert_eq!(document.object.sha256, sha256(&large));
    // The document in three parts, and the pivot in four.
    assert_eq!(s3.count("UploadPart"), 7);
}

#[tokio::test]
async fn the_main_document_is_the_first_even_when_it_does_not_come_first() {
    let s3 = MemoryS3::default();
    let stored = store_one(
        &s3,
        &[
            ("a.pdf", "02", contenu("a.pdf", PDF)),
            ("b.pdf", "01", contenu("b.pdf", PDF)),
            ("c.pdf", "01", contenu("c.pdf", PDF)),
        ],
    )
    .await;
    let names: Vec<_> = stored
        .documents
        .iter()
        .map(|document| (document.name.as_str(), document.role))
        .collect();
    assert_eq!(
        names,
        [
            ("01-b.pdf", Role::Principale),
            ("02-a.pdf", Role::Complementaire),
            ("03-c.pdf", Role::Complementaire)
        ]
    );
}

#[tokio::test]
async fn what_nobody_asked_for_is_named_and_not_stored() {
    let s3 = MemoryS3::default();
    let units = [
        unit(9, true, &[("x.pdf", "01", contenu("x.pdf", PDF))]),
        unit(1, true, &[]),
        unit(1, true, &[]),
    ];
    let outcome = store(
        &s3.store(),
        &mut whole(&pivot(&units)),
        &[expected(1), expected(2)],
    )
    .await;
    let unexpected: Vec<_> = outcome
        .unexpected
        .iter()
        .map(|identity| identity.id_cpro)
        .collect();
    assert_eq!(unexpected, [Some(9), Some(1)]);
    assert!(outcome.invoices[0].is_ok());
    assert!(matches!(outcome.invoices[1], Err(Failure::Missing)));
    assert_eq!(s3.keys(), [folder(1).pivot()]);
}

#[tokio::test]
async fn a_pivot_without_id_cpro_is_joined_by_number_and_supplier() {
    let s3 = MemoryS3::default();
    let outcome = store(
        &s3.store(),
        &mut whole(&pivot(&[unit(2, false, &[]), unit(1, false, &[])])),
        &[expected(1), expected(2)],
    )
    .await;
    assert!(outcome.invoices.iter().all(Result::is_ok));
    let twins = [
        expected(1),
        Expected {
            numero: Some("F1".into()),
            ..expected(2)
        },
    ];
    let outcome = store(
        &s3.store(),
        &mut whole(&pivot(&[unit(1, false, &[])])),
        &twins,
    )
    .await;
    assert!(
        outcome
            .invoices
            .iter()
            .all(|result| matches!(result, Err(Failure::Ambiguous)))
    );
}

#[tokio::test]
async fn the_same_download_twice_gives_the_same_archive() {
    let s3 = MemoryS3::default();
    let attachments = [("f.pdf", "01", contenu("f.pdf", PDF))];
    let first = store_one(&s3, &attachments).await;
    let second = store_one(&s3, &attachments).await;
    assert_eq!(first.pivot.sha256, second.pivot.sha256);
    assert_eq!(s3.keys().len(), 2);
}

#[tokio::test]
async fn a_pdf_or_a_zip_is_stored_as_the_document_and_nothing_else_is() {
    let s3 = MemoryS3::default();
    let zip = zipped("a.pdf", PDF);
    let mut large = b"%PDF-".to_vec();
    large.extend(noise(6 * 1024 * 1024));
    for (id_facture, bytes, name) in [
        (5, PDF, "01-7.pdf"),
        (6, zip.as_slice(), "01-7.zip"),
        (7, large.as_slice(), "01-7.pdf"),
    ] {
        let document = store_pdf(&s3.store(), &mut whole(bytes), &folder(id_facture), "F/7")
            .await
            .unwrap();
        assert_eq!(document.name, name);
        assert!(s3.bytes(&document.object.key) == bytes);
        assert_eq!(document.findings[0].code, FindingCode::PdfOnly);
    }
    let error = store_pdf(&s3.store(), &mut whole(b"<html>"), &folder(8), "F8")
        .await
        .unwrap_err();
    assert!(matches!(error, Failure::NotADocument { .. }));
    let mut broken = Chunks {
        rest: &large,
        piece: 100_000,
        end: Some("connection reset"),
    };
    let error = store_pdf(&s3.store(), &mut broken, &folder(9), "F9")
        .await
        .unwrap_err();
    assert_eq!(error.decision(), Decision::Retry);
    assert!(s3.state().uploads.is_empty());
}
