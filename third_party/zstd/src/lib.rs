//! The part of the `zstd` crate that `arrow-ipc` and `parquet` call, over the pure-Rust `ruzstd`.
//!
//! The real crate binds to C, which a build for `wasm32-unknown-unknown` has no compiler for. `[patch.crates-io]` in the
//! workspace puts this one in its place natively too, so that both read a file with the same code.
//!
//! Decompression never writes beyond the room it was given. Compression has one level; the level asked for is ignored.
#![forbid(unsafe_code)]

/// Whole buffers at once.
pub mod bulk {
    use ruzstd::decoding::FrameDecoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    use std::fmt;
    use std::io::{Cursor, Error, ErrorKind, Result};
    use std::marker::PhantomData;

    /// Compresses buffers.
    #[derive(Debug)]
    pub struct Compressor<'a>(PhantomData<&'a ()>);

    impl Compressor<'_> {
        /// A compressor; every level is the same one.
        ///
        /// # Errors
        /// None; the signature is that of the crate it stands in for.
        pub fn new(_level: i32) -> Result<Self> {
            Ok(Compressor(PhantomData))
        }

        /// Compresses `source` to where the cursor stands and answers how many bytes that took.
        ///
        /// # Errors
        /// None; the signature is that of the crate it stands in for.
        pub fn compress_to_buffer(&mut self, source: &[u8], destination: &mut Cursor<&mut Vec<u8>>) -> Result<usize> {
            let packed = compress_to_vec(source, CompressionLevel::Fastest);
            let at = position(destination)?;
            let out = destination.get_mut();
            out.truncate(at);
            out.extend_from_slice(&packed);
            Ok(packed.len())
        }
    }

    /// Decompresses buffers.
    pub struct Decompressor<'a>(FrameDecoder, PhantomData<&'a ()>);

    impl fmt::Debug for Decompressor<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Decompressor")
        }
    }

    impl Decompressor<'_> {
        /// A decompressor.
        ///
        /// # Errors
        /// None; the signature is that of the crate it stands in for.
        pub fn new() -> Result<Self> {
            let mut decoder = FrameDecoder::new();
            // The window is memory that a frame header merely claims to need.
            decoder.set_max_window_size(128 << 20);
            Ok(Decompressor(decoder, PhantomData))
        }

        /// Decompresses `source` into at most `capacity` bytes.
        ///
        /// # Errors
        /// Damaged data, or more than `capacity` bytes of it.
        pub fn decompress(&mut self, source: &[u8], capacity: usize) -> Result<Vec<u8>> {
            let mut out = vec![0; capacity];
            let written = self.0.decode_all(source, &mut out).map_err(|error| damaged(&error))?;
            out.truncate(written);
            Ok(out)
        }

        /// Decompresses `source` to where the cursor stands, within the room reserved there.
        ///
        /// # Errors
        /// Damaged data, or more of it than fits.
        pub fn decompress_to_buffer(&mut self, source: &[u8], destination: &mut Cursor<&mut Vec<u8>>) -> Result<usize> {
            let at = position(destination)?;
            let out = destination.get_mut();
            let room = out.capacity();
            out.resize(room.max(at), 0);
            match self.0.decode_all(source, &mut out[at..]) {
                Ok(written) => {
                    out.truncate(at + written);
                    Ok(written)
                }
                Err(error) => {
                    out.truncate(at);
                    Err(damaged(&error))
                }
            }
        }
    }

    fn position(cursor: &Cursor<&mut Vec<u8>>) -> Result<usize> {
        usize::try_from(cursor.position()).map_err(|_| Error::from(ErrorKind::InvalidInput))
    }

    fn damaged(error: &impl fmt::Display) -> Error {
        Error::new(ErrorKind::InvalidData, format!("zstd: {error}"))
    }
}

/// Sizes.
pub mod zstd_safe {
    /// Room that compressing `size` bytes may need.
    pub const fn compress_bound(size: usize) -> usize {
        size + (size >> 7) + 512
    }

    /// What a frame's header says of its decompressed size; this stand-in does not look.
    ///
    /// # Errors
    /// None; the signature is that of the crate it stands in for.
    pub const fn get_frame_content_size(_frame: &[u8]) -> Result<Option<u64>, ContentSizeError> {
        Ok(None)
    }

    /// Never made; part of a signature.
    #[derive(Clone, Copy, Debug)]
    pub struct ContentSizeError;
}

/// Levels that are accepted (and ignored).
pub const fn compression_level_range() -> std::ops::RangeInclusive<i32> {
    -131_072..=22
}

#[cfg(test)]
mod tests {
    use super::bulk::{Compressor, Decompressor};
    use std::io::Cursor;

    #[test]
    fn there_and_back_and_never_beyond_the_room() {
        let text = b"weights sum to one, ".repeat(1000);
        let mut packed = vec![7];
        let mut cursor = Cursor::new(&mut packed);
        cursor.set_position(1);
        let size = Compressor::new(3).unwrap().compress_to_buffer(&text, &mut cursor).unwrap();
        assert_eq!((packed.len(), packed[0]), (size + 1, 7));
        let mut decompressor = Decompressor::new().unwrap();
        assert_eq!(decompressor.decompress(&packed[1..], text.len()).unwrap(), text);
        assert!(decompressor.decompress(&packed[1..], text.len() - 1).is_err());
        assert!(decompressor.decompress(&packed[1..40], text.len()).is_err());
    }
}
