use super::*;
use crate::memory_s3::{Fault, MemoryS3};
use crate::store::Decision;

const FAULT: Fault = Fault {
    operation: "UploadPart",
    key: "",
    times: 9,
    status: 403,
    code: "AccessDenied",
    answer_lost: false,
};

fn some_bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 7) as u8).collect()
}

fn writer(s3: &MemoryS3) -> DocumentWriter {
    let mut writer = Uploads::new(&s3.store()).document();
    writer.place("d/01-f.pdf".to_owned(), "application/pdf");
    writer
}

async fn write_in_pieces(
    writer: &mut DocumentWriter,
    bytes: &[u8],
    piece: usize,
) -> Result<(), StoreError> {
    for piece in bytes.chunks(piece) {
        writer.write(piece).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_document_of_any_size_arrives_whole_with_its_hash() {
    for (length, puts, parts) in [
        (0, 1, 0),
        (4, 1, 0),
        (PART_SIZE, 1, 0),
        (PART_SIZE + 1, 0, 2),
        (2 * PART_SIZE, 0, 2),
        (3 * PART_SIZE + 5, 0, 4),
    ] {
        let s3 = MemoryS3::default();
        let bytes = some_bytes(length);
        let mut writer = writer(&s3);
        write_in_pieces(&mut writer, &bytes, 300_000).await.unwrap();
        let stored = writer.finish().await.unwrap();
        assert!(s3.bytes("d/01-f.pdf") == bytes);
        assert_eq!(
            s3.state().objects["d/01-f.pdf"].content_type,
            "application/pdf"
        );
        assert_eq!(
            (s3.count("PutObject"), s3.count("UploadPart")),
            (puts, parts),
            "{length}"
        );
        let sha256 = hexadecimal(aws_lc_rs::digest::digest(&SHA256, &bytes).as_ref());
        assert_eq!((stored.size, stored.sha256), (length as u64, sha256));
        assert!(s3.state().uploads.is_empty());
    }
}

#[tokio::test]
async fn a_small_document_gets_its_key_at_the_end_and_a_large_one_asks_for_it() {
    let s3 = MemoryS3::default();
    let mut late = Uploads::new(&s3.store()).document();
    late.write(&some_bytes(PART_SIZE)).await.unwrap();
    assert!(!late.needs_place(0) && late.needs_place(1));
    assert_eq!(late.head().len(), PART_SIZE);
    late.place("d/late".to_owned(), "text/plain");
    late.finish().await.unwrap();
    assert_eq!(s3.bytes("d/late").len(), PART_SIZE);
    let mut never = Uploads::new(&s3.store()).document();
    never.write(&some_bytes(PART_SIZE)).await.unwrap();
    assert_eq!(
        never.write(b"x").await.unwrap_err().kind(),
        &StoreErrorKind::Unplaced
    );
}

#[tokio::test]
async fn a_part_that_fails_leaves_no_upload_open() {
    let s3 = MemoryS3::default();
    s3.fail(FAULT);
    let mut writer = writer(&s3);
    let error = write_in_pieces(&mut writer, &some_bytes(4 * PART_SIZE), 1_000_000)
        .await
        .unwrap_err();
    assert_eq!(error.decision(), Decision::CallSomeone);
    assert_eq!(s3.state().uploads.len(), 1);
    writer.abort().await;
    assert!(s3.state().uploads.is_empty() && s3.keys().is_empty());
}

#[tokio::test]
async fn an_end_that_fails_leaves_no_upload_open() {
    let s3 = MemoryS3::default();
    s3.fail(Fault {
        operation: "CompleteMultipartUpload",
        ..FAULT
    });
    let mut writer = writer(&s3);
    writer.write(&some_bytes(2 * PART_SIZE)).await.unwrap();
    assert_eq!(
        writer.finish().await.unwrap_err().decision(),
        Decision::CallSomeone
    );
    assert!(s3.state().uploads.is_empty() && s3.keys().is_empty());
    assert_eq!(s3.count("AbortMultipartUpload"), 1);
}

#[tokio::test]
async fn an_end_whose_answer_was_lost_counts() {
    let s3 = MemoryS3::default();
    s3.fail(Fault {
        operation: "CompleteMultipartUpload",
        times: 1,
        status: 500,
        code: "InternalError",
        answer_lost: true,
        ..FAULT
    });
    let mut writer = writer(&s3);
    writer.write(&some_bytes(2 * PART_SIZE)).await.unwrap();
    let stored = writer.finish().await.unwrap();
    assert!(stored.version_id.is_some());
    assert_eq!(s3.bytes("d/01-f.pdf").len(), 2 * PART_SIZE);
    assert_eq!(s3.count("AbortMultipartUpload"), 0);
}

#[tokio::test]
async fn a_writer_that_is_dropped_takes_its_upload_back() {
    let s3 = MemoryS3::default();
    let mut writer = writer(&s3);
    writer.write(&some_bytes(3 * PART_SIZE)).await.unwrap();
    assert_eq!(s3.state().uploads.len(), 1);
    drop(writer);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(s3.state().uploads.is_empty());
}

#[tokio::test]
async fn two_writers_have_one_part_under_way_and_both_arrive() {
    let s3 = MemoryS3::default();
    let uploads = Uploads::new(&s3.store());
    let (mut one, mut other) = (uploads.document(), uploads.document());
    one.place("d/1".to_owned(), "text/plain");
    other.place("d/2".to_owned(), "text/plain");
    let bytes = some_bytes(3 * PART_SIZE);
    for piece in bytes.chunks(700_000) {
        one.write(piece).await.unwrap();
        other.write(piece).await.unwrap();
        assert!(uploads.one_part.available_permits() <= 1);
    }
    one.finish().await.unwrap();
    other.finish().await.unwrap();
    assert!(s3.bytes("d/1") == bytes && s3.bytes("d/2") == bytes);
    assert_eq!(uploads.one_part.available_permits(), 1);
}

#[tokio::test]
async fn of_two_runs_that_write_the_same_document_the_first_ones_bytes_count_for_both() {
    for length in [40, 2 * PART_SIZE + 5] {
        let s3 = MemoryS3::default();
        let first_bytes = some_bytes(length);
        let mut first = writer(&s3);
        write_in_pieces(&mut first, &first_bytes, 300_000)
            .await
            .unwrap();
        let first = first.finish().await.unwrap();
        let mut second = writer(&s3);
        write_in_pieces(&mut second, &vec![7; length + 1], 300_000)
            .await
            .unwrap();
        let second = second.finish().await.unwrap();
        assert!(s3.bytes("d/01-f.pdf") == first_bytes);
        assert_eq!((&second.sha256, second.size), (&first.sha256, first.size));
        assert!(
            s3.state().uploads.is_empty(),
            "the second upload is taken back"
        );
    }
}
