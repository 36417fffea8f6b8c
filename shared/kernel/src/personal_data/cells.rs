//! Cells of a CSV file (RFC 4180) that no spreadsheet runs.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, some also after blanks and control
//! characters or in their full-width forms, and a formula can call out. What people and strangers typed (a device's name,
//! a user agent) stands in these cells, so such a one gets an apostrophe in front, which spreadsheets read as "text".

/// Writes one row.
pub(super) fn row<S: AsRef<str>>(cells: &[S]) -> String {
    let mut line = String::new();
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            line.push(',');
        }
        write(&mut line, cell.as_ref());
    }
    line.push_str("\r\n");
    line
}

fn write(line: &mut String, cell: &str) {
    let tamed = if would_run(cell) { format!("'{cell}") } else { cell.to_owned() };
    if tamed.contains(['"', ',', '\r', '\n', '\t', '\'', ';']) || tamed.trim() != tamed {
        line.push('"');
        line.push_str(&tamed.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(&tamed);
    }
}

/// Whether a spreadsheet might take the cell for more than text.
fn would_run(cell: &str) -> bool {
    if cell.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let begins = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c));
    begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '−', '﹢', '﹣', '﹦', '﹫'])
}

/// Characters without a width, which `char` counts neither as white space nor as control characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "  =cmd|' /C calc'!A0",
            "\u{A0}=1",
            "\u{0}=1",
            "\u{FEFF}=1",
            "\u{200B}@x",
            "＝1",
            "\t1",
        ] {
            let line = row(&[formula]);
            assert!(line.starts_with("\"'") || line.starts_with('\''), "{formula:?} became {line:?}");
        }
    }

    #[test]
    fn what_is_plain_stays_as_it_is() {
        let line = row(&["Firefox on Linux", "2026-03-02T09:30:00.000Z", "203.0.113.9", "", "a=b", "Müller"]);
        assert_eq!(line, "Firefox on Linux,2026-03-02T09:30:00.000Z,203.0.113.9,,a=b,Müller\r\n");
        assert_eq!(row(&["say \"hi\"", "a,b", "one\ntwo"]), "\"say \"\"hi\"\"\",\"a,b\",\"one\ntwo\"\r\n");
    }

    /// A reader of RFC 4180, for one record.
    fn read(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let (mut quoted, mut rest) = (false, line.strip_suffix("\r\n").unwrap().chars().peekable());
        while let Some(c) = rest.next() {
            match c {
                '"' if quoted && rest.peek() == Some(&'"') => cells.last_mut().unwrap().extend(rest.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        assert!(!quoted);
        cells
    }

    proptest! {
        #[test]
        fn cells_are_read_back_and_none_of_them_runs(
            cells in proptest::collection::vec("[\\PC\t\r\n\"=+@, -]{0,12}", 1..5),
        ) {
            let back = read(&row(&cells));
            prop_assert_eq!(back.len(), cells.len());
            for (cell, back) in cells.iter().zip(&back) {
                prop_assert!(!would_run(back));
                prop_assert_eq!(back.strip_prefix('\'').filter(|_| would_run(cell)).unwrap_or(back), cell);
            }
        }
    }
}
