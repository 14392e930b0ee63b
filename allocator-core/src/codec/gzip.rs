//! Files wrapped in gzip.

use super::Limits;
use crate::error::{Code, Problem};
use std::io::Read;

pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B])
}

/// Unwraps a file, of several members too, reading no more than the limit allows.
pub(crate) fn unpack(bytes: &[u8], name: &str, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let most = limits.bytes.max(limits.decompressed_bytes / 2).min(limits.decompressed_bytes);
    let mut plain = Vec::with_capacity(bytes.len().saturating_mul(4).min(16 << 20));
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes).take(most + 1);
    if let Err(error) = decoder.read_to_end(&mut plain) {
        return Err(Problem::new(
            Code::CorruptFile,
            name,
            format!("The gzip wrapping is damaged or ends early: {error}."),
            "Compress the file anew, or give it uncompressed.",
        ));
    }
    if plain.len() as u64 > most {
        return Err(Problem::new(
            Code::LimitExceeded,
            name,
            format!("The file has more than {most} bytes after decompression, which is the limit."),
            "Split the file, or raise the limit.",
        ));
    }
    Ok(plain)
}

/// The first bytes of what is wrapped, as far as they can be read.
pub(crate) fn begin(bytes: &[u8], most: u64) -> Vec<u8> {
    let mut plain = Vec::new();
    // What is damaged is told by whoever reads it all.
    let _ = flate2::read::MultiGzDecoder::new(bytes).take(most).read_to_end(&mut plain);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_refused_at_the_limit() {
        let bomb = packed(&vec![b'0'; 4 << 20]);
        let limits = Limits { bytes: 1 << 20, decompressed_bytes: 1 << 20, ..Limits::default() };
        assert_eq!(unpack(&bomb, "a.csv.gz", &limits).unwrap_err().code, Code::LimitExceeded);
        assert_eq!(unpack(&bomb, "a.csv.gz", &Limits::default()).unwrap().len(), 4 << 20);
    }

    #[test]
    fn a_torn_file_is_refused() {
        let torn = packed(b"symbol,score,weight\n");
        assert_eq!(unpack(&torn[..20], "a.csv.gz", &Limits::default()).unwrap_err().code, Code::CorruptFile);
    }
}
