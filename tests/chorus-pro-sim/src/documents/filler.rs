//! Documents of a declared size, generated as they are written: a dossier of 120 MB costs 64 KB of memory.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use flate2::Crc;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BLOCK: usize = 64 * 1024;
const PDF_START: &[u8] = b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n3 0 obj\n<< /Length 0 >>\nstream\n";
const PDF_END: &[u8] = b"\nendstream\nendobj\ntrailer\n<< /Size 4 /Root 1 0 R >>\n%%EOF\n";

/// So many bytes that do not compress, the same for the same seed. As a PDF it starts and ends like one.
#[derive(Debug, Clone)]
pub(crate) struct Filler {
    size: u64,
    seed: u64,
    pdf: bool,
    crc: Arc<OnceLock<u32>>,
}

impl Filler {
    pub(crate) fn new(size: u64, seed: u64, pdf: bool) -> Self {
        Self {
            size,
            seed,
            pdf,
            crc: Arc::default(),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// CRC-32 of the whole, computed once: a stored ZIP member announces it before its data.
    pub(crate) fn crc(&self) -> io::Result<u32> {
        if let Some(known) = self.crc.get() {
            return Ok(*known);
        }
        let mut sink = CrcSink(Crc::new());
        self.write_to(&mut sink)?;
        Ok(*self.crc.get_or_init(|| sink.0.sum()))
    }

    pub(crate) fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let (start, end) = if self.pdf && self.size > (PDF_START.len() + PDF_END.len()) as u64 {
            (PDF_START, PDF_END)
        } else {
            (&[][..], &[][..])
        };
        out.write_all(start)?;
        let mut left = self.size - (start.len() + end.len()) as u64;
        let mut block = vec![0_u8; BLOCK];
        ChaCha8Rng::seed_from_u64(self.seed).fill_bytes(&mut block);
        // The window of deflate is 32 KB: a block of 64 KB that repeats does not compress, and the counter keeps blocks apart.
        let mut counter: u64 = 0;
        while left > 0 {
            if let Some(head) = block.get_mut(..8) {
                head.copy_from_slice(&counter.to_le_bytes());
            }
            counter += 1;
            let take = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK);
            out.write_all(block.get(..take).unwrap_or(&block))?;
            left -= take as u64;
        }
        out.write_all(end)
    }
}

struct CrcSink(Crc);

impl Write for CrcSink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filler_has_exactly_its_declared_size_and_the_same_bytes_each_time() {
        for size in [0, 1, 300, 70_000, 200_001] {
            for pdf in [false, true] {
                let filler = Filler::new(size, 7, pdf);
                let (mut one, mut two) = (Vec::new(), Vec::new());
                filler.write_to(&mut one).unwrap();
                filler.write_to(&mut two).unwrap();
                assert_eq!(one.len() as u64, size);
                assert_eq!(one, two);
                let mut crc = Crc::new();
                crc.update(&one);
                assert_eq!(filler.crc().unwrap(), crc.sum());
            }
        }
    }
}
