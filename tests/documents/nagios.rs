//! Object definitions as Nagios and Naemon read them, and what they make of a command line.

pub struct Definition {
    pub kind: String,
    fields: Vec<(String, String)>,
}

impl Definition {
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }
}

pub fn definitions(text: &str) -> Vec<Definition> {
    let mut definitions = Vec::new();
    let mut open: Option<Definition> = None;
    for line in text.lines() {
        let line = without_comment(line).trim().to_owned();
        match (&mut open, line.as_str()) {
            (_, "") => {}
            (Some(_), "}") => definitions.extend(open.take()),
            (Some(definition), line) => {
                let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                let value = value.trim_start().to_owned();
                definition.fields.push((key.to_owned(), value));
            }
            (None, line) => {
                let kind = line
                    .strip_prefix("define ")
                    .and_then(|kind| kind.trim_end().strip_suffix('{'));
                let kind = kind.unwrap_or_else(|| panic!("not a definition: {line}"));
                open = Some(Definition {
                    kind: kind.trim().to_owned(),
                    fields: Vec::new(),
                });
            }
        }
    }
    assert!(open.is_none(), "a definition that nothing closes:\n{text}");
    definitions
}

/// A `;` begins a comment, unless a `\` stands before it.
fn without_comment(line: &str) -> String {
    let mut kept = String::new();
    for c in line.chars() {
        match c {
            ';' if !kept.ends_with('\\') => return kept,
            ';' => {
                kept.pop();
                kept.push(';');
            }
            c => kept.push(c),
        }
    }
    match kept.starts_with('#') {
        true => String::new(),
        false => kept,
    }
}

pub type Macros = Vec<(&'static str, Vec<u8>)>;

/// What a core hands to the shell: values are put in as they are, and a macro without one stays as text.
pub fn replaced(line: &str, macros: &Macros) -> Vec<u8> {
    let mut done = Vec::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once('$') {
        done.extend(before.bytes());
        rest = behind;
        let known = behind.split_once('$').and_then(|(name, behind)| {
            let (_, value) = macros.iter().find(|(known, _)| *known == name)?;
            Some((value, behind))
        });
        match known {
            Some((value, behind)) => {
                done.extend(value);
                rest = behind;
            }
            None => done.push(b'$'),
        }
    }
    done.extend(rest.bytes());
    done
}
