//! Several files as one: a ZIP archive with everything that a run leaves behind, so that a page saves it at one touch.
//!
//! Entries are stored, not packed: who wants them small packs the archive. Names are UTF-8 and in alphabetical order, times are the
//! first that the format knows, so that the same run gives the same bytes. Source: APPNOTE.TXT 6.3.10 (PKWARE, 2022), 4.3 and 4.4.

use allocator_core::codec::{self, Format, Limits};
use allocator_core::error::{Code, Problem};
use allocator_core::op::Request;
use allocator_core::op::audit::AuditRequest;
use allocator_core::op::risk::RiskRequest;
use allocator_core::wire::{Json, to_canonical_bytes};
use std::collections::BTreeMap;

type Files = BTreeMap<String, Vec<u8>>;

/// Answer, canonical request and artefacts of a request, tables as CSV and as Arrow, in one archive.
///
/// # Errors
/// What the operation refuses; an operation that leaves no artefacts; more than four gigabytes.
pub(crate) fn of_run(operation: &str, request: &Json, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let (answer, request, artefacts) = match operation {
        AuditRequest::OPERATION => {
            let request = AuditRequest::from_tree(request)?;
            let (answer, artefacts) = request.answer_and_artefacts()?;
            (to_canonical_bytes(&answer)?, to_canonical_bytes(&request)?, artefacts)
        }
        RiskRequest::OPERATION => {
            let request = RiskRequest::from_tree(request)?;
            let (answer, artefacts) = request.answer_and_artefacts(RiskRequest::OPERATION)?;
            (to_canonical_bytes(&answer)?, to_canonical_bytes(&request)?, artefacts)
        }
        other => {
            let message = format!("The operation {other:?} leaves no artefacts.");
            return Err(Problem::new(Code::NotFound, "/operation", message, "Known: audit, risk."));
        }
    };
    let mut files = Files::new();
    files.insert(format!("{operation}.json"), answer);
    files.insert(String::from("request.json"), request);
    for (name, text) in artefacts {
        if let Some(stem) = name.strip_suffix(".csv") {
            let table = codec::read(text.as_bytes(), &name, limits)?;
            files.insert(format!("{stem}.arrow"), codec::write(&table, Format::Arrow)?);
        }
        files.insert(name, text.into_bytes());
    }
    zip(&files)
}

/// Remainders of CRC-32 (polynomial 0xEDB88320, reflected) by byte.
const REMAINDERS: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut rest, mut bit) = (byte as u32, 0);
        while bit < 8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ 0xEDB8_8320 } else { rest >> 1 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
};

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |rest, byte| REMAINDERS[((rest ^ u32::from(*byte)) & 0xFF) as usize] ^ rest >> 8)
}

/// Version that is needed, general flags (names are UTF-8), method (stored), time and date (1980-01-01).
const COMMON: [u16; 5] = [20, 1 << 11, 0, 0, 0x21];

fn put16(out: &mut Vec<u8>, values: &[u16]) {
    out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn put32(out: &mut Vec<u8>, values: &[u32]) {
    out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn too_large<E>(_: E) -> Problem {
    Problem::new(Code::LimitExceeded, "", "The archive would be larger than its format allows.", "Save the files one by one.")
}

fn zip(files: &Files) -> Result<Vec<u8>, Problem> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let (offset, size) = (u32::try_from(out.len()).map_err(too_large)?, u32::try_from(bytes.len()).map_err(too_large)?);
        let length = u16::try_from(name.len()).map_err(too_large)?;
        let sum = crc32(bytes);
        put32(&mut out, &[0x0403_4b50]);
        put16(&mut out, &COMMON);
        put32(&mut out, &[sum, size, size]);
        put16(&mut out, &[length, 0]);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(bytes);

        put32(&mut directory, &[0x0201_4b50]);
        put16(&mut directory, &[20]);
        put16(&mut directory, &COMMON);
        put32(&mut directory, &[sum, size, size]);
        // No extra field, no comment, first disk, no attributes.
        put16(&mut directory, &[length, 0, 0, 0, 0]);
        put32(&mut directory, &[0, offset]);
        directory.extend_from_slice(name.as_bytes());
    }
    let (begin, size) = (u32::try_from(out.len()).map_err(too_large)?, u32::try_from(directory.len()).map_err(too_large)?);
    let count = u16::try_from(files.len()).map_err(too_large)?;
    out.append(&mut directory);
    put32(&mut out, &[0x0605_4b50]);
    put16(&mut out, &[0, 0, count, count]);
    put32(&mut out, &[size, begin]);
    put16(&mut out, &[0]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_checksum() {
        // The published check value of CRC-32: the digits 1 to 9.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn the_directory_at_the_end_finds_every_entry() {
        let files = Files::from([(String::from("a.csv"), b"date\n".to_vec()), (String::from("ü.json"), b"{}".to_vec())]);
        let archive = zip(&files).unwrap();
        let at16 = |at: usize| usize::from(u16::from_le_bytes([archive[at], archive[at + 1]]));
        let at32 = |at: usize| at16(at) + (at16(at + 2) << 16);
        let end = archive.len() - 22;
        assert_eq!((at32(end), at16(end + 10)), (0x0605_4b50, 2));
        let mut entry = at32(end + 16);
        assert_eq!(entry + at32(end + 12), end);
        for (name, bytes) in &files {
            assert_eq!(at32(entry), 0x0201_4b50);
            assert_eq!(&archive[entry + 46..entry + 46 + name.len()], name.as_bytes());
            let (local, size) = (at32(entry + 42), at32(entry + 24));
            assert_eq!(at32(local), 0x0403_4b50);
            let data = local + 30 + at16(local + 26);
            assert_eq!(&archive[data..data + size], bytes.as_slice());
            assert_eq!(at32(entry + 16), crc32(bytes) as usize);
            entry += 46 + name.len();
        }
        assert_eq!(entry, end);
    }
}
