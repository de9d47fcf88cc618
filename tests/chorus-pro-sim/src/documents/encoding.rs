//! Base64 written as a stream, also inside base64.

use std::io::{self, Write};

use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;

/// Writes what `contents` writes, as base64.
pub(crate) fn write_base64(
    out: &mut dyn Write,
    contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut encoder = EncoderWriter::new(Whole(out), &STANDARD);
    contents(&mut encoder)?;
    encoder.finish()?;
    Ok(())
}

/// Takes every byte or fails. The encoder answers "nothing taken" after a partial write, which `write_all` takes for the end.
struct Whole<'a>(&'a mut dyn Write);

impl Write for Whole<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write_all(data)?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::*;

    #[test]
    fn base64_inside_base64_comes_back() {
        let data: Vec<u8> = (0..10_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut out = Vec::new();
        write_base64(&mut out, |outer| {
            outer.write_all(b"<Contenu>")?;
            write_base64(outer, |inner| {
                data.chunks(777)
                    .try_for_each(|piece| inner.write_all(piece))
            })?;
            outer.write_all(b"</Contenu>")
        })
        .unwrap();
        let text = String::from_utf8(STANDARD.decode(out).unwrap()).unwrap();
        let inner = text
            .strip_prefix("<Contenu>")
            .unwrap()
            .strip_suffix("</Contenu>")
            .unwrap();
        assert_eq!(STANDARD.decode(inner).unwrap(), data);
    }
}
