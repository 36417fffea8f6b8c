//! An export: a ZIP that is handed on piece by piece while it is written.
//!
//! Its size is not known before its end, so each file's size and checksum stand behind it (APPNOTE 4.3.9), and nothing is
//! ever gone back to. What is in memory at once is one piece and one row. The names of its files are constants of the
//! product: nothing that a person typed names a file.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{ExportError, File, cells};
use crate::bucket::Sink;
use crate::clock::Timestamp;
use crate::fault::Fault;

/// How much is handed on at once, in bytes. S3 takes parts of 5 MiB and more, and 10,000 of them.
const PIECE: usize = 8 * 1024 * 1024;
/// The version of what stands in `export_info.json` and of the files that it describes.
const FORMAT: &str = "2.0";
/// The file that describes the others.
pub(crate) const INFO: File =
    File { name: "export_info.json", meaning: "What this export is, and what each of its files holds." };

/// Why an archive cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It has too many files or too large a one.
    #[error("the archive cannot be written: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// A file cannot be written.
    #[error("the archive cannot be written: {0}")]
    Io(#[from] io::Error),
    /// A value has no form in JSON.
    #[error("a value cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// An archive that is being written.
pub struct Archive {
    /// Boxed, since it is large and lies in every future that writes.
    zip: Box<ZipWriter<StreamWriter<Spool>>>,
    spool: Spool,
    sink: Box<dyn Sink>,
    options: SimpleFileOptions,
    told: Vec<Told>,
    digest: Sha256,
    size: u64,
}

/// What one file of an archive holds.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// How many records it has: rows, lines, or the elements of a list.
    pub records: u64,
    /// Its size in bytes, unpacked.
    pub bytes: u64,
    /// The SHA-256 digest of its content, in hexadecimal.
    pub sha256: String,
}

/// What an archive became.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its size in bytes.
    pub size: u64,
    /// Its files but for `INFO`.
    pub files: Vec<Told>,
}

impl Archive {
    /// An archive without files, made at `now`.
    pub fn new(sink: Box<dyn Sink>, now: Timestamp) -> Self {
        let spool = Spool::default();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(moment(now))
            .unix_permissions(0o600);
        Self {
            zip: Box::new(ZipWriter::new_stream(spool.clone())),
            spool,
            sink,
            options,
            told: Vec::new(),
            digest: Sha256::new(),
            size: 0,
        }
    }

    /// Adds a file with one value: an object, or a list that is short.
    pub async fn add_json(&mut self, file: &File, value: &impl Serialize) -> Result<(), ExportError> {
        let value = serde_json::to_value(value).map_err(ArchiveError::from)?;
        let records = value.as_array().map_or(1, |list| list.len() as u64);
        self.begin(file)?;
        let mut text = serde_json::to_vec_pretty(&value).map_err(ArchiveError::from)?;
        text.push(b'\n');
        self.write(&text, records).await
    }

    /// Adds a table: rows of cells below these columns (RFC 4180). Cells that a spreadsheet would run are made text.
    pub async fn add_csv(&mut self, file: &File, columns: &[&str]) -> Result<Rows<'_>, ExportError> {
        self.begin(file)?;
        self.write(cells::row(columns).as_bytes(), 0).await?;
        Ok(Rows(self))
    }

    /// Adds a file of lines, each a value in JSON.
    pub fn add_jsonl(&mut self, file: &File) -> Result<Lines<'_>, ExportError> {
        self.begin(file)?;
        Ok(Lines(self))
    }

    /// Adds a file of bytes, such as a picture.
    pub fn add_raw(&mut self, file: &File) -> Result<Bytes<'_>, ExportError> {
        self.begin(file)?;
        Ok(Bytes(self))
    }

    /// Adds the file that describes the others, and hands on what is left. `about` is what else it says.
    pub async fn finish(mut self, about: &Value) -> Result<Made, ExportError> {
        self.close();
        let files = self.told.clone();
        let mut info = json!({ "format_version": FORMAT, "files": files });
        if let (Some(info), Some(about)) = (info.as_object_mut(), about.as_object()) {
            info.extend(about.clone());
        }
        self.add_json(&INFO, &info).await?;
        self.zip.finish().map_err(ArchiveError::from)?;
        let rest = self.spool.drain();
        let size = self.size + rest.len() as u64;
        self.sink.take(rest).await.map_err(Fault::from)?;
        self.sink.end().await.map_err(Fault::from)?;
        Ok(Made { size, files })
    }

    fn begin(&mut self, file: &File) -> Result<(), ExportError> {
        self.close();
        self.zip.start_file(file.name, self.options).map_err(ArchiveError::from)?;
        let told = Told { name: file.name, description: file.meaning, records: 0, bytes: 0, sha256: String::new() };
        self.told.push(told);
        Ok(())
    }

    /// Notes the digest of the file that is open, if there is one.
    fn close(&mut self) {
        if let Some(last) = self.told.last_mut().filter(|last| last.sha256.is_empty()) {
            last.sha256 = hexadecimal(&self.digest.finalize_reset());
        }
    }

    async fn write(&mut self, content: &[u8], records: u64) -> Result<(), ExportError> {
        self.zip.write_all(content).map_err(ArchiveError::from)?;
        self.digest.update(content);
        if let Some(open) = self.told.last_mut() {
            open.records += records;
            open.bytes += content.len() as u64;
        }
        if self.spool.len() >= PIECE {
            let piece = self.spool.drain();
            self.size += piece.len() as u64;
            self.sink.take(piece).await.map_err(Fault::from)?;
        }
        Ok(())
    }
}

/// A table that is being written.
pub struct Rows<'a>(&'a mut Archive);

impl Rows<'_> {
    /// The next row.
    pub async fn add<S: AsRef<str>>(&mut self, row: &[S]) -> Result<(), ExportError> {
        self.0.write(cells::row(row).as_bytes(), 1).await
    }
}

/// Lines that are being written.
pub struct Lines<'a>(&'a mut Archive);

impl Lines<'_> {
    /// The next line.
    pub async fn add(&mut self, value: &impl Serialize) -> Result<(), ExportError> {
        let mut line = serde_json::to_vec(value).map_err(ArchiveError::from)?;
        line.push(b'\n');
        self.0.write(&line, 1).await
    }
}

/// Bytes that are being written: one record, in however many pieces.
pub struct Bytes<'a>(&'a mut Archive);

impl Bytes<'_> {
    /// The next of them.
    pub async fn add(&mut self, piece: &[u8]) -> Result<(), ExportError> {
        let first = self.0.told.last().is_some_and(|open| open.records == 0);
        self.0.write(piece, u64::from(first)).await
    }
}

/// What was written of the archive and not handed on yet. The library writes to one end while we take from the other.
#[derive(Clone, Default)]
struct Spool(Arc<Mutex<Vec<u8>>>);

impl Spool {
    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn drain(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Spool {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(content);
        Ok(content.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The moment as ZIP writes it, in UTC and to two seconds.
fn moment(now: Timestamp) -> DateTime {
    let at = now.civil();
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    let year = u16::try_from(at.year()).unwrap_or_default();
    let made = DateTime::from_date_and_time(
        year,
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
    );
    made.unwrap_or_default()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
