//! What can be kept is kept, and nothing half-written stays.

use super::*;

#[tokio::test]
async fn names_that_repeat_or_attack_give_safe_and_different_keys() {
    let s3 = MemoryS3::default();
    let long = format!("{}.pdf", "x".repeat(296));
    let names = ["../../x", "../../x", &long, "", "C:\\a\\b.pdf"];
    let attachments: Vec<Pj<'_>> = names
        .iter()
        .map(|name| (*name, "02", contenu("m.pdf", PDF)))
        .collect();
    let stored = store_one(&s3, &attachments).await;
    let prefix = folder(7).documents();
    let keys: Vec<_> = stored
        .documents
        .iter()
        .map(|document| document.object.key.strip_prefix(&prefix).unwrap())
        .collect();
    assert_eq!(
        keys,
        [
            "02-x.pdf",
            "03-x.pdf",
            &format!("04-{}.pdf", "x".repeat(96)),
            "05-m.pdf",
            "06-b.pdf"
        ]
    );
    let path = |index: usize| {
        stored.documents[index]
            .findings
            .iter()
            .any(|finding| finding.code == FindingCode::PathInName)
    };
    assert!(path(0) && path(1) && !path(2) && path(4));
    assert_eq!(
        stored.documents[0].original_name.as_deref(),
        Some("../../x")
    );
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_kept_as_it_came_and_the_finding_says_why() {
    let mut wrong = zipped("m.pdf", &noise(400));
    wrong[14] ^= 1;
    let mut encrypted = zipped("m.pdf", PDF);
    encrypted[6] |= 1;
    let mut several = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["a.pdf", "b.pdf"] {
        several
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        several.write_all(PDF).unwrap();
    }
    let several = several.finish().unwrap().into_inner();
    let bomb = zipped("bombe.pdf", &vec![0; 40 * 1024 * 1024]);
    let cut_off = zipped("m.pdf", &noise(400))[..200].to_vec();
    let junk = format!(
        "{}*{}",
        &contenu("m.pdf", PDF)[..40],
        &contenu("m.pdf", PDF)[40..]
    );
    // The ZIP is given up at its first bytes, the base64 only at its end.
    let both = STANDARD.encode(&encrypted) + "*";

    let s3 = MemoryS3::default();
    let attachments: Vec<Pj<'_>> = vec![
        ("f.pdf", "01", contenu("f.pdf", PDF)),
        ("wrong.pdf", "02", STANDARD.encode(&wrong)),
        ("encrypted.pdf", "02", STANDARD.encode(&encrypted)),
        ("several.pdf", "02", STANDARD.encode(&several)),
        ("bomb.pdf", "02", STANDARD.encode(&bomb)),
        ("cut.pdf", "02", STANDARD.encode(&cut_off)),
        ("junk.pdf", "02", junk.clone()),
        ("both.pdf", "02", both.clone()),
        ("bare.pdf", "02", STANDARD.encode(PDF)),
    ];
    let stored = store_one(&s3, &attachments).await;
    let wanted: [(&str, &[u8], Option<FindingCode>); 9] = [
        ("01-f.pdf", PDF, None),
        ("02-wrong.pdf.zip", &wrong, Some(FindingCode::ZipBroken)),
        (
            "03-encrypted.pdf.zip",
            &encrypted,
            Some(FindingCode::ZipEncrypted),
        ),
        (
            "04-several.pdf.zip",
            &several,
            Some(FindingCode::ZipSeveralFiles),
        ),
        ("05-bomb.pdf.zip", &bomb, Some(FindingCode::ZipBomb)),
        ("06-cut.pdf.zip", &cut_off, Some(FindingCode::ZipBroken)),
        (
            "07-junk.pdf.b64",
            junk.as_bytes(),
            Some(FindingCode::Base64Broken),
        ),
        (
            "08-both.pdf.b64",
            both.as_bytes(),
            Some(FindingCode::Base64Broken),
        ),
        ("09-bare.pdf", PDF, Some(FindingCode::NotZipped)),
    ];
    assert_eq!(stored.documents.len(), wanted.len());
    for (document, (name, bytes, code)) in stored.documents.iter().zip(wanted) {
        assert_eq!(document.name, name);
        assert!(s3.bytes(&document.object.key) == bytes, "{name}");
        assert_eq!(
            document.findings.first().map(|finding| finding.code),
            code,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_large_attachment_that_breaks_at_its_end_leaves_no_upload_and_is_kept() {
    let s3 = MemoryS3::default();
    let mut zip = zipped("m.pdf", &noise(11 * 1024 * 1024));
    zip[14] ^= 1;
    let stored = store_one(
        &s3,
        &[
            ("m.pdf", "01", STANDARD.encode(&zip)),
            ("n.pdf", "02", contenu("n.pdf", PDF)),
        ],
    )
    .await;
    let names: Vec<_> = stored
        .documents
        .iter()
        .map(|document| document.name.as_str())
        .collect();
    assert_eq!(names, ["01-m.pdf.zip", "02-n.pdf"]);
    assert!(s3.bytes(&stored.documents[0].object.key) == zip);
    assert_eq!(s3.count("AbortMultipartUpload"), 1);
    assert_eq!(s3.keys().len(), 3);
}

#[tokio::test]
async fn an_attachment_that_is_empty_or_not_there_is_named() {
    let s3 = MemoryS3::default();
    let unit = unit(7, true, &[("vide.pdf", "01", String::new())]).replace(
        "</CPPFacturePivotUnitaire>",
        "<PJ><NomPJ>absente.pdf</NomPJ></PJ></CPPFacturePivotUnitaire>",
    );
    let mut outcome = store(&s3.store(), &mut whole(&pivot(&[unit])), &[expected(7)]).await;
    let stored = outcome.invoices.remove(0).unwrap();
    let codes: Vec<_> = stored.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(
        (codes.as_slice(), stored.documents.len()),
        ([FindingCode::Empty, FindingCode::NoContent].as_slice(), 0)
    );
}

#[tokio::test]
async fn a_second_content_in_one_attachment_is_kept_beside_the_first() {
    let s3 = MemoryS3::default();
    let twice = format!(
        "{}</Contenu><Contenu>{}",
        contenu("a.pdf", PDF),
        contenu("b.pdf", b"%PDF-b")
    );
    let stored = store_one(&s3, &[("b.pdf", "02", twice)]).await;
    let bytes: Vec<_> = stored
        .documents
        .iter()
        .map(|document| s3.bytes(&document.object.key))
        .collect();
    assert_eq!(bytes, [PDF.to_vec(), b"%PDF-b".to_vec()]);
}

#[tokio::test]
async fn a_declared_type_that_is_not_the_content_is_named() {
    let s3 = MemoryS3::default();
    let stored = store_one(
        &s3,
        &[(
            "f.pdf",
            "01",
            contenu("f.xml", b"<?xml version='1.0'?><Invoice/>"),
        )],
    )
    .await;
    assert_eq!(
        (
            stored.documents[0].name.as_str(),
            stored.documents[0].media_type.as_str()
        ),
        ("01-f.pdf.xml", "application/xml")
    );
    assert_eq!(
        stored.documents[0].findings[0].code,
        FindingCode::MediaTypeDiffers
    );
}

#[tokio::test]
async fn a_download_that_breaks_off_keeps_what_was_complete_and_leaves_nothing_half_written() {
    let large = contenu("F2.pdf", &noise(11 * 1024 * 1024));
    let units = [
        unit(1, true, &[("F1.pdf", "01", contenu("F1.pdf", PDF))]),
        unit(2, true, &[("F2.pdf", "01", large)]),
        unit(3, true, &[]),
    ];
    let pivot = pivot(&units);
    let cut = pivot.len() - 3_000_000;
    for end in [Some("connection reset"), None] {
        let s3 = MemoryS3::default();
        let mut download = Chunks {
            rest: &pivot[..cut],
            piece: 50_000,
            end,
        };
        let outcome = store(
            &s3.store(),
            &mut download,
            &[expected(1), expected(2), expected(3)],
        )
        .await;
        assert!(outcome.invoices[0].is_ok());
        for failed in &outcome.invoices[1..] {
            let failure = failed.as_ref().unwrap_err();
            assert_eq!(failure.decision(), Decision::Retry, "{failure}");
            assert!(matches!(
                (failure, end),
                (Failure::Interrupted(_), Some(_))
                    | (Failure::Pivot(PivotError::CutOff { .. }), None)
            ));
        }
        assert_eq!(outcome.interruption.is_some(), end.is_some());
        assert!(s3.state().uploads.is_empty());
        assert_eq!(
            s3.keys(),
            [folder(1).documents() + "01-F1.pdf", folder(1).pivot()]
        );
    }
}

#[tokio::test]
async fn a_store_that_is_given_up_in_the_middle_takes_its_uploads_back() {
    /// Gives bytes, then never again.
    struct Stuck(Vec<u8>);
    impl ChunkSource for Stuck {
        async fn fill(&mut self, out: &mut Vec<u8>) -> Result<bool, DownloadError> {
            if self.0.is_empty() {
                std::future::pending::<()>().await;
            }
            out.append(&mut self.0);
            Ok(true)
        }
    }
    let s3 = MemoryS3::default();
    let mut pivot = pivot(&[unit(
        1,
        true,
        &[("F1.pdf", "01", contenu("F1.pdf", &noise(12 * 1024 * 1024)))],
    )]);
    pivot.truncate(pivot.len() - 1_000_000);
    let bucket = s3.store();
    {
        let expected = [expected(1)];
        let mut download = Stuck(pivot);
        let attempt = store(&bucket, &mut download, &expected);
        assert!(
            tokio::time::timeout(std::time::Duration::from_millis(2000), attempt)
                .await
                .is_err()
        );
        assert_eq!(s3.count("CreateMultipartUpload"), 2);
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(s3.state().uploads.is_empty() && s3.keys().is_empty());
}

#[tokio::test]
async fn xml_that_breaks_spoils_no_invoice_before_it() {
    let s3 = MemoryS3::default();
    let units = [
        unit(1, true, &[]),
        unit(2, true, &[]).replace("</DonneesFacture>", "</Autre>"),
        unit(3, true, &[]),
    ];
    let outcome = store(
        &s3.store(),
        &mut whole(&pivot(&units)),
        &[expected(1), expected(2), expected(3)],
    )
    .await;
    assert!(outcome.invoices[0].is_ok());
    for failed in &outcome.invoices[1..] {
        let failure = failed.as_ref().unwrap_err();
        assert!(matches!(
            failure,
            Failure::Pivot(PivotError::NotWellFormed { .. })
        ));
        assert_eq!(failure.decision(), Decision::GiveUp);
    }
    assert_eq!(s3.keys(), [folder(1).pivot()]);
}

#[tokio::test]
async fn a_bad_end_of_the_answer_does_not_take_back_what_was_whole() {
    let s3 = MemoryS3::default();
    let pivot = pivot(&[unit(1, true, &[])]);
    let mut download = Chunks {
        rest: &pivot,
        piece: 100,
        end: Some("codeRetour 20000"),
    };
    let outcome = store(&s3.store(), &mut download, &[expected(1), expected(2)]).await;
    assert!(outcome.invoices[0].is_ok());
    assert!(matches!(outcome.invoices[1], Err(Failure::Interrupted(_))));
    assert!(outcome.interruption.is_some());
}

#[tokio::test]
async fn an_invoice_that_s3_refuses_spoils_no_other() {
    let s3 = MemoryS3::default();
    s3.fail(Fault {
        operation: "PutObject",
        key: "000000000001",
        times: 9,
        status: 503,
        code: "SlowDown",
        answer_lost: false,
    });
    let units: Vec<_> = (1..=2)
        .map(|id| unit(id, true, &[("f.pdf", "01", contenu("f.pdf", PDF))]))
        .collect();
    let outcome = store(
        &s3.store(),
        &mut whole(&pivot(&units)),
        &[expected(1), expected(2)],
    )
    .await;
    assert_eq!(
        outcome.invoices[0].as_ref().unwrap_err().decision(),
        Decision::Retry
    );
    assert!(outcome.invoices[1].is_ok());
    assert_eq!(
        s3.keys(),
        [folder(2).documents() + "01-f.pdf", folder(2).pivot()]
    );
}

#[tokio::test]
async fn an_answer_that_is_no_pivot_is_named() {
    let s3 = MemoryS3::default();
    let outcome = store(&s3.store(), &mut whole(PDF), &[expected(1)]).await;
    assert!(matches!(
        outcome.invoices[0],
        Err(Failure::Pivot(PivotError::NotXml { first: b'%' }))
    ));
    assert!(s3.keys().is_empty());
}
